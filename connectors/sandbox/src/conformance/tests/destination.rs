//! A tiny connector for the tiny vendor, with flaws to order.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate};
use lapwing_contract::{
    Batch, BatchGrouping, Capabilities, Clearing, Destination, DestinationError, ErrorKind, FieldBinding, FieldType,
    Health, JobRef, KeyMatching, ObjectDescription, Operation, Outcome, OutcomeDetail, Polling, Prepared, Reading,
    Receipt, Rejection, RemoteField, Target, Value, WriteError, agree,
};
use lapwing_http::{ApiRequest, BearerKey, Client, HttpEnv, Profile, RateHeaders};
use secrecy::SecretString;
use serde_json::{Value as Json, json};

/// A way to break the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flaw {
    ConfirmsAtOnce,
    RoundsNumbers,
    SendsAllFields,
    SendsEmptyBatches,
    ConfirmsLostJobs,
    ConfirmsNonsense,
    DeletesMembers,
    AgreesWithAnything,
    CreatesWhileLooking,
}

pub(super) struct Shelf {
    client: Client,
    jobs: bool,
    flaw: Option<Flaw>,
}

impl Shelf {
    pub(super) fn connect(env: &HttpEnv, key: &str, jobs: bool, flaw: Option<Flaw>) -> Self {
        let profile = Profile {
            base: "https://shelf.test".parse().unwrap(),
            credentials: Arc::new(BearerKey::new(&SecretString::from(key)).unwrap()),
            quotas: Vec::new(),
            rate_headers: RateHeaders::X_RATELIMIT,
        };
        Self { client: Client::new(env, profile), jobs, flaw }
    }

    fn has(&self, flaw: Flaw) -> bool {
        self.flaw == Some(flaw)
    }

    fn rows(&self, batch: &Batch) -> Json {
        let target = &batch.target.target;
        let row = |record: &lapwing_contract::Record| {
            let mut fields: serde_json::Map<String, Json> =
                record.fields.iter().map(|(at, value)| (target.fields[*at].name.clone(), self.encode(value))).collect();
            if self.has(Flaw::SendsAllFields) {
                for field in &target.fields {
                    fields.entry(field.name.clone()).or_insert(Json::Null);
                }
            }
            json!({ "key": record.key.to_text(), "fields": fields, "lists": target.lists })
        };
        batch.records.iter().map(row).collect()
    }

    fn encode(&self, value: &Value) -> Json {
        match value.to_json() {
            Json::Number(number) if self.has(Flaw::RoundsNumbers) => json!(number.as_f64()),
            json => json,
        }
    }

    fn outcomes(results: &Json) -> Vec<Outcome> {
        let outcome = |result: &Json| match result["error"].as_str() {
            None => Outcome::Confirmed,
            Some("internal") => Outcome::Rejected(Box::new(Rejection::retryable("internal", "try again"))),
            Some(code) => Outcome::Rejected(Box::new(Rejection::permanent(code, "refused"))),
        };
        results.as_array().into_iter().flatten().map(outcome).collect()
    }
}

#[async_trait]
impl Destination for Shelf {
    fn capabilities(&self, _object: &str) -> Capabilities {
        Capabilities {
            operations: vec![Operation::Upsert, Operation::Delete, Operation::RemoveFromLists],
            way: "records",
            calls_per_batch: 1,
            at_scale: None,
            records_per_request: 100,
            removals_per_request: 100,
            bytes_per_request: 2_000_000,
            bytes_per_record: 64,
            bytes_per_field: 64,
            idempotent: true,
            concurrency: 1,
            jobs_in_flight: usize::from(self.jobs),
            polling: Polling {
                first: Duration::from_secs(5),
                longest: Duration::from_secs(20),
                deadline: Duration::from_secs(300),
            },
            key_matching: KeyMatching::CaseSensitive,
            grouping: BatchGrouping::Any,
            outcomes: OutcomeDetail::PerRecord,
            reading: Some(Reading { keys_per_call: 10, keys_per_request: 10, lag: Duration::ZERO }),
            quota: None,
            clearing: |_| Clearing::Possible,
        }
    }

    async fn check(&self) -> Result<Health, DestinationError> {
        self.client.send(ApiRequest::get("/fields")).await?;
        Ok(Health { summary: "a shelf".into() })
    }

    async fn describe(&self, object: &str) -> Result<ObjectDescription, DestinationError> {
        if object != "records" {
            return Err(DestinationError::new(ErrorKind::NotFound, "describe", "no such object"));
        }
        let names: Vec<String> = self.client.send(ApiRequest::get("/fields")).await?.json()?;
        let field = |name: String| RemoteField {
            id: name.clone(),
            name,
            vendor_type: "any".into(),
            writable: true,
            max_chars: None,
        };
        Ok(ObjectDescription { fields: names.into_iter().map(field).collect(), can_create_fields: true })
    }

