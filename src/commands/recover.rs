//! Picking up after a run that ended early, before anything new is planned.

use std::collections::BTreeMap;
use std::sync::Arc;

use fail::fail_point;
use lapwing_contract::{FieldBinding, FieldSpec, FieldType, NullPolicy, Prepared, Target, WritePolicy};

use crate::config::sync_file::{SyncFile, SyncSpec};
use crate::delivery::follow_left_behind;
use crate::engine::{Engine, field_type};
use crate::ledger::{self, OpenPlan};
use crate::report::{Printer, counted};

use super::Failure;
use super::connections::{Connections, destination_failure};
use super::planning::account_of;

/// Settles the plans that earlier runs left under way: their jobs are followed, what was confirmed is kept, and what
/// nobody can tell is marked unknown. Plans of which nothing was sent are left for `stage` or `apply`.
///
/// A vendor that can't be asked costs only its own syncs: they are given back by name with the failure, and must not be
/// planned, because nobody knows yet what arrived.
pub(super) async fn recover(
    engine: &Engine,
    file: &SyncFile,
    syncs: &[&SyncSpec],
    connections: &Connections,
    printer: &Printer,
) -> Result<BTreeMap<String, Failure>, Failure> {
    let plans = engine.run(|session| ledger::open_plans(session)).await?;
    let mut failed = BTreeMap::new();
    for plan in plans.into_iter().filter(|plan| plan.sending) {
        let same = |sync: &&&SyncSpec| sync.name.value == plan.sync && account_of(file, sync) == plan.account;
        let Some(sync) = syncs.iter().find(same) else { continue };
        let connected = connections.get(&sync.destination.value)?;
        let target = Arc::new(prepared(sync, &plan));
        let destination = connected.destination.as_ref();
        let followed = follow_left_behind(engine, destination, connected.clock.as_ref(), &plan, &target).await?;
        let jobs = match followed {
            Ok(jobs) => jobs,
            Err(error) => {
                failed.insert(plan.sync, destination_failure(&sync.destination.value, error));
                continue;
            }
        };
        let (tables, run_id) = (plan.tables.clone(), plan.run_id);
        let folded = engine.run(move |session| ledger::fold(session, &tables, run_id, true)).await?;
        fail_point!("picked-up", |_| std::process::abort());
        printer.talk(&format!(
            "run {run_id} ended early: sync `{}` picked up ({} confirmed, {} to be sent again, {} followed)",
            plan.sync,
            folded.confirmed,
            folded.unknown + folded.unsent + folded.pending,
            counted(jobs, "job")
        ));
    }
    Ok(failed)
}

/// The target as the interrupted run had it. Following needs the records, not the vendor's field ids.
fn prepared(sync: &SyncSpec, plan: &OpenPlan) -> Prepared {
    let field = |name: &str, field_type: FieldType| FieldSpec {
        name: name.to_owned(),
        field_type,
        null: NullPolicy::default(),
        write: WritePolicy::default(),
    };
    let binding = |name: &str| FieldBinding {
        id: name.to_owned(),
        vendor_type: String::new(),
        created: false,
        ..FieldBinding::default()
    };
    let columns = &plan.tables.fields;
    Prepared {
        target: Target {
            sync: plan.sync.clone(),
            object: sync.object.value.clone(),
            key: field(&sync.key.field.value, FieldType::Text),
            fields: columns
                .iter()
                .map(|column| field(&column.name, field_type(&column.sql_type).unwrap_or(FieldType::Text)))
                .collect(),
            lists: sync.lists.iter().map(|list| list.value.clone()).collect(),
            mode: sync.mode,
            on_leave: sync.on_leave,
        },
        key: binding(&sync.key.field.value),
        fields: columns.iter().map(|column| binding(&column.name)).collect(),
        list_ids: Vec::new(),
    }
}
