//! The one place that waits: client, pace, retry, tokens and redaction.

mod transport;

pub use transport::{Reach, Transport, TransportError};
