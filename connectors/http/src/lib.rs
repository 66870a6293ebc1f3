//! The one place that waits: client, pace, retry, tokens and redaction.
//!
//! # Promise
//! A connector describes a request ([`ApiRequest`]) and gets an answer ([`ApiResponse`]) or one
//! [`DestinationError`](lapwing_contract::DestinationError). In between, and only here, the request
//! waits for its turn ([`Pace`]), carries fresh credentials ([`Credentials`]), and is tried again where that is safe
//! and worth it ([`RetrySettings`]). Nobody above tries it once more.
//!
//! # Inputs
//! [`HttpEnv`] brings what comes from outside: the wire ([`Transport`]), the time, the randomness, the user's
//! settings, and the place where tokens outlive it ([`Vault`]). [`Profile`] brings what the connector knows of its vendor: the base address, the credentials, the
//! published quotas and the spelling of the rate headers.
//!
//! # Outputs
//! Answers whose status is a success, or one that the request said it wants to read itself ([`ApiRequest::expect`]);
//! and counts of the requests made ([`Traffic`]), reads and writes apart.
//!
//! # Errors
//! Kinds that the delivery floor can act on, with the operation, the status, the number of attempts and the time they
//! took. Never a query, a body, a header or an id: those may hold customers' data or secrets.
//!
//! # A request that may have been applied
//! A lost answer leaves open whether the vendor acted. Only a request that declares itself
//! [idempotent](ApiRequest::idempotent) is repeated then; any other ends as
//! [`ErrorKind::Ambiguous`](lapwing_contract::ErrorKind).

mod address;
mod assertion;
mod attempts;
mod bucket;
mod client;
mod clock;
mod credentials;
mod env;
mod headers;
mod limits;
mod network;
mod pace;
mod redact;
mod request;
mod response;
mod retry;
pub mod scripted;
mod status;
mod tokens;
mod traffic;
mod transport;
mod vault;

pub use address::{BadAddress, api_address};
pub use assertion::{AssertionKey, BadKey};
pub use client::{Client, Profile};
pub use clock::SystemClock;
pub use credentials::{BearerKey, Credentials, Generation, NoCredentials};
pub use env::HttpEnv;
pub use headers::{RateHeaders, Reading, retry_after};
pub use limits::{Limits, SharedLimits};
pub use network::{NetworkSettings, NetworkTransport, is_loopback};
pub use pace::{Pace, PaceSettings, Permit, QuotaRule};
pub use request::ApiRequest;
pub use response::ApiResponse;
pub use retry::{Backoff, RetrySettings};
pub use status::kind_of;
pub use tokens::{Token, TokenCache, TokenSource};
pub use traffic::{Requests, Traffic};
pub use transport::{Reach, Transport, TransportError};
pub use vault::{FolderVault, MemoryVault, Vault};
