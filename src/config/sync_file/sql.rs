//! SQL as the user typed it, with the way back into the file.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};

use crate::config::diagnostics::{Place, Source, Span};
use std::sync::Arc;

/// An SQL expression from the sync file. Compares and serialises as its text.
#[derive(Clone)]
pub struct SqlText {
    text: String,
    span: Span,
    /// Where the first byte of `text` stands in the file, where the two agree byte for byte.
    exact: Option<usize>,
}

impl SqlText {
    /// An expression and the value it was typed as. `raw` is the value in the file, quotes included.
    pub(super) fn new(text: impl Into<String>, span: Span, raw: &str) -> Self {
        let text = text.into();
        let exact = content_offset(raw, &text).map(|offset| span.start + offset);
        Self { text, span, exact }
    }

    /// An expression that is no part of a file: a default.
    pub fn builtin(text: impl Into<String>) -> Self {
        Self { text: text.into(), span: Span::default(), exact: None }
    }

    /// The expression.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The whole value in the file, quotes included.
    pub fn span(&self) -> Span {
        self.span
    }

    /// Where a range of bytes of the expression stands in the file.
    ///
    /// Exact for strings without escapes and variables; otherwise the whole value.
    pub fn span_of(&self, range: std::ops::Range<usize>) -> Span {
        let Some(start) = self.exact else { return self.span };
        let end = range.end.min(self.text.len());
        Span::new(start + range.start.min(end), start + end)
    }

    /// The place of the whole expression.
    pub fn place(&self, source: &Arc<Source>) -> Place {
        Place::new(source, self.span)
    }

    /// The place of the character at a byte offset of the expression, as database errors give it.
    pub fn place_at(&self, source: &Arc<Source>, offset: usize) -> Place {
        let mut start = offset.min(self.text.len());
        while !self.text.is_char_boundary(start) {
            start -= 1;
        }
        let length = self.text[start..].chars().next().map_or(0, char::len_utf8);
        Place::new(source, self.span_of(start..start + length))
    }
}

/// Where the content begins in `raw`, where it stands there unchanged.
fn content_offset(raw: &str, text: &str) -> Option<usize> {
    ["\"\"\"\r\n", "\"\"\"\n", "\"\"\"", "'''\r\n", "'''\n", "'''", "\"", "'"]
        .into_iter()
        .find(|opening| raw.starts_with(opening))
        .map(str::len)
        .filter(|offset| raw[*offset..].starts_with(text))
        // `\"` inside would make the content longer in the file than in the text: then the closing quotes do not follow.
        .filter(|offset| matches!(&raw[*offset + text.len()..], "\"" | "'" | "\"\"\"" | "'''"))
}

impl PartialEq for SqlText {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for SqlText {}

impl AsRef<str> for SqlText {
    fn as_ref(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for SqlText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for SqlText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SqlText({:?})", self.text)
    }
}

impl serde::Serialize for SqlText {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

/// The struct name by which [`SqlText`] asks the sync file's deserializer for its span.
pub(super) const STRUCT: &str = "$lapwing::SqlText";
/// Its fields: the text, the span, and the exact offset of the content (or the largest number, for none).
pub(super) const STRUCT_FIELDS: &[&str] = &["text", "start", "end", "exact"];

impl<'de> Deserialize<'de> for SqlText {
    /// Reads a string; from a sync file's table with its span, from anywhere else without.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_struct(STRUCT, STRUCT_FIELDS, SqlVisitor)
    }
}

struct SqlVisitor;

impl<'de> Visitor<'de> for SqlVisitor {
    type Value = SqlText;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an SQL expression in quotes")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<SqlText, E> {
        Ok(SqlText::builtin(text))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<SqlText, A::Error> {
        let mut sql = SqlText::builtin("");
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "text" => sql.text = map.next_value()?,
                "start" => sql.span.start = map.next_value()?,
                "end" => sql.span.end = map.next_value()?,
                "exact" => sql.exact = Some(map.next_value::<usize>()?).filter(|offset| *offset != usize::MAX),
                _ => return Err(A::Error::unknown_field(&key, STRUCT_FIELDS)),
            }
        }
        Ok(sql)
    }
}

impl SqlText {
    /// The parts that [`STRUCT_FIELDS`] name.
    pub(super) fn into_parts(self) -> (String, [u64; 3]) {
        let exact = self.exact.unwrap_or(usize::MAX);
        (self.text, [self.span.start, self.span.end, exact].map(|number| number as u64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sql(raw: &str, text: &str) -> SqlText {
        SqlText::new(text, Span::new(10, 10 + raw.len()), raw)
    }

    #[test]
    fn plain_strings_map_byte_for_byte() {
        for raw in ["\"total - tax\"", "'total - tax'", "\"\"\"total - tax\"\"\"", "'''\ntotal - tax'''"] {
            let span = sql(raw, "total - tax").span_of(8..11);
            assert_eq!(&raw[span.start - 10..span.end - 10], "tax", "{raw}");
        }
    }

    #[test]
    fn strings_with_escapes_map_to_the_whole_value() {
        let raw = r#""a = \"b\"""#;
        let sql = sql(raw, "a = \"b\"");
        assert_eq!(sql.span_of(0..1), Span::new(10, 10 + raw.len()));
    }

    #[test]
    fn any_offset_has_a_place() {
        let source = Arc::new(Source::new("a.toml", "x = \"é\""));
        let sql = SqlText::new("é", Span::new(4, 8), "\"é\"");
        assert_eq!(sql.place_at(&source, 1).position().column, 6);
        assert_eq!(sql.place_at(&source, 99).position().column, 7);
    }
}
