//! Expressions from a sync file: parsed by DuckDB itself, and let through only when they compute one value from the
//! columns of one row, the same value every time.
//!
//! The parser gets the text as a bound parameter and never runs it. An expression that closes our bracket and goes on
//! (`1) FROM x; DROP TABLE y`) does not come back as one plain expression, and is refused.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::{EngineError, Session, quote_identifier};

mod aggregate;
mod growth;
mod tree;

pub use aggregate::Aggregate;

use tree::{FunctionCall, position, take_apart};

/// The longest expression.
const MAX_CHARACTERS: usize = 10_000;

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
