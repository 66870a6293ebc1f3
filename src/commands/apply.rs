//! `lapwing apply`: send what `plan` staged, unless something moved since.

use chrono::{DateTime, Utc};
use lapwing_contract::{Capabilities, FieldType};

use crate::cli::{ApplyArguments, GlobalOptions, RunOptions, SyncSelection};
use crate::engine::{Session, field_type};
use crate::exports::list_files;
use crate::ledger::{self, LedgerError, Migration, OpenPlan};
use crate::plan::{Counts, FieldShape, PlanError, StagedPlan, field_counts, route, staged_batches};
use crate::report::Printer;

use super::basis::Basis;
use super::planning::{Planned, account_of};
use super::run::Run;
use super::{Exit, Failure, guarded, input, targets};

pub(super) async fn run(global: &GlobalOptions, own: &ApplyArguments, printer: &Printer) -> Result<Exit, Failure> {
    let printer = &printer.for_json(own.ledger.json);
    let options = RunOptions {
        selection: SyncSelection { sync_file: own.sync_file.clone(), syncs: Vec::new() },
        as_of: None,
        allow: own.allow.clone(),
        ledger: own.ledger,
    };
    let mut run = Run::open(global, &options, "apply", printer).await?;
    match carry_out(&mut run, own, printer).await {
        Ok(exit) => Ok(exit),
        Err(failure) => {
            run.fail().await;
            Err(failure)
        }
    }
}

async fn carry_out(run: &mut Run, own: &ApplyArguments, printer: &Printer) -> Result<Exit, Failure> {
    let engine = &run.bench.engine;
    let exports = input::read(&run.project, run.as_of)?.exports;
    let files = engine.run(move |session| list_files(session, &exports).map_err(input::InputError::Export)).await;
    let files = files.map_err(|error| error.into_failure(&run.project.file))?;
    let now = Basis::new(&run.project, &files);
    let plans = engine.run(|session| ledger::open_plans(session)).await?;
    let mut planned = Vec::new();
    let mut planned_in = 0;
    for mut plan in plans {
        let Some(sync) = run.project.file.sync(&plan.sync) else { continue };
        if account_of(&run.project.file, sync) != plan.account {
            continue;
        }
        let tables = plan.tables.clone();
        let state = engine.run(move |session| ledger::state_of(session, &tables)).await?;
        refuse_moved(&plan, &now.with_ledger(state))?;
        planned_in = plan.run_id.max(planned_in);
        // The ledger numbers fields in the order of their coming, the sync file may have them in another.
        let order = |name: &str| sync.fields.iter().position(|field| field.name.value == name);
        plan.tables.fields.sort_by_key(|field| order(&field.name));
        let shapes = shapes(&plan);
        let target = targets::target(sync, &shapes);
        let is_allowed = guarded::is_allowed(&own.allow, "max_reject_pct");
        let max_reject_pct = if is_allowed { 100.0 } else { sync.guards.max_reject_pct };
        let destination = sync.destination.value.clone();
        let capabilities = run.connections.get(&destination)?.destination.capabilities(&sync.object.value);
        let loaded = engine.run(move |session| load(session, plan, &capabilities)).await;
        let (name, staged, fields) = loaded.map_err(|error| Failure::usage(error, "run `lapwing plan` again"))?;
        planned.push(Planned {
            name,
            destination,
            target,
            staged,
            fields,
            samples: Vec::new(),
            migration: Migration::default(),
            trips: Vec::new(),
            max_reject_pct,
            reads: 0,
        });
    }
    if planned.is_empty() {
        let told = engine.run(|session| ledger::after_plan(session)).await?;
        let message = match told {
            Some(later) if later.is_plan => format!("there is no plan to apply: run {} left none", later.run_id),
            Some(later) => {
                format!("there is no plan to apply: run {} (`{}`) came after it", later.run_id, later.command)
            }
            None => "there is no plan to apply".to_owned(),
        };
        return Err(Failure::usage(message, "run `lapwing plan` first"));
    }
    run.as_of = as_of_plan(run, planned_in).await?;
    run.keep_segments(planned_in).await?;
    let number = run.number;
    run.bench.engine.run(move |session| ledger::take_over_exports(session, planned_in, number)).await?;
    let results = run.deliver(planned, printer).await?;
    let exit = run.finish(&results, &[], Exit::Done).await?;
    super::plan::print_results(run, &results, None, own.ledger.json, printer);
    Ok(exit)
}

/// The time that the plan was computed for, which is what this run delivers. The history tells it, too.
async fn as_of_plan(run: &Run, planned_in: i64) -> Result<DateTime<Utc>, Failure> {
    let number = run.number;
    let noted = run.bench.engine.run(move |session| {
        let planned = [("planned_in", planned_in.into())];
        let as_of = session
            .one("SELECT max(as_of) FROM run_log WHERE run_id = $planned_in", &planned, |row| row.timestamp(0))?;
        if let Some(as_of) = as_of {
            let noted = [("as_of", as_of.into()), ("number", number.into())];
            session.execute("UPDATE run_log SET as_of = $as_of WHERE run_id = $number", &noted)?;
        }
        Ok::<_, LedgerError>(as_of)
    });
    Ok(noted.await?.unwrap_or(run.as_of))
}

fn refuse_moved(plan: &OpenPlan, now: &Basis) -> Result<(), Failure> {
    if plan.sending {
        let message = format!("the plan of sync `{}` was under way when its run ended", plan.sync);
        return Err(Failure::usage(message, "`lapwing sync` picks it up, and plans what is left"));
    }
    if let Some(moved) = now.moved_since(&plan.fingerprint) {
        let message = format!("the plan of sync `{}` is out of date: {moved} changed since", plan.sync);
        return Err(Failure::usage(message, "run `lapwing plan` again and look at the new plan"));
    }
    Ok(())
}

fn shapes(plan: &OpenPlan) -> Vec<FieldShape> {
    let shape = |sql_type: &String| FieldShape {
        sql_type: sql_type.clone(),
        field_type: field_type(sql_type).unwrap_or(FieldType::Text),
    };
    plan.tables.fields.iter().map(|field| shape(&field.sql_type)).collect()
}

fn load(
    session: &mut Session,
    plan: OpenPlan,
    capabilities: &Capabilities,
) -> Result<(String, StagedPlan, Vec<crate::plan::FieldCounts>), PlanError> {
    let counts: Counts = serde_json::from_str(&plan.counts).unwrap_or_default();
    let batches = staged_batches(session, plan.tables.sync_id)?;
    let fields = field_counts(session, &plan.tables)?;
    let route = route(capabilities, counts);
    Ok((plan.sync, StagedPlan { tables: plan.tables, run_id: plan.run_id, counts, batches, route }, fields))
}
