//! The drive: batches in order, several in flight, each settled on its own.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use fail::fail_point;
use futures::StreamExt;
use lapwing_contract::{Capabilities, Clock, Destination, DestinationError, Polling, Prepared};
use tokio::sync::Semaphore;

use super::pages::Pages;
use super::receipts::{Announced, ReceiptWriter};
use super::{DeliveryError, Progress, Stop, StopReason};
use crate::engine::Engine;
use crate::ledger;
use crate::plan::StagedPlan;

/// Everything that a delivery needs.
pub struct Delivery<'a> {
    /// The engine that holds the ledger.
    pub engine: Engine,
    /// Where it goes.
    pub destination: &'a dyn Destination,
    /// The destination's clock.
    pub clock: &'a dyn Clock,
    /// The target, made ready.
    pub target: Arc<Prepared>,
    /// What is sent.
    pub plan: StagedPlan,
    /// The share of refused records that stops the run, in per cent of the plan.
    pub max_reject_pct: Option<f64>,
    /// Live counts.
    pub progress: Arc<Progress>,
    /// The brake.
    pub stop: Stop,
}

/// How a delivery ended. What became of the records is in the ledger.
#[derive(Debug, Default)]
pub struct Delivered {
    /// What ended it early.
    pub stopped_by: Option<StopReason>,
    /// The first failure that cost a batch, where the run went on.
    pub failure: Option<DestinationError>,
}

/// What every batch in flight shares.
pub(super) struct Worker<'a> {
    pub(super) destination: &'a dyn Destination,
    pub(super) clock: &'a dyn Clock,
    pub(super) polling: Polling,
    pub(super) idempotent: bool,
    pub(super) receipts: ReceiptWriter,
    pub(super) progress: &'a Progress,
    pub(super) stop: &'a Stop,
    pub(super) max_reject_pct: Option<f64>,
    pub(super) failures: Failures,
    /// The writes that the vendor takes at once; batches whose jobs run do not count.
    pub(super) writes: Semaphore,
    /// The highest batch that was handed out to be sent.
    pub(super) handed_out: AtomicU64,
}

/// Failures in a row, and the first of them.
#[derive(Debug, Default)]
pub(super) struct Failures {
    in_a_row: AtomicU32,
    first: Mutex<Option<DestinationError>>,
}

impl Failures {
    pub(super) fn count(&self) -> u32 {
        self.in_a_row.fetch_add(1, Ordering::Relaxed) + 1
    }

    pub(super) fn reset(&self) {
        self.in_a_row.store(0, Ordering::Relaxed);
    }

    pub(super) fn keep(&self, error: DestinationError) {
        self.first.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
    }

    fn take(&self) -> Option<DestinationError> {
        self.first.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Sends a staged plan.
///
/// # Errors
/// [`DeliveryError`] where the ledger can't be written. Everything else is in [`Delivered`] and in the ledger.
pub async fn deliver(delivery: Delivery<'_>) -> Result<Delivered, DeliveryError> {
    let Delivery { engine, destination, clock, target, plan, max_reject_pct, progress, stop } = delivery;
    let capabilities = destination.capabilities(&target.target.object);
    let slots = slots(&capabilities);
    progress.begin(plan.counts.to_send);
    let sync_id = plan.tables.sync_id;
    let announced = Announced::default();
    let last = plan.batches.last().map_or(0, |batch| batch.number);
    let (receipts, writing) = ReceiptWriter::new(engine.clone(), sync_id, announced.clone(), slots as u64, last);
    let worker = Worker {
        destination,
        clock,
        polling: capabilities.polling,
        idempotent: capabilities.idempotent,
        receipts,
        progress: &progress,
        stop: &stop,
        max_reject_pct,
        failures: Failures::default(),
        writes: Semaphore::new(capabilities.concurrency.max(1)),
        handed_out: AtomicU64::new(0),
    };
    let pages = Pages::new(engine.clone(), plan.tables, target, plan.batches, slots as u64, announced.clone());
    let sending = send_all(worker, pages, slots);
    let (sent, written) = futures::future::join(sending, writing).await;
    written?;
    let (failure, handed_out) = sent?;
    fail_point!("all-settled", |_| std::process::abort());
    // Every batch that was handed out has its receipts; those announced beyond were never sent.
    if announced.through() > handed_out {
        engine.run(move |session| ledger::retract(session, sync_id, handed_out)).await?;
    }
    fail_point!("delivered", |_| std::process::abort());
    Ok(Delivered { stopped_by: stop.take_reason(), failure })
}

/// Batches that may be under way at once. Where writes start jobs, a batch is under way until its job has ended.
fn slots(capabilities: &Capabilities) -> usize {
    if capabilities.jobs_in_flight > 0 { capabilities.jobs_in_flight } else { capabilities.concurrency.max(1) }
}

/// Owns the worker, so that the writer of receipts ends when the last batch has.
async fn send_all(
    worker: Worker<'_>,
    pages: Pages,
    slots: usize,
) -> Result<(Option<DestinationError>, u64), DeliveryError> {
    let stop = worker.stop;
    let batches = futures::stream::unfold(Some(pages), |state| async move {
        let mut pages = state?;
        if stop.is_pulled() {
            return None;
        }
        match pages.next().await {
            Ok(Some(batch)) => Some((Ok(batch), Some(pages))),
            Ok(None) => None,
            Err(error) => Some((Err(error), None)),
        }
    });
    let worker_ref = &worker;
    let mut settled = std::pin::pin!(
        batches
            .map(|batch| async move {
                match batch {
                    Ok(batch) => Ok(worker_ref.settle(batch).await),
                    Err(error) => Err(error),
                }
            })
            .buffer_unordered(slots)
    );
    while let Some(kept) = settled.next().await {
        // Where a receipt could not be kept, the writer's own error tells why.
        if !kept? {
            break;
        }
    }
    Ok((worker.failures.take(), worker.handed_out.load(Ordering::Relaxed)))
}
