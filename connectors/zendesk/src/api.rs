//! The routes of Zendesk that the connector uses, and the shapes of their answers. Nulls are taken as absent.

use std::time::Duration;

use lapwing_contract::Quota;
use lapwing_http::{QuotaRule, RateHeaders};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value as Json};

pub(crate) const TOKENS: &str = "/oauth/tokens";
pub(crate) const ME: &str = "/api/v2/users/me";
pub(crate) const USERS: &str = "/api/v2/users";
pub(crate) const UPSERT: &str = "/api/v2/users/create_or_update_many";
pub(crate) const UPDATE: &str = "/api/v2/users/update_many";
pub(crate) const DESTROY: &str = "/api/v2/users/destroy_many";
pub(crate) const SHOW_MANY: &str = "/api/v2/users/show_many";
pub(crate) const SEARCH: &str = "/api/v2/users/search";
pub(crate) const FIELDS: &str = "/api/v2/user_fields";
pub(crate) const JOBS: &str = "/api/v2/job_statuses";

/// Most users a request, and most ids of a look-up (OpenAPI file).
pub(crate) const MOST: usize = 100;
/// The same as a query's text.
pub(crate) const PAGE: &str = "100";
/// More pages than this are an endless loop rather than an account.
pub(crate) const MAX_PAGES: usize = 300;

/// The one quota: Zendesk counts all requests of an account together.
pub(crate) const QUOTA: &str = "account";

/// The limit of the account: so many requests a minute until the headers tell better.
pub(crate) fn quota(requests: u32) -> Quota {
    Quota { requests, per: Duration::from_secs(60) }
}

pub(crate) fn quotas(requests: u32) -> Vec<QuotaRule> {
    vec![QuotaRule { name: QUOTA, quota: quota(requests) }]
}

/// Documented: the first two spellings; recorded: the third.
pub(crate) const RATE_HEADERS: RateHeaders = RateHeaders {
    limit: &["ratelimit-limit", "x-rate-limit", "rate-limit"],
    remaining: &["ratelimit-remaining", "x-rate-limit-remaining", "rate-limit-remaining"],
    reset: &["ratelimit-reset", "rate-limit-reset"],
};

/// A token as the endpoint gives it.
#[derive(Deserialize)]
pub(crate) struct Granted {
    pub(crate) access_token: String,
    #[serde(default)]
    pub(crate) refresh_token: Option<String>,
    /// Seconds; null for ever.
    #[serde(default)]
    pub(crate) expires_in: Option<u64>,
}

/// `{"user": …}`.
#[derive(Deserialize)]
pub(crate) struct Me {
    pub(crate) user: Caller,
}

/// Who asks. Without credentials there is no id, and the status is 200 all the same.
#[derive(Deserialize)]
pub(crate) struct Caller {
    #[serde(default)]
    pub(crate) id: Option<i64>,
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) role: String,
}

/// A user as reads show it.
#[derive(Deserialize)]
pub(crate) struct User {
    pub(crate) id: i64,
    #[serde(default)]
    pub(crate) external_id: Option<String>,
    /// The primary address.
    #[serde(default)]
    pub(crate) email: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) role: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) tags: Vec<String>,
    #[serde(default, rename = "user_fields", deserialize_with = "or_default")]
    pub(crate) custom: Map<String, Json>,
    /// All others.
    #[serde(flatten)]
    pub(crate) own: Map<String, Json>,
}

impl User {
    /// Agents and admins are the account's team. A role that is missing is taken for a customer's.
    pub(crate) fn is_team(&self) -> bool {
        !self.role.is_empty() && self.role != "end-user"
    }
}

/// Some users, perhaps a page of them.
#[derive(Deserialize)]
#[expect(clippy::struct_field_names, reason = "these are the names of the vendor")]
pub(crate) struct Users {
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) users: Vec<User>,
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) meta: PageMeta,
    /// A search goes by numbered pages. Whether there is another is all that is read: the host of a link is not ours to
    /// follow.
    #[serde(default)]
    pub(crate) next_page: Option<String>,
}

/// One page of `GET /user_fields`.
#[derive(Deserialize)]
pub(crate) struct Definitions {
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) user_fields: Vec<Definition>,
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) meta: PageMeta,
}

/// Where the next page starts. Only the cursor is used: the host of a link is not ours to follow.
#[derive(Default, Deserialize)]
pub(crate) struct PageMeta {
    #[serde(default, deserialize_with = "or_default")]
    has_more: bool,
    #[serde(default)]
    after_cursor: Option<String>,
}

impl PageMeta {
    pub(crate) fn next(self) -> Option<String> {
        self.after_cursor.filter(|cursor| self.has_more && !cursor.is_empty())
    }
}

#[derive(Deserialize)]
pub(crate) struct OneDefinition {
    pub(crate) user_field: Definition,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Definition {
    pub(crate) key: String,
    #[serde(rename = "type")]
    pub(crate) kind: String,
    #[serde(default)]
    pub(crate) active: Option<bool>,
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) custom_field_options: Vec<FieldOption>,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct FieldOption {
    pub(crate) value: String,
}

/// The answer to every bulk write, and of `GET /job_statuses/{id}`.
#[derive(Deserialize)]
pub(crate) struct JobAnswer {
    pub(crate) job_status: Job,
}

/// A job. Its `url` may name another host (recorded), and is not read.
#[derive(Deserialize)]
pub(crate) struct Job {
    pub(crate) id: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) status: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) message: String,
    #[serde(default)]
    pub(crate) results: Json,
}

/// `null` as the empty value.
pub(crate) fn or_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(from: D) -> Result<T, D::Error> {
    Option::deserialize(from).map(Option::unwrap_or_default)
}
