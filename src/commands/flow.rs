//! One sync through the floors: planned, then delivered and folded.

use std::sync::Arc;
use std::time::Instant;

use fail::fail_point;
use lapwing_contract::{Capabilities, DestinationError, Prepared, SyncMode, Target, Value};

use crate::config::diagnostics::Diagnostics;
use crate::config::sync_file::{self, SyncFile};
use crate::delivery::{Delivered, Delivery, Progress, Stop, StopReason, deliver};
use crate::engine::{Engine, EngineError, Session};
use crate::ledger::{self, Folded, LedgerError, Migration, SyncIdentity, SyncTables};
use crate::plan::{
    Counts, FieldCounts, FieldShape, GuardTrip, Guards, PlanError, PlanOrigin, SampleChange, Snapshot, StagedPlan,
    SyncSpec, Trace, check_guards, field_counts, field_shapes, stage, take_snapshot, trace,
};
use crate::registry::{self, Connected};

use super::connections::destination_failure;
use super::{Failure, occupied, places, targets};

/// A sync whose plan stands in the ledger.
pub(super) struct Planned {
    pub(super) name: String,
    pub(super) destination: String,
    pub(super) target: Target,
    pub(super) staged: StagedPlan,
    pub(super) fields: Vec<FieldCounts>,
    pub(super) samples: Vec<SampleChange>,
    pub(super) migration: Migration,
    pub(super) trips: Vec<GuardTrip>,
    pub(super) max_reject_pct: f64,
    /// Requests that planning took.
    pub(super) reads: u64,
}

/// How a sync ended.
pub(super) struct SyncResult {
    pub(super) name: String,
    pub(super) destination: String,
    pub(super) sync_id: i64,
    pub(super) counts: Counts,
    pub(super) folded: Folded,
    pub(super) requests: u64,
    pub(super) duration: std::time::Duration,
    pub(super) trips: Vec<GuardTrip>,
    pub(super) migration: Migration,
    pub(super) interrupted: bool,
    pub(super) failure: Option<Failure>,
}

pub(super) enum PlanningError {
    Findings(Diagnostics),
    Plan(PlanError),
}

impl PlanningError {
    /// The failure of a command; `columns` are those of `attributes`.
    pub(super) fn into_failure(self, file: &SyncFile, columns: &[String]) -> Failure {
        match self {
            Self::Findings(findings) => findings.into(),
            Self::Plan(PlanError::Ledger(error)) => error.into(),
            Self::Plan(PlanError::Engine(error)) => error.into(),
            Self::Plan(error) => places::of_plan(file, &error, columns).into(),
        }
    }
}

impl From<EngineError> for PlanningError {
    fn from(error: EngineError) -> Self {
        Self::Plan(error.into())
    }
}

impl From<PlanError> for PlanningError {
    fn from(error: PlanError) -> Self {
        Self::Plan(error)
    }
}

impl From<LedgerError> for PlanningError {
    fn from(error: LedgerError) -> Self {
        Self::Plan(error.into())
    }
}

/// What planning one sync needs.
pub(super) struct Planning<'a> {
    pub(super) engine: &'a Engine,
    pub(super) file: &'a SyncFile,
    pub(super) sync: &'a sync_file::SyncSpec,
    pub(super) connected: &'a Connected,
    pub(super) columns: &'a [String],
    /// Rows read of each export.
    pub(super) exports: &'a [(String, u64)],
    pub(super) origin: &'a PlanOrigin,
}

/// Plans a sync: the ledger migrated, the snapshot taken and compared, the plan staged, the guards asked.
pub(super) async fn plan_sync(planning: Planning<'_>) -> Result<Planned, Failure> {
    let look = occupied::look(&planning).await?;
    let work = PlanWork::of(&planning);
    let planned = planning.engine.run(move |session| Ok(work.run(session)?.0)).await;
    let mut planned = planned.map_err(|error: PlanningError| error.into_failure(planning.file, planning.columns))?;
    if let Some(look) = look {
        planned.reads = look.requests;
        planned.migration = look.migration;
    }
    Ok(planned)
}

