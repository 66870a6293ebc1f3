//! The connector against the sandbox's Google Sheets: whole stories on simulated time.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail their test")]

mod lists;
mod measured;
mod people;
mod preparing;
mod refusals;
mod signing_in;
mod writing;

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use lapwing_contract::{
    Batch, ChangeKind, Connector, Destination, FieldSpec, FieldType, Operation, Outcome, Prepared, Receipt, Record,
    SimulatedClock, Target, Value, WriteError,
};
use lapwing_google_sheets::GoogleSheets;
use lapwing_http::{HttpEnv, Traffic, Transport, TransportError};
use lapwing_sandbox::vendors::google_sheets::{Echo, GoogleSheets as Fake, Options, People};
use lapwing_sandbox::{InProcess, LoggedRequest, Sandbox, Settings};
use serde_json::{Value as Json, json};

const VALUES: &str = "/v4/spreadsheets/book/values:batchUpdate";
const STRUCTURE: &str = "/v4/spreadsheets/book:batchUpdate";

/// A wire on which people act just before a request arrives.
#[derive(Clone)]
struct Meddled {
    wire: InProcess,
    meddlers: Arc<Mutex<Vec<Meddler>>>,
}

/// The path of the request before which to act, and the act.
type Meddler = (&'static str, Box<dyn FnOnce() + Send>);

impl std::fmt::Debug for Meddled {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Meddled")
    }
}

#[async_trait]
impl Transport for Meddled {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let meddler = {
            let mut meddlers = self.meddlers.lock().unwrap();
            let at = meddlers.iter().position(|(path, _)| *path == request.uri().path());
            at.map(|at| meddlers.remove(at))
        };
        if let Some((_, act)) = meddler {
            act();
        }
        self.wire.send(request).await
    }

    fn is_simulated(&self) -> bool {
        true
    }
}

struct Stage {
    sandbox: Sandbox,
    clock: SimulatedClock,
    people: People,
    destination: Box<dyn Destination>,
    traffic: Arc<Traffic>,
    wire: Meddled,
}

fn stage() -> Stage {
    stage_with(Options::default(), &json!({ "spreadsheet": "book" }))
}

fn stage_with(options: Options, config: &Json) -> Stage {
    let clock = SimulatedClock::starting_at("2026-05-04T08:00:00Z".parse().unwrap());
    let fake = Fake::new(options);
    let people = fake.people("book");
    let sandbox = Sandbox::in_memory(Box::new(fake), Settings::default(), Arc::new(clock.clone()));
    let wire = Meddled { wire: InProcess::new(sandbox.clone()), meddlers: Arc::default() };
    let env = HttpEnv::new(Arc::new(wire.clone()), Arc::new(clock.clone()));
    let traffic = Arc::clone(&env.traffic);
    let destination = GoogleSheets::connect(serde_json::from_value(config.clone()).unwrap(), env).unwrap();
    Stage { sandbox, clock, people, destination, traffic, wire }
}

fn field(name: &str, field_type: FieldType) -> FieldSpec {
    FieldSpec::new(name, field_type)
}

/// name 0, late 1, last order 2
fn target() -> Target {
    Target::new(
        "calls",
        "Call list",
        field("id", FieldType::Text),
        vec![field("name", FieldType::Text), field("late", FieldType::Int), field("last order", FieldType::Date)],
    )
}

fn text(text: &str) -> Value {
    Value::Text(text.into())
}

type Row = (&'static str, Vec<(usize, Value)>);

/// A row with a name and a number.
fn row(key: &'static str, late: i64) -> Row {
    (key, vec![(0, text(&format!("name of {key}"))), (1, Value::Int(late))])
}

fn batch(operation: Operation, target: &Arc<Prepared>, rows: Vec<Row>) -> Batch {
    let record = |(seq, (key, fields)): (u64, Row)| Record { seq, kind: ChangeKind::Changed, key: text(key), fields };
    let records = (1..).zip(rows).map(record).collect();
    Batch { number: 1, operation, target: Arc::clone(target), records }
}

fn said(receipt: &Receipt) -> Vec<String> {
    let word = |outcome: &Outcome| match outcome {
        Outcome::Rejected(rejection) => format!("rejected: {}", rejection.code),
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

    async fn upsert(&self, target: &Arc<Prepared>, rows: Vec<Row>) -> Vec<String> {
        said(&self.destination.write(&batch(Operation::Upsert, target, rows)).await.unwrap())
    }

    async fn delete(&self, target: &Arc<Prepared>, keys: &[&'static str]) -> Result<Receipt, WriteError> {
        let rows = keys.iter().map(|key| (*key, Vec::new())).collect();
        self.destination.write(&batch(Operation::Delete, target, rows)).await
    }

    /// Lets people act just before the next request to a path.
    fn before(&self, path: &'static str, act: impl FnOnce(&People) + Send + 'static) {
        let people = self.people.clone();
        self.wire.meddlers.lock().unwrap().push((path, Box::new(move || act(&people))));
    }

    /// The rows of the call list, its header first.
    fn rows(&self) -> Json {
        let mut state = self.sandbox.state();
        let tabs = state["spreadsheets"][0]["tabs"].as_array_mut().unwrap();
        tabs.iter_mut().find(|tab| tab["title"] == "Call list").unwrap()["rows"].take()
    }

    fn logged(&self, path: &str) -> Vec<LoggedRequest> {
        self.sandbox.requests(0).into_iter().filter(|sent| sent.method == "POST" && sent.path == path).collect()
    }
}
