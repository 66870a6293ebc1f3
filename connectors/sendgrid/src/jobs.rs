//! What jobs say at their end. Pure: statuses and error files in, outcomes out.
//!
//! A job can say `pending` although its counts are complete (recorded), and created plus updated need not add up to
//! requested; so only the status ends it. The error file's form is not documented: the address
//! is read from the column `email` of a CSV or a JSON document, and where there is none, from any column.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use lapwing_contract::{JobRef, Outcome, Rejection};
use serde_json::Value as Json;

use crate::api::{Accepted, Job};

/// Separates the ids of several jobs, one per list, in one text that the ledger keeps.
const SEPARATOR: char = ',';
/// Stands before the second, since 1970, at which the last of them was submitted. Older ledgers hold references
/// without it.
const SUBMITTED: char = '@';
/// Stands beside the ids where the look-up before a removal did not find all that was to be removed.
const NOT_FOUND: &str = "not-found";
/// So long after a write, its contact is surely found: twice the recorded 30 s.
const SEARCH_LAG: TimeDelta = TimeDelta::minutes(1);
/// So long after its submission, a job that is not found may still turn up. *Unverified*: how long that takes.
const SETTLING: TimeDelta = TimeDelta::minutes(2);

/// One reference for all jobs of a batch, the last of them submitted now.
pub(crate) fn job_ref(jobs: &[Accepted], now: DateTime<Utc>) -> JobRef {
    let ids: Vec<&str> = jobs.iter().map(|job| job.job_id.as_str()).collect();
    reference(&ids, now)
}

/// The same for a removal that did not find all of its contacts; there may be no job at all.
pub(crate) fn removal_ref(jobs: &[Accepted], all_found: bool, now: DateTime<Utc>) -> JobRef {
    let mut jobs: Vec<&str> = jobs.iter().map(|job| job.job_id.as_str()).collect();
    if !all_found {
        jobs.push(NOT_FOUND);
    }
    reference(&jobs, now)
}

fn reference(ids: &[&str], now: DateTime<Utc>) -> JobRef {
    let ids = ids.join(&SEPARATOR.to_string());
    JobRef(Arc::from(format!("{ids}{SUBMITTED}{}", now.timestamp())))
}

/// The ids in a reference, and when the last job was submitted.
fn parts(job: &JobRef) -> (&str, Option<DateTime<Utc>>) {
    let dated = job
        .0
        .rsplit_once(SUBMITTED)
        .and_then(|(ids, at)| Some((ids, DateTime::from_timestamp_secs(at.parse().ok()?)?)));
    dated.map_or((&*job.0, None), |(ids, at)| (ids, Some(at)))
}

/// The ids in a reference.
pub(crate) fn ids(job: &JobRef) -> impl Iterator<Item = &str> {
    names(job).filter(|name| *name != NOT_FOUND)
}

fn names(job: &JobRef) -> impl Iterator<Item = &str> {
    parts(job).0.split(SEPARATOR).map(str::trim).filter(|name| !name.is_empty())
}

/// Whether some contact of a removal was not found at its beginning.
pub(crate) fn is_to_be_looked_up_again(job: &JobRef) -> bool {
    names(job).any(|name| name == NOT_FOUND)
}

/// Whether what was written before the removal may still be missing from look-ups.
pub(crate) fn is_search_behind(job: &JobRef, now: DateTime<Utc>) -> bool {
    parts(job).1.is_some_and(|at| (now - at).abs() < SEARCH_LAG)
}

/// Whether the jobs were submitted so recently that SendGrid may not know them yet. A submission that lies far in the
/// future is none that a clock can tell anything about.
pub(crate) fn is_settling(job: &JobRef, now: DateTime<Utc>) -> bool {
    parts(job).1.is_some_and(|at| (now - at).abs() < SETTLING)
}

