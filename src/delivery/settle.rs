//! One batch to its end: sent, followed, cut, halved, until every record has its outcome.

use std::sync::atomic::Ordering;

use fail::fail_point;
use lapwing_contract::{Batch, DestinationError, ErrorKind, Receipt, Record, Rejection, WriteError};

use super::drive::Worker;
use super::part::{Part, Sorted, sort};
use super::set_aside::SetAside;
use super::{StopReason, follow};
use crate::ledger::{PartOutcome, PartReceipt, SeqRange};
use crate::plan::GuardTrip;

/// Requests that one batch may cost while its bad records are searched by halving. Thirty find one bad record among
/// thirty thousand; a vendor that loses every job does not get a request a record.
const MOST_REQUESTS: u32 = 64;

/// Batches in a row that may fail before the run gives up on the vendor.
const MOST_FAILURES: u32 = 3;

/// Refusals below which no share is judged: one bad record among ten is a bad record, not a bad mapping.
const FEWEST_REJECTIONS: u64 = 10;

/// What has to be sent again: at once, and later, because the vendor could not take it for the moment.
#[derive(Default)]
struct Again {
    now: Vec<Part>,
    later: Vec<(Record, Rejection)>,
}

impl Worker<'_> {
    /// Sends a batch and commits what becomes of its records. False where the ledger can't be written.
    pub(super) async fn settle(&self, batch: Batch) -> bool {
        self.handed_out.fetch_max(batch.number, Ordering::Relaxed);
        let Batch { number, operation, target, records } = batch;
        let mut parts = vec![Part { records }];
        let mut aside = SetAside::default();
        let mut requests = 0;
        loop {
            let Some(part) = parts.pop() else {
                let gives_up = self.stop.is_pulled() || requests >= MOST_REQUESTS;
                match aside.wait(self.clock, gives_up).await {
                    Ok(again) if again.is_empty() => return true,
                    Ok(again) => parts = again,
                    Err(refused) => {
                        return self.commit(number, Sorted { rejected: refused, ..Sorted::default() }).await;
                    }
                }
                continue;
            };
            if part.records.is_empty() {
                continue;
            }
            let mut request = Batch { number, operation, target: target.clone(), records: part.records };
            // Waiting for the turn may take long enough for somebody to pull the brake. It is never closed.
            let turn = self.writes.acquire().await.ok();
            // A guard that trips lets a batch that is under way end: the mates of a bad record are delivered.
            if self.stop.is_pulled() && (requests == 0 || !self.stop.lets_batches_end()) {
                if !self.keep(number, PartOutcome::Unsent, &Part { records: request.records }).await {
                    return false;
                }
                continue;
            }
            requests += 1;
            fail_point!("before-write", |_| std::process::abort());
            let written = self.destination.write(&request).await;
            fail_point!("written", |_| std::process::abort());
            drop(turn);
            let again = match written {
                Ok(receipt) => self.accepted(request, receipt, requests, aside.is_last()).await,
                Err(error) => {
                    let part = Part { records: std::mem::take(&mut request.records) };
                    let parts = match error {
                        WriteError::Refused { named, reason } => self.refused(number, part, named, *reason).await,
                        WriteError::Failed(error) => self.failed(number, &part, error).await,
                    };
                    parts.map(|now| Again { now, later: Vec::new() })
                }
            };
            let Some(again) = again else { return false };
            parts.extend(again.now.into_iter().rev());
            aside.add(again.later);
        }
    }

    /// The vendor took the part. What is left over has to be sent again: records of which it can't be told what became,
    /// where repeating them is harmless; and, unless this was the last try, those that it may take later.
    async fn accepted(&self, mut batch: Batch, receipt: Receipt, requests: u32, is_last: bool) -> Option<Again> {
        self.failures.reset();
        let mut part = Part { records: std::mem::take(&mut batch.records) };
        let whole = part.records.len();
        let mut again = Again::default();
        let mut sorted = sort(&part, receipt);
        let (mut unknown, pending) = (sorted.unknown.clone(), sorted.pending.clone());
        if !is_last {
            again.later = part.set_aside(&mut sorted);
        }
        // A crash from here on finds the jobs in the ledger and follows them.
        if !self.commit(batch.number, sorted).await {
            return None;
        }
        let mut left = part.take(&unknown).records;
        for (job, seqs) in pending {
            // A job decides about the records that are pending on it, and about no others.
            batch.records = part.take(&seqs).records;
            self.progress.job_started(seqs.len());
            fail_point!("job-kept", |_| std::process::abort());
            let followed = follow::to_the_end(self, &job, &batch).await;
            self.progress.job_ended(seqs.len());
            match followed {
                Ok(Some(receipt)) => {
                    let mut mine = Part { records: std::mem::take(&mut batch.records) };
                    let mut sorted = sort(&mine, receipt);
                    unknown.clone_from(&sorted.unknown);
                    if !is_last {
                        again.later.extend(mine.set_aside(&mut sorted));
                    }
                    if !self.commit(batch.number, sorted).await {
                        return None;
                    }
                    left.append(&mut mine.take(&unknown).records);
                }
                // It still runs: the ledger has it as pending, and the next run follows it.
                Ok(None) => {}
                Err(error) => self.give_up_or_go_on(error),
            }
        }
        left.sort_unstable_by_key(|record| record.seq);
        again.now = self.once_more(Part { records: left }, whole, requests);
        Some(again)
    }

    /// Whether and how records of unknown fate are sent again within the run.
    fn once_more(&self, left: Part, of: usize, requests: u32) -> Vec<Part> {
        if left.records.is_empty() || !self.idempotent || requests >= MOST_REQUESTS {
            return Vec::new();
        }
        if left.records.len() == 1 {
            // One record alone gets a second try, unless this was it.
            return if of == 1 && requests > 1 { Vec::new() } else { vec![left] };
        }
        let (first, second) = left.halves();
        vec![first, second]
    }

    /// The vendor applied nothing of the part: the records it named go, the rest is sent again.
    async fn refused(
        &self,
        number: u64,
        mut part: Part,
        mut named: Vec<(usize, Rejection)>,
        reason: Rejection,
    ) -> Option<Vec<Part>> {
        self.failures.reset();
        named.retain(|(index, _)| *index < part.records.len());
        if named.is_empty() && part.records.len() == 1 {
            // The vendor did not name the record: what it refused may as well have been the request. So the record is
            // tried again by the next run, rather than held back for ever.
            named.push((0, Rejection { retryable: true, ..reason }));
        }
        if named.is_empty() {
            let (first, second) = part.halves();
            return Some(vec![first, second]);
        }
        // The rest goes out again at once: without a receipt it counts as under way, should the run end here.
        let sorted = Sorted { rejected: part.cut_out(named), ..Sorted::default() };
        self.commit(number, sorted).await.then(|| vec![part])
    }

    async fn failed(&self, number: u64, part: &Part, error: DestinationError) -> Option<Vec<Part>> {
        let outcome = if may_be_applied(error.kind) { PartOutcome::Unknown } else { PartOutcome::Unsent };
        let kept = self.keep(number, outcome, part).await;
        self.give_up_or_go_on(error);
        kept.then(Vec::new)
    }

    fn give_up_or_go_on(&self, error: DestinationError) {
        let failures = self.failures.count();
        if !error.kind.remedy().go_on || failures >= MOST_FAILURES {
            self.stop.pull(StopReason::Destination(error));
        } else {
            self.failures.keep(error);
        }
    }

    /// Commits what a receipt says, and counts it. False where the ledger can't be written.
    async fn commit(&self, batch_no: u64, sorted: Sorted) -> bool {
        let confirmed = sorted.confirmed.len() + sorted.remade.len();
        let rejected = sorted.rejected.len();
        let mut outcomes = vec![
            (PartOutcome::Confirmed, SeqRange::runs(sorted.confirmed)),
            (PartOutcome::Remade, SeqRange::runs(sorted.remade)),
            (PartOutcome::Unknown, SeqRange::runs(sorted.unknown)),
        ];
        outcomes
            .extend(sorted.pending.into_iter().map(|(job, seqs)| (PartOutcome::Pending(job), SeqRange::runs(seqs))));
        let kept = self.receipts.keep(PartReceipt { batch_no, outcomes, rejected: sorted.rejected }).await;
        if kept {
            self.progress.add(confirmed, rejected);
            self.watch_rejections(rejected);
        }
        kept
    }

    /// Commits one outcome for all records of a part.
    async fn keep(&self, batch_no: u64, outcome: PartOutcome, part: &Part) -> bool {
        let outcomes = vec![(outcome, part.ranges())];
        self.receipts.keep(PartReceipt { batch_no, outcomes, rejected: Vec::new() }).await
    }

    /// Stops the run where more of the plan was refused than the sync file allows.
    #[expect(clippy::cast_precision_loss, reason = "a share needs no more than a double holds")]
    fn watch_rejections(&self, just_refused: usize) {
        let Some(limit) = self.max_reject_pct.filter(|_| just_refused > 0) else { return };
        let (rejected, total) = (self.progress.rejected(), self.progress.total().max(1));
        let share = 100.0 * rejected as f64 / total as f64;
        if rejected >= FEWEST_REJECTIONS && share > limit {
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
