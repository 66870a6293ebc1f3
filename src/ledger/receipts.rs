//! Receipts: one small commit says what became of a part of a batch.

use super::LedgerError;
use crate::engine::{EngineError, Param, Session};
use lapwing_contract::{JobRef, Rejection};

/// A run of seq numbers, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeqRange {
    /// The first.
    pub first: u64,
    /// The last.
    pub last: u64,
}

/// What became of a part as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PartOutcome {
    /// The vendor has the values.
    Confirmed,
    /// The vendor works on it.
    Pending(JobRef),
    /// Nobody can say.
    Unknown,
    /// It certainly did not arrive.
    Unsent,
}

impl PartOutcome {
    fn name(&self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Pending(_) => "pending",
            Self::Unknown => "unknown",
            Self::Unsent => "unsent",
        }
    }
}

/// A receipt about a part of a batch.
#[derive(Debug, Clone)]
pub struct PartReceipt {
    /// The batch.
    pub batch_no: u64,
    /// The records; those refused by earlier receipts of the batch are not meant.
    pub range: SeqRange,
    /// What became of them.
    pub outcome: PartOutcome,
    /// Records of the range that were refused.
    pub rejected: Vec<(u64, Rejection)>,
    /// Records of the range whose fate nobody can tell, where the part's outcome is another.
    pub unknown: Vec<u64>,
}

/// Says, before anything is sent, that batches up to `batch_no` may be on their way. After a crash, what was announced
/// and has no receipt counts as unknown.
///
/// # Errors
/// [`LedgerError::Engine`]; then nothing may be sent.
pub fn announce(session: &mut Session, sync_id: i64, batch_no: u64) -> Result<(), LedgerError> {
    session.execute(
        "UPDATE plans SET state = 'sending', announced_batch = greatest(announced_batch, $batch_no)
         WHERE sync_id = $sync_id",
        &[("sync_id", sync_id.into()), ("batch_no", int(batch_no))],
    )?;
    Ok(())
}

/// Commits receipts together.
///
/// # Errors
/// [`LedgerError::Engine`]; then none of them is kept.
pub fn record(session: &mut Session, sync_id: i64, receipts: &[PartReceipt]) -> Result<(), LedgerError> {
    session.transaction(|session| {
        for receipt in receipts {
            record_one(session, sync_id, receipt)?;
        }
        Ok(())
    })
}

fn record_one(session: &Session, sync_id: i64, receipt: &PartReceipt) -> Result<(), EngineError> {
    let next = "SELECT coalesce(max(receipt_no), 0) + 1 FROM receipts WHERE sync_id = $sync_id";
    let receipt_no = session.one(next, &[("sync_id", sync_id.into())], |row| row.int(0))?.unwrap_or(1);
    let job = match &receipt.outcome {
        PartOutcome::Pending(job) => Param::Text(job.0.to_string()),
        _ => Param::Null,
    };
    session.execute(
        "INSERT INTO receipts VALUES ($sync_id, $receipt_no, $batch_no, $first, $last, $outcome, $job)",
        &[
            ("sync_id", sync_id.into()),
            ("receipt_no", receipt_no.into()),
            ("batch_no", int(receipt.batch_no)),
            ("first", int(receipt.range.first)),
            ("last", int(receipt.range.last)),
            ("outcome", receipt.outcome.name().into()),
            ("job", job),
        ],
    )?;
    for (seq, rejection) in &receipt.rejected {
        session.execute(
            "INSERT INTO exceptions
             VALUES ($sync_id, $receipt_no, $seq, 'rejected', $code, $message, $field, $hint, $retryable)",
            &[
                ("sync_id", sync_id.into()),
                ("receipt_no", receipt_no.into()),
                ("seq", int(*seq)),
                ("code", rejection.code.as_str().into()),
                ("message", rejection.message.as_str().into()),
                ("field", rejection.field.as_deref().into()),
                ("hint", rejection.hint.as_deref().into()),
                ("retryable", rejection.retryable.into()),
            ],
        )?;
    }
    for seq in &receipt.unknown {
        session.execute(
            "INSERT INTO exceptions (sync_id, receipt_no, seq, outcome) VALUES ($sync_id, $receipt_no, $seq, 'unknown')",
            &[("sync_id", sync_id.into()), ("receipt_no", receipt_no.into()), ("seq", int(*seq))],
        )?;
    }
    Ok(())
}

/// Seq and batch numbers count rows of a table: they fit.
pub(super) fn int(number: u64) -> Param {
    Param::Int(i64::try_from(number).unwrap_or(i64::MAX))
}
