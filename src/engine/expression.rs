//! Expressions from a sync file: parsed by DuckDB itself, and let through only when they compute one value from the
//! columns of one row, the same value every time.
//!
//! The parser gets the text as a bound parameter and never runs it. An expression that closes our bracket and goes on
//! (`1) FROM x; DROP TABLE y`) does not come back as one plain expression, and is refused.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::{EngineError, Session};

/// What stands before the expression in the parsed text.
const PREFIX: &str = "SELECT (";

/// An expression that is safe to put into a query, in brackets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expression {
    text: String,
    columns: BTreeSet<String>,
    positions: Vec<(String, usize)>,
    bare: Option<String>,
}

/// Why an expression is not let through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpressionProblem {
    /// What is wrong.
    pub message: String,
    /// The way out.
    pub hint: Option<String>,
    /// Where, in bytes from the start of the expression.
    pub position: Option<usize>,
}

impl ExpressionProblem {
    fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None, position: None }
    }

    fn at(mut self, node: &Json) -> Self {
        self.position = position(node);
        self
    }

    fn hint(mut self, hint: &str) -> Self {
        self.hint = Some(hint.to_owned());
        self
    }
}

impl Expression {
    /// Parses `text` and checks that it computes one value a row.
    ///
    /// # Errors
    /// The outer error where the engine fails; the inner one where the expression is not let through.
    pub fn parse(session: &Session, text: &str) -> Result<Result<Self, ExpressionProblem>, EngineError> {
        // The line break ends a trailing comment, which would swallow the bracket.
        let parsed = syntax_tree(session, text)?;
        let node = match single_expression(&parsed) {
            Ok(node) => node,
            Err(problem) => return Ok(Err(problem)),
        };
        let mut found = Found::default();
        if let Err(problem) = found.walk(node) {
            return Ok(Err(problem));
        }
        for (name, node) in &found.functions {
            let arguments = node["arguments"].as_array().map_or(0, Vec::len);
            if let Some(problem) = refuse_function(session, name, arguments)? {
                return Ok(Err(problem.at(node)));
            }
        }
        let positions = found.positions;
        let bare = (node["class"] == "COLUMN_REF").then(|| found.columns.first().cloned()).flatten();
        Ok(Ok(Self { text: text.to_owned(), columns: found.columns, positions, bare }))
    }

    /// The expression in brackets, ready for a query.
    pub fn sql(&self) -> String {
        format!("({}\n)", self.text)
    }

    /// The expression as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The columns that it names.
    pub fn columns(&self) -> &BTreeSet<String> {
        &self.columns
    }

    /// Where `column` is named first, in bytes from the start of the expression.
    pub fn position_of(&self, column: &str) -> Option<usize> {
        self.positions.iter().find(|(name, _)| name.eq_ignore_ascii_case(column)).map(|(_, at)| *at)
    }

    /// The column, where the expression is nothing but a column's name.
    pub fn bare_column(&self) -> Option<&str> {
        self.bare.as_deref()
    }
}

/// Where a node stands, in bytes from the start of the expression.
fn position(node: &Json) -> Option<usize> {
    let location = usize::try_from(node.get("query_location")?.as_u64()?).ok()?;
    location.checked_sub(PREFIX.len())
}

/// The one expression of the one plain SELECT that the text must be.
fn single_expression(parsed: &Json) -> Result<&Json, ExpressionProblem> {
    if parsed["error"] == true {
        let message = parsed["error_message"].as_str().unwrap_or("the expression does not parse");
        let position = parsed["position"].as_str().and_then(|at| at.parse::<usize>().ok());
        let position = position.and_then(|at| at.checked_sub(PREFIX.len()));
        let message = message.lines().next().unwrap_or(message).to_owned();
        return Err(ExpressionProblem { position, ..ExpressionProblem::new(message) });
    }
    let more = || {
        ExpressionProblem::new("this is more than one expression")
            .hint("write one SQL expression over the columns of one row, without SELECT, FROM or a semicolon")
    };
    let statements = parsed["statements"].as_array().ok_or_else(more)?;
    let [statement] = statements.as_slice() else { return Err(more()) };
    let node = &statement["node"];
    let empty = |key: &str| node[key].as_array().is_none_or(Vec::is_empty);
    let absent = |key: &str| node[key].is_null();
    let plain = node["type"] == "SELECT_NODE"
        && node["from_table"]["type"] == "EMPTY"
        && ["modifiers", "group_expressions", "group_sets"].into_iter().all(empty)
        && ["where_clause", "having", "sample", "qualify"].into_iter().all(absent)
        && node["cte_map"]["map"].as_array().is_none_or(Vec::is_empty);
    match node["select_list"].as_array().map(Vec::as_slice) {
        Some([expression]) if plain => Ok(expression),
        _ => Err(more()),
    }
}

/// SQL's functions without brackets, which the parser takes for columns.
const CLOCKS: [&str; 5] = ["current_date", "current_time", "current_timestamp", "localtime", "localtimestamp"];

