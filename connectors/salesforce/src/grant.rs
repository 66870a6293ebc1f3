//! What is sent to the token endpoint: the form of each way to sign in.

use chrono::{DateTime, Utc};
use lapwing_contract::{DestinationError, ErrorKind};
use lapwing_http::{AssertionKey, BadKey};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use url::{Url, form_urlencoded};

use crate::config::{Auth, Config};

/// How long an assertion lives. Documented: three to five minutes at most.
const ASSERTION_LIVES_S: i64 = 180;

/// A way to sign in, with what it needs.
pub(crate) enum Grant {
    ClientCredentials { client_id: String, client_secret: SecretString },
    RefreshToken { client_id: String, client_secret: Option<SecretString>, refresh_token: SecretString },
    Jwt { client_id: String, username: String, audience: &'static str, key: AssertionKey },
}

impl Grant {
    /// The grant that a table describes. `login` is where tokens are asked for.
    pub(crate) fn of(config: &Config, login: &Url) -> Result<Self, DestinationError> {
        let client_id = config.client_id.clone();
        let missing = |key: &str| configuration(format!("`{key}` is missing for this way to sign in"));
        Ok(match config.auth {
            Auth::ClientCredentials => Self::ClientCredentials {
                client_id,
                client_secret: config.client_secret.clone().ok_or_else(|| missing("client_secret"))?,
            },
            Auth::RefreshToken => Self::RefreshToken {
                client_id,
                client_secret: config.client_secret.clone(),
                refresh_token: config.refresh_token.clone().ok_or_else(|| missing("refresh_token"))?,
            },
            Auth::Jwt => Self::Jwt {
                client_id,
                username: config.username.clone().ok_or_else(|| missing("username"))?,
                audience: audience(login),
                key: signing_key(config.private_key.as_ref().ok_or_else(|| missing("private_key"))?)?,
            },
        })
    }

    /// The form to post. It holds secrets.
    pub(crate) fn form(&self, now: DateTime<Utc>) -> Result<String, DestinationError> {
        let mut form = form_urlencoded::Serializer::new(String::new());
        match self {
            Self::ClientCredentials { client_id, client_secret } => {
                form.append_pair("grant_type", "client_credentials")
                    .append_pair("client_id", client_id)
                    .append_pair("client_secret", client_secret.expose_secret());
            }
            Self::RefreshToken { client_id, client_secret, refresh_token } => {
                form.append_pair("grant_type", "refresh_token")
                    .append_pair("refresh_token", refresh_token.expose_secret())
                    .append_pair("client_id", client_id);
                if let Some(secret) = client_secret {
                    form.append_pair("client_secret", secret.expose_secret());
                }
            }
            Self::Jwt { client_id, username, audience, key } => {
                let expires = now.timestamp() + ASSERTION_LIVES_S;
                let claims = json!({ "iss": client_id, "sub": username, "aud": audience, "exp": expires });
                let assertion = key.sign(&claims, None).map_err(unusable)?;
                form.append_pair("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer")
                    .append_pair("assertion", assertion.expose_secret());
            }
        }
        Ok(form.finish())
    }

    /// What to look at where the vendor denies it.
    pub(crate) fn advice(&self) -> &'static str {
        match self {
            Self::ClientCredentials { .. } => {
                "check client_id and client_secret, that login_url is the org's My Domain, and that the app has the \
                 client credentials flow with a user to run as"
            }
            Self::RefreshToken { .. } => {
                "check client_id, and ask for a new refresh token: it was revoked, replaced or has expired"
            }
            Self::Jwt { .. } => {
                "check client_id, username and the certificate of the app, and that the user is approved for it"
            }
        }
    }
}

impl std::fmt::Debug for Grant {
    /// Shows which it is.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::ClientCredentials { .. } => "client credentials",
            Self::RefreshToken { .. } => "refresh token",
            Self::Jwt { .. } => "jwt",
        })
    }
}

/// Who an assertion is for: sandboxes have a login host of their own.
fn audience(login: &Url) -> &'static str {
    let is_sandbox = login.host_str().is_some_and(|host| host.contains(".sandbox."));
    if is_sandbox { "https://test.salesforce.com" } else { "https://login.salesforce.com" }
}

fn signing_key(pem: &SecretString) -> Result<AssertionKey, DestinationError> {
    // Whoever puts a key into one line of an environment file writes its line ends so.
    let pem = SecretString::from(pem.expose_secret().replace("\\n", "\n"));
    AssertionKey::from_pem(&pem).map_err(unusable)
}

fn unusable(key: BadKey) -> DestinationError {
    configuration(format!("`private_key` {key}"))
}

fn configuration(message: String) -> DestinationError {
    DestinationError::new(ErrorKind::Configuration, "signing in to Salesforce", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant(table: serde_json::Value) -> Result<Grant, DestinationError> {
        let config: Config = serde_json::from_value(table).unwrap();
        Grant::of(&config, &Url::parse("https://acme.my.salesforce.com").unwrap())
    }

    #[test]
    fn forms_are_as_documented() {
        let now = DateTime::UNIX_EPOCH;
        let credentials = grant(json!({ "client_id": "a&b", "client_secret": "s=1" })).unwrap();
        let form = credentials.form(now).unwrap();
        assert_eq!(form, "grant_type=client_credentials&client_id=a%26b&client_secret=s%3D1");
        let table = json!({ "auth": "refresh_token", "client_id": "a", "refresh_token": "r+/" });
        let form = grant(table).unwrap().form(now).unwrap();
        assert_eq!(form, "grant_type=refresh_token&refresh_token=r%2B%2F&client_id=a");
    }

    #[test]
    fn what_is_missing_is_named_and_a_bad_key_is_not_shown() {
        for (auth, key) in
            [("client_credentials", "client_secret"), ("refresh_token", "refresh_token"), ("jwt", "username")]
        {
            let error = grant(json!({ "auth": auth, "client_id": "a" })).unwrap_err();
            assert!(error.message.contains(key), "{error}");
        }
        let table = json!({ "auth": "jwt", "client_id": "a", "username": "u", "private_key": "SECRET" });
        let error = grant(table).unwrap_err();
        assert!(error.message.contains("private_key") && !format!("{error:?}").contains("SECRET"), "{error:?}");
    }

    #[test]
    fn an_assertion_for_a_sandbox_names_its_login_host() {
        let of = |url: &str| audience(&Url::parse(url).unwrap());
        assert_eq!(of("https://acme--dev.sandbox.my.salesforce.com"), "https://test.salesforce.com");
        assert_eq!(of("https://acme.my.salesforce.com"), "https://login.salesforce.com");
    }
}
