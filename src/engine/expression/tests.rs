//! What is let through, and what is not.

use super::super::EngineOptions;
use super::*;

pub(super) fn parse(text: &str) -> Result<Expression, ExpressionProblem> {
    let session = Session::open(&EngineOptions::default()).unwrap();
    Expression::parse(&session, text).unwrap()
}

pub(super) fn refusal(text: &str) -> String {
    parse(text).expect_err(text).message
}

#[test]
fn a_plain_expression_knows_its_columns() {
    let expression = parse("coalesce(coupon, 0) + total -- with tax").unwrap();
    assert_eq!(expression.columns().iter().map(String::as_str).collect::<Vec<_>>(), ["coupon", "total"]);
    assert_eq!(expression.bare_column(), None);
    assert_eq!(parse("client_id").unwrap().bare_column(), Some("client_id"));
}

#[test]
fn a_null_character_is_refused_where_it_stands() {
    let problem = parse("email = 'a\0'").unwrap_err();
    assert_eq!(
        (problem.message.as_str(), problem.position),
        ("a null character can't stand in an expression", Some(10))
    );
    assert!(parse("chr(0) || email").is_ok());
}

#[test]
fn closing_our_bracket_does_not_get_one_anywhere() {
    for text in [
        "1) FROM secrets; DROP TABLE x; SELECT (1",
        "1) FROM (SELECT 1",
        "1), (2",
        "1) WHERE (true",
        "1) UNION SELECT (2",
        "1) ORDER BY (1",
        "1) LIMIT (1",
        "1; ATTACH 'x'",
    ] {
        assert!(parse(text).is_err(), "{text}");
    }
}

#[test]
fn files_other_rows_clocks_and_dice_are_out_of_reach() {
    assert_eq!(refusal("(SELECT content FROM read_text('/etc/passwd'))"), "a subquery can't stand here");
    assert_eq!(refusal("row_number() OVER ()"), "a window function can't stand here");
    assert_eq!(refusal("sum(total)"), "`sum` is an aggregate over many rows");
    assert!(refusal("random()").contains("another value at every run"));
    assert!(refusal("now()").contains("another value at every run"));
    assert!(refusal("current_date - 1").contains("another value at every run"));
    assert!(refusal("Current_Timestamp").contains("another value at every run"));
    assert_eq!(refusal("$1"), "a parameter can't stand here");
    assert!(refusal("age(created)").contains("another value at every run"));
    assert!(refusal("getvariable('x')").contains("another value at every run"));
    assert!(refusal("current_setting('threads')").contains("another value at every run"));
}

#[test]
fn nothing_makes_rows() {
    for text in ["unnest([1, 2])", "1 + UNLIST([1, 2])", "generate_subscripts([1, 2], 1)", "glob('*')"] {
        assert!(refusal(text).ends_with("makes rows, not one value"), "{text}: {}", refusal(text));
    }
    assert!(parse("repeat(name, 2)").is_ok());
    assert!(parse("list_sum(range(7))").is_ok());
}

#[test]
fn long_sums_are_one_expression() {
    let sum = |terms: usize| vec!["total"; terms].join(" + ");
    assert!(parse(&sum(42)).is_ok());
    assert!(parse(&sum(900)).is_ok());
    assert!(refusal(&sum(2000)).contains("longer than 10000 characters"));
}

#[test]
fn deep_nesting_is_called_that() {
    let sum = vec!["t"; 4000].join("+");
    let brackets = format!("{}t{}", "(".repeat(4000), ")".repeat(4000));
    let calls = format!("{}t{}", "abs(".repeat(1500), ")".repeat(1500));
    for text in [sum, brackets, calls, "- ".repeat(4000) + "t"] {
        assert_eq!(refusal(&text), "the expression is too deeply nested");
    }
}

#[test]
fn a_macro_is_as_good_as_what_it_is_made_of() {
    assert_eq!(refusal("geomean(total)"), "`avg` is an aggregate over many rows");
    assert!(parse("nullif(total, 0)").is_ok());
    assert!(parse("age(created, ended)").is_ok());
}

#[test]
fn a_column_is_found_on_every_line() {
    let expression = parse("total\n  - Tax").unwrap();
    assert_eq!(expression.position_of("tax"), Some(10));
}

#[test]
fn a_problem_points_at_its_place() {
    let problem = parse("total + random()").unwrap_err();
    assert_eq!(problem.position, Some(8));
}
