//! Live counts, for progress bars and for the guard on rejections.

use std::sync::atomic::{AtomicU64, Ordering};

/// How far a delivery is. Read at any time, from any thread.
#[derive(Debug, Default)]
pub struct Progress {
    total: AtomicU64,
    confirmed: AtomicU64,
    rejected: AtomicU64,
    pending: AtomicU64,
}

impl Progress {
    /// Changes to send.
    pub fn total(&self) -> u64 {
        self.total.load(Ordering::Relaxed)
    }

    /// Changes confirmed so far.
    pub fn confirmed(&self) -> u64 {
        self.confirmed.load(Ordering::Relaxed)
    }

    /// Records refused so far.
    pub fn rejected(&self) -> u64 {
        self.rejected.load(Ordering::Relaxed)
    }

    /// Records whose job runs.
    pub fn pending(&self) -> u64 {
        self.pending.load(Ordering::Relaxed)
    }

    pub(super) fn begin(&self, total: u64) {
        self.total.store(total, Ordering::Relaxed);
    }

    pub(super) fn add(&self, confirmed: usize, rejected: usize) {
        self.confirmed.fetch_add(confirmed as u64, Ordering::Relaxed);
        self.rejected.fetch_add(rejected as u64, Ordering::Relaxed);
    }

    pub(super) fn job_started(&self, records: usize) {
        self.pending.fetch_add(records as u64, Ordering::Relaxed);
    }

    pub(super) fn job_ended(&self, records: usize) {
        self.pending.fetch_sub(records as u64, Ordering::Relaxed);
    }
}
