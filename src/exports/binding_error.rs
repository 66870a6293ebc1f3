//! Why an expression does not bind, in words that name the place and the way out.

use super::mapping::Mapped;
use super::reading::Raw;
use super::{ExportError, Relation};
use crate::engine::{EngineError, EngineErrorKind};

/// What stands before an expression in the query that binds it.
pub(super) const PREFIX: &str = "SELECT (";

/// How many columns of the files a hint lists.
const LISTED: usize = 20;

/// The error for an expression that DuckDB does not bind.
pub(super) fn of(relation: Relation, column: &Mapped, raw: &Raw, error: &EngineError) -> ExportError {
    if matches!(error.kind, EngineErrorKind::Input | EngineErrorKind::Resources | EngineErrorKind::Internal) {
        return ExportError::Unreadable { relation: relation.name(), source: error.clone() };
    }
    if error.kind == EngineErrorKind::TimeLimit {
        return expression(relation, column, error.message.clone(), None, error.kind.way_out().map(str::to_owned));
    }
    let first = error.message.lines().next().unwrap_or_default();
    if let Some(unknown) = unknown_column(first) {
        let position = column.expression.position_of(unknown);
        let message = format!("the files have no column `{unknown}`");
        return expression(relation, column, message, position, Some(nearest(unknown, raw)));
    }
    let hint = if first.starts_with("No function matches") || first.contains("explicit cast is required") {
        Some("convert what it takes, as in CAST(… AS DECIMAL(18,2))".to_owned())
    } else {
        error.message.lines().find(|line| line.starts_with("Did you mean")).map(str::to_owned)
    };
    let position = error.position.and_then(|at| at.checked_sub(PREFIX.len()));
    expression(relation, column, first.trim_end_matches('!').to_owned(), position, hint)
}

/// The error for an expression that gives what its column can't be.
pub(super) fn wrong_type(relation: Relation, column: &Mapped, found: &str) -> ExportError {
    let (wanted, hint) = match column.sql_type {
        Some("TIMESTAMP") => {
            ("a time", "for a number since 1970 write make_timestamp_ms(milliseconds) or make_timestamp(microseconds)")
        }
        Some("BOOLEAN") => ("true or false", "write a comparison, as in state = 'active'"),
        Some("VARCHAR") => ("a text", "take one part of it, or CAST(… AS VARCHAR)"),
        _ => ("an amount", "take the column that holds the number"),
    };
    let found = found.trim_matches('"');
    let message = format!("`{}` is {wanted}, and the expression gives {found}", column.name);
    expression(relation, column, message, Some(0), Some(hint.to_owned()))
}

fn expression(
    relation: Relation,
    column: &Mapped,
    message: String,
    position: Option<usize>,
    hint: Option<String>,
) -> ExportError {
    ExportError::Expression { relation: relation.name(), column: column.name.clone(), message, position, hint }
}

fn unknown_column(message: &str) -> Option<&str> {
    message.strip_prefix("Referenced column \"")?.split_once("\" not found").map(|(name, _)| name)
}

fn nearest(unknown: &str, raw: &Raw) -> String {
    let unknown = unknown.to_lowercase();
    let alike = |name: &str| strsim::jaro_winkler(&unknown, &name.to_lowercase());
    let best = raw.columns.iter().map(|column| (alike(&column.name), &column.name)).max_by(|a, b| a.0.total_cmp(&b.0));
    let guess = match best {
        Some((likeness, name)) if likeness > 0.8 => format!("did you mean `{name}`? "),
        _ => String::new(),
    };
    format!("{guess}the files have: {}", listed(&raw.names()))
}

/// Names, the first of them where they are many. Where a file has no header, its first row stands for the names: what
/// looks like a value is not shown.
pub(super) fn listed(names: &[String]) -> String {
    let shown: Vec<&str> = names.iter().take(LISTED).map(|name| if is_name(name) { name } else { "…" }).collect();
    match names.len() - shown.len() {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

fn is_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_alphabetic() || first == '_') && !text.contains('@')
}
