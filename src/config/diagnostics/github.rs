//! Annotations for GitHub Actions: one workflow command a line.

use super::{Diagnostic, Diagnostics};

impl Diagnostics {
    /// One `::error …::` or `::warning …::` line for each diagnostic, in the present order.
    pub fn to_github(&self) -> String {
        self.iter().map(annotation).collect()
    }
}

fn annotation(diagnostic: &Diagnostic) -> String {
    let place = diagnostic.place.as_ref().map_or_else(String::new, |place| {
        let (start, end) = (place.position(), place.end());
        let file = property(&place.source.path().display().to_string());
        // An end column is allowed on a single line only.
        let end_column = if start.line == end.line { format!(",endColumn={}", end.column) } else { String::new() };
        format!("file={file},line={},endLine={},col={}{end_column},", start.line, end.line, start.column)
    });
    let mut message = diagnostic.message.clone();
    if let Some(hint) = &diagnostic.hint {
        message.push_str("\nhint: ");
        message.push_str(hint);
    }
    format!("::{} {place}title={}::{}\n", diagnostic.severity_word(), property(&diagnostic.code), data(&message))
}

/// Escapes the part after `::`, so that text from a sync file cannot start another command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes a property, in which `:` and `,` separate too.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
