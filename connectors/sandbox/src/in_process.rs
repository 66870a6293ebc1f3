//! The face without sockets: a transport that hands requests to a sandbox.

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use lapwing_http::{Transport, TransportError};

use crate::Sandbox;

/// Answers every request from a sandbox, whatever host it names. Waits (latency, scripted delays) on the sandbox's
/// clock. A dropped call has been applied or not, like on the wire, never half.
#[derive(Debug, Clone)]
pub struct InProcess {
    sandbox: Sandbox,
}

impl InProcess {
    /// A transport that ends in `sandbox`.
    pub fn new(sandbox: Sandbox) -> Self {
        Self { sandbox }
    }
}

#[async_trait]
impl Transport for InProcess {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        self.sandbox.exchange(request).await
    }

    fn is_simulated(&self) -> bool {
        true
    }
}
