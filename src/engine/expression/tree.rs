//! The syntax tree of an expression, as DuckDB gives it: read at any depth, and looked through.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::{ExpressionProblem, growth, unsteady};
use crate::engine::{EngineError, EngineErrorKind, Session};

/// What stands before the expression in the parsed text.
const PREFIX: &str = "SELECT (";

/// How deep the JSON of a syntax tree may be nested. DuckDB takes expressions of at most a thousand levels, which are
/// three or four levels of JSON each.
const MAX_DEPTH: usize = 4096;

/// As deep as a tree may be to be read on the stack at hand: most are, and a thread takes longer to start.
const DEPTH_AT_HAND: usize = 64;

/// The stack on which deeper trees are read, which takes a call or more a level: many times what [`MAX_DEPTH`] needs.
const STACK_BYTES: usize = 256 << 20;

/// SQL's functions without brackets, which the parser takes for columns.
const CLOCKS: [&str; 5] = ["current_date", "current_time", "current_timestamp", "localtime", "localtimestamp"];

/// What an expression is made of.
#[derive(Default)]
pub(super) struct Found {
    pub(super) columns: BTreeSet<String>,
    pub(super) positions: Vec<(String, usize)>,
    pub(super) functions: Vec<FunctionCall>,
    pub(super) is_column: bool,
}

/// A function that an expression calls.
pub(super) struct FunctionCall {
    pub(super) name: String,
    pub(super) arguments: usize,
    pub(super) position: Option<usize>,
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

/// Where a node stands, in bytes from the start of the expression.
pub(super) fn position(node: &Json) -> Option<usize> {
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

/// The syntax tree of an expression, looked through.
pub(super) fn take_apart(session: &Session, text: &str) -> Result<Result<Found, ExpressionProblem>, EngineError> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trees_are_read_as_serde_json_reads_them() {
        let text = r#" {"a": [1, -2.5e3, "x\"]}", {}, []], "b": {"c": null, "d": {"e": true}}, "f": ""} "#;
        assert_eq!(nested(text), serde_json::from_str(text).ok());
        for broken in ["", "{", "[1", r#"{"a" 1}"#, "{1: 2}"] {
            assert_eq!(nested(broken), None, "{broken}");
        }
    }

    #[test]
    fn the_deepest_tree_is_read_on_its_stack() {
        let deep = "[".repeat(MAX_DEPTH) + &"]".repeat(MAX_DEPTH);
        assert_eq!(depth(&deep), MAX_DEPTH);
        let read = std::thread::Builder::new().stack_size(STACK_BYTES).spawn(move || Found::read(&deep).is_err());
        assert!(read.unwrap().join().unwrap());
        assert_eq!(depth(r#"{"a": "[[\"[", "b": [1]}"#), 2);
    }
}
