//! The ledger on its way to another machine: Parquet files, and a manifest that says what they hold.
//!
//! * **Promise**: what is imported is what was exported, to the value, or nothing is imported. Plans that are only staged
//!   stay behind; a plan under way is not left alone: it has to be picked up where it was sent.
//! * **Inputs**: a ledger that is open, and a folder that the engine may reach.
//! * **Outputs**: one file a table, named after it, and `manifest.json`, written last: without it there is no export.
//! * **Errors**: [`TransferError`].

mod error;
mod export;
mod import;
mod manifest;

pub use error::TransferError;
pub use export::export;
pub use import::import;
pub use manifest::{Manifest, read_manifest};

use super::LedgerError;
use crate::engine::Session;

/// What went from a ledger to a folder, or the other way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transferred {
    /// The number of the latest run.
    pub runs: i64,
    /// Syncs.
    pub syncs: u64,
    /// Records over all syncs.
    pub records: u64,
    /// Files, the manifest not counted.
    pub files: usize,
}

/// Tables that hold a plan, or what this ledger says of itself: they stay where they are.
const LEFT_OUT: [&str; 7] =
    ["ledger_format", "plans", "batches", "receipts", "exceptions", "list_order", "staged_segments_run"];

fn stays(table: &str) -> bool {
    LEFT_OUT.contains(&table) || table.starts_with("staged_")
}

/// The tables of the ledger, by name.
fn tables(session: &Session) -> Result<Vec<String>, LedgerError> {
    let sql = "SELECT table_name FROM duckdb_tables() WHERE NOT temporary ORDER BY table_name";
    Ok(session.rows(sql, &[], |row| row.text(0))?.into_iter().flatten().collect())
}

/// The number of a sync's table of the confirmed state.
fn confirmed_number(table: &str) -> Option<i64> {
    table.strip_prefix("confirmed_").and_then(|number| number.parse().ok())
}

fn last_run(session: &Session) -> Result<i64, LedgerError> {
    Ok(session.one("SELECT coalesce(max(run_id), 0) FROM run_log", &[], |row| row.int(0))?.unwrap_or(0))
}

/// A plan under way belongs to the machine that sends it.
fn refuse_under_way(session: &Session) -> Result<(), LedgerError> {
    match super::open_plans(session)?.into_iter().find(|plan| plan.sending) {
        Some(plan) => Err(LedgerError::UnderWay { sync: plan.sync }),
        None => Ok(()),
    }
}
