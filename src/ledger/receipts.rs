//! Receipts: one small commit says what became of a part of a batch.

use fail::fail_point;

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

impl SeqRange {
    /// The fewest ranges that hold exactly `seqs`, which ascend.
    pub fn runs(seqs: impl IntoIterator<Item = u64>) -> Vec<Self> {
        let mut runs: Vec<Self> = Vec::new();
        for seq in seqs {
            match runs.last_mut() {
                Some(run) if run.last + 1 == seq => run.last = seq,
                _ => runs.push(Self { first: seq, last: seq }),
            }
        }
        runs
    }

    /// Whether `seq` is in it.
    pub fn contains(&self, seq: u64) -> bool {
        (self.first..=self.last).contains(&seq)
    }
}

/// What became of records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PartOutcome {
    /// The vendor has the values.
    Confirmed,
    /// As confirmed; the vendor had to make the record. Where the ledger knows it, somebody had deleted it there, and what was
    /// not sent is lost.
    Remade,
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
            Self::Remade => "remade",
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
    /// What became of which records, to the record: later receipts about the same records count more.
    pub outcomes: Vec<(PartOutcome, Vec<SeqRange>)>,
    /// Records that were refused.
    pub rejected: Vec<(u64, Rejection)>,
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

/// Takes back what was announced and never handed out: batches after `batch_no` were certainly not sent.
///
/// # Errors
/// [`LedgerError::Engine`].
pub fn retract(session: &mut Session, sync_id: i64, batch_no: u64) -> Result<(), LedgerError> {
    session.execute(
        "UPDATE plans SET announced_batch = least(announced_batch, $batch_no) WHERE sync_id = $sync_id",
        &[("sync_id", sync_id.into()), ("batch_no", int(batch_no))],
    )?;
    Ok(())
}

/// The receipts of one plan, numbered in the order of their coming. The number is counted here, so that a receipt
/// costs the same however many there are.
#[derive(Debug, Clone, Copy)]
pub struct ReceiptBook {
    sync_id: i64,
    next_no: i64,
}

/// Rows of numbers that one statement takes, and rows of rejections, which have parameters.
const ROWS: usize = 500;
const REJECTED_ROWS: usize = 64;

impl ReceiptBook {
    /// Opens the book where the last run left it.
    ///
    /// # Errors
    /// [`LedgerError::Engine`].
    pub fn open(session: &Session, sync_id: i64) -> Result<Self, LedgerError> {
        let last = "SELECT greatest(
                (SELECT coalesce(max(receipt_no), 0) FROM receipts WHERE sync_id = $sync_id),
                (SELECT coalesce(max(receipt_no), 0) FROM exceptions WHERE sync_id = $sync_id))";
        let last = session.one(last, &[("sync_id", sync_id.into())], |row| row.int(0))?.unwrap_or(0);
        Ok(Self { sync_id, next_no: last + 1 })
    }

    /// Commits receipts together and, in the same commit, announces the batches up to `announced`, which go out next.
    ///
    /// # Errors
    /// [`LedgerError::Engine`]; then nothing of it is kept.
    pub fn record(
        &mut self,
        session: &mut Session,
        receipts: &[PartReceipt],
        announced: Option<u64>,
    ) -> Result<(), LedgerError> {
        session.transaction(|session| {
            if let Some(batch_no) = announced {
                announce(session, self.sync_id, batch_no)?;
            }
            // Most outcomes have no job, and go into one statement: a statement costs more than its rows.
            let mut rows = Vec::new();
            for receipt in receipts {
                for (outcome, ranges) in &receipt.outcomes {
                    let of_outcome = ranges.iter().map(|range| self.row(receipt, outcome, *range));
                    match outcome {
                        PartOutcome::Pending(job) => {
                            insert(session, &of_outcome.collect::<Vec<_>>(), Some(job))?;
                        }
                        _ => rows.extend(of_outcome),
                    }
                }
                receipt
                    .rejected
                    .chunks(REJECTED_ROWS)
                    .try_for_each(|rejected| self.record_rejected(session, rejected))?;
                self.next_no += 1;
            }
            insert(session, &rows, None)?;
            fail_point!("keeping-receipt", |_| std::process::abort());
            Ok(())
        })
    }

    /// Numbers and our own words only: nothing of a user's is in this text.
    fn row(&self, receipt: &PartReceipt, outcome: &PartOutcome, range: SeqRange) -> String {
        let (sync_id, receipt_no, batch_no) = (self.sync_id, self.next_no, receipt.batch_no);
        format!("({sync_id}, {receipt_no}, {batch_no}, {}, {}, '{}', $job)", range.first, range.last, outcome.name())
    }

    fn record_rejected(&self, session: &Session, rejected: &[(u64, Rejection)]) -> Result<(), EngineError> {
        const COLUMNS: [&str; 5] = ["code", "message", "field", "hint", "retryable"];
        let names: Vec<[String; 5]> =
            (0..rejected.len()).map(|row| COLUMNS.map(|column| format!("{column}{row}"))).collect();
        let mut rows = Vec::with_capacity(rejected.len());
        let mut params: Vec<(&str, Param)> = Vec::with_capacity(rejected.len() * COLUMNS.len());
        for ((seq, rejection), names) in rejected.iter().zip(&names) {
            let [code, message, field, hint, retryable] = names;
            rows.push(format!(
                "({}, {}, {seq}, 'rejected', ${code}, ${message}, ${field}, ${hint}, ${retryable})",
                self.sync_id, self.next_no
            ));
            params.push((code, rejection.code.as_str().into()));
            params.push((message, rejection.message.as_str().into()));
            params.push((field, rejection.field.as_deref().into()));
            params.push((hint, rejection.hint.as_deref().into()));
            params.push((retryable, rejection.retryable.into()));
        }
        session.execute(&format!("INSERT INTO exceptions VALUES {}", rows.join(", ")), &params)?;
        Ok(())
    }
}

fn insert(session: &Session, rows: &[String], job: Option<&JobRef>) -> Result<(), EngineError> {
    let job = job.map_or(Param::Null, |job| Param::Text(job.0.to_string()));
    rows.chunks(ROWS).try_for_each(|rows| {
        let sql = format!("INSERT INTO receipts VALUES {}", rows.join(", "));
        session.execute(&sql, &[("job", job.clone())]).map(|_| ())
    })
}

/// Seq and batch numbers count rows of a table: they fit.
pub(super) fn int(number: u64) -> Param {
    Param::Int(i64::try_from(number).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_hold_exactly_the_numbers_given() {
        assert_eq!(SeqRange::runs([]), []);
        let runs = SeqRange::runs([3, 4, 5, 9, 11, 12]);
        let ends: Vec<_> = runs.iter().map(|run| (run.first, run.last)).collect();
        assert_eq!(ends, [(3, 5), (9, 9), (11, 12)]);
        assert!(runs[0].contains(5) && !runs[0].contains(6));
    }
}
