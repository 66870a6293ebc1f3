//! Jobs: everything that changes contacts is asynchronous.
//!
//! A job is applied about 30 s after its request; only then do reads show it. It says `pending` a little longer, with
//! complete counts. Jobs take different times, so a later one can be applied first.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value as Json, json};

use super::Options;
use super::answers::instant;
use super::changes::Change;
use crate::ids::uuid_text;
use crate::{Ids, JobFault};

/// How long the vendor remembers a job after its end. *Unverified*.
const REMEMBERED: TimeDelta = TimeDelta::days(7);
/// How long the file of errors can be loaded. "Temporary" in the spec; the length is *unverified*.
const DOWNLOAD: TimeDelta = TimeDelta::days(1);

/// The kinds of ids that follow from the seed.
pub(super) const JOB_IDS: u64 = 1;
const JOB_DELAYS: u64 = 2;

/// What a job does.
#[derive(Clone, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Work {
    Upsert { changes: Vec<Change>, lists: Vec<u32> },
    Delete { ids: Vec<u128> },
    DeleteAll,
    Leave { list: u32, ids: Vec<u128> },
    DeleteIdentifier { id: u128, place: u8, text: String },
}

impl Work {
    /// Recorded: `upsert_contacts`, where the spec says `upsert`. The name for lists is *unverified*.
    fn name(&self) -> &'static str {
        match self {
            Self::Upsert { .. } => "upsert_contacts",
            Self::Delete { .. } | Self::DeleteAll => "delete_contacts",
            Self::Leave { .. } => "remove_contacts_from_list",
            Self::DeleteIdentifier { .. } => "delete_identifier",
        }
    }

    fn records(&self) -> usize {
        match self {
            Self::Upsert { changes, .. } => changes.len(),
            Self::Delete { ids } | Self::Leave { ids, .. } => ids.len(),
            Self::DeleteAll => 0,
            Self::DeleteIdentifier { .. } => 1,
        }
    }
}

/// What became of the records of a job.
#[derive(Clone, Copy, Default, serde::Serialize, serde::Deserialize)]
pub(super) struct Counts {
    pub(super) created: usize,
    pub(super) updated: usize,
    pub(super) unmodified: usize,
    pub(super) deleted: usize,
    pub(super) errored: usize,
}

/// A record that a job dropped.
#[derive(Clone, serde::Serialize, serde::Deserialize)]
pub(super) struct JobError {
    /// Its identifiers, in the order of the vendor's four.
    pub(super) identifiers: [Option<Box<str>>; 4],
    pub(super) message: String,
}

#[derive(Clone, serde::Serialize, serde::Deserialize)]
pub(super) struct Job {
    pub(super) id: u128,
    pub(super) kind: String,
    pub(super) requested: usize,
    pub(super) started: DateTime<Utc>,
    pub(super) applies: DateTime<Utc>,
    pub(super) finishes: DateTime<Utc>,
    pub(super) fault: Option<JobFault>,
    /// What is to be done; none once it is done.
    pub(super) work: Option<Work>,
    pub(super) counts: Counts,
    pub(super) errors: Vec<JobError>,
}

