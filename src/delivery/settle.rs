//! One batch to its end: sent, followed, cut, halved, until every record has its outcome.

use lapwing_contract::{Batch, DestinationError, ErrorKind, Outcome, Receipt, Rejection, WriteError};

use super::drive::Worker;
use super::part::{Part, sort};
use super::{StopReason, follow};
use crate::ledger::{PartOutcome, PartReceipt};
use crate::plan::GuardTrip;

/// Requests that one batch may cost while its bad records are searched by halving. Thirty find one bad record among
/// thirty thousand; a vendor that loses every job does not get a request a record.
const MOST_REQUESTS: u32 = 64;

/// Batches in a row that may fail before the run gives up on the vendor.
const MOST_FAILURES: u32 = 3;

impl Worker<'_> {
    /// Sends a batch and commits what becomes of its records. False where the ledger can't be written.
    pub(super) async fn settle(&self, batch: Batch) -> bool {
        let Batch { number, operation, target, records } = batch;
        let mut parts = vec![Part { records }];
        let mut requests = 0;
        while let Some(part) = parts.pop() {
            if part.records.is_empty() {
                continue;
            }
            let mut request = Batch { number, operation, target: target.clone(), records: Vec::new() };
            if self.stop.is_pulled() {
                if !self.keep(number, &part, PartOutcome::Unsent, Vec::new(), Vec::new()).await {
                    return false;
                }
                continue;
            }
            requests += 1;
            request.records = part.records;
            let written = self.destination.write(&request).await;
            let part = Part { records: request.records };
            let again = match written {
                Ok(receipt) => self.accepted(number, operation, &target, part, receipt, requests).await,
                Err(WriteError::Refused { named, reason }) => self.refused(number, part, named, *reason).await,
                Err(WriteError::Failed(error)) => self.failed(number, &part, error).await,
            };
            match again {
                Some(again) => parts.extend(again.into_iter().rev()),
                None => return false,
            }
        }
        true
    }

    /// The vendor took the part. What is left over has to be sent again.
    async fn accepted(
        &self,
        number: u64,
        operation: lapwing_contract::Operation,
        target: &std::sync::Arc<lapwing_contract::Prepared>,
        part: Part,
        receipt: Receipt,
        requests: u32,
    ) -> Option<Vec<Part>> {
        self.failures.reset();
        let mut batch = Batch { number, operation, target: target.clone(), records: part.records };
        let receipt = match receipt.job().cloned() {
            None => receipt,
            Some(job) => {
                // A crash from here on finds the job in the ledger and follows it.
                let part = Part { records: std::mem::take(&mut batch.records) };
                let pending: Vec<bool> =
                    receipt.outcomes.iter().map(|outcome| matches!(outcome, Outcome::Pending(_))).collect();
                let refused = sort(&part, receipt).rejected;
                let refusals = refused.len();
                if !self.keep(number, &part, PartOutcome::Pending(job.clone()), refused, Vec::new()).await {
                    return None;
                }
                self.progress.add(0, refusals);
                self.watch_rejections(refusals);
                // The job decides about the records that are pending, and about no others.
                let records = part.records.into_iter().zip(pending);
                batch.records = records.filter_map(|(record, is_pending)| is_pending.then_some(record)).collect();
                self.progress.job_started(batch.records.len());
                let followed = follow::to_the_end(self, &job, &batch).await;
                self.progress.job_ended(batch.records.len());
                match followed {
                    Ok(Some(receipt)) => receipt,
                    // It still runs: the ledger has it as pending, and the next run follows it.
                    Ok(None) => return Some(Vec::new()),
                    Err(error) => {
                        let part = Part { records: batch.records };
                        return self.failed_while_following(&part, error);
                    }
                }
            }
        };
        self.close(number, Part { records: batch.records }, receipt, requests).await
    }

    /// Every outcome is final, but unknown ones are worth another try where repeating is harmless.
    async fn close(&self, number: u64, part: Part, receipt: Receipt, requests: u32) -> Option<Vec<Part>> {
        let sorted = sort(&part, receipt);
        self.progress.add(sorted.confirmed, sorted.rejected.len());
        let nothing_known = sorted.confirmed == 0 && sorted.rejected.is_empty();
        let unknown = sorted.unknown.clone();
        let outcome = if nothing_known { PartOutcome::Unknown } else { PartOutcome::Confirmed };
        let exceptions = if nothing_known { Vec::new() } else { sorted.unknown };
        let refused = sorted.rejected.len();
        if !self.keep(number, &part, outcome, sorted.rejected, exceptions).await {
            return None;
        }
        self.watch_rejections(refused);
        if unknown.is_empty() || !self.idempotent || requests >= MOST_REQUESTS {
            return Some(Vec::new());
        }
        let left = Part { records: part.records.into_iter().filter(|r| unknown.contains(&r.seq)).collect() };
        if left.records.len() == 1 {
            // One record alone gets a second try, unless this was it.
            return Some(if nothing_known && requests > 1 { Vec::new() } else { vec![left] });
        }
        let (first, second) = left.halves();
        Some(vec![first, second])
    }

    /// The vendor applied nothing of the part: the records it named go, the rest is sent again.
    async fn refused(
        &self,
        number: u64,
        mut part: Part,
        named: Vec<(usize, Rejection)>,
        reason: Rejection,
    ) -> Option<Vec<Part>> {
        self.failures.reset();
        let named = if named.is_empty() && part.records.len() == 1 { vec![(0, reason)] } else { named };
        if named.is_empty() {
            let (first, second) = part.halves();
            return Some(vec![first, second]);
        }
        let whole = Part { records: part.records.clone() };
        let refused = part.cut_out(named);
        self.progress.add(0, refused.len());
        let count = refused.len();
        if !self.keep(number, &whole, PartOutcome::Unsent, refused, Vec::new()).await {
            return None;
        }
        self.watch_rejections(count);
        // A vendor that names nobody of this part would be asked for ever.
        Some(if count == 0 { Vec::new() } else { vec![part] })
    }

    async fn failed(&self, number: u64, part: &Part, error: DestinationError) -> Option<Vec<Part>> {
        let outcome = if may_be_applied(error.kind) { PartOutcome::Unknown } else { PartOutcome::Unsent };
        let kept = self.keep(number, part, outcome, Vec::new(), Vec::new()).await;
        self.give_up_or_go_on(error);
        kept.then(Vec::new)
    }

    /// The job is in the ledger as pending, and stays so: the next run follows it.
    fn failed_while_following(&self, _part: &Part, error: DestinationError) -> Option<Vec<Part>> {
        self.give_up_or_go_on(error);
        Some(Vec::new())
    }

    fn give_up_or_go_on(&self, error: DestinationError) {
        let failures = self.failures.count();
        if !error.kind.remedy().go_on || failures >= MOST_FAILURES {
            self.stop.pull(StopReason::Destination(error));
        } else {
            self.failures.keep(error);
        }
    }

    async fn keep(
        &self,
        batch_no: u64,
        part: &Part,
        outcome: PartOutcome,
        rejected: Vec<(u64, Rejection)>,
        unknown: Vec<u64>,
    ) -> bool {
        self.receipts.keep(PartReceipt { batch_no, range: part.range(), outcome, rejected, unknown }).await
    }

    /// Stops the run where more of the plan was refused than the sync file allows.
    #[expect(clippy::cast_precision_loss, reason = "a share needs no more than a double holds")]
    fn watch_rejections(&self, just_refused: usize) {
        let Some(limit) = self.max_reject_pct.filter(|_| just_refused > 0) else { return };
        let (rejected, total) = (self.progress.rejected(), self.progress.total().max(1));
        let share = 100.0 * rejected as f64 / total as f64;
        if share > limit {
            let message = format!("{rejected} of {total} records were refused ({share:.1} %), more than {limit} %");
            self.stop.pull(StopReason::Guard(GuardTrip { guard: "max_reject_pct", message }));
        }
    }
}

/// Whether the vendor may have acted on a request that failed so. Exhaustive on purpose.
fn may_be_applied(kind: ErrorKind) -> bool {
    match kind {
        ErrorKind::Unavailable | ErrorKind::Ambiguous | ErrorKind::Protocol | ErrorKind::Local => true,
        ErrorKind::Unauthenticated
        | ErrorKind::Forbidden
        | ErrorKind::NotFound
        | ErrorKind::Configuration
        | ErrorKind::RateLimited
        | ErrorKind::QuotaExhausted => false,
    }
}
