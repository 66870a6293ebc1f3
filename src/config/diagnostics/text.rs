//! The face for people: message, source line with a caret, hint.

use std::fmt;

use miette::{
    GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, SourceCode, SourceSpan, ThemeCharacters,
    ThemeStyles,
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
            .with_context_lines(0)
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

/// Moves everything two columns to the left, where the drawing starts, and drops blanks at line ends.
fn tidy(text: &str) -> String {
    let mut tidied = String::with_capacity(text.len());
    for line in text.trim_matches('\n').lines() {
        tidied.push_str(line.strip_prefix("  ").unwrap_or(line).trim_end());
        tidied.push('\n');
    }
    tidied
}

/// A diagnostic as the drawing wants it.
struct Drawn<'a> {
    diagnostic: &'a Diagnostic,
    source: Option<NamedSource<String>>,
}

impl<'a> Drawn<'a> {
    fn new(diagnostic: &'a Diagnostic) -> Self {
        let source = diagnostic
            .place
            .as_ref()
            .map(|place| NamedSource::new(place.source.path().display().to_string(), place.source.shown().to_owned()));
        Self { diagnostic, source }
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
        self.diagnostic.hint.as_ref().map(|hint| Box::new(hint) as Box<dyn fmt::Display>)
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
            // One drawing shows one file; places elsewhere are for the machine-readable faces.
            .filter(|(other, _)| other.source.path() == place.source.path())
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
