//! The workbench of a run: the lock, the engine with the ledger, and the run's number.

use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::engine::Engine;
use crate::ledger::{self, LedgerError, LedgerLock};
use crate::report::Printer;

use super::Failure;
use super::project::Project;

/// How long `--wait` lets pass between two looks at the lock.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// The ledger, open and held.
pub(super) struct Workbench {
    pub(super) engine: Engine,
    _lock: LedgerLock,
}

impl Workbench {
    /// Takes the lock and opens the ledger of a project.
    pub(super) async fn open(project: &Project, command: &str, wait: bool, printer: &Printer) -> Result<Self, Failure> {
        Self::open_beside(project, command, wait, &[], printer).await
    }

    /// The same with folders that the command writes to.
    pub(super) async fn open_beside(
        project: &Project,
        command: &str,
        wait: bool,
        folders: &[PathBuf],
        printer: &Printer,
    ) -> Result<Self, Failure> {
        let bench = Self::take(project, command, wait, folders, printer).await?;
        let state_folder = project.state_folder();
        bench.engine.run(move |session| ledger::refuse_older(session, &state_folder)).await?;
        Ok(bench)
    }

    /// The same for the one command that takes a ledger as it is, older than what was run with it.
    pub(super) async fn open_older(
        project: &Project,
        command: &str,
        wait: bool,
        printer: &Printer,
    ) -> Result<Self, Failure> {
        Self::take(project, command, wait, &[], printer).await
    }

    async fn take(
        project: &Project,
        command: &str,
        wait: bool,
        folders: &[PathBuf],
        printer: &Printer,
    ) -> Result<Self, Failure> {
        let state_folder = project.state_folder();
        let command = format!("{command} {}", project.path.display());
        let mut told = false;
        let lock = loop {
            match LedgerLock::take(&state_folder, &command, Utc::now()) {
                Ok(lock) => break lock,
                Err(error @ LedgerError::InUse { .. }) if wait => {
                    if !told {
                        printer.talk(&format!("{error}; waiting"));
                        told = true;
                    }
                    tokio::time::sleep(LOOK_AGAIN).await;
                }
                Err(error) => return Err(error.into()),
            }
        };
        let options = project.engine_options(Some(ledger::database_path(&state_folder)), folders);
        let engine = ledger::open(&state_folder, options).await?;
        Ok(Self { engine, _lock: lock })
    }

    /// Enters a run.
    pub(super) async fn start_run(
        &self,
        project: &Project,
        command: &'static str,
        as_of: DateTime<Utc>,
    ) -> Result<i64, Failure> {
        let path = project.path.display().to_string();
        let run = self.engine.run(move |session| ledger::start_run(session, command, &path, as_of, Utc::now())).await?;
        ledger::note_run(&project.state_folder(), run)?;
        Ok(run)
    }
}

/// The time that a run computes for: as asked for, as the sync file says, or now.
pub(super) fn as_of(project: &Project, asked: Option<DateTime<Utc>>) -> DateTime<Utc> {
    asked.or(project.file.as_of).unwrap_or_else(Utc::now)
}
