//! Reading the plan page by page, so that memory does not grow with the number of changes.

use std::collections::VecDeque;
use std::sync::Arc;

use fail::fail_point;
use lapwing_contract::{Batch, FieldType, Prepared};

use super::DeliveryError;
use super::receipts::Announced;
use crate::engine::Engine;
use crate::ledger::{self, SeqRange, SyncTables};
use crate::plan::{BatchRange, read_changes};

/// Records that one read of the ledger brings, at least where batches are small.
const PAGE: u64 = 20_000;

/// The batches of a plan, read ahead by one page, and announced before they are handed out.
pub(super) struct Pages {
    engine: Engine,
    tables: SyncTables,
    types: Arc<[FieldType]>,
    target: Arc<Prepared>,
    ahead: u64,
    /// The last batch there is.
    last: u64,
    announced: Announced,
    to_read: VecDeque<BatchRange>,
    ready: VecDeque<Batch>,
}

impl Pages {
    pub(super) fn new(
        engine: Engine,
        tables: SyncTables,
        target: Arc<Prepared>,
        batches: Vec<BatchRange>,
        slots: u64,
        announced: Announced,
    ) -> Self {
        let types = target.target.fields.iter().map(|field| field.field_type.clone()).collect();
        let last = batches.last().map_or(0, |batch| batch.number);
        let (to_read, ready) = (batches.into(), VecDeque::new());
        Self { engine, tables, types, target, ahead: slots, last, announced, to_read, ready }
    }

    /// The next batch, which may be sent now.
    pub(super) async fn next(&mut self) -> Result<Option<Batch>, DeliveryError> {
        if self.ready.is_empty() {
            self.read().await?;
        }
        let Some(batch) = self.ready.pop_front() else { return Ok(None) };
        self.announce(batch.number).await?;
        Ok(Some(batch))
    }

    /// As many batches as have a chance to be in flight at once are announced together. Later ones mostly are already:
    /// the commit of a receipt does it.
    async fn announce(&mut self, number: u64) -> Result<(), DeliveryError> {
        if number <= self.announced.through() {
            return Ok(());
        }
        let (sync_id, through) = (self.tables.sync_id, (number + self.ahead.saturating_sub(1)).min(self.last));
        fail_point!("announcing", |_| std::process::abort());
        self.engine.run(move |session| ledger::announce(session, sync_id, through)).await?;
        fail_point!("announced", |_| std::process::abort());
        self.announced.raise(through);
        Ok(())
    }

    async fn read(&mut self) -> Result<(), DeliveryError> {
        let mut ranges = Vec::new();
        let mut records = 0;
        while let Some(range) = self.to_read.front().copied().filter(|_| records < PAGE) {
            records += range.last_seq - range.first_seq + 1;
            ranges.push(range);
            self.to_read.pop_front();
        }
        let (Some(first), Some(last)) = (ranges.first(), ranges.last()) else { return Ok(()) };
        let span = SeqRange { first: first.first_seq, last: last.last_seq };
        let (tables, types) = (self.tables.clone(), Arc::clone(&self.types));
        let records = self.engine.run(move |session| read_changes(session, &tables, &types, span)).await;
        let mut records = VecDeque::from(records.map_err(DeliveryError::from)?);
        for range in ranges {
            let mine = records.iter().take_while(|record| record.seq <= range.last_seq).count();
            self.ready.push_back(Batch {
                number: range.number,
                operation: range.operation,
                target: Arc::clone(&self.target),
                records: records.drain(..mine).collect(),
            });
        }
        Ok(())
    }
}
