//! Quoting: the only functions that put names and constants into SQL text. Everything else is bound.

use chrono::{DateTime, Utc};

/// `name` as a quoted identifier.
pub fn quote_identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// `text` as a string literal, for the few places where DuckDB takes no parameter (views, table functions).
pub fn quote_literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// An instant as a timestamp literal (UTC, microseconds).
pub fn timestamp_literal(at: DateTime<Utc>) -> String {
    format!("TIMESTAMP '{}'", at.format("%Y-%m-%d %H:%M:%S%.6f"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_inside_names_and_texts_are_doubled() {
        assert_eq!(quote_identifier(r#"we"ird"#), r#""we""ird""#);
        assert_eq!(quote_literal("O'Brien; DROP TABLE x"), "'O''Brien; DROP TABLE x'");
    }
}
