//! The spreadsheet: reads, prepares and writes.

use std::time::Duration;

use async_trait::async_trait;
use lapwing_contract::{
    Batch, BatchGrouping, Capabilities, Clearing, Destination, DestinationError, ErrorKind, FieldType, Health, JobRef,
    KeyMatching, ObjectDescription, Operation, Outcome, OutcomeDetail, Polling, Prepared, Reading, Receipt, Target,
    Value, WriteError,
};
use lapwing_http::{Client, HttpEnv, Profile, RateHeaders};

use crate::api::{QUOTA, Sheets, quotas};
use crate::config::{Config, unusable};
use crate::prepare::Rules;
use crate::ranges::MAX_BYTES;
use crate::upsert::Upsert;
use crate::{auth, lookup, order, prepare, removal};

/// Records a request: Google names no limit but the bytes.
const MAX_RECORDS: usize = 100_000;

/// Rows that a request deletes: about 110 bytes each.
const MAX_DELETIONS: usize = 15_000;

/// One spreadsheet.
#[derive(Debug)]
pub(crate) struct Spreadsheet {
    sheets: Sheets,
    rules: Rules,
}

impl Spreadsheet {
    /// Joins configuration and environment. Sends nothing.
    pub(crate) fn connect(config: &Config, env: &HttpEnv) -> Result<Self, DestinationError> {
        let base = config.base().map_err(|bad| unusable("base_url", bad))?;
        let id = config.spreadsheet_id().ok_or_else(|| {
            let message = "`spreadsheet` is neither the id of a spreadsheet nor its address in the browser";
            DestinationError::new(ErrorKind::Configuration, "connecting to Google Sheets", message)
        })?;
        let identity = auth::identity(config, env)?;
        let (credentials, email) = (identity.credentials, identity.email);
        let profile = Profile { base, credentials, quotas: quotas(), rate_headers: RateHeaders::NONE };
        let sheets = Sheets { client: Client::new(env, profile), id: id.to_owned(), email };
        Ok(Self { sheets, rules: Rules::of(config) })
    }
}

#[async_trait]
impl Destination for Spreadsheet {
    fn capabilities(&self, _object: &str) -> Capabilities {
        Capabilities {
            operations: vec![Operation::Upsert, Operation::Delete],
            way: "values:batchUpdate",
            // Header, key column, the rows below it, and the write.
            calls_per_batch: 4,
            at_scale: None,
            records_per_request: MAX_RECORDS,
            removals_per_request: MAX_DELETIONS,
            bytes_per_request: MAX_BYTES - 4_096,
            // `["…",` and `],` around a new row; the cells of scattered changes that need more go into another request.
            bytes_per_record: 6,
            bytes_per_field: 1,
            // Every write follows a look, and goes to the row of its key.
            idempotent: true,
            // Positions shift with every write.
            concurrency: 1,
            jobs_in_flight: 0,
            polling: Polling { first: Duration::ZERO, longest: Duration::ZERO, deadline: Duration::ZERO },
            key_matching: KeyMatching::CaseSensitive,
            grouping: BatchGrouping::Any,
            outcomes: OutcomeDetail::PerRecord,
            // Each look reads the key's column and those of the fields whole.
            reading: Some(Reading { keys_per_call: MAX_RECORDS, keys_per_request: usize::MAX, lag: Duration::ZERO }),
            quota: Some(QUOTA),
            clearing,
        }
    }

    async fn check(&self) -> Result<Health, DestinationError> {
        let book = self.sheets.book("properties.title,sheets.properties.title", None).await?;
        let tabs = book.sheets.len();
        let ending = if tabs == 1 { "" } else { "s" };
        Ok(Health { summary: format!("Google spreadsheet “{}” with {tabs} tab{ending}", book.properties.title) })
    }

    async fn describe(&self, object: &str) -> Result<ObjectDescription, DestinationError> {
        prepare::describe(&self.sheets, object, self.rules).await
    }

    async fn prepare(&self, target: &Target) -> Result<Prepared, DestinationError> {
        prepare::prepare(&self.sheets, target, self.rules).await
    }

    async fn write(&self, batch: &Batch) -> Result<Receipt, WriteError> {
        if batch.records.is_empty() {
            return Ok(Receipt { outcomes: Vec::new() });
        }
        let header_rows = self.rules.header_rows;
        match batch.operation {
            Operation::Upsert => Upsert { sheets: &self.sheets, batch, header_rows }.run().await,
            Operation::Delete => removal::delete(&self.sheets, batch, header_rows).await,
            Operation::RemoveFromLists => {
                let operation = format!("taking records off lists of `{}`", batch.target.target.object);
                Err(DestinationError::new(ErrorKind::Configuration, operation, "a tab has no lists").into())
            }
        }
    }

    async fn follow(&self, _job: &JobRef, batch: &Batch) -> Result<Receipt, DestinationError> {
        // Writes answer at once: a job of an older ledger is nobody's any more.
        Ok(Receipt::all(&Outcome::Unknown, batch.records.len()))
    }

    async fn arrange(&self, target: &Prepared, keys: &[Value]) -> Result<(), DestinationError> {
        if keys.is_empty() {
            return Ok(());
        }
        order::arrange(&self.sheets, target, keys, self.rules.header_rows).await
    }

    async fn locate(&self, target: &Target) -> Result<Prepared, DestinationError> {
        prepare::locate(&self.sheets, target, self.rules).await
    }

    fn agrees(&self, target: &Prepared, field: usize, confirmed: &Value, read: &Value) -> bool {
        lookup::agrees(target, field, confirmed, read)
    }

    async fn read(&self, target: &Prepared, keys: &[Value]) -> Result<Vec<Option<Vec<Value>>>, DestinationError> {
        lookup::read(&self.sheets, target, keys, self.rules.header_rows).await
    }
}

/// Every cell is emptied by `""` (discovery document, `ValueRange`).
fn clearing(_field_type: &FieldType) -> Clearing {
    Clearing::Possible
}
