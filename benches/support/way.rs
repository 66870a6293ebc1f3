//! The way through the library: what the commands do with a sync file, step by step.

use std::path::Path;
use std::sync::Arc;

use chrono::Utc;
use lapwing::attributes::{self, AttributeSettings, bound_relations, compute};
use lapwing::delivery::{Delivery, Progress, Stop, deliver};
use lapwing::engine::{Engine, EngineError, EngineOptions, Expression, Session, field_type};
use lapwing::exports::bind;
use lapwing::ledger::{self, Folded, SyncIdentity, SyncTables};
use lapwing::plan::{
    FieldShape, Guards, MappedField, StagedPlan, SyncSpec, check_guards, field_counts, field_shapes, stage,
    staged_batches, take_snapshot,
};
use lapwing_contract::{
    Capabilities, Destination, FieldSpec, FieldType, NullPolicy, OnLeave, SimulatedClock, Target, WritePolicy,
};

use super::generated::{self, Limits};
use super::instant::{Instant, prepared};

/// Twelve fields: the name at the destination, the expression, and one that gives every customer another value.
const FIELDS: [(&str, &str, &str); 12] = [
    ("rfm_segment", "segment", "segment || ' '"),
    ("rfm_cell", "rfm_cell", "coalesce(rfm_cell, '') || '.'"),
    ("cycle_status", "cycle_status", "coalesce(cycle_status, '') || '.'"),
    ("days_late", "lateness_days", "coalesce(lateness_days, 0) + 2"),
    ("next_order_on", "expected_next_order_on", "coalesce(expected_next_order_on + 1, DATE '2026-01-01')"),
    ("promo_class", "promo_class", "coalesce(promo_class, '') || '.'"),
    ("promo_score", "promo_score", "coalesce(promo_score, 0) + 10"),
    ("days_since_order", "recency_days", "coalesce(recency_days, 0) + 1"),
    ("orders", "frequency", "frequency + 1"),
    ("spent", "monetary", "CAST(coalesce(monetary, 0) + 1 AS DECIMAL(24,4))"),
    ("usual_cycle_days", "cycle_days", "coalesce(cycle_days, 0) + 1"),
    ("last_order_at", "last_order_at", "coalesce(last_order_at + INTERVAL 1 DAY, TIMESTAMP '2026-01-01')"),
];

/// Opens an engine that may read `folder`; its ledger is there too.
pub(crate) async fn open(folder: &Path, limits: &Limits) -> Engine {
    let options = EngineOptions {
        database: Some(ledger::database_path(folder)),
        readable: vec![folder.to_path_buf()],
        spill_folder: Some(folder.join("spill")),
        memory_limit: Some(limits.memory.clone()),
        threads: Some(limits.threads),
    };
    let engine = Engine::open(options).await.expect("the engine opens");
    engine.run(ledger::prepare).await.expect("the ledger opens");
    engine
}

/// Binds the generated exports, with all input checks.
pub(crate) fn bind_exports(session: &Session, folder: &Path) {
    bind(session, &generated::exports(folder), generated::as_of()).expect("generated exports are sound");
}

/// Computes rfm, cycle and promo with their defaults, and the segments that go with them.
pub(crate) fn compute_attributes(session: &Session) -> Result<(), EngineError> {
    let settings: AttributeSettings =
        toml::from_str("[attributes.rfm]\n[attributes.cycle]\n[attributes.promo]\n").expect("sound settings");
    let relations = bound_relations(session)?;
    let plan = attributes::plan(&settings, &relations, generated::as_of()).expect("sound settings");
    compute(session, &plan)?;
    Ok(())
}

/// A sync of all customers with an address: as they are, or with every value changed.
pub(crate) fn sync(session: &Session, changed: bool) -> SyncSpec {
    let expression =
        |text: &str| Expression::parse(session, text).expect("the parser runs").expect("a plain expression");
    let field = |(name, was, becomes): &(&str, &str, &str)| MappedField {
        name: (*name).to_owned(),
        value: expression(if changed { becomes } else { was }),
        tolerance: (*name == "days_late").then_some(1.0),
        null: NullPolicy::Clear,
        write: WritePolicy::Always,
        trigger: true,
    };
    SyncSpec {
        name: "contacts".to_owned(),
        destination: "instant".to_owned(),
        object: "contacts".to_owned(),
        key_field: "email".to_owned(),
        mode: lapwing_contract::SyncMode::Upsert,
        key: expression("email"),
        fold_key_case: true,
        audience: Some(expression("email IS NOT NULL")),
        order_by: None,
        limit: None,
        on_leave: OnLeave::Clear,
        keep_first_of_shared_key: false,
        max_attempts: 10,
        has_lists: false,
        fields: FIELDS.iter().map(field).collect(),
    }
}

