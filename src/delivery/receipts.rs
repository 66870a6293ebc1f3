//! The writer of receipts: many parts end at once, and one commit keeps them all.

use tokio::sync::{mpsc, oneshot};

use super::DeliveryError;
use crate::engine::Engine;
use crate::ledger::{PartReceipt, ReceiptBook};

/// Receipts that one commit takes at most.
const TOGETHER: usize = 64;

type Entry = (PartReceipt, oneshot::Sender<()>);

/// A handle on the writer. A receipt counts when [`ReceiptWriter::keep`] has returned.
#[derive(Debug, Clone)]
pub(super) struct ReceiptWriter {
    entries: mpsc::Sender<Entry>,
}

impl ReceiptWriter {
    /// A writer for one sync, and the task that has to run beside it.
    pub(super) fn new(engine: Engine, sync_id: i64) -> (Self, impl Future<Output = Result<(), DeliveryError>>) {
        let (entries, received) = mpsc::channel(TOGETHER);
        (Self { entries }, write_all(engine, sync_id, received))
    }

    /// Waits until the receipt is committed. False where the ledger can't be written: then nothing more may be sent.
    pub(super) async fn keep(&self, receipt: PartReceipt) -> bool {
        let (kept, is_kept) = oneshot::channel();
        self.entries.send((receipt, kept)).await.is_ok() && is_kept.await.is_ok()
    }
}

async fn write_all(engine: Engine, sync_id: i64, mut entries: mpsc::Receiver<Entry>) -> Result<(), DeliveryError> {
    let mut book = engine.run(move |session| ReceiptBook::open(session, sync_id)).await?;
    let mut waiting = Vec::with_capacity(TOGETHER);
    while entries.recv_many(&mut waiting, TOGETHER).await > 0 {
        let (receipts, kept): (Vec<_>, Vec<_>) = waiting.drain(..).unzip();
        book = engine.run(move |session| book.record(session, &receipts).map(|()| book)).await?;
        for kept in kept {
            // The part may have been cancelled meanwhile; its receipt stays true.
            let _ = kept.send(());
        }
    }
    Ok(())
}
