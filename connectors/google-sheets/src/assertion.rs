//! Service accounts: a key signs an assertion (JWT, RS256), which is exchanged for an access token.

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use rustls::SignatureScheme;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::sign::SigningKey;
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
    private_key: String,
    #[serde(default)]
    private_key_id: Option<String>,
    #[serde(default)]
    pub(crate) token_uri: Option<String>,
}

/// A service account that can sign.
pub(crate) struct ServiceAccount {
    pub(crate) email: String,
    key_id: Option<String>,
    key: Arc<dyn SigningKey>,
}

impl ServiceAccount {
    /// Takes up a key. `Err` says what is wrong with it, without showing it.
    pub(crate) fn new(file: &KeyFile) -> Result<Self, &'static str> {
        let der = PrivateKeyDer::from_pem_slice(file.private_key.as_bytes())
            .map_err(|_| "its `private_key` is not a key in PEM form")?;
        let key = rustls::crypto::ring::sign::any_supported_type(&der)
            .map_err(|_| "its `private_key` is not an RSA key that can be used")?;
        if key.choose_scheme(&[SignatureScheme::RSA_PKCS1_SHA256]).is_none() {
            return Err("its `private_key` is not an RSA key");
        }
        Ok(Self { email: file.client_email.clone(), key_id: file.private_key_id.clone(), key })
    }

    /// A signed assertion for a token endpoint. RS256 is RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518), for which TLS has a
    /// signer already.
    pub(crate) fn assertion(&self, audience: &str, now: DateTime<Utc>) -> Result<String, &'static str> {
        let mut header = json!({ "alg": "RS256", "typ": "JWT" });
        if let Some(id) = &self.key_id {
            header["kid"] = json!(id);
        }
        let issued = now.timestamp();
        let claims = json!({
            "iss": self.email, "scope": SCOPE, "aud": audience, "iat": issued, "exp": issued + ASSERTION_SECONDS,
        });
        let part = |json: &serde_json::Value| URL_SAFE_NO_PAD.encode(json.to_string());
        let signed = format!("{}.{}", part(&header), part(&claims));
        let rs256 = self.key.choose_scheme(&[SignatureScheme::RSA_PKCS1_SHA256]).ok_or("the key cannot sign")?;
        let signature = rs256.sign(signed.as_bytes()).map_err(|_| "the key cannot sign")?;
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
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
        let parts: Vec<&str> = assertion.split('.').collect();
        let read = |at: usize| -> serde_json::Value {
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts[at]).unwrap()).unwrap()
        };
        assert_eq!(read(0), json!({ "alg": "RS256", "typ": "JWT", "kid": "k1" }));
        let expected = json!({ "iss": "sync@project.iam.gserviceaccount.com", "scope": SCOPE,
            "aud": "https://oauth2.googleapis.com/token", "iat": 1_800_000_000, "exp": 1_800_003_600 });
        assert_eq!((read(1), parts.len()), (expected, 3));
        assert!(!format!("{account:?}").contains("PRIVATE"));
    }

    #[test]
    fn a_key_that_is_none_is_refused_without_being_shown() {
        for wrong in ["", "sec-ret", "-----BEGIN PRIVATE KEY-----\nc2VjLXJldA==\n-----END PRIVATE KEY-----\n"] {
            let error = ServiceAccount::new(&file(wrong)).unwrap_err();
            assert!(!error.contains("sec-ret"), "{error}");
        }
    }
}
