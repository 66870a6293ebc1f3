//! Expressions from a sync file: parsed by DuckDB itself, and let through only when they compute one value from the
//! columns of one row, the same value every time.
//!
//! The parser gets the text as a bound parameter and never runs it. An expression that closes our bracket and goes on
//! (`1) FROM x; DROP TABLE y`) does not come back as one plain expression, and is refused.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::{EngineError, EngineErrorKind, Session, quote_identifier};

mod aggregate;
mod growth;

pub use aggregate::Aggregate;

/// What stands before the expression in the parsed text.
const PREFIX: &str = "SELECT (";

/// The longest expression.
const MAX_CHARACTERS: usize = 10_000;

/// How deep the JSON of a syntax tree may be nested. DuckDB takes expressions of at most a thousand levels, which are
/// three or four levels of JSON each.
const MAX_DEPTH: usize = 4096;

/// As deep as a tree may be to be read on the stack at hand: most are, and a thread takes longer to start.
const DEPTH_AT_HAND: usize = 64;

/// The stack on which deeper trees are read, which takes a call or more a level: many times what [`MAX_DEPTH`] needs.
const STACK_BYTES: usize = 256 << 20;

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
        if text.chars().count() > MAX_CHARACTERS {
            let message = format!("the expression is longer than {MAX_CHARACTERS} characters");
            return Ok(Err(ExpressionProblem::new(message)));
        }
        if let Some(problem) = null_character(text) {
            return Ok(Err(problem));
        }
        let found = match take_apart(session, text)? {
            Ok(found) => found,
            Err(problem) => return Ok(Err(problem)),
        };
        for function in &found.functions {
            if let Some(problem) = refuse_function(session, function)? {
                return Ok(Err(ExpressionProblem { position: function.position, ..problem }));
            }
        }
        let bare = found.is_column.then(|| found.columns.first().cloned()).flatten();
        Ok(Ok(Self { text: text.to_owned(), columns: found.columns, positions: found.positions, bare }))
    }

    /// A column as it is: nothing of it has to be parsed.
    pub fn column(name: &str) -> Self {
        Self {
            text: quote_identifier(name),
            columns: BTreeSet::from([name.to_owned()]),
            positions: vec![(name.to_owned(), 0)],
            bare: Some(name.to_owned()),
        }
    }

    /// No value.
    pub fn null() -> Self {
        Self { text: "NULL".to_owned(), columns: BTreeSet::new(), positions: Vec::new(), bare: None }
    }

    /// The expression in brackets, ready for a query.
    pub fn sql(&self) -> String {
        Self::bracketed(&self.text)
    }

    /// Text in brackets; the line break ends a trailing comment.
    fn bracketed(text: &str) -> String {
        format!("({text}\n)")
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
        if message.starts_with("Max expression depth limit") {
            return Err(too_deep());
        }
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

/// Functions that the binder knows by name, and that make a row of each member of a list.
const UNNESTING: [&str; 2] = ["unnest", "unlist"];

fn unsteady(name: &str) -> ExpressionProblem {
    ExpressionProblem::new(format!("`{name}` gives another value at every run"))
        .hint("the same input must give the same output: use the columns and constants")
}

/// As a parameter it would parse; no statement can hold it.
fn null_character(text: &str) -> Option<ExpressionProblem> {
    let position = text.find('\0')?;
    let problem = ExpressionProblem::new("a null character can't stand in an expression").hint("write chr(0) instead");
    Some(ExpressionProblem { position: Some(position), ..problem })
}

/// What an expression is made of.
#[derive(Default)]
struct Found {
    columns: BTreeSet<String>,
    positions: Vec<(String, usize)>,
    functions: Vec<FunctionCall>,
    is_column: bool,
}

/// A function that an expression calls.
struct FunctionCall {
    name: String,
    arguments: usize,
    position: Option<usize>,
}

impl Found {
    /// Looks through the JSON of a syntax tree.
    fn read(tree: &str) -> Result<Self, ExpressionProblem> {
        let parsed = nested(tree).ok_or_else(too_deep)?;
        let node = single_expression(&parsed)?;
        growth::check(node)?;
        let mut found = Self { is_column: node["class"] == "COLUMN_REF", ..Self::default() };
        found.walk(node)?;
        Ok(found)
    }

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
                let arguments = node["arguments"].as_array().map_or(0, Vec::len);
                // What is let through once is let through everywhere: a long sum calls `+` hundreds of times.
                if !self.functions.iter().any(|known| known.name == name && known.arguments == arguments) {
                    self.functions.push(FunctionCall { name, arguments, position: position(node) });
                }
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

/// The syntax tree of an expression, looked through.
fn take_apart(session: &Session, text: &str) -> Result<Result<Found, ExpressionProblem>, EngineError> {
    // The line break ends a trailing comment, which would swallow the bracket.
    let sql = format!("{PREFIX}{text}\n)");
    let tree = session.syntax_tree(&sql)?;
    let depth = depth(&tree);
    if depth > MAX_DEPTH {
        return Ok(Err(too_deep()));
    }
    if depth <= DEPTH_AT_HAND {
        return Ok(Found::read(&tree));
    }
    // A sum of a hundred columns is a hundred levels deep, more than the stack of a thread is sure to hold.
    std::thread::scope(|scope| {
        let reader = std::thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, || Found::read(&tree));
        reader.ok().and_then(|reader| reader.join().ok())
    })
    .ok_or_else(|| EngineError::new(EngineErrorKind::Internal, "no thread could be had to read an expression"))
}

/// How deep brackets of a JSON text are nested.
fn depth(json: &str) -> usize {
    let (mut now, mut deepest, mut in_text, mut escaped) = (0_usize, 0, false, false);
    for byte in json.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b'[' | b'{' if !in_text => {
                now += 1;
                deepest = deepest.max(now);
            }
            b']' | b'}' if !in_text => now = now.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// A JSON text of any depth: `serde_json` gives up at 128 levels, so only the leaves are left to it.
fn nested(json: &str) -> Option<Json> {
    // Containers that are not closed yet; those in an object have a key.
    let mut open: Vec<(Option<String>, Json)> = Vec::new();
    let mut key = None;
    let mut rest = json.trim_start();
    loop {
        let first = *rest.as_bytes().first()?;
        let done = match first {
            b'{' | b'[' => {
                let empty = if first == b'{' { Json::Object(serde_json::Map::new()) } else { Json::Array(Vec::new()) };
                open.push((key.take(), empty));
                rest = rest[1..].trim_start();
                continue;
            }
            b'}' | b']' => {
                let (of, container) = open.pop()?;
                key = of;
                rest = &rest[1..];
                container
            }
            b',' => {
                rest = rest[1..].trim_start();
                continue;
            }
            _ => {
                let mut leaves = serde_json::Deserializer::from_str(rest).into_iter::<Json>();
                let leaf = leaves.next()?.ok()?;
                rest = &rest[leaves.byte_offset()..];
                leaf
            }
        };
        rest = rest.trim_start();
        match (open.last_mut().map(|(_, container)| container), done) {
            (None, whole) => return Some(whole),
            (Some(Json::Array(items)), item) => items.push(item),
            (Some(Json::Object(members)), value) => match (key.take(), value) {
                (Some(name), value) => _ = members.insert(name, value),
                (None, Json::String(name)) => {
                    key = Some(name);
                    rest = rest.strip_prefix(':')?.trim_start();
                }
                _ => return None,
            },
            _ => return None,
        }
    }
}

fn too_deep() -> ExpressionProblem {
    ExpressionProblem::new("the expression is too deeply nested").hint("compute parts of it in columns of the export")
}

/// Aggregates would fold the relation into one row, and unnesting multiplies it; volatile functions and the clock would
/// make two runs differ. A macro is as good as what it is made of.
fn refuse_function(session: &Session, call: &FunctionCall) -> Result<Option<ExpressionProblem>, EngineError> {
    let name = call.name.as_str();
    // Names like `repeat` and `range` stand for a table and for a value; among values, the value is meant.
    let facts = session.functions()?.facts(name);
    // With one argument, `age` counts from today, whatever DuckDB's catalog says about it.
    if facts.varies || (name.eq_ignore_ascii_case("age") && call.arguments == 1) {
        return Ok(Some(unsteady(name)));
    }
    if facts.aggregate {
        let message = format!("`{name}` is an aggregate over many rows");
        return Ok(Some(ExpressionProblem::new(message).hint("an expression sees the columns of its own row only")));
    }
    let lower = name.to_ascii_lowercase();
    if facts.table || UNNESTING.contains(&lower.as_str()) || lower.starts_with("generate_") {
        let message = format!("`{name}` makes rows, not one value");
        return Ok(Some(ExpressionProblem::new(message).hint("an expression gives one value for each row")));
    }
    for definition in &facts.macros {
        let found = match take_apart(session, definition)? {
            Ok(found) => found,
            Err(problem) => return Ok(Some(problem)),
        };
        for inner in &found.functions {
            if let Some(problem) = refuse_function(session, inner)? {
                return Ok(Some(problem));
            }
        }
    }
    Ok(None)
}

#[cfg(test)]
mod growth_tests;
#[cfg(test)]
mod tests;
