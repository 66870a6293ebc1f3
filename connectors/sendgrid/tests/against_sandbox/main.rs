//! The connector against the sandbox's SendGrid: whole stories on simulated time.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail their test")]

mod measured;
mod preparing;
mod removing;

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use lapwing_contract::{
    Batch, ChangeKind, Clock, Connector, Destination, ErrorKind, FieldSpec, FieldType, Operation, Outcome, Prepared,
    Receipt, Record, SimulatedClock, Target, Value, WriteError,
};
use lapwing_http::{HttpEnv, Traffic};
use lapwing_sandbox::openapi::Checked;
use lapwing_sandbox::vendors::sendgrid::{ApiKey, Options, SendGrid as Fake};
use lapwing_sandbox::{Action, Fault, InProcess, JobFault, LoggedRequest, Sandbox, Settings};
use lapwing_sendgrid::SendGrid;
use serde_json::json;

/// The part of SendGrid's OpenAPI files that the connector uses.
const OPENAPI: &str = include_str!("../openapi.json");

const CONTACTS: &str = "/v3/marketing/contacts";
const LISTS: &str = "/v3/marketing/lists";

struct Stage {
    sandbox: Sandbox,
    clock: SimulatedClock,
    destination: Box<dyn Destination>,
    traffic: Arc<Traffic>,
}

fn start() -> DateTime<Utc> {
    "2026-05-04T08:00:00Z".parse().unwrap()
}

fn options() -> Options {
    Options { keys: vec![ApiKey::with_all_scopes("SG.test")], ..Options::default() }
}

fn stage() -> Stage {
    stage_with(options(), json!({ "api_key": "SG.test" }))
}

fn stage_with(options: Options, config: serde_json::Value) -> Stage {
    let clock = SimulatedClock::starting_at(start());
    let sandbox = Sandbox::in_memory(Box::new(Fake::new(1, options)), Settings::default(), Arc::new(clock.clone()));
    let env = HttpEnv::new(
        Arc::new(Checked::new(OPENAPI, Arc::new(InProcess::new(sandbox.clone())))),
        Arc::new(clock.clone()),
    );
    let traffic = Arc::clone(&env.traffic);
    let destination = SendGrid::connect(serde_json::from_value(config).unwrap(), env).unwrap();
    Stage { sandbox, clock, destination, traffic }
}

fn field(name: &str, field_type: FieldType) -> FieldSpec {
    FieldSpec::new(name, field_type)
}

/// first_name 0, segment 1, days_late 2, last_order 3, phone_number 4
fn target() -> Target {
    Target::new(
        "marketing",
        "contacts",
        field("email", FieldType::Text),
        vec![
            field("first_name", FieldType::Text),
            field("segment", FieldType::Text),
            field("days_late", FieldType::Int),
            field("last_order", FieldType::Date),
            field("phone_number", FieldType::Text),
        ],
    )
}

fn text(text: &str) -> Value {
    Value::Text(text.into())
}

fn ada() -> (&'static str, Vec<(usize, Value)>) {
    let last_order = Value::Date("2026-01-31".parse().unwrap());
    ("Ada@Example.com", vec![(0, text("Ada")), (1, text("champions")), (2, Value::Int(12)), (3, last_order)])
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
        other => format!("{other:?}").to_lowercase(),
    };
    receipt.outcomes.iter().map(word).collect()
}

impl Stage {
    async fn prepare(&self) -> Arc<Prepared> {
        Arc::new(self.destination.prepare(&target()).await.unwrap())
    }

    async fn prepare_with_lists(&self, lists: &[&str]) -> Arc<Prepared> {
        let lists = lists.iter().map(|name| (*name).to_owned()).collect();
        Arc::new(self.destination.prepare(&Target { lists, ..target() }).await.unwrap())
    }

    /// Writes a batch and follows its job to the end.
    async fn deliver(&self, batch: &Batch) -> Receipt {
        let mut receipt = self.destination.write(batch).await.unwrap();
        for _ in 0..20 {
            let Some(job) = receipt.job().cloned() else { return receipt };
            self.clock.sleep(Duration::from_secs(10)).await;
            receipt = self.destination.follow(&job, batch).await.unwrap();
        }
        panic!("the job does not end: {:?}", said(&receipt));
    }

