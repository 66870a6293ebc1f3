//! What `validate` found: a place in the sync file, a message, and the fix.

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The sync can run; somebody should know.
    Warning,
    /// The sync cannot run.
    Error,
}

/// One finding of a connector about its configuration or a sync that writes to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// A stable code in kebab case, led by the connector's kind: `sendgrid-key-not-email`.
    pub code: &'static str,
    /// What is wrong, on what.
    pub message: String,
    /// The way out.
    pub hint: Option<String>,
    /// The sync it is about; none where it is about the destination's own table.
    pub sync: Option<String>,
    /// The keys from that table down to the place: `["fields", "first_name"]`.
    pub path: Vec<String>,
}

impl Finding {
    /// An error about the destination's own table.
    pub fn error(code: &'static str, message: impl Into<String>) -> Self {
        Self { severity: Severity::Error, code, message: message.into(), hint: None, sync: None, path: Vec::new() }
    }

    /// A warning about the destination's own table.
    pub fn warning(code: &'static str, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, message) }
    }

    /// Moves the finding to a sync.
    pub fn in_sync(mut self, sync: impl Into<String>) -> Self {
        self.sync = Some(sync.into());
        self
    }

    /// Says where in the table.
    pub fn at<'a>(mut self, path: impl IntoIterator<Item = &'a str>) -> Self {
        self.path = path.into_iter().map(str::to_owned).collect();
        self
    }

    /// Adds the way out.
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}
