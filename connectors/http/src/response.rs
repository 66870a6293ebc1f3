//! A vendor's answer.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use lapwing_contract::{DestinationError, ErrorKind};
use serde::de::DeserializeOwned;

use crate::redact;

/// An answer: a success, or a status that the request expected.
#[derive(Clone)]
pub struct ApiResponse {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body, whole and unpacked. It may hold customers' data.
    pub body: Bytes,
    /// Method and path of the request, for errors.
    pub operation: String,
    /// How often it was tried.
    pub attempts: u32,
    /// How long all tries took together.
    pub elapsed: Duration,
}

impl ApiResponse {
    /// Whether the status is a success.
    pub fn is_success(&self) -> bool {
        self.status.is_success()
    }

    /// Reads the body as JSON.
    ///
    /// # Errors
    /// [`ErrorKind::Protocol`] with the place where the reading stopped, without what stood there.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, DestinationError> {
        serde_json::from_slice(&self.body)
            .map_err(|error| self.error(ErrorKind::Protocol, redact::parse_failure(&error)))
    }

    /// An error about this answer.
    pub fn error(&self, kind: ErrorKind, message: impl Into<String>) -> DestinationError {
        DestinationError {
            attempts: self.attempts,
            elapsed: self.elapsed,
            ..DestinationError::new(kind, &self.operation, message).with_status(self.status.as_u16())
        }
    }
}

impl std::fmt::Debug for ApiResponse {
    /// Shows what errors may show.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} for {} ({} bytes)", self.status, self.operation, self.body.len())
    }
}
