//! The org: reads, prepares, writes and follows.

use std::time::Duration;

use async_trait::async_trait;
use http::{HeaderName, HeaderValue};
use lapwing_contract::{
    AtScale, Batch, BatchGrouping, Capabilities, Clearing, DailyCalls, Destination, DestinationError, FieldType,
    Health, JobRef, KeyMatching, ObjectDescription, Operation, Outcome, OutcomeDetail, Polling, Prepared, Reading,
    Receipt, Target, Value, WriteError,
};
use lapwing_http::{ApiRequest, HttpEnv};

use crate::api::{Fault, Limits};
use crate::check::vendor_types;
use crate::config::Config;
use crate::org::{Org, is_crowded};
use crate::refusals::rejection;
use crate::request::sort;
use crate::response::{outcomes, refusal};
use crate::{bulk, definitions, file, leavers, lookup, removal};

/// Records of a request (documented).
const MAX_RECORDS: usize = 200;
/// Bytes of a request. *Unverified*; far below what known clients send.
const MAX_BYTES: usize = 6_000_000;
/// Records of a job. Salesforce takes far more; this bounds what is in memory at once.
const MAX_BULK_RECORDS: usize = 100_000;
/// Room for the first line of a file, with the names of its columns.
const HEADER_BYTES: usize = 65_536;

/// The objects of one org.
#[derive(Debug)]
pub(crate) struct Objects {
    org: Org,
    bulk_from: u64,
    api_budget_pct: u8,
    allow_duplicates: bool,
}

impl Objects {
    /// Joins configuration and environment. Sends nothing.
    pub(crate) fn connect(config: &Config, env: &HttpEnv) -> Result<Self, DestinationError> {
        Ok(Self {
            org: Org::connect(config, env)?,
            bulk_from: config.bulk_from.max(1),
            api_budget_pct: config.api_budget_pct,
            allow_duplicates: config.allow_duplicates,
        })
    }

    /// Most records that go in one request: a batch that is larger goes as a job.
    fn at_once(&self) -> usize {
        usize::try_from(self.bulk_from - 1).map_or(MAX_RECORDS, |below| below.min(MAX_RECORDS))
    }

    /// A batch that is too large for a request goes as a job, and so does a smaller one where `bulk_from` says so; but
    /// not one with a record that no file can carry.
    fn goes_by_job(&self, batch: &Batch) -> bool {
        let records = batch.records.len();
        if records <= self.at_once() || records > MAX_RECORDS {
            return records > self.at_once();
        }
        let types = vendor_types(&batch.target);
        batch.records.iter().all(|record| file::flaw(record, &types).is_none())
    }

    /// The calls of the last 24 hours: used, and allowed.
    async fn api_calls(&self) -> Result<(u64, u64), DestinationError> {
        let limits: Limits = self.org.send(ApiRequest::get(&self.org.path("limits"))).await?.json()?;
        let most = limits.api_calls.most;
        Ok((most.saturating_sub(limits.api_calls.left), most))
    }

    async fn upsert(&self, batch: &Batch) -> Result<Receipt, WriteError> {
        let gone = leavers::gone(&self.org, batch).await?;
        if gone.is_empty() {
            return self.send(batch).await;
        }
        // A refusal names none of the records, so that their places do not matter to it.
        let others = leavers::without(batch, &gone);
        let told =
            if others.records.is_empty() { Receipt { outcomes: Vec::new() } } else { self.send(&others).await? };
        Ok(leavers::receipt(&gone, batch.records.len(), told))
    }

    async fn send(&self, batch: &Batch) -> Result<Receipt, WriteError> {
        if self.goes_by_job(batch) { bulk::upsert(&self.org, batch).await } else { self.collect(batch).await }
    }