    async fn prepare(&self, target: &Target) -> Result<Prepared, DestinationError> {
        let names: Vec<String> = self.client.send(ApiRequest::get("/fields")).await?.json()?;
        let binding = |name: &str, created| FieldBinding {
            id: name.into(),
            vendor_type: "any".into(),
            created,
            ..FieldBinding::default()
        };
        let mut fields = Vec::new();
        for field in &target.fields {
            let created = !names.contains(&field.name);
            if created {
                self.client.send(ApiRequest::post("/fields").json(&json!(field.name)).idempotent(true)).await?;
            }
            fields.push(binding(&field.name, created));
        }
        let key = binding(&target.key.name, false);
        Ok(Prepared { target: target.clone(), key, fields, list_ids: target.lists.clone() })
    }

    async fn locate(&self, target: &Target) -> Result<Prepared, DestinationError> {
        if self.has(Flaw::CreatesWhileLooking) {
            return self.prepare(target).await;
        }
        let names: Vec<String> = self.client.send(ApiRequest::get("/fields")).await?.json()?;
        let binding =
            |name: &String| FieldBinding::new(if names.contains(name) { name.clone() } else { String::new() }, "any");
        let fields = target.fields.iter().map(|field| binding(&field.name)).collect();
        let key = FieldBinding { id: target.key.name.clone(), ..FieldBinding::default() };
        Ok(Prepared { target: target.clone(), key, fields, list_ids: Vec::new() })
    }

    fn agrees(&self, _target: &Prepared, _field: usize, confirmed: &Value, read: &Value) -> bool {
        self.has(Flaw::AgreesWithAnything) || agree(confirmed, read)
    }

    async fn write(&self, batch: &Batch) -> Result<Receipt, WriteError> {
        let count = batch.records.len();
        if count == 0 && !self.has(Flaw::SendsEmptyBatches) {
            return Ok(Receipt { outcomes: Vec::new() });
        }
        let request = match batch.operation {
            Operation::Upsert => ApiRequest::put("/records"),
            Operation::RemoveFromLists if !self.has(Flaw::DeletesMembers) => ApiRequest::delete("/members"),
            Operation::RemoveFromLists | Operation::Delete => ApiRequest::delete("/records"),
        };
        let answer = self.client.send(request.json(&self.rows(batch)).idempotent(true)).await?;
        let body: Json = match answer.json() {
            Ok(body) => body,
            Err(_) if self.has(Flaw::ConfirmsNonsense) => return Ok(Receipt::all(&Outcome::Confirmed, count)),
            Err(error) => return Err(error.into()),
        };
        if let Some(job) = body["job"].as_str() {
            let pending = Outcome::Pending(JobRef(job.into()));
            return Ok(Receipt::all(
                if self.has(Flaw::ConfirmsAtOnce) { &Outcome::Confirmed } else { &pending },
                count,
            ));
        }
        let outcomes = Self::outcomes(&body["results"]);
        if outcomes.len() == count {
            Ok(Receipt { outcomes })
        } else {
            Err(answer.error(ErrorKind::Protocol, "not one result per record").into())
        }
    }

    async fn follow(&self, job: &JobRef, batch: &Batch) -> Result<Receipt, DestinationError> {
        let count = batch.records.len();
        let answer = self.client.send(ApiRequest::get("/jobs").id(&job.0).expect(&[404])).await?;
        if !answer.is_success() {
            let lost = if self.has(Flaw::ConfirmsLostJobs) { Outcome::Confirmed } else { Outcome::Unknown };
            return Ok(Receipt::all(&lost, count));
        }
        let body: Json = answer.json()?;
        Ok(match body["status"].as_str() {
            Some("pending") => Receipt::all(&Outcome::Pending(job.clone()), count),
            Some("failed") => Receipt::all(&Outcome::Unknown, count),
            _ => Receipt { outcomes: Self::outcomes(&body["results"]) },
        })
    }

    async fn read(&self, target: &Prepared, keys: &[Value]) -> Result<Vec<Option<Vec<Value>>>, DestinationError> {
        let keys: Json = keys.iter().map(|key| json!(key.to_text())).collect();
        let rows: Vec<Json> = self.client.send(ApiRequest::post("/read").json(&keys).read_only()).await?.json()?;
        let fields = &target.target.fields;
        let decode = |row: &Json| fields.iter().map(|field| decode(&field.field_type, &row[&field.name])).collect();
        Ok(rows.iter().map(|row| (!row.is_null()).then(|| decode(row))).collect())
    }
}

fn decode(field_type: &FieldType, json: &Json) -> Value {
    let text = || json.as_str().unwrap_or_default().to_owned();
    let value = match field_type {
        FieldType::Bool => json.as_bool().map(Value::Bool),
        FieldType::Int => json.as_i64().map(Value::Int),
        FieldType::Decimal | FieldType::Float => json.as_f64().map(Value::Float),
        FieldType::Date => text().parse::<NaiveDate>().ok().map(Value::Date),
        FieldType::Timestamp => text().parse::<DateTime<chrono::Utc>>().ok().map(Value::Timestamp),
        _ => Some(Value::Text(text())),
    };
    value.unwrap_or(Value::Null)
}
