//! A destination that is watched: what is written, what the receipts say, and what is sent again without a cause.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use lapwing_contract::{
    Batch, Capabilities, Destination, DestinationError, Health, JobRef, ObjectDescription, Operation, Outcome,
    Prepared, Receipt, Target, Value, WriteError,
};

/// A real destination behind limits that make many batches of few records.
pub(crate) struct Watched {
    pub(crate) inner: Box<dyn Destination>,
    pub(crate) batch: usize,
    pub(crate) jobs_in_flight: usize,
    pub(crate) watch: Watch,
}

/// What was seen; clones share it. It outlives the process that writes.
#[derive(Clone, Default)]
pub(crate) struct Watch {
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// Values that a receipt confirmed, by key and field, while nothing has happened since that could have changed them.
    settled: BTreeMap<(String, String), Value>,
    /// Records that may be sent again: what dead runs had announced, whether or not it was sent, and what they had
    /// written without keeping the receipt.
    may_repeat: usize,
    repeated: Vec<String>,
    /// Lines about writes, since they were taken.
    story: Vec<String>,
}

impl Watch {
    /// The run was killed: so many records were in its hands at most.
    pub(crate) fn run_died(&self, records: usize) {
        self.lock().may_repeat += records;
    }

    /// Records whose confirmed values were sent again, although nothing had happened to them.
    pub(crate) fn repeated(&self) -> Vec<String> {
        self.lock().repeated.clone()
    }

    pub(crate) fn take_story(&self) -> Vec<String> {
        std::mem::take(&mut self.lock().story)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn written(&mut self, batch: &Batch) {
        for record in &batch.records {
            let key = record.key.to_text();
            let again = named(batch, record)
                .any(|(field, value)| self.settled.get(&(key.clone(), field)).is_some_and(|settled| settled == value));
            if again && self.may_repeat == 0 {
                self.repeated.push(format!("#{} of batch {}", record.seq, batch.number));
            }
            self.may_repeat = self.may_repeat.saturating_sub(usize::from(again));
        }
    }

    fn settle(&mut self, batch: &Batch, outcomes: &[Outcome]) {
        for (record, outcome) in batch.records.iter().zip(outcomes) {
            if matches!(outcome, Outcome::Rejected(_)) {
                continue;
            }
            // While a job runs, and where it never ends, the value that was confirmed before may be gone.
            if matches!(outcome, Outcome::Unknown | Outcome::Pending(_)) || batch.operation == Operation::Delete {
                self.doubt(batch, record);
            } else {
                let key = record.key.to_text();
                if *outcome == Outcome::Created {
                    // Whatever was confirmed of a record that has to be made anew is gone with it.
                    self.settled.retain(|(other, _), _| *other != key);
                }
                let values = named(batch, record).map(|(field, value)| ((key.clone(), field), value.clone()));
                self.settled.extend(values.collect::<Vec<_>>());
            }
        }
        let counts = counts(outcomes);
        self.story.push(format!("    receipt of batch {} ({}): {counts}", batch.number, batch.operation));
    }

    fn doubt(&mut self, batch: &Batch, record: &lapwing_contract::Record) {
        let key = record.key.to_text();
        if batch.operation == Operation::Delete {
            self.settled.retain(|(other, _), _| *other != key);
        }
        for (field, _) in named(batch, record) {
            self.settled.remove(&(key.clone(), field));
        }
    }
}

/// The fields of a record by their names.
fn named<'a>(batch: &'a Batch, record: &'a lapwing_contract::Record) -> impl Iterator<Item = (String, &'a Value)> {
    let name = |index: usize| batch.target.target.fields[index].name.clone();
    record.fields.iter().map(move |(index, value)| (name(*index), value))
}

fn counts(outcomes: &[Outcome]) -> String {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for outcome in outcomes {
        let name = match outcome {
            Outcome::Rejected(rejection) if rejection.retryable => "refused for now".to_owned(),
            Outcome::Rejected(_) => "refused".to_owned(),
            Outcome::Pending(_) => "pending".to_owned(),
            other => format!("{other:?}").to_lowercase(),
        };
        *counts.entry(name).or_default() += 1;
    }
    counts.iter().map(|(name, count)| format!("{count} {name}")).collect::<Vec<_>>().join(", ")
}

#[async_trait]
impl Destination for Watched {
    fn capabilities(&self, object: &str) -> Capabilities {
        let real = self.inner.capabilities(object);
        let scale = real.at_scale.map(|scale| lapwing_contract::AtScale { records_per_request: self.batch, ..scale });
        Capabilities {
            records_per_request: self.batch,
            removals_per_request: self.batch,
            jobs_in_flight: real.jobs_in_flight.min(self.jobs_in_flight),
            at_scale: scale,
            ..real
        }
    }

    async fn check(&self) -> Result<Health, DestinationError> {
        self.inner.check().await
    }

    async fn describe(&self, object: &str) -> Result<ObjectDescription, DestinationError> {
        self.inner.describe(object).await
    }

    async fn prepare(&self, target: &Target) -> Result<Prepared, DestinationError> {
        self.inner.prepare(target).await
    }

    async fn write(&self, batch: &Batch) -> Result<Receipt, WriteError> {
        self.watch.lock().written(batch);
        let written = self.inner.write(batch).await;
        let mut state = self.watch.lock();
        match &written {
            Ok(receipt) => state.settle(batch, &receipt.outcomes),
            Err(WriteError::Refused { named, .. }) => {
                let line = format!("    batch {} is refused, {} records named", batch.number, named.len());
                state.story.push(line);
            }
            Err(WriteError::Failed(error)) => {
                batch.records.iter().for_each(|record| state.doubt(batch, record));
                state.story.push(format!("    batch {} failed: {error}", batch.number));
            }
        }
        written
    }

    async fn follow(&self, job: &JobRef, batch: &Batch) -> Result<Receipt, DestinationError> {
        let followed = self.inner.follow(job, batch).await;
        match &followed {
            Ok(receipt) if receipt.job().is_none() => self.watch.lock().settle(batch, &receipt.outcomes),
            Ok(_) => {}
            Err(error) => self.watch.lock().story.push(format!("    a job can't be followed: {error}")),
        }
        followed
    }

    async fn arrange(&self, target: &Prepared, keys: &[Value]) -> Result<(), DestinationError> {
        self.inner.arrange(target, keys).await
    }

    async fn read(&self, target: &Prepared, keys: &[Value]) -> Result<Vec<Option<Vec<Value>>>, DestinationError> {
        self.inner.read(target, keys).await
    }
}
