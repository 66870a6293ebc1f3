//! What is wrong, where, and the way out: one type for every mistake in a sync file or in settings.

mod collection;
mod github;
mod json;
mod sarif;
mod source;
mod suggest;
mod text;

use std::borrow::Cow;

pub use collection::Diagnostics;
pub use lapwing_contract::Severity;
pub use source::{Place, Position, Source, Span};
pub use suggest::{did_you_mean, one_of};
pub use text::TextStyle;

/// One mistake or warning.
#[derive(Debug, Clone)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// A stable code in kebab case, for filters and documentation.
    pub code: Cow<'static, str>,
    /// What is wrong, on what. One sentence without a full stop; never a row value or a secret.
    pub message: String,
    /// Where; none where it is about the whole.
    pub place: Option<Place>,
    /// A few words under the caret.
    pub label: Option<String>,
    /// Other places that take part, each with a few words.
    pub related: Vec<(Place, String)>,
    /// The way out.
    pub hint: Option<String>,
}

impl Diagnostic {
    /// Something that must be mended before a run.
    pub fn error(code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            code: code.into(),
            message: message.into(),
            place: None,
            label: None,
            related: Vec::new(),
            hint: None,
        }
    }

    /// Something that somebody should know.
    pub fn warning(code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, message) }
    }

    /// Says where.
    pub fn at(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    /// Adds a few words under the caret.
    pub fn with_label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// Points at another place that takes part.
    pub fn with_related(mut self, place: Place, label: impl Into<String>) -> Self {
        self.related.push((place, label.into()));
        self
    }

    /// Adds the way out.
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds the way out, where there is one.
    pub fn with_hint_if(mut self, hint: Option<impl Into<String>>) -> Self {
        if let Some(hint) = hint {
            self.hint = Some(hint.into());
        }
        self
    }

    /// The words for the severity: `error` or `warning`.
    pub fn severity_word(&self) -> &'static str {
        match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        }
    }
}
