//! How large the value of an expression can get.
//!
//! DuckDB's memory limit counts tables, sorts and joins, but not the texts and lists that functions make on their way, and
//! a function is not interrupted in the middle of a row. `repeat('x', 4000000000)` would take the machine down. So
//! sizes are bounded before anything runs: each function is taken to give no more than its rule says, from columns of a
//! usual length, and what may exceed the bound is refused. A function without a rule gives as much as it is given.

use serde_json::Value as Json;

use super::ExpressionProblem;

/// The largest value of one row, in bytes. Functions work on two thousand rows at once, on each thread.
const MOST: u64 = 64 << 10;

/// What a column is taken to hold, in bytes.
const COLUMN: u64 = 100;

/// What a number takes, or a text that says one thing.
const SMALL: u64 = 16;

/// Refuses an expression with a value that can get too large.
pub(super) fn check(node: &Json) -> Result<(), ExpressionProblem> {
    match size(node, &Names::default()) {
        Ok(_) => Ok(()),
        Err(at) => Err(ExpressionProblem::new("the value may get too large")
            .hint(
                "give counts as numbers, as in lpad(code, 8, '0'), and nest functions that lengthen texts less deeply",
            )
            .at(at)),
    }
}

/// The parameters of lambdas around a node, and how large their values are.
#[derive(Default)]
struct Names<'a> {
    outer: Option<&'a Names<'a>>,
    parameters: Vec<&'a str>,
    bytes: u64,
}

impl Names<'_> {
    fn bytes(&self, name: &str) -> u64 {
        if self.parameters.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            return self.bytes;
        }
        self.outer.map_or(COLUMN, |outer| outer.bytes(name))
    }
}

/// The size of a node, in bytes; an error is the node that may be too large.
fn size<'a>(node: &'a Json, names: &Names<'_>) -> Result<u64, &'a Json> {
    let bytes = match node["class"].as_str() {
        Some("COLUMN_REF") => node["column_names"][0].as_str().map_or(COLUMN, |name| names.bytes(name)),
        Some("CONSTANT") => SMALL + text(node).map_or(0, |text| text.len() as u64),
        Some("CAST") => of_cast(&node["type_expr"], size(&node["child"], names)?),
        _ if is_condition(node) => of_children(node, names).map(|_| SMALL)?,
        Some("CASE") => of_largest(node, names)?,
        Some("FUNCTION") => of_function(node, names)?,
        _ => of_children(node, names)?,
    };
    if bytes > MOST { Err(node) } else { Ok(bytes) }
}

fn of_children<'a>(node: &'a Json, names: &Names<'_>) -> Result<u64, &'a Json> {
    children(node).into_iter().try_fold(0_u64, |sum, child| Ok(sum.saturating_add(size(child, names)?)))
}

/// One of several values, as CASE gives it.
fn of_largest<'a>(node: &'a Json, names: &Names<'_>) -> Result<u64, &'a Json> {
    children(node).into_iter().try_fold(0_u64, |largest, child| Ok(largest.max(size(child, names)?)))
}

/// The expressions right below a node.
fn children(node: &Json) -> Vec<&Json> {
    let below: Vec<&Json> = match node {
        Json::Array(items) => items.iter().collect(),
        Json::Object(members) => members.values().collect(),
        _ => Vec::new(),
    };
    below.into_iter().flat_map(nearest).collect()
}

fn nearest(node: &Json) -> Vec<&Json> {
    if node["class"].is_string() { vec![node] } else { children(node) }
}

/// Whether a node is true or false, however much it looks at.
fn is_condition(node: &Json) -> bool {
    let is = |key: &str, words: &[&str]| node[key].as_str().is_some_and(|word| words.contains(&word));
    is("class", &["COMPARISON", "CONJUNCTION", "BETWEEN"])
        || is("type", &["COMPARE_IN", "COMPARE_NOT_IN", "OPERATOR_NOT", "OPERATOR_IS_NULL", "OPERATOR_IS_NOT_NULL"])
}

