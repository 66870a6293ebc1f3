//! A ledger in a folder of its own, a snapshot that the test writes, and runs over them that can crash.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use chrono::{DateTime, Utc};
use lapwing::delivery::{Delivered, Delivery, DeliveryError, Progress, Stop, deliver, follow_left_behind};
use lapwing::engine::{Engine, EngineError, EngineOptions, Session, quote_literal};
use lapwing::ledger::{self, Folded, LedgerError, Migration, SyncIdentity, SyncTables};
use lapwing::plan::{
    Counts, FieldShape, PlanError, PlanOrigin, StagedPlan, SyncSpec, field_shapes, stage, take_snapshot,
};
use lapwing_contract::{
    Clock, Destination, FieldBinding, FieldSpec, FieldType, NullPolicy, OnLeave, Prepared, SimulatedClock, Target,
    WritePolicy,
};
use tempfile::TempDir;

use crate::draft::{Draft, Field};
use crate::vendor::Vendor;

/// When a run dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Crash {
    /// When the vendor stalls.
    AtStall,
    /// After the delivery was polled so often.
    AfterPolls(u32),
}

/// How a run ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) counts: Counts,
    pub(crate) folded: Folded,
    pub(crate) delivered: Delivered,
}

pub(crate) struct World {
    folder: TempDir,
    engine: Engine,
    run_id: i64,
    clock: SimulatedClock,
    pub(crate) vendor: Vendor,
    pub(crate) sync: Draft,
    /// By customer: the columns `key`, `a` (text), `b` (whole number), `c` (date), as SQL.
    pub(crate) rows: BTreeMap<String, [String; 4]>,
    /// The time that runs compute for.
    pub(crate) as_of: DateTime<Utc>,
    pub(crate) max_reject_pct: Option<f64>,
    pub(crate) stop: Stop,
}

pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

async fn open(folder: &TempDir) -> Engine {
    let options = EngineOptions {
        database: Some(ledger::database_path(folder.path())),
        readable: vec![folder.path().to_path_buf()],
        spill_folder: Some(folder.path().join("spill")),
        memory_limit: Some("1GiB".to_owned()),
        threads: Some(1),
        ..EngineOptions::default()
    };
    let engine = Engine::open(options).await.unwrap();
    engine.run(ledger::prepare).await.unwrap();
    engine
}

/// A plan, its target, and what registering the sync did to the ledger.
pub(crate) type Planned = (StagedPlan, Target, Migration);

