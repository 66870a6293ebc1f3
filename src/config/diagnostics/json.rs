//! The face for programs.

use serde_json::{Value, json};

use super::{Diagnostic, Diagnostics};

impl Diagnostic {
    /// `{severity, code, message, file, line, column, hint}`; what is not known is null. Line and column count from 1.
    pub fn to_json(&self) -> Value {
        let position = self.place.as_ref().map(super::Place::position);
        json!({
            "severity": self.severity_word(),
            "code": self.code,
            "message": self.message,
            "file": self.place.as_ref().map(|place| place.source.path().display().to_string()),
            "line": position.map(|position| position.line),
            "column": position.map(|position| position.column),
            "hint": self.hint,
        })
    }
}

impl Diagnostics {
    /// One array, in the present order.
    pub fn to_json(&self) -> Value {
        self.iter().map(Diagnostic::to_json).collect()
    }

    /// One array of `{code, message, hint}`, in the present order: for documents that are about more than findings.
    pub fn to_brief_json(&self) -> Value {
        self.iter().map(|item| json!({ "code": item.code, "message": item.message, "hint": item.hint })).collect()
    }
}
