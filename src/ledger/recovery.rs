//! Picking up after a run that ended early: its jobs are followed, what was confirmed is kept, the rest is planned anew.

use super::confirmed::known_fields;
use super::{LedgerError, SeqRange, SyncTables};
use crate::engine::Session;

/// A plan that a run left behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenPlan {
    /// The name of the sync.
    pub sync: String,
    /// Its tables, with the fields that the plan was made for.
    pub tables: SyncTables,
    /// The run that made it.
    pub run_id: i64,
    /// Whether anything may have been sent.
    pub sending: bool,
    /// The fingerprint it was made under.
    pub fingerprint: String,
    /// The counts of the plan, as JSON.
    pub counts: String,
}

/// A job that was running when its run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingJob {
    /// The batch.
    pub batch_no: u64,
    /// The records of the part.
    pub range: SeqRange,
    /// The vendor's handle.
    pub job: String,
    /// What the batch does.
    pub operation: String,
}

/// The plans that are staged or under way.
///
/// # Errors
/// [`LedgerError::Engine`].
pub fn open_plans(session: &Session) -> Result<Vec<OpenPlan>, LedgerError> {
    let sql = "SELECT s.name, p.sync_id, p.run_id, p.state = 'sending', p.fingerprint, p.counts
               FROM plans p JOIN syncs s USING (sync_id) ORDER BY p.sync_id";
    let plans = session.rows(sql, &[], |row| {
        Ok(OpenPlan {
            sync: row.text(0)?.unwrap_or_default(),
            tables: SyncTables { sync_id: row.int(1)?.unwrap_or_default(), fields: Vec::new() },
            run_id: row.int(2)?.unwrap_or_default(),
            sending: row.bool(3)?.unwrap_or_default(),
            fingerprint: row.text(4)?.unwrap_or_default(),
            counts: row.text(5)?.unwrap_or_default(),
        })
    })?;
    plans
        .into_iter()
        .map(|mut plan| {
            plan.tables.fields = known_fields(session, plan.tables.sync_id)?;
            Ok(plan)
        })
        .collect()
}

/// The jobs of a plan that no later receipt has settled.
///
/// # Errors
/// [`LedgerError::Engine`].
pub fn pending_jobs(session: &Session, sync_id: i64) -> Result<Vec<PendingJob>, LedgerError> {
    let sql = "SELECT r.batch_no, r.first_seq, r.last_seq, r.job, b.operation
               FROM receipts r JOIN batches b USING (sync_id, batch_no)
               WHERE r.sync_id = $sync_id AND r.outcome = 'pending' AND NOT EXISTS (
                   SELECT 1 FROM receipts later WHERE later.sync_id = r.sync_id AND later.receipt_no > r.receipt_no
                   AND later.first_seq <= r.first_seq AND later.last_seq >= r.last_seq)
               ORDER BY r.receipt_no";
    let jobs = session.rows(sql, &[("sync_id", sync_id.into())], |row| {
        Ok(PendingJob {
            batch_no: row.count(0)?,
            range: SeqRange { first: row.count(1)?, last: row.count(2)? },
            job: row.text(3)?.unwrap_or_default(),
            operation: row.text(4)?.unwrap_or_default(),
        })
    })?;
    Ok(jobs)
}

/// Drops a plan of which nothing was sent.
///
/// # Errors
/// [`LedgerError::Engine`].
pub fn abandon(session: &mut Session, sync_id: i64) -> Result<(), LedgerError> {
    session.transaction(|session| {
        session.run_script(&format!(
            "DELETE FROM plans WHERE sync_id = {sync_id}; DELETE FROM batches WHERE sync_id = {sync_id};
             DELETE FROM receipts WHERE sync_id = {sync_id}; DELETE FROM exceptions WHERE sync_id = {sync_id};
             DROP TABLE IF EXISTS staged_{sync_id};"
        ))?;
        Ok(())
    })
}
