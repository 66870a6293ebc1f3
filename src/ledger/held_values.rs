//! Values that wait: what a field with `hold` does not send before several runs in a row agree.
//!
//! A run stages the candidates of each sync with its plan; a run that delivers keeps them before the first batch goes out,
//! so that a run which is killed has counted. `plan` and `--dry-run` count nothing.

use super::{LedgerError, SyncTables};
use crate::engine::{EngineError, Session};

/// Keeps the staged candidates of a sync in place of those from before.
///
/// # Errors
/// [`LedgerError::Engine`]; then they are as they were.
pub fn keep_held_values(session: &mut Session, sync_id: i64) -> Result<(), LedgerError> {
    session.transaction(|session| {
        let sync = [("sync_id", sync_id.into())];
        session.execute("DELETE FROM held_values WHERE sync_id = $sync_id", &sync)?;
        session.execute("INSERT INTO held_values SELECT * FROM staged_held_values WHERE sync_id = $sync_id", &sync)?;
        Ok(())
    })
}

/// How many values wait, for each field of a staged plan, in its order.
///
/// # Errors
/// [`EngineError`] of the query.
pub fn waiting(session: &Session, tables: &SyncTables) -> Result<Vec<u64>, EngineError> {
    let sql = "SELECT column_no, count(*) FROM staged_held_values
               WHERE sync_id = $sync_id AND NOT released GROUP BY column_no";
    let counted = session.rows(sql, &[("sync_id", tables.sync_id.into())], |row| Ok((row.int(0)?, row.count(1)?)))?;
    let of = |column_no| counted.iter().find(|(number, _)| *number == Some(column_no)).map_or(0, |(_, count)| *count);
    Ok(tables.fields.iter().map(|field| of(field.column_no)).collect())
}
