//! `lapwing status`: the latest runs.

use crate::cli::{GlobalOptions, StatusArguments};
use crate::ledger;
use crate::report::{Printer, history_text};

use super::project::Project;
use super::workbench::Workbench;
use super::{Exit, Failure};

pub(super) async fn run(global: &GlobalOptions, own: &StatusArguments, printer: &Printer) -> Result<Exit, Failure> {
    let printer = &printer.for_json(own.ledger.json);
    let project = Project::load(global, &own.sync_file.file, printer)?;
    let bench = Workbench::open(&project, "status", own.ledger.wait, printer).await?;
    let runs = own.runs;
    let rows = bench.engine.run(move |session| ledger::latest_runs(session, runs)).await?;
    if own.ledger.json {
        printer.json(&serde_json::json!({ "runs": rows }));
    } else {
        printer.result(&history_text::runs(&rows, printer.style()));
    }
    Ok(Exit::Done)
}
