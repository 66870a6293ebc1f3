//! Jobs: users are changed in the background, one after the other. A job that is looked at on its way has done a part.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value as Json};

use super::account::Account;
use super::changes::{Done, Flaw, Means};
use super::options::Options;
use crate::ids::uuid_text;
use crate::{Ids, JobFault};

/// How long a job is remembered after its end: one day (developer.zendesk.com, job statuses).
const REMEMBERED: TimeDelta = TimeDelta::days(1);

const JOB_IDS: u64 = 12;

/// What a job does.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Work {
    CreateOrUpdate { users: Vec<Map<String, Json>> },
    Update { users: Vec<Map<String, Json>> },
    Delete { users: Vec<Map<String, Json>> },
}

impl Work {
    pub(super) fn users(&self) -> &[Map<String, Json>] {
        match self {
            Self::CreateOrUpdate { users } | Self::Update { users } | Self::Delete { users } => users,
        }
    }

    /// The name in "Too many … jobs are currently queued or running".
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::CreateOrUpdate { .. } => "UserBulkCreateOrUpdateJob",
            Self::Update { .. } => "UserBulkUpdateJobV2",
            Self::Delete { .. } => "UserBulkDeleteJob",
        }
    }
}

/// What became of one user.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum End {
    Created { id: i64 },
    Updated { id: i64 },
    Deleted { id: i64 },
    Failed { id: Option<i64>, words: String },
}

#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub(super) struct Job {
    pub(super) id: String,
    /// When it starts to work.
    pub(super) starts: DateTime<Utc>,
    pub(super) each: TimeDelta,
    pub(super) fault: Option<JobFault>,
    pub(super) work: Work,
    /// One for each user that was looked at.
    pub(super) ends: Vec<End>,
}

impl Job {
    pub(super) fn total(&self) -> usize {
        self.work.users().len()
    }

    /// When the user at `place` is done.
    fn done_at(&self, place: usize) -> DateTime<Utc> {
        self.starts + self.each * i32::try_from(place + 1).unwrap_or(i32::MAX)
    }

    pub(super) fn finishes(&self) -> DateTime<Utc> {
        self.done_at(self.total().saturating_sub(1))
    }

    pub(super) fn is_running(&self, now: DateTime<Utc>) -> bool {
        self.fault == Some(JobFault::Stuck) || now < self.finishes()
    }

    /// Whether the user at `place` is left undone by a scripted fault.
    fn skips(&self, place: usize) -> bool {
        match self.fault {
            Some(JobFault::Fails | JobFault::Stuck | JobFault::Lost { applied: false }) => true,
            Some(JobFault::EndsHalf { errored }) => place + errored >= self.total(),
            Some(JobFault::Lost { applied: true }) | None => false,
        }
    }
}

/// All jobs that the vendor remembers.
#[derive(Debug, Default)]
pub(super) struct Jobs {
    pub(super) all: BTreeMap<u64, Job>,
    /// When each unfinished job does its next user.
    due: BTreeSet<(DateTime<Utc>, u64)>,
    pub(super) last: u64,
}

impl Jobs {
    /// Queues work and gives the number of its job.
    pub(super) fn start(
        &mut self,
        work: Work,
        fault: Option<JobFault>,
        now: DateTime<Utc>,
        ids: Ids,
        options: &Options,
    ) -> u64 {
        self.last += 1;
        let id = format!("V3-{}", uuid_text(ids.uuid(JOB_IDS, self.last)).replace('-', ""));
        let each = TimeDelta::from_std(options.job_each).unwrap_or_default();
        let job = Job { id, starts: now + options.job_queue, each, fault, work, ends: Vec::new() };
        self.put(self.last, job);
        self.last
    }

    pub(super) fn put(&mut self, number: u64, job: Job) {
        if job.ends.len() < job.total() && job.fault != Some(JobFault::Stuck) {
            self.due.insert((job.done_at(job.ends.len()), number));
        }
        self.all.insert(number, job);
    }

    /// The job with this id, unless it is lost or forgotten.
    pub(super) fn by_id(&self, id: &str, now: DateTime<Utc>) -> Option<&Job> {
        let job = self.all.values().rev().find(|job| job.id == id)?;
        let is_known = !matches!(job.fault, Some(JobFault::Lost { .. }))
            && (job.is_running(now) || now < job.finishes() + REMEMBERED);
        is_known.then_some(job)
    }

    pub(super) fn running_ids(&self, now: DateTime<Utc>) -> Vec<String> {
        self.all.values().filter(|job| job.is_running(now)).map(|job| job.id.clone()).collect()
    }

    pub(super) fn running(&self, now: DateTime<Utc>) -> usize {
        self.all.values().filter(|job| job.is_running(now)).count()
    }

    /// The next user to be done at `now`: the job, the place, the time.
    fn take_due(&mut self, now: DateTime<Utc>) -> Option<(u64, DateTime<Utc>)> {
        let (at, number) = self.due.first().copied().filter(|(at, _)| *at <= now)?;
        self.due.remove(&(at, number));
        Some((number, at))
    }

    /// Forgets jobs that ended more than a day ago.
    fn forget_old(&mut self, now: DateTime<Utc>) {
        self.all.retain(|_, job| job.is_running(now) || now < job.finishes() + REMEMBERED);
    }
}

impl Account {
    /// Does everything that is due at `now`, in the order of time.
    pub(super) fn advance(&mut self, now: DateTime<Utc>) {
        while let Some((number, at)) = self.jobs.take_due(now) {
            let Some(mut job) = self.jobs.all.remove(&number) else { continue };
            let place = job.ends.len();
            let end = if job.skips(place) {
                End::Failed { id: None, words: "Internal error: the job ended before this user was done".into() }
            } else {
                self.work_on(&job.work, place, at)
            };
            job.ends.push(end);
            self.jobs.put(number, job);
        }
        self.jobs.forget_old(now);
    }

    fn work_on(&mut self, work: &Work, place: usize, at: DateTime<Utc>) -> End {
        let Some(change) = work.users().get(place) else {
            return End::Failed { id: None, words: "There is no such user in the job".into() };
        };
        let done = match work {
            Work::CreateOrUpdate { .. } => self.change(change, true, at),
            Work::Update { .. } => self.change(change, false, at),
            Work::Delete { .. } => return self.delete(change, at),
        };
        match done {
            Ok(Done { id, created: true }) => End::Created { id },
            Ok(Done { id, created: false }) => End::Updated { id },
            Err(Flaw { id, words, .. }) => End::Failed { id, words },
        }
    }

    fn delete(&mut self, change: &Map<String, Json>, at: DateTime<Utc>) -> End {
        match self.meant(change) {
            Means::This(id) if self.users.delete(id, at) => End::Deleted { id },
            _ => End::Failed { id: change.get("id").and_then(Json::as_i64), words: "Couldn't find User".into() },
        }
    }
}
