//! A tiny vendor: records by key, with fields and lists, answered at once or by jobs of ten seconds.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Extension, Json, Router, middleware};
use chrono::{DateTime, TimeDelta, Utc};
use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::sandbox::lock;
use crate::{Changed, JobFault, Now, Vendor};

#[derive(Default, serde::Serialize)]
struct Shelf {
    fields: BTreeSet<String>,
    records: BTreeMap<String, Entry>,
    #[serde(skip)]
    jobs: Vec<Job>,
}

#[derive(Default, serde::Serialize)]
struct Entry {
    fields: BTreeMap<String, Value>,
    lists: BTreeSet<String>,
}

struct Job {
    due: DateTime<Utc>,
    fault: Option<JobFault>,
    work: Option<(Work, Value)>,
    results: Vec<Value>,
}

#[derive(Clone, Copy)]
enum Work {
    Put,
    Delete,
    Leave,
}

type Shared = Arc<Mutex<Shelf>>;

pub(super) struct ShelfVendor {
    jobs: bool,
    shelf: Shared,
}

impl ShelfVendor {
    pub(super) fn new(jobs: bool) -> Self {
        Self { jobs, shelf: Arc::default() }
    }
}

impl Shelf {
    fn advance(&mut self, now: DateTime<Utc>) {
        for at in 0..self.jobs.len() {
            let (due, fault) = (self.jobs[at].due, self.jobs[at].fault);
            let idle = matches!(fault, Some(JobFault::Stuck | JobFault::Fails | JobFault::Lost { applied: false }));
            if due <= now
                && !idle
                && let Some((work, rows)) = self.jobs[at].work.take()
            {
                let spoilt = if let Some(JobFault::EndsHalf { errored }) = fault { errored } else { 0 };
                let rows = rows.as_array().cloned().unwrap_or_default();
                let good = rows.len().saturating_sub(spoilt);
                self.jobs[at].results = rows
                    .iter()
                    .enumerate()
                    .map(
                        |(row, record)| {
                            if row < good { self.apply(work, record) } else { json!({ "error": "internal" }) }
                        },
                    )
                    .collect();
            }
        }
    }

    fn apply(&mut self, work: Work, record: &Value) -> Value {
        let key = record["key"].as_str().unwrap_or_default().to_owned();
        match work {
            Work::Put if key == "bad" || key.len() > 255 => return json!({ "error": "invalid_key" }),
            Work::Put => {
                let entry = self.records.entry(key).or_default();
                for (name, value) in record["fields"].as_object().into_iter().flatten() {
                    entry.fields.insert(name.clone(), value.clone());
                }
                for list in record["lists"].as_array().into_iter().flatten() {
                    entry.lists.extend(list.as_str().map(str::to_owned));
                }
            }
            Work::Delete => drop(self.records.remove(&key)),
            Work::Leave => {
                if let Some(entry) = self.records.get_mut(&key) {
                    entry.lists.clear();
                }
            }
        }
        json!({ "ok": true })
    }
}

impl Vendor for ShelfVendor {
    fn kind(&self) -> &'static str {
        "shelf"
    }

    fn router(&self) -> Router {
        let by_jobs = self.jobs;
        let write = move |work: Work| {
            async move |State(shared): State<Shared>,
                        Extension(Now(now)): Extension<Now>,
                        fault: Option<Extension<JobFault>>,
                        Json(rows): Json<Value>| {
                let mut account = lock(&shared);
                account.advance(now);
                let fault = fault.map(|Extension(fault)| fault);
                let wait = TimeDelta::seconds(if by_jobs { 10 } else { 0 });
                account.jobs.push(Job { due: now + wait, fault, work: Some((work, rows)), results: Vec::new() });
                let number = account.jobs.len() - 1;
                account.advance(now);
                let body = if by_jobs {
                    json!({ "job": number.to_string() })
                } else {
                    json!({ "results": account.jobs[number].results })
                };
                (Extension(Changed), Json(body)).into_response()
            }
        };
        Router::new()
            .route("/fields", get(async |State(shelf): State<Shared>| Json(json!(lock(&shelf).fields))).post(create))
            .route("/records", put(write(Work::Put)).delete(write(Work::Delete)))
            .route("/members", axum::routing::delete(write(Work::Leave)))
            .route("/read", post(read))
            .route("/jobs/{id}", get(job))
            .layer(middleware::from_fn(authenticate))
            .with_state(Arc::clone(&self.shelf))
    }

    fn summary(&self, _now: DateTime<Utc>) -> String {
        format!("{} records", lock(&self.shelf).records.len())
    }

    fn state(&self, now: DateTime<Utc>, _limit: usize) -> Value {
        let mut all = lock(&self.shelf);
        all.advance(now);
        json!(*all)
    }

    fn save(&self, _now: DateTime<Utc>, _out: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }

    fn load(&self, _line: &str) -> Result<(), String> {
        Ok(())
    }

    fn reset(&self) {
        *lock(&self.shelf) = Shelf::default();
    }
}

async fn authenticate(request: Request, next: middleware::Next) -> Response {
    let key = request.headers().get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let reads = *request.method() == Method::GET || request.uri().path() == "/read";
    match key {
        "Bearer full" => next.run(request).await,
        "Bearer read" if reads => next.run(request).await,
        "Bearer read" => StatusCode::FORBIDDEN.into_response(),
        _ => StatusCode::UNAUTHORIZED.into_response(),
    }
}

async fn create(State(shelf): State<Shared>, Json(name): Json<String>) -> StatusCode {
    lock(&shelf).fields.insert(name);
    StatusCode::CREATED
}

async fn read(
    State(shelf): State<Shared>,
    Extension(Now(now)): Extension<Now>,
    Json(keys): Json<Vec<String>>,
) -> Json<Value> {
    let mut shelf = lock(&shelf);
    shelf.advance(now);
    Json(keys.iter().map(|key| json!(shelf.records.get(key).map(|entry| &entry.fields))).collect())
}

async fn job(State(shelf): State<Shared>, Extension(Now(now)): Extension<Now>, Path(id): Path<usize>) -> Response {
    let mut shelf = lock(&shelf);
    shelf.advance(now);
    let Some(job) = shelf.jobs.get(id).filter(|job| !matches!(job.fault, Some(JobFault::Lost { .. }))) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let status = match job.fault {
        Some(JobFault::Stuck) => "pending",
        _ if job.due > now => "pending",
        Some(JobFault::Fails) => "failed",
        _ => "done",
    };
    Json(json!({ "status": status, "results": job.results })).into_response()
}
