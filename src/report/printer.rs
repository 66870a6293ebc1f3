//! The one owner of stdout and stderr.

use std::error::Error;
use std::io::{IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::commands::Failure;
use crate::config::diagnostics::{Diagnostics, TextStyle};
use crate::config::settings::Settings;
use crate::delivery::Progress;

use super::progress::{Bars, Spinner};

/// Prints results on stdout and talk on stderr. Broken pipes are no failures: whoever stopped reading knows.
#[derive(Debug, Clone)]
pub struct Printer {
    looks: Arc<Looks>,
    quiet_results: bool,
    silent: bool,
}

/// How things look. Shared by all copies of a printer, because settings are read after the first of them is made.
#[derive(Debug)]
struct Looks {
    colour: AtomicBool,
    live: AtomicBool,
}

impl Printer {
    /// A printer for this process. `colours` is `auto`, `always` or `never`.
    pub fn new(colours: &str) -> Self {
        let terminal = std::io::stderr().is_terminal();
        let colour = match colours {
            "always" => true,
            "never" => false,
            _ => terminal && std::env::var_os("NO_COLOR").is_none(),
        };
        Self {
            looks: Arc::new(Looks { colour: AtomicBool::new(colour), live: AtomicBool::new(terminal) }),
            quiet_results: false,
            silent: false,
        }
    }

    /// A printer that prints nothing: for callers in the same process, to whom the exit code is enough.
    pub fn silent() -> Self {
        Self { silent: true, quiet_results: true, ..Self::new("never") }
    }

    /// Takes the looks from the settings, which know of flags, variables and files.
    pub fn obey(&self, settings: &Settings) {
        let terminal = std::io::stderr().is_terminal();
        let colour = settings.colours.decide(terminal && std::env::var_os("NO_COLOR").is_none());
        self.looks.colour.store(colour, Ordering::Relaxed);
        self.looks.live.store(settings.progress.decide(terminal), Ordering::Relaxed);
    }

    /// The same printer for a command that prints one JSON document.
    #[must_use]
    pub fn for_json(&self, json: bool) -> Self {
        Self { quiet_results: json || self.silent, ..self.clone() }
    }

    /// How text is drawn. A terminal that calls itself dumb gets no more than ASCII.
    pub fn style(&self) -> TextStyle {
        let unicode = std::env::var_os("TERM").is_none_or(|terminal| terminal != "dumb");
        TextStyle { colour: self.looks.colour.load(Ordering::Relaxed), unicode, ..TextStyle::plain() }
    }

    fn live(&self) -> bool {
        self.looks.live.load(Ordering::Relaxed)
    }

    /// A result, on stdout.
    pub fn result(&self, text: &str) {
        if !self.quiet_results {
            let _ = std::io::stdout().lock().write_all(text.as_bytes());
        }
    }

    /// A JSON document, on stdout.
    pub fn json(&self, document: &serde_json::Value) {
        if !self.silent {
            let _ = writeln!(std::io::stdout().lock(), "{document:#}");
        }
    }

    /// A line of talk, on stderr.
    pub fn talk(&self, line: &str) {
        if !self.silent {
            let _ = writeln!(std::io::stderr().lock(), "{line}");
        }
    }

    /// Findings, on stderr.
    pub fn findings(&self, findings: &Diagnostics) {
        if !findings.is_empty() {
            self.talk(&findings.to_text(self.style()));
        }
    }

    /// Warnings that come beside a result, on stderr.
    pub fn warnings(&self, warnings: &Diagnostics) {
        self.findings(warnings);
    }

    /// A failure, on stderr: what failed, its causes, the way out.
    pub fn failure(&self, failure: &Failure) {
        match failure {
            Failure::Findings { findings, .. } => self.findings(findings),
            Failure::Error { error, hint, .. } => {
                self.talk(drawn(error.as_ref(), hint.as_deref(), self.style()).trim_end_matches('\n'));
            }
        }
    }

    /// Shows that something takes a while, on a terminal.
    pub(crate) fn spinner(&self, what: &'static str) -> Spinner {
        Spinner::start(what, self.live())
    }

    /// Shows how far deliveries are, on a terminal.
    pub(crate) fn progress(&self, syncs: Vec<(String, Arc<Progress>)>) -> Bars {
        Bars::start(syncs, self.live())
    }
}

/// An error with its causes, drawn by miette like a finding.
fn drawn(error: &(dyn Error + 'static), hint: Option<&str>, style: TextStyle) -> String {
    let mut causes = Vec::new();
    let mut cause = error.source();
    while let Some(next) = cause {
        causes.push(next.to_string());
        cause = next.source();
    }
    let mut report = miette::MietteDiagnostic::new(error.to_string());
    if let Some(hint) = hint {
        report = report.with_help(hint);
    }
    let mut theme =
        if style.colour { miette::GraphicalTheme::unicode() } else { miette::GraphicalTheme::unicode_nocolor() };
    // The same first word as that of a finding.
    "error:".clone_into(&mut theme.characters.error);
    let handler = miette::GraphicalReportHandler::new_themed(theme).with_width(style.width);
    let described = Described { head: report, causes: Chain::of(causes) };
    let mut text = String::new();
    if handler.render_report(&mut text, &described).is_err() {
        return format!("error: {error}\n");
    }
    let lines = text.trim_matches('\n').lines().map(|line| line.strip_prefix("  ").unwrap_or(line).trim_end());
    lines.flat_map(|line| [line, "\n"]).collect()
}

/// A finding whose causes are texts.
#[derive(Debug)]
struct Described {
    head: miette::MietteDiagnostic,
    causes: Option<Box<Chain>>,
}

#[derive(Debug, thiserror::Error)]
#[error("{text}")]
struct Chain {
    text: String,
    #[source]
    next: Option<Box<Chain>>,
}

impl Chain {
    fn of(texts: Vec<String>) -> Option<Box<Self>> {
        texts.into_iter().rev().fold(None, |next, text| Some(Box::new(Self { text, next })))
    }
}

impl std::fmt::Display for Described {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.head.fmt(f)
    }
}

impl Error for Described {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.causes.as_ref().map(|cause| cause.as_ref() as &(dyn Error + 'static))
    }
}

impl miette::Diagnostic for Described {
    fn help<'a>(&'a self) -> Option<Box<dyn std::fmt::Display + 'a>> {
        self.head.help()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::settings::SettingsInput;

    #[test]
    fn settings_decide_for_every_copy_of_the_printer() {
        let printer = Printer::new("never");
        let copy = printer.for_json(true);
        let flags = [("output.colours", "always".to_owned()), ("output.progress", "always".to_owned())];
        let input =
            SettingsInput { folder: std::path::Path::new("."), file: None, variables: &[], flags: flags.as_slice() };
        printer.obey(&Settings::load(input).unwrap().0);
        assert!(copy.style().colour && copy.live());
    }
}
