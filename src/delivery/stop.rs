//! The brake: whoever pulls it first says why, and no further batch is sent.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lapwing_contract::DestinationError;
use tokio::sync::Notify;

use crate::plan::GuardTrip;

/// Why a delivery ended early.
#[derive(Debug)]
pub enum StopReason {
    /// The destination failed in a way that further batches would not survive.
    Destination(DestinationError),
    /// A guard tripped while sending.
    Guard(GuardTrip),
    /// Somebody asked for it: Ctrl-C or SIGTERM.
    Asked,
}

/// A brake that is shared by everything that sends. Clones are the same brake.
#[derive(Debug, Clone, Default)]
pub struct Stop {
    reason: Arc<Mutex<Option<StopReason>>>,
    pulled: Arc<Notify>,
}

impl Stop {
    /// Pulls the brake. Only the first reason is kept.
    pub fn pull(&self, reason: StopReason) {
        self.lock().get_or_insert(reason);
        self.pulled.notify_waiters();
    }

    /// Ends when somebody has asked to stop, which mostly is never.
    pub async fn asked(&self) {
        loop {
            // First in line, then a look: a pull between the two is not missed.
            let mut pulled = std::pin::pin!(self.pulled.notified());
            pulled.as_mut().enable();
            if matches!(&*self.lock(), Some(StopReason::Asked)) {
                return;
            }
            pulled.await;
        }
    }

    /// Whether it was pulled.
    pub fn is_pulled(&self) -> bool {
        self.lock().is_some()
    }

    /// Whether a batch of which a part was sent may go on to its end.
    pub fn lets_batches_end(&self) -> bool {
        matches!(&*self.lock(), Some(StopReason::Guard(_)))
    }

    /// Takes the reason out.
    pub fn take_reason(&self) -> Option<StopReason> {
        self.lock().take()
    }

    fn lock(&self) -> MutexGuard<'_, Option<StopReason>> {
        // The state is one value: a panic elsewhere cannot leave it half written.
        self.reason.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
