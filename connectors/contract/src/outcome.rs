//! What became of a batch: one outcome per record, in order.

use std::fmt;
use std::sync::Arc;

use crate::{ChangeKind, Record};

/// The vendor's handle of an asynchronous job. It survives a crash in the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct JobRef(pub Arc<str>);

/// Why a record was refused. Kept in the ledger until the record succeeds or its values change.
#[derive(Clone, PartialEq, Eq)]
pub struct Rejection {
    /// The vendor's code, or one of ours in snake case: stable enough to count by.
    pub code: String,
    /// The vendor's words. They may quote the row: show them to the user, never log them.
    pub message: String,
    /// The field at fault, where the vendor names it.
    pub field: Option<String>,
    /// What to do about it.
    pub hint: Option<String>,
    /// Whether the same values may succeed later (a lock, a timeout) without anybody changing anything. Such records are
    /// sent again within the run, apart from the others, in smaller batches and after a wait; then by the next run.
    pub retryable: bool,
}

impl Rejection {
    /// A rejection that stays until the values change.
    ///
    /// What a vendor sends as a code and looks like none may be words that quote the row; it counts as `odd_code`.
    pub fn permanent(code: impl Into<String>, message: impl Into<String>) -> Self {
        let code = Some(code.into()).filter(|code| is_code(code)).unwrap_or_else(|| ODD_CODE.to_owned());
        Self { code, message: message.into(), field: None, hint: None, retryable: false }
    }

    /// A rejection that is worth another try as it is.
    pub fn retryable(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { retryable: true, ..Self::permanent(code, message) }
    }

    /// Names the field at fault.
    pub fn on_field(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }

    /// Adds the way out.
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// Stands for a code that looks like none.
const ODD_CODE: &str = "odd_code";

/// Codes are shown, counted and logged, so they are words without anything that a value has and a name has not.
fn is_code(text: &str) -> bool {
    const MOST_BYTES: usize = 80;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b':' | b'/');
    (1..=MOST_BYTES).contains(&text.len()) && text.bytes().all(plain)
}

impl fmt::Debug for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Rejection({}, retryable: {})", self.code, self.retryable)
    }
}

/// What became of one record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The vendor has the values. Only this, `Created` and `Unchanged` enter the ledger.
    Confirmed,
    /// As `Confirmed`, and the vendor says that it made the record for it. Of a record that was there before, somebody has
    /// deleted it: what was not sent is lost there. A connector whose vendor does not tell says `Confirmed`.
    Created,
    /// The vendor had the values already, or what was to be removed is gone.
    Unchanged,
    /// The vendor refused the record.
    Rejected(Box<Rejection>),
    /// Accepted, not confirmed: the job decides.
    Pending(JobRef),
    /// Nobody can say. The record is sent again at once where that is harmless, else by the next run.
    Unknown,
}

impl Outcome {
    /// Whether the vendor has the values now.
    pub fn is_confirmed(&self) -> bool {
        matches!(self, Self::Confirmed | Self::Created | Self::Unchanged)
    }

    /// Of a record that is not sent, because no record of the vendor can have its key. Who left has nothing there that could
    /// be emptied or removed; everybody else is refused.
    pub fn of_impossible_key(record: &Record, flaw: Rejection) -> Self {
        if record.kind == ChangeKind::Left { Self::Unchanged } else { flaw.into() }
    }
}

impl From<Rejection> for Outcome {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected(Box::new(rejection))
    }
}

/// The vendor's answer to a batch or about a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// One outcome per record of the batch, in the same order.
    pub outcomes: Vec<Outcome>,
}

impl Receipt {
    /// The same outcome for `records` records.
    pub fn all(outcome: &Outcome, records: usize) -> Self {
        Self { outcomes: vec![outcome.clone(); records] }
    }

    /// The job to follow, where any record is pending.
    pub fn job(&self) -> Option<&JobRef> {
        self.outcomes.iter().find_map(|outcome| match outcome {
            Outcome::Pending(job) => Some(job),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_in_the_place_of_a_code_are_not_shown() {
        let code = |code: &str| Rejection::permanent(code, "").code;
        assert_eq!(code("STRING_TOO_LONG"), "STRING_TOO_LONG");
        assert_eq!(code("duplicate value: ada@example.com"), "odd_code");
        assert_eq!((code(""), code(&"x".repeat(81))), ("odd_code".to_owned(), "odd_code".to_owned()));
    }
}
