//! A small delivery floor: enough to bring records through a destination the way the real one does.
//!
//! It writes batches, follows jobs by the clock, cuts out records that were named, halves batches whose refusal or
//! end names nobody, and sends again what is open where that is harmless.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use lapwing_contract::{
    Batch, Capabilities, Clock, Destination, DestinationError, JobRef, Operation, Outcome, Prepared, Receipt, Record,
    WriteError,
};

/// How often one record is sent.
const SENDS: u32 = 6;

/// How a delivery ended.
#[derive(Debug, Default)]
pub struct Delivery {
    /// The last outcome of each record, by its number.
    pub outcomes: BTreeMap<u64, Outcome>,
    /// How often `write` was called.
    pub writes: u32,
    /// The failures of whole requests, in their order.
    pub failures: Vec<DestinationError>,
}

impl Delivery {
    /// Whether every record is confirmed or unchanged.
    pub fn is_complete(&self) -> bool {
        self.outcomes.values().all(Outcome::is_confirmed)
    }
}

/// Delivers records and follows everything to its end.
pub async fn deliver(
    destination: &dyn Destination,
    clock: &dyn Clock,
    operation: Operation,
    target: &Arc<Prepared>,
    records: Vec<Record>,
) -> Delivery {
    let capabilities = destination.capabilities(&target.target.object);
    let most = capabilities.max_records(operation);
    let mut delivery = Delivery::default();
    let mut sends: BTreeMap<u64, u32> = BTreeMap::new();
    let mut queue: VecDeque<Vec<Record>> = records.chunks(most).map(<[Record]>::to_vec).collect();
    while let Some(records) = queue.pop_front() {
        delivery.writes += 1;
        for record in &records {
            *sends.entry(record.seq).or_default() += 1;
        }
        let batch = Batch { number: delivery.writes.into(), operation, target: Arc::clone(target), records };
        let may_repeat = |record: &Record| sends.get(&record.seq).is_none_or(|sent| *sent < SENDS);
        match write(destination, clock, &capabilities, &batch).await {
            Ok(receipt) => {
                let open = settle(&mut delivery, &capabilities, batch, receipt);
                let open: Vec<_> = open.into_iter().filter(may_repeat).collect();
                requeue(&mut queue, &open);
            }
            Err(WriteError::Refused { named, reason }) => {
                let alone = batch.records.len() == 1;
                let is_named = |at: usize| named.iter().any(|(index, _)| *index == at);
                let mut rest = Vec::new();
                for (at, record) in batch.records.iter().enumerate() {
                    if let Some((_, rejection)) = named.iter().find(|(index, _)| *index == at) {
                        delivery.outcomes.insert(record.seq, Outcome::Rejected(Box::new(rejection.clone())));
                    } else if alone {
                        delivery.outcomes.insert(record.seq, Outcome::Rejected(reason.clone()));
                    } else {
                        delivery.outcomes.insert(record.seq, Outcome::Unknown);
                        rest.push(record.clone());
                    }
                }
                if (0..batch.records.len()).any(is_named) {
                    queue.extend(Some(rest).filter(|rest| !rest.is_empty()));
                } else {
                    requeue(&mut queue, &rest);
                }
            }
            Err(WriteError::Failed(error)) => {
                let goes_on = error.kind.remedy().go_on && capabilities.idempotent;
                delivery.failures.push(error);
                for record in &batch.records {
                    delivery.outcomes.insert(record.seq, Outcome::Unknown);
                }
                if goes_on && batch.records.iter().all(may_repeat) {
                    queue.push_back(batch.records);
                }
            }
        }
    }
    delivery
}

/// Writes once and follows the job, where there is one, to its end.
async fn write(
    destination: &dyn Destination,
    clock: &dyn Clock,
    capabilities: &Capabilities,
    batch: &Batch,
) -> Result<Receipt, WriteError> {
    let receipt = destination.write(batch).await?;
    assert_eq!(receipt.outcomes.len(), batch.records.len(), "one outcome per record");
    let Some(job) = receipt.job().cloned() else { return Ok(receipt) };
    assert!(capabilities.jobs_in_flight > 0, "a destination without jobs has no pending records");
    let mut ended = follow(destination, clock, capabilities, &job, batch).await?;
    // What was final at once stays so.
    for (last, first) in ended.outcomes.iter_mut().zip(receipt.outcomes) {
        if !matches!(first, Outcome::Pending(_)) {
            *last = first;
        }
    }
    Ok(ended)
}

/// Looks at a job until it has ended, or until its deadline makes it unknown.
///
/// # Errors
/// What the destination reports.
pub async fn follow(
    destination: &dyn Destination,
    clock: &dyn Clock,
    capabilities: &Capabilities,
    job: &JobRef,
    batch: &Batch,
) -> Result<Receipt, DestinationError> {
    let polling = capabilities.polling;
    let mut wait = polling.first;
    let mut waited = Duration::ZERO;
    while waited <= polling.deadline {
        clock.sleep(wait).await;
        waited += wait;
        let receipt = destination.follow(job, batch).await?;
        assert_eq!(receipt.outcomes.len(), batch.records.len(), "one outcome per record");
        if receipt.job().is_none() {
            return Ok(receipt);
        }
        wait = (wait * 2).min(polling.longest).max(Duration::from_secs(1));
    }
    Ok(Receipt::all(&Outcome::Unknown, batch.records.len()))
}

/// Notes the outcomes and gives the records to send again.
fn settle(delivery: &mut Delivery, capabilities: &Capabilities, batch: Batch, receipt: Receipt) -> Vec<Record> {
    let mut open = Vec::new();
    for (record, outcome) in batch.records.into_iter().zip(receipt.outcomes) {
        let again = match &outcome {
            Outcome::Unknown => capabilities.idempotent,
            Outcome::Rejected(rejection) => rejection.retryable,
            Outcome::Confirmed | Outcome::Created | Outcome::Unchanged | Outcome::Pending(_) => false,
        };
        delivery.outcomes.insert(record.seq, outcome);
        if again {
            open.push(record);
        }
    }
    open
}

/// Queues records in two halves, so that one that spoils the rest is found.
fn requeue(queue: &mut VecDeque<Vec<Record>>, records: &[Record]) {
    let (first, second) = records.split_at(records.len() / 2);
    queue.extend([first, second].into_iter().filter(|half| !half.is_empty()).map(<[Record]>::to_vec));
}
