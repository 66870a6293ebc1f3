//! A destination that confirms everything at once: what is left of a delivery's time is Lapwing's own.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use lapwing_contract::{
    Batch, BatchGrouping, Capabilities, Clearing, Destination, DestinationError, ErrorKind, FieldBinding, FieldSpec,
    Health, JobRef, KeyMatching, ObjectDescription, Operation, Outcome, OutcomeDetail, Polling, Prepared, Receipt,
    Target, WriteError,
};

/// The destination. It counts what it gets.
#[derive(Debug)]
pub(crate) struct Instant {
    batch: usize,
    records: AtomicU64,
    values: AtomicU64,
}

impl Instant {
    /// Takes `batch` records a request at most.
    pub(crate) fn taking(batch: usize) -> Self {
        Self { batch, records: AtomicU64::new(0), values: AtomicU64::new(0) }
    }

    /// Records and values that it was sent.
    pub(crate) fn counts(&self) -> (u64, u64) {
        (self.records.load(Ordering::Relaxed), self.values.load(Ordering::Relaxed))
    }
}

/// The target under the vendor's names, which here are the sync file's.
pub(crate) fn prepared(target: &Target) -> Prepared {
    let binding = |field: &FieldSpec| FieldBinding {
        id: field.name.clone(),
        vendor_type: field.field_type.to_string(),
        created: false,
        ..FieldBinding::default()
    };
    Prepared {
        target: target.clone(),
        key: binding(&target.key),
        fields: target.fields.iter().map(binding).collect(),
        list_ids: Vec::new(),
    }
}

#[async_trait]
impl Destination for Instant {
    fn capabilities(&self, _: &str) -> Capabilities {
        Capabilities {
            operations: vec![Operation::Upsert, Operation::Delete],
            way: "records",
            calls_per_batch: 1,
            at_scale: None,
            records_per_request: self.batch,
            removals_per_request: self.batch,
            bytes_per_request: 6_000_000,
            bytes_per_record: 40,
            bytes_per_field: 24,
            idempotent: true,
            concurrency: 4,
            jobs_in_flight: 0,
            polling: Polling { first: Duration::ZERO, longest: Duration::ZERO, deadline: Duration::ZERO },
            key_matching: KeyMatching::CaseInsensitive,
            grouping: BatchGrouping::Any,
            outcomes: OutcomeDetail::PerRecord,
            reading: None,
            quota: None,
            clearing: |_| Clearing::Possible,
        }
    }

    async fn check(&self) -> Result<Health, DestinationError> {
        Ok(Health { summary: "in memory".to_owned() })
    }

    async fn describe(&self, object: &str) -> Result<ObjectDescription, DestinationError> {
        Err(DestinationError::new(ErrorKind::NotFound, format!("describe {object}"), "nothing is kept here"))
    }

    async fn prepare(&self, target: &Target) -> Result<Prepared, DestinationError> {
        Ok(prepared(target))
    }

    async fn write(&self, batch: &Batch) -> Result<Receipt, WriteError> {
        let values: usize = batch.records.iter().map(|record| record.fields.len()).sum();
        self.records.fetch_add(batch.records.len() as u64, Ordering::Relaxed);
        self.values.fetch_add(values as u64, Ordering::Relaxed);
        Ok(Receipt::all(&Outcome::Confirmed, batch.records.len()))
    }

    async fn follow(&self, _: &JobRef, batch: &Batch) -> Result<Receipt, DestinationError> {
        Ok(Receipt::all(&Outcome::Confirmed, batch.records.len()))
    }
}
