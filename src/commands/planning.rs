//! Planning: one sync through the floors up to a staged plan with its guards asked.

use fail::fail_point;
use lapwing_contract::{Capabilities, Target};

use crate::config::diagnostics::Diagnostics;
use crate::config::sync_file::{self, SyncFile};
use crate::engine::{Engine, EngineError, Session};
use crate::ledger::{self, LedgerError, Migration, SyncIdentity, SyncTables};
use crate::plan::{
    FieldCounts, FieldShape, GuardTrip, Guards, PlanError, PlanOrigin, SampleChange, Snapshot, StagedPlan, SyncSpec,
    Trace, check_guards, field_counts, field_shapes, stage, take_snapshot, trace,
};
use crate::registry::{self, Connected};

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
