//! One sync through the floors, as a run takes it: what was left behind is picked up, the rest planned, sent and folded.

use std::sync::Arc;

use lapwing::delivery::{Delivery, Progress, Stop, StopReason, deliver, follow_left_behind};
use lapwing::engine::{Engine, Expression, Param, Session, field_type};
use lapwing::ledger::{self, Folded, SyncIdentity};
use lapwing::plan::{
    Counts, FieldShape, MappedField, PlanError, PlanOrigin, StagedPlan, SyncSpec, field_shapes, stage, take_snapshot,
};
use lapwing_contract::{
    Capabilities, Clearing, Clock, Destination, DestinationError, FieldBinding, FieldSpec, FieldType, KeyMatching,
    NullPolicy, OnLeave, Prepared, SyncMode, Target, Value, WritePolicy,
};

use crate::vendors::Account;

/// The table of the customers.
pub(crate) const ATTRIBUTES: &str = "CREATE OR REPLACE TEMP TABLE attributes
    (customer_id VARCHAR, key VARCHAR, name VARCHAR, a VARCHAR, b BIGINT, c DATE)";

/// What the sync file says.
#[derive(Clone, Copy)]
pub(crate) struct Sync {
    pub(crate) account: &'static dyn Account,
    pub(crate) on_leave: OnLeave,
    pub(crate) limit: Option<u64>,
}

/// How a run ended.
#[derive(Debug, Default)]
pub(crate) struct Ran {
    /// None where an earlier run could not be picked up.
    pub(crate) counts: Option<Counts>,
    pub(crate) folded: Folded,
    pub(crate) failure: Option<DestinationError>,
}

impl Sync {
    /// A whole run over the rows of `attributes`.
    pub(crate) async fn run(
        self,
        engine: &Engine,
        destination: &dyn Destination,
        clock: &dyn Clock,
        attributes: Vec<[Param; 6]>,
    ) -> Ran {
        let now = clock.now();
        let start = move |session: &mut Session| ledger::start_run(session, "sync", "sync.toml", now, now);
        let run_id = engine.run(start).await.unwrap();
        if let Err(error) = self.recover(engine, destination, clock).await {
            return Ran { failure: Some(error), ..Ran::default() };
        }
        let capabilities = destination.capabilities(self.account.object());
        let origin = PlanOrigin { run_id, as_of: now, started_at: now, fingerprint: "chaos".to_owned() };
        let planned = engine.run(move |session| self.plan(session, attributes, &capabilities, &origin)).await;
        let (plan, target) = planned.unwrap();
        let (tables, counts) = (plan.tables.clone(), plan.counts);
        let mut failure = None;
        if counts.to_send > 0 || counts.reordered {
            failure = self.send(engine, destination, clock, plan, &target).await.err();
        }
        let folded = engine.run(move |session| ledger::fold(session, &tables, run_id, false)).await.unwrap();
        Ran { counts: Some(counts), folded, failure }
    }

    async fn send(
        self,
        engine: &Engine,
        destination: &dyn Destination,
        clock: &dyn Clock,
        plan: StagedPlan,
        target: &Target,
    ) -> Result<(), DestinationError> {
        let target = Arc::new(destination.prepare(target).await?);
        let sync_id = plan.tables.sync_id;
        if plan.counts.to_send > 0 {
            let delivery = Delivery {
                engine: engine.clone(),
                destination,
                clock,
                target: Arc::clone(&target),
                plan,
                max_reject_pct: None,
                progress: Arc::new(Progress::default()),
                stop: Stop::default(),
            };
            let delivered = deliver(delivery).await.unwrap();
            let stopped_by = delivered.stopped_by.map(|reason| match reason {
                StopReason::Destination(error) => error,
                StopReason::Guard(_) | StopReason::Asked => unreachable!("nobody asked"),
            });
            stopped_by.or(delivered.failure).map_or(Ok(()), Err)?;
        }
        if self.account.mode() == SyncMode::List {
            let keys = engine.run(move |session| ledger::staged_order(session, sync_id)).await.unwrap();
            let keys: Vec<Value> = keys.into_iter().map(Value::Text).collect();
            destination.arrange(&target, &keys).await?;
            engine.run(move |session| ledger::confirm_order(session, sync_id)).await.unwrap();
        }
        Ok(())
    }