/// Plans a sync as [`plan_sync`] does, follows one customer through the plan, and takes everything back.
pub(super) async fn trace_sync(planning: Planning<'_>, asked: &str) -> Result<(Planned, Vec<Trace>), Failure> {
    let work = PlanWork::of(&planning);
    let asked = asked.to_owned();
    let traced = planning.engine.run(move |session| {
        session.rehearse(|session| {
            let (planned, spec, shapes) = work.run(session)?;
            let traces = trace(session, &spec, &shapes, &planned.staged.tables, &asked)?;
            Ok::<_, PlanningError>((planned, traces))
        })
    });
    traced.await.map_err(|error| error.into_failure(planning.file, planning.columns))
}

/// What makes a sync the same sync to the ledger.
pub(super) fn identity_of(file: &SyncFile, sync: &sync_file::SyncSpec) -> SyncIdentity {
    SyncIdentity {
        name: sync.name.value.clone(),
        destination: sync.destination.value.clone(),
        account: account_of(file, sync),
        object: sync.object.value.clone(),
        key_field: sync.key.field.value.clone(),
        key_expression: key_expression(sync),
        lists: sync.lists.iter().map(|list| list.value.clone()).collect(),
    }
}

/// The account that a sync writes to.
pub(super) fn account_of(file: &SyncFile, sync: &sync_file::SyncSpec) -> String {
    file.destination(&sync.destination.value).map_or_else(String::new, |destination| {
        registry::account(&destination.connector.value, &destination.config, destination.sandbox)
    })
}

struct PlanWork {
    file: SyncFile,
    sync: sync_file::SyncSpec,
    capabilities: Capabilities,
    origin: PlanOrigin,
    exports: Vec<(String, u64)>,
}

/// A sync whose snapshot stands in the engine, and whose columns stand in the ledger.
pub(super) struct Snapped {
    pub(super) spec: SyncSpec,
    pub(super) shapes: Vec<FieldShape>,
    pub(super) tables: SyncTables,
    pub(super) migration: Migration,
    pub(super) snapshot: Snapshot,
}

/// The ledger migrated to the columns of the sync, and the snapshot taken.
pub(super) fn snap(
    session: &mut Session,
    file: &SyncFile,
    sync: &sync_file::SyncSpec,
    capabilities: &Capabilities,
) -> Result<Snapped, PlanningError> {
    let mut spec = targets::parse(session, file, sync)?.map_err(PlanningError::Findings)?;
    let shapes = field_shapes(session, &spec)?;
    targets::fit(&mut spec, &shapes, capabilities);
    let fields: Vec<(String, String)> =
        spec.fields.iter().zip(&shapes).map(|(field, shape)| (field.name.clone(), shape.sql_type.clone())).collect();
    // A plan that was never sent is of no use once the columns may move.
    let (tables, migration) = ledger::register(session, &identity_of(file, sync), &fields)?;
    fail_point!("registered", |_| std::process::abort());
    let snapshot = take_snapshot(session, &spec, &shapes, &tables.fields)?;
    Ok(Snapped { spec, shapes, tables, migration, snapshot })
}

impl PlanWork {
    fn of(planning: &Planning<'_>) -> Self {
        Self {
            file: planning.file.clone(),
            sync: planning.sync.clone(),
            capabilities: planning.connected.destination.capabilities(&planning.sync.object.value),
            origin: planning.origin.clone(),
            exports: planning.exports.to_vec(),
        }
    }

    fn run(self, session: &mut Session) -> Result<(Planned, SyncSpec, Vec<FieldShape>), PlanningError> {
        let sync = &self.sync;
        let Snapped { spec, shapes, tables, migration, snapshot } =
            snap(session, &self.file, sync, &self.capabilities)?;
        let staged = stage(session, &spec, &shapes, &tables, snapshot, &self.capabilities, &self.origin)?;
        fail_point!("staged", |_| std::process::abort());
        let guards = guards(sync);
        let trips = check_guards(session, &guards, &staged.counts, &tables, &spec, &shapes, &self.exports)?;
        let fields = field_counts(session, &tables)?;
        let planned = Planned {
            name: spec.name.clone(),
            destination: spec.destination.clone(),
            target: targets::target(sync, &shapes),
            staged,
            fields,
            samples: Vec::new(),
            migration,
            trips,
            max_reject_pct: sync.guards.max_reject_pct,
            reads: 0,
        };
        Ok((planned, spec, shapes))
    }
}

