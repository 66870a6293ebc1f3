//! The seam between a client and the wire: a request goes in, an answer or a classified failure comes out.
//!
//! Production puts `reqwest` behind it, the sandbox answers in process; everything above behaves the same with both.

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};

/// Carries one request. It neither retries nor waits, and follows no redirect.
#[async_trait]
pub trait Transport: Send + Sync + std::fmt::Debug {
    /// Sends `request` (absolute URI) and reads the whole answer, whatever its status.
    ///
    /// # Errors
    /// A [`TransportError`] that says whether the request may have been applied. Cancellation: a dropped call may
    /// have been applied.
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError>;

    /// Whether a fake answers in this process: nothing leaves it, so nobody's own credentials are looked for.
    fn is_simulated(&self) -> bool {
        false
    }
}

/// How far a failed request came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// It never left: nothing can have been applied.
    NotSent,
    /// It may have arrived: its answer was cut, late or unreadable.
    MayBeApplied,
}

/// A request without an answer. The text holds no query, no body, no header.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct TransportError {
    /// How far it came.
    pub reach: Reach,
    /// What happened: "could not connect", "no answer within 30 s", …
    pub message: String,
    /// What lies beneath.
    #[source]
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}
