//! Assertions: claims signed with a private key (JWT, RS256), which a token endpoint exchanges for an access token.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rustls::SignatureScheme;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::sign::Signer;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value as Json, json};

/// Why a key signs nothing; to be read after its name. It never shows the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadKey {
    /// There is no private key in it, or one that a passphrase locks.
    #[error("is not a private key in PEM (`-----BEGIN PRIVATE KEY-----` …, without a passphrase)")]
    NotPem,
    /// It is of another kind, too short, or damaged.
    #[error("is not an RSA key that can be used")]
    NotRsa,
    /// The library refused to sign.
    #[error("cannot sign")]
    CannotSign,
}

/// An RSA key that signs assertions.
pub struct AssertionKey {
    signer: Box<dyn Signer>,
}

impl AssertionKey {
    /// Reads a key in PEM, in PKCS #8 or PKCS #1. What stands around it is passed over.
    ///
    /// # Errors
    /// [`BadKey::NotPem`] and [`BadKey::NotRsa`].
    pub fn from_pem(pem: &SecretString) -> Result<Self, BadKey> {
        let der = PrivateKeyDer::from_pem_slice(pem.expose_secret().as_bytes()).map_err(|_| BadKey::NotPem)?;
        let key = rustls::crypto::ring::sign::any_supported_type(&der).map_err(|_| BadKey::NotRsa)?;
        // RS256 is RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518), for which TLS has a signer already.
        let signer = key.choose_scheme(&[SignatureScheme::RSA_PKCS1_SHA256]).ok_or(BadKey::NotRsa)?;
        Ok(Self { signer })
    }

    /// A JWT with these claims; `key_id` tells an endpoint that knows several keys which one signed.
    ///
    /// # Errors
    /// [`BadKey::CannotSign`].
    pub fn sign(&self, claims: &Json, key_id: Option<&str>) -> Result<SecretString, BadKey> {
        let mut header = json!({ "alg": "RS256", "typ": "JWT" });
        if let Some(id) = key_id {
            header["kid"] = json!(id);
        }
        let part = |json: &Json| URL_SAFE_NO_PAD.encode(json.to_string());
        let signed = format!("{}.{}", part(&header), part(claims));
        let signature = self.signer.sign(signed.as_bytes()).map_err(|_| BadKey::CannotSign)?;
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)).into())
    }
}

impl std::fmt::Debug for AssertionKey {
    /// Shows nothing of the key.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AssertionKey").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
