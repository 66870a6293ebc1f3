//! The way to an org: every call goes through here, within the budget, and comes back as an answer or a typed error.

use std::sync::Arc;

use lapwing_contract::{DestinationError, ErrorKind};
use lapwing_http::{ApiRequest, ApiResponse, Client, HttpEnv, Profile, RateHeaders};

use crate::api::Fault;
use crate::auth::Session;
use crate::budget::Budget;
use crate::config::Config;

/// Statuses whose body says more than they do.
const REFUSALS: &[u16] = &[300, 400, 403, 404, 405, 409, 413, 414, 415, 422, 431];

/// One org, signed in when it is first called.
#[derive(Debug)]
pub(crate) struct Org {
    client: Client,
    budget: Budget,
    /// `/services/data/v67.0`.
    root: String,
}

impl Org {
    pub(crate) fn connect(config: &Config, env: &HttpEnv) -> Result<Self, DestinationError> {
        let profile = Profile {
            base: config.address()?,
            credentials: Arc::new(Session::new(config, env)?),
            // Salesforce limits calls a day, not a minute: see `budget.rs`.
            quotas: Vec::new(),
            rate_headers: RateHeaders::NONE,
        };
        Ok(Self {
            client: Client::new(env, profile),
            budget: Budget::new(config.api_budget_pct),
            root: format!("/services/data/v{}", config.api_version),
        })
    }

    /// The path of a resource of the API.
    pub(crate) fn path(&self, resource: &str) -> String {
        format!("{}/{resource}", self.root)
    }

    /// Makes sure that so many calls are left before the first of them is made.
    pub(crate) fn has_room_for(&self, calls: u64) -> Result<(), DestinationError> {
        self.budget.has_room_for(calls, self.client.clock().elapsed())
    }

    /// Sends a request and gives its answer, which may be one of [`REFUSALS`].
    pub(crate) async fn ask(&self, request: ApiRequest) -> Result<ApiResponse, DestinationError> {
        let call = self.budget.begin(self.client.clock().elapsed())?;
        let result = self.client.send(request.expect(REFUSALS)).await;
        let now = self.client.clock().elapsed();
        match &result {
            Ok(answer) => call.learn(Some(&answer.headers), answer.attempts, now),
            Err(error) => call.learn(None, error.attempts, now),
        }
        result
    }

    /// Sends a request and gives its answer, a success.
    pub(crate) async fn send(&self, request: ApiRequest) -> Result<ApiResponse, DestinationError> {
        let answer = self.ask(request).await?;
        if answer.is_success() { Ok(answer) } else { Err(refused(&answer)) }
    }

    /// Sends a request that ends something, whatever the budget says. Its answer does not matter.
    pub(crate) async fn try_to(&self, request: ApiRequest) -> bool {
        self.client.send(request).await.is_ok()
    }
}

/// The error of a refusal. It shows the vendor's code and never its words, which may quote a record.
pub(crate) fn refused(answer: &ApiResponse) -> DestinationError {
    let fault = Fault::first(&answer.body);
    let status = answer.status.as_u16();
    let kind = match (fault.code.as_str(), status) {
        _ if is_crowded(&fault) => ErrorKind::RateLimited,
        ("REQUEST_LIMIT_EXCEEDED", _) => ErrorKind::QuotaExhausted,
        ("NOT_FOUND" | "INVALID_TYPE" | "INVALID_FIELD" | "INVALIDENTITY", _) | (_, 404) => ErrorKind::NotFound,
        ("API_DISABLED_FOR_ORG" | "API_CURRENTLY_DISABLED" | "INSUFFICIENT_ACCESS", _) | (_, 403) => {
            ErrorKind::Forbidden
        }
        _ => ErrorKind::Protocol,
    };
    answer.error(
        kind,
        format!("Salesforce refused it: {} {}", code_of(&fault), advice(kind, &fault.code)).trim().to_owned(),
    )
}

/// Whether a fault says that too many long calls are under way in the org, those of other tools included: that passes within
/// seconds, unlike the limit of a day, which has the same code.
pub(crate) fn is_crowded(fault: &Fault) -> bool {
    fault.code == "REQUEST_LIMIT_EXCEEDED" && fault.message.contains("Concurrent")
}

/// A code is capitals; anything else is not shown.
pub(crate) fn code_of(fault: &Fault) -> &str {
    let is_code = !fault.code.is_empty()
        && fault.code.len() <= 80
        && fault.code.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
    if is_code { &fault.code } else { "no reason given" }
}

fn advice(kind: ErrorKind, code: &str) -> &'static str {
    match (kind, code) {
        (ErrorKind::QuotaExhausted, _) => "(the org's API calls of the last 24 hours are used up)",
        (ErrorKind::RateLimited, _) => "(too many long calls are under way in the org)",
        (ErrorKind::Forbidden, "API_DISABLED_FOR_ORG" | "API_CURRENTLY_DISABLED") => {
            "(the org or the user has no API access: the permission is `API Enabled`)"
        }
        (ErrorKind::Forbidden, _) => "(the user may not do this: it needs Read, Create, Edit and Delete on the object)",
        (ErrorKind::NotFound, "INVALID_FIELD") => "(a field was deleted or hidden while the run was under way)",
        _ => "",
    }
}