/// A plan that stands in the ledger, and where it goes.
#[derive(Debug, Clone)]
pub(crate) struct Planned {
    pub(crate) staged: StagedPlan,
    pub(crate) target: Target,
}

/// Registers the sync, and gives its tables and the shapes of its fields.
pub(crate) fn register(session: &mut Session, spec: &SyncSpec) -> (SyncTables, Vec<FieldShape>) {
    let shapes = field_shapes(session, spec).expect("the expressions bind");
    let identity = SyncIdentity {
        name: spec.name.clone(),
        destination: spec.destination.clone(),
        account: "in memory".to_owned(),
        object: spec.object.clone(),
        key_field: spec.key_field.clone(),
        key_expression: "email".to_owned(),
        lists: Vec::new(),
    };
    let columns = spec.fields.iter().zip(&shapes).map(|(field, shape)| (field.name.clone(), shape.sql_type.clone()));
    let columns: Vec<(String, String)> = columns.collect();
    (ledger::register(session, &identity, &columns).expect("the ledger takes the sync").0, shapes)
}

/// Snapshot, diff, staging, guards and counts, as a run does them.
pub(crate) fn plan(session: &mut Session, spec: &SyncSpec, capabilities: &Capabilities, run_id: i64) -> Planned {
    let (tables, shapes) = register(session, spec);
    let snapshot = take_snapshot(session, spec, &shapes, &tables.fields).expect("the snapshot is taken");
    let staged =
        stage(session, spec, &shapes, &tables, snapshot, capabilities, run_id, "").expect("the plan is staged");
    let guards = Guards { max_shift_points: Some(20.0), max_leave_pct: Some(10.0), ..Guards::default() };
    check_guards(session, &guards, &staged.counts, &tables, &shapes).expect("the guards are asked");
    field_counts(session, &tables).expect("the fields are counted");
    Planned { staged, target: target(spec, &shapes) }
}

fn target(spec: &SyncSpec, shapes: &[FieldShape]) -> Target {
    let field = |name: &str, field_type: FieldType| FieldSpec {
        name: name.to_owned(),
        field_type,
        null: NullPolicy::Clear,
        write: WritePolicy::Always,
    };
    let fields = spec.fields.iter().zip(shapes).map(|(mapped, shape)| field(&mapped.name, shape.field_type.clone()));
    Target {
        sync: spec.name.clone(),
        object: spec.object.clone(),
        key: field(&spec.key_field, FieldType::Text),
        fields: fields.collect(),
        lists: Vec::new(),
        mode: lapwing_contract::SyncMode::Upsert,
        on_leave: lapwing_contract::OnLeave::Keep,
    }
}

/// The plan that an earlier process staged.
pub(crate) fn pick_up(session: &mut Session) -> Planned {
    let plan = ledger::open_plans(session).expect("the ledger is read").remove(0);
    let spec = sync(session, false);
    let shape = |column: &ledger::FieldColumn| FieldShape {
        sql_type: column.sql_type.clone(),
        field_type: field_type(&column.sql_type).expect("a type of the ledger"),
    };
    let shapes: Vec<FieldShape> = plan.tables.fields.iter().map(shape).collect();
    let batches = staged_batches(session, plan.tables.sync_id).expect("the batches are read");
    let counts = serde_json::from_str(&plan.counts).expect("the counts are read");
    let staged = StagedPlan { tables: plan.tables, run_id: plan.run_id, counts, batches, route: None };
    Planned { staged, target: target(&spec, &shapes) }
}

/// Sends a plan.
pub(crate) async fn send(engine: &Engine, planned: &Planned, destination: &Instant) {
    let clock = SimulatedClock::starting_at(Utc::now());
    let delivery = Delivery {
        engine: engine.clone(),
        destination: destination as &dyn Destination,
        clock: &clock,
        target: Arc::new(prepared(&planned.target)),
        plan: planned.staged.clone(),
        max_reject_pct: Some(5.0),
        progress: Arc::new(Progress::default()),
        stop: Stop::default(),
    };
    let delivered = deliver(delivery).await.expect("the ledger takes the receipts");
    assert!(delivered.stopped_by.is_none() && delivered.failure.is_none(), "a destination that always confirms");
}

/// Folds what came of a plan.
pub(crate) fn fold(session: &mut Session, planned: &Planned) -> Folded {
    ledger::fold(session, &planned.staged.tables, planned.staged.run_id, false).expect("the plan is folded")
}
