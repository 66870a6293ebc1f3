//! The routes of Bulk API 2.0 ingest: open, upload once, close, look, load the results.

use axum::Extension;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{HeaderMap, StatusCode, header};
use serde_json::{Value as Json, json};

use super::answers::{Answer, Refusal, answer, changed, csv_file};
use super::collections::key_field;
use super::jobs::{Job, Operation, State as Stage};
use super::{Shared, results};
use crate::sandbox::lock;
use crate::vendor::Replayed;
use crate::{JobFault, Now};

/// Most bytes of an upload: 150 MB when encoded as base64 (documented), which is 100 MB and a little.
const BYTES: usize = 112_500_000;
/// The kind of ids that the delays of jobs follow from.
const DELAYS: u64 = 4;

/// `POST /services/data/vXX.0/jobs/ingest`.
pub(super) async fn create(
    State(shared): State<Shared>,
    Extension(Now(now)): Extension<Now>,
    fault: Option<Extension<JobFault>>,
    body: Bytes,
) -> Answer {
    let body: Json = serde_json::from_slice(&body)
        .map_err(|_| Refusal::bad("JSON_PARSER_ERROR", "Unexpected character in the request body"))?;
    let wanted = |name: &str, allowed: &[&str]| {
        let given = body[name].as_str();
        given.is_none_or(|given| allowed.contains(&given))
    };
    if !wanted("contentType", &["CSV"]) || !wanted("lineEnding", &["LF"]) || !wanted("columnDelimiter", &["COMMA"]) {
        return Err(Refusal::bad("INVALIDJOB", "the fake reads CSV with LF and COMMA only"));
    }
    let operation = match body["operation"].as_str() {
        Some("upsert") => Operation::Upsert,
        Some("delete") => Operation::Delete,
        _ => return Err(Refusal::bad("INVALIDJOB", "the fake knows the operations upsert and delete")),
    };
    let mut org = lock(&shared.org);
    org.advance(now);
    let object = body["object"].as_str().and_then(|name| org.schema.find(name));
    let Some(object) = object else { return Err(Refusal::bad("INVALIDENTITY", "the object is not known")) };
    let definition = &org.schema.objects[object];
    let key = match operation {
        Operation::Delete => None,
        Operation::Upsert => {
            let name = body["externalIdFieldName"].as_str().unwrap_or_default();
            Some(definition.fields[key_field(definition, name)?].name.clone())
        }
    };
    let object = definition.name.clone();
    org.jobs.last += 1;
    let number = org.jobs.last;
    let job = Job {
        number,
        object,
        operation,
        key,
        created: now,
        state: Stage::Open,
        fault: fault.map(|Extension(fault)| fault),
        applies: None,
        upload: None,
        results: Vec::new(),
        error: None,
    };
    let shown = job.to_json(now);
    org.jobs.put(number, job);
    Ok(changed(answer(StatusCode::OK, &shown)))
}

/// `PUT /services/data/vXX.0/jobs/ingest/{id}/batches`: once a job, 201 without a body (recorded).
pub(super) async fn upload(
    State(shared): State<Shared>,
    Path((_, id)): Path<(String, String)>,
    replayed: Option<Extension<Replayed>>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if replayed.is_none() && !kind.starts_with("text/csv") {
        return Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE", "text/csv is expected"));
    }
    if body.len() > BYTES {
        return Err(Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "CONTENT_TOO_LARGE", "the file is too large"));
    }
    let text = String::from_utf8(body.to_vec()).map_err(|_| Refusal::bad("INVALIDBATCH", "the file is not UTF-8"))?;
    let mut org = lock(&shared.org);
    let Some(job) = org.jobs.get_mut(&id) else { return Err(no_job()) };
    if job.state != Stage::Open || job.upload.is_some() {
        return Err(Refusal::bad("INVALIDJOBSTATE", "the job's data were uploaded already, or it is closed"));
    }
    job.upload = Some(text);
    Ok(changed(StatusCode::CREATED.into_response()))
}

