//! How a request proves who sends it.

use async_trait::async_trait;
use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{HeaderValue, Request};
use lapwing_contract::{DestinationError, ErrorKind};
use secrecy::{ExposeSecret, SecretString};

/// Which edition of the credentials a request carried, so that a refusal renews only what was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Generation(pub u64);

/// Signs requests. Shared by all calls of an account.
#[async_trait]
pub trait Credentials: Send + Sync + std::fmt::Debug {
    /// Makes the request carry the credentials; may also move it to the host that they belong to.
    ///
    /// # Errors
    /// [`ErrorKind::Unauthenticated`] where no credentials can be had, or the kinds of the vendor's token endpoint.
    async fn authorize(&self, request: &mut Request<Bytes>) -> Result<Generation, DestinationError>;

    /// Told that the vendor refused this edition with 401. Answers whether the next `authorize` gives another one;
    /// then the request is sent once more.
    async fn renew(&self, refused: Generation) -> bool {
        let _ = refused;
        false
    }
}

/// For vendors, or token endpoints, that want none.
#[derive(Debug, Clone, Copy)]
pub struct NoCredentials;

#[async_trait]
impl Credentials for NoCredentials {
    async fn authorize(&self, _request: &mut Request<Bytes>) -> Result<Generation, DestinationError> {
        Ok(Generation::default())
    }
}

/// `Authorization: Bearer <key>` with a key that does not expire.
#[derive(Debug)]
pub struct BearerKey {
    header: HeaderValue,
}

impl BearerKey {
    /// Credentials of this key.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] where the key is empty or holds characters that no header can carry, such as the
    /// line break of a file.
    pub fn new(key: &SecretString) -> Result<Self, DestinationError> {
        Ok(Self { header: bearer(key)? })
    }
}

#[async_trait]
impl Credentials for BearerKey {
    async fn authorize(&self, request: &mut Request<Bytes>) -> Result<Generation, DestinationError> {
        request.headers_mut().insert(AUTHORIZATION, self.header.clone());
        Ok(Generation::default())
    }
}

/// The header of a bearer token, marked so that nothing prints it.
pub(crate) fn bearer(token: &SecretString) -> Result<HeaderValue, DestinationError> {
    let unusable = || {
        DestinationError::new(
            ErrorKind::Configuration,
            "reading the credentials",
            "the key is empty or holds a line break or another character that cannot be sent",
        )
    };
    if token.expose_secret().is_empty() {
        return Err(unusable());
    }
    let mut header = HeaderValue::from_str(&format!("Bearer {}", token.expose_secret())).map_err(|_| unusable())?;
    header.set_sensitive(true);
    Ok(header)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_with_a_line_break_is_refused_without_being_shown() {
        let error = BearerKey::new(&SecretString::from("SG.secret\n")).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Configuration);
        assert!(!format!("{error} {error:?}").contains("SG.secret"));
    }

    #[test]
    fn debug_does_not_show_the_key() {
        let key = BearerKey::new(&SecretString::from("SG.secret")).unwrap();
        assert!(!format!("{key:?}").contains("SG.secret"), "{key:?}");
    }
}
