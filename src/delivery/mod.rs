//! Delivery: the staged plan goes out batch by batch, and what the vendor confirms comes back as receipts.
//!
//! * **Promise**: every change of the plan ends in exactly one state: confirmed, rejected with a reason, pending (its
//!   job still runs), unknown, or unsent. A bad record costs itself only. Nothing is sent before the ledger knows that
//!   it may be under way, and nothing counts as confirmed before its receipt is committed.
//! * **Inputs**: a [`StagedPlan`](crate::plan::StagedPlan), a destination with a prepared target, the engine that holds
//!   the ledger, a clock, and a [`Stop`] that anybody may pull.
//! * **Outputs**: receipts in the ledger, live counts in [`Progress`], and [`Delivered`] with what ended it early.
//! * **Errors**: [`DeliveryError`] where the ledger can't be written: then nothing more is sent. Failures of the
//!   destination are not errors here but part of [`Delivered`], because what was confirmed before them stays.
//! * **Cancellation**: dropping the future leaves the announced batches unknown, as a crash would; the next run
//!   recovers. Pulling [`Stop`] ends after the batches in flight.

mod drive;
mod follow;
mod pages;
mod part;
mod progress;
mod receipts;
mod set_aside;
mod settle;
mod stop;

pub use drive::{Delivered, Delivery, deliver};
pub use follow::follow_left_behind;
pub use progress::Progress;
pub use stop::{Stop, StopReason};

use crate::ledger::LedgerError;

/// The ledger could not be written: the one thing that ends a delivery at once.
#[derive(Debug, thiserror::Error)]
#[error("delivery stopped, because its receipts can't be kept")]
pub struct DeliveryError(#[from] pub LedgerError);

impl From<crate::engine::EngineError> for DeliveryError {
    fn from(error: crate::engine::EngineError) -> Self {
        Self(error.into())
    }
}
