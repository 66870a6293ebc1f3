//! Fields that are written only where the destination has nothing: which of them have to be looked at, and what was found.
//!
//! A field is looked at once for a record. Where there is a value, it stays noted until the record leaves; where there is
//! none, ours is sent, and what was confirmed says that there is one now.

use super::{LedgerError, SyncTables};
use crate::engine::{Param, Session};

/// Lists the records of the temporary table `snapshot` of which one of the fields has to be looked at, in the temporary
/// table `unseen`, and tells how many there are. Records that have left are forgotten, because they may come back as others.
///
/// # Errors
/// [`LedgerError::Engine`].
pub fn list_unseen(session: &Session, tables: &SyncTables) -> Result<u64, LedgerError> {
    let id = tables.sync_id;
    session.run_script(&format!(
        "DELETE FROM occupied WHERE sync_id = {id} AND key NOT IN (SELECT key FROM snapshot WHERE NOT conflict)"
    ))?;
    let is_unseen = |n: i64| {
        format!(
            "(s.v{n} IS NOT NULL AND NOT coalesce(l.k{n} AND l.v{n} IS NOT NULL, false) AND s.key NOT IN \
             (SELECT key FROM occupied WHERE sync_id = {id} AND column_no = {n}))"
        )
    };
    let any: Vec<String> = tables.fields.iter().map(|field| is_unseen(field.column_no)).collect();
    session.run_script(&format!(
        "CREATE OR REPLACE TEMP TABLE unseen AS
         SELECT row_number() OVER (ORDER BY s.key) AS seq, s.key
         FROM snapshot AS s LEFT JOIN {} AS l ON s.key = l.key
         WHERE NOT s.conflict AND ({})",
        tables.confirmed(),
        if any.is_empty() { "false".to_owned() } else { any.join(" OR ") }
    ))?;
    Ok(session.one("SELECT count(*) FROM unseen", &[], |row| row.count(0))?)
}

/// The keys of `unseen` from number `first` to `last`, in order.
///
/// # Errors
/// [`LedgerError::Engine`].
pub fn unseen(session: &Session, first: u64, last: u64) -> Result<Vec<String>, LedgerError> {
    let sql = "SELECT key FROM unseen WHERE seq BETWEEN $first AND $last ORDER BY seq";
    let span = [("first", super::receipts::int(first)), ("last", super::receipts::int(last))];
    let keys = session.rows(sql, &span, |row| row.text(0))?;
    Ok(keys.into_iter().flatten().collect())
}

/// Notes fields of which the destination has a value, by key and number of the column.
///
/// # Errors
/// [`LedgerError::Engine`]; then none is noted.
pub fn note_occupied(session: &mut Session, sync_id: i64, found: Vec<(String, i64)>) -> Result<(), LedgerError> {
    session.transaction(|session| {
        session.run_script("CREATE OR REPLACE TEMP TABLE found (key VARCHAR, column_no BIGINT)")?;
        session.append("found", found.into_iter().map(|(key, column_no)| [Param::Text(key), column_no.into()]))?;
        session.execute(
            "INSERT INTO occupied SELECT DISTINCT $sync_id, f.column_no, f.key FROM found AS f
             WHERE NOT EXISTS (
                 SELECT 1 FROM occupied AS o
                 WHERE o.sync_id = $sync_id AND o.column_no = f.column_no AND o.key = f.key)",
            &[("sync_id", sync_id.into())],
        )?;
        session.run_script("DROP TABLE found")?;
        Ok(())
    })
}
