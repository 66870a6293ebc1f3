//! The account: reads, prepares, writes and follows.

use std::time::Duration;

use async_trait::async_trait;
use lapwing_contract::{
    Batch, BatchGrouping, Capabilities, ChangeKind, Clearing, Destination, DestinationError, ErrorKind,
    FieldDefinitions, Health, JobRef, KeyMatching, ObjectDescription, Operation, Outcome, OutcomeDetail, Polling,
    Prepared, Reading, Receipt, Target, Value, WriteError,
};
use lapwing_http::{ApiRequest, Client, HttpEnv, Profile};
use serde_json::json;
use tokio::sync::OnceCell;

use crate::addresses::Addresses;
use crate::api::{self, JOBS, Job, JobAnswer, ME, MOST, Me, QUOTA, UPDATE, UPSERT};
use crate::check::is_keyed_by_email;
use crate::config::{Config, MOST_PER_MINUTE};
use crate::jobs::{Reference, Stage, ended};
use crate::request::{Rules, Sorted, keys, sort};
use crate::response::{REFUSALS, refused};
use crate::team::Team;
use crate::validate::OBJECT;
use crate::{definitions, look, lookup, removal, request, tokens};

/// Bytes of a request. *Unverified*: some limit exists, and this is far below the usual ones.
const MAX_BYTES: usize = 2_000_000;
/// Jobs of an account that may be queued or running at once: 30 (Zendesk's page on rate limits). Some are left to other
/// tools.
const JOBS_AT_ONCE: usize = 25;

/// What goes out of a batch.
#[derive(Default)]
struct Outgoing {
    users: Vec<serde_json::Map<String, serde_json::Value>>,
    /// Who is held back: places among the records that had passed the check.
    held: Vec<usize>,
    /// Whose tags have to follow: places among `users`.
    untagged: Vec<usize>,
}

/// The users of one account.
#[derive(Debug)]
pub(crate) struct Users {
    client: Client,
    rules: Rules,
    create_fields: bool,
    requests_per_minute: u32,
    /// Agents and admins, read before the first write.
    team: OnceCell<Team>,
    addresses: Addresses,
}

impl Users {
    /// Joins configuration and environment. Sends nothing.
    pub(crate) fn connect(config: &Config, env: &HttpEnv) -> Result<Self, DestinationError> {
        let base = config.base()?;
        let requests_per_minute = config.plan.requests_per_minute();
        let profile = Profile {
            credentials: tokens::credentials(config, &base, env)?,
            base,
            quotas: api::quotas(requests_per_minute),
            rate_headers: api::RATE_HEADERS,
        };
        Ok(Self {
            client: Client::new(env, profile).learning_up_to(QUOTA, MOST_PER_MINUTE),
            rules: Rules { creates: config.create, tag_prefix: config.tag_prefix.clone().unwrap_or_default() },
            create_fields: config.create_fields,
            requests_per_minute,
            team: OnceCell::new(),
            addresses: Addresses::default(),
        })
    }

