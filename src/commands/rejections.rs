//! `lapwing rejections`: the records that destinations refused, and why.

use chrono::Utc;

use crate::cli::{GlobalOptions, RejectionsArguments};
use crate::engine::Session;
use crate::ledger::{self, LedgerError, RejectionFilter};
use crate::report::{Printer, history_text};

use super::project::Project;
use super::workbench::Workbench;
use super::{Exit, Failure};

pub(super) async fn run(global: &GlobalOptions, own: &RejectionsArguments, printer: &Printer) -> Result<Exit, Failure> {
    let printer = &printer.for_json(own.ledger.json);
    let project = Project::load(global, &own.sync_file.file, printer)?;
    let bench = Workbench::open(&project, "rejections", own.ledger.wait, printer).await?;
    let filter = RejectionFilter { sync: own.sync.clone(), code: own.code.clone(), key: own.key.clone() };
    if own.retry {
        let retried = bench.engine.run(move |session| ledger::retry_rejections(session, &filter)).await?;
        tell(retried, own.ledger.json, printer);
        return Ok(Exit::Done);
    }
    let limit = own.limit;
    let read = move |session: &mut Session| {
        let rows = ledger::list_rejections(session, &filter, limit)?;
        Ok::<_, LedgerError>((ledger::count_rejections(session, &filter)?, rows))
    };
    let (reasons, rows) = bench.engine.run(read).await?;
    if own.ledger.json {
        printer.json(&serde_json::json!({ "reasons": reasons, "rejections": rows }));
    } else {
        printer.result(&history_text::rejections(&reasons, &rows, Utc::now(), printer.style()));
    }
    Ok(Exit::Done)
}

fn tell(retried: u64, as_json: bool, printer: &Printer) {
    if as_json {
        printer.json(&serde_json::json!({ "retried": retried }));
        return;
    }
    let records = if retried == 1 { "record is" } else { "records are" };
    printer.result(&format!("{retried} refused {records} tried again by the next run\n"));
}
