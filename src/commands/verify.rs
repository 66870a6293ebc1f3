//! `lapwing verify`: does each destination still hold what it confirmed? With `--repair`, what differs is marked as not
//! known and planned anew; nothing is sent.

use std::sync::Arc;

use crate::cli::{GlobalOptions, RunOptions, VerifyArguments};
use crate::config::sync_file::SyncSpec;
use crate::engine::Engine;
use crate::ledger;
use crate::readback::{Drifted, verify};
use crate::registry::Connected;
use crate::report::verify_text::{self, VerifiedSync};
use crate::report::{Printer, Spinner};

use super::connections::Connections;
use super::project::Project;
use super::readable::{self, known_to_ledger};
use super::run::{Run, selected};
use super::workbench::Workbench;
use super::{Exit, Failure, plan, recover};

pub(super) async fn run(global: &GlobalOptions, own: &VerifyArguments, printer: &Printer) -> Result<Exit, Failure> {
    let printer = &printer.for_json(own.ledger.json);
    let project = Project::load(global, &own.selection.sync_file.file, printer)?.resolve()?;
    if !ledger::database_path(&project.state_folder()).is_file() {
        return Err(Failure::usage(
            "there is no ledger yet, so there is nothing to compare with",
            "run `lapwing sync` first; `lapwing adopt` fills the ledger from what destinations hold already",
        ));
    }
    if own.repair {
        return repair(project, own, printer).await;
    }
    let syncs = selected(&project, &own.selection.syncs)?;
    let bench = Workbench::open(&project, "verify", own.ledger.wait, printer).await?;
    let connections = Connections::open(&project, syncs.iter().map(|sync| sync.destination.value.as_str()), 0)?;
    let look = Look { project: &project, engine: &bench.engine, connections: &connections, sample: own.sample };
    let mut exit = Exit::Done;
    let mut verified = Vec::with_capacity(syncs.len());
    for sync in syncs {
        match look.at(sync, printer).await {
            Ok(one) => verified.push(one),
            Err(failure) => {
                printer.failure(&failure);
                exit = exit.max(failure.exit());
            }
        }
    }
    connections.save_sandboxes(&project.state_folder())?;
    if own.ledger.json {
        printer.json(&verify_text::json(&verified, None));
    } else {
        printer.result(&verify_text::text(&verified, printer.style()));
    }
    Ok(exit.max(exit_of(&verified)))
}

/// Verifies, marks what differs, and stages the plan that corrects it.
async fn repair(project: Project, own: &VerifyArguments, printer: &Printer) -> Result<Exit, Failure> {
    let options = RunOptions { selection: own.selection.clone(), as_of: None, allow: Vec::new(), ledger: own.ledger };
    let run = Run::open_project(project, &options, "verify", printer).await?;
    match repair_in(&run, own, options, printer).await {
        Ok(exit) => Ok(exit),
        Err(failure) => {
            run.fail().await;
            Err(failure)
        }
    }
}

async fn repair_in(
    run: &Run,
    own: &VerifyArguments,
    mut options: RunOptions,
    printer: &Printer,
) -> Result<Exit, Failure> {
    let (file, engine) = (&run.project.file, &run.bench.engine);
    let syncs = selected(&run.project, &own.selection.syncs)?;
    let mut unsettled = recover::recover(engine, file, &syncs, &run.connections, printer).await?;
    let look = Look { project: &run.project, engine, connections: &run.connections, sample: own.sample };
    let mut exit = Exit::Done;
    let mut verified = Vec::with_capacity(syncs.len());
    for sync in syncs {
        let looked = match unsettled.remove(&sync.name.value) {
            Some(failure) => Err(failure),
            None => look.at(sync, printer).await,
        };
        match looked {
            Ok(one) => {
                // The differences of the sync stand in the engine until the next one is looked at.
                if let Some(tables) = one.tables.clone().filter(|_| one.found.as_ref().is_some_and(Drifted::is_any)) {
                    engine.run(move |session| ledger::forget_drift(session, &tables)).await?;
                }
                verified.push(one);
            }
            Err(failure) => {
                printer.failure(&failure);
                exit = exit.max(failure.exit());
            }
        }
    }
    printer.result(&verify_text::text(&verified, printer.style()));
    let drifted = |one: &&VerifiedSync| one.found.as_ref().is_some_and(Drifted::is_any);
    options.selection.syncs = verified.iter().filter(drifted).map(|one| one.name.clone()).collect();
    let mut document = None;
    if options.selection.syncs.is_empty() {
        run.finish(&[], &[], Exit::Done).await?;
    } else {
        printer.result("\nMarked as not known; the plan that corrects it:\n\n");
        let (planned, plan) = plan::stage(run, &options, false, printer).await?;
        document = Some(plan);
        exit = exit.max(planned);
    }
    if own.ledger.json {
        printer.json(&verify_text::json(&verified, document.as_ref()));
    }
    Ok(exit.max(exit_of(&verified)))
}

fn exit_of(verified: &[VerifiedSync]) -> Exit {
    let drifted = verified.iter().any(|one| one.found.as_ref().is_some_and(Drifted::is_any));
    if drifted { Exit::Rejections } else { Exit::Done }
}

struct Look<'a> {
    project: &'a Project,
    engine: &'a Engine,
    connections: &'a Connections,
    sample: Option<u64>,
}

impl Look<'_> {
    /// Looks at one sync.
    async fn at(&self, sync: &SyncSpec, printer: &Printer) -> Result<VerifiedSync, Failure> {
        let connected: Arc<Connected> = self.connections.get(&sync.destination.value)?;
        let mut verified = VerifiedSync {
            name: sync.name.value.clone(),
            destination: sync.destination.value.clone(),
            tables: None,
            found: None,
            requests: 0,
            can_be_read: connected.destination.capabilities(&sync.object.value).reading.is_some(),
        };
        let known = known_to_ledger(self.engine, &self.project.file, sync).await?;
        let Some((target, tables)) = known.filter(|_| verified.can_be_read) else { return Ok(verified) };
        let Some(readable) = readable::of(self.engine, &connected, target, tables.clone()) else {
            return Ok(verified);
        };
        let before = connected.traffic.requests().total();
        let spinner: Spinner = printer.spinner("reading back");
        let found = verify(&readable, self.sample).await;
        spinner.finish();
        verified.requests = connected.traffic.requests().total() - before;
        verified.found = Some(found.map_err(|error| readable::failure(&sync.destination.value, error))?);
        verified.tables = Some(tables);
        Ok(verified)
    }
}
