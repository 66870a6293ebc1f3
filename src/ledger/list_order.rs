//! The order of lists: the one that a plan wants, and the one that the destination was given last.

use super::LedgerError;
use crate::engine::{EngineError, Session};

/// Stages the order of the snapshot, whose rows stand in the temporary table `snapshot`, and tells whether it is
/// another than the destination has.
///
/// # Errors
/// [`EngineError`] of the statements.
pub fn stage_order(session: &Session, sync_id: i64) -> Result<bool, EngineError> {
    session.execute("DELETE FROM list_order WHERE sync_id = $sync_id", &[("sync_id", sync_id.into())])?;
    session.execute(
        "INSERT INTO list_order
         SELECT $sync_id, row_number() OVER (ORDER BY rank, key), key FROM snapshot WHERE NOT conflict",
        &[("sync_id", sync_id.into())],
    )?;
    let sql = "SELECT digest IS DISTINCT FROM (SELECT digest FROM list_digests WHERE sync_id = $sync_id)
               FROM (SELECT md5(string_agg(key, chr(10) ORDER BY place)) AS digest FROM list_order
                     WHERE sync_id = $sync_id)";
    Ok(session.one(sql, &[("sync_id", sync_id.into())], |row| row.bool(0))?.unwrap_or_default())
}

/// The keys of a list in the order that the plan wants. Lists are short: the sync file bounds them.
///
/// # Errors
/// [`LedgerError::Engine`].
pub fn staged_order(session: &Session, sync_id: i64) -> Result<Vec<String>, LedgerError> {
    let sql = "SELECT key FROM list_order WHERE sync_id = $sync_id ORDER BY place";
    let keys = session.rows(sql, &[("sync_id", sync_id.into())], |row| row.text(0))?;
    Ok(keys.into_iter().flatten().collect())
}

/// Notes that the destination has the order of the plan.
///
/// # Errors
/// [`LedgerError::Engine`].
pub fn confirm_order(session: &mut Session, sync_id: i64) -> Result<(), LedgerError> {
    session.transaction(|session| {
        session.execute("DELETE FROM list_digests WHERE sync_id = $sync_id", &[("sync_id", sync_id.into())])?;
        session.execute(
            "INSERT INTO list_digests
             SELECT $sync_id, md5(string_agg(key, chr(10) ORDER BY place)) FROM list_order WHERE sync_id = $sync_id",
            &[("sync_id", sync_id.into())],
        )?;
        Ok(())
    })
}
