//! A vendor in memory that does what a script says, and remembers everything.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use async_trait::async_trait;
use lapwing_contract::{
    Batch, BatchGrouping, Capabilities, ChangeKind, Clearing, Destination, DestinationError, ErrorKind, Health, JobRef,
    KeyMatching, ObjectDescription, Operation, Outcome, OutcomeDetail, Polling, Prepared, Receipt, Record, Rejection,
    Target, Value, WriteError,
};
use tokio::sync::Notify;

pub(crate) use crate::acts::Act;

/// A value that makes a record bad.
pub(crate) const BAD: &str = "bad";

/// A write as it came.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) operation: Operation,
    pub(crate) records: Vec<(String, ChangeKind, BTreeMap<String, Value>)>,
}

struct Job {
    looks_left: u32,
    lost: bool,
    batch: Batch,
}

#[derive(Default)]
struct State {
    records: BTreeMap<String, BTreeMap<String, Value>>,
    list: BTreeSet<String>,
    script: VecDeque<Act>,
    jobs: BTreeMap<String, Job>,
    seen: Vec<Seen>,
    follow_fails: bool,
    at_once: usize,
    most_at_once: usize,
    jobs_open: usize,
    most_jobs_open: usize,
    /// Values that were confirmed and not put in doubt since.
    settled: BTreeMap<(String, String), Value>,
    /// Keys written by a run that crashed; of these, so many may be sent again.
    in_flight: BTreeSet<String>,
    may_repeat: usize,
    repeated: Vec<String>,
}

/// The vendor. Clones are the same.
#[derive(Clone)]
pub(crate) struct Vendor {
    state: Arc<Mutex<State>>,
    pub(crate) capabilities: Capabilities,
    pub(crate) stalled: Arc<Notify>,
}

impl Vendor {
    pub(crate) fn new() -> Self {
        let capabilities = Capabilities {
            operations: vec![Operation::Upsert, Operation::Delete, Operation::RemoveFromLists],
            way: "records",
            calls_per_batch: 1,
            at_scale: None,
            records_per_request: 4,
            removals_per_request: 4,
            bytes_per_request: 1_000_000,
            bytes_per_record: 10,
            bytes_per_field: 10,
            idempotent: true,
            concurrency: 2,
            jobs_in_flight: 0,
            polling: Polling {
                first: Duration::from_secs(10),
                longest: Duration::from_secs(30),
                deadline: Duration::from_secs(600),
            },
            key_matching: KeyMatching::CaseSensitive,
            grouping: BatchGrouping::Any,
            outcomes: OutcomeDetail::PerRecord,
            readable: false,
            quota: None,
            clearing: |_| Clearing::Possible,
        };
        Self { state: Arc::default(), capabilities, stalled: Arc::default() }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// What it does with the next writes; afterwards it confirms.
    pub(crate) fn script(&self, acts: impl IntoIterator<Item = Act>) {
        self.lock().script = acts.into_iter().collect();
    }

    pub(crate) fn follow_fails(&self, fails: bool) {
        self.lock().follow_fails = fails;
    }

    /// The writes since the last call.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        std::mem::take(&mut self.lock().seen)
    }

    pub(crate) fn records(&self) -> BTreeMap<String, BTreeMap<String, Value>> {
        self.lock().records.clone()
    }

    pub(crate) fn list(&self) -> BTreeSet<String> {
        self.lock().list.clone()
    }

    pub(crate) fn value(&self, key: &str, field: &str) -> Value {
        self.lock().records.get(key).and_then(|record| record.get(field)).cloned().unwrap_or(Value::Null)
    }

    /// Somebody else at the vendor changes a value.
    pub(crate) fn set(&self, key: &str, field: &str, value: Value) {
        self.lock().records.entry(key.to_owned()).or_default().insert(field.to_owned(), value);
    }

    /// Somebody deletes a record there.
    pub(crate) fn lose(&self, key: &str) {
        let mut state = self.lock();
        state.records.remove(key);
        state.settled.retain(|(other, _), _| other != key);
    }

    pub(crate) fn most_at_once(&self) -> usize {
        self.lock().most_at_once
    }

    pub(crate) fn most_jobs_open(&self) -> usize {
        self.lock().most_jobs_open
    }

    /// A run crashed: what it wrote since `seen` may be written again, up to a window of batches.
    pub(crate) fn crashed(&self, window: usize) {
        let mut state = self.lock();
        state.in_flight = state.seen.iter().flat_map(|seen| seen.records.iter().map(|(key, ..)| key.clone())).collect();
        state.may_repeat = window;
    }