fn unsteady(name: &str) -> ExpressionProblem {
    ExpressionProblem::new(format!("`{name}` gives another value at every run"))
        .hint("the same input must give the same output: use the columns and constants")
}

/// What an expression is made of.
#[derive(Default)]
struct Found {
    columns: BTreeSet<String>,
    positions: Vec<(String, usize)>,
    functions: Vec<(String, Json)>,
}

impl Found {
    fn walk(&mut self, node: &Json) -> Result<(), ExpressionProblem> {
        match node {
            Json::Array(items) => items.iter().try_for_each(|item| self.walk(item)),
            Json::Object(members) => {
                self.look_at(node)?;
                members.values().try_for_each(|member| self.walk(member))
            }
            _ => Ok(()),
        }
    }

    fn look_at(&mut self, node: &Json) -> Result<(), ExpressionProblem> {
        match node["class"].as_str() {
            Some("COLUMN_REF") => {
                let path = node["column_names"].as_array();
                let name = path.and_then(|names| names.first()).and_then(Json::as_str);
                if let Some(clock) = name.filter(|name| CLOCKS.iter().any(|clock| name.eq_ignore_ascii_case(clock))) {
                    return Err(unsteady(clock).at(node));
                }
                self.columns.extend(name.map(str::to_owned));
                self.positions.extend(name.map(str::to_owned).zip(position(node)));
                Ok(())
            }
            Some("FUNCTION") => {
                let name = node["function_name"].as_str().unwrap_or_default().to_owned();
                self.functions.push((name, node.clone()));
                Ok(())
            }
            Some("SUBQUERY") => Err(ExpressionProblem::new("a subquery can't stand here")
                .hint("an expression sees the columns of its own row only")
                .at(node)),
            Some("WINDOW") => Err(ExpressionProblem::new("a window function can't stand here")
                .hint("an expression sees the columns of its own row only")
                .at(node)),
            Some("PARAMETER") => Err(ExpressionProblem::new("a parameter can't stand here")
                .hint("write the value itself; texts stand in single quotes")
                .at(node)),
            Some("STAR" | "DEFAULT" | "POSITIONAL_REFERENCE") => {
                Err(ExpressionProblem::new("name the columns one by one").at(node))
            }
            _ => Ok(()),
        }
    }
}

fn syntax_tree(session: &Session, text: &str) -> Result<Json, EngineError> {
    // The line break ends a trailing comment, which would swallow the bracket.
    let sql = format!("{PREFIX}{text}\n)");
    let json = session.one("SELECT json_serialize_sql($sql)", &[("sql", sql.into())], |row| row.text(0))?;
    Ok(json.as_deref().map_or(Ok(Json::Null), serde_json::from_str).unwrap_or(Json::Null))
}

/// Aggregates would fold the relation into one row; volatile functions and the clock would make two runs differ.
/// A macro is as good as what it is made of.
fn refuse_function(session: &Session, name: &str, arguments: usize) -> Result<Option<ExpressionProblem>, EngineError> {
    let sql = "SELECT coalesce(bool_or(function_type = 'aggregate'), false),
                      coalesce(bool_or(function_type = 'scalar' AND stability <> 'CONSISTENT'), false)
               FROM duckdb_functions() WHERE lower(function_name) = lower($name)";
    let (aggregate, varies) = session
        .one(sql, &[("name", name.into())], |row| Ok((row.bool(0)?.unwrap_or(false), row.bool(1)?.unwrap_or(false))))?;
    // With one argument, `age` counts from today, whatever DuckDB's catalog says about it.
    if varies || (name.eq_ignore_ascii_case("age") && arguments == 1) {
        return Ok(Some(unsteady(name)));
    }
    if aggregate {
        let message = format!("`{name}` is an aggregate over many rows");
        return Ok(Some(ExpressionProblem::new(message).hint("an expression sees the columns of its own row only")));
    }
    let sql = "SELECT macro_definition FROM duckdb_functions()
               WHERE lower(function_name) = lower($name) AND function_type = 'macro'";
    for definition in session.rows(sql, &[("name", name.into())], |row| row.text(0))?.into_iter().flatten() {
        let mut found = Found::default();
        let parsed = syntax_tree(session, &definition)?;
        let problem = single_expression(&parsed).and_then(|node| found.walk(node)).err();
        if let Some(problem) = problem {
            return Ok(Some(problem));
        }
        for (inner, node) in &found.functions {
            let arguments = node["arguments"].as_array().map_or(0, Vec::len);
            if let Some(problem) = refuse_function(session, inner, arguments)? {
                return Ok(Some(problem));
            }
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::super::EngineOptions;
    use super::*;

    fn parse(text: &str) -> Result<Expression, ExpressionProblem> {
        let session = Session::open(&EngineOptions::default()).unwrap();
        Expression::parse(&session, text).unwrap()
    }

    fn refusal(text: &str) -> String {
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
}
