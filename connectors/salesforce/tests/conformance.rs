//! The suite that every connector passes: once by sObject Collections, and once by the Bulk API.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail their test")]

use std::sync::Arc;
use std::time::Duration;

use lapwing_contract::{
    Connector, Destination, FieldSpec, FieldType, NullPolicy, OnLeave, Operation, SimulatedClock, SyncMode, Target,
    Value, WritePolicy,
};
use lapwing_http::HttpEnv;
use lapwing_salesforce::Salesforce;
use lapwing_sandbox::conformance::{Access, Harness, Stage, Stored};
use lapwing_sandbox::vendors::salesforce::{Client, FieldDef, Kind, ObjectDef, Options, Salesforce as Fake};
use lapwing_sandbox::{InProcess, Sandbox, Settings};
use serde_json::{Value as Json, json};

const OBJECT: &str = "Loyalty_Profile__c";

/// An org with a custom object that has a field of every type and none that is required.
fn stage() -> Stage {
    let number = |scale| Kind::Number { precision: 18, scale };
    let fields = [
        FieldDef::new("Name", Kind::AutoNumber),
        FieldDef::new("Key__c", Kind::Text(80)).external_id(),
        FieldDef::new("Text__c", Kind::Text(255)),
        FieldDef::new("Long__c", Kind::TextArea(32_768)),
        FieldDef::new("Int__c", number(0)),
        FieldDef::new("Decimal__c", number(2)),
        FieldDef::new("Float__c", number(4)),
        FieldDef::new("Bool__c", Kind::Boolean),
        FieldDef::new("Date__c", Kind::Date),
        FieldDef::new("Timestamp__c", Kind::DateTime),
        FieldDef::new("Json__c", Kind::TextArea(32_768)),
        FieldDef::new("Tags__c", Kind::MultiPicklist((0..1_000).map(|n| format!("text {n}")).collect())),
    ];
    let clients = vec![Client::with_secret("full", "s"), Client::with_secret("reader", "s").read_only()];
    let objects = vec![ObjectDef::new(OBJECT, "a01", fields)];
    let clock = Arc::new(SimulatedClock::starting_at("2026-05-04T08:00:00Z".parse().unwrap()));
    let fake =
        Fake::new(1, Options { clients, objects, session_lifetime: Duration::from_secs(900), ..Options::default() });
    Stage { sandbox: Sandbox::in_memory(Box::new(fake), Settings::default(), clock.clone()), clock }
}

fn connect(stage: &Stage, access: Access, bulk_from: u64) -> Box<dyn Destination> {
    let (client, secret) = match access {
        Access::Full => ("full", "s"),
        Access::Wrong => ("full", "wrong"),
        Access::ReadOnly => ("reader", "s"),
    };
    let table = json!({ "login_url": "https://acme.my.salesforce.com", "client_id": client, "client_secret": secret,
        "bulk_from": bulk_from, "api_budget_pct": 100 });
    let env = HttpEnv::new(Arc::new(InProcess::new(stage.sandbox.clone())), stage.clock.clone());
    Salesforce::connect(serde_json::from_value(table).unwrap(), env).unwrap()
}

fn target() -> Target {
    let field = |name: &str, field_type| FieldSpec {
        name: name.into(),
        field_type,
        null: NullPolicy::Clear,
        write: WritePolicy::Always,
    };
    Target {
        sync: "conformance".into(),
        object: OBJECT.into(),
        key: field("Key__c", FieldType::Text),
        fields: vec![
            field("Text__c", FieldType::Text),
            field("Long__c", FieldType::Text),
            field("Int__c", FieldType::Int),
            field("Decimal__c", FieldType::Decimal),
            field("Float__c", FieldType::Float),
            field("Bool__c", FieldType::Bool),
            field("Date__c", FieldType::Date),
            field("Timestamp__c", FieldType::Timestamp),
            field("Json__c", FieldType::Json),
            field("Tags__c", FieldType::List(Box::new(FieldType::Text))),
        ],
        lists: Vec::new(),
        mode: SyncMode::Upsert,
        on_leave: OnLeave::Keep,
    }
}

fn stored(sandbox: &Sandbox, key: &Value) -> Option<Stored> {
    let org = sandbox.state();
    let key = key.to_text().to_lowercase();
    let mut records = org["records"][OBJECT].as_array()?.iter();
    let record = records.find(|record| record["Key__c"].as_str().is_some_and(|own| own.to_lowercase() == key))?;
    let fields = record.as_object()?.iter().map(|(name, value)| (name.clone(), value.clone()));
    Some(Stored { fields: fields.collect(), lists: Vec::new() })
}

