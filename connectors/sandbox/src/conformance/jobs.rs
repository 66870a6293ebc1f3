//! Cases for destinations whose writes are jobs; the others pass them by.

use std::sync::Arc;

use lapwing_contract::{Batch, JobRef, Operation, Outcome};

use super::driver::follow;
use super::play::{ExpectThat, Play};
use super::{Access, Harness};
use crate::{Action, JobFault};

/// Accepted is not confirmed.
pub async fn keeps_records_pending_until_their_job_ends(harness: &dyn Harness) {
    let play = Play::open(harness).await;
    let Some((batch, job)) = submitted(&play).await else { return };
    let receipt = play.destination.follow(&job, &batch).await.expect_that("follow");
    assert!(receipt.outcomes.iter().all(|outcome| matches!(outcome, Outcome::Pending(_))), "{:?}", receipt.outcomes);
    ends_confirmed(&play, &*play.destination, &job, &batch).await;
}

/// A job's name survives as text, for the process that comes after a crash.
pub async fn follows_a_job_from_its_text_in_another_process(harness: &dyn Harness) {
    let play = Play::open(harness).await;
    let Some((batch, job)) = submitted(&play).await else { return };
    let text = job.0.to_string();
    let next = harness.connect(&play.stage, Access::Full);
    ends_confirmed(&play, &*next, &JobRef(Arc::from(text)), &batch).await;
}

/// Whether what the cases write is done by jobs.
fn has_jobs(play: &Play<'_>) -> bool {
    play.capabilities.jobs_in_flight > 0 && play.harness.small_batches_are_jobs()
}

/// Writes a batch and gives its job; none where writes answer at once.
async fn submitted(play: &Play<'_>) -> Option<(Batch, JobRef)> {
    if !has_jobs(play) {
        return None;
    }
    let records = vec![play.full(1), play.full(2)];
    let batch = Batch { number: 1, operation: Operation::Upsert, target: play.target.clone(), records };
    let receipt = play.destination.write(&batch).await.expect_that("write");
    assert!(receipt.outcomes.iter().all(|outcome| matches!(outcome, Outcome::Pending(_))), "{:?}", receipt.outcomes);
    let job = receipt.job().cloned();
    job.map(|job| (batch, job))
}

async fn ends_confirmed(play: &Play<'_>, destination: &dyn lapwing_contract::Destination, job: &JobRef, batch: &Batch) {
    let receipt = follow(destination, &*play.stage.clock, &play.capabilities, job, batch).await.expect_that("follow");
    for (record, outcome) in batch.records.iter().zip(&receipt.outcomes) {
        assert!(outcome.is_confirmed(), "record #{}: {outcome:?}", record.seq);
        play.assert_holds(record);
    }
}

/// A job that failed as a whole names nobody: its records are sent again.
pub async fn sends_again_what_a_failed_job_did_not_do(harness: &dyn Harness) {
    recovers_from(harness, JobFault::Fails).await;
}

/// A job that lost some of its records: the others are confirmed, and those are told by name or sent again.
pub async fn tells_apart_what_half_a_job_did(harness: &dyn Harness) {
    let play = Play::open(harness).await;
    if !has_jobs(&play) {
        return;
    }
    play.trouble(Action::Job(JobFault::EndsHalf { errored: 2 }));
    let records: Vec<_> = (1..=5).map(|n| play.full(n)).collect();
    let delivery = play.upsert(records.clone()).await;
    play.assert_settled(&records, &delivery);
    for seq in 1..=3 {
        assert!(!matches!(delivery.outcomes[&seq], Outcome::Rejected(_)), "record #{seq} was done by the job");
    }
    for record in &records[3..] {
        if matches!(delivery.outcomes[&record.seq], Outcome::Rejected(_)) {
            assert_eq!(play.stored(&record.key), None, "record #{} is rejected", record.seq);
        }
    }
}

/// A job that nobody knows any more, whether it did its work or not.
pub async fn sends_again_what_a_lost_job_may_have_done(harness: &dyn Harness) {
    for applied in [false, true] {
        recovers_from(harness, JobFault::Lost { applied }).await;
    }
}

/// A job that does not end is unknown after its deadline.
pub async fn gives_up_on_a_job_that_never_ends(harness: &dyn Harness) {
    recovers_from(harness, JobFault::Stuck).await;
}

async fn recovers_from(harness: &dyn Harness, fault: JobFault) {
    let play = Play::open(harness).await;
    if !has_jobs(&play) {
        return;
    }
    play.trouble(Action::Job(fault));
    play.upsert_all((1..=3).map(|n| play.full(n)).collect()).await;
    assert!(play.stage.sandbox.faults().is_empty(), "the fault has struck");
}
