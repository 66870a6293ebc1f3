//! `lapwing adopt`: fills the ledger of a new sync from what its destination holds already, so that its first run sends
//! differences only.

use crate::cli::{AdoptArguments, GlobalOptions, RunOptions};
use crate::config::sync_file::SyncSpec;
use crate::ledger;
use crate::readback::adopt;
use crate::report::Printer;
use crate::report::adopt_text::{self, AdoptedSync};

use super::planning::{PlanningError, Snapped, snap};
use super::run::{Run, selected};
use super::{Exit, Failure, readable, recover, targets};

pub(super) async fn run(global: &GlobalOptions, own: &AdoptArguments, printer: &Printer) -> Result<Exit, Failure> {
    let printer = &printer.for_json(own.ledger.json);
    let options =
        RunOptions { selection: own.selection.clone(), as_of: own.as_of, allow: Vec::new(), ledger: own.ledger };
    let run = Run::open(global, &options, "adopt", printer).await?;
    match carry_out(&run, own, printer).await {
        Ok(exit) => Ok(exit),
        Err(failure) => {
            run.fail().await;
            Err(failure)
        }
    }
}

async fn carry_out(run: &Run, own: &AdoptArguments, printer: &Printer) -> Result<Exit, Failure> {
    let (file, engine) = (&run.project.file, &run.bench.engine);
    let syncs = selected(&run.project, &own.selection.syncs)?;
    let mut unsettled = recover::recover(engine, file, &syncs, &run.connections, printer).await?;
    let (computed, _) = run.compute(printer).await?;
    let mut adopted = Vec::with_capacity(syncs.len());
    let mut failures = Vec::new();
    for sync in syncs {
        let done = match unsettled.remove(&sync.name.value) {
            Some(failure) => Err(failure),
            None => adopt_one(run, sync, &computed.columns, printer).await,
        };
        match done {
            Ok(one) => adopted.push(one),
            Err(failure) => {
                printer.failure(&failure);
                failures.push(failure);
            }
        }
    }
    let exit = run.finish(&[], &failures, Exit::Done).await?;
    if own.ledger.json {
        printer.json(&adopt_text::json(run.number, run.as_of, &adopted));
    } else {
        printer.result(&adopt_text::text(run.number, run.as_of, &adopted, printer.style()));
    }
    Ok(exit)
}

async fn adopt_one(run: &Run, sync: &SyncSpec, columns: &[String], printer: &Printer) -> Result<AdoptedSync, Failure> {
    let destination = sync.destination.value.as_str();
    let connected = run.connections.get(destination)?;
    let capabilities = connected.destination.capabilities(&sync.object.value);
    let mut adopted = AdoptedSync {
        name: sync.name.value.clone(),
        destination: destination.to_owned(),
        adoption: None,
        requests: 0,
        joins_lists: !sync.lists.is_empty(),
    };
    if capabilities.reading.is_none() {
        return Ok(adopted);
    }
    let (file, mapped) = (run.project.file.clone(), sync.clone());
    let staged = run.bench.engine.run(move |session| {
        let Snapped { shapes, tables, .. } = snap(session, &file, &mapped, &capabilities)?;
        let staged = ledger::stage_adoption(session, &tables)?;
        Ok::<_, PlanningError>((staged, tables, targets::target(&mapped, &shapes)))
    });
    let (staged, tables, target) = staged.await.map_err(|error| error.into_failure(&run.project.file, columns))?;
    let Some(readable) = readable::of(&run.bench.engine, &connected, target, tables) else { return Ok(adopted) };
    let before = connected.traffic.requests().total();
    let spinner = printer.spinner("reading back");
    let adoption = adopt(&readable, staged, run.number).await;
    spinner.finish();
    adopted.requests = connected.traffic.requests().total() - before;
    adopted.adoption = Some(adoption.map_err(|error| readable::failure(destination, error))?);
    Ok(adopted)
}
