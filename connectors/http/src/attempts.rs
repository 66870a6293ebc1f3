//! The state of one request that is tried: whether to go on, and how long to wait before.

use std::time::Duration;

use crate::{Backoff, RetrySettings};

/// What happened to one attempt that may be worth another.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Setback {
    /// Whether the vendor may have acted all the same.
    pub(crate) maybe_applied: bool,
    /// How long the vendor asks to wait: exact.
    pub(crate) asked: Option<Duration>,
    /// How long it makes sense to wait at least, where the vendor's counters say when they are reset.
    pub(crate) at_least: Duration,
}

/// Why there is no further attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// Repeating it could do harm.
    Unsafe,
    /// As often as allowed.
    TooOften,
    /// The next attempt would start after the deadline.
    TooLate(Duration),
}

/// Counts the attempts of one request.
#[derive(Debug)]
pub(crate) struct Attempts {
    settings: RetrySettings,
    is_idempotent: bool,
    backoff: Backoff,
    /// By the clock that never steps.
    started: Duration,
    /// Attempts made.
    pub(crate) made: u32,
}

impl Attempts {
    pub(crate) fn new(settings: RetrySettings, is_idempotent: bool, now: Duration) -> Self {
        Self { settings, is_idempotent, backoff: Backoff::new(&settings), started: now, made: 0 }
    }

    pub(crate) fn elapsed(&self, now: Duration) -> Duration {
        now.saturating_sub(self.started)
    }

    /// The wait before the next attempt, or why there is none. What the vendor asks for is never shortened, and a
    /// request that may have been applied is repeated only where that does no harm.
    pub(crate) fn next_wait(&mut self, setback: Setback, chance: f64, now: Duration) -> Result<Duration, End> {
        if setback.maybe_applied && !self.is_idempotent {
            return Err(End::Unsafe);
        }
        if self.made >= self.settings.max_attempts {
            return Err(End::TooOften);
        }
        let own = self.backoff.next(chance);
        let wait = setback.asked.unwrap_or_else(|| own.max(setback.at_least));
        if self.elapsed(now).saturating_add(wait) > self.settings.deadline {
            return Err(End::TooLate(wait));
        }
        Ok(wait)
    }
}
