//! The destination's table in the sync file.

use lapwing_contract::{Connector, DestinationError, ErrorKind, RateScope};
use lapwing_http::{BadAddress, api_address};
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Deserialize;
use url::Url;

use crate::Zendesk;

/// Zendesk Support.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The account: the `example` of `example.zendesk.com`.
    #[serde(default)]
    pub(crate) subdomain: Option<String>,

    /// The address of the API, where it is not the subdomain's own: a proxy, or a test double. Plain `http` works for
    /// this machine only.
    #[serde(default)]
    pub(crate) base_url: Option<String>,

    /// The identifier of an OAuth client, from Admin Center → Apps and integrations → APIs → OAuth clients.
    #[serde(default)]
    pub(crate) client_id: Option<String>,

    /// The secret of the OAuth client: `"${ZENDESK_CLIENT_SECRET}"`.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub(crate) client_secret: Option<SecretString>,

    /// A refresh token of the OAuth client, where it acts for a user who allowed it. Without it, the client acts for
    /// itself (client credentials). Zendesk changes the token with every use: the one given here is only the first.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub(crate) refresh_token: Option<SecretString>,

    /// What the OAuth token is asked for, separated by spaces. Default: `"read write"`.
    #[serde(default)]
    pub(crate) scope: Option<String>,

    /// The address of the user that an API token belongs to.
    #[serde(default)]
    pub(crate) email: Option<String>,

    /// An API token, instead of an OAuth client. Zendesk ends API tokens on 2027-04-30.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub(crate) api_token: Option<SecretString>,

    /// The plan that is paid for: it tells the requests a minute, until Zendesk's answers do. Default: `"team"`.
    #[serde(default)]
    pub(crate) plan: Plan,

    /// Whether users that Zendesk lacks are created. Default: `true`. With `false` they are rejected.
    #[serde(default = "yes")]
    pub(crate) create: bool,

    /// Whether user fields that a sync names and the account lacks are created. Default: `true`. With `false` they are
    /// errors, before anything is sent. Creating them takes an admin.
    #[serde(default = "yes")]
    pub(crate) create_fields: bool,

    /// What the tags of Lapwing begin with: `"lapwing_"`. Needed where `tags` is mapped: tags that begin so are
    /// replaced, all others of a user are kept.
    #[serde(default)]
    pub(crate) tag_prefix: Option<String>,
}

/// Zendesk's plans, by their requests a minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Plan {
    /// 200 requests a minute.
    #[default]
    Team,
    /// 400.
    Growth,
    /// 400.
    Professional,
    /// 700.
    Enterprise,
    /// 2500; the High Volume API add-on too.
    EnterprisePlus,
}

impl Plan {
    /// Requests a minute (Zendesk's page on rate limits).
    pub(crate) fn requests_per_minute(self) -> u32 {
        match self {
            Self::Team => 200,
            Self::Growth | Self::Professional => 400,
            Self::Enterprise => 700,
            Self::EnterprisePlus => MOST_PER_MINUTE,
        }
    }
}

/// The limit of the largest plan.
pub(crate) const MOST_PER_MINUTE: u32 = 2500;

/// How requests prove who sends them.
#[derive(Debug, Clone)]
pub(crate) enum Access {
    /// An OAuth client, for itself or for a user.
    Oauth { id: String, secret: SecretString, refresh_token: Option<SecretString> },
    /// An API token of a user.
    ApiToken { email: String, token: SecretString },
}

/// Why a table cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BadConfig {
    /// Neither subdomain nor address.
    #[error("the subdomain is missing")]
    NoSubdomain,
    /// It is no single label of a host name.
    #[error("subdomain is not the first part of a Zendesk address")]
    Subdomain,
    /// The address cannot be trusted with credentials.
    #[error("base_url {0}")]
    Address(#[from] BadAddress),
    /// No way to prove who asks.
    #[error("there are no credentials")]
    NoCredentials,
    /// Half of a pair.
    #[error("client_id and client_secret go together")]
    HalfAClient,
    /// Half of a pair.
    #[error("email and api_token go together")]
    HalfAToken,
    /// One of them would never be used.
    #[error("an OAuth client and an API token are given; one of them is enough")]
    TwoWays,
}

impl Config {
    /// The address of the account.
    pub(crate) fn base(&self) -> Result<Url, BadConfig> {
        let Some(given) = &self.base_url else {
            let name = self.subdomain.as_deref().ok_or(BadConfig::NoSubdomain)?;
            let is_label = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
            if !is_label || name.starts_with('-') {
                return Err(BadConfig::Subdomain);
            }
            return Url::parse(&format!("https://{name}.zendesk.com")).map_err(|_| BadConfig::Subdomain);
        };
        Ok(api_address(given)?)
    }

