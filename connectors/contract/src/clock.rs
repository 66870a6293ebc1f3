//! Time, injected: whoever needs the time or wants to wait asks a [`Clock`].

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

/// A source of time. Production uses the system's; tests and the in-process sandbox use one that they move themselves,
/// so that waiting a minute takes no time.
#[async_trait]
pub trait Clock: Send + Sync + std::fmt::Debug {
    /// The wall clock, UTC: for what is written down or compared with a vendor's time. It steps in either direction when
    /// somebody sets it, so nothing is measured by it.
    fn now(&self) -> DateTime<Utc>;

    /// How long this clock has run: for all that is measured within a process (pauses, deadlines, lives of tokens). It may
    /// stand still between two calls, but never steps.
    fn elapsed(&self) -> Duration;

    /// Waits until `duration` has passed on this clock. Cancel safe: dropping the future only ends the wait.
    async fn sleep(&self, duration: Duration);
}
