//! `lapwing sync`: plan and send in one.

use fail::fail_point;

use crate::cli::{GlobalOptions, SyncArguments};
use crate::ledger;
use crate::report::Printer;

use super::run::{PlannedRun, Run};
use super::{Exit, Failure};

pub(super) async fn run(global: &GlobalOptions, own: &SyncArguments, printer: &Printer) -> Result<Exit, Failure> {
    let printer = &printer.for_json(own.run.ledger.json);
    let run = Run::open(global, &own.run, "sync", printer).await?;
    match carry_out(&run, own, printer).await {
        Ok(exit) => Ok(exit),
        Err(failure) => {
            run.fail().await;
            Err(failure)
        }
    }
}

async fn carry_out(run: &Run, own: &SyncArguments, printer: &Printer) -> Result<Exit, Failure> {
    let PlannedRun { planned, read, segment_rules, failures, .. } = run.plan(&own.run, printer).await?;
    for failure in &failures {
        printer.failure(failure);
    }
    if own.dry_run {
        let (exit, document) = super::plan::print(run, &planned, &read, printer).await;
        if own.run.ledger.json {
            printer.json(&document);
        }
        for plan in planned {
            let sync_id = plan.staged.tables.sync_id;
            run.bench.engine.run(move |session| ledger::abandon(session, sync_id)).await?;
        }
        return run.finish(&[], &failures, exit).await;
    }
    // Before anything goes out: what is delivered about stays in segments is what the history keeps, come what may.
    run.stage_segments(&planned, segment_rules).await?;
    fail_point!("segments-staged", |_| std::process::abort());
    run.keep_segments(run.number).await?;
    fail_point!("segments-kept", |_| std::process::abort());
    let results = run.deliver(planned, printer).await?;
    let exit = run.finish(&results, &failures, Exit::Done).await?;
    super::plan::print_results(run, &results, Some(&read), own.run.ledger.json, printer);
    Ok(exit)
}
