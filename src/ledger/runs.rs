//! The history of runs.

use chrono::{DateTime, Utc};
use fail::fail_point;

use super::LedgerError;
use crate::engine::{Param, Session};

/// The figures of one sync in one run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunSummary {
    /// The number of the sync in the ledger.
    pub sync_id: i64,
    /// Rows, added, changed, left, unchanged, confirmed, rejected, pending, unknown, held, requests, `duration_ms`.
    pub figures: [u64; 12],
    /// The guard or error that ended it.
    pub stopped_by: Option<String>,
}

/// A run as `status` shows it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct RunRow {
    /// The number of the run.
    pub run_id: u64,
    /// The command.
    pub command: String,
    /// The sync.
    pub sync: Option<String>,
    /// The attributes' point in time.
    pub as_of: Option<DateTime<Utc>>,
    /// When it began.
    pub started_at: Option<DateTime<Utc>>,
    /// done, rejections, guarded, failed; none where it was killed.
    pub outcome: Option<String>,
    /// Rows of the snapshot.
    pub rows: u64,
    /// Keys added.
    pub added: u64,
    /// Keys changed.
    pub changed: u64,
    /// Keys left.
    pub left: u64,
    /// Changes confirmed.
    pub confirmed: u64,
    /// Records refused.
    pub rejected: u64,
    /// Records whose job runs on.
    pub pending: u64,
    /// Records whose fate is open.
    pub unknown: u64,
    /// Requests made.
    pub requests: u64,
    /// The guard or error that ended it.
    pub stopped_by: Option<String>,
}

/// Enters a run and gives its number: 1, 2, 3, …
///
/// # Errors
/// [`LedgerError::Engine`].
pub fn start_run(
    session: &mut Session,
    command: &str,
    sync_file: &str,
    as_of: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<i64, LedgerError> {
    let sql = "INSERT INTO run_log
               SELECT coalesce(max(run_id), 0) + 1, $command, $sync_file, $as_of, $now, NULL, NULL FROM run_log
               RETURNING run_id";
    let run =
        [("command", command.into()), ("sync_file", sync_file.into()), ("as_of", as_of.into()), ("now", now.into())];
    let run_id = session.one(sql, &run, |row| row.int(0))?.unwrap_or(1);
    fail_point!("run-entered", |_| std::process::abort());
    Ok(run_id)
}

/// Closes a run with its figures.
///
/// # Errors
/// [`LedgerError::Engine`].
pub fn finish_run(
    session: &mut Session,
    run_id: i64,
    outcome: &str,
    now: DateTime<Utc>,
    syncs: &[RunSummary],
) -> Result<(), LedgerError> {
    session.transaction(|session| {
        for sync in syncs {
            let figures: Vec<String> = sync.figures.iter().map(u64::to_string).collect();
            let sql = format!("INSERT INTO run_syncs VALUES ($run_id, $sync_id, {}, $stopped_by)", figures.join(", "));
            session.execute(
                &sql,
                &[
                    ("run_id", run_id.into()),
                    ("sync_id", sync.sync_id.into()),
                    ("stopped_by", sync.stopped_by.as_deref().map_or(Param::Null, Param::from)),
                ],
            )?;
        }
        session.execute(
            "UPDATE run_log SET finished_at = $now, outcome = $outcome WHERE run_id = $run_id",
            &[("now", now.into()), ("outcome", outcome.into()), ("run_id", run_id.into())],
        )?;
        Ok(())
    })
}

/// A run that used up a plan, or left none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AfterPlan {
    /// The run.
    pub run_id: u64,
    /// Its command.
    pub command: String,
    /// Whether it is the plan itself, of which nothing was kept.
    pub is_plan: bool,
}

/// Why there is no plan: the first run that sent since the latest `plan`, or that one itself. None where nobody planned.
///
/// # Errors
/// [`LedgerError::Engine`].
pub fn after_plan(session: &Session) -> Result<Option<AfterPlan>, LedgerError> {
    let sql = "SELECT run_id, command, command = 'plan' FROM run_log
               WHERE run_id >= (SELECT max(run_id) FROM run_log WHERE command = 'plan') AND outcome <> 'failed'
               ORDER BY command = 'plan', run_id LIMIT 1";
    let runs = session.rows(sql, &[], |row| {
        let (command, is_plan) = (row.text(1)?.unwrap_or_default(), row.bool(2)?.unwrap_or_default());
        Ok(AfterPlan { run_id: row.count(0)?, command, is_plan })
    })?;
    Ok(runs.into_iter().next())
}

/// The latest runs, newest first, one row a run and sync.
///
/// # Errors
/// [`LedgerError::Engine`].
pub fn latest_runs(session: &Session, runs: u64) -> Result<Vec<RunRow>, LedgerError> {
    let sql = "SELECT r.run_id, r.command, y.name, r.as_of, r.started_at, r.outcome, s.rows, s.added, s.changed,
                      s.\"left\", s.confirmed, s.rejected, s.pending, s.unknown, s.requests, s.stopped_by
               FROM (SELECT * FROM run_log ORDER BY run_id DESC LIMIT $runs) AS r
               LEFT JOIN run_syncs AS s USING (run_id) LEFT JOIN syncs AS y USING (sync_id)
               ORDER BY r.run_id DESC, y.sync_id";
    let rows = session.rows(sql, &[("runs", super::receipts::int(runs))], |row| {
        Ok(RunRow {
            run_id: row.count(0)?,
            command: row.text(1)?.unwrap_or_default(),
            sync: row.text(2)?,
            as_of: row.timestamp(3)?,
            started_at: row.timestamp(4)?,
            outcome: row.text(5)?,
            rows: row.count(6)?,
            added: row.count(7)?,
            changed: row.count(8)?,
            left: row.count(9)?,
            confirmed: row.count(10)?,
            rejected: row.count(11)?,
            pending: row.count(12)?,
            unknown: row.count(13)?,
            requests: row.count(14)?,
            stopped_by: row.text(15)?,
        })
    })?;
    Ok(rows)
}
