//! The face for people: message, source line with a caret, hint.

use std::fmt;

use miette::{
    GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, NamedSource, SourceCode, SourceSpan,
    SpanContents, ThemeCharacters, ThemeStyles,
};

use super::{Diagnostic, Diagnostics, Place, Severity};

/// How text is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextStyle {
    /// Whether ANSI colours are used. Nothing is told by colour alone.
    pub colour: bool,
    /// Whether lines are drawn with Unicode characters, else with ASCII.
    pub unicode: bool,
    /// Columns to wrap at.
    pub width: usize,
}

impl TextStyle {
    /// No colours, Unicode lines, 80 columns: what a log file gets.
    pub fn plain() -> Self {
        Self { colour: false, unicode: true, width: 80 }
    }
}

impl Diagnostic {
    /// One diagnostic for people. Ends with a line break.
    pub fn to_text(&self, style: TextStyle) -> String {
        let mut characters = if style.unicode { ThemeCharacters::unicode() } else { ThemeCharacters::ascii() };
        let title = format!("{}[{}]:", self.severity_word(), self.code);
        characters.error.clone_from(&title);
        characters.warning = title;
        let styles = if style.colour { ThemeStyles::ansi() } else { ThemeStyles::none() };
        let handler = GraphicalReportHandler::new_themed(GraphicalTheme { characters, styles })
            .with_width(style.width)
            .with_context_lines(1)
            .with_links(false)
            .without_syntax_highlighting();
        let mut text = String::new();
        // Writing into a string fails only where the drawing itself gives up; the bare facts are still due.
        if handler.render_report(&mut text, &Drawn::new(self)).is_err() {
            text = format!("{}[{}]: {}\n", self.severity_word(), self.code, self.message);
        }
        tidy(&text)
    }
}

impl Diagnostics {
    /// All diagnostics for people, in their present order, with an empty line between two.
    pub fn to_text(&self, style: TextStyle) -> String {
        let mut text = self.iter().map(|item| item.to_text(style)).collect::<Vec<_>>().join("\n");
        if self.omitted() > 0 {
            text.push_str("\nand ");
            text.push_str(&self.omitted().to_string());
            text.push_str(" more\n");
        }
        text
    }
}

/// Moves everything to the left margin, keeps the excerpt's own alignment, and drops blanks at line ends.
fn tidy(text: &str) -> String {
    let mut tidied = String::with_capacity(text.len());
    let mut in_excerpt = false;
    for line in text.trim_matches('\n').lines() {
        let content = line.trim_start();
        in_excerpt |= content.starts_with("╭─") || content.starts_with(",-");
        let margin = if in_excerpt { " " } else { "  " };
        tidied.push_str(line.strip_prefix(margin).unwrap_or(line).trim_end());
        tidied.push('\n');
        in_excerpt &= !(content.starts_with("╰─") || content.starts_with("`-"));
    }
    tidied
}

/// A source that shows whole lines: those of the labels, and no others.
#[derive(Debug)]
struct Excerpt(NamedSource<String>);

impl SourceCode for Excerpt {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        lines_before: usize,
        lines_after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        if lines_before == 0 && lines_after == 0 {
            // Asked for the position of the first byte.
            return self.0.read_span(span, 0, 0);
        }
        let text = self.0.inner();
        let (start, end) = (span.offset(), span.offset() + span.len());
        let (Some(before), Some(after)) = (text.get(..start), text.get(end..)) else {
            return self.0.read_span(span, 0, 0);
        };
        let start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let end = end + after.find(['\r', '\n']).unwrap_or(after.len());
        self.0.read_span(&SourceSpan::from(start..end), 0, 0)
    }
}

/// A diagnostic as the drawing wants it.
struct Drawn<'a> {
    diagnostic: &'a Diagnostic,
    source: Option<Excerpt>,
}

impl<'a> Drawn<'a> {
    fn new(diagnostic: &'a Diagnostic) -> Self {
        let source = diagnostic.place.as_ref().map(|place| {
            let name = place.source.path().display().to_string();
            Excerpt(NamedSource::new(name, place.source.shown().to_owned()))
        });
        Self { diagnostic, source }
    }

    /// Whether a place fits into the excerpt of the main one: the drawing shows every line between the two.
    fn is_near(&self, other: &Place) -> bool {
        const LINES: usize = 15;
        self.diagnostic.place.as_ref().is_some_and(|place| {
            let (here, there) = (place.position().line, other.position().line);
            other.source.path() == place.source.path() && here.abs_diff(there) <= LINES
        })
    }

    fn label(place: &Place, words: Option<String>, primary: bool) -> LabeledSpan {
        let length = place.source.text().len();
        let start = place.span.start.min(length);
        let span = SourceSpan::from(start..place.span.end.clamp(start, length));
        if primary { LabeledSpan::new_primary_with_span(words, span) } else { LabeledSpan::new_with_span(words, span) }
    }
}

impl miette::Diagnostic for Drawn<'_> {
    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.diagnostic.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
        })
    }

    fn help<'b>(&'b self) -> Option<Box<dyn fmt::Display + 'b>> {
        let hint = self.diagnostic.hint.iter().cloned();
        let far = self.diagnostic.related.iter().filter(|(other, _)| !self.is_near(other)).map(|(other, words)| {
            let (file, position) = (other.source.path().display(), other.position());
            format!("{words}: {file}:{}:{}", position.line, position.column)
        });
        let lines: Vec<String> = hint.chain(far).collect();
        if lines.is_empty() { None } else { Some(Box::new(lines.join("\n"))) }
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.source.as_ref().map(|source| source as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let place = self.diagnostic.place.as_ref()?;
        let others = self
            .diagnostic
            .related
            .iter()
            .filter(|(other, _)| self.is_near(other))
            .map(|(other, words)| Self::label(other, Some(words.clone()), false));
        Some(Box::new(std::iter::once(Self::label(place, self.diagnostic.label.clone(), true)).chain(others)))
    }
}

impl fmt::Debug for Drawn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.diagnostic.fmt(f)
    }
}

impl fmt::Display for Drawn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.diagnostic.message)
    }
}

impl std::error::Error for Drawn<'_> {}