/// How a job stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Stage {
    /// It has not ended, is not known yet, or says something that the documentation does not know.
    Running,
    /// Everything was done.
    Completed,
    /// Some or all records were dropped.
    Ended {
        /// How many, where it tells.
        errored: Option<usize>,
        /// Where to read which.
        errors_url: Option<String>,
        /// None of it may have been done, perhaps through no fault of the records.
        failed: bool,
    },
    /// SendGrid does not know the job, and should by now.
    Lost,
}

impl Stage {
    /// Reads the vendor's status.
    pub(crate) fn of(job: Job) -> Self {
        let failed = job.status.eq_ignore_ascii_case("failed");
        let errored = job.results.errored_count;
        if failed || job.status.eq_ignore_ascii_case("errored") {
            return Self::Ended { errored, errors_url: job.results.errors_url, failed };
        }
        match (job.status.eq_ignore_ascii_case("completed"), errored) {
            (false, _) => Self::Running,
            (true, None | Some(0)) => Self::Completed,
            (true, Some(_)) => Self::Ended { errored, errors_url: job.results.errors_url, failed },
        }
    }
}

/// The outcome of each record sent, when a job ended with errors. `keys` are the records' addresses in lower case,
/// `file` is the error file where it could be read.
///
/// Records that the file names are rejected. The others are confirmed only where the file accounts for every error;
/// else nobody can say, and the delivery floor sends them again in smaller batches. So it does with all of them where
/// a row of the file leaves open whom it means.
pub(crate) fn ended(keys: &[String], errored: Option<usize>, failed: bool, file: Option<&[u8]>) -> Vec<Outcome> {
    let named = file.and_then(|file| culprits(file, keys)).unwrap_or_default();
    if let [_] = keys {
        let reason = named.into_values().next();
        return vec![Outcome::Rejected(Box::new(only_record(reason, failed)))];
    }
    let accounted = !failed && !named.is_empty() && errored == Some(named.len());
    let rest = if accounted { Outcome::Confirmed } else { Outcome::Unknown };
    // A file that names more than the job has errors is not a list of errors.
    if errored.is_some_and(|errored| named.len() > errored) {
        return vec![Outcome::Unknown; keys.len()];
    }
    let outcome = |index| named.get(&index).map_or_else(|| rest.clone(), |words| rejected(words));
    (0..keys.len()).map(outcome).collect()
}

fn rejected(words: &str) -> Outcome {
    Outcome::Rejected(Box::new(dropped(words)))
}

fn only_record(words: Option<String>, failed: bool) -> Rejection {
    let words = words.unwrap_or_else(|| "SendGrid dropped the contact and gave no reason".to_owned());
    // A job that failed as a whole may have done so for reasons of the vendor's own.
    if failed { Rejection::retryable("job_failed", words) } else { dropped(&words) }
}

/// A contact that a job dropped: for its own sake, or because SendGrid had trouble of its own, which passes.
/// *Unverified* in which words: the form of the error file is not documented.
fn dropped(words: &str) -> Rejection {
    let lower = words.to_lowercase();
    let passes = ["internal", "timeout", "timed out", "try again", "unavailable"];
    if passes.iter().any(|part| lower.contains(part)) {
        Rejection::retryable("vendor_busy", words)
    } else {
        Rejection::permanent("dropped_by_job", words)
    }
}

/// The records that an error file names: index in `keys`, and the reason. None where a row names no record, or leaves
/// open which: then the file is about something else than it seems, and nobody is blamed.
fn culprits(file: &[u8], keys: &[String]) -> Option<BTreeMap<usize, String>> {
    let places: HashMap<&str, usize> = keys.iter().map(String::as_str).zip(0..).collect();
    let mut found = BTreeMap::new();
    for row in rows(file) {
        // A row whose error column is empty is one that went well, and one without any text says nothing.
        if row.reason.as_deref() == Some("") || row.cells.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        let place = row.names(&places)?;
        let reason = row.reason.unwrap_or_else(|| "SendGrid dropped the contact; see its import errors".into());
        found.entry(place).or_insert(reason);
    }
    Some(found)
}

