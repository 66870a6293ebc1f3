//! The account: reads, prepares, writes and follows.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use lapwing_contract::{
    Batch, BatchGrouping, Capabilities, Clearing, Destination, DestinationError, ErrorKind, FieldDefinitions,
    FieldType, Health, JobRef, KeyMatching, ObjectDescription, Operation, Outcome, OutcomeDetail, Polling, Prepared,
    Quota, Reading, Receipt, Target, Value, WriteError,
};
use lapwing_http::{ApiRequest, BearerKey, Client, HttpEnv, Profile, RateHeaders};
use url::Url;

use crate::api::{self, Accepted, CONTACTS, CONTACTS_QUOTA, JOBS, Job, SCOPES, Scopes};
use crate::config::{Config, unusable};
use crate::fields::VendorType;
use crate::jobs::{self, Stage};
use crate::lookup::MAX_KEYS;
use crate::request::{Sorted, lower, sort};
use crate::response::{REFUSALS, refused};
use crate::{definitions, leavers, lists, lookup, removal};

/// Contacts a request, and bytes: "30,000 contacts or 6MB of data, whichever is lower" (tsg_mc_contacts_v3). The bytes
/// leave room for the envelope.
const MAX_CONTACTS: usize = 30_000;
const MAX_BYTES: usize = 6_000_000 - 8_192;

/// The contacts of one account.
#[derive(Debug)]
pub(crate) struct Contacts {
    client: Client,
    create_fields: bool,
}

impl Contacts {
    /// Joins configuration and environment. Sends nothing.
    pub(crate) fn connect(config: &Config, env: &HttpEnv) -> Result<Self, DestinationError> {
        let profile = Profile {
            base: config.base().map_err(unusable)?,
            credentials: Arc::new(BearerKey::new(&config.api_key)?),
            quotas: api::quotas(),
            rate_headers: RateHeaders::X_RATELIMIT,
        };
        Ok(Self { client: Client::new(env, profile), create_fields: config.create_fields })
    }

