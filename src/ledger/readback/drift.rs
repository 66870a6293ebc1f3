//! What differs at the destination from what the ledger has.

use super::staged;
use crate::engine::{EngineError, Param, Session};
use crate::ledger::recovery::drop_unsent;
use crate::ledger::{LedgerError, SyncTables};

/// A difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drift {
    /// The key of the record.
    pub key: String,
    /// The column of the field; none where the record itself is not there.
    pub column_no: Option<i64>,
}

/// Lists the records of a sync that are there as far as the ledger knows, or `sample` of them: others after every run.
/// Gives their number.
///
/// # Errors
/// [`LedgerError::Engine`].
pub fn stage_look(session: &Session, tables: &SyncTables, sample: Option<u64>) -> Result<u64, LedgerError> {
    let fields: Vec<String> = tables.fields.iter().map(|field| format!(", v{0}, k{0}", field.column_no)).collect();
    let chosen = sample.map_or_else(String::new, |sample| {
        format!("ORDER BY md5(key || '/' || (SELECT coalesce(max(run_id), 0) FROM run_log)), key LIMIT {sample}")
    });
    let sql = include_str!("look.sql")
        .replace("{confirmed}", &tables.confirmed())
        .replace("{fields}", &fields.concat())
        .replace("{chosen}", &chosen);
    session.run_script(&sql)?;
    Ok(staged(session)?)
}

/// Takes up the differences of a page.
///
/// # Errors
/// [`EngineError`] of the statement.
pub fn note_drift(session: &Session, drifts: Vec<Drift>) -> Result<(), EngineError> {
    let rows = drifts.into_iter().map(|drift| [Param::Text(drift.key), drift.column_no.into()]);
    session.append("drift", rows)
}

/// Marks what differs as not known: fields by themselves, and of records that are not there, everything. A plan that was
/// staged on the old knowledge is dropped.
///
/// # Errors
/// [`LedgerError::UnderWay`] where an earlier run has to be picked up first; then nothing is marked.
pub fn forget_drift(session: &mut Session, tables: &SyncTables) -> Result<(), LedgerError> {
    let confirmed = tables.confirmed();
    session.transaction(|session| {
        drop_unsent(session, tables.sync_id)?;
        for field in &tables.fields {
            let n = field.column_no;
            session.run_script(&format!(
                "UPDATE {confirmed} SET k{n} = false WHERE key IN (SELECT key FROM drift WHERE column_no = {n})"
            ))?;
        }
        session.run_script(&format!(
            "DELETE FROM {confirmed} WHERE key IN (SELECT key FROM drift WHERE column_no IS NULL);
             -- what others had written into it is gone, too
             DELETE FROM occupied
             WHERE sync_id = {} AND key IN (SELECT key FROM drift WHERE column_no IS NULL)",
            tables.sync_id
        ))?;
        Ok(())
    })
}
