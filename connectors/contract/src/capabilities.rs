//! What a destination can do: facts that the diff, the plan and the delivery steer by.

use std::time::Duration;

use crate::FieldType;

/// What a batch does with its records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// Create the record, or update the fields given.
    Upsert,
    /// Delete the record.
    Delete,
    /// Take the record off the target's lists, and keep it otherwise.
    RemoveFromLists,
}

impl std::fmt::Display for Operation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Upsert => "upsert",
            Self::Delete => "delete",
            Self::RemoveFromLists => "remove_from_lists",
        })
    }
}

/// How a field of one type is emptied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clearing {
    /// The connector can empty it.
    Possible,
    /// The vendor offers no way; a null keeps the old value, and the plan says so.
    Impossible,
}

/// How the vendor compares keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyMatching {
    /// `A` and `a` are two records.
    CaseSensitive,
    /// `A` and `a` are one record; the diff folds keys to lower case.
    CaseInsensitive,
}

/// Which records may share a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BatchGrouping {
    /// Any: each record carries its own set of fields.
    Any,
    /// Only records that carry the same set of fields.
    ByFieldSet,
}

/// How precisely the vendor reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutcomeDetail {
    /// One outcome a record.
    PerRecord,
    /// Counts only; a batch with failures is told apart by halving it.
    PerBatch,
}

/// How often to look at a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Polling {
    /// The wait before the first look.
    pub first: Duration,
    /// The longest wait between two looks; waits grow from `first` to it.
    pub longest: Duration,
    /// When a job that has not ended counts as lost.
    pub deadline: Duration,
}

/// A published limit of the vendor, for pacing and for the plan's estimate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// Requests allowed within `per`.
    pub requests: u32,
    /// The window.
    pub per: Duration,
}

/// How records are read back with [`read`](crate::Destination::read).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// Most keys of one call of `read`. It bounds what a call keeps in memory; a connector whose vendor takes fewer
    /// keys a request asks several times within the call.
    pub keys_per_call: usize,
    /// Most keys of one request, for the estimate: a call takes one request for so many of its keys, and at least one.
    /// `usize::MAX` where one look tells them all.
    pub keys_per_request: usize,
    /// How long a confirmed write may take to show in reads. What is read sooner says nothing about drift.
    pub lag: Duration,
}

/// Another way of writing, which a vendor offers for many changes at once: a bulk interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AtScale {
    /// Its name, for the plan: `Bulk API 2.0`.
    pub name: &'static str,
    /// Plans of at least so many changes go this way.
    pub from_changes: u64,
    /// Most records a batch.
    pub records_per_request: usize,
    /// Most bytes a batch.
    pub bytes_per_request: usize,
    /// API calls that a batch takes, all told, where everything goes well and the job is looked at once.
    pub calls_per_batch: u32,
}

/// The facts about one object of a destination.
#[derive(Debug, Clone)]
pub struct Capabilities {
    /// The operations it offers.
    pub operations: Vec<Operation>,
    /// The name of the usual way of writing, for the plan: `sObject Collections`.
    pub way: &'static str,
    /// API calls that a batch takes, all told, where everything goes well and a job is looked at once.
    pub calls_per_batch: u32,
    /// The way for many changes, where there is another one.
    pub at_scale: Option<AtScale>,
    /// Most records a request, by operation: see [`Capabilities::max_records`].
    pub records_per_request: usize,
    /// Most records a request that deletes or takes off lists.
    pub removals_per_request: usize,
    /// Most bytes a request body.
    pub bytes_per_request: usize,
    /// An upper bound of the bytes that a record takes beside its fields.
    pub bytes_per_record: usize,
    /// An upper bound of the bytes that a field takes beside its value (name or id, quotes, separators).
    pub bytes_per_field: usize,
    /// Whether the same batch may be written twice without harm. Where not, a batch without a
    /// clear answer is not repeated within a run; the next run sends what is open.
    pub idempotent: bool,
    /// Requests that may be under way at once.
    pub concurrency: usize,
    /// Jobs that may be unfinished at once; 0 where writes answer at once.
    pub jobs_in_flight: usize,
    /// How to follow jobs.
    pub polling: Polling,
    /// How keys compare.
    pub key_matching: KeyMatching,
    /// What may share a batch.
    pub grouping: BatchGrouping,
    /// How precise outcomes are.
    pub outcomes: OutcomeDetail,
    /// How [`read`](crate::Destination::read) works; none where the object cannot be read back.
    pub reading: Option<Reading>,
    /// The quota that writes count against, where the vendor publishes one.
    pub quota: Option<Quota>,
    /// How each type is emptied.
    pub clearing: fn(&FieldType) -> Clearing,
}

impl Capabilities {
    /// Whether the destination offers `operation`.
    pub fn offers(&self, operation: Operation) -> bool {
        self.operations.contains(&operation)
    }

    /// The facts that hold for a plan of so many changes: those of the way that it goes.
    ///
    /// A batch tells its way by itself: the connector takes the usual one for a batch that fits into it, and so do the
    /// halves of a batch that has to be told apart.
    pub fn at(self, changes: u64) -> Self {
        match self.at_scale {
            Some(scale) if changes >= scale.from_changes => Self {
                way: scale.name,
                calls_per_batch: scale.calls_per_batch,
                records_per_request: scale.records_per_request,
                removals_per_request: scale.records_per_request,
                bytes_per_request: scale.bytes_per_request,
                grouping: BatchGrouping::Any,
                ..self
            },
            _ => self,
        }
    }

    /// Most records of one request of `operation`, at least 1.
    pub fn max_records(&self, operation: Operation) -> usize {
        let most = match operation {
            Operation::Upsert => self.records_per_request,
            Operation::Delete | Operation::RemoveFromLists => self.removals_per_request,
        };
        most.max(1)
    }
}
