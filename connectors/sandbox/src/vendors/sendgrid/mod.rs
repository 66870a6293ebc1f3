//! SendGrid Marketing Contacts, as its OpenAPI files, recordings and issue threads know it.
//!
//! Here: scopes, field definitions, contacts (upsert, delete, look-ups, count), their jobs and error files, lists.
//! Not here: CSV imports and exports, queries in SGQL, suppressions; their routes answer 404 or 405.
//!
//! | file | holds |
//! |---|---|
//! | `gate`, `limits`, `answers` | keys, scopes, rate limits, the error envelope |
//! | `fields`, `lists`, `contacts` | what an account consists of |
//! | `changes`, `values`, `writes` | what a write is made of, what refuses it |
//! | `jobs`, `apply` | when and how a write is applied |
//! | `reads` | look-ups, job status, the file of errors |
//! | `account`, `options` | the state as a whole and as lines, and how accounts differ |

mod account;
mod answers;
mod apply;
mod changes;
mod contacts;
mod fields;
mod gate;
mod jobs;
mod limits;
mod lists;
mod options;
mod query;
mod reads;
#[cfg(test)]
mod tests;
mod values;
mod writes;

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use axum::extract::DefaultBodyLimit;
use axum::routing::{delete, get, patch, post};
use axum::{Router, middleware};
use chrono::{DateTime, Utc};
use http::StatusCode;
use serde_json::Value as Json;

use account::Account;
use answers::Refusal;
use lists::Lists;
pub use options::{ApiKey, Options, SCOPES};

use super::counted;
use crate::Vendor;
use crate::sandbox::lock;

/// The connector's name for the vendor.
pub const KIND: &str = "sendgrid";

/// The base of links in answers.
const BASE: &str = "https://api.sendgrid.com/v3";

/// A fake SendGrid account.
pub struct SendGrid {
    seed: u64,
    shared: Shared,
}

/// What the routes share.
type Shared = Arc<Inner>;

struct Inner {
    options: Options,
    account: Mutex<Account>,
}

impl SendGrid {
    /// An empty account. The same seed gives the same ids.
    pub fn new(seed: u64, options: Options) -> Self {
        Self { seed, shared: Arc::new(Inner { options, account: Mutex::new(Account::new(seed)) }) }
    }
}

impl Vendor for SendGrid {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn router(&self) -> Router {
        let api = Router::new()
            .route("/v3/scopes", get(reads::scopes))
            .route("/v3/marketing/field_definitions", get(fields::list).post(fields::create))
            .route("/v3/marketing/field_definitions/{id}", patch(fields::rename).delete(fields::delete))
            .route("/v3/marketing/contacts", get(reads::sample).put(writes::upsert).delete(writes::delete))
            .route("/v3/marketing/contacts/count", get(reads::count))
            .route("/v3/marketing/contacts/batch", post(reads::batch))
            .route("/v3/marketing/contacts/search/emails", post(reads::search_emails))
            .route("/v3/marketing/contacts/search/identifiers/{kind}", post(reads::search_identifiers))
            .route("/v3/marketing/contacts/imports/{id}", get(reads::job))
            .route("/v3/marketing/contacts/{id}", get(reads::by_id))
            .route("/v3/marketing/contacts/{id}/identifiers", delete(writes::delete_identifier))
            .route("/v3/marketing/lists", get(lists::list).post(lists::create))
            .route("/v3/marketing/lists/{id}", get(lists::get).patch(lists::rename).delete(lists::delete))
            .route("/v3/marketing/lists/{id}/contacts", delete(lists::remove_contacts))
            .route("/v3/marketing/lists/{id}/contacts/count", get(lists::count))
            .fallback(async || Refusal::not_found())
            .method_not_allowed_fallback(async || Refusal::plain(StatusCode::METHOD_NOT_ALLOWED, "method not allowed"))
            .layer(middleware::from_fn_with_state(Arc::clone(&self.shared), gate::gate));
        Router::new()
            .route("/_downloads/errors/{file}", get(reads::download))
            .fallback_service(api.layer(DefaultBodyLimit::disable()).with_state(Arc::clone(&self.shared)))
            .with_state(Arc::clone(&self.shared))
    }

    fn summary(&self, now: DateTime<Utc>) -> String {
        let mut account = lock(&self.shared.account);
        account.advance(now);
        let mut parts = vec![
            counted(account.contacts.len(), "contact"),
            counted(account.fields.custom.len(), "custom field"),
            counted(account.lists.all.len(), "list"),
        ];
        let pending = account.jobs.pending(now);
        if pending > 0 {
            parts.push(format!("{} running", counted(pending, "job")));
        }
        parts.join(", ")
    }

    fn state(&self, now: DateTime<Utc>, limit: usize) -> Json {
        let mut account = lock(&self.shared.account);
        account.advance(now);
        account.to_json(now, limit)
    }

    fn save(&self, now: DateTime<Utc>, out: &mut dyn Write) -> io::Result<()> {
        let mut account = lock(&self.shared.account);
        account.advance(now);
        account.save(out)
    }

    fn load(&self, line: &str) -> Result<(), String> {
        lock(&self.shared.account).load(line)
    }

    fn reset(&self) {
        *lock(&self.shared.account) = Account::new(self.seed);
    }
}
