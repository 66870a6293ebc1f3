//! When the ledger cannot be believed: it went back in time, or somebody else wrote at the vendor.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::recovery::drop_plan;
use super::{LedgerError, fold, open_plans};
use crate::engine::{EngineError, Session};

/// What counts as unknown now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Distrusted {
    /// Records over all syncs.
    pub records: u64,
    /// The number of the latest run that the ledger knows.
    pub runs: i64,
}

/// Lets all that was confirmed count as unknown: every value, whether a record is there, who is in the audience, the
/// order of lists, what others have written into fields that are filled only where they are empty. The next run sends what it wants, and the destination is equal to the snapshot again.
///
/// # Errors
/// [`LedgerError::Engine`].
pub fn distrust(session: &mut Session) -> Result<Distrusted, LedgerError> {
    for plan in open_plans(session)? {
        if plan.sending {
            fold(session, &plan.tables, plan.run_id, true)?;
        }
    }
    session.transaction(|session| {
        let sql = "SELECT sync_id FROM syncs ORDER BY sync_id";
        let syncs = session.rows(sql, &[], |row| Ok(row.int(0)?.unwrap_or_default()))?;
        let mut records = 0;
        for sync_id in syncs {
            session.run_script(&drop_plan(sync_id))?;
            records += session.execute(&doubt_all(session, sync_id)?, &[])? as u64;
        }
        session.run_script("DELETE FROM list_digests; DELETE FROM occupied")?;
        let runs = session.one("SELECT coalesce(max(run_id), 0) FROM run_log", &[], |row| row.int(0))?.unwrap_or(0);
        Ok(Distrusted { records, runs })
    })
}

fn doubt_all(session: &Session, sync_id: i64) -> Result<String, EngineError> {
    let sql = "SELECT column_no FROM sync_fields WHERE sync_id = $sync_id ORDER BY column_no";
    let columns = session.rows(sql, &[("sync_id", sync_id.into())], |row| Ok(row.int(0)?.unwrap_or_default()))?;
    let mut sql = format!("UPDATE confirmed_{sync_id} SET present = NULL, first_run = 0");
    for n in columns {
        // Writing into a string cannot fail. A field that was never sent stays so.
        let _ = write!(sql, ", k{n} = CASE WHEN k{n} IS NOT NULL THEN false END");
    }
    Ok(sql)
}

/// Notes beside the ledger that a run was started with it. A ledger that knows fewer runs than were noted is an older one:
/// put back from a copy, or without its log.
///
/// # Errors
/// [`LedgerError::Folder`] where the note can't be written.
pub fn note_run(state_folder: &Path, run_id: i64) -> Result<(), LedgerError> {
    std::fs::write(note_path(state_folder), format!("{run_id}\n"))
        .map_err(|source| LedgerError::Folder { folder: state_folder.to_path_buf(), source })
}

/// Refuses a ledger that is older than the runs that were started with it: a value that has changed since, and changed
/// back, would never be sent.
///
/// # Errors
/// [`LedgerError::Older`].
pub fn refuse_older(session: &Session, state_folder: &Path) -> Result<(), LedgerError> {
    // No note, or none that can be read, says nothing.
    let note = std::fs::read_to_string(note_path(state_folder)).unwrap_or_default();
    let noted: i64 = note.trim().parse().unwrap_or(0);
    let known = session.one("SELECT coalesce(max(run_id), 0) FROM run_log", &[], |row| row.int(0))?.unwrap_or(0);
    if noted > known { Err(LedgerError::Older { known, noted }) } else { Ok(()) }
}

pub(super) fn forget_note(state_folder: &Path) -> Result<(), LedgerError> {
    match std::fs::remove_file(note_path(state_folder)) {
        Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
            Err(LedgerError::Folder { folder: state_folder.to_path_buf(), source })
        }
        _ => Ok(()),
    }
}

fn note_path(state_folder: &Path) -> PathBuf {
    state_folder.join("ledger.run")
}
