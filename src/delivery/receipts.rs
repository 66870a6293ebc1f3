//! The writer of receipts: many parts end at once, and one commit keeps them all.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use fail::fail_point;
use tokio::sync::{mpsc, oneshot};

use super::DeliveryError;
use crate::engine::Engine;
use crate::ledger::{PartReceipt, ReceiptBook};

/// Receipts that one commit takes at most.
const TOGETHER: usize = 64;

type Entry = (PartReceipt, oneshot::Sender<()>);

/// Up to which batch the ledger knows that it may be on its way.
#[derive(Debug, Clone, Default)]
pub(super) struct Announced(Arc<AtomicU64>);

impl Announced {
    pub(super) fn through(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }

    /// Said after the commit, never before.
    pub(super) fn raise(&self, batch_no: u64) {
        self.0.fetch_max(batch_no, Ordering::Release);
    }
}

/// A handle on the writer. A receipt counts when [`ReceiptWriter::keep`] has returned.
#[derive(Debug, Clone)]
pub(super) struct ReceiptWriter {
    entries: mpsc::Sender<Entry>,
}

impl ReceiptWriter {
    /// A writer for one sync, and the task that has to run beside it. With a receipt it announces as many batches as
    /// may be under way beyond it: they would need a commit of their own a moment later. `last` is the last there is.
    pub(super) fn new(
        engine: Engine,
        sync_id: i64,
        announced: Announced,
        slots: u64,
        last: u64,
    ) -> (Self, impl Future<Output = Result<(), DeliveryError>>) {
        let (entries, received) = mpsc::channel(TOGETHER);
        (
            Self { entries },
            write_all(engine, sync_id, announced, move |batch_no| (batch_no + slots).min(last), received),
        )
    }

    /// Waits until the receipt is committed. False where the ledger can't be written: then nothing more may be sent.
    pub(super) async fn keep(&self, receipt: PartReceipt) -> bool {
        let (kept, is_kept) = oneshot::channel();
        self.entries.send((receipt, kept)).await.is_ok() && is_kept.await.is_ok()
    }
}

async fn write_all(
    engine: Engine,
    sync_id: i64,
    announced: Announced,
    through: impl Fn(u64) -> u64,
    mut entries: mpsc::Receiver<Entry>,
) -> Result<(), DeliveryError> {
    let mut book = engine.run(move |session| ReceiptBook::open(session, sync_id)).await?;
    let mut waiting = Vec::with_capacity(TOGETHER);
    while entries.recv_many(&mut waiting, TOGETHER).await > 0 {
        let (receipts, kept): (Vec<_>, Vec<_>) = waiting.drain(..).unzip();
        let latest = receipts.iter().map(|receipt| receipt.batch_no).max();
        let next = latest.map(&through).filter(|batch_no| *batch_no > announced.through());
        fail_point!("before-receipt", |_| std::process::abort());
        book = engine.run(move |session| book.record(session, &receipts, next).map(|()| book)).await?;
        fail_point!("receipt-kept", |_| std::process::abort());
        announced.raise(next.unwrap_or_default());
        for kept in kept {
            // The part may have been cancelled meanwhile; its receipt stays true.
            let _ = kept.send(());
        }
    }
    Ok(())
}
