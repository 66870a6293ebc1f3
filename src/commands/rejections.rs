//! `lapwing rejections`: the records that destinations refused, and why.

use crate::cli::{GlobalOptions, RejectionsArguments};
use crate::engine::Session;
use crate::ledger::{self, LedgerError};
use crate::report::{Printer, history_text};

use super::project::Project;
use super::workbench::Workbench;
use super::{Exit, Failure};

pub(super) async fn run(global: &GlobalOptions, own: &RejectionsArguments, printer: &Printer) -> Result<Exit, Failure> {
    let printer = &printer.for_json(own.json);
    let project = Project::load(global, &own.sync_file.file, printer)?;
    let bench = Workbench::open(&project, "rejections", own.wait, printer).await?;
    let (sync, limit) = (own.sync.clone(), own.limit);
    let read = move |session: &mut Session| {
        let rows = ledger::list_rejections(session, sync.as_deref(), limit)?;
        Ok::<_, LedgerError>((ledger::count_rejections(session, sync.as_deref())?, rows))
    };
    let (reasons, rows) = bench.engine.run(read).await?;
    if own.json {
        printer.json(&serde_json::json!({ "reasons": reasons, "rejections": rows }));
    } else {
        printer.result(&history_text::rejections(&reasons, &rows, printer.style()));
    }
    Ok(Exit::Done)
}