/// A list is one text with `;` between its entries.
fn holds(field: &FieldSpec, sent: &Value, stored: Option<&Json>) -> bool {
    match (sent, stored) {
        (Value::List(items), Some(Json::String(text))) if field.name == "Tags__c" => {
            *text == items.iter().map(Value::to_text).collect::<Vec<_>>().join(";")
        }
        _ => lapwing_sandbox::conformance::holds(sent, stored),
    }
}

struct Collections;

impl Harness for Collections {
    fn stage(&self) -> Stage {
        stage()
    }

    fn connect(&self, stage: &Stage, access: Access) -> Box<dyn Destination> {
        connect(stage, access, 2_000)
    }

    fn target(&self) -> Target {
        target()
    }

    fn key(&self, n: u64) -> Value {
        Value::Text(format!("customer-{n}"))
    }

    fn bad_key(&self) -> Option<Value> {
        // Held back before it is sent: beside controls and texts that are too long, Salesforce takes every key.
        Some(Value::Text("control\u{1}".into()))
    }

    fn write_route(&self, operation: Operation) -> (&'static str, &'static str) {
        match operation {
            Operation::Upsert => ("PATCH", "/services/data/v67.0/composite/sobjects/Loyalty_Profile__c/Key__c"),
            Operation::Delete | Operation::RemoveFromLists => ("DELETE", "/services/data/v67.0/composite/sobjects"),
        }
    }

    fn small_batches_are_jobs(&self) -> bool {
        false
    }

    fn renews(&self) -> bool {
        true
    }

    fn stored(&self, sandbox: &Sandbox, key: &Value) -> Option<Stored> {
        stored(sandbox, key)
    }

    fn holds(&self, field: &FieldSpec, sent: &Value, stored: Option<&Json>) -> bool {
        holds(field, sent, stored)
    }
}

/// Everything as a job, down to single records: faults strike where a job is closed.
struct Bulk;

impl Harness for Bulk {
    fn stage(&self) -> Stage {
        stage()
    }

    fn connect(&self, stage: &Stage, access: Access) -> Box<dyn Destination> {
        connect(stage, access, 1)
    }

    fn target(&self) -> Target {
        target()
    }

    fn key(&self, n: u64) -> Value {
        Collections.key(n)
    }

    fn bad_key(&self) -> Option<Value> {
        Collections.bad_key()
    }

    fn write_route(&self, _operation: Operation) -> (&'static str, &'static str) {
        ("PATCH", "/services/data/v67.0/jobs/ingest/*")
    }

    fn renews(&self) -> bool {
        true
    }

    fn stored(&self, sandbox: &Sandbox, key: &Value) -> Option<Stored> {
        stored(sandbox, key)
    }

    fn holds(&self, field: &FieldSpec, sent: &Value, stored: Option<&Json>) -> bool {
        holds(field, sent, stored)
    }
}

/// The same, where faults strike the request that opens a job.
struct BulkOpening;

impl Harness for BulkOpening {
    fn stage(&self) -> Stage {
        stage()
    }

    fn connect(&self, stage: &Stage, access: Access) -> Box<dyn Destination> {
        connect(stage, access, 1)
    }

    fn target(&self) -> Target {
        target()
    }

    fn key(&self, n: u64) -> Value {
        Collections.key(n)
    }

    fn bad_key(&self) -> Option<Value> {
        Collections.bad_key()
    }

    fn write_route(&self, _operation: Operation) -> (&'static str, &'static str) {
        ("POST", "/services/data/v67.0/jobs/ingest")
    }

    fn renews(&self) -> bool {
        true
    }

    fn stored(&self, sandbox: &Sandbox, key: &Value) -> Option<Stored> {
        stored(sandbox, key)
    }

    fn holds(&self, field: &FieldSpec, sent: &Value, stored: Option<&Json>) -> bool {
        holds(field, sent, stored)
    }
}

mod collections {
    lapwing_sandbox::conformance_tests!(super::Collections);
}

mod bulk {
    lapwing_sandbox::conformance_tests!(super::Bulk);
}

mod bulk_opening {
    lapwing_sandbox::conformance_tests!(super::BulkOpening);
}
