//! Why a command failed, in the form in which it is told.

use std::error::Error;

use crate::config::diagnostics::{Diagnostic, Diagnostics};
use crate::engine::{EngineError, EngineErrorKind};
use crate::ledger::LedgerError;

use super::Exit;

/// A failed command.
#[derive(Debug)]
pub enum Failure {
    /// Mistakes with places in the sync file.
    Findings {
        /// All of them.
        findings: Diagnostics,
        /// The exit code they lead to.
        exit: Exit,
    },
    /// One error with its causes.
    Error {
        /// The error; its sources are the causes.
        error: Box<dyn Error + Send + Sync>,
        /// The way out.
        hint: Option<String>,
        /// The exit code it leads to.
        exit: Exit,
    },
}

impl Failure {
    /// The exit code.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Findings { exit, .. } | Self::Error { exit, .. } => *exit,
        }
    }

    /// An error of usage.
    pub fn usage(error: impl Into<Box<dyn Error + Send + Sync>>, hint: impl Into<String>) -> Self {
        Self::Error { error: error.into(), hint: Some(hint.into()), exit: Exit::Usage }
    }
}

impl From<Diagnostics> for Failure {
    fn from(findings: Diagnostics) -> Self {
        Self::Findings { findings, exit: Exit::Usage }
    }
}

impl From<Diagnostic> for Failure {
    fn from(finding: Diagnostic) -> Self {
        Diagnostics::from(finding).into()
    }
}

impl From<LedgerError> for Failure {
    fn from(error: LedgerError) -> Self {
        let held = matches!(&error, LedgerError::InUse { .. })
            || matches!(&error, LedgerError::Engine(error) if error.kind == EngineErrorKind::Locked);
        let exit = if held { Exit::InUse } else { Exit::Usage };
        Self::Error { hint: Some(error.hint()), error: Box::new(error), exit }
    }
}

/// A failure of the engine that has nothing to do with the ledger: an expression over the rows, mostly.
#[derive(Debug, thiserror::Error)]
#[error("the engine failed")]
struct EngineFailure(#[source] EngineError);

impl From<EngineError> for Failure {
    fn from(error: EngineError) -> Self {
        if matches!(error.kind, EngineErrorKind::Database | EngineErrorKind::Unwritable) {
            // The one database file is the ledger's.
            return LedgerError::Engine(error).into();
        }
        let exit = if error.kind == EngineErrorKind::Locked { Exit::InUse } else { Exit::Usage };
        let hint = error.kind.way_out().map(str::to_owned);
        Self::Error { error: Box::new(EngineFailure(error)), hint, exit }
    }
}

impl From<crate::delivery::DeliveryError> for Failure {
    fn from(error: crate::delivery::DeliveryError) -> Self {
        let hint = error.0.hint();
        Self::Error { error: Box::new(error), hint: Some(hint), exit: Exit::Usage }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_expression_has_nothing_to_do_with_the_ledger() {
        let error = EngineError::new(EngineErrorKind::Value, "a value could not be converted");
        let Failure::Error { error, hint, .. } = Failure::from(error) else { panic!("no error") };
        assert_eq!(error.to_string(), "the engine failed");
        assert_eq!(error.source().map(ToString::to_string).as_deref(), Some("a value could not be converted"));
        assert!(!hint.unwrap_or_default().contains("ledger"));
    }
}
