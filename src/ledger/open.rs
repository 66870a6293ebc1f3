//! Opening: where the ledger is, and whether this Lapwing can read it.

use std::path::{Path, PathBuf};

use fail::fail_point;

use super::confirmed::add_runs_of_fields;
use super::{LedgerError, distrust, views};
use crate::engine::{Engine, EngineError, EngineOptions, Session};

/// The format that this Lapwing writes.
pub(super) const FORMAT: i64 = 5;

/// The ledger's file in a state folder.
pub fn database_path(state_folder: &Path) -> PathBuf {
    state_folder.join("ledger.duckdb")
}

/// Opens the ledger of a state folder, which `options` names as the database. A new one is made under another name first:
/// a run that dies while it is made leaves no ledger behind, rather than half a one.
///
/// # Errors
/// Those of [`prepare`], [`LedgerError::Engine`] where the file can't be opened, and [`LedgerError::Folder`].
pub async fn open(state_folder: &Path, options: EngineOptions) -> Result<Engine, LedgerError> {
    let path = database_path(state_folder);
    let failed = |source| LedgerError::Folder { folder: state_folder.to_path_buf(), source };
    if !path.try_exists().map_err(failed)? {
        let unfinished = state_folder.join("ledger.new.duckdb");
        for leftover in [unfinished.clone()].into_iter().chain(logs_of(&unfinished)).chain(logs_of(&path)) {
            match std::fs::remove_file(leftover) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(failed(error)),
                _ => {}
            }
        }
        let engine = Engine::open(EngineOptions { database: Some(unfinished.clone()), ..options.clone() }).await?;
        engine.run(prepare).await?;
        engine.close().await;
        // A new ledger knows that it knows nothing: no run that an earlier one noted speaks against it.
        distrust::forget_note(state_folder)?;
        std::fs::rename(&unfinished, &path).map_err(failed)?;
        fail_point!("ledger-made", |_| std::process::abort());
    }
    let engine = Engine::open(options).await?;
    engine.run(prepare).await?;
    Ok(engine)
}

/// The write-ahead log beside a database file, and the two more files that it may have while it is written into the
/// database. A log without its file is of no use: it would be taken for the log of a new ledger.
fn logs_of(path: &Path) -> [PathBuf; 3] {
    ["duckdb.wal", "duckdb.wal.checkpoint", "duckdb.wal.recovery"].map(|extension| path.with_extension(extension))
}

/// Writes what the log holds into the file itself, so that a copy of the file alone is whole. Where it fails, the log
/// stays, and nothing is lost.
///
/// # Errors
/// [`LedgerError::Engine`].
pub fn checkpoint(session: &mut Session) -> Result<(), LedgerError> {
    Ok(session.run_script("CHECKPOINT")?)
}

/// Makes a new ledger, checks one of this format, or brings an older one to it.
///
/// # Errors
/// [`LedgerError::Newer`], or [`LedgerError::Engine`] where the file can't be read.
pub fn prepare(session: &mut Session) -> Result<(), LedgerError> {
    session.transaction(|session| {
        // To ask the catalog whether the table is there takes ten times as long: at its first question DuckDB binds every
        // view of its own.
        session.run_script("CREATE TABLE IF NOT EXISTS ledger_format (version INTEGER NOT NULL)")?;
        match session.one("SELECT max(version) FROM ledger_format", &[], |row| row.int(0))? {
            None => make(session),
            Some(FORMAT) => Ok(()),
            Some(found) if found > FORMAT => Err(LedgerError::Newer { found, known: FORMAT }),
            Some(found) => migrate(session, found),
        }
    })
}

fn make(session: &Session) -> Result<(), LedgerError> {
    make_tables(session)?;
    fail_point!("making-ledger", |_| std::process::abort());
    session.execute("INSERT INTO ledger_format VALUES ($version)", &[("version", FORMAT.into())])?;
    Ok(views::refresh(session)?)
}

/// The tables that are not there yet.
fn make_tables(session: &Session) -> Result<(), EngineError> {
    session.run_script(include_str!("schema.sql"))?;
    session.run_script(include_str!("policies.sql"))
}

/// Brings an older ledger to this format. Formats 2 (the order of lists) and 3 (the history of segments) have tables
/// that the one before does not; later ones have a step each.
fn migrate(session: &Session, found: i64) -> Result<(), LedgerError> {
    make_tables(session)?;
    if found < 4 {
        session.run_script(include_str!("format_4.sql"))?;
    }
    if found < 5 {
        add_runs_of_fields(session)?;
    }
    session.execute("UPDATE ledger_format SET version = $version", &[("version", FORMAT.into())])?;
    Ok(views::refresh(session)?)
}
