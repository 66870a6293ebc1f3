//! What is sent to the token endpoint: the form of each way to sign in.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use lapwing_contract::{DestinationError, ErrorKind};
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use rustls::sign::SigningKey;
use rustls::{SignatureAlgorithm, SignatureScheme};
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
    Jwt { client_id: String, username: String, audience: &'static str, key: Arc<dyn SigningKey> },
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
                form.append_pair("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer")
                    .append_pair("assertion", &signed(&claims, &**key)?);
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

/// Reads an RSA key in PEM, in PKCS #8 or PKCS #1.
fn signing_key(pem: &SecretString) -> Result<Arc<dyn SigningKey>, DestinationError> {
    // Whoever puts a key into one line of an environment file writes its line ends so.
    let pem = pem.expose_secret().replace("\\n", "\n");
    let unusable = || {
        let message = "`private_key` is not an RSA key in PEM (`-----BEGIN PRIVATE KEY-----` …, without a passphrase)";
        configuration(message.to_owned())
    };
    let der = PrivateKeyDer::from_pem_slice(pem.as_bytes()).map_err(|_| unusable())?;
    let key = rustls::crypto::ring::sign::any_supported_type(&der).map_err(|_| unusable())?;
    if key.algorithm() == SignatureAlgorithm::RSA { Ok(key) } else { Err(unusable()) }
}

/// A JWT with these claims, signed with RS256.
fn signed(claims: &serde_json::Value, key: &dyn SigningKey) -> Result<String, DestinationError> {
    let encode = |json: &serde_json::Value| URL_SAFE_NO_PAD.encode(json.to_string());
    let head = encode(&json!({ "alg": "RS256", "typ": "JWT" }));
    let message = format!("{head}.{}", encode(claims));
    let failed = || configuration("`private_key` cannot sign".to_owned());
    let signer = key.choose_scheme(&[SignatureScheme::RSA_PKCS1_SHA256]).ok_or_else(failed)?;
    let signature = signer.sign(message.as_bytes()).map_err(|_| failed())?;
    Ok(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature)))
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