    /// Zendesk counts by account, whoever asks.
    pub(crate) fn rate_scope(&self) -> RateScope {
        RateScope::of([Zendesk::KIND, &self.base().map(String::from).unwrap_or_default()])
    }

    /// The credentials, where they are whole and of one kind.
    pub(crate) fn access(&self) -> Result<Access, BadConfig> {
        let client = match (&self.client_id, &self.client_secret) {
            (Some(id), Some(secret)) => {
                let (id, secret, refresh_token) = (id.clone(), secret.clone(), self.refresh_token.clone());
                Some(Access::Oauth { id, secret, refresh_token })
            }
            (None, None) if self.refresh_token.is_none() => None,
            _ => return Err(BadConfig::HalfAClient),
        };
        let token = match (&self.email, &self.api_token) {
            (Some(email), Some(token)) => Some(Access::ApiToken { email: email.clone(), token: token.clone() }),
            (None, None) => None,
            _ => return Err(BadConfig::HalfAToken),
        };
        match (client, token) {
            (Some(_), Some(_)) => Err(BadConfig::TwoWays),
            (client, token) => client.or(token).ok_or(BadConfig::NoCredentials),
        }
    }
}

impl From<BadConfig> for DestinationError {
    fn from(error: BadConfig) -> Self {
        Self::new(ErrorKind::Configuration, "connecting to Zendesk", error.to_string())
    }
}

fn yes() -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn config(table: serde_json::Value) -> Config {
        serde_json::from_value(table).unwrap()
    }

    #[test]
    fn a_subdomain_and_a_client_are_enough() {
        let config = config(json!({ "subdomain": "example", "client_id": "lapwing", "client_secret": "s" }));
        assert_eq!(config.base().unwrap().as_str(), "https://example.zendesk.com/");
        assert!(matches!(config.access(), Ok(Access::Oauth { refresh_token: None, .. })));
        assert!(config.create && config.create_fields && config.plan == Plan::Team);
    }

    #[test]
    fn requests_count_by_account_whoever_asks() {
        let scope = |table| config(table).rate_scope();
        let one = scope(json!({ "subdomain": "acme", "client_id": "a", "client_secret": "b" }));
        assert_eq!(one, scope(json!({ "base_url": "https://acme.zendesk.com", "email": "c", "api_token": "d" })));
        assert_ne!(one, scope(json!({ "subdomain": "other", "client_id": "a", "client_secret": "b" })));
    }

    #[test]
    fn a_subdomain_cannot_lead_to_another_host() {
        for (name, is_right) in
            [("acme-2", true), ("evil.example/", false), ("a.b", false), ("", false), ("-a", false), ("a@b", false)]
        {
            assert_eq!(config(json!({ "subdomain": name })).base().is_ok(), is_right, "{name}");
        }
        assert_eq!(config(json!({})).base(), Err(BadConfig::NoSubdomain));
    }

    #[test]
    fn plain_http_is_for_this_machine_only() {
        let base = |address: &str| config(json!({ "base_url": address })).base().err();
        assert_eq!(base("http://127.0.0.1:4010"), None);
        assert_eq!(base("http://example.zendesk.com"), Some(BadConfig::Address(BadAddress::PlainText)));
        assert_eq!(base("example.zendesk.com"), Some(BadConfig::Address(BadAddress::NotAnAddress)));
        assert_eq!(base("https://user:secret@proxy.example"), Some(BadConfig::Address(BadAddress::Extras)));
    }

    #[test]
    fn credentials_are_whole_and_of_one_kind() {
        let bad = |table| config(table).access().err();
        assert_eq!(bad(json!({})), Some(BadConfig::NoCredentials));
        assert_eq!(bad(json!({ "client_id": "a" })), Some(BadConfig::HalfAClient));
        assert_eq!(bad(json!({ "refresh_token": "a" })), Some(BadConfig::HalfAClient));
        assert_eq!(bad(json!({ "api_token": "a" })), Some(BadConfig::HalfAToken));
        let both = json!({ "client_id": "a", "client_secret": "b", "email": "c", "api_token": "d" });
        assert_eq!(bad(both), Some(BadConfig::TwoWays));
        assert_eq!(bad(json!({ "email": "c", "api_token": "d" })), None);
    }

    #[test]
    fn an_unknown_key_is_an_error_and_no_secret_is_shown() {
        assert!(serde_json::from_value::<Config>(json!({ "subdomains": "a" })).is_err());
        let secrets = json!({ "client_secret": "topsecret", "refresh_token": "topsecret", "api_token": "topsecret" });
        assert!(!format!("{:?}", config(secrets)).contains("topsecret"));
    }
}