    fn fields(&self) -> definitions::Fields<'_> {
        definitions::Fields { client: &self.client, creates: self.create_fields }
    }

    async fn upsert(&self, batch: &Batch) -> Result<Receipt, WriteError> {
        let mut sorted = sort(batch);
        if sorted.sent.is_empty() {
            return Ok(Receipt { outcomes: sorted.outcomes(|_| Outcome::Unknown) });
        }
        let Outgoing { users, held, untagged } = self.users(batch, &mut sorted).await?;
        if users.is_empty() {
            return Ok(Receipt { outcomes: nothing_to_empty(batch, sorted.outcomes(|_| Outcome::Unknown)) });
        }
        let route = if self.rules.creates { ApiRequest::post(UPSERT) } else { ApiRequest::put(UPDATE) };
        let sent = users.len();
        // The same users once more are the same users: they are found by their keys.
        let request = route.json(&json!({ "users": users })).idempotent(true).quota(QUOTA).expect(REFUSALS);
        let answer = self.client.send(request).await?;
        let outcome = if answer.is_success() {
            let job = answer.json::<JobAnswer>()?.job_status;
            Outcome::Pending(Reference::new(job.id, sent, held).without_tags(untagged).to_job())
        } else {
            refused(&answer, self.rules.creates)?
        };
        Ok(Receipt { outcomes: nothing_to_empty(batch, sorted.outcomes(|_| outcome.clone())) })
    }

    /// The users of the request. Holds back those that the look at the account objects to.
    async fn users(&self, batch: &Batch, sorted: &mut Sorted) -> Result<Outgoing, DestinationError> {
        let team = self.team.get_or_try_init(|| Team::read(&self.client)).await?;
        let there = if look::is_needed(batch, sorted, &self.rules) {
            Self::needs_external_ids(&batch.target)?;
            let records = sorted.sent.iter().filter_map(|index| batch.records.get(*index));
            let keys = records.map(|record| record.key.to_text()).collect();
            Some(lookup::by_external_id(&self.client, keys).await?)
        } else {
            None
        };
        let (mut out, mut held) = (Outgoing::default(), Vec::new());
        for (place, index) in sorted.sent.iter().enumerate() {
            let Some(record) = batch.records.get(*index) else { continue };
            let objection = look::objection(record, sorted, batch, there.as_ref(), team, &self.rules);
            let there = there.as_ref().and_then(|there| there.get(&request::folded(&record.key)));
            let user = request::user(record, &sorted.slots, &batch.target, there, &self.rules);
            let address = user.get("email").and_then(serde_json::Value::as_str).map(str::to_lowercase);
            let key = request::folded(&record.key);
            let is_shared = objection.is_none() && address.is_some_and(|address| !self.addresses.claim(&address, &key));
            match objection.or_else(|| is_shared.then(look::shared_address)) {
                None => {
                    if request::tags_follow(record, &sorted.slots, &batch.target, there, &self.rules) {
                        out.untagged.push(out.users.len());
                    }
                    out.users.push(user);
                }
                Some(rejection) => {
                    out.held.push(place);
                    held.push((*index, rejection));
                }
            }
        }
        sorted.hold(held);
        Ok(out)
    }

    /// Users are looked up by external id before a write; an address is found only in an index that lags behind.
    /// `validate` says so before anything is sent.
    fn needs_external_ids(target: &Prepared) -> Result<(), DestinationError> {
        if !is_keyed_by_email(target) {
            return Ok(());
        }
        let message = "tags, or `create = false`, need key = { external_id = … }";
        Err(DestinationError::new(ErrorKind::Configuration, format!("write {}", target.target.object), message))
    }

    /// Looks once at a job; none where Zendesk does not know it.
    async fn job(&self, reference: &Reference) -> Result<Option<Job>, DestinationError> {
        // The address is built here: the `url` of a job can name another host (recorded).
        let answer = self.client.send(ApiRequest::get(JOBS).id(&reference.id).quota(QUOTA).expect(&[404])).await?;
        if answer.is_success() { answer.json::<JobAnswer>().map(|answer| Some(answer.job_status)) } else { Ok(None) }
    }

    async fn follow_upsert(
        &self,
        job: &JobRef,
        reference: &Reference,
        batch: &Batch,
    ) -> Result<Receipt, DestinationError> {
        let sorted = sort(batch);
        let Some(sent) = reference.sent(&sorted.sent) else {
            return Ok(Receipt::all(&Outcome::Unknown, batch.records.len()));
        };
        let found = self.job(reference).await?;
        let outcomes = match found {
            Some(found) if found.stage() == Stage::Running => vec![Outcome::Pending(job.clone()); sent.len()],
            Some(found) => {
                let (keys, by_email) = keys(batch, &sent);
                reference.settled(ended(&found, &keys, by_email))
            }
            None => self.told_by_the_users(batch, &sent).await?,
        };
        // Whoever was held back by the look before the write has its outcome already.
        let place = |index: usize| sent.binary_search(&index).ok();
        let outcome =
            |index: usize| place(index).and_then(|place| outcomes.get(place)).cloned().unwrap_or(Outcome::Unknown);
        Ok(Receipt { outcomes: nothing_to_empty(batch, sorted.outcomes(outcome)) })
    }

    /// The outcomes of a job that Zendesk has forgotten: users that carry the values are confirmed, of the others
    /// nobody can say.
    async fn told_by_the_users(&self, batch: &Batch, sent: &[usize]) -> Result<Vec<Outcome>, DestinationError> {
        if is_keyed_by_email(&batch.target) {
            return Ok(vec![Outcome::Unknown; sent.len()]);
        }
        let records: Vec<_> = sent.iter().filter_map(|index| batch.records.get(*index)).collect();
        let keys = records.iter().map(|record| record.key.to_text()).collect();
        let there = lookup::by_external_id(&self.client, keys).await?;
        let outcome = |record: &&lapwing_contract::Record| {
            let user = there.get(&request::folded(&record.key));
            let carries = user.is_some_and(|user| lookup::carries(user, record, &batch.target, &self.rules));
            if carries { Outcome::Confirmed } else { Outcome::Unknown }
        };
        Ok(records.iter().map(outcome).collect())
    }
}

/// Of one who left and is not there, nothing has to be emptied.
fn nothing_to_empty(batch: &Batch, mut outcomes: Vec<Outcome>) -> Vec<Outcome> {
    for (record, outcome) in batch.records.iter().zip(&mut outcomes) {
        if record.kind == ChangeKind::Left && is_not_there(outcome) {
            *outcome = Outcome::Unchanged;
        }
    }
    outcomes
}

/// Whether a refusal says that there is no such user, or that one would have to be made.
fn is_not_there(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Rejected(reason) if ["name_missing", "user_not_found"].contains(&reason.code.as_str()))
}