/// As text, a list has quotes and escapes; anything but texts and lists is small.
fn of_cast(to: &Json, from: u64) -> u64 {
    let grows = ["VARCHAR", "TEXT", "STRING", "CHAR", "BLOB", "BYTEA", "JSON", "BIT", "LIST", "ARRAY", "STRUCT", "MAP"];
    let name = to["type_name"].as_str().unwrap_or_default().to_ascii_uppercase();
    let scalar = ["INT", "DATE", "TIME", "DECIMAL", "NUMERIC", "DOUBLE", "FLOAT", "REAL", "BOOL", "LOGICAL", "UUID"];
    if !grows.contains(&name.as_str()) && scalar.iter().any(|scalar| name.contains(scalar)) {
        return SMALL;
    }
    2 * from + SMALL
}

fn of_function<'a>(node: &'a Json, names: &Names<'_>) -> Result<u64, &'a Json> {
    let arguments: Vec<&Json> =
        node["arguments"].as_array().into_iter().flatten().map(|argument| &argument["expression"]).collect();
    let plain: Vec<&Json> = arguments.iter().copied().filter(|argument| argument["class"] != "LAMBDA").collect();
    let mut sizes = Vec::with_capacity(plain.len());
    for argument in &plain {
        sizes.push(size(argument, names)?);
    }
    let all = sizes.iter().fold(0_u64, |sum, bytes| sum.saturating_add(*bytes));
    let name = node["function_name"].as_str().unwrap_or_default().to_ascii_lowercase();
    if let Some(lambda) = arguments.iter().find(|argument| argument["class"] == "LAMBDA") {
        return of_lambda(&name, lambda, all, names);
    }
    let given = |index: usize| sizes.get(index).copied().unwrap_or(0);
    let count = |index: usize| plain.get(index).map_or(Some(0), |argument| number(argument)).unwrap_or(u64::MAX);
    Ok(match name.as_str() {
        // Of numbers, one with a digit more. Lists are joined by it, and a lambda can join a list with itself.
        "+" | "-" if names.parameters.is_empty() => {
            let large =
                sizes.iter().filter(|bytes| **bytes > 2 * COLUMN).fold(0_u64, |sum, bytes| sum.saturating_add(*bytes));
            large.max(sizes.iter().copied().max().unwrap_or(0)).saturating_add(1)
        }
        "repeat" => given(0).saturating_mul(count(1)),
        "range" | "generate_series" => {
            (0..plain.len()).fold(0_u64, |sum, index| sum.saturating_add(count(index))).saturating_mul(8)
        }
        "lpad" | "rpad" => all.saturating_add(count(1).saturating_mul(4)),
        "list_resize" | "array_resize" => all.saturating_add(count(1).saturating_mul(given(2).max(8))),
        "bitstring" => all.saturating_add(count(1)),
        "equi_width_bins" | "to_base" => all.saturating_add(count(2).saturating_mul(8)),
        "bar" => all.saturating_add(4000),
        "printf" | "format" => of_format(plain.first().and_then(|format| text(format)), all),
        "strftime" => given(0).max(given(1)).saturating_mul(SMALL),
        "replace" => match (plain.get(1).and_then(|from| text(from)), plain.get(2).and_then(|to| text(to))) {
            (Some(from), Some(to)) => {
                given(0).saturating_mul((to.len() as u64).div_ceil(from.len().max(1) as u64).max(1))
            }
            _ => given(0).saturating_mul(given(2)),
        },
        "regexp_replace" => {
            let to = plain.get(2).and_then(|to| text(to)).map_or_else(|| given(2), |to| to.len() as u64);
            given(0).saturating_mul(to + 1)
        }
        "array_to_string"
        | "array_to_string_comma_default"
        | "list_string_agg"
        | "list_aggregate"
        | "list_aggr"
        | "array_aggregate"
        | "array_aggr"
        | "aggregate" => {
            let separator = plain
                .last()
                .and_then(|last| text(last))
                .map_or_else(|| given(sizes.len() - 1), |text| text.len() as u64);
            given(0).saturating_mul(separator + 1)
        }
        // As many steps as the one is long times the other; a thousand letters each are the bound.
        "levenshtein"
        | "damerau_levenshtein"
        | "editdist3"
        | "jaccard"
        | "jaro_similarity"
        | "jaro_winkler_similarity" => given(0).saturating_mul(given(1)) / SMALL,
        "bin" | "to_binary" => all.saturating_mul(8),
        "json_pretty" => all.saturating_mul(16),
        "encode"
        | "create_sort_key"
        | "icu_sort_key"
        | "string_split"
        | "str_split"
        | "split"
        | "string_to_array"
        | "regexp_split_to_array"
        | "regexp_extract_all"
        | "translate" => all.saturating_mul(4),
        "url_encode" => all.saturating_mul(3),
        "hex" | "to_hex" | "base64" | "to_base64" | "regexp_escape" | "to_json" | "json_quote" | "json_array"
        | "json_object" | "row_to_json" | "array_to_json" | "json" => all.saturating_mul(2),
        _ => all,
    })
}