    async fn upsert(&self, target: &Arc<Prepared>, records: Vec<(&str, Vec<(usize, Value)>)>) -> Vec<String> {
        said(&self.deliver(&batch(Operation::Upsert, target, records)).await)
    }

    async fn read(&self, target: &Prepared, key: &str) -> Option<Vec<Value>> {
        self.destination.read(target, &[text(key)]).await.unwrap().remove(0)
    }

    fn puts(&self) -> Vec<LoggedRequest> {
        self.logged("PUT", CONTACTS)
    }

    fn logged(&self, method: &str, path: &str) -> Vec<LoggedRequest> {
        self.sandbox.requests(0).into_iter().filter(|sent| sent.method == method && sent.path == path).collect()
    }
}

#[tokio::test]
async fn a_new_contact_is_confirmed_when_its_job_has_ended_and_reads_back_as_written() {
    let stage = stage();
    let target = stage.prepare().await;
    assert!(target.fields[1].created && !target.fields[0].created);
    assert_eq!(target.fields[2].vendor_type, "Number");
    let new = batch(Operation::Upsert, &target, vec![ada()]);
    let receipt = stage.destination.write(&new).await.unwrap();
    assert_eq!(said(&receipt), ["pending"]);
    let job = receipt.job().unwrap().clone();
    assert_eq!(said(&stage.destination.follow(&job, &new).await.unwrap()), ["pending"]);
    stage.clock.advance(Duration::from_secs(60));
    assert_eq!(said(&stage.destination.follow(&job, &new).await.unwrap()), ["confirmed"]);
    let values = stage.read(&target, "ADA@example.com").await.unwrap();
    assert!(values[..4] == ada().1.into_iter().map(|(_, value)| value).collect::<Vec<_>>());
    assert!(values[4].is_null());
    assert!(stage.read(&target, "bob@example.com").await.is_none());
}

#[tokio::test]
async fn one_field_is_updated_and_the_others_stay() {
    let stage = stage();
    let target = stage.prepare().await;
    stage.upsert(&target, vec![ada()]).await;
    assert_eq!(stage.upsert(&target, vec![("ada@example.com", vec![(1, text("at risk"))])]).await, ["confirmed"]);
    let values = stage.read(&target, "ada@example.com").await.unwrap();
    assert!(values[0] == text("Ada") && values[1] == text("at risk") && values[2] == Value::Int(12));
    let body = stage.puts()[1].json();
    assert_eq!(body, json!({"contacts": [{"email": "ada@example.com", "custom_fields": {"e1_T": "at risk"}}]}));
}

#[tokio::test]
async fn a_text_is_cleared_and_a_number_keeps_its_value() {
    let stage = stage();
    let target = stage.prepare().await;
    stage.upsert(&target, vec![ada()]).await;
    let nulls = (0..5).map(|index| (index, Value::Null)).collect();
    assert_eq!(stage.upsert(&target, vec![("ada@example.com", nulls)]).await, ["confirmed"]);
    let values = stage.read(&target, "ada@example.com").await.unwrap();
    assert!(values[0].is_null() && values[1].is_null());
    assert!(values[2] == Value::Int(12) && !values[3].is_null());
}

#[tokio::test]
async fn a_bad_record_is_held_back_and_its_mates_are_delivered() {
    let stage = stage();
    let target = stage.prepare().await;
    let records = vec![
        ("no address", vec![(1, text("a"))]),
        ("ada@example.com", vec![(1, text("a"))]),
        ("bob@example.com", vec![(4, text("000"))]),
        ("cyd@example.com", vec![(0, text(&"x".repeat(51)))]),
        ("dee@example.com", vec![(1, text("d"))]),
    ];
    let expected =
        ["rejected: invalid_email", "confirmed", "rejected: invalid_phone", "rejected: too_long", "confirmed"];
    assert_eq!(stage.upsert(&target, records).await, expected);
    assert_eq!(stage.puts().len(), 1);
}

