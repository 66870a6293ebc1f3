//! Ingest jobs: opened, uploaded, closed, and worked on when their time has come.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value as Json, json};

use super::answers::{RowError, instant};
use super::ids::record_id;
use super::rows::Done;
use crate::JobFault;

/// How long the vendor keeps the data of a job (documented).
const KEPT: TimeDelta = TimeDelta::days(7);
/// The first characters of every job's id (recorded).
pub(super) const PREFIX: &str = "750";

/// What a job does with its rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Operation {
    Upsert,
    Delete,
}

/// How far a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) enum State {
    Open,
    UploadComplete,
    JobComplete,
    Failed,
    Aborted,
}

#[derive(Clone, serde::Serialize, serde::Deserialize)]
pub(super) struct Job {
    pub(super) number: u64,
    pub(super) object: String,
    pub(super) operation: Operation,
    pub(super) key: Option<String>,
    pub(super) created: DateTime<Utc>,
    pub(super) state: State,
    pub(super) fault: Option<JobFault>,
    /// When it is worked on, once it is closed.
    pub(super) applies: Option<DateTime<Utc>>,
    /// The file as it was uploaded.
    pub(super) upload: Option<String>,
    /// One result for each row that was worked on, from the first.
    pub(super) results: Vec<Result<Done, RowError>>,
    pub(super) error: Option<String>,
}

impl Job {
    pub(super) fn id(&self) -> String {
        record_id(PREFIX, self.number)
    }

    /// The state that is shown: a closed job waits in its queue, and is `InProgress` for its last five seconds.
    fn shown_state(&self, now: DateTime<Utc>) -> &'static str {
        match self.state {
            State::Open => "Open",
            State::UploadComplete if self.applies.is_some_and(|at| now + TimeDelta::seconds(5) >= at) => "InProgress",
            State::UploadComplete => "UploadComplete",
            State::JobComplete => "JobComplete",
            State::Failed => "Failed",
            State::Aborted => "Aborted",
        }
    }

    pub(super) fn failed(&self) -> usize {
        self.results.iter().filter(|result| result.is_err()).count()
    }

    /// The job as its routes show it (recorded). The address for the upload goes once it is closed.
    pub(super) fn to_json(&self, now: DateTime<Utc>) -> Json {
        let id = self.id();
        let mut body = Map::new();
        body.insert("id".into(), json!(id));
        body.insert("operation".into(), json!(self.operation));
        body.insert("object".into(), json!(self.object));
        body.insert("createdDate".into(), json!(instant(self.created)));
        body.insert("state".into(), json!(self.shown_state(now)));
        if let Some(key) = &self.key {
            body.insert("externalIdFieldName".into(), json!(key));
        }
        body.extend([
            ("concurrencyMode".to_owned(), json!("Parallel")),
            ("contentType".to_owned(), json!("CSV")),
            ("lineEnding".to_owned(), json!("LF")),
            ("columnDelimiter".to_owned(), json!("COMMA")),
            ("jobType".to_owned(), json!("V2Ingest")),
        ]);
        if self.state == State::Open {
            body.insert("contentUrl".into(), json!(format!("services/data/v67.0/jobs/ingest/{id}/batches")));
        } else {
            body.insert("numberRecordsProcessed".into(), json!(self.results.len()));
            body.insert("numberRecordsFailed".into(), json!(self.failed()));
            body.insert("retries".into(), json!(0));
        }
        if let Some(error) = &self.error {
            body.insert("errorMessage".into(), json!(error));
        }
        Json::Object(body)
    }
}

/// All jobs that the vendor remembers.
#[derive(Default)]
pub(super) struct Jobs {
    pub(super) all: BTreeMap<u64, Job>,
    /// Jobs to be worked on, by time and number.
    due: BTreeSet<(DateTime<Utc>, u64)>,
    pub(super) last: u64,
}

impl Jobs {
    pub(super) fn put(&mut self, number: u64, job: Job) {
        self.all.insert(number, job);
        self.schedule(number);
    }

    /// Queues a job that is closed.
    pub(super) fn schedule(&mut self, number: u64) {
        let Some(job) = self.all.get(&number).filter(|job| job.state == State::UploadComplete) else { return };
        if let Some(at) = job.applies.filter(|_| job.fault != Some(JobFault::Stuck)) {
            self.due.insert((at, number));
        }
    }

    /// The job with this id, unless it is lost.
    pub(super) fn get(&self, id: &str) -> Option<&Job> {
        let job = self.all.get(&super::ids::number_of(PREFIX, id)?)?;
        let lost = matches!(job.fault, Some(JobFault::Lost { .. })) && job.state != State::Open;
        (!lost).then_some(job)
    }

    pub(super) fn get_mut(&mut self, id: &str) -> Option<&mut Job> {
        let number = self.get(id)?.number;
        self.all.get_mut(&number)
    }

    /// The next job that is due, and when.
    pub(super) fn take_due(&mut self, now: DateTime<Utc>) -> Option<Job> {
        loop {
            let (at, number) = self.due.first().copied().filter(|(at, _)| *at <= now)?;
            self.due.remove(&(at, number));
            let closed = self.all.get(&number).filter(|job| job.state == State::UploadComplete);
            if let Some(job) = closed {
                return Some(job.clone());
            }
        }
    }

    /// Forgets jobs that are too old.
    pub(super) fn forget_old(&mut self, now: DateTime<Utc>) {
        self.all.retain(|_, job| job.created + KEPT > now);
    }

    pub(super) fn pending(&self) -> usize {
        self.all.values().filter(|job| job.state == State::UploadComplete).count()
    }
}
