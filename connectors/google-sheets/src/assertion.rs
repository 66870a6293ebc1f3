//! Service accounts: a key signs an assertion (JWT, RS256), which is exchanged for an access token.

use std::fmt;

use chrono::{DateTime, Utc};
use lapwing_http::{AssertionKey, BadKey};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::json;

/// What the account may do: read and write spreadsheets (discovery document).
const SCOPE: &str = "https://www.googleapis.com/auth/spreadsheets";

/// How long an assertion holds; documented: an hour at most.
const ASSERTION_SECONDS: i64 = 3_600;

/// The fields of a key file that are used.
#[derive(Deserialize)]
pub(crate) struct KeyFile {
    pub(crate) client_email: String,
    private_key: SecretString,
    #[serde(default)]
    private_key_id: Option<String>,
    #[serde(default)]
    pub(crate) token_uri: Option<String>,
}

/// A service account that can sign.
pub(crate) struct ServiceAccount {
    pub(crate) email: String,
    key_id: Option<String>,
    key: AssertionKey,
}

impl ServiceAccount {
    /// Takes up a key.
    pub(crate) fn new(file: &KeyFile) -> Result<Self, BadKey> {
        let key = AssertionKey::from_pem(&file.private_key)?;
        Ok(Self { email: file.client_email.clone(), key_id: file.private_key_id.clone(), key })
    }

    /// A signed assertion for a token endpoint.
    pub(crate) fn assertion(&self, audience: &str, now: DateTime<Utc>) -> Result<SecretString, BadKey> {
        let issued = now.timestamp();
        let claims = json!({
            "iss": self.email, "scope": SCOPE, "aud": audience, "iat": issued, "exp": issued + ASSERTION_SECONDS,
        });
        self.key.sign(&claims, self.key_id.as_deref())
    }
}

impl fmt::Debug for ServiceAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceAccount").field("email", &self.email).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use secrecy::ExposeSecret as _;

    fn file(private_key: &str) -> KeyFile {
        KeyFile {
            client_email: "sync@project.iam.gserviceaccount.com".into(),
            private_key: private_key.into(),
            private_key_id: Some("k1".into()),
            token_uri: None,
        }
    }

    #[test]
    fn an_assertion_says_who_asks_for_what_and_until_when() {
        let account = ServiceAccount::new(&file(include_str!("../tests/fixtures/key.pem"))).unwrap();
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let assertion = account.assertion("https://oauth2.googleapis.com/token", now).unwrap();
        let parts: Vec<&str> = assertion.expose_secret().split('.').collect();
        let read = |at: usize| -> serde_json::Value {
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts[at]).unwrap()).unwrap()
        };
        assert_eq!(read(0)["kid"], "k1");
        let expected = json!({ "iss": "sync@project.iam.gserviceaccount.com", "scope": SCOPE,
            "aud": "https://oauth2.googleapis.com/token", "iat": 1_800_000_000, "exp": 1_800_003_600 });
        assert_eq!(read(1), expected);
        assert!(!format!("{account:?}").contains("PRIVATE"));
    }
}
