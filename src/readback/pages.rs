//! Pages of records, and what the destination has of them.

use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use lapwing_contract::{Clock, Destination, DestinationError, FieldType, Prepared, Reading, Target, Value};

use crate::engine::{Engine, EngineError};
use crate::ledger::{self, Candidate, LedgerError, SyncTables};

/// Records that are held at a time, where one call does not take more.
const PAGE: u64 = 10_000;

/// A sync that can be read back.
pub struct Readable<'a> {
    /// The engine, with the ledger.
    pub engine: &'a Engine,
    /// The destination.
    pub destination: &'a dyn Destination,
    /// Its clock.
    pub clock: &'a dyn Clock,
    /// How it is read.
    pub reading: Reading,
    /// Where the sync writes: the fields that are compared.
    pub target: Target,
    /// The tables of the sync, with the same fields in the same order.
    pub tables: SyncTables,
}

/// Why reading back failed.
#[derive(Debug, thiserror::Error)]
pub enum ReadBackError {
    /// The destination failed.
    #[error(transparent)]
    Destination(#[from] DestinationError),
    /// The ledger failed.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

impl From<EngineError> for ReadBackError {
    fn from(error: EngineError) -> Self {
        Self::Ledger(error.into())
    }
}

/// A record of ours, and the fields of it that were read; none where it is not there.
pub(super) type Pair = (Candidate, Option<Vec<Value>>);

impl Readable<'_> {
    /// Waits until everything that was confirmed shows in reads.
    pub(super) async fn let_writes_show(&self) -> Result<(), ReadBackError> {
        let Some(settled) = self.engine.run(|session| ledger::last_settled(session)).await? else { return Ok(()) };
        // A clock that was put back makes the wait no longer than the lag.
        let since = (self.clock.now() - settled).to_std().unwrap_or_default();
        if let Some(rest) = self.reading.lag.checked_sub(since).filter(|rest| !rest.is_zero()) {
            self.clock.sleep(rest).await;
        }
        Ok(())
    }

    /// Records a page.
    pub(super) fn page(&self) -> u64 {
        PAGE.max(u64::try_from(self.reading.keys_per_call).unwrap_or(PAGE))
    }

    /// The staged records with these numbers, with what the destination has of them.
    pub(super) async fn pairs(&self, located: &Prepared, first: u64, last: u64) -> Result<Vec<Pair>, ReadBackError> {
        let tables = self.tables.clone();
        let types: Vec<FieldType> = self.target.fields.iter().map(|field| field.field_type.clone()).collect();
        let records =
            self.engine.run(move |session| ledger::read_candidates(session, &tables, &types, first, last)).await?;
        let keys: Vec<Value> = records.iter().map(|record| record.key.clone()).collect();
        let at_once = self.destination.capabilities(&self.target.object).concurrency.max(1);
        let calls = keys.chunks(self.reading.keys_per_call.max(1)).map(|keys| self.destination.read(located, keys));
        let found: Vec<_> = stream::iter(calls).buffered(at_once).try_collect().await?;
        Ok(records.into_iter().zip(found.into_iter().flatten()).collect())
    }
}
