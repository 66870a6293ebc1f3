//! The destination's table in the sync file.

use lapwing_contract::{Connector, DestinationError, ErrorKind, RateScope};
use lapwing_http::api_address;
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Deserialize;
use url::Url;

use crate::Salesforce;

/// A Salesforce org.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// How Lapwing signs in: `"client_credentials"` (default), `"jwt"` or `"refresh_token"`.
    #[serde(default)]
    pub(crate) auth: Auth,

    /// The org's own address, from Setup → My Domain: `"https://acme.my.salesforce.com"`.
    #[serde(default)]
    pub(crate) login_url: Option<String>,

    /// The consumer key of the External Client App.
    pub(crate) client_id: String,

    /// Its consumer secret: `"${SALESFORCE_CLIENT_SECRET}"`. For `client_credentials`, and for `refresh_token` where
    /// the app wants it.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub(crate) client_secret: Option<SecretString>,

    /// For `jwt`: the user that Lapwing acts as.
    #[serde(default)]
    pub(crate) username: Option<String>,

    /// For `jwt`: the RSA key in PEM whose certificate the app knows: `"${SALESFORCE_PRIVATE_KEY}"`. A variable may
    /// hold it in one line, with `\n` between the lines.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub(crate) private_key: Option<SecretString>,

    /// For `refresh_token`: the token, `"${SALESFORCE_REFRESH_TOKEN}"`.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub(crate) refresh_token: Option<SecretString>,

    /// The version of the API. Default: `"67.0"` (Summer '26); `"46.0"` or later.
    #[serde(default = "newest")]
    pub(crate) api_version: String,

    /// From so many changes on, they go by the Bulk API. Default: 2,000.
    #[serde(default = "two_thousand")]
    pub(crate) bulk_from: u64,

    /// The share of the org's API calls in 24 hours at which Lapwing stops, whoever made them, in percent. Default: 50.
    #[serde(default = "half")]
    pub(crate) api_budget_pct: u8,

    /// Whether records are saved although a duplicate rule alerts. Default: `false`: such a record is a rejection.
    #[serde(default)]
    pub(crate) allow_duplicates: bool,

    /// Another address for everything, the token endpoint included: a proxy, or a test double. Plain `http` works for
    /// this machine only.
    #[serde(default)]
    pub(crate) base_url: Option<String>,
}

/// How Lapwing signs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Auth {
    /// As the user that the app runs as: needs `client_secret`.
    #[default]
    ClientCredentials,
    /// As `username`, with an assertion signed by `private_key`.
    Jwt,
    /// As the user who gave `refresh_token`.
    RefreshToken,
}

/// What is wrong with an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BadAddress {
    /// There is none.
    #[error("is missing")]
    Missing,
    /// It cannot be trusted with credentials.
    #[error(transparent)]
    Address(#[from] lapwing_http::BadAddress),
    /// It is Salesforce's common login host.
    #[error("is Salesforce's common login host, not the org's own address")]
    CommonHost,
}

impl From<BadAddress> for DestinationError {
    fn from(error: BadAddress) -> Self {
        Self::new(ErrorKind::Configuration, "connecting to Salesforce", format!("the org's address {error}"))
    }
}

impl Config {
    /// Where tokens are asked for, and calls go until a token tells where they belong.
    pub(crate) fn address(&self) -> Result<Url, BadAddress> {
        if let Some(given) = &self.base_url {
            return Ok(api_address(given)?);
        }
        let url = api_address(self.login_url.as_deref().ok_or(BadAddress::Missing)?)?;
        // The ledger is kept by this address, so it has to tell one org from another.
        let is_common = matches!(url.host_str(), Some("login.salesforce.com" | "test.salesforce.com"));
        if is_common { Err(BadAddress::CommonHost) } else { Ok(url) }
    }

    /// Salesforce counts by org, and so does its address.
    pub(crate) fn rate_scope(&self) -> RateScope {
        RateScope::of([Salesforce::KIND, &self.address().map(String::from).unwrap_or_default()])
    }

    /// Whether calls stay at [`Config::address`], whatever the token endpoint says.
    pub(crate) fn stays(&self) -> bool {
        self.base_url.is_some()
    }
}

fn newest() -> String {
    "67.0".into()
}

fn two_thousand() -> u64 {
    2_000
}

fn half() -> u8 {
    50
}

#[cfg(test)]
mod tests {
    use super::*;
    use lapwing_http::BadAddress as Unusable;
    use serde_json::json;

    fn config(table: serde_json::Value) -> Result<Config, String> {
        serde_json::from_value(table).map_err(|error| error.to_string())
    }

    #[test]
    fn an_address_and_an_app_are_enough() {
        let table = json!({ "login_url": "https://acme.my.salesforce.com", "client_id": "3MVG", "client_secret": "s" });
        let config = config(table).unwrap();
        assert_eq!(config.address().unwrap().as_str(), "https://acme.my.salesforce.com/");
        assert_eq!((config.auth, config.bulk_from, config.api_budget_pct), (Auth::ClientCredentials, 2_000, 50));
        assert_eq!((config.api_version.as_str(), config.allow_duplicates), ("67.0", false));
    }

    #[test]
    fn requests_count_by_org_whoever_signs_in() {
        let scope = |url: &str, id: &str| config(json!({ "login_url": url, "client_id": id })).unwrap().rate_scope();
        let one = scope("https://acme.my.salesforce.com", "a");
        assert_eq!(one, scope("https://ACME.my.salesforce.com/", "b"));
        assert_ne!(one, scope("https://other.my.salesforce.com", "a"));
    }

    #[test]
    fn an_unknown_key_or_way_to_sign_in_is_an_error() {
        let error = config(json!({ "client_id": "a", "password": "p" })).unwrap_err();
        assert!(error.contains("password"), "{error}");
        let error = config(json!({ "client_id": "a", "auth": "password" })).unwrap_err();
        assert!(error.contains("client_credentials") && error.contains("refresh_token"), "{error}");
    }

    #[test]
    fn the_address_is_the_orgs_own_and_not_plain_text() {
        let address = |key: &str, given: &str| config(json!({ "client_id": "a", key: given })).unwrap().address().err();
        assert_eq!(address("login_url", "https://login.salesforce.com"), Some(BadAddress::CommonHost));
        assert_eq!(
            address("login_url", "http://acme.my.salesforce.com"),
            Some(BadAddress::Address(Unusable::PlainText))
        );
        assert_eq!(address("login_url", "acme.my.salesforce.com"), Some(BadAddress::Address(Unusable::NotAnAddress)));
        assert_eq!(
            address("login_url", "https://user:pw@acme.my.salesforce.com"),
            Some(BadAddress::Address(Unusable::Extras))
        );
        assert_eq!(address("base_url", "http://127.0.0.1:4010"), None);
        assert_eq!(address("username", "ada@acme.com"), Some(BadAddress::Missing));
    }

    #[test]
    fn debug_shows_no_secret() {
        let table = json!({ "client_id": "a", "client_secret": "SECRET1", "private_key": "SECRET2",
            "refresh_token": "SECRET3" });
        let shown = format!("{:?}", config(table).unwrap());
        assert!(!shown.contains("SECRET"), "{shown}");
    }
}
