//! What every reader of the sync file needs: the source, the vocabulary, and where mistakes go.

use std::sync::Arc;

use super::Catalog;
use crate::config::diagnostics::{Diagnostic, Diagnostics, Place, Source, Span};

/// Carried through all readers.
pub(super) struct Context<'a> {
    pub(super) source: Arc<Source>,
    pub(super) catalog: &'a dyn Catalog,
    pub(super) diagnostics: Diagnostics,
}

impl Context<'_> {
    /// Reports an error at a span.
    pub(super) fn error(&mut self, span: Span, code: &'static str, message: impl Into<String>) -> Reported<'_> {
        let diagnostic = Diagnostic::error(code, message).at(self.place(span));
        Reported { diagnostics: &mut self.diagnostics, diagnostic: Some(diagnostic) }
    }

    /// Reports a warning at a span.
    pub(super) fn warning(&mut self, span: Span, code: &'static str, message: impl Into<String>) -> Reported<'_> {
        let diagnostic = Diagnostic::warning(code, message).at(self.place(span));
        Reported { diagnostics: &mut self.diagnostics, diagnostic: Some(diagnostic) }
    }

    /// A place in the sync file.
    pub(super) fn place(&self, span: Span) -> Place {
        Place::new(&self.source, span)
    }
}

/// A diagnostic that is added to the collection when it is complete: at the end of the statement.
pub(super) struct Reported<'a> {
    diagnostics: &'a mut Diagnostics,
    diagnostic: Option<Diagnostic>,
}

impl Reported<'_> {
    fn with(mut self, change: impl FnOnce(Diagnostic) -> Diagnostic) -> Self {
        self.diagnostic = self.diagnostic.take().map(change);
        self
    }

    pub(super) fn label(self, label: impl Into<String>) -> Self {
        self.with(|diagnostic| diagnostic.with_label(label))
    }

    pub(super) fn hint(self, hint: impl Into<String>) -> Self {
        self.with(|diagnostic| diagnostic.with_hint(hint))
    }

    pub(super) fn hint_if(self, hint: Option<String>) -> Self {
        self.with(|diagnostic| diagnostic.with_hint_if(hint))
    }

    pub(super) fn related(self, place: Place, label: impl Into<String>) -> Self {
        self.with(|diagnostic| diagnostic.with_related(place, label))
    }
}

impl Drop for Reported<'_> {
    fn drop(&mut self) {
        if let Some(diagnostic) = self.diagnostic.take() {
            self.diagnostics.push(diagnostic);
        }
    }
}