/// `PATCH /services/data/vXX.0/jobs/ingest/{id}` with `{"state": "UploadComplete"}` or `"Aborted"`.
pub(super) async fn close(
    State(shared): State<Shared>,
    Extension(Now(now)): Extension<Now>,
    fault: Option<Extension<JobFault>>,
    Path((_, id)): Path<(String, String)>,
    body: Bytes,
) -> Answer {
    let body: Json = serde_json::from_slice(&body).unwrap_or_default();
    let mut org = lock(&shared.org);
    org.advance(now);
    let ids = org.ids;
    let Some(job) = org.jobs.get_mut(&id) else { return Err(no_job()) };
    match body["state"].as_str() {
        Some("UploadComplete") if job.state == Stage::Open => {
            if job.upload.is_none() {
                return Err(Refusal::bad("INVALIDJOBSTATE", "the job has no data"));
            }
            let jitter = u64::try_from(shared.options.job_jitter.as_millis()).unwrap_or(u64::MAX);
            let more = std::time::Duration::from_millis(ids.below(DELAYS, job.number, jitter));
            job.state = Stage::UploadComplete;
            job.applies = Some(now + shared.options.job_delay + more);
            job.fault = fault.map(|Extension(fault)| fault).or(job.fault);
        }
        Some("Aborted") if matches!(job.state, Stage::Open | Stage::UploadComplete) => job.state = Stage::Aborted,
        _ => return Err(Refusal::bad("INVALIDJOBSTATE", "the job cannot get into that state from where it is")),
    }
    let (shown, number) = (job.to_json(now), job.number);
    org.jobs.schedule(number);
    Ok(changed(answer(StatusCode::OK, &shown)))
}

/// `GET /services/data/vXX.0/jobs/ingest/{id}`.
pub(super) async fn look(
    State(shared): State<Shared>,
    Extension(Now(now)): Extension<Now>,
    Path((_, id)): Path<(String, String)>,
) -> Answer {
    job(&shared, now, &id, |job| answer(StatusCode::OK, &job.to_json(now)))
}

/// `DELETE /services/data/vXX.0/jobs/ingest/{id}`: of a job that is not being worked on.
pub(super) async fn forget(State(shared): State<Shared>, Path((_, id)): Path<(String, String)>) -> Answer {
    let mut org = lock(&shared.org);
    let Some(job) = org.jobs.get(&id) else { return Err(no_job()) };
    if job.state == Stage::UploadComplete {
        return Err(Refusal::bad("INVALIDJOBSTATE", "the job is being worked on"));
    }
    let number = job.number;
    org.jobs.all.remove(&number);
    Ok(changed(StatusCode::NO_CONTENT.into_response()))
}

/// `GET …/jobs/ingest/{id}/successfulResults`, `failedResults` and `unprocessedrecords`.
pub(super) async fn load(
    State(shared): State<Shared>,
    Extension(Now(now)): Extension<Now>,
    Path((_, id, file)): Path<(String, String, String)>,
) -> Answer {
    let ids = lock(&shared.org).ids;
    let write = match file.as_str() {
        "successfulResults" => results::successful,
        "failedResults" => results::failed,
        "unprocessedrecords" => results::unprocessed,
        _ => return Err(Refusal::not_found("The requested resource does not exist")),
    };
    job(&shared, now, &id, |job| csv_file(write(job, ids)))
}

fn job(shared: &Shared, now: DateTime<Utc>, id: &str, show: impl FnOnce(&Job) -> Response) -> Answer {
    let mut org = lock(&shared.org);
    org.advance(now);
    org.jobs.get(id).map(show).ok_or_else(no_job)
}

fn no_job() -> Refusal {
    Refusal::not_found("The requested resource does not exist")
}

/// `GET /services/data/vXX.0/limits` (recorded form).
pub(super) async fn limits(State(shared): State<Shared>, Extension(Now(now)): Extension<Now>) -> Response {
    let most = shared.options.api_calls_per_day;
    let used = lock(&shared.org).usage.used(now);
    let body = json!({
        "DailyApiRequests": { "Max": most, "Remaining": most.saturating_sub(used) },
        "DailyBulkApiBatches": { "Max": 15_000, "Remaining": 15_000 },
    });
    answer(StatusCode::OK, &body)
}