impl World {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let engine = open(&folder).await;
        let sync = Draft {
            fields: vec![Field::new("a", "a"), Field::new("b", "b")],
            on_leave: OnLeave::Keep,
            has_lists: false,
            keep_first: false,
            max_attempts: 10,
        };
        Self {
            folder,
            engine,
            run_id: 0,
            clock: SimulatedClock::starting_at(DateTime::from_timestamp(1_800_000_000, 0).unwrap()),
            vendor: Vendor::new(),
            sync,
            rows: BTreeMap::new(),
            as_of: DateTime::from_timestamp(1_800_000_000, 0).unwrap(),
            max_reject_pct: None,
            stop: Stop::default(),
        }
    }

    /// These customers, each with `a` = one and `b` = 1.
    pub(crate) async fn with(customers: &[&str]) -> Self {
        let mut world = Self::new().await;
        for customer in customers {
            world.customer(customer, "'one'", "1");
        }
        world
    }

    /// Sets a customer's values, as SQL.
    pub(crate) fn customer(&mut self, key: &str, a: &str, b: &str) {
        let row = [quote_literal(key), a.to_owned(), b.to_owned(), "DATE '2026-01-01'".to_owned()];
        self.rows.insert(key.to_owned(), row);
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Lets time pass between two runs.
    pub(crate) fn wait(&self, time: std::time::Duration) {
        self.clock.advance(time);
    }

    /// What the ledger takes on disk.
    pub(crate) fn bytes_on_disk(&self) -> u64 {
        let files = std::fs::read_dir(self.folder.path()).unwrap();
        files.map(|file| file.unwrap().metadata().unwrap()).filter(std::fs::Metadata::is_file).map(|m| m.len()).sum()
    }

    /// The folder of the ledger.
    pub(crate) fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// A number out of the ledger.
    pub(crate) async fn count(&self, sql: &str) -> u64 {
        let sql = sql.to_owned();
        self.engine.run(move |session| session.one(&sql, &[], |row| row.count(0))).await.unwrap()
    }

    fn attributes(&self) -> String {
        let rows: Vec<String> = self
            .rows
            .iter()
            .map(|(customer, row)| format!("({}, {})", quote_literal(customer), row.join(", ")))
            .chain(["('', NULL, NULL, NULL, NULL)".to_owned()])
            .collect();
        format!(
            "CREATE OR REPLACE TEMP TABLE attributes AS
             SELECT customer_id::VARCHAR AS customer_id, key::VARCHAR AS key, a::VARCHAR AS a, b::BIGINT AS b,
                    c::DATE AS c
             FROM (VALUES {}) AS v(customer_id, key, a, b, c) WHERE customer_id <> ''",
            rows.join(", ")
        )
    }

    /// Registers, takes the snapshot and stages, as a run does.
    pub(crate) async fn plan(&mut self) -> Result<Planned, PlanError> {
        let attributes = self.attributes();
        self.plan_over(attributes).await
    }

    /// The same over `attributes` that a statement makes.
    pub(crate) async fn plan_over(&mut self, attributes: String) -> Result<Planned, PlanError> {
        let as_of = self.as_of;
        let now = self.clock.now();
        let start = move |session: &mut Session| ledger::start_run(session, "sync", "sync.toml", now, now);
        self.run_id = self.engine.run(start).await?;
        let (draft, capabilities, run_id) = (self.sync.clone(), self.vendor.capabilities.clone(), self.run_id);
        let work = move |session: &mut Session| {
            session.run_script(&attributes)?;
            let spec = draft.spec(session);
            let shapes = field_shapes(session, &spec)?;
            let identity = SyncIdentity {
                name: spec.name.clone(),
                destination: spec.destination.clone(),
                account: "https://crm.example".to_owned(),
                object: spec.object.clone(),
                key_field: spec.key_field.clone(),
                key_expression: "key".to_owned(),
                lists: draft.has_lists.then(|| "list".to_owned()).into_iter().collect(),
            };
            let columns: Vec<(String, String)> = spec
                .fields
                .iter()
                .zip(&shapes)
                .map(|(field, shape)| (field.name.clone(), shape.sql_type.clone()))
                .collect();
            let (tables, migration) = ledger::register(session, &identity, &columns)?;
            let snapshot = take_snapshot(session, &spec, &shapes, &tables.fields)?;
            let origin = PlanOrigin { run_id, as_of, started_at: now, fingerprint: "fingerprint".to_owned() };
            let staged = stage(session, &spec, &shapes, &tables, snapshot, &capabilities, &origin)?;
            Ok::<_, PlanError>((staged, target(&spec, &shapes), migration))
        };
        self.engine.run(work).await
    }

    /// Picks up what an earlier run left. False where the vendor can't be asked.
    pub(crate) async fn recover(&self) -> bool {
        let plans = self.engine.run(|session| ledger::open_plans(session)).await.unwrap();
        for plan in plans.into_iter().filter(|plan| plan.sending) {
            let columns = &plan.tables.fields;
            let fields = columns
                .iter()
                .map(|column| spec_of(&column.name, lapwing::engine::field_type(&column.sql_type).unwrap()));
            let target = Arc::new(prepared(&target_of(fields.collect())));
            let followed = follow_left_behind(&self.engine, &self.vendor, &self.clock, &plan, &target).await.unwrap();
            if followed.is_err() {
                return false;
            }
            let (tables, run_id) = (plan.tables.clone(), plan.run_id);
            self.engine.run(move |session| ledger::fold(session, &tables, run_id, true)).await.unwrap();
        }
        true
    }

    /// Enters a run of its own for a plan that stands already.
    pub(crate) async fn start_apply(&mut self) {
        let now = self.clock.now();
        let start = move |session: &mut Session| ledger::start_run(session, "apply", "sync.toml", now, now);
        self.run_id = self.engine.run(start).await.unwrap();
    }

    pub(crate) async fn deliver(&self, planned: &Planned) -> Delivered {
        self.delivering(planned).await.unwrap()
    }

    pub(crate) async fn try_deliver(&self, planned: &Planned) -> Result<Delivered, DeliveryError> {
        self.delivering(planned).await
    }

    fn delivering(&self, planned: &Planned) -> impl Future<Output = Result<Delivered, DeliveryError>> {
        self.deliver_to(&self.vendor, planned)
    }

    /// Delivers to somebody else.
    pub(crate) fn deliver_to<'a>(
        &'a self,
        destination: &'a dyn Destination,
        planned: &Planned,
    ) -> impl Future<Output = Result<Delivered, DeliveryError>> + use<'a> {
        deliver(Delivery {
            engine: self.engine.clone(),
            destination,
            clock: &self.clock,
            target: Arc::new(prepared(&planned.1)),
            plan: planned.0.clone(),
            max_reject_pct: self.max_reject_pct,
            progress: Arc::new(Progress::default()),
            stop: self.stop.clone(),
        })
    }

    async fn keep_held_values(&self, planned: &Planned) {
        let sync_id = planned.0.tables.sync_id;
        self.engine.run(move |session| ledger::keep_held_values(session, sync_id)).await.unwrap();
    }

    pub(crate) async fn fold(&self, tables: &SyncTables) -> Folded {
        let (tables, run_id) = (tables.clone(), self.run_id);
        self.engine.run(move |session| ledger::fold(session, &tables, run_id, false)).await.unwrap()
    }

    /// A whole run: what was left is picked up, the rest is planned, sent and folded.
    pub(crate) async fn run(&mut self) -> Ran {
        assert!(self.recover().await, "the vendor can be asked");
        let planned = self.plan().await.unwrap();
        self.keep_held_values(&planned).await;
        let delivered = self.deliver(&planned).await;
        let folded = self.fold(&planned.0.tables).await;
        self.stop = Stop::default();
        Ran { counts: planned.0.counts, folded, delivered }
    }

    /// A run that dies. The next one starts with the files as they were at that moment. False where it went through.
    pub(crate) async fn crash(&mut self, crash: Crash) -> bool {
        assert!(self.recover().await, "the vendor can be asked");
        let planned = self.plan().await.unwrap();
        self.keep_held_values(&planned).await;
        let ended = {
            let delivery = std::pin::pin!(self.delivering(&planned));
            match crash {
                Crash::AtStall => tokio::select! {
                    ended = delivery => Some(ended.unwrap()),
                    () = self.vendor.stalled.notified() => None,
                },
                // A vendor that stalls would never be polled again.
                Crash::AfterPolls(polls) => tokio::select! {
                    ended = Polls { future: delivery, left: polls } => ended.map(Result::unwrap),
                    () = self.vendor.stalled.notified() => None,
                },
            }
        };
        // The brake is in the process: it dies with it.
        self.stop = Stop::default();
        if ended.is_some() {
            self.fold(&planned.0.tables).await;
            return false;
        }
        self.killed().await;
        true
    }

    /// Goes on with a copy of the files, as a process finds them after another was killed: nothing was closed.
    pub(crate) async fn killed(&mut self) {
        // Whatever the engine was about is done; what waits behind it never comes.
        self.engine.run(|_| Ok::<_, EngineError>(())).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        for name in ["ledger.duckdb", "ledger.duckdb.wal"] {
            let from = self.folder.path().join(name);
            if from.exists() {
                std::fs::copy(from, folder.path().join(name)).unwrap();
            }
        }
        self.engine = open(&folder).await;
        self.folder = folder;
    }

    /// Abandons the plan of the sync, as a dry run does.
    pub(crate) async fn abandon(&self, sync_id: i64) -> Result<(), LedgerError> {
        self.engine.run(move |session| ledger::abandon(session, sync_id)).await
    }
}