    fn fields(&self) -> definitions::Fields<'_> {
        definitions::Fields { client: &self.client, creates: self.create_fields }
    }

    async fn upsert(&self, batch: &Batch) -> Result<Receipt, WriteError> {
        let sorted = sort(batch);
        let (leavers, others): (Vec<usize>, Vec<usize>) =
            sorted.sent.iter().copied().partition(|index| leavers::is_leaver(batch, *index));
        let mut told = vec![Outcome::Unknown; batch.records.len()];
        let mut tell = |indexes: &[usize], job: &JobRef| {
            for index in indexes {
                if let Some(outcome) = told.get_mut(*index) {
                    *outcome = Outcome::Pending(job.clone());
                }
            }
        };
        if let Some(job) = self.put(batch, &sorted, &others, &batch.target.list_ids).await? {
            tell(&others, &job);
        }
        let (there, not_found) = leavers::look(&self.client, batch, leavers).await?;
        if let Some(job) = self.put(batch, &sorted, &there, &[]).await? {
            tell(&there, &job);
        }
        tell(&not_found, &jobs::removal_ref(&[], false, self.client.steady_now()));
        Ok(Receipt { outcomes: sorted.outcomes(|index| told.get(index).cloned().unwrap_or(Outcome::Unknown)) })
    }

    /// One request for some of the records that are sent, by their indexes in the batch; none where there are none.
    async fn put(
        &self,
        batch: &Batch,
        sorted: &Sorted,
        sent: &[usize],
        lists: &[String],
    ) -> Result<Option<JobRef>, WriteError> {
        if sent.is_empty() {
            return Ok(None);
        }
        let request = ApiRequest::put(CONTACTS)
            .body("application/json", sorted.body(batch, sent, lists)?)
            // The same contacts once more are the same contacts: the job may run twice.
            .idempotent(true)
            .quota(CONTACTS_QUOTA)
            .expect(REFUSALS);
        let answer = self.client.send(request).await?;
        if !answer.is_success() {
            return Err(refused(&answer, sent));
        }
        Ok(Some(jobs::job_ref(&[answer.json::<Accepted>()?], self.client.steady_now())))
    }

    /// Asks once how a job stands, by its id in a reference.
    async fn stage(&self, job: &JobRef, id: &str) -> Result<Stage, DestinationError> {
        let answer = self.client.send(ApiRequest::get(JOBS).id(id).quota(CONTACTS_QUOTA).expect(&[404])).await?;
        if answer.is_success() {
            return answer.json::<Job>().map(Stage::of);
        }
        Ok(if jobs::is_settling(job, self.client.steady_now()) { Stage::Running } else { Stage::Lost })
    }

    /// The error file of a job, where it can be read. It lies on another host and is loaded without the key; without
    /// it the job still ends, only less precisely.
    async fn error_file(&self, url: Option<String>) -> Option<bytes::Bytes> {
        let url = Url::parse(&url?).ok()?;
        match self.client.send(ApiRequest::download(url)).await {
            Ok(answer) => Some(answer.body),
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "a job's error file could not be read");
                None
            }
        }
    }

    async fn follow_upsert(&self, job: &JobRef, batch: &Batch) -> Result<Receipt, DestinationError> {
        if jobs::is_to_be_looked_up_again(job) {
            if jobs::is_search_behind(job, self.client.steady_now()) {
                return Ok(Receipt::all(&Outcome::Pending(job.clone()), batch.records.len()));
            }
            return leavers::look_again(&self.client, batch).await;
        }
        let sorted = sort(batch);
        let Some(id) = jobs::ids(job).next() else { return Ok(Receipt::all(&Outcome::Unknown, batch.records.len())) };
        let outcomes = match self.stage(job, id).await? {
            Stage::Running => sorted.outcomes(|_| Outcome::Pending(job.clone())),
            Stage::Completed => sorted.outcomes(|_| Outcome::Confirmed),
            Stage::Lost => sorted.outcomes(|_| Outcome::Unknown),
            Stage::Ended { errored, errors_url, failed } => {
                let file = self.error_file(errors_url).await;
                let key = |index: &usize| batch.records.get(*index).map(|record| record.key.to_text());
                let keys: Vec<String> =
                    sorted.sent.iter().filter_map(key).map(|key| lower(&key).into_owned()).collect();
                let ended = jobs::ended(&keys, errored, failed, file.as_deref());
                let place = |index: usize| sorted.sent.binary_search(&index).ok();
                sorted.outcomes(|index| place(index).and_then(|at| ended.get(at)).cloned().unwrap_or(Outcome::Unknown))
            }
        };
        Ok(Receipt { outcomes })
    }

    /// A removal is confirmed when all its jobs are, and when what was not found at first is not found later. Their errors
    /// name ids that nobody remembers, so a batch with errors is told apart by halving it.
    async fn follow_removal(&self, job: &JobRef, batch: &Batch) -> Result<Receipt, DestinationError> {
        let records = batch.records.len();
        let mut outcome = Outcome::Confirmed;
        let mut any = false;
        for id in jobs::ids(job) {
            any = true;
            match self.stage(job, id).await? {
                Stage::Completed => {}
                Stage::Running => return Ok(Receipt::all(&Outcome::Pending(job.clone()), records)),
                Stage::Ended { errored, failed, .. } if records == 1 => {
                    let key = batch.records.first().map(|record| record.key.to_text()).unwrap_or_default();
                    outcome = jobs::ended(&[key], errored, failed, None).remove(0);
                }
                Stage::Ended { .. } | Stage::Lost => outcome = Outcome::Unknown,
            }
        }
        if jobs::is_to_be_looked_up_again(job) && outcome == Outcome::Confirmed {
            if jobs::is_search_behind(job, self.client.steady_now()) {
                return Ok(Receipt::all(&Outcome::Pending(job.clone()), records));
            }
            let gone = if any { Outcome::Confirmed } else { Outcome::Unchanged };
            return removal::look_again(&self.client, batch, &gone).await;
        }
        Ok(Receipt::all(if any { &outcome } else { &Outcome::Unknown }, records))
    }
}

#[async_trait]
impl Destination for Contacts {
    fn capabilities(&self, _object: &str) -> Capabilities {
        Capabilities {
            operations: vec![Operation::Upsert, Operation::Delete, Operation::RemoveFromLists],
            way: "contacts",
            calls_per_batch: 2,
            at_scale: None,
            records_per_request: MAX_CONTACTS,
            removals_per_request: MAX_KEYS,
            bytes_per_request: MAX_BYTES,
            // {"email":"…","custom_fields":{…}},
            bytes_per_record: 40,
            // "state_province_region":"…",
            bytes_per_field: 32,
            idempotent: true,
            concurrency: 4,
            jobs_in_flight: 8,
            // Recorded: about 30 s from request to result.
            polling: Polling {
                first: Duration::from_secs(10),
                longest: Duration::from_secs(30),
                deadline: Duration::from_secs(3600),
            },
            key_matching: KeyMatching::CaseInsensitive,
            grouping: BatchGrouping::Any,
            outcomes: OutcomeDetail::PerRecord,
            // Recorded: a write shows after about 30 s.
            reading: Some(Reading {
                keys_per_call: MAX_KEYS,
                keys_per_request: MAX_KEYS,
                lag: Duration::from_secs(60),
            }),
            quota: Some(Quota { requests: 200, per: Duration::from_secs(60) }),
            clearing,
        }
    }

