//! The connector against the sandbox's Salesforce: whole stories on simulated time.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail their test")]

mod by_job;
mod measured;
mod preparing;
mod removing;
mod signing_in;
mod writing;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use lapwing_contract::{
    Batch, Capabilities, ChangeKind, Connector, Destination, FieldSpec, FieldType, Operation, Outcome, Prepared,
    Receipt, Record, SimulatedClock, Target, Value,
};
use lapwing_http::{HttpEnv, Traffic};
use lapwing_salesforce::Salesforce;
use lapwing_sandbox::vendors::salesforce::{Options, Salesforce as Fake};
use lapwing_sandbox::{InProcess, LoggedRequest, Sandbox, Settings};
use serde_json::{Value as Json, json};

const CONTACTS: &str = "/services/data/v67.0/composite/sobjects/Contact/Lapwing_Id__c";
const JOBS: &str = "/services/data/v67.0/jobs/ingest";

struct Stage {
    sandbox: Sandbox,
    clock: SimulatedClock,
    destination: Box<dyn Destination>,
    traffic: Arc<Traffic>,
}

fn options() -> Options {
    Options { job_jitter: Duration::ZERO, ..Options::default() }
}

/// A table with more or other keys.
fn table(more: &Json) -> Json {
    let mut table = json!({ "login_url": "https://acme.my.salesforce.com", "client_id": "app", "client_secret": "s" });
    for (key, value) in more.as_object().unwrap() {
        table[key] = value.clone();
    }
    table
}

fn connect(sandbox: &Sandbox, clock: &SimulatedClock, table: Json) -> (Box<dyn Destination>, Arc<Traffic>) {
    let env = HttpEnv::new(Arc::new(InProcess::new(sandbox.clone())), Arc::new(clock.clone()));
    let traffic = Arc::clone(&env.traffic);
    (Salesforce::connect(serde_json::from_value(table).unwrap(), env).unwrap(), traffic)
}

fn stage() -> Stage {
    stage_with(options(), &json!({}))
}

fn stage_with(options: Options, more: &Json) -> Stage {
    stage_of(options, Settings::default(), more)
}

fn stage_of(options: Options, settings: Settings, more: &Json) -> Stage {
    let clock = SimulatedClock::starting_at("2026-05-04T08:00:00Z".parse().unwrap());
    let sandbox = Sandbox::in_memory(Box::new(Fake::new(1, options)), settings, Arc::new(clock.clone()));
    let (destination, traffic) = connect(&sandbox, &clock, table(more));
    Stage { sandbox, clock, destination, traffic }
}

fn field(name: &str, field_type: FieldType) -> FieldSpec {
    FieldSpec::new(name, field_type)
}

/// LastName 0, RFM_Segment__c 1, Days_Late__c 2, Next_Order_On__c 3, Is_At_Risk__c 4, AccountId 5
fn target() -> Target {
    Target::new(
        "contacts",
        "Contact",
        field("Lapwing_Id__c", FieldType::Text),
        vec![
            field("LastName", FieldType::Text),
            field("RFM_Segment__c", FieldType::Text),
            field("Days_Late__c", FieldType::Int),
            field("Next_Order_On__c", FieldType::Date),
            field("Is_At_Risk__c", FieldType::Bool),
            field("AccountId", FieldType::Text),
        ],
    )
}

fn text(text: &str) -> Value {
    Value::Text(text.into())
}

type Row = (String, Vec<(usize, Value)>);

/// A contact with everything that a new one needs.
fn full(n: u64) -> Row {
    (format!("c-{n}"), vec![(0, text("Lovelace")), (1, text("champions")), (2, Value::Int(12)), (4, Value::Bool(true))])
}

fn records(rows: Vec<Row>) -> Vec<Record> {
    let record = |(seq, (key, fields))| Record { seq, kind: ChangeKind::Changed, key: Value::Text(key), fields };
    (1..).zip(rows).map(record).collect()
}

fn batch(operation: Operation, target: &Arc<Prepared>, rows: Vec<Row>) -> Batch {
    Batch { number: 1, operation, target: Arc::clone(target), records: records(rows) }
}

fn said(receipt: &Receipt) -> Vec<String> {
    let word = |outcome: &Outcome| match outcome {
        Outcome::Rejected(rejection) if rejection.retryable => format!("again: {}", rejection.code),
        Outcome::Rejected(rejection) => format!("rejected: {}", rejection.code),
        Outcome::Pending(_) => "pending".to_owned(),
        // Whether a record was made for it matters to a test of its own.
        Outcome::Created => "confirmed".to_owned(),
        other => format!("{other:?}").to_lowercase(),
    };
    receipt.outcomes.iter().map(word).collect()
}

impl Stage {
    async fn prepare(&self) -> Arc<Prepared> {
        Arc::new(self.destination.prepare(&target()).await.unwrap())
    }

    /// Writes a batch and follows its job, where there is one, to the end.
    async fn deliver(&self, batch: &Batch) -> Receipt {
        let mut receipt = self.destination.write(batch).await.unwrap();
        for _ in 0..20 {
            let Some(job) = receipt.job().cloned() else { break };
            self.clock.advance(Duration::from_secs(10));
            receipt = self.destination.follow(&job, batch).await.unwrap();
        }
        receipt
    }

    async fn upsert(&self, target: &Arc<Prepared>, rows: Vec<Row>) -> Vec<String> {
        said(&self.deliver(&batch(Operation::Upsert, target, rows)).await)
    }

    /// Delivers records in the batches that the delivery floor would make of them.
    async fn deliver_all(&self, target: &Arc<Prepared>, records: Vec<Record>) -> Vec<String> {
        let capabilities = self.at(records.len());
        let mut outcomes = Vec::new();
        for records in records.chunks(capabilities.max_records(Operation::Upsert)) {
            let (target, records) = (Arc::clone(target), records.to_vec());
            outcomes
                .extend(said(&self.deliver(&Batch { number: 1, operation: Operation::Upsert, target, records }).await));
        }
        outcomes
    }

    fn at(&self, changes: usize) -> Capabilities {
        self.destination.capabilities("Contact").at(changes.try_into().unwrap())
    }

    fn requests(&self, method: &str, path: &str) -> Vec<LoggedRequest> {
        let all = self.sandbox.requests(0).into_iter();
        all.filter(|request| request.method == method && request.path.starts_with(path)).collect()
    }

    fn contact(&self, key: &str) -> Json {
        let state = self.sandbox.state();
        let found = state["records"]["Contact"].as_array().unwrap().iter().find(|row| row["Lapwing_Id__c"] == key);
        found.cloned().unwrap_or_default()
    }
}