#[tokio::test]
async fn a_batch_of_bad_records_only_makes_no_request() {
    let stage = stage();
    let target = stage.prepare().await;
    let writes = stage.traffic.requests().writes;
    assert_eq!(stage.upsert(&target, vec![("none", vec![])]).await, ["rejected: invalid_email"]);
    assert_eq!(stage.upsert(&target, vec![]).await, [""; 0]);
    assert_eq!(stage.traffic.requests().writes, writes);
}

#[tokio::test]
async fn a_record_that_only_the_vendor_finds_bad_is_named_by_its_place_in_the_batch() {
    let stage = stage();
    let target = stage.prepare().await;
    // Passes the local check; the vendor wants a top-level domain with a letter.
    let records = vec![("none", vec![]), ("ada@example.com", vec![]), ("bob@example.1", vec![])];
    let error = stage.destination.write(&batch(Operation::Upsert, &target, records)).await.unwrap_err();
    let WriteError::Refused { named, .. } = error else { panic!("{error}") };
    assert_eq!(named.iter().map(|(index, _)| *index).collect::<Vec<_>>(), [2]);
    assert_eq!((named[0].1.code.as_str(), named[0].1.field.as_deref()), ("invalid_email", Some("email")));
}

#[tokio::test]
async fn throttling_and_failures_are_survived_without_a_second_contact() {
    let stage = stage();
    let target = stage.prepare().await;
    for action in [
        Action::status(429).with_header("Retry-After", "20"),
        Action::status(500),
        Action::status_after_applying(502),
        Action::Refuse,
        Action::cut(false),
        Action::cut(true),
    ] {
        stage.sandbox.script([Fault::on("PUT", CONTACTS, action)]);
        assert_eq!(stage.upsert(&target, vec![ada()]).await, ["confirmed"]);
    }
    assert_eq!(stage.puts().len(), 12);
    assert_eq!(stage.sandbox.summary(), "1 contact, 3 custom fields, 0 lists");
    assert_eq!(stage.traffic.requests().repeats, 6);
}

#[tokio::test]
async fn the_job_names_the_record_that_it_dropped() {
    let stage = stage();
    let target = stage.prepare().await;
    stage.sandbox.script([Fault::on("PUT", CONTACTS, Action::Job(JobFault::EndsHalf { errored: 1 }))]);
    let records = vec![("ada@example.com", vec![]), ("Bob@example.com", vec![])];
    assert_eq!(stage.upsert(&target, records).await, ["confirmed", "rejected: vendor_busy"]);
}

#[tokio::test]
async fn a_job_that_fails_without_a_word_leaves_all_open_and_rejects_a_single_record() {
    let stage = stage();
    let target = stage.prepare().await;
    let fails = || Fault::on("PUT", CONTACTS, Action::Job(JobFault::Fails));
    stage.sandbox.script([fails(), fails()]);
    let two = vec![("ada@example.com", vec![]), ("bob@example.com", vec![])];
    assert_eq!(stage.upsert(&target, two).await, ["unknown", "unknown"]);
    assert_eq!(stage.upsert(&target, vec![("ada@example.com", vec![])]).await, ["rejected: job_failed"]);
}

#[tokio::test]
async fn a_job_that_the_vendor_forgot_is_unknown_and_a_stuck_one_stays_pending() {
    let stage = stage();
    let target = stage.prepare().await;
    stage.sandbox.script([Fault::on("PUT", CONTACTS, Action::Job(JobFault::Lost { applied: true }))]);
    assert_eq!(stage.upsert(&target, vec![ada()]).await, ["unknown"]);
    stage.sandbox.script([Fault::on("PUT", CONTACTS, Action::Job(JobFault::Stuck))]);
    let stuck = batch(Operation::Upsert, &target, vec![ada()]);
    let job = stage.destination.write(&stuck).await.unwrap().job().unwrap().clone();
    stage.clock.advance(Duration::from_secs(7200));
    assert_eq!(said(&stage.destination.follow(&job, &stuck).await.unwrap()), ["pending"]);
}