/// One row of an error file, whatever its form.
struct Row {
    cells: Vec<String>,
    /// What the columns called `email` hold; none where there is no such column.
    emails: Option<Vec<String>>,
    /// The text of the column that is called after an error, where there is one.
    reason: Option<String>,
}

impl Row {
    /// The one record that the row is about. Other columns may name other contacts of the batch: an alternate address
    /// of one is the key of another.
    fn names(&self, places: &HashMap<&str, usize>) -> Option<usize> {
        let cells = self.emails.as_ref().unwrap_or(&self.cells).iter();
        let mut named = cells.filter_map(|cell| places.get(cell.trim().to_lowercase().as_str()).copied());
        let first = named.next()?;
        named.all(|other| other == first).then_some(first)
    }
}

fn rows(file: &[u8]) -> Vec<Row> {
    let text = String::from_utf8_lossy(file);
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.starts_with(['{', '[']) {
        let documents = serde_json::Deserializer::from_str(text).into_iter::<Json>();
        let mut rows = Vec::new();
        documents.map_while(Result::ok).for_each(|document| json_rows(&document, &mut rows));
        return rows;
    }
    csv_rows(text)
}

/// Every object that holds texts is a row; texts of nested objects belong to the outer row too, for a record may be
/// wrapped beside its error.
fn json_rows(value: &Json, rows: &mut Vec<Row>) {
    match value {
        Json::Array(items) => items.iter().for_each(|item| json_rows(item, rows)),
        Json::Object(object) => {
            if let Some(items) =
                object.values().find(|value| value.as_array().is_some_and(|a| a.iter().any(Json::is_object)))
            {
                return json_rows(items, rows);
            }
            let mut cells = Vec::new();
            texts(value, &mut cells);
            let reason = object.iter().find(|(name, _)| is_reason(name)).map(|(_, value)| {
                let mut words = Vec::new();
                texts(value, &mut words);
                words.join("; ")
            });
            let mut emails = None;
            emails_in(value, &mut emails);
            rows.push(Row { cells, emails, reason });
        }
        _ => {}
    }
}

fn texts(value: &Json, into: &mut Vec<String>) {
    match value {
        Json::String(text) => into.push(text.clone()),
        Json::Array(items) => items.iter().for_each(|item| texts(item, into)),
        Json::Object(object) => object.values().for_each(|value| texts(value, into)),
        Json::Null | Json::Bool(_) | Json::Number(_) => {}
    }
}

/// What stands under the name `email`, at any depth. An empty one is there too: it names nobody.
fn emails_in(value: &Json, into: &mut Option<Vec<String>>) {
    let Json::Object(object) = value else { return };
    for (name, value) in object {
        if is_email_column(name) {
            texts(value, into.get_or_insert_default());
        } else {
            emails_in(value, into);
        }
    }
}

fn csv_rows(text: &str) -> Vec<Row> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut records = reader.records().map_while(Result::ok).peekable();
    // No address stands in a header.
    let header = records.next_if(|first| !first.iter().any(|cell| cell.contains('@'))).unwrap_or_default();
    let reason_at = header.iter().position(is_reason);
    let emails_at: Vec<usize> =
        (0..).zip(&header).filter(|(_, name)| is_email_column(name)).map(|(at, _)| at).collect();
    let row = |record: csv::StringRecord| Row {
        reason: reason_at.and_then(|at| record.get(at)).map(|words| words.trim().to_owned()),
        emails: (!emails_at.is_empty())
            .then(|| emails_at.iter().filter_map(|at| record.get(*at)).map(str::to_owned).collect()),
        cells: record.iter().map(str::to_owned).collect(),
    };
    records.map(row).collect()
}

fn is_email_column(name: &str) -> bool {
    name.trim().eq_ignore_ascii_case("email")
}

fn is_reason(name: &str) -> bool {
    let name = name.to_lowercase();
    ["error", "message", "reason"].iter().any(|word| name.contains(word))
}

#[cfg(test)]
mod tests;
