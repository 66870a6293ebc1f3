//! Opening: where the ledger is, and whether this Lapwing can read it.

use std::path::{Path, PathBuf};

use fail::fail_point;

use super::{LedgerError, views};
use crate::engine::Session;

/// The format that this Lapwing writes.
const FORMAT: i64 = 3;

/// The ledger's file in a state folder.
pub fn database_path(state_folder: &Path) -> PathBuf {
    state_folder.join("ledger.duckdb")
}

/// Makes a new ledger, or checks an old one.
///
/// # Errors
/// [`LedgerError::Newer`], or [`LedgerError::Engine`] where the file can't be read.
pub fn prepare(session: &mut Session) -> Result<(), LedgerError> {
    if session.has_relation("ledger_format")? {
        let found = session.one("SELECT max(version) FROM ledger_format", &[], |row| row.int(0))?.unwrap_or(0);
        if found > FORMAT {
            return Err(LedgerError::Newer { found, known: FORMAT });
        }
        if found < FORMAT {
            migrate(session)?;
        }
        return Ok(());
    }
    session.transaction(|session| {
        session.run_script(include_str!("schema.sql"))?;
        fail_point!("making-ledger", |_| std::process::abort());
        session.execute("INSERT INTO ledger_format VALUES ($version)", &[("version", FORMAT.into())])?;
        Ok(views::refresh(session)?)
    })
}

/// Brings an older ledger to this format. Each format has tables that the one before does not (2: the order of lists,
/// 3: the history of segments); nothing else moved.
fn migrate(session: &mut Session) -> Result<(), LedgerError> {
    session.transaction(|session| {
        session.run_script(include_str!("schema.sql"))?;
        session.execute("UPDATE ledger_format SET version = $version", &[("version", FORMAT.into())])?;
        Ok(views::refresh(session)?)
    })
}
