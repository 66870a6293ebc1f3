//! How many requests were made: the run report shows it, and "nothing changed, nothing sent" is checked by it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Counters of one destination account, shared between its client and whoever reports.
#[derive(Debug, Default)]
pub struct Traffic {
    reads: AtomicU64,
    writes: AtomicU64,
    repeats: AtomicU64,
    waited_ms: AtomicU64,
}

/// The counters at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Requests {
    /// Requests that can change nothing at the vendor.
    pub reads: u64,
    /// All other requests.
    pub writes: u64,
    /// How many of both were second or later attempts.
    pub repeats: u64,
    /// How long requests waited for their turn or before a repetition, all together, in milliseconds.
    pub waited_ms: u64,
}

impl Requests {
    /// Reads and writes together: what the vendor counts.
    pub fn total(&self) -> u64 {
        self.reads + self.writes
    }
}

impl Traffic {
    /// The counters now.
    pub fn requests(&self) -> Requests {
        Requests {
            reads: self.reads.load(Ordering::Relaxed),
            writes: self.writes.load(Ordering::Relaxed),
            repeats: self.repeats.load(Ordering::Relaxed),
            waited_ms: self.waited_ms.load(Ordering::Relaxed),
        }
    }

    /// Counts one request that is handed to the wire.
    pub(crate) fn sent(&self, is_read: bool, attempt: u32) {
        let counter = if is_read { &self.reads } else { &self.writes };
        counter.fetch_add(1, Ordering::Relaxed);
        if attempt > 1 {
            self.repeats.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Adds a wait.
    pub(crate) fn waited(&self, wait: Duration) {
        let millis = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
        self.waited_ms.fetch_add(millis, Ordering::Relaxed);
    }
}
