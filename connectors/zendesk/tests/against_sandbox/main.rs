//! The connector against the sandbox's Zendesk: whole stories on simulated time. Every request that they make is one that
//! Zendesk's OpenAPI file knows.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail their test")]

mod following;
mod measured;
mod preparing;
mod removing;
mod tokens;
mod writing;

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use lapwing_contract::{
    Batch, ChangeKind, Clock, Connector, Destination, FieldSpec, FieldType, Operation, Outcome, Prepared, Receipt,
    Record, SimulatedClock, Target, Value,
};
use lapwing_http::{HttpEnv, Traffic};
use lapwing_sandbox::openapi::Checked;
use lapwing_sandbox::vendors::zendesk::{Options, Role, Seed, Zendesk as Fake};
use lapwing_sandbox::{InProcess, LoggedRequest, Sandbox, Settings};
use lapwing_zendesk::Zendesk;
use serde_json::{Value as Json, json};

/// The part of Zendesk's OpenAPI file that the connector uses.
const OPENAPI: &str = include_str!("../openapi.json");

const BULK: &str = "/api/v2/users/create_or_update_many";

struct Stage {
    sandbox: Sandbox,
    clock: SimulatedClock,
    destination: Box<dyn Destination>,
    traffic: Arc<Traffic>,
}

fn start() -> DateTime<Utc> {
    "2026-05-04T08:00:00Z".parse().unwrap()
}

fn config(more: &Json) -> lapwing_zendesk::Config {
    let mut table = json!({
        "subdomain": "example", "client_id": "lapwing", "client_secret": "s", "tag_prefix": "lapwing_",
    });
    table.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    serde_json::from_value(table).unwrap()
}

fn stage() -> Stage {
    stage_with(Options::default(), &json!({}))
}

fn stage_with(options: Options, more: &Json) -> Stage {
    let clock = SimulatedClock::starting_at(start());
    let sandbox = Sandbox::in_memory(Box::new(Fake::new(1, options)), Settings::default(), Arc::new(clock.clone()));
    let env = env(&sandbox, &clock);
    let traffic = Arc::clone(&env.traffic);
    Stage { destination: Zendesk::connect(config(more), env).unwrap(), sandbox, clock, traffic }
}

fn env(sandbox: &Sandbox, clock: &SimulatedClock) -> HttpEnv {
    let wire = Checked::new(OPENAPI, Arc::new(InProcess::new(sandbox.clone())));
    HttpEnv::new(Arc::new(wire), Arc::new(clock.clone()))
}

fn field(name: &str, field_type: FieldType) -> FieldSpec {
    FieldSpec::new(name, field_type)
}

/// name 0, segment 1, days_late 2, last_order 3, wants_mail 4, email 5, tags 6, phone 7
fn target() -> Target {
    Target::new(
        "crm",
        "users",
        field("external_id", FieldType::Text),
        vec![
            field("name", FieldType::Text),
            field("segment", FieldType::Text),
            field("days_late", FieldType::Int),
            field("last_order", FieldType::Date),
            field("wants_mail", FieldType::Bool),
            field("email", FieldType::Text),
            field("tags", FieldType::List(Box::new(FieldType::Text))),
            field("phone", FieldType::Text),
        ],
    )
}

fn text(text: &str) -> Value {
    Value::Text(text.into())
}

fn tags(tags: &[&str]) -> Value {
    Value::List(tags.iter().map(|tag| text(tag)).collect())
}

fn batch(operation: Operation, target: &Arc<Prepared>, records: Vec<(&str, Vec<(usize, Value)>)>) -> Batch {
    let record = |(seq, (key, fields))| Record { seq, kind: ChangeKind::Changed, key: text(key), fields };
    let records = (1..).zip(records).map(record).collect();
    Batch { number: 1, operation, target: Arc::clone(target), records }
}

fn said(receipt: &Receipt) -> Vec<String> {
    let word = |outcome: &Outcome| match outcome {
        Outcome::Rejected(rejection) => format!("rejected: {}", rejection.code),
        Outcome::Pending(_) => "pending".to_owned(),
        // Whether a record was made for it matters to a test of its own.
        Outcome::Created => "confirmed".to_owned(),
        other => format!("{other:?}").to_lowercase(),
    };
    receipt.outcomes.iter().map(word).collect()
}

/// A user that is there from the beginning.
fn seed(role: Role, email: Option<&str>, external_id: Option<&str>, tags: &[&str]) -> Seed {
    let owned = |text: &str| text.to_owned();
    let tags = tags.iter().map(|tag| owned(tag)).collect();
    Seed { role, name: "Somebody".into(), email: email.map(owned), external_id: external_id.map(owned), tags }
}

impl Stage {
    async fn prepare(&self) -> Arc<Prepared> {
        Arc::new(self.destination.prepare(&target()).await.unwrap())
    }

    /// Writes a batch and follows its job to the end.
    async fn deliver(&self, batch: &Batch) -> Receipt {
        let first = self.destination.write(batch).await.unwrap();
        let Some(job) = first.job().cloned() else { return first };
        for _ in 0..20 {
            self.clock.sleep(Duration::from_secs(12)).await;
            let mut receipt = self.destination.follow(&job, batch).await.unwrap();
            if receipt.job().is_none() {
                for (last, first) in receipt.outcomes.iter_mut().zip(first.outcomes) {
                    if !matches!(first, Outcome::Pending(_)) {
                        *last = first;
                    }
                }
                return receipt;
            }
        }
        panic!("the job does not end");
    }

    async fn upsert(&self, target: &Arc<Prepared>, records: Vec<(&str, Vec<(usize, Value)>)>) -> Vec<String> {
        said(&self.deliver(&batch(Operation::Upsert, target, records)).await)
    }

    async fn read(&self, target: &Prepared, key: &str) -> Option<Vec<Value>> {
        self.destination.read(target, &[text(key)]).await.unwrap().remove(0)
    }

    /// The user with this external id as the account has it.
    fn user(&self, external_id: &str) -> Json {
        let state = self.sandbox.state();
        let is_meant = |user: &&Json| user["active"] == true && user["external_id"] == external_id;
        state["users"].as_array().unwrap().iter().find(is_meant).cloned().unwrap_or_default()
    }

    fn logged(&self, method: &str, path: &str) -> Vec<LoggedRequest> {
        self.sandbox.requests(0).into_iter().filter(|sent| sent.method == method && sent.path == path).collect()
    }
}
