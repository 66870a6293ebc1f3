//! What differs between two SendGrid accounts, and what the recordings leave open.

use std::time::Duration;

/// How the fake account behaves.
#[derive(Debug, Clone)]
pub struct Options {
    /// The keys that are accepted; where there is none, every bearer token that is not empty is, with all scopes.
    pub keys: Vec<ApiKey>,
    /// From a request to the moment its job is applied and reads show it. Recorded: about 30 s.
    pub job_delay: Duration,
    /// Jobs take up to so much longer, so that a later job can overtake an earlier one.
    pub job_jitter: Duration,
    /// How long a job still says `pending` after it was applied and its counts are complete. Recorded.
    pub job_settle: Duration,
    /// Writes `X-RateLimit-Reset` as an epoch, as the documentation shows, instead of seconds, as recorded.
    pub reset_as_epoch: bool,
    /// Names only the first invalid contact of a request instead of all. *Unverified* which of both the vendor does.
    pub first_error_only: bool,
    /// Requests a minute to `/v3/marketing/contacts`. Recorded: 200.
    pub contacts_per_minute: u32,
    /// Requests a minute to lists, and to field definitions. Recorded: 600.
    pub others_per_minute: u32,
    /// Most custom fields. Documented: 500; older pages say 120.
    pub custom_fields: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            keys: Vec::new(),
            job_delay: Duration::from_secs(30),
            job_jitter: Duration::from_secs(5),
            job_settle: Duration::from_secs(2),
            reset_as_epoch: false,
            first_error_only: false,
            contacts_per_minute: 200,
            others_per_minute: 600,
            custom_fields: 500,
        }
    }
}

/// A key that the account accepts.
#[derive(Clone)]
pub struct ApiKey {
    /// The key itself.
    pub token: String,
    /// What it may do: see [`SCOPES`].
    pub scopes: Vec<String>,
}

impl ApiKey {
    /// A key with all scopes.
    pub fn with_all_scopes(token: impl Into<String>) -> Self {
        Self::with_scopes(token, SCOPES)
    }

    /// A key with these scopes.
    pub fn with_scopes<'a>(token: impl Into<String>, scopes: impl IntoIterator<Item = &'a &'a str>) -> Self {
        Self { token: token.into(), scopes: scopes.into_iter().map(|scope| (*scope).to_owned()).collect() }
    }
}

impl std::fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ApiKey").field("scopes", &self.scopes).finish_non_exhaustive()
    }
}

/// The scopes that the marketing routes ask for. That there are `marketing.*` scopes is known; that they are split
/// exactly so is *unverified*.
pub const SCOPES: &[&str] = &["marketing.read", "marketing.create", "marketing.update", "marketing.delete"];
