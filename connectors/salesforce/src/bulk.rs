//! Bulk API 2.0: a batch as a file, its job, and what became of it.
//!
//! A job that was opened and not closed does nothing, ever. So opening may be repeated, and whatever goes wrong before
//! the job is closed leaves no record in doubt: the job is aborted, and the batch may be sent again. Whether a job was
//! closed can stay unclear; then it is followed like one that was.

use lapwing_contract::{Batch, DestinationError, ErrorKind, JobRef, Outcome, Receipt, Rejection, WriteError};
use lapwing_http::{ApiRequest, ApiResponse};
use serde_json::{Value as Json, json};

use crate::api::Job;
use crate::encode::folded;
use crate::org::{Org, refused};
use crate::refusals::of_cell;
use crate::request::{is_numeric_key, sort_with};
use crate::response::{gone, named_field};
use crate::results::{self, BadFile, Files};
use crate::{file, lookup};

/// Largest upload: 150 MB when Salesforce has encoded it as base64 (documented), so 100 MB raw.
pub(crate) const MAX_BYTES: usize = 100_000_000;
/// Calls that start a job: open, upload, close.
const CALLS_TO_START: u64 = 3;

/// Where a job stands.
enum Stage {
    Running,
    /// Nobody closed it.
    Open,
    /// It has ended, and said this about it.
    Ended(String),
    /// Salesforce does not know it (any more: data are kept for 7 days, documented).
    Lost,
}

/// Sends an upsert as a job.
pub(crate) async fn upsert(org: &Org, batch: &Batch) -> Result<Receipt, WriteError> {
    let sorted = sort_with(batch, file::flaw);
    if sorted.sent.is_empty() {
        return Ok(Receipt { outcomes: sorted.outcomes([]) });
    }
    let upload = file::upserts(batch, &sorted)?;
    if upload.len() > MAX_BYTES {
        let message = format!("the file of the batch has {} bytes, and a job takes {MAX_BYTES}", upload.len());
        return Err(WriteError::Refused {
            named: Vec::new(),
            reason: Box::new(Rejection::permanent("request_too_large", message)),
        });
    }
    let target = &batch.target;
    let opening = json!({
        "object": target.target.object, "operation": "upsert", "externalIdFieldName": target.key.id,
        "contentType": "CSV", "lineEnding": "LF", "columnDelimiter": "COMMA",
    });
    let job = submit(org, &opening, upload).await?;
    Ok(Receipt { outcomes: sorted.outcomes(sorted.sent.iter().map(|_| Outcome::Pending(job.clone()))) })
}

/// Opens a job, uploads its file and closes it.
pub(crate) async fn submit(org: &Org, opening: &Json, upload: Vec<u8>) -> Result<JobRef, DestinationError> {
    org.has_room_for(CALLS_TO_START)?;
    // Opened twice, the first one stays empty and does nothing.
    let request = ApiRequest::post(&org.path("jobs/ingest")).json(opening).idempotent(true);
    let job: Job = org.send(request).await?.json()?;
    if let Err(error) = fill(org, &job.id, upload).await {
        abort(org, &job.id).await;
        return Err(error);
    }
    close(org, &job.id).await?;
    Ok(JobRef(job.id.into()))
}

/// Uploads once. A repetition after a lost answer is refused where the first try arrived; then the job is given up.
async fn fill(org: &Org, id: &str, upload: Vec<u8>) -> Result<(), DestinationError> {
    let request =
        ApiRequest::put(&org.path("jobs/ingest")).id(id).then("batches").body("text/csv", upload).idempotent(true);
    let answer = org.ask(request).await?;
    if answer.is_success() {
        return Ok(());
    }
    if answer.attempts > 1 && answer.status.is_client_error() {
        let message = "the answer to the upload was lost, and its repetition refused; the job was given up";
        return Err(answer.error(ErrorKind::Unavailable, message));
    }
    Err(refused(&answer))
}

/// Closes a job, so that Salesforce works on it. `Ok` where it may have been closed: following it tells.
async fn close(org: &Org, id: &str) -> Result<(), DestinationError> {
    let request =
        ApiRequest::patch(&org.path("jobs/ingest")).id(id).json(&json!({ "state": "UploadComplete" })).idempotent(true);
    let answer = match org.ask(request).await {
        Ok(answer) => answer,
        Err(error) if error.kind == ErrorKind::Unavailable => return Ok(()),
        Err(error) => {
            abort(org, id).await;
            return Err(error);
        }
    };
    // A repetition of what was done is refused.
    if answer.attempts > 1 && answer.status == 400 {
        return Ok(());
    }
    if answer.is_success() && answer.json::<Job>().is_ok() {
        return Ok(());
    }
    abort(org, id).await;
    Err(if answer.is_success() { not_a_job(&answer) } else { refused(&answer) })
}

fn not_a_job(answer: &ApiResponse) -> DestinationError {
    answer.json::<Job>().err().unwrap_or_else(|| answer.error(ErrorKind::Protocol, "the answer is no job"))
}

/// Gives a job up, so that it does not stay open. It does nothing in any case.
async fn abort(org: &Org, id: &str) -> bool {
    let request =
        ApiRequest::patch(&org.path("jobs/ingest")).id(id).json(&json!({ "state": "Aborted" })).idempotent(true);
    org.try_to(request).await
}

