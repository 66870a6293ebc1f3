//! The state of the ledger about a sync, as a digest: whether a plan that was made against it still fits.

use super::{LedgerError, SyncTables};
use crate::engine::Session;

/// A digest of all that a plan of the sync is compared with: what is confirmed, what was refused, and what waits. It does
/// not depend on the order of rows, and is worth nothing to another version of the engine.
///
/// # Errors
/// [`LedgerError::Engine`].
pub fn state_of(session: &Session, tables: &SyncTables) -> Result<String, LedgerError> {
    let mut numbers: Vec<i64> = tables.fields.iter().map(|field| field.column_no).collect();
    numbers.sort_unstable();
    let fields: Vec<String> = numbers.into_iter().map(|n| format!(", l.v{n}, l.k{n}")).collect();
    let sql = format!(
        "SELECT concat_ws('-',
            (SELECT concat_ws('.', count(*), bit_xor(hash(l.key, l.present, l.first_run > 0{}))) FROM {} AS l),
            (SELECT concat_ws('.', count(*), bit_xor(hash(r))) FROM rejected AS r WHERE sync_id = $sync_id),
            (SELECT concat_ws('.', count(*), bit_xor(hash(c))) FROM held_values AS c WHERE sync_id = $sync_id))",
        fields.concat(),
        tables.confirmed()
    );
    let state = session.one(&sql, &[("sync_id", tables.sync_id.into())], |row| row.text(0))?;
    Ok(state.unwrap_or_default())
}

/// Notes what the staged plan of a sync was made from, for whoever applies it.
///
/// # Errors
/// [`LedgerError::Engine`].
pub fn note_basis(session: &Session, sync_id: i64, basis: &str) -> Result<(), LedgerError> {
    let noted = [("basis", basis.into()), ("sync_id", sync_id.into())];
    session.execute("UPDATE plans SET fingerprint = $basis WHERE sync_id = $sync_id", &noted)?;
    Ok(())
}