    /// Writes a batch by sObject Collections.
    async fn collect(&self, batch: &Batch) -> Result<Receipt, WriteError> {
        let sorted = sort(batch);
        if sorted.sent.is_empty() {
            return Ok(Receipt { outcomes: sorted.outcomes([]) });
        }
        let target = &batch.target;
        let path = format!("composite/sobjects/{}/{}", target.target.object, target.key.id);
        let mut request = ApiRequest::patch(&self.org.path(&path))
            .body("application/json", sorted.body(batch)?)
            // The owner of a lead stays who it is, whatever assignment rules say (*unverified*).
            .header(HeaderName::from_static("sforce-auto-assign"), HeaderValue::from_static("FALSE"))
            // The same values by the same keys once more change nothing.
            .idempotent(true);
        if self.allow_duplicates {
            let (name, value) = ("sforce-duplicate-rule-header", "allowSave=true");
            request = request.header(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        let answer = self.org.ask(request).await?;
        if !answer.is_success() {
            let fault = Fault::first(&answer.body);
            if !is_crowded(&fault) {
                return Err(refusal(&answer, target));
            }
            let later = Outcome::Rejected(Box::new(rejection(&fault.code, &fault.message, None)));
            return Ok(Receipt { outcomes: sorted.outcomes(sorted.sent.iter().map(|_| later.clone())) });
        }
        let told = outcomes(&answer, sorted.sent.len())?;
        Ok(Receipt { outcomes: sorted.outcomes(told) })
    }
}

#[async_trait]
impl Destination for Objects {
    fn capabilities(&self, _object: &str) -> Capabilities {
        Capabilities {
            operations: vec![Operation::Upsert, Operation::Delete],
            way: "sObject Collections",
            calls_per_batch: 1,
            at_scale: Some(AtScale {
                name: "Bulk API 2.0",
                from_changes: self.bulk_from,
                records_per_request: MAX_BULK_RECORDS,
                bytes_per_request: bulk::MAX_BYTES - HEADER_BYTES,
                // Open, upload, close, one look, three files of results.
                calls_per_batch: 7,
            }),
            records_per_request: MAX_RECORDS,
            removals_per_request: MAX_RECORDS,
            bytes_per_request: MAX_BYTES,
            // {"attributes":{"type":"…"},"…":"…"}, with two API names of up to 43 characters.
            bytes_per_record: 160,
            // "…":"…", with an API name of up to 43 characters.
            bytes_per_field: 56,
            idempotent: true,
            concurrency: 4,
            jobs_in_flight: 4,
            polling: Polling {
                first: Duration::from_secs(5),
                longest: Duration::from_secs(60),
                // A batch of 10,000 takes 10 minutes at most and is tried again up to 10 times (documented).
                deadline: Duration::from_secs(2 * 3600),
            },
            key_matching: KeyMatching::CaseInsensitive,
            // Each record carries its own fields, in both ways of writing.
            grouping: BatchGrouping::Any,
            outcomes: OutcomeDetail::PerRecord,
            reading: Some(Reading {
                keys_per_call: lookup::KEYS_PER_CALL,
                keys_per_request: lookup::KEYS_PER_REQUEST,
                lag: Duration::ZERO,
            }),
            // The limit of API calls a day differs from org to org, so it is read from their headers.
            quota: None,
            clearing,
        }
    }

    async fn check(&self) -> Result<Health, DestinationError> {
        let (used, most) = self.api_calls().await?;
        Ok(Health { summary: format!("Salesforce org with {used} of {most} API calls used in 24 hours") })
    }

    async fn daily_calls(&self) -> Result<Option<DailyCalls>, DestinationError> {
        let (used, limit) = self.api_calls().await?;
        let granted = limit.saturating_mul(self.api_budget_pct.into()) / 100;
        Ok(Some(DailyCalls { limit, used, granted }))
    }

    async fn describe(&self, object: &str) -> Result<ObjectDescription, DestinationError> {
        let described = definitions::describe(&self.org, object).await?;
        Ok(ObjectDescription { fields: definitions::fields(&described), can_create_fields: false })
    }

    async fn prepare(&self, target: &Target) -> Result<Prepared, DestinationError> {
        definitions::bind(target, &definitions::describe(&self.org, &target.object).await?)
    }

    async fn write(&self, batch: &Batch) -> Result<Receipt, WriteError> {
        if batch.records.is_empty() {
            return Ok(Receipt { outcomes: Vec::new() });
        }
        match batch.operation {
            Operation::Upsert => self.upsert(batch).await,
            Operation::Delete => removal::delete(&self.org, batch, self.at_once()).await,
            Operation::RemoveFromLists => {
                let error = DestinationError::new(
                    lapwing_contract::ErrorKind::Configuration,
                    "removing from lists",
                    "objects of Salesforce have no lists; use on_leave = \"clear\" or \"delete\"",
                );
                Err(error.into())
            }
        }
    }

    async fn follow(&self, job: &JobRef, batch: &Batch) -> Result<Receipt, DestinationError> {
        match batch.operation {
            Operation::Upsert => bulk::follow(&self.org, job, batch, self.allow_duplicates).await,
            Operation::Delete | Operation::RemoveFromLists => bulk::follow_deletion(&self.org, job, batch).await,
        }
    }

    async fn locate(&self, target: &Target) -> Result<Prepared, DestinationError> {
        // Nothing is ever created.
        self.prepare(target).await
    }

    fn agrees(&self, target: &Prepared, field: usize, confirmed: &Value, read: &Value) -> bool {
        lookup::agrees(target, field, confirmed, read)
    }

    async fn read(&self, target: &Prepared, keys: &[Value]) -> Result<Vec<Option<Vec<Value>>>, DestinationError> {
        lookup::values(&self.org, target, keys).await
    }
}

/// Every field can be emptied but a checkbox, which is true or false.
pub(crate) fn clearing(field_type: &FieldType) -> Clearing {
    match field_type {
        FieldType::Bool => Clearing::Impossible,
        FieldType::Int
        | FieldType::Decimal
        | FieldType::Float
        | FieldType::Text
        | FieldType::Date
        | FieldType::Timestamp
        | FieldType::List(_)
        | FieldType::Json => Clearing::Possible,
    }
}
