//! From the ledger to a folder.

use std::path::Path;

use super::manifest::{self, Manifest, TableFile, VERSION, digest, file_of};
use super::{LedgerError, TransferError, Transferred, confirmed_number, last_run, refuse_under_way, stays, tables};
use crate::engine::{Session, quote_identifier, quote_literal};
use crate::ledger::open::FORMAT;

/// Writes the ledger to `folder`, which is new or empty. The same ledger gives the same files.
///
/// # Errors
/// [`TransferError`]; then the folder has no manifest, and is no export. [`LedgerError::UnderWay`] among them, where an
/// earlier run has to be picked up first.
pub fn export(session: &mut Session, folder: &Path) -> Result<Transferred, TransferError> {
    refuse_under_way(session)?;
    make_empty(folder)?;
    let mut files = Vec::new();
    let (mut syncs, mut records) = (0, 0);
    for table in tables(session)?.into_iter().filter(|table| !stays(table)) {
        let path = file_of(folder, &table);
        let columns = columns(session, &table)?;
        session
            .run_script(&format!(
                "COPY (SELECT {columns} FROM {table} ORDER BY ALL) TO {} (FORMAT parquet, COMPRESSION zstd)",
                quote_literal(&path.to_string_lossy())
            ))
            .map_err(LedgerError::Engine)?;
        let count = format!("SELECT count(*) FROM {table}");
        let rows = session.one(&count, &[], |row| row.count(0)).map_err(LedgerError::Engine)?;
        if confirmed_number(&table).is_some() {
            syncs += 1;
            records += rows;
        }
        files.push(TableFile { rows, sha256: digest(&path)?, name: table });
    }
    let done = Transferred { runs: last_run(session)?, syncs, records, files: files.len() };
    let lapwing = env!("CARGO_PKG_VERSION").to_owned();
    manifest::write(folder, &Manifest { version: VERSION, ledger_format: FORMAT, lapwing, tables: files })?;
    Ok(done)
}

/// The columns of a table as Parquet keeps them to the digit: it has no whole numbers beyond 64 bits.
fn columns(session: &Session, table: &str) -> Result<String, LedgerError> {
    let described = session.describe(&format!("SELECT * FROM {table}"))?;
    let column = |name: &str, sql_type: &str| {
        let name = quote_identifier(name);
        if sql_type.contains("HUGEINT") { format!("CAST({name} AS VARCHAR) AS {name}") } else { name }
    };
    Ok(described.iter().map(|c| column(&c.name, &c.sql_type)).collect::<Vec<_>>().join(", "))
}

fn make_empty(folder: &Path) -> Result<(), TransferError> {
    let failed = |source| TransferError::File { path: folder.to_path_buf(), doing: "written", source };
    let mut builder = std::fs::DirBuilder::new();
    // It holds what the ledger holds: customers' data, for their owner only.
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder).map_err(failed)?;
    let mut entries = std::fs::read_dir(folder).map_err(failed)?;
    if entries.next().is_some() { Err(TransferError::NotEmpty { folder: folder.to_path_buf() }) } else { Ok(()) }
}
