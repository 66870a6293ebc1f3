//! `lapwing ledger`: the ledger as a whole, taken elsewhere, taken over, or no longer trusted.

use std::path::{Path, PathBuf};

use crate::cli::{GlobalOptions, LedgerCommand, LedgerDistrustArguments, LedgerExportArguments, LedgerImportArguments};
use crate::ledger::{self, LedgerError, TransferError, Transferred};
use crate::report::Printer;

use super::project::Project;
use super::workbench::Workbench;
use super::{Exit, Failure};

pub(super) async fn run(global: &GlobalOptions, own: &LedgerCommand, printer: &Printer) -> Result<Exit, Failure> {
    match own {
        LedgerCommand::Export(own) => export(global, own, printer).await,
        LedgerCommand::Import(own) => import(global, own, printer).await,
        LedgerCommand::Distrust(own) => distrust(global, own, printer).await,
    }
}

async fn export(global: &GlobalOptions, own: &LedgerExportArguments, printer: &Printer) -> Result<Exit, Failure> {
    let printer = &printer.for_json(own.ledger.json);
    let project = Project::load(global, &own.sync_file.file, printer)?;
    let state_folder = project.state_folder();
    if !ledger::database_path(&state_folder).exists() {
        let message = format!("there is no ledger in {}", state_folder.display());
        return Err(Failure::usage(message, "a first `lapwing sync` makes it; `--state-folder` names another place"));
    }
    let folder = absolute(&own.folder);
    let bench =
        Workbench::open_beside(&project, "ledger export", own.ledger.wait, std::slice::from_ref(&folder), printer)
            .await?;
    let to = folder.clone();
    let done = bench.engine.run(move |session| ledger::export(session, &to)).await?;
    tell(&done, "exported to", &folder, own.ledger.json, printer);
    Ok(Exit::Done)
}

async fn import(global: &GlobalOptions, own: &LedgerImportArguments, printer: &Printer) -> Result<Exit, Failure> {
    let printer = &printer.for_json(own.ledger.json);
    let project = Project::load(global, &own.sync_file.file, printer)?;
    let folder = absolute(&own.folder);
    // A folder that is no export is told before a ledger is made.
    let manifest = ledger::read_manifest(&folder)?;
    let bench =
        Workbench::open_beside(&project, "ledger import", own.ledger.wait, std::slice::from_ref(&folder), printer)
            .await?;
    let (from, replace) = (folder.clone(), own.replace);
    let done = bench.engine.run(move |session| ledger::import(session, &from, &manifest, replace)).await?;
    ledger::note_run(&project.state_folder(), done.runs)?;
    bench.engine.run(ledger::checkpoint).await?;
    tell(&done, "imported from", &folder, own.ledger.json, printer);
    Ok(Exit::Done)
}

async fn distrust(global: &GlobalOptions, own: &LedgerDistrustArguments, printer: &Printer) -> Result<Exit, Failure> {
    let printer = &printer.for_json(own.ledger.json);
    let project = Project::load(global, &own.sync_file.file, printer)?;
    let bench = Workbench::open_older(&project, "ledger distrust", own.ledger.wait, printer).await?;
    let distrusted = bench.engine.run(ledger::distrust).await?;
    ledger::note_run(&project.state_folder(), distrusted.runs)?;
    let records = distrusted.records;
    if own.ledger.json {
        printer.json(&serde_json::json!({ "records": records }));
    } else {
        printer
            .result(&format!("{records} records count as unknown now: the next `lapwing sync` sends them once more\n"));
    }
    Ok(Exit::Done)
}

fn tell(done: &Transferred, what: &str, folder: &Path, json: bool, printer: &Printer) {
    let Transferred { runs, syncs, records, files } = done;
    if json {
        let (runs, folder) = (*runs, folder.display().to_string());
        printer.json(
            &serde_json::json!({ "folder": folder, "runs": runs, "syncs": syncs, "records": records, "files": files }),
        );
    } else {
        printer.result(&format!(
            "Ledger up to run {runs}, {records} records of {syncs} syncs in {files} files, {what}\n{}\n",
            folder.display()
        ));
    }
}

/// The engine reaches only folders that are named to it, and by whole paths.
fn absolute(folder: &Path) -> PathBuf {
    std::path::absolute(folder).unwrap_or_else(|_| folder.to_path_buf())
}

impl From<TransferError> for Failure {
    fn from(error: TransferError) -> Self {
        match error {
            TransferError::Ledger(error) => error.into(),
            error => Self::Error { hint: Some(error.hint()), error: Box::new(error), exit: Exit::Usage },
        }
    }
}

impl From<crate::engine::EngineError> for TransferError {
    fn from(error: crate::engine::EngineError) -> Self {
        Self::Ledger(LedgerError::Engine(error))
    }
}
