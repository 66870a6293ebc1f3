//! What a run read, for the next one to compare with: an export that lost rows since was cut off.

use super::LedgerError;
use super::receipts::int;
use crate::engine::{EngineError, Session};

/// The last run that went through with a sync: no guard, error or signal ended it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastDelivery {
    /// The run.
    pub run_id: i64,
    /// Rows of its snapshot.
    pub rows: u64,
    /// Rows read of each export, by name; none where an older Lapwing ran.
    pub exports: Vec<(String, u64)>,
}

/// Notes how many rows a run read of each export.
///
/// # Errors
/// [`LedgerError::Engine`].
pub fn note_exports(session: &mut Session, run_id: i64, exports: &[(String, u64)]) -> Result<(), LedgerError> {
    session.transaction(|session| {
        for (export, rows) in exports {
            session.execute(
                "INSERT INTO run_exports VALUES ($run_id, $export, $rows)",
                &[("run_id", run_id.into()), ("export", export.as_str().into()), ("rows", int(*rows))],
            )?;
        }
        Ok(())
    })
}

/// Notes for a run that applies a plan what the run that planned had read.
///
/// # Errors
/// [`LedgerError::Engine`].
pub fn take_over_exports(session: &Session, planned_in: i64, run_id: i64) -> Result<(), LedgerError> {
    session.execute(
        "INSERT INTO run_exports SELECT $run_id, export, rows FROM run_exports WHERE run_id = $planned_in",
        &[("run_id", run_id.into()), ("planned_in", planned_in.into())],
    )?;
    Ok(())
}

/// The last run that went through with a sync; none where there was no such run.
///
/// # Errors
/// [`EngineError`] of the queries.
pub fn last_delivery(session: &Session, sync_id: i64) -> Result<Option<LastDelivery>, EngineError> {
    let sql = "SELECT run_id, rows FROM run_syncs WHERE sync_id = $sync_id AND stopped_by IS NULL
               ORDER BY run_id DESC LIMIT 1";
    let last =
        session.rows(sql, &[("sync_id", sync_id.into())], |row| Ok((row.int(0)?.unwrap_or(0), row.count(1)?)))?;
    let Some((run_id, rows)) = last.into_iter().next() else { return Ok(None) };
    let sql = "SELECT export, rows FROM run_exports WHERE run_id = $run_id ORDER BY export";
    let exports =
        session.rows(sql, &[("run_id", run_id.into())], |row| Ok((row.text(0)?.unwrap_or_default(), row.count(1)?)))?;
    Ok(Some(LastDelivery { run_id, rows, exports }))
}