    /// A field is no longer mapped: when it is again, it is sent again.
    pub(crate) fn unmapped(&self, field: &str) {
        self.lock().settled.retain(|(_, name), _| name != field);
    }

    /// Values that were sent again although they were confirmed and nothing had happened since.
    pub(crate) fn repeated(&self) -> Vec<String> {
        self.lock().repeated.clone()
    }
}

impl State {
    fn note(&mut self, batch: &Batch) {
        let mut records = Vec::new();
        for record in &batch.records {
            let key = record.key.to_text();
            let fields = named(batch, record);
            let again =
                fields.iter().any(|(name, value)| self.settled.get(&(key.clone(), name.clone())) == Some(value));
            if again && self.in_flight.remove(&key) && self.may_repeat > 0 {
                self.may_repeat -= 1;
            } else if again {
                self.repeated.push(format!("{key}: {:?}", fields.keys()));
            }
            records.push((key, record.kind, fields));
        }
        self.seen.push(Seen { operation: batch.operation, records });
    }

    fn apply(&mut self, batch: &Batch, record: &Record) {
        let key = record.key.to_text();
        match batch.operation {
            Operation::Delete => {
                self.records.remove(&key);
                self.list.remove(&key);
            }
            Operation::RemoveFromLists => {
                self.list.remove(&key);
            }
            Operation::Upsert => {
                let fields = named(batch, record);
                self.records.entry(key.clone()).or_default().extend(fields);
                if record.kind != ChangeKind::Left {
                    self.list.insert(key);
                }
            }
        }
    }

    fn settle(&mut self, batch: &Batch, record: &Record, is_known: bool) {
        let key = record.key.to_text();
        if batch.operation == Operation::Delete || !is_known {
            self.settled.retain(|(other, _), _| *other != key);
        } else if batch.operation == Operation::Upsert {
            self.settled.extend(named(batch, record).into_iter().map(|(name, value)| ((key.clone(), name), value)));
        }
    }

    /// The outcome of a record that the vendor looks at by itself.
    fn one(&mut self, batch: &Batch, record: &Record) -> Outcome {
        if is_bad(record) {
            let at_fault = named(batch, record).into_iter().find(|(_, value)| is_bad_value(value));
            let reason = Rejection::permanent("bad", "the value is bad");
            let reason = at_fault.map_or(reason.clone(), |(name, _)| reason.on_field(name));
            return Outcome::Rejected(Box::new(reason));
        }
        let is_there = self.records.contains_key(&record.key.to_text());
        self.apply(batch, record);
        self.settle(batch, record, true);
        let is_made = batch.operation == Operation::Upsert && !is_there;
        if is_made { Outcome::Created } else { Outcome::Confirmed }
    }

    fn in_doubt(&mut self, batch: &Batch, applied: bool) {
        for record in &batch.records {
            if applied && !is_bad(record) {
                self.apply(batch, record);
            }
            self.settle(batch, record, false);
        }
    }

    fn start(&mut self, batch: Batch, looks_left: u32, lost: bool) -> Outcome {
        let name = format!("job-{}", self.jobs.len() + 1);
        self.jobs.insert(name.clone(), Job { looks_left, lost, batch });
        self.jobs_open += 1;
        self.most_jobs_open = self.most_jobs_open.max(self.jobs_open);
        Outcome::Pending(JobRef(name.as_str().into()))
    }