/// A lambda is tried on nothing and on the whole list: what it makes of all members together is no more than what it
/// makes of the whole, and once a member what it makes of nothing.
fn of_lambda<'a>(name: &str, lambda: &'a Json, list: u64, names: &Names<'_>) -> Result<u64, &'a Json> {
    if matches!(name, "list_reduce" | "array_reduce" | "reduce") {
        // Each step may double what the one before has made.
        return Err(lambda);
    }
    let parameters = parameters(&lambda["lhs"]);
    let of = |bytes| size(&lambda["expr"], &Names { outer: Some(names), parameters: parameters.clone(), bytes });
    let (of_nothing, of_all) = (of(0)?, of(list)?);
    if matches!(name, "list_filter" | "array_filter" | "filter") {
        return Ok(list);
    }
    Ok(of_all.saturating_add(of_nothing.saturating_mul(list / SMALL + 1)))
}

/// The names of `x` in `x -> …`, and of `(x, i)` in `(x, i) -> …`.
fn parameters(node: &Json) -> Vec<&str> {
    match node {
        Json::Object(members) if node["class"] == "COLUMN_REF" => {
            members["column_names"][0].as_str().into_iter().collect()
        }
        Json::Object(members) => members.values().flat_map(parameters).collect(),
        Json::Array(items) => items.iter().flat_map(parameters).collect(),
        _ => Vec::new(),
    }
}

/// Placeholders repeat their arguments, and numbers in them are widths.
fn of_format(format: Option<&str>, all: u64) -> u64 {
    let Some(format) = format.filter(|format| !format.contains('*') && !nests(format)) else { return u64::MAX };
    let placeholders = format.matches(['{', '%']).count() as u64;
    let widths = format.split(|letter: char| !letter.is_ascii_digit()).filter(|digits| !digits.is_empty());
    let widths = widths.fold(0_u64, |sum, digits| sum.saturating_add(digits.parse().unwrap_or(u64::MAX)));
    // A number near the end of the range has three hundred digits.
    all.saturating_add(400).saturating_mul(placeholders + 1).saturating_add(widths.saturating_mul(4))
}

/// `{:{}}` takes its width from an argument.
fn nests(format: &str) -> bool {
    let mut depth = 0_i32;
    format.chars().any(|letter| {
        depth += i32::from(letter == '{') - i32::from(letter == '}');
        depth > 1
    })
}

/// The text of a constant.
fn text(node: &Json) -> Option<&str> {
    node["literal"]["text"].as_str()
}

/// The most that a count can be: a number, or `least` of something and a number.
fn number(node: &Json) -> Option<u64> {
    if node["class"] == "CONSTANT" {
        return text(node)?.parse::<i64>().ok().map(i64::unsigned_abs);
    }
    if node["function_name"].as_str()?.eq_ignore_ascii_case("least") {
        return node["arguments"].as_array()?.iter().filter_map(|argument| number(&argument["expression"])).min();
    }
    None
}
