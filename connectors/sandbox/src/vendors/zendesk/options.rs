//! What differs between two Zendesk accounts, and what the sources leave open.

use std::time::Duration;

use super::users::{Role, Seed};

/// How the fake account behaves.
#[derive(Debug, Clone)]
pub struct Options {
    /// The OAuth clients that are known; where there is neither a client nor an API token, every credential that is not
    /// empty is accepted.
    pub clients: Vec<OauthClient>,
    /// API tokens that are accepted: e-mail address and token.
    pub api_tokens: Vec<(String, String)>,
    /// The role of the user that the credentials stand for.
    pub caller: Role,
    /// How long an access token lives that did not ask otherwise; none for ever. 1800 s for clients made since
    /// 2026-04-30 (OpenAPI file, `OAuthTokenForGrantTypesObject`).
    pub token_life: Option<Duration>,
    /// Whether bulk imports of users are switched on. Off in a new account (OpenAPI file, `CreateOrUpdateManyUsers`).
    pub bulk_import: bool,
    /// Requests a minute. Documented: 200 (Team) to 2500 (Enterprise Plus).
    pub requests_per_minute: u32,
    /// How the rate headers are spelt.
    pub rate_headers: RateSpelling,
    /// What a completed job says.
    pub results: ResultShape,
    /// From a request to the moment its job starts to work.
    pub job_queue: Duration,
    /// How long a job takes for each user. Recorded: 100 users in 5 to 15 s.
    pub job_each: Duration,
    /// Jobs that may be queued or running at once. Documented: 30.
    pub jobs_at_once: usize,
    /// How long a new user is missing from `search?query=`. That the index lags is known, by how much *unverified*.
    pub search_delay: Duration,
    /// Users that are there from the beginning.
    pub users: Vec<Seed>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            clients: Vec::new(),
            api_tokens: Vec::new(),
            caller: Role::Admin,
            token_life: Some(Duration::from_secs(1800)),
            bulk_import: true,
            requests_per_minute: 200,
            rate_headers: RateSpelling::Documented,
            results: ResultShape::Recorded,
            job_queue: Duration::from_secs(1),
            job_each: Duration::from_millis(100),
            jobs_at_once: 30,
            search_delay: Duration::from_secs(60),
            users: Vec::new(),
        }
    }
}

/// The three spellings of the rate headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RateSpelling {
    /// `X-Rate-Limit` and `X-Rate-Limit-Remaining`; no reset.
    Classic,
    /// `ratelimit-limit`, `ratelimit-remaining`, `ratelimit-reset`, beside the classic ones.
    Documented,
    /// `rate-limit`, `rate-limit-remaining`, `rate-limit-reset` (recorded in 2023).
    Recorded,
}

/// What `results` of a completed job looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResultShape {
    /// Rows without index for what went well, in the order of the request (recorded).
    Recorded,
    /// Rows with index and key, in any order (the OpenAPI file has the index; the keys are *unverified*).
    Indexed,
    /// `{"success": true}` where everything went well (OpenAPI file), else rows.
    Summary,
}

/// An OAuth client of the account.
#[derive(Clone)]
pub struct OauthClient {
    /// Its identifier.
    pub id: String,
    /// Its secret.
    pub secret: String,
    /// A refresh token that somebody got by the authorization code flow.
    pub refresh_token: Option<String>,
}

impl std::fmt::Debug for OauthClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OauthClient").field("id", &self.id).finish_non_exhaustive()
    }
}