    async fn check(&self) -> Result<Health, DestinationError> {
        let answer = self.client.send(ApiRequest::get(SCOPES)).await?;
        let scopes = answer.json::<Scopes>()?.scopes;
        let marketing = scopes.iter().filter(|scope| scope.starts_with("marketing.")).count();
        if marketing == 0 {
            let message = "the API key has no `marketing` permission; grant it under Settings → API Keys";
            return Err(answer.error(ErrorKind::Forbidden, message));
        }
        Ok(Health { summary: format!("SendGrid API key with {marketing} marketing permissions") })
    }

    async fn describe(&self, object: &str) -> Result<ObjectDescription, DestinationError> {
        if object != crate::validate::OBJECT {
            let message = format!("there is no object `{object}`; the connector knows `contacts`");
            return Err(DestinationError::new(ErrorKind::NotFound, format!("describe {object}"), message));
        }
        let definitions = definitions::all(&self.client).await?;
        Ok(ObjectDescription { fields: definitions::describe(&definitions), can_create_fields: self.create_fields })
    }

    async fn prepare(&self, target: &Target) -> Result<Prepared, DestinationError> {
        let fields = self.fields().bind(target).await?;
        let list_ids = lists::resolve(&self.client, &target.lists, self.create_fields).await?;
        Ok(Prepared { target: target.clone(), key: definitions::key(), fields, list_ids })
    }

    async fn write(&self, batch: &Batch) -> Result<Receipt, WriteError> {
        if batch.records.is_empty() {
            return Ok(Receipt { outcomes: Vec::new() });
        }
        match batch.operation {
            Operation::Upsert => self.upsert(batch).await,
            Operation::Delete => removal::delete(&self.client, batch).await,
            Operation::RemoveFromLists => removal::remove_from_lists(&self.client, batch).await,
        }
    }

    async fn follow(&self, job: &JobRef, batch: &Batch) -> Result<Receipt, DestinationError> {
        match batch.operation {
            Operation::Upsert => self.follow_upsert(job, batch).await,
            Operation::Delete | Operation::RemoveFromLists => self.follow_removal(job, batch).await,
        }
    }

    async fn locate(&self, target: &Target) -> Result<Prepared, DestinationError> {
        let fields = self.fields().locate(target).await?;
        // A contact is read whatever its lists.
        Ok(Prepared { target: target.clone(), key: definitions::key(), fields, list_ids: Vec::new() })
    }

    fn agrees(&self, target: &Prepared, field: usize, confirmed: &Value, read: &Value) -> bool {
        lookup::agrees(target, field, confirmed, read)
    }

    async fn read(&self, target: &Prepared, keys: &[Value]) -> Result<Vec<Option<Vec<Value>>>, DestinationError> {
        let mut rows = Vec::with_capacity(keys.len());
        for keys in keys.chunks(MAX_KEYS) {
            let texts: Vec<String> = keys.iter().map(|key| lower(&key.to_text()).into_owned()).collect();
            // One address that is none would refuse the whole look-up; there is no contact of that name anyway.
            let asked = texts.iter().map(String::as_str).filter(|text| crate::fields::is_email(text));
            let found = lookup::all_known(&self.client, asked.collect()).await?;
            rows.extend(texts.iter().map(|text| found.get(text).map(|contact| contact.values(target))));
        }
        Ok(rows)
    }
}

/// The empty text clears a text (recorded). A Number or Date cannot be cleared: `null` is refused
/// (sendgrid/docs#6323), and a text that is no date drops the whole contact in silence (recorded).
pub(crate) fn clearing(field_type: &FieldType) -> Clearing {
    match VendorType::of(field_type) {
        VendorType::Text => Clearing::Possible,
        VendorType::Number | VendorType::Date => Clearing::Impossible,
    }
}
