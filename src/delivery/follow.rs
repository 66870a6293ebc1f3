//! Following jobs: the waiting between two looks is here, the looking is the connector's.

use std::sync::Arc;

use fail::fail_point;
use lapwing_contract::{
    Batch, Capabilities, Clock, Destination, DestinationError, FieldType, JobRef, Outcome, Polling, Prepared, Receipt,
};

use super::drive::Worker;
use super::part::{Part, sort};
use super::{DeliveryError, Stop};
use crate::engine::{Engine, EngineError};
use crate::ledger::{self, OpenPlan, PartOutcome, PartReceipt, PendingJob, ReceiptBook, SeqRange};
use crate::plan::{read_changes, staged_operation};

/// Looks at a job until it ends. None where it still runs at the deadline, or when somebody asks to stop: it is looked at
/// once more then, and the next run goes on following it.
pub(super) async fn to_the_end(
    worker: &Worker<'_>,
    job: &JobRef,
    batch: &Batch,
) -> Result<Option<Receipt>, DestinationError> {
    poll(worker.destination, worker.clock, worker.polling, worker.stop, job, batch).await
}

async fn poll(
    destination: &dyn Destination,
    clock: &dyn Clock,
    polling: Polling,
    stop: &Stop,
    job: &JobRef,
    batch: &Batch,
) -> Result<Option<Receipt>, DestinationError> {
    let started = clock.elapsed();
    let mut wait = polling.first;
    loop {
        let asked = tokio::select! {
            biased;
            () = stop.asked() => true,
            () = clock.sleep(wait) => false,
        };
        let receipt = destination.follow(job, batch).await?;
        if !receipt.outcomes.iter().any(|outcome| matches!(outcome, Outcome::Pending(_))) {
            return Ok(Some(receipt));
        }
        if asked || clock.elapsed().saturating_sub(started) >= polling.deadline {
            return Ok(None);
        }
        wait = wait.mul_f64(1.5).min(polling.longest);
    }
}

/// Follows the jobs that an earlier run left behind, and commits their ends. The plan can be folded afterwards.
///
/// # Errors
/// [`DeliveryError`] where the ledger fails; the inner error where the vendor can't be asked.
pub async fn follow_left_behind(
    engine: &Engine,
    destination: &dyn Destination,
    clock: &dyn Clock,
    plan: &OpenPlan,
    target: &Arc<Prepared>,
) -> Result<Result<u64, DestinationError>, DeliveryError> {
    let sync_id = plan.tables.sync_id;
    let jobs = engine.run(move |session| ledger::pending_jobs(session, sync_id)).await?;
    let capabilities: Capabilities = destination.capabilities(&target.target.object);
    let mut followed = 0;
    let mut book = engine.run(move |session| ReceiptBook::open(session, sync_id)).await?;
    for job in jobs {
        let batch = read_batch(engine, plan, target, &job).await?;
        fail_point!("following-job", |_| std::process::abort());
        let job_ref = JobRef(job.job.as_str().into());
        let receipt = match poll(destination, clock, capabilities.polling, &Stop::default(), &job_ref, &batch).await {
            Ok(Some(receipt)) => receipt,
            // Longer than any deadline: nobody will say any more.
            Ok(None) => Receipt::all(&Outcome::Unknown, batch.records.len()),
            Err(error) => return Ok(Err(error)),
        };
        let sorted = sort(&Part { records: batch.records }, receipt);
        let receipt = PartReceipt {
            batch_no: job.batch_no,
            outcomes: vec![
                (PartOutcome::Confirmed, SeqRange::runs(sorted.confirmed)),
                (PartOutcome::Remade, SeqRange::runs(sorted.remade)),
                (PartOutcome::Unknown, SeqRange::runs(sorted.unknown)),
            ],
            rejected: sorted.rejected,
        };
        book = engine.run(move |session| book.record(session, &[receipt], None).map(|()| book)).await?;
        fail_point!("job-followed", |_| std::process::abort());
        followed += 1;
    }
    Ok(Ok(followed))
}

async fn read_batch(
    engine: &Engine,
    plan: &OpenPlan,
    target: &Arc<Prepared>,
    job: &PendingJob,
) -> Result<Batch, DeliveryError> {
    let tables = plan.tables.clone();
    let types: Vec<FieldType> = target.target.fields.iter().map(|field| field.field_type.clone()).collect();
    let ranges = job.ranges.clone();
    let records = engine.run(move |session| {
        let span = SeqRange {
            first: ranges.first().map_or(0, |range| range.first),
            last: ranges.last().map_or(0, |range| range.last),
        };
        let mut records = read_changes(session, &tables, &types, span)?;
        records.retain(|record| ranges.iter().any(|range| range.contains(record.seq)));
        Ok::<_, EngineError>(records)
    });
    let records = records.await;
    Ok(Batch {
        number: job.batch_no,
        operation: staged_operation(&job.operation),
        target: Arc::clone(target),
        records: records.map_err(DeliveryError::from)?,
    })
}
