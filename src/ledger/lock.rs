//! One process at a time: a lock file beside the ledger that says who holds it.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use super::LedgerError;

/// The lock on a state folder. The operating system gives it up when the process ends, however it ends.
#[derive(Debug)]
pub struct LedgerLock {
    _file: File,
}

/// Who holds a lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockHolder {
    /// One line: process, command and since when.
    pub line: String,
}

impl LedgerLock {
    /// Takes the lock, or says who has it.
    ///
    /// # Errors
    /// [`LedgerError::InUse`], or [`LedgerError::Folder`] where the folder can't be written.
    pub fn take(state_folder: &Path, command: &str, now: DateTime<Utc>) -> Result<Self, LedgerError> {
        let failed = |source| LedgerError::Folder { folder: state_folder.to_path_buf(), source };
        std::fs::create_dir_all(state_folder).map_err(failed)?;
        let path = lock_path(state_folder);
        let mut file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {
                let line = format!("process {} (`{command}`, since {})", std::process::id(), now.format("%F %T UTC"));
                file.set_len(0).and_then(|()| file.write_all(line.as_bytes())).map_err(failed)?;
                Ok(Self { _file: file })
            }
            Err(TryLockError::WouldBlock) => {
                let holder = read_holder(&mut file).map_or_else(|| "another process".to_owned(), |holder| holder.line);
                Err(LedgerError::InUse { folder: state_folder.to_path_buf(), holder })
            }
            Err(TryLockError::Error(source)) => Err(failed(source)),
        }
    }
}

fn lock_path(state_folder: &Path) -> PathBuf {
    state_folder.join("ledger.lock")
}

fn read_holder(file: &mut File) -> Option<LockHolder> {
    let mut line = String::new();
    file.seek(SeekFrom::Start(0)).ok()?;
    file.take(500).read_to_string(&mut line).ok()?;
    (!line.trim().is_empty()).then(|| LockHolder { line: line.trim().to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_to_come_is_told_who_was_first() {
        let folder = tempfile::tempdir().unwrap();
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let held = LedgerLock::take(folder.path(), "sync a.toml", now).unwrap();
        let refused = LedgerLock::take(folder.path(), "status", now).unwrap_err().to_string();
        assert!(refused.contains("`sync a.toml`, since 2027-01-15 08:00:00 UTC"), "{refused}");
        drop(held);
        assert!(LedgerLock::take(folder.path(), "status", now).is_ok());
    }
}
