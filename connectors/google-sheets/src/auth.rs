//! Who Lapwing is at Google: a service account, a user, or whoever the machine's default credentials stand for.

use std::sync::Arc;
use std::time::Duration;

use lapwing_contract::{DestinationError, ErrorKind};
use lapwing_http::{BadKey, BearerKey, Credentials, HttpEnv, TokenCache};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::Value as Json;
use url::Url;

use crate::assertion::{KeyFile, ServiceAccount};
use crate::config::{Config, unusable};
use crate::default_credentials::Places;
use crate::token::Source;

/// Tokens are replaced this long before their end, so that none ends on the way.
const EARLY: Duration = Duration::from_secs(120);

/// What stands for a token where a fake answers in process and no credentials are at hand.
const SANDBOX_TOKEN: &str = "sandbox";

const OPERATION: &str = "reading the credentials";

/// Credentials, and the address that a spreadsheet has to be shared with, where it is known.
pub(crate) struct Identity {
    pub(crate) credentials: Arc<dyn Credentials>,
    pub(crate) email: Option<String>,
}

/// The identity that a destination's table asks for.
pub(crate) fn identity(config: &Config, env: &HttpEnv) -> Result<Identity, DestinationError> {
    let token_url =
        config.token_url.as_deref().map(|url| lapwing_http::api_address(url).map_err(|bad| unusable("token_url", bad)));
    let token_url = token_url.transpose()?;
    let is_simulated = env.transport.is_simulated();
    let login = match (&config.service_account_key, &config.refresh_token) {
        (Some(_), Some(_)) => {
            return Err(configuration("both `service_account_key` and `refresh_token` are given; keep one"));
        }
        (Some(key), None) if is_simulated && is_stand_in(key.expose_secret()) => return placeholder(),
        (Some(key), None) => Login::from_key(key.expose_secret())?,
        (None, Some(token)) if is_simulated && is_unresolved(token.expose_secret()) => return placeholder(),
        (None, Some(token)) => Login::User(user(config, token)?),
        (None, None) if is_simulated => return placeholder(),
        (None, None) => Login::Default(Places::of_this_user()),
    };
    let email = if let Login::ServiceAccount(account, _) = &login { Some(account.email.clone()) } else { None };
    let source = Source { login, env: env.clone(), token_url };
    let cache = TokenCache::new(Box::new(source), Arc::clone(&env.clock), EARLY);
    Ok(Identity { credentials: Arc::new(cache), email })
}

/// Whatever stands for a key where the sandbox needs none: a key is a JSON object.
fn is_stand_in(text: &str) -> bool {
    is_unresolved(text) || !text.trim_start().starts_with('{')
}

/// A variable or file that was not put in: the sandbox asks for none.
fn is_unresolved(text: &str) -> bool {
    text.starts_with("${") || text.starts_with("{ file = ")
}

fn placeholder() -> Result<Identity, DestinationError> {
    let credentials = Arc::new(BearerKey::new(&SecretString::from(SANDBOX_TOKEN))?);
    Ok(Identity { credentials, email: None })
}

fn user(config: &Config, refresh_token: &SecretString) -> Result<User, DestinationError> {
    let missing = || configuration("`refresh_token` needs `client_id` and `client_secret` beside it");
    Ok(User {
        client_id: config.client_id.clone().ok_or_else(missing)?,
        client_secret: config.client_secret.clone().ok_or_else(missing)?,
        refresh_token: refresh_token.clone(),
    })
}

#[derive(Debug)]
pub(crate) enum Login {
    /// With the endpoint that its key names.
    ServiceAccount(ServiceAccount, Option<Url>),
    User(User),
    /// Read when the first token is asked for.
    Default(Places),
}

#[derive(Debug)]
pub(crate) struct User {
    pub(crate) client_id: String,
    pub(crate) client_secret: SecretString,
    pub(crate) refresh_token: SecretString,
}

/// The file of a user, as gcloud writes it.
#[derive(Deserialize)]
struct UserFile {
    client_id: String,
    client_secret: SecretString,
    refresh_token: SecretString,
}

impl Login {
    fn from_key(text: &str) -> Result<Self, DestinationError> {
        let (json, kind) = document(text)?;
        if kind != "service_account" {
            return Err(configuration("`service_account_key` is not the JSON key of a service account"));
        }
        Self::service_account(json)
    }

    fn service_account(json: Json) -> Result<Self, DestinationError> {
        // The words of serde may quote the key.
        let file: KeyFile = serde_json::from_value(json)
            .map_err(|_| configuration("the key of the service account lacks `client_email` or `private_key`"))?;
        let token_uri = file
            .token_uri
            .as_deref()
            .map(|url| lapwing_http::api_address(url).map_err(|bad| unusable("token_uri", bad)));
        let account = ServiceAccount::new(&file).map_err(unusable_key)?;
        Ok(Self::ServiceAccount(account, token_uri.transpose()?))
    }

    /// The login of a file of default credentials.
    pub(crate) fn from_default(text: &str) -> Result<Self, DestinationError> {
        let (json, kind) = document(text)?;
        match kind.as_str() {
            "service_account" => Self::service_account(json),
            "authorized_user" => {
                let UserFile { client_id, client_secret, refresh_token } = serde_json::from_value(json)
                    .map_err(|_| configuration("the default credentials lack a field of user credentials"))?;
                Ok(Self::User(User { client_id, client_secret, refresh_token }))
            }
            _ => Err(configuration(
                "the default credentials are of a kind that is not supported; use a service account's key, or \
                 `gcloud auth application-default login`",
            )),
        }
    }
}

/// A JSON document and its `type`.
fn document(text: &str) -> Result<(Json, String), DestinationError> {
    let json: Json =
        serde_json::from_str(text).map_err(|_| configuration("the credentials are not a JSON document"))?;
    let kind = json.get("type").and_then(Json::as_str).unwrap_or_default().to_owned();
    Ok((json, kind))
}

pub(crate) fn unusable_key(key: BadKey) -> DestinationError {
    configuration(&format!("the key of the service account cannot be used: its `private_key` {key}"))
}

pub(crate) fn configuration(message: &str) -> DestinationError {
    DestinationError::new(ErrorKind::Configuration, OPERATION, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn default_credentials_are_told_apart_by_their_type() {
        let user = r#"{"type":"authorized_user","client_id":"c","client_secret":"sec-ret","refresh_token":"sec-ret"}"#;
        let login = Login::from_default(user).unwrap();
        assert!(matches!(login, Login::User(_)));
        assert!(!format!("{login:?}").contains("sec-ret"), "{login:?}");
        for (wrong, told) in [
            ("sec-ret", "not a JSON document"),
            (r#"{"type":"external_account"}"#, "not supported"),
            (r#"{"type":"service_account","private_key":"sec-ret"}"#, "lacks `client_email`"),
            (r#"{"type":"service_account","client_email":"a@b","private_key":"sec-ret"}"#, "its `private_key` is not"),
            (r#"{"type":"authorized_user"}"#, "lack a field"),
        ] {
            let error = Login::from_default(wrong).unwrap_err();
            assert!(error.message.contains(told) && !error.message.contains("sec-ret"), "{error}");
        }
    }

    #[test]
    fn a_key_that_sends_its_assertion_in_plain_text_is_refused() {
        let key = serde_json::json!({ "type": "service_account", "client_email": "a@b",
            "private_key": include_str!("../tests/fixtures/key.pem"), "token_uri": "http://evil.example/token" });
        let error = Login::from_key(&key.to_string()).unwrap_err();
        assert!(error.message.contains("plain http"), "{error}");
    }
}
