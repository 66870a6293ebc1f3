//! What a fake vendor has to offer, so that faces, faults, log and folder work with it.

use std::io::{self, Write};

use axum::Router;
use chrono::{DateTime, Utc};
use serde_json::Value as Json;

/// The vendor's time of a request: an extension of every request.
#[derive(Debug, Clone, Copy)]
pub struct Now(pub DateTime<Utc>);

/// An extension of a response whose request changed the account: such requests are written to the journal.
#[derive(Debug, Clone, Copy)]
pub struct Changed;

/// An extension of a request out of the journal: it was admitted when it first came, and its headers are not kept.
/// Authentication and rate limits let it pass.
#[derive(Debug, Clone, Copy)]
pub struct Replayed;

/// A fake account at a vendor.
///
/// Its routes answer at once and never wait: time passes only between requests, by their [`Now`]. They read the
/// [`JobFault`](crate::JobFault) extension of requests that start a job. What they do depends on the state, the
/// request and [`Now`] alone, because the journal replays it.
pub trait Vendor: Send + Sync + 'static {
    /// The connector's name for the vendor: `sendgrid`, …
    fn kind(&self) -> &'static str;

    /// The vendor's routes, with authentication, limits and fallbacks.
    fn router(&self) -> Router;

    /// One line for people: `2,469 contacts, 14 custom fields, 3 lists`.
    fn summary(&self, now: DateTime<Utc>) -> String;

    /// The state as JSON in a fixed order, with at most `limit` records of each kind.
    fn state(&self, now: DateTime<Utc>, limit: usize) -> Json;

    /// Writes the state as JSON Lines, in a fixed order.
    ///
    /// # Errors
    /// What `out` reports.
    fn save(&self, now: DateTime<Utc>, out: &mut dyn Write) -> io::Result<()>;

    /// Takes up one line that [`Vendor::save`] wrote.
    ///
    /// # Errors
    /// What is wrong with the line, without its content.
    fn load(&self, line: &str) -> Result<(), String>;

    /// Empties the account.
    fn reset(&self);

    /// Whether bodies of requests to `path` hold credentials, as those of token endpoints do. The log keeps none of them.
    /// Such a route must not mark its answer as [`Changed`](crate::Changed): the journal would keep them.
    fn takes_credentials(&self, path: &str) -> bool {
        let _ = path;
        false
    }
}
