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
    session.execute_again(
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

/// Rows up to which each goes by itself, rows of numbers that one statement takes, and rows of rejections, which have
/// parameters.
const FEW_ROWS: usize = 4;
const ROWS: usize = 500;
const REJECTED_ROWS: usize = 64;

impl ReceiptBook {
    /// Opens the book where the last run left it.
    ///
    /// # Errors
    /// [`LedgerError::Engine`].
    pub fn open(session: &Session, sync_id: i64) -> Result<Self, LedgerError> {
        let last = "SELECT max(receipt_no) FROM (
                SELECT receipt_no FROM receipts WHERE sync_id = $sync_id
                UNION ALL SELECT receipt_no FROM exceptions WHERE sync_id = $sync_id)";
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
            let mut rows = Vec::new();
            for receipt in receipts {
                for (outcome, ranges) in &receipt.outcomes {
                    rows.extend(ranges.iter().map(|range| self.row(receipt, outcome, *range)));
                }
                receipt
                    .rejected
                    .chunks(REJECTED_ROWS)
                    .try_for_each(|rejected| self.record_rejected(session, rejected))?;
                self.next_no += 1;
            }
            insert(session, &rows)?;
            fail_point!("keeping-receipt", |_| std::process::abort());
            Ok(())
        })
    }

    fn row<'a>(&self, receipt: &PartReceipt, outcome: &'a PartOutcome, range: SeqRange) -> Row<'a> {
        let job = if let PartOutcome::Pending(job) = outcome { Some(job) } else { None };
        let numbers = [self.sync_id, self.next_no, whole(receipt.batch_no), whole(range.first), whole(range.last)];
        Row { numbers, outcome: outcome.name(), job }
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

/// A row of the table of receipts.
struct Row<'a> {
    /// Sync, receipt, batch, first and last seq.
    numbers: [i64; 5],
    outcome: &'static str,
    job: Option<&'a JobRef>,
}

/// A few rows, as of most receipts, go one by one into a statement that stands ready. More of them go into a statement of
/// their own, which costs more than its rows.
fn insert(session: &Session, rows: &[Row<'_>]) -> Result<(), EngineError> {
    if rows.len() <= FEW_ROWS {
        return rows.iter().try_for_each(|row| insert_one(session, row));
    }
    let of_a_job = rows.chunk_by(|one, next| one.job == next.job);
    of_a_job.flat_map(|rows| rows.chunks(ROWS)).try_for_each(|rows| {
        // Numbers and our own words only: nothing of a user's is in this text.
        let row = |row: &Row<'_>| {
            let [sync_id, receipt_no, batch_no, first, last] = row.numbers;
            format!("({sync_id}, {receipt_no}, {batch_no}, {first}, {last}, '{}', $job)", row.outcome)
        };
        let job = rows[0].job.map_or(Param::Null, |job| Param::Text(job.0.to_string()));
        let rows: Vec<String> = rows.iter().map(row).collect();
        session.execute(&format!("INSERT INTO receipts VALUES {}", rows.join(", ")), &[("job", job)]).map(|_| ())
    })
}

fn insert_one(session: &Session, row: &Row<'_>) -> Result<(), EngineError> {
    const NUMBERS: [&str; 5] = ["sync_id", "receipt_no", "batch_no", "first_seq", "last_seq"];
    let numbers = NUMBERS.into_iter().zip(row.numbers.map(Param::Int));
    let mut params: Vec<(&str, Param)> = numbers.chain([("outcome", row.outcome.into())]).collect();
    // A statement that is given NULL for a text would be planned anew.
    let sql = if let Some(job) = row.job {
        params.push(("job", Param::Text(job.0.to_string())));
        "INSERT INTO receipts VALUES ($sync_id, $receipt_no, $batch_no, $first_seq, $last_seq, $outcome, $job)"
    } else {
        "INSERT INTO receipts VALUES ($sync_id, $receipt_no, $batch_no, $first_seq, $last_seq, $outcome, NULL)"
    };
    session.execute_again(sql, &params).map(|_| ())
}

/// Seq and batch numbers count rows of a table: they fit.
fn whole(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// [`whole`], for a statement.
pub(crate) fn int(number: u64) -> Param {
    Param::Int(whole(number))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Engine, EngineOptions};
    use crate::ledger::{pending_jobs, prepare};

    #[test]
    fn runs_hold_exactly_the_numbers_given() {
        assert_eq!(SeqRange::runs([]), []);
        let runs = SeqRange::runs([3, 4, 5, 9, 11, 12]);
        let ends: Vec<_> = runs.iter().map(|run| (run.first, run.last)).collect();
        assert_eq!(ends, [(3, 5), (9, 9), (11, 12)]);
        assert!(runs[0].contains(5) && !runs[0].contains(6));
    }

    #[tokio::test]
    async fn each_job_keeps_its_records_however_many_ranges_they_are_in() {
        for many in [1, FEW_ROWS as u64, 40] {
            let engine = Engine::open(EngineOptions { threads: Some(1), ..EngineOptions::default() }).await.unwrap();
            let ranges = move |from: u64| SeqRange::runs((0..many).map(|n| from + 4 * n));
            let kept = engine.run(move |session| {
                prepare(session)?;
                session.run_script("INSERT INTO batches VALUES (1, 1, 'upsert', 1, 200)")?;
                let job = |name: &str| PartOutcome::Pending(JobRef(name.into()));
                let outcomes = vec![(PartOutcome::Confirmed, ranges(1)), (job("a"), ranges(2)), (job("b"), ranges(3))];
                let receipt = PartReceipt { batch_no: 1, outcomes, rejected: Vec::new() };
                ReceiptBook::open(session, 1)?.record(session, &[receipt], None)?;
                let confirmed = "SELECT count(*) FROM receipts WHERE outcome = 'confirmed' AND job IS NULL";
                let confirmed = session.one(confirmed, &[], |row| row.count(0))?;
                Ok::<_, LedgerError>((pending_jobs(session, 1)?, confirmed, ReceiptBook::open(session, 1)?.next_no))
            });
            let (jobs, confirmed, next_no) = kept.await.unwrap();
            let jobs: Vec<_> = jobs.into_iter().map(|job| (job.job, job.ranges)).collect();
            assert_eq!(jobs, [("a".to_owned(), ranges(2)), ("b".to_owned(), ranges(3))]);
            assert_eq!((confirmed, next_no), (many, 2));
        }
    }
}
