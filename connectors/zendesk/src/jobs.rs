//! What jobs say at their end. Pure: a job's answer in, outcomes out.
//!
//! `completed` may hold failures (recorded). A failure is told by `error`, or by `success: false`; failures have no
//! `success` at all (recorded). Rows of users who were created have no index (recorded), although the OpenAPI file
//! promises one; so a row is placed by its index, else by its key, else by its position.

use std::collections::HashMap;
use std::sync::Arc;

use lapwing_contract::{JobRef, Outcome, Rejection};
use serde_json::Value as Json;

use crate::api::Job;
use crate::request::lower;
use crate::response::reason;

/// Separates the parts of a reference: job, number of records sent, places that were held back or sent without tags.
const SEPARATOR: char = '!';
/// Stands before the place of a record that was sent without its tags.
const UNTAGGED: char = 't';

/// What the ledger keeps of a job: enough to follow it in another process.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Reference {
    pub(crate) id: String,
    sent: usize,
    /// Places among the records that passed the check, of those that the look before the write held back.
    held: Vec<usize>,
    /// Places among the records that were sent, of those whose tags have to follow: see [`Reference::without_tags`].
    untagged: Vec<usize>,
}

impl Reference {
    pub(crate) fn new(id: String, sent: usize, held: Vec<usize>) -> Self {
        Self { id, sent, held, untagged: Vec::new() }
    }

    /// The same of a job in which the records at these places, among those that were sent, go without their tags. What
    /// the job says about them is not all of it.
    pub(crate) fn without_tags(self, untagged: Vec<usize>) -> Self {
        Self { untagged, ..self }
    }

    pub(crate) fn to_job(&self) -> JobRef {
        let untagged = self.untagged.iter().map(|place| format!("{UNTAGGED}{place}"));
        let places: Vec<String> = self.held.iter().map(usize::to_string).chain(untagged).collect();
        JobRef(Arc::from(format!("{}{SEPARATOR}{}{SEPARATOR}{}", self.id, self.sent, places.join(","))))
    }

    /// Reads a reference. Ids are the vendor's: they may hold anything, so it is read from its end.
    pub(crate) fn parse(job: &JobRef) -> Option<Self> {
        let (rest, places) = job.0.rsplit_once(SEPARATOR)?;
        let (id, sent) = rest.rsplit_once(SEPARATOR)?;
        let mut reference = Self::new(id.to_owned(), sent.parse().ok()?, Vec::new());
        for place in places.split(',').filter(|place| !place.is_empty()) {
            match place.strip_prefix(UNTAGGED) {
                Some(place) => reference.untagged.push(place.parse().ok()?),
                None => reference.held.push(place.parse().ok()?),
            }
        }
        Some(reference)
    }

    /// What a job that has ended means for the records that were sent, in their order: of one whose tags have to follow,
    /// nobody can say yet that it has everything, so it is sent once more.
    pub(crate) fn settled(&self, mut outcomes: Vec<Outcome>) -> Vec<Outcome> {
        for place in &self.untagged {
            if let Some(outcome) = outcomes.get_mut(*place).filter(|outcome| outcome.is_confirmed()) {
                *outcome = Outcome::Unknown;
            }
        }
        outcomes
    }

    /// The records that the job is about, of those that passed the check: a batch comes back whole, or with those alone
    /// that were left pending. None where it fits neither.
    pub(crate) fn sent(&self, checked: &[usize]) -> Option<Vec<usize>> {
        if checked.len() == self.sent {
            return Some(checked.to_vec());
        }
        let places = checked.iter().enumerate().filter(|(place, _)| !self.held.contains(place));
        let sent: Vec<usize> = places.map(|(_, index)| *index).collect();
        (sent.len() == self.sent && checked.len() == self.sent + self.held.len()).then_some(sent)
    }
}

/// How a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// It has not ended, or says something that the documentation does not know.
    Running,
    /// It has gone through all records.
    Completed,
    /// It ended before.
    Failed,
}

