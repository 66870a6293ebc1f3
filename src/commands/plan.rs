//! `lapwing plan`: stage the changes and show what would be sent.

use std::collections::{BTreeMap, BTreeSet};

use lapwing_contract::DailyCalls;

use crate::cli::{GlobalOptions, PlanArguments, RunOptions};
use crate::ledger;
use crate::plan::sample_changes;
use crate::report::{Printer, plan_json, plan_text, run_json, run_text};

use super::basis::Basis;
use super::planning::Planned;
use super::run::{PlannedRun, Read, Run};
use super::sync_result::SyncResult;
use super::{Exit, Failure};

/// How many changes of each kind a plan shows.
const SAMPLES: u32 = 2;

pub(super) async fn run(global: &GlobalOptions, own: &PlanArguments, printer: &Printer) -> Result<Exit, Failure> {
    let printer = &printer.for_json(own.run.ledger.json);
    let run = Run::open(global, &own.run, "plan", printer).await?;
    match carry_out(&run, own, printer).await {
        Ok(exit) => Ok(exit),
        Err(failure) => {
            run.fail().await;
            Err(failure)
        }
    }
}

async fn carry_out(run: &Run, own: &PlanArguments, printer: &Printer) -> Result<Exit, Failure> {
    let (exit, document) = stage(run, &own.run, own.show_values, printer).await?;
    if own.run.ledger.json {
        printer.json(&document);
    }
    Ok(exit)
}

/// Stages plans for `apply`, prints them for people, and gives them for scripts.
pub(super) async fn stage(
    run: &Run,
    options: &RunOptions,
    show_values: bool,
    printer: &Printer,
) -> Result<(Exit, serde_json::Value), Failure> {
    let PlannedRun { mut planned, basis, read, segment_rules, failures } = run.plan(options, printer).await?;
    for failure in &failures {
        printer.failure(failure);
    }
    run.stage_segments(&planned, segment_rules).await?;
    for plan in &mut planned {
        let tables = plan.staged.tables.clone();
        let samples = run.bench.engine.run(move |session| sample_changes(session, &tables, SAMPLES, show_values));
        plan.samples = samples.await?;
        note_basis(run, plan, basis.clone()).await?;
    }
    let (exit, document) = print(run, &planned, &read, printer).await;
    // What a guard stopped is not there for `apply` to send.
    for plan in planned.iter().filter(|plan| !plan.trips.is_empty()) {
        let sync_id = plan.staged.tables.sync_id;
        run.bench.engine.run(move |session| ledger::abandon(session, sync_id)).await?;
    }
    Ok((run.finish(&[], &failures, exit).await?, document))
}

/// Notes what a plan was made from, the ledger included: it waits for `apply`, and others may come first.
async fn note_basis(run: &Run, plan: &Planned, basis: Basis) -> Result<(), Failure> {
    let tables = plan.staged.tables.clone();
    let noted = run.bench.engine.run(move |session| {
        let basis = basis.with_ledger(ledger::state_of(session, &tables)?);
        ledger::note_basis(session, tables.sync_id, &basis.to_text())
    });
    Ok(noted.await?)
}

/// Prints planned syncs for people, where the printer is for people. The exit code says whether a guard stands in the way;
/// the document is for scripts.
pub(super) async fn print(run: &Run, planned: &[Planned], read: &Read, printer: &Printer) -> (Exit, serde_json::Value) {
    let daily = daily_calls(run, planned, printer).await;
    let facts: Vec<plan_text::PlanFacts<'_>> = planned.iter().map(|plan| facts(run, plan, &daily)).collect();
    let document = plan_json::document(run.number, run.as_of, &facts, &read.warnings);
    printer.result(&plan_text::text(run.as_of, &read.input, &facts, printer.style()));
    for trip in planned.iter().flat_map(|plan| &plan.trips) {
        printer.talk(&format!("guard `{}`: {}; `--allow {}` lets it pass once", trip.guard, trip.message, trip.guard));
    }
    let exit = if planned.iter().any(|plan| !plan.trips.is_empty()) { Exit::Guarded } else { Exit::Done };
    (exit, document)
}

/// The calls of the day by destination, where there is something to send. A plan is one without them, too.
async fn daily_calls(run: &Run, planned: &[Planned], printer: &Printer) -> BTreeMap<String, DailyCalls> {
    let mut daily = BTreeMap::new();
    let busy: BTreeSet<&String> =
        planned.iter().filter(|plan| plan.staged.counts.to_send > 0).map(|plan| &plan.destination).collect();
    for name in busy {
        let Ok(connected) = run.connections.get(name) else { continue };
        match connected.destination.daily_calls().await {
            Ok(calls) => daily.extend(calls.map(|calls| (name.clone(), calls))),
            Err(error) => printer.talk(&format!("the calls that `{name}` has left today are not known: {error}")),
        }
    }
    daily
}

fn facts<'a>(run: &Run, plan: &'a Planned, daily: &BTreeMap<String, DailyCalls>) -> plan_text::PlanFacts<'a> {
    let connected = run.connections.get(&plan.destination).ok();
    let capabilities = connected.map(|connected| connected.destination.capabilities(&plan.target.object));
    let quota = capabilities.as_ref().and_then(|capabilities| capabilities.quota);
    let counts = &plan.staged.counts;
    let per_batch = capabilities.map_or(1, |capabilities| capabilities.at(counts.to_send).calls_per_batch);
    let pace = run.project.file.destination(&plan.destination).and_then(|d| d.pace).and_then(|p| p.requests_per_minute);
    plan_text::PlanFacts {
        name: &plan.name,
        destination: &plan.destination,
        counts,
        calls: counts.requests * u64::from(per_batch),
        daily: daily.get(&plan.destination).copied(),
        fields: &plan.fields,
        new_fields: &plan.migration.added,
        route: plan.staged.route.as_ref(),
        requests_per_minute: pace.or(quota.map(|quota| {
            let per_minute = f64::from(quota.requests) * 60.0 / quota.per.as_secs_f64().max(1.0);
            // A pace is far below what an integer holds.
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a pace of whole requests")]
            let whole = per_minute as u32;
            whole.max(1)
        })),
        trips: &plan.trips,
        samples: &plan.samples,
    }
}

/// Prints how syncs ended; `read` is what this run read, where it did.
pub(super) fn print_results(run: &Run, results: &[SyncResult], read: Option<&Read>, json: bool, printer: &Printer) {
    let facts: Vec<run_text::SyncFacts<'_>> = results
        .iter()
        .map(|result| run_text::SyncFacts {
            name: &result.name,
            destination: &result.destination,
            counts: &result.counts,
            folded: &result.folded,
            requests: result.requests,
            duration: result.duration,
            trips: &result.trips,
            migration: &result.migration,
            interrupted: result.interrupted,
            sandbox: sandbox_summary(run, &result.destination),
        })
        .collect();
    if json {
        printer.json(&run_json::document(run.number, run.as_of, &facts, read.map(|read| &read.warnings)));
    } else {
        printer.result(&run_text::text(run.number, run.as_of, read.map(|read| &read.input), &facts, printer.style()));
    }
    for failure in results.iter().filter_map(|result| result.failure.as_ref()) {
        printer.failure(failure);
    }
    for trip in results.iter().flat_map(|result| &result.trips) {
        printer.talk(&format!("guard `{}`: {}; `--allow {}` lets it pass once", trip.guard, trip.message, trip.guard));
    }
}

fn sandbox_summary(run: &Run, destination: &str) -> Option<String> {
    run.connections.get(destination).ok()?.sandbox.as_ref().map(lapwing_sandbox::Sandbox::summary)
}