/// The expression of a key as the ledger knows it: a key and its hash are two.
fn key_expression(sync: &sync_file::SyncSpec) -> String {
    let from = sync.key.from.as_str();
    sync.key.hash.map_or_else(|| from.to_owned(), |sync_file::Hash::Sha256| format!("sha256 of {from}"))
}

fn guards(sync: &sync_file::SyncSpec) -> Guards {
    Guards {
        max_leave_pct: Some(sync.guards.max_leave_pct),
        max_change_pct: Some(sync.guards.max_change_pct),
        max_clear_pct: Some(sync.guards.max_clear_pct),
        max_drop_pct: Some(sync.guards.max_drop_pct),
        max_reject_pct: Some(sync.guards.max_reject_pct),
        max_shift_points: Some(sync.guards.max_shift_points),
        allow_empty: sync.guards.allow_empty,
    }
}

impl SyncResult {
    /// Notes how the delivery ended.
    fn note(&mut self, delivered: Delivered) {
        match delivered.stopped_by {
            Some(StopReason::Destination(error)) => self.failure = Some(destination_failure(&self.destination, error)),
            Some(StopReason::Guard(trip)) => self.trips.push(trip),
            Some(StopReason::Asked) => self.interrupted = true,
            None => {
                self.failure = delivered.failure.map(|error| destination_failure(&self.destination, error));
            }
        }
    }

    /// Whether anything of the plan may not have gone out.
    fn ended_early(&self) -> bool {
        self.failure.is_some() || self.interrupted || !self.trips.is_empty()
    }
}

/// Puts the records of a list in order. What fails here costs the order alone: the values are delivered, and the next
/// run tries again.
async fn arrange(
    engine: &Engine,
    connected: &Connected,
    target: &Prepared,
    sync_id: i64,
) -> Result<Option<DestinationError>, Failure> {
    let keys = engine.run(move |session| ledger::staged_order(session, sync_id)).await?;
    let keys: Vec<Value> = keys.into_iter().map(Value::Text).collect();
    if let Err(error) = connected.destination.arrange(target, &keys).await {
        return Ok(Some(error));
    }
    fail_point!("arranged", |_| std::process::abort());
    engine.run(move |session| ledger::confirm_order(session, sync_id)).await?;
    Ok(None)
}

/// Sends what is staged, and folds what came of it.
pub(super) async fn deliver_sync(
    engine: &Engine,
    planned: Planned,
    connected: &Connected,
    run_id: i64,
    progress: Arc<Progress>,
    stop: Stop,
) -> Result<SyncResult, Failure> {
    let started = Instant::now();
    let before = connected.traffic.requests().total();
    let mut result = SyncResult {
        name: planned.name,
        destination: planned.destination,
        sync_id: planned.staged.tables.sync_id,
        counts: planned.staged.counts,
        folded: Folded::default(),
        requests: 0,
        duration: std::time::Duration::ZERO,
        trips: Vec::new(),
        migration: planned.migration,
        interrupted: false,
        failure: None,
    };
    let sync_id = result.sync_id;
    engine.run(move |session| ledger::keep_held_values(session, sync_id)).await?;
    let has_work = result.counts.to_send > 0 || result.counts.reordered;
    if has_work && !stop.is_pulled() {
        match connected.destination.prepare(&planned.target).await {
            Ok(target) => {
                let target = Arc::new(target);
                if result.counts.to_send > 0 {
                    let delivery = Delivery {
                        engine: engine.clone(),
                        destination: connected.destination.as_ref(),
                        clock: connected.clock.as_ref(),
                        target: Arc::clone(&target),
                        plan: planned.staged.clone(),
                        max_reject_pct: Some(planned.max_reject_pct),
                        progress,
                        stop,
                    };
                    result.note(deliver(delivery).await?);
                }
                if target.target.mode == SyncMode::List && !result.ended_early() {
                    result.failure = arrange(engine, connected, &target, result.sync_id)
                        .await?
                        .map(|error| destination_failure(&result.destination, error));
                }
            }
            Err(error) => result.failure = Some(destination_failure(&result.destination, error)),
        }
    }
    let tables = planned.staged.tables;
    result.folded = engine.run(move |session| ledger::fold(session, &tables, run_id, false)).await?;
    result.requests = planned.reads + connected.traffic.requests().total() - before;
    result.duration = started.elapsed();
    Ok(result)
}