    async fn recover(
        self,
        engine: &Engine,
        destination: &dyn Destination,
        clock: &dyn Clock,
    ) -> Result<(), DestinationError> {
        let plans = engine.run(|session| ledger::open_plans(session)).await.unwrap();
        for plan in plans.into_iter().filter(|plan| plan.sending) {
            let fields = plan.tables.fields.iter();
            let fields = fields.map(|column| spec_of(&column.name, field_type(&column.sql_type).unwrap()));
            let target = self.target(fields.collect());
            let binding = |name: &str| FieldBinding { id: name.to_owned(), ..FieldBinding::default() };
            let prepared = Arc::new(Prepared {
                key: binding(&target.key.name),
                fields: target.fields.iter().map(|field| binding(&field.name)).collect(),
                list_ids: Vec::new(),
                target,
            });
            follow_left_behind(engine, destination, clock, &plan, &prepared).await.unwrap()?;
            let (tables, run_id) = (plan.tables.clone(), plan.run_id);
            engine.run(move |session| ledger::fold(session, &tables, run_id, true)).await.unwrap();
        }
        Ok(())
    }

    fn plan(
        self,
        session: &mut Session,
        attributes: Vec<[Param; 6]>,
        capabilities: &Capabilities,
        origin: &PlanOrigin,
    ) -> Result<(StagedPlan, Target), PlanError> {
        session.run_script(ATTRIBUTES)?;
        session.append("attributes", attributes)?;
        let mut spec = self.spec();
        let shapes = field_shapes(session, &spec)?;
        spec.fold_key_case = capabilities.key_matching == KeyMatching::CaseInsensitive;
        for (field, shape) in spec.fields.iter_mut().zip(&shapes) {
            if (capabilities.clearing)(&shape.field_type) == Clearing::Impossible {
                field.null = NullPolicy::Keep;
            }
        }
        let identity = SyncIdentity {
            name: spec.name.clone(),
            destination: spec.destination.clone(),
            account: "chaos".to_owned(),
            object: spec.object.clone(),
            key_field: spec.key_field.clone(),
            key_expression: "key".to_owned(),
            lists: self.account.lists().iter().map(|list| (*list).to_owned()).collect(),
        };
        let column = |(field, shape): (&MappedField, &FieldShape)| (field.name.clone(), shape.sql_type.clone());
        let columns: Vec<_> = spec.fields.iter().zip(&shapes).map(column).collect();
        let (tables, _) = ledger::register(session, &identity, &columns)?;
        let snapshot = take_snapshot(session, &spec, &shapes, &tables.fields)?;
        let plan = stage(session, &spec, &shapes, &tables, snapshot, capabilities, origin)?;
        let field = |(field, shape): (&MappedField, &FieldShape)| FieldSpec {
            null: field.null,
            ..spec_of(&field.name, shape.field_type.clone())
        };
        Ok((plan, self.target(spec.fields.iter().zip(&shapes).map(field).collect())))
    }

    fn spec(self) -> SyncSpec {
        let mut fields = Vec::new();
        for mapped in self.account.fields() {
            fields.push(MappedField {
                name: mapped.field.to_owned(),
                value: Expression::column(mapped.column),
                tolerance: None,
                null: NullPolicy::Clear,
                write: WritePolicy::Always,
                trigger: true,
                hold: None,
                hash: None,
            });
        }
        let is_list = self.account.mode() == SyncMode::List;
        SyncSpec {
            // Refusals are no end: what is refused for now is delivered once the vendor takes it.
            name: "chaos".to_owned(),
            destination: "account".to_owned(),
            object: self.account.object().to_owned(),
            key_field: self.account.key_field().to_owned(),
            mode: self.account.mode(),
            key: Expression::column("key"),
            hash_key: None,
            fold_key_case: false,
            audience: None,
            order_by: if is_list { Some((Expression::column("b"), false)) } else { None },
            limit: self.limit.filter(|_| is_list),
            on_leave: self.on_leave,
            keep_first_of_shared_key: false,
            max_attempts: 1_000,
            has_lists: !self.account.lists().is_empty(),
            fields,
        }
    }

    fn target(self, fields: Vec<FieldSpec>) -> Target {
        Target {
            sync: "chaos".to_owned(),
            object: self.account.object().to_owned(),
            key: spec_of(self.account.key_field(), FieldType::Text),
            fields,
            lists: self.account.lists().iter().map(|list| (*list).to_owned()).collect(),
            mode: self.account.mode(),
            on_leave: self.on_leave,
        }
    }
}

fn spec_of(name: &str, field_type: FieldType) -> FieldSpec {
    FieldSpec { name: name.to_owned(), field_type, null: NullPolicy::Clear, write: WritePolicy::Always }
}
