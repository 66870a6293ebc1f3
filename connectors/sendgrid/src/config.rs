//! The destination's table in the sync file.

use lapwing_contract::{Connector, DestinationError, ErrorKind, RateScope};
use lapwing_http::{BadAddress, api_address};
use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use url::Url;

use crate::SendGrid;

/// SendGrid Marketing Contacts.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// An API key with the Marketing permission, from Settings → API Keys: `"${SENDGRID_API_KEY}"`.
    #[schemars(with = "String")]
    pub(crate) api_key: SecretString,

    /// Where the account's data lives: `"global"` (default), or `"eu"` for a subuser pinned to the EU.
    #[serde(default)]
    pub(crate) region: Region,

    /// The address of the API, where it is not the region's own: a proxy, or a test double. Plain `http` works for
    /// this machine only.
    #[serde(default)]
    pub(crate) base_url: Option<String>,

    /// Whether custom fields and lists that a sync names and the account lacks are created. Default: `true`. With
    /// `false` they are errors, before anything is sent.
    #[serde(default = "yes")]
    pub(crate) create_fields: bool,
}

/// Where an account's data lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Region {
    /// `api.sendgrid.com`.
    #[default]
    Global,
    /// `api.eu.sendgrid.com`.
    Eu,
}

impl Region {
    /// The address of the region's API. The EU host is *unverified*.
    pub(crate) fn base(self) -> &'static str {
        match self {
            Self::Global => "https://api.sendgrid.com",
            Self::Eu => "https://api.eu.sendgrid.com",
        }
    }
}

impl Config {
    /// The address of the API.
    pub(crate) fn base(&self) -> Result<Url, BadAddress> {
        let given = self.base_url.as_deref().unwrap_or_else(|| self.region.base());
        api_address(given)
    }

    /// SendGrid counts by account. Which one a key belongs to is known to SendGrid alone, so each key counts for one.
    pub(crate) fn rate_scope(&self) -> RateScope {
        let base = self.base().map(String::from).unwrap_or_default();
        RateScope::of([SendGrid::KIND, &base, self.api_key.expose_secret()])
    }
}

/// The error for an address that cannot be used.
pub(crate) fn unusable(bad: BadAddress) -> DestinationError {
    DestinationError::new(ErrorKind::Configuration, "connecting to SendGrid", format!("base_url {bad}"))
}

fn yes() -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn config(table: serde_json::Value) -> Result<Config, String> {
        serde_json::from_value(table).map_err(|error| error.to_string())
    }

    #[test]
    fn a_key_is_enough() {
        let config = config(json!({ "api_key": "${SENDGRID_API_KEY}" })).unwrap();
        assert_eq!(config.base().unwrap().as_str(), "https://api.sendgrid.com/");
        assert!(config.create_fields);
    }

    #[test]
    fn the_eu_has_its_own_host() {
        let config = config(json!({ "api_key": "k", "region": "eu" })).unwrap();
        assert_eq!(config.base().unwrap().as_str(), "https://api.eu.sendgrid.com/");
    }

    #[test]
    fn requests_count_by_key_and_region() {
        let scope = |table| config(table).unwrap().rate_scope();
        let one = scope(json!({ "api_key": "k" }));
        assert_eq!(one, scope(json!({ "api_key": "k", "create_fields": false, "region": "global" })));
        assert_ne!(one, scope(json!({ "api_key": "another" })));
        assert_ne!(one, scope(json!({ "api_key": "k", "region": "eu" })));
    }

    #[test]
    fn an_unknown_key_is_an_error() {
        let error = config(json!({ "api_key": "k", "apikey": "k" })).unwrap_err();
        assert!(error.contains("apikey"), "{error}");
    }

    #[test]
    fn plain_http_is_for_this_machine_only() {
        let base = |address: &str| config(json!({ "api_key": "k", "base_url": address })).unwrap().base().err();
        assert_eq!(base("http://127.0.0.1:4010"), None);
        assert_eq!(base("http://api.sendgrid.com"), Some(BadAddress::PlainText));
        assert_eq!(base("api.sendgrid.com"), Some(BadAddress::NotAnAddress));
        assert_eq!(base("https://user:secret@proxy.example"), Some(BadAddress::Extras));
    }

    #[test]
    fn debug_does_not_show_the_key() {
        let config = config(json!({ "api_key": "SG.secret" })).unwrap();
        assert!(!format!("{config:?}").contains("SG.secret"), "{config:?}");
    }
}
