//! Failures of a whole request, and what to do about each kind.

use std::time::Duration;

use crate::Rejection;

/// What kind of failure it was. The list is short on purpose: each kind leads to another act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The credentials are missing, wrong or expired, and renewing them did not help.
    Unauthenticated,
    /// The credentials are right and not allowed to do this.
    Forbidden,
    /// The object, list or field does not exist there.
    NotFound,
    /// The destination's configuration cannot work.
    Configuration,
    /// The vendor asked to slow down for longer than the retry deadline.
    RateLimited,
    /// The quota of the day is used up, or the share of it that the sync file grants.
    QuotaExhausted,
    /// The vendor is down, answers 5xx or cannot be reached; retries are used up.
    Unavailable,
    /// The request may have been applied, its answer was lost, and repeating it could do harm.
    Ambiguous,
    /// The vendor answered something that its documentation does not allow for.
    Protocol,
    /// A local file or folder could not be read or written.
    Local,
}

/// What the delivery floor does about a kind, and what it tells the operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Remedy {
    /// Whether other batches of the run may still succeed.
    pub go_on: bool,
    /// One sentence for the operator.
    pub advice: &'static str,
}

impl ErrorKind {
    /// The remedy. Exhaustive on purpose: a new kind must decide here.
    pub fn remedy(self) -> Remedy {
        let (go_on, advice) = match self {
            Self::Unauthenticated => (false, "check the destination's credentials: the vendor does not accept them"),
            Self::Forbidden => (false, "grant the credentials the permission named above, at the vendor"),
            Self::NotFound => (false, "check the object, list and field names of the sync against the vendor"),
            Self::Configuration => (false, "correct the destination's table in the sync file"),
            Self::RateLimited => (false, "run again later, or lower `pace` where other tools share the account"),
            Self::QuotaExhausted => (false, "run again when the quota is renewed; what was confirmed is kept"),
            Self::Unavailable => (true, "run again later; what was confirmed is kept, the rest is sent then"),
            Self::Ambiguous => (
                true,
                "look at the destination before you run again: records without a clear answer are sent once more",
            ),
            Self::Protocol => (true, "run again; if it stays, report the request and status shown above"),
            Self::Local => (false, "check that the folder exists, has space and can be written"),
        };
        Remedy { go_on, advice }
    }

    /// A stable name for JSON output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unauthenticated => "unauthenticated",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not_found",
            Self::Configuration => "configuration",
            Self::RateLimited => "rate_limited",
            Self::QuotaExhausted => "quota_exhausted",
            Self::Unavailable => "unavailable",
            Self::Ambiguous => "ambiguous",
            Self::Protocol => "protocol",
            Self::Local => "local",
        }
    }
}

/// A whole request that failed. Retries below are already used up: nobody above tries the same request again.
#[derive(Debug, thiserror::Error)]
#[error("{operation} failed: {message}{}", .status.map(|s| format!(" (HTTP {s})")).unwrap_or_default())]
pub struct DestinationError {
    /// What kind it is.
    pub kind: ErrorKind,
    /// What was tried: method and path without query, or the file operation.
    pub operation: String,
    /// What went wrong, without row values and without secrets.
    pub message: String,
    /// The HTTP status, where there was one.
    pub status: Option<u16>,
    /// How often it was tried.
    pub attempts: u32,
    /// How long all tries took together.
    pub elapsed: Duration,
    /// What lies beneath.
    #[source]
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl DestinationError {
    /// An error of one attempt without a cause beneath.
    pub fn new(kind: ErrorKind, operation: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            kind,
            operation: operation.into(),
            message: message.into(),
            status: None,
            attempts: 1,
            elapsed: Duration::ZERO,
            source: None,
        }
    }

    /// Attaches what lies beneath.
    pub fn with_source(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Attaches the HTTP status.
    pub fn with_status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }
}

/// Why a write gave no receipt.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The vendor refused the whole batch and applied none of it, because of some of its records. Where `named` is
    /// empty, the vendor did not say which: the delivery floor halves the batch.
    #[error("the batch was refused: {}", reason.code)]
    Refused {
        /// Index in the batch and reason, for each record that the vendor named.
        named: Vec<(usize, Rejection)>,
        /// The reason for the batch as a whole; it becomes the record's where the batch has only one.
        reason: Box<Rejection>,
    },
    /// The request failed as a whole, for reasons that are not the records'.
    #[error(transparent)]
    Failed(#[from] DestinationError),
}