impl Job {
    fn status(&self, now: DateTime<Utc>) -> &'static str {
        let finished = now >= self.finishes && self.fault != Some(JobFault::Stuck);
        match (finished, self.fault, self.counts.errored) {
            (false, ..) => "pending",
            (true, Some(JobFault::Fails), _) => "failed",
            (true, _, 0) => "completed",
            // "Failed means finished with all errors" (spec).
            (true, _, errored) if errored >= self.requested => "failed",
            (true, ..) => "errored",
        }
    }

    /// The answer of `GET /v3/marketing/contacts/imports/{id}`: counts of nothing are left out (recorded).
    pub(super) fn to_json(&self, now: DateTime<Utc>, download: impl FnOnce(String) -> String) -> Json {
        let mut results = Map::new();
        results.insert("requested_count".into(), json!(self.requested));
        let Counts { created, updated, unmodified, deleted, errored } = self.counts;
        let counts = [
            ("created_count", created),
            ("updated_count", updated),
            ("unmodified_count", unmodified),
            ("deleted_count", deleted),
            ("errored_count", errored),
        ];
        for (name, count) in counts.into_iter().filter(|(_, count)| *count > 0) {
            results.insert(name.into(), json!(count));
        }
        let status = self.status(now);
        if status != "pending" && !self.errors.is_empty() {
            results.insert("errors_url".into(), json!(download(uuid_text(self.id))));
        }
        let mut body = Map::new();
        body.insert("id".into(), json!(uuid_text(self.id)));
        body.insert("status".into(), json!(status));
        body.insert("job_type".into(), json!(self.kind));
        body.insert("results".into(), Json::Object(results));
        body.insert("started_at".into(), json!(instant(self.started)));
        if status != "pending" {
            body.insert("finished_at".into(), json!(instant(self.finishes)));
        }
        Json::Object(body)
    }

    /// Whether the file of errors can be loaded at `now`.
    pub(super) fn downloadable(&self, now: DateTime<Utc>) -> bool {
        self.status(now) != "pending" && !self.errors.is_empty() && now < self.finishes + DOWNLOAD
    }
}

/// All jobs that the vendor remembers.
#[derive(Default)]
pub(super) struct Jobs {
    pub(super) all: BTreeMap<u64, Job>,
    by_id: HashMap<u128, u64>,
    /// Jobs to be applied, by time and number.
    due: BTreeSet<(DateTime<Utc>, u64)>,
    pub(super) last: u64,
}

impl Jobs {
    /// Queues work and gives the job's id.
    pub(super) fn start(
        &mut self,
        work: Work,
        fault: Option<JobFault>,
        now: DateTime<Utc>,
        ids: Ids,
        options: &Options,
    ) -> String {
        self.last += 1;
        let number = self.last;
        let jitter = u64::try_from(options.job_jitter.as_millis()).unwrap_or(u64::MAX);
        let wait = options.job_delay + Duration::from_millis(ids.below(JOB_DELAYS, number, jitter));
        let applies = now + wait;
        let job = Job {
            id: ids.uuid(JOB_IDS, number),
            kind: work.name().to_owned(),
            requested: work.records(),
            started: now,
            applies,
            finishes: applies + options.job_settle,
            fault,
            work: Some(work),
            counts: Counts::default(),
            errors: Vec::new(),
        };
        let id = uuid_text(job.id);
        self.put(number, job);
        id
    }

    pub(super) fn put(&mut self, number: u64, job: Job) {
        self.by_id.insert(job.id, number);
        if job.work.is_some() && job.fault != Some(JobFault::Stuck) {
            self.due.insert((job.applies, number));
        }
        self.all.insert(number, job);
    }

    /// The job with this id, unless it is lost.
    pub(super) fn get(&self, id: u128) -> Option<&Job> {
        let job = self.all.get(self.by_id.get(&id)?)?;
        (!matches!(job.fault, Some(JobFault::Lost { .. }))).then_some(job)
    }

    /// The next job that is due at `now`, with its work taken out of it.
    pub(super) fn take_due(&mut self, now: DateTime<Utc>) -> Option<(u64, Work)> {
        loop {
            let (applies, number) = self.due.first().copied().filter(|(applies, _)| *applies <= now)?;
            self.due.remove(&(applies, number));
            if let Some(work) = self.all.get_mut(&number).and_then(|job| job.work.take()) {
                return Some((number, work));
            }
        }
    }

    /// Forgets jobs that ended long ago.
    pub(super) fn forget_old(&mut self, now: DateTime<Utc>) {
        while let Some(first) = self.all.first_entry() {
            let old = first.get().work.is_none() && first.get().finishes + REMEMBERED < now;
            if !old {
                break;
            }
            self.by_id.remove(&first.remove().id);
        }
    }

    pub(super) fn pending(&self, now: DateTime<Utc>) -> usize {
        self.all.values().filter(|job| job.status(now) == "pending").count()
    }
}
