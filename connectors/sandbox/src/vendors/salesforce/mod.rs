//! Salesforce's REST API, as recordings, documentation pages and production clients know it.
//!
//! Here: the token endpoint with three grants, sessions that end, `describe`, sObject Collections (upsert by external
//! id, delete), Bulk API 2.0 ingest (upsert, delete), queries of one object, the limit of API calls a day.
//! Not here: single-record routes, inserts, other queries, Apex, Bulk queries; their routes answer 404 or 405.
//!
//! | file | holds |
//! |---|---|
//! | `sessions`, `jwt`, `gate`, `limits`, `answers` | signing in, sessions, the limit of the day, the forms of errors |
//! | `schema`, `standard`, `values`, `ids` | objects, fields, what they take, record ids |
//! | `org`, `rows` | the records, and what becomes of one row of a write |
//! | `collections` | up to 200 records a request |
//! | `jobs`, `work`, `ingest`, `results` | jobs, when and how they are worked on, their routes and files |
//! | `soql`, `query` | queries |
//! | `options` | how orgs differ |

mod answers;
mod collections;
mod gate;
mod ids;
mod ingest;
mod jobs;
mod jwt;
mod limits;
mod options;
mod org;
mod query;
mod results;
mod rows;
mod schema;
mod sessions;
mod soql;
mod standard;
#[cfg(test)]
mod tests;
mod values;
mod work;

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use axum::extract::{DefaultBodyLimit, Path, State};
use axum::response::Response;
use axum::routing::{get, patch, post, put};
use axum::{Extension, Router, middleware};
use chrono::{DateTime, Utc};
use http::StatusCode;
use serde_json::{Value as Json, json};

use answers::{Answer, Refusal, answer};
use gate::MayWrite;
pub use options::{Client, Options};
use org::Org;
use query::Cursors;
use schema::Schema;
pub use schema::{FieldDef, Kind, ObjectDef};
use sessions::Sessions;

use super::counted;
use crate::Vendor;
use crate::sandbox::lock;

/// The connector's name for the vendor.
pub const KIND: &str = "salesforce";

/// A fake Salesforce org.
pub struct Salesforce {
    shared: Shared,
}

/// What the routes share.
type Shared = Arc<Inner>;

struct Inner {
    seed: u64,
    options: Options,
    schema: Arc<Schema>,
    org: Mutex<Org>,
    sessions: Mutex<Sessions>,
    cursors: Mutex<Cursors>,
}

impl Salesforce {
    /// An org without records. The same seed gives the same ids.
    pub fn new(seed: u64, options: Options) -> Self {
        let schema = Arc::new(Schema::new(standard::objects().into_iter().chain(options.objects.clone()).collect()));
        let org = Mutex::new(Org::new(seed, Arc::clone(&schema), options.locked_rows));
        let (sessions, cursors) = (Mutex::default(), Mutex::default());
        Self { shared: Arc::new(Inner { seed, options, schema, org, sessions, cursors }) }
    }
}

impl Vendor for Salesforce {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn router(&self) -> Router {
        let api = Router::new()
            .route("/services/data/{version}/limits", get(ingest::limits))
            .route("/services/data/{version}/sobjects/{object}/describe", get(describe))
            .route("/services/data/{version}/composite/sobjects", axum::routing::delete(collections::delete))
            .route("/services/data/{version}/composite/sobjects/{object}/{field}", patch(collections::upsert))
            .route("/services/data/{version}/query", get(query::query))
            .route("/services/data/{version}/query/{locator}", get(query::more))
            .route("/services/data/{version}/jobs/ingest", post(ingest::create))
            .route(
                "/services/data/{version}/jobs/ingest/{id}",
                get(ingest::look).patch(ingest::close).delete(ingest::forget),
            )
            .route("/services/data/{version}/jobs/ingest/{id}/batches", put(ingest::upload))
            .route("/services/data/{version}/jobs/ingest/{id}/{file}", get(ingest::load))
            .fallback(async || Refusal::not_found("The requested resource does not exist"))
            .method_not_allowed_fallback(async || {
                let message = "HTTP Method is not allowed for this resource";
                Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", message)
            })
            .layer(middleware::from_fn_with_state(Arc::clone(&self.shared), gate::gate));
        Router::new()
            .route("/services/oauth2/token", post(sessions::token))
            .route("/services/data", get(versions))
            .fallback_service(api.layer(DefaultBodyLimit::disable()).with_state(Arc::clone(&self.shared)))
            .with_state(Arc::clone(&self.shared))
    }

    fn takes_credentials(&self, path: &str) -> bool {
        path.ends_with("/services/oauth2/token")
    }

    fn summary(&self, now: DateTime<Utc>) -> String {
        let mut org = lock(&self.shared.org);
        org.advance(now);
        let counts = org.schema.objects.iter().zip(&org.tables).filter(|(_, table)| !table.rows.is_empty());
        let mut parts: Vec<String> =
            counts.map(|(object, table)| format!("{} {}", table.rows.len(), object.name)).collect();
        if parts.is_empty() {
            parts.push("no records".into());
        }
        let running = org.jobs.pending();
        if running > 0 {
            parts.push(format!("{} running", counted(running, "job")));
        }
        parts.join(", ")
    }

    fn state(&self, now: DateTime<Utc>, limit: usize) -> Json {
        let mut org = lock(&self.shared.org);
        org.advance(now);
        org.state(now, limit)
    }

    fn save(&self, now: DateTime<Utc>, out: &mut dyn Write) -> io::Result<()> {
        let mut org = lock(&self.shared.org);
        org.advance(now);
        org.save(out)
    }

    fn load(&self, line: &str) -> Result<(), String> {
        lock(&self.shared.org).load(line)
    }

    fn reset(&self) {
        let Inner { seed, schema, options, .. } = &*self.shared;
        *lock(&self.shared.org) = Org::new(*seed, Arc::clone(schema), options.locked_rows);
        lock(&self.shared.sessions).end_all();
    }
}

/// `GET /services/data`: without a session, and not counted.
async fn versions() -> Response {
    let version = |number: u32| json!({ "label": format!("v{number}"), "url": format!("/services/data/v{number}.0"), "version": format!("{number}.0") });
    answer(StatusCode::OK, &(66..=67).map(version).collect())
}

/// `GET /services/data/vXX.0/sobjects/{object}/describe`.
async fn describe(
    State(shared): State<Shared>,
    Extension(MayWrite(may_write)): Extension<MayWrite>,
    Path((_, object)): Path<(String, String)>,
) -> Answer {
    let at = shared.schema.find(&object).ok_or(Refusal::not_found("The requested resource does not exist"))?;
    Ok(answer(StatusCode::OK, &shared.schema.objects[at].describe(may_write)))
}
