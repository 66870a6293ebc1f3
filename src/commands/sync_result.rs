//! What became of a sync: the counts of its plan, what was confirmed, and what ended it early.

use std::time::Duration;

use crate::delivery::{Delivered, StopReason};
use crate::ledger::{Folded, Migration, RunSummary};
use crate::plan::{Counts, GuardTrip};

use super::connections::destination_failure;
use super::planning::Planned;
use super::{Exit, Failure};

/// How a sync ended.
pub(super) struct SyncResult {
    pub(super) name: String,
    pub(super) destination: String,
    pub(super) sync_id: i64,
    pub(super) counts: Counts,
    pub(super) folded: Folded,
    pub(super) requests: u64,
    pub(super) duration: Duration,
    pub(super) trips: Vec<GuardTrip>,
    pub(super) migration: Migration,
    pub(super) interrupted: bool,
    pub(super) failure: Option<Failure>,
}

impl SyncResult {
    /// Of a plan of which nothing has been sent.
    pub(super) fn of(plan: &Planned) -> Self {
        Self {
            name: plan.name.clone(),
            destination: plan.destination.clone(),
            sync_id: plan.staged.tables.sync_id,
            counts: plan.staged.counts,
            folded: Folded::default(),
            requests: plan.reads,
            duration: Duration::ZERO,
            trips: Vec::new(),
            migration: plan.migration.clone(),
            interrupted: false,
            failure: None,
        }
    }

    /// Notes how the delivery ended.
    pub(super) fn note(&mut self, delivered: Delivered) {
        match delivered.stopped_by {
            Some(StopReason::Destination(error)) => self.failure = Some(destination_failure(&self.destination, error)),
            Some(StopReason::Guard(trip)) => self.trips.push(trip),
            Some(StopReason::Asked) => self.interrupted = true,
            None => {
                self.failure = delivered.failure.map(|error| destination_failure(&self.destination, error));
            }
        }
    }

    /// Whether anything of the plan may not have gone out.
    pub(super) fn ended_early(&self) -> bool {
        self.failure.is_some() || self.interrupted || !self.trips.is_empty()
    }

    /// The exit code that this sync leads to.
    pub(super) fn exit(&self) -> Exit {
        if let Some(failure) = &self.failure {
            return failure.exit();
        }
        if !self.trips.is_empty() {
            return Exit::Guarded;
        }
        let open = self.folded.rejected + self.folded.pending + self.folded.unknown + self.folded.unsent;
        if open + self.counts.held + self.counts.shared_key > 0 { Exit::Rejections } else { Exit::Done }
    }

    /// Its line in the history.
    pub(super) fn summary(&self) -> RunSummary {
        let (c, f) = (&self.counts, &self.folded);
        let duration_ms = u64::try_from(self.duration.as_millis()).unwrap_or(u64::MAX);
        let stopped_by = match (&self.failure, self.trips.first()) {
            (Some(Failure::Error { error, .. }), _) => Some(error.to_string()),
            (Some(_), _) => Some("failed".to_owned()),
            (None, Some(trip)) => Some(trip.guard.to_owned()),
            (None, None) if self.interrupted => Some("interrupted".to_owned()),
            (None, None) => None,
        };
        RunSummary {
            sync_id: self.sync_id,
            figures: [
                c.rows,
                c.added,
                c.changed,
                c.left,
                c.unchanged,
                f.confirmed,
                f.rejected,
                f.pending,
                f.unknown,
                c.held,
                self.requests,
                duration_ms,
            ],
            stopped_by,
        }
    }
}
