//! Zendesk Support, as its OpenAPI file ("Support API 2.0.0"), its pages on rate limits and OAuth, and recordings know it.
//!
//! Here: OAuth tokens, user fields, users (create or update many, update many, destroy many, look-ups, one user), job
//! statuses, identities. Not here: tickets, organizations, brands, user fields of the types regexp and lookup.
//!
//! | file | holds |
//! |---|---|
//! | `gate`, `limits`, `answers`, `query` | credentials, scopes, rate limits, the error envelopes |
//! | `oauth`, `options` | tokens that expire and rotate, and how accounts differ |
//! | `fields`, `field_routes`, `values` | user fields and what they take |
//! | `users`, `changes` | users, and what an update makes of one |
//! | `jobs`, `results`, `writes` | what is done in the background, when, and what is said about it |
//! | `reads` | look-ups and job statuses |
//! | `account` | the state as a whole and as lines |

mod account;
mod answers;
mod changes;
mod field_routes;
mod fields;
mod gate;
mod jobs;
mod limits;
mod oauth;
mod options;
mod query;
mod reads;
mod results;
#[cfg(test)]
mod tests;
mod users;
mod values;
mod writes;

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{delete, get, post, put};
use chrono::{DateTime, Utc};
use http::{StatusCode, Uri};
use serde_json::Value as Json;

use account::Account;
use answers::Refusal;
pub use options::{OauthClient, Options, RateSpelling, ResultShape};
pub use users::{Role, Seed};

use super::counted;
use crate::Vendor;
use crate::sandbox::lock;

/// The connector's name for the vendor.
pub const KIND: &str = "zendesk";

/// The path of the token endpoint.
const TOKENS: &str = "/oauth/tokens";

/// The base of links in answers. Recorded: its host can differ from the one that was called.
const BASE: &str = "https://pod-17.zendesk.com/api/v2";

/// A fake Zendesk account.
pub struct Zendesk {
    seed: u64,
    shared: Shared,
}

/// What the routes share.
type Shared = Arc<Inner>;

struct Inner {
    options: Options,
    account: Mutex<Account>,
}

impl Zendesk {
    /// An account with the users of the options. The same seed gives the same ids.
    pub fn new(seed: u64, options: Options) -> Self {
        let account = Mutex::new(Account::new(seed, &options));
        Self { seed, shared: Arc::new(Inner { options, account }) }
    }
}

impl Vendor for Zendesk {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn router(&self) -> Router {
        let api = Router::new()
            .route(TOKENS, post(oauth::tokens))
            .route("/api/v2/users", get(reads::list))
            .route("/api/v2/users/me", get(reads::me))
            .route("/api/v2/users/search", get(reads::search))
            .route("/api/v2/users/show_many", get(reads::show_many))
            .route("/api/v2/users/create_or_update_many", post(writes::create_or_update_many))
            .route("/api/v2/users/update_many", put(writes::update_many))
            .route("/api/v2/users/destroy_many", delete(writes::destroy_many))
            .route("/api/v2/users/{id}", get(reads::one).put(writes::update_one))
            .route("/api/v2/users/{id}/identities", get(reads::identities))
            .route("/api/v2/user_fields", get(field_routes::list).post(field_routes::create))
            .route(
                "/api/v2/user_fields/{id}",
                get(field_routes::one).put(field_routes::update).delete(field_routes::delete),
            )
            .route("/api/v2/job_statuses/show_many", get(reads::jobs))
            .route("/api/v2/job_statuses/{id}", get(reads::job))
            .fallback(async || Refusal::invalid_endpoint())
            .method_not_allowed_fallback(async || Refusal::titled(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed"))
            .layer(middleware::from_fn_with_state(Arc::clone(&self.shared), gate::gate))
            .layer(DefaultBodyLimit::disable())
            .with_state(Arc::clone(&self.shared));
        Router::new().fallback_service(api).layer(middleware::from_fn(without_json))
    }

    fn summary(&self, now: DateTime<Utc>) -> String {
        let mut account = lock(&self.shared.account);
        account.advance(now);
        let mut parts =
            vec![counted(account.users.active().count(), "user"), counted(account.fields.all.len(), "user field")];
        let running = account.jobs.running(now);
        if running > 0 {
            parts.push(format!("{} running", counted(running, "job")));
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
        *lock(&self.shared.account) = Account::new(self.seed, &self.shared.options);
    }

    fn takes_credentials(&self, path: &str) -> bool {
        path.trim_end_matches(".json") == TOKENS
    }
}

/// Every path works with and without `.json` (recordings use it, the OpenAPI file omits it).
async fn without_json(mut request: Request, next: Next) -> Response {
    if let Some(path) = request.uri().path().strip_suffix(".json") {
        let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
        if let Ok(uri) = format!("{path}{query}").parse::<Uri>() {
            *request.uri_mut() = uri;
        }
    }
    next.run(request).await
}