impl Job {
    pub(crate) fn stage(&self) -> Stage {
        match self.status.to_lowercase().as_str() {
            "completed" => Stage::Completed,
            // `killed` is seen in older documentation.
            "failed" | "killed" => Stage::Failed,
            _ => Stage::Running,
        }
    }

    /// The words about each row that failed, with the user's id where it is told.
    pub(crate) fn failures(&self) -> Vec<(Option<i64>, Rejection)> {
        let rows = self.results.as_array().map(Vec::as_slice).unwrap_or_default();
        rows.iter().filter_map(|row| Some((row["id"].as_i64(), failure(row)?))).collect()
    }

    /// Whether every record was done, as far as the job tells without naming any.
    pub(crate) fn is_whole(&self) -> bool {
        match &self.results {
            Json::Array(rows) => !rows.is_empty() && rows.iter().all(|row| failure(row).is_none()),
            results => results["success"] == Json::Bool(true),
        }
    }
}

/// The outcome of each record sent, when a job has ended. `keys` are the records' keys in lower case.
pub(crate) fn ended(job: &Job, keys: &[String], by_email: bool) -> Vec<Outcome> {
    let is_completed = job.stage() == Stage::Completed;
    let Some(rows) = job.results.as_array() else {
        let outcome = if is_completed && job.is_whole() { Outcome::Confirmed } else { unnamed(job, keys.len()) };
        return vec![outcome; keys.len()];
    };
    // Where the job says nothing about a record, nobody can say what became of it.
    let rest = if rows.is_empty() { unnamed(job, keys.len()) } else { Outcome::Unknown };
    let mut outcomes = vec![rest; keys.len()];
    let places: HashMap<&str, usize> = keys.iter().map(String::as_str).zip(0..).collect();
    let is_in_order = rows.len() == keys.len();
    for (position, row) in rows.iter().enumerate() {
        let named = || {
            let key = row[if by_email { "email" } else { "external_id" }].as_str()?;
            places.get(lower(key).as_str()).copied()
        };
        let index = row["index"].as_u64().map(|index| usize::try_from(index).unwrap_or(usize::MAX));
        let place = index.or_else(named).or(is_in_order.then_some(position));
        let Some(outcome) = place.and_then(|place| outcomes.get_mut(place)) else { continue };
        match failure(row) {
            Some(rejection) => *outcome = Outcome::Rejected(Box::new(rejection)),
            // A failure of the same record stays.
            None if matches!(outcome, Outcome::Rejected(_)) => {}
            None if row["status"] == "Created" => *outcome = Outcome::Created,
            None => *outcome = Outcome::Confirmed,
        }
    }
    outcomes
}

/// A job that failed without naming anybody: its only record is at fault, perhaps; of several, nobody can say which.
fn unnamed(job: &Job, records: usize) -> Outcome {
    if records != 1 {
        return Outcome::Unknown;
    }
    let words = if job.message.is_empty() { "the job failed without a reason" } else { &job.message };
    Outcome::Rejected(Box::new(Rejection::retryable("job_failed", words)))
}

/// Why a row failed, where it did.
fn failure(row: &Json) -> Option<Rejection> {
    let error = row.get("error").filter(|error| !error.is_null());
    if error.is_none() && row["success"] != Json::Bool(false) {
        return None;
    }
    let texts = [&row["details"], error.unwrap_or(&Json::Null), &row["status"]];
    let words = texts.into_iter().find_map(|text| text.as_str().filter(|text| !text.trim().is_empty()));
    let mut rejection = reason(words.unwrap_or("Zendesk refused the user and gave no reason"));
    if rejection.code == "record_refused"
        && let Some(code) = error.and_then(Json::as_str).filter(|code| code.len() <= 64 && !code.contains(' '))
    {
        code.clone_into(&mut rejection.code);
    }
    Some(rejection)
}

#[cfg(test)]
mod tests;
