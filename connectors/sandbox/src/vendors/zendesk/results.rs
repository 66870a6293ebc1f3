//! What a job says about itself: its status, and a row for each user.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value as Json, json};

use super::BASE;
use super::jobs::{End, Job, Work};
use super::options::{Options, ResultShape};
use crate::JobFault;

impl Job {
    /// The job as `job_status` shows it (recorded).
    pub(super) fn to_json(&self, now: DateTime<Utc>, options: &Options) -> Json {
        let (status, progress, message, results) = self.standing(now, options);
        json!({
            "id": self.id, "job_type": self.kind(), "url": format!("{BASE}/job_statuses/{}.json", self.id),
            "total": self.total(), "progress": progress, "status": status, "message": message, "results": results,
        })
    }

    fn standing(&self, now: DateTime<Utc>, options: &Options) -> (&'static str, Json, Json, Json) {
        if now < self.starts {
            return ("queued", Json::Null, Json::Null, Json::Null);
        }
        if self.is_running(now) {
            let done = self.ends.len();
            return ("working", json!(done), json!(format!("Creating user #{done}")), Json::Null);
        }
        if self.fault == Some(JobFault::Fails) {
            return ("failed", json!(0), json!("Job failed due to an internal error"), Json::Null);
        }
        let message = format!("Completed at {}", self.finishes().format("%Y-%m-%d %H:%M:%S +0000"));
        ("completed", json!(self.total()), json!(message), self.results(options))
    }

    fn kind(&self) -> &'static str {
        match self.work {
            Work::CreateOrUpdate { .. } => "Bulk Create Or Update User",
            Work::Update { .. } => "Bulk Update User",
            Work::Delete { .. } => "Bulk Delete User",
        }
    }

    fn results(&self, options: &Options) -> Json {
        let is_whole = !self.ends.iter().any(|end| matches!(end, End::Failed { .. }));
        if options.results == ResultShape::Summary && is_whole {
            return json!({ "success": true });
        }
        let is_indexed = options.results == ResultShape::Indexed;
        let row = |(index, end)| self.row(index, end, is_indexed);
        let rows = self.ends.iter().enumerate().map(row);
        // With an index, the order says nothing.
        if is_indexed { rows.rev().collect() } else { rows.collect() }
    }

    /// Recorded: `{"id", "status": "Created"}` without index, `{"id", "action", "status", "success"}`, and failures with
    /// index, error and details but without `success`.
    fn row(&self, index: usize, end: &End, is_indexed: bool) -> Json {
        let mut row = match end {
            End::Created { id } => json!({ "id": id, "status": "Created" }),
            End::Updated { id } => json!({ "id": id, "action": "update", "status": "Updated", "success": true }),
            End::Deleted { id } => json!({ "id": id, "action": "delete", "status": "Deleted", "success": true }),
            End::Failed { id, words } => {
                let error = match self.work {
                    Work::Delete { .. } => "UserDeleteFailed",
                    _ if id.is_some() => "UserUpdateFailed",
                    _ => "UserCreateFailed",
                };
                json!({ "index": index, "error": error, "id": id, "details": words })
            }
        };
        if is_indexed {
            row["index"] = json!(index);
            let empty = Map::new();
            let sent = self.work.users().get(index).unwrap_or(&empty);
            for key in ["external_id", "email"] {
                if let Some(value) = sent.get(key) {
                    row[key] = value.clone();
                }
            }
        }
        row
    }
}
