//! Texts that diagnostics point into, and places in them.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A range of bytes in a [`Source`], end excluded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
}

impl Span {
    /// From `start` to `end`, end excluded. Swapped ends are put in order.
    pub fn new(start: usize, end: usize) -> Self {
        Self { start: start.min(end), end: start.max(end) }
    }

    /// Whether `other` lies within.
    pub fn contains(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }
}

impl From<std::ops::Range<usize>> for Span {
    fn from(range: std::ops::Range<usize>) -> Self {
        Self::new(range.start, range.end)
    }
}

/// A line and a column for people, both from 1; the column counts characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The character in the line.
    pub column: usize,
}

/// A file's text, with its line starts. `Debug` shows the path only: a sync file may hold a secret by mistake.
#[derive(Clone)]
pub struct Source {
    path: PathBuf,
    text: Arc<str>,
    shown: Arc<str>,
    line_starts: Vec<usize>,
}

impl Source {
    /// A text and the path it is reported under.
    pub fn new(path: impl Into<PathBuf>, text: impl Into<Arc<str>>) -> Self {
        let text = text.into();
        let line_starts = std::iter::once(0).chain(text.match_indices('\n').map(|(newline, _)| newline + 1)).collect();
        Self { path: path.into(), shown: Arc::clone(&text), text, line_starts }
    }

    /// The same source, whose excerpts show stars in place of the given ranges. Line breaks stay.
    pub fn with_masked(mut self, spans: &[Span]) -> Self {
        if spans.is_empty() {
            return self;
        }
        let hidden = |at: usize| spans.iter().any(|span| (span.start..span.end).contains(&at));
        let mut shown = String::with_capacity(self.text.len());
        for (at, character) in self.text.char_indices() {
            if hidden(at) && !matches!(character, '\n' | '\r') {
                // As many stars as bytes, so that every other offset stays where it was.
                shown.extend(std::iter::repeat_n('*', character.len_utf8()));
            } else {
                shown.push(character);
            }
        }
        self.shown = shown.into();
        self
    }

    /// The path, as given.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text as excerpts may show it: secrets are stars. Offsets are the same as in [`Source::text`].
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// The text of a span; empty where the span does not fit the text.
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.start..span.end).unwrap_or_default()
    }

    /// Where a byte stands. Offsets beyond the end count as the end; one inside a character as its start.
    pub fn position(&self, offset: usize) -> Position {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let line = self.line_starts.partition_point(|start| *start <= offset).saturating_sub(1);
        let start = self.line_starts.get(line).copied().unwrap_or_default();
        let before = self.text.get(start..offset).unwrap_or_default();
        Position { line: line + 1, column: before.chars().count() + 1 }
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Source({}, {} bytes)", self.path.display(), self.text.len())
    }
}

/// A span in a source.
#[derive(Debug, Clone)]
pub struct Place {
    /// The file.
    pub source: Arc<Source>,
    /// The bytes.
    pub span: Span,
}

impl Place {
    /// A span in a source.
    pub fn new(source: &Arc<Source>, span: impl Into<Span>) -> Self {
        Self { source: Arc::clone(source), span: span.into() }
    }

    /// Line and column of the first byte.
    pub fn position(&self) -> Position {
        self.source.position(self.span.start)
    }

    /// Line and column of the byte after the last.
    pub fn end(&self) -> Position {
        self.source.position(self.span.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_not_bytes() {
        let source = Source::new("a.toml", "é = 1\nb = \"ü\" x");
        assert_eq!(source.position(3), Position { line: 1, column: 3 });
        let x = source.text().find('x').unwrap();
        assert_eq!(source.position(x), Position { line: 2, column: 9 });
    }

    #[test]
    fn any_offset_has_a_position() {
        let source = Source::new("a.toml", "é\n");
        assert_eq!(source.position(1), Position { line: 1, column: 1 });
        assert_eq!(source.position(99), Position { line: 2, column: 1 });
        assert_eq!(Source::new("a.toml", "").position(5), Position { line: 1, column: 1 });
    }

    #[test]
    fn masked_ranges_keep_every_other_offset() {
        let source = Source::new("a.toml", "key = \"gehéim\"\nb = 1").with_masked(&[Span::new(7, 14)]);
        assert_eq!(source.shown(), "key = \"*******\"\nb = 1");
        assert!(source.text().contains("gehéim"));
    }
}