#[async_trait]
impl Destination for Users {
    fn capabilities(&self, _object: &str) -> Capabilities {
        Capabilities {
            operations: vec![Operation::Upsert, Operation::Delete],
            way: "bulk jobs",
            calls_per_batch: 2,
            at_scale: None,
            records_per_request: MOST,
            removals_per_request: MOST,
            bytes_per_request: MAX_BYTES,
            // {"external_id":"…","user_fields":{…},"skip_verify_email":true},
            bytes_per_record: 80,
            // "the_key_of_a_user_field":"…",: how long a key may be is not documented.
            bytes_per_field: 128,
            idempotent: true,
            concurrency: 4,
            jobs_in_flight: JOBS_AT_ONCE,
            // Recorded: 100 users in 5 to 15 s.
            polling: Polling {
                first: Duration::from_secs(12),
                longest: Duration::from_secs(30),
                deadline: Duration::from_secs(3600),
            },
            key_matching: KeyMatching::CaseInsensitive,
            grouping: BatchGrouping::Any,
            outcomes: OutcomeDetail::PerRecord,
            reading: Some(Reading { keys_per_call: MOST, keys_per_request: MOST, lag: Duration::ZERO }),
            quota: Some(api::quota(self.requests_per_minute)),
            clearing: |_| Clearing::Possible,
        }
    }

    async fn check(&self) -> Result<Health, DestinationError> {
        let answer = self.client.send(ApiRequest::get(ME).quota(QUOTA)).await?;
        let caller = answer.json::<Me>()?.user;
        if caller.id.is_none() {
            // Without credentials Zendesk answers 200 and "Anonymous user".
            return Err(
                answer.error(ErrorKind::Unauthenticated, "Zendesk does not know who asks: check the credentials")
            );
        }
        match caller.role.as_str() {
            role @ ("agent" | "admin") => Ok(Health { summary: format!("Zendesk user with the role {role}") }),
            _ => {
                Err(answer
                    .error(ErrorKind::Forbidden, "the credentials belong to a customer, not to an agent or admin"))
            }
        }
    }

    async fn describe(&self, object: &str) -> Result<ObjectDescription, DestinationError> {
        if object != OBJECT {
            let message = format!("there is no object `{object}`; the connector knows `{OBJECT}`");
            return Err(DestinationError::new(ErrorKind::NotFound, format!("describe {object}"), message));
        }
        let definitions = definitions::all(&self.client).await?;
        Ok(ObjectDescription { fields: definitions::describe(&definitions), can_create_fields: self.create_fields })
    }

    async fn prepare(&self, target: &Target) -> Result<Prepared, DestinationError> {
        let has_tags = target.fields.iter().any(|field| field.name.eq_ignore_ascii_case("tags"));
        if has_tags && self.rules.tag_prefix.is_empty() {
            // Without it, the tags of others could not be told from ours.
            let message = "`tags` needs the destination's `tag_prefix`";
            return Err(DestinationError::new(ErrorKind::Configuration, format!("prepare {}", target.object), message));
        }
        let fields = self.fields().bind(target).await?;
        let key = definitions::own(&target.key.name);
        Ok(Prepared { target: target.clone(), key, fields, list_ids: Vec::new() })
    }

    async fn write(&self, batch: &Batch) -> Result<Receipt, WriteError> {
        if batch.records.is_empty() {
            return Ok(Receipt { outcomes: Vec::new() });
        }
        match batch.operation {
            Operation::Upsert => self.upsert(batch).await,
            Operation::Delete => removal::delete(&self.client, batch).await,
            Operation::RemoveFromLists => {
                let message = "Zendesk has no lists of users";
                Err(DestinationError::new(ErrorKind::Configuration, "take users off lists", message).into())
            }
        }
    }

    async fn follow(&self, job: &JobRef, batch: &Batch) -> Result<Receipt, DestinationError> {
        let Some(reference) = Reference::parse(job) else {
            return Ok(Receipt::all(&Outcome::Unknown, batch.records.len()));
        };
        match batch.operation {
            Operation::Upsert => self.follow_upsert(job, &reference, batch).await,
            Operation::Delete | Operation::RemoveFromLists => {
                let found = self.job(&reference).await?;
                removal::follow(&self.client, job, found.as_ref(), batch).await
            }
        }
    }

    async fn locate(&self, target: &Target) -> Result<Prepared, DestinationError> {
        let fields = self.fields().locate(target).await?;
        let key = definitions::own(&target.key.name);
        Ok(Prepared { target: target.clone(), key, fields, list_ids: Vec::new() })
    }

    fn agrees(&self, target: &Prepared, field: usize, confirmed: &Value, read: &Value) -> bool {
        lookup::agrees(target, field, confirmed, read, &self.rules)
    }

    async fn read(&self, target: &Prepared, keys: &[Value]) -> Result<Vec<Option<Vec<Value>>>, DestinationError> {
        let row = |user: &api::User| lookup::values(user, target, &self.rules);
        if is_keyed_by_email(target) {
            let mut rows = Vec::with_capacity(keys.len());
            for key in keys {
                rows.push(lookup::by_email(&self.client, key).await?.as_ref().map(row));
            }
            return Ok(rows);
        }
        let there = lookup::by_external_id(&self.client, keys.iter().map(Value::to_text).collect()).await?;
        Ok(keys.iter().map(|key| there.get(&request::folded(key)).map(row)).collect())
    }
}
