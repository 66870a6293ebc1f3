//! The routes of SendGrid that the connector uses, and the shapes of their answers. Nulls are taken as absent: lists
//! that the documentation promises come as null on the wire (recorded).

use std::time::Duration;

use lapwing_contract::Quota;
use lapwing_http::QuotaRule;
use serde::{Deserialize, Deserializer};

pub(crate) const CONTACTS: &str = "/v3/marketing/contacts";
pub(crate) const SEARCH: &str = "/v3/marketing/contacts/search/emails";
pub(crate) const JOBS: &str = "/v3/marketing/contacts/imports";
pub(crate) const LISTS: &str = "/v3/marketing/lists";
pub(crate) const FIELDS: &str = "/v3/marketing/field_definitions";
pub(crate) const SCOPES: &str = "/v3/scopes";

/// The quota of everything below `/v3/marketing/contacts`.
pub(crate) const CONTACTS_QUOTA: &str = "contacts";
/// The quota of lists, their members included.
pub(crate) const LISTS_QUOTA: &str = "lists";
/// The quota of field definitions.
pub(crate) const FIELDS_QUOTA: &str = "fields";

/// Requests a minute, as recorded in `X-RateLimit-Limit`: 200 for contacts, 600 for the others.
pub(crate) fn quotas() -> Vec<QuotaRule> {
    let rule = |name, requests| QuotaRule { name, quota: Quota { requests, per: Duration::from_secs(60) } };
    vec![rule(CONTACTS_QUOTA, 200), rule(LISTS_QUOTA, 600), rule(FIELDS_QUOTA, 600)]
}

/// `{"errors": [{"message", "field"}]}`.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Errors {
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) errors: Vec<Fault>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Fault {
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) message: String,
    #[serde(default)]
    pub(crate) field: Option<String>,
}

impl Errors {
    /// The vendor's words, where the body holds any.
    pub(crate) fn parse(body: &[u8]) -> Vec<Fault> {
        serde_json::from_slice::<Self>(body).unwrap_or_default().errors
    }
}

/// The answer to every write.
#[derive(Debug, Deserialize)]
pub(crate) struct Accepted {
    pub(crate) job_id: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Scopes {
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) scopes: Vec<String>,
}

/// `GET /v3/marketing/field_definitions`. `custom_fields` is absent where there are none.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Definitions {
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) custom_fields: Vec<Definition>,
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) reserved_fields: Vec<Definition>,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Definition {
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) field_type: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) read_only: bool,
}

/// One page of `GET /v3/marketing/lists`.
#[derive(Debug, Deserialize)]
pub(crate) struct ListPage {
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) result: Vec<List>,
    #[serde(default, rename = "_metadata", deserialize_with = "or_default")]
    pub(crate) metadata: PageLinks,
}

#[derive(Debug, Default, Deserialize)]
pub(crate) struct PageLinks {
    #[serde(default)]
    pub(crate) next: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct List {
    pub(crate) id: String,
    pub(crate) name: String,
}

/// `GET /v3/marketing/contacts/imports/{id}`. The type of the job is not read: recordings say `upsert_contacts`
/// where the documentation says `upsert`.
#[derive(Debug, Deserialize)]
pub(crate) struct Job {
    pub(crate) status: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) results: JobResults,
}

#[derive(Debug, Default, Deserialize)]
pub(crate) struct JobResults {
    #[serde(default)]
    pub(crate) errored_count: Option<usize>,
    #[serde(default)]
    pub(crate) errors_url: Option<String>,
}

/// `null` as the empty value.
pub(crate) fn or_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(from: D) -> Result<T, D::Error> {
    Option::deserialize(from).map(Option::unwrap_or_default)
}
