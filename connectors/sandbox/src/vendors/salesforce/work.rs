//! What a job does when its time has come.

use std::collections::HashSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::Value as Json;

use super::answers::RowError;
use super::jobs::{Job, Operation, State};
use super::org::Org;
use super::rows::Done;
use super::values::{folded, of_cell};
use crate::JobFault;

impl Org {
    /// Does the work of every job that is due.
    pub(super) fn advance(&mut self, now: DateTime<Utc>) {
        while let Some(job) = self.jobs.take_due(now) {
            let ended = self.work(job);
            self.jobs.all.insert(ended.number, ended);
        }
        self.jobs.forget_old(now);
    }

    fn work(&mut self, mut job: Job) -> Job {
        if let Some(JobFault::Fails | JobFault::Lost { applied: false }) = job.fault {
            job.state = State::Failed;
            job.error = Some("InternalServerError : the job could not be processed".into());
            return job;
        }
        match self.results_of(&job) {
            Ok(results) => {
                job.results = results;
                job.state = State::JobComplete;
            }
            Err(message) => {
                job.state = State::Failed;
                job.error = Some(message);
            }
        }
        if let Some(JobFault::EndsHalf { .. }) = job.fault {
            job.state = State::Failed;
            job.error = Some("InternalServerError : the job was retried too often".into());
        }
        job
    }

    /// The results of all rows that are worked on; `Err` where the file as a whole cannot be.
    fn results_of(&mut self, job: &Job) -> Result<Vec<Result<Done, RowError>>, String> {
        let schema = Arc::clone(&self.schema);
        let object = schema.find(&job.object).ok_or("InvalidJob : no such object")?;
        let definition = &schema.objects[object];
        let mut reader = csv::Reader::from_reader(job.upload.as_deref().unwrap_or_default().as_bytes());
        let header = reader.headers().map_err(|_| "InvalidBatch : the header cannot be read")?.clone();
        let place = |name: &str| definition.field(name).ok_or(format!("InvalidBatch : Field name not found : {name}"));
        let columns = header.iter().map(place).collect::<Result<Vec<_>, _>>()?;
        let rows = reader.records().collect::<Result<Vec<_>, _>>();
        let rows = rows.map_err(|_| "InvalidBatch : a row does not have as many cells as the header")?;
        let worked_on = match job.fault {
            Some(JobFault::EndsHalf { errored }) => rows.len().saturating_sub(errored),
            _ => rows.len(),
        };
        let key = job.key.as_deref().and_then(|key| definition.field(key));
        let mut seen = HashSet::new();
        let mut results = Vec::with_capacity(worked_on);
        for row in rows.iter().take(worked_on) {
            results.push(match (job.operation, key) {
                (Operation::Delete, _) => self.delete(row.get(0).unwrap_or_default()),
                (Operation::Upsert, None) => Err(RowError::new("MISSING_ARGUMENT", "the job has no external id")),
                (Operation::Upsert, Some(key)) => {
                    let cells: Vec<(usize, Json)> = columns
                        .iter()
                        .zip(row)
                        .filter_map(|(at, cell)| Some((*at, of_cell(&definition.fields[*at], cell)?)))
                        .collect();
                    let own = cells.iter().find(|(at, _)| *at == key);
                    let own = own.map(|(at, value)| folded(&definition.fields[*at], value));
                    if own.is_some_and(|own| !seen.insert(own)) {
                        let message = "Duplicate external id specified";
                        Err(RowError::on("DUPLICATE_VALUE", message, &definition.fields[key].name))
                    } else {
                        self.plan_upsert(object, key, &cells, false).map(|planned| self.apply(planned))
                    }
                }
            });
        }
        Ok(results)
    }
}