async fn stage(org: &Org, id: &str) -> Result<Stage, DestinationError> {
    let answer = org.ask(ApiRequest::get(&org.path("jobs/ingest")).id(id)).await?;
    if answer.status == 404 {
        return Ok(Stage::Lost);
    }
    if !answer.is_success() {
        return Err(refused(&answer));
    }
    let job: Job = answer.json()?;
    Ok(match job.state.as_str() {
        "Open" => Stage::Open,
        "JobComplete" | "Failed" | "Aborted" => Stage::Ended(job.error),
        // A state that is not known has not ended; the deadline of the delivery floor ends it.
        _ => Stage::Running,
    })
}

/// Looks once at the job of an upsert.
pub(crate) async fn follow(
    org: &Org,
    job: &JobRef,
    batch: &Batch,
    allow_duplicates: bool,
) -> Result<Receipt, DestinationError> {
    let sorted = sort_with(batch, file::flaw);
    let all = |outcome: Outcome| Receipt { outcomes: sorted.outcomes(sorted.sent.iter().map(|_| outcome.clone())) };
    let error = match ended(org, job).await? {
        Ok(error) => error,
        Err(outcome) => return Ok(all(outcome)),
    };
    // A column that is not there fails the whole job (`InvalidBatch : Field name not found : X`, *unverified*), and would
    // fail the next one.
    if let Some(field) = named_field(&error, &batch.target).filter(|_| error.starts_with("InvalidBatch")) {
        return Err(DestinationError::new(ErrorKind::NotFound, "following a job", gone(field)));
    }
    let (key, is_number) = (&batch.target.key.id, is_numeric_key(&batch.target));
    let files = load(org, &job.0, true).await?;
    let mut told = results::outcomes(&files, key, is_number, &error).map_err(unreadable)?;
    let mut of_record = |index: &usize| {
        let key = batch.records.get(*index).map(|record| folded(&record.key.to_text(), is_number));
        let outcome = key.and_then(|key| told.remove(&key)).unwrap_or(Outcome::Unknown);
        if allow_duplicates { allowed(outcome) } else { outcome }
    };
    let outcomes: Vec<Outcome> = sorted.sent.iter().map(&mut of_record).collect();
    Ok(Receipt { outcomes: sorted.outcomes(outcomes) })
}

/// A job has no way to save a record although a duplicate rule alerts; a small request has one.
fn allowed(outcome: Outcome) -> Outcome {
    match outcome {
        Outcome::Rejected(mut rejection) if rejection.code == "DUPLICATES_DETECTED" => {
            rejection.retryable = true;
            Outcome::Rejected(rejection)
        }
        other => other,
    }
}

/// What an ended job says about its end; `Err` is the outcome of every record of one that has not ended.
async fn ended(org: &Org, job: &JobRef) -> Result<Result<String, Outcome>, DestinationError> {
    Ok(match stage(org, &job.0).await? {
        Stage::Running => Err(Outcome::Pending(job.clone())),
        Stage::Lost => Err(Outcome::Unknown),
        Stage::Open => {
            // Nobody closed it, and nobody will: once it is aborted, its records can be sent again without a rival.
            if !abort(org, &job.0).await {
                let message = "a job that was never closed cannot be aborted; its records are sent again later";
                return Err(DestinationError::new(ErrorKind::Unavailable, "aborting a job", message));
            }
            Err(Outcome::Unknown)
        }
        Stage::Ended(error) => Ok(error),
    })
}

async fn load(org: &Org, id: &str, all: bool) -> Result<Files, DestinationError> {
    let get = async |name: &str| {
        let request = ApiRequest::get(&org.path("jobs/ingest")).id(id).then(name);
        org.send(request).await.map(|answer| answer.body)
    };
    let failed = get("failedResults").await?;
    if !all {
        return Ok(Files { failed, ..Files::default() });
    }
    Ok(Files { failed, successful: get("successfulResults").await?, unprocessed: get("unprocessedrecords").await? })
}

fn unreadable(error: BadFile) -> DestinationError {
    DestinationError::new(ErrorKind::Protocol, "reading the results of a job", error.to_string())
}

/// Looks once at the job of a deletion. Its files name ids, which nobody remembers after a crash, so the keys are looked
/// up once more: who is not found is gone.
pub(crate) async fn follow_deletion(org: &Org, job: &JobRef, batch: &Batch) -> Result<Receipt, DestinationError> {
    let error = match ended(org, job).await? {
        Ok(error) => error,
        Err(outcome) => return Ok(Receipt::all(&outcome, batch.records.len())),
    };
    let found = lookup::ids(org, batch).await?;
    let mut told = std::collections::HashMap::new();
    if found.iter().any(|ids| !ids.is_empty()) {
        let failed = load(org, &job.0, false).await?.failed;
        results::each_failure(&failed, "Id", |id, error| drop(told.insert(id.to_owned(), of_cell(error))))
            .map_err(unreadable)?;
    }
    let outcome = |ids: &Vec<String>| match ids.first() {
        None => Outcome::Confirmed,
        Some(id) => {
            let message = format!("the job ended before it came to this record: {error}");
            let open = || Rejection::retryable("UNPROCESSED", message.clone());
            Outcome::Rejected(Box::new(told.get(id).cloned().unwrap_or_else(open)))
        }
    };
    Ok(Receipt { outcomes: found.iter().map(outcome).collect() })
}