struct Polls<F> {
    future: F,
    left: u32,
}

impl<F: Future + Unpin> Future for Polls<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        self.left -= 1;
        Pin::new(&mut self.future).poll(context).map(Some)
    }
}

fn spec_of(name: &str, field_type: FieldType) -> FieldSpec {
    FieldSpec { name: name.to_owned(), field_type, null: NullPolicy::default(), write: WritePolicy::default() }
}

fn target_of(fields: Vec<FieldSpec>) -> Target {
    Target {
        sync: "contacts".to_owned(),
        object: "contacts".to_owned(),
        key: spec_of("email", FieldType::Text),
        fields,
        lists: Vec::new(),
        mode: lapwing_contract::SyncMode::Upsert,
        on_leave: lapwing_contract::OnLeave::Keep,
    }
}

fn target(spec: &SyncSpec, shapes: &[FieldShape]) -> Target {
    target_of(spec.fields.iter().zip(shapes).map(|(f, shape)| spec_of(&f.name, shape.field_type.clone())).collect())
}

/// A target that needs no looking up.
pub(crate) fn prepared(target: &Target) -> Prepared {
    let binding = |name: &str| FieldBinding {
        id: name.to_owned(),
        vendor_type: String::new(),
        created: false,
        ..FieldBinding::default()
    };
    Prepared {
        target: target.clone(),
        key: binding("email"),
        fields: target.fields.iter().map(|field| binding(&field.name)).collect(),
        list_ids: Vec::new(),
    }
}