    fn act(&mut self, act: Act, batch: &Batch) -> Result<Receipt, WriteError> {
        let all = |outcome: &Outcome| Ok(Receipt::all(outcome, batch.records.len()));
        let bad: Vec<usize> = (0..).zip(&batch.records).filter(|(_, r)| is_bad(r)).map(|(index, _)| index).collect();
        let reason = || Rejection::permanent("bad", "the value is bad");
        match act {
            Act::RefuseNamed if !bad.is_empty() => Err(WriteError::Refused {
                named: bad.into_iter().map(|index| (index, reason())).collect(),
                reason: Box::new(reason()),
            }),
            Act::RefuseUnnamed if !bad.is_empty() => {
                Err(WriteError::Refused { named: Vec::new(), reason: Box::new(reason()) })
            }
            Act::Confirm | Act::RefuseNamed | Act::RefuseUnnamed => {
                Ok(Receipt { outcomes: batch.records.iter().map(|record| self.one(batch, record)).collect() })
            }
            Act::Job(looks) => {
                let pending = self.start(batch.clone(), looks, false);
                all(&pending)
            }
            Act::JobLost { applied } => {
                self.in_doubt(batch, applied);
                let pending = self.start(batch.clone(), 0, true);
                all(&pending)
            }
            Act::JobForSome => {
                let mut some = batch.clone();
                some.records = batch.records.iter().skip(1).step_by(2).cloned().collect();
                if some.records.is_empty() {
                    return self.act(Act::Confirm, batch);
                }
                let pending = self.start(some, 1, false);
                let outcomes = (0..)
                    .zip(&batch.records)
                    .map(|(index, record)| if index % 2 == 0 { self.one(batch, record) } else { pending.clone() });
                Ok(Receipt { outcomes: outcomes.collect() })
            }
            Act::Fail { kind, applied } => {
                self.in_doubt(batch, applied);
                Err(DestinationError::new(kind, "write", "as the script says").into())
            }
            Act::WrongLength { applied } => {
                self.in_doubt(batch, applied);
                Ok(Receipt::all(&Outcome::Confirmed, batch.records.len() - 1))
            }
            Act::Unknown { applied } | Act::Stall { applied } => {
                self.in_doubt(batch, applied);
                all(&Outcome::Unknown)
            }
            Act::UnknownForSome => {
                let outcomes = (0..).zip(&batch.records).map(|(index, record)| {
                    if index % 2 == 0 {
                        self.settle(batch, record, false);
                        Outcome::Unknown
                    } else {
                        self.one(batch, record)
                    }
                });
                Ok(Receipt { outcomes: outcomes.collect() })
            }
            Act::RejectAll { retryable: true } => {
                all(&Outcome::Rejected(Box::new(Rejection::retryable("locked", "somebody edits it"))))
            }
            Act::RejectAll { retryable: false } => all(&Outcome::Rejected(Box::new(reason()))),
        }
    }
}

fn named(batch: &Batch, record: &Record) -> BTreeMap<String, Value> {
    let name = |index: usize| batch.target.target.fields[index].name.clone();
    record.fields.iter().map(|(index, value)| (name(*index), value.clone())).collect()
}

fn is_bad(record: &Record) -> bool {
    record.fields.iter().any(|(_, value)| is_bad_value(value))
}

fn is_bad_value(value: &Value) -> bool {
    *value == Value::Text(BAD.to_owned())
}

#[async_trait]
impl Destination for Vendor {
    fn capabilities(&self, _object: &str) -> Capabilities {
        self.capabilities.clone()
    }

    async fn check(&self) -> Result<Health, DestinationError> {
        Ok(Health { summary: String::new() })
    }

    async fn describe(&self, _object: &str) -> Result<ObjectDescription, DestinationError> {
        Ok(ObjectDescription { fields: Vec::new(), can_create_fields: true })
    }

    async fn prepare(&self, target: &Target) -> Result<Prepared, DestinationError> {
        Ok(crate::world::prepared(target))
    }

    async fn write(&self, batch: &Batch) -> Result<Receipt, WriteError> {
        let act = {
            let mut state = self.lock();
            state.note(batch);
            state.at_once += 1;
            state.most_at_once = state.most_at_once.max(state.at_once);
            state.script.pop_front().unwrap_or(Act::Confirm)
        };
        // Others get their turn, as they would while a request travels.
        for _ in 0..4 {
            tokio::task::yield_now().await;
        }
        let answer = {
            let mut state = self.lock();
            state.at_once -= 1;
            state.act(act, batch)
        };
        if matches!(act, Act::Stall { .. }) {
            self.stalled.notify_one();
            std::future::pending::<()>().await;
        }
        answer
    }

    async fn follow(&self, job: &JobRef, batch: &Batch) -> Result<Receipt, DestinationError> {
        let mut state = self.lock();
        if state.follow_fails {
            return Err(DestinationError::new(ErrorKind::Unavailable, "follow", "as the script says"));
        }
        let Some(found) = state.jobs.get_mut(&*job.0) else {
            return Ok(Receipt::all(&Outcome::Unknown, batch.records.len()));
        };
        let seqs = |batch: &Batch| batch.records.iter().map(|record| record.seq).collect::<Vec<_>>();
        assert_eq!(seqs(&found.batch), seqs(batch), "a job is followed with the records that it was started with");
        if found.looks_left > 0 {
            found.looks_left -= 1;
            return Ok(Receipt::all(&Outcome::Pending(job.clone()), batch.records.len()));
        }
        let ended = found.batch.clone();
        let lost = found.lost;
        state.jobs_open = state.jobs_open.saturating_sub(1);
        if lost {
            return Ok(Receipt::all(&Outcome::Unknown, batch.records.len()));
        }
        Ok(Receipt { outcomes: ended.records.iter().map(|record| state.one(&ended, record)).collect() })
    }
}
