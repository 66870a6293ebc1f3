//! Queries of URLs.

use super::answers::{Fault, Refusal};

/// The pairs of a query, decoded.
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    pub(super) fn of(query: Option<&str>) -> Self {
        Self(url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned().collect())
    }

    /// The first value of a key.
    pub(super) fn get(&self, key: &str) -> Option<&str> {
        self.0.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }
}

/// The ids of a comma-separated list; a missing or empty list is refused.
pub(super) fn id_list<'a>(value: Option<&'a str>, name: &str) -> Result<Vec<&'a str>, Refusal> {
    let ids: Vec<_> = value.unwrap_or_default().split(',').map(str::trim).filter(|id| !id.is_empty()).collect();
    if ids.is_empty() { Err(Refusal::from(Fault::on(name, format!("{name} is required")))) } else { Ok(ids) }
}
