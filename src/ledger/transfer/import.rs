//! From a folder to the ledger.

use std::path::Path;

use super::manifest::{Manifest, TableFile, digest, file_of};
use super::{LedgerError, TransferError, Transferred, confirmed_number, last_run, refuse_under_way, stays, tables};
use crate::engine::{EngineError, Session, quote_literal};
use crate::ledger::confirmed::add_columns;
use crate::ledger::open::FORMAT;
use crate::ledger::views;

/// Takes over the ledger that was exported to `folder`, all of it in one transaction, once every file is known to be what
/// was exported. With `replace`, it takes the place of what the ledger knows.
///
/// # Errors
/// [`TransferError`]; then the ledger is as it was. [`LedgerError::UnderWay`] among them: what is under way here would be
/// forgotten.
pub fn import(
    session: &mut Session,
    folder: &Path,
    manifest: &Manifest,
    replace: bool,
) -> Result<Transferred, TransferError> {
    if manifest.ledger_format > FORMAT {
        return Err(LedgerError::Newer { found: manifest.ledger_format, known: FORMAT }.into());
    }
    refuse_under_way(session)?;
    let runs = last_run(session)?;
    if runs > 0 && !replace {
        return Err(TransferError::Known { runs });
    }
    for table in &manifest.tables {
        if digest(&file_of(folder, &table.name))? != table.sha256 {
            return Err(changed(folder, table, "its checksum is another"));
        }
    }
    session.transaction(|session| {
        forget_all(session)?;
        // The syncs and their fields say how the tables of the confirmed state look.
        let (confirmed, own): (Vec<_>, Vec<_>) =
            manifest.tables.iter().partition(|table| confirmed_number(&table.name).is_some());
        let known = tables(session)?;
        for table in own {
            if !known.contains(&table.name) || stays(&table.name) {
                return Err(changed(folder, table, "no ledger has such a table"));
            }
            load(session, folder, table)?;
        }
        for table in &confirmed {
            make_confirmed(session, &table.name)?;
            load(session, folder, table)?;
        }
        let sql = "SELECT count(*) FROM syncs";
        if session.one(sql, &[], |row| row.count(0))? != confirmed.len() as u64 {
            let path = folder.join("syncs.parquet");
            return Err(TransferError::Changed { path, what: "it has other syncs than there are files" });
        }
        if manifest.ledger_format < 4 {
            // As a ledger of that format is brought to this one.
            session.run_script(include_str!("../format_4.sql")).map_err(LedgerError::Engine)?;
        }
        views::refresh(session)?;
        let (syncs, records) = (confirmed.len() as u64, confirmed.iter().map(|table| table.rows).sum());
        Ok(Transferred { runs: last_run(session)?, syncs, records, files: manifest.tables.len() })
    })
}

/// Tables of staged plans that every ledger has; others are made for a plan.
const STAGED_BY_EVERYBODY: [&str; 2] = ["staged_held_values", "staged_segments_run"];

/// Empties the ledger; staged plans go with it.
fn forget_all(session: &Session) -> Result<(), LedgerError> {
    for table in tables(session)? {
        let of_a_sync = confirmed_number(&table).is_some()
            || (table.starts_with("staged_") && !STAGED_BY_EVERYBODY.contains(&table.as_str()));
        match table.as_str() {
            "ledger_format" => {}
            _ if of_a_sync => session.run_script(&format!("DROP TABLE {table}"))?,
            _ => session.run_script(&format!("DELETE FROM {table}"))?,
        }
    }
    Ok(())
}

/// The table of the confirmed state, as registering its sync would have made it.
fn make_confirmed(session: &Session, table: &str) -> Result<(), LedgerError> {
    let sync_id = confirmed_number(table).unwrap_or_default();
    session.run_script(&format!(
        "CREATE TABLE {table} (key VARCHAR NOT NULL, present BOOLEAN, first_run BIGINT NOT NULL, last_run BIGINT NOT NULL)"
    ))?;
    let fields = "SELECT column_no, sql_type FROM sync_fields WHERE sync_id = $sync_id ORDER BY column_no";
    let fields = session.rows(fields, &[("sync_id", sync_id.into())], |row| {
        Ok((row.int(0)?.unwrap_or_default(), row.text(1)?.unwrap_or_default()))
    })?;
    for (number, sql_type) in fields {
        add_columns(session, table, number, checked_type(&sql_type)?)?;
    }
    Ok(())
}

/// A type stands in a statement as it is, so it has to be one that a column of the ledger can have.
fn checked_type(sql_type: &str) -> Result<&str, EngineError> {
    let is_plain = sql_type.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_ (),[]".contains(&byte));
    if is_plain && crate::engine::field_type(sql_type).is_some() {
        return Ok(sql_type);
    }
    // Values of an ENUM are texts to every vendor; its words are not repeated here.
    if sql_type.starts_with("ENUM(") {
        return Ok("VARCHAR");
    }
    let message = "the export has a field of a type that can't be delivered";
    Err(EngineError::new(crate::engine::EngineErrorKind::Database, message))
}

fn load(session: &Session, folder: &Path, table: &TableFile) -> Result<(), TransferError> {
    let path = quote_literal(&file_of(folder, &table.name).to_string_lossy());
    let sql = format!("INSERT INTO {} BY NAME SELECT * FROM read_parquet({path})", table.name);
    let rows = session.execute(&sql, &[]).map_err(LedgerError::Engine)?;
    if rows as u64 == table.rows { Ok(()) } else { Err(changed(folder, table, "it has another number of rows")) }
}

fn changed(folder: &Path, table: &TableFile, what: &'static str) -> TransferError {
    TransferError::Changed { path: file_of(folder, &table.name), what }
}
