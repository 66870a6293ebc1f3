//! Picking up after a run that ended early: its jobs are followed, what was confirmed is kept, the rest is planned anew.

use super::confirmed::known_fields;
use super::{LedgerError, SeqRange, SyncTables};
use crate::engine::Session;

/// A plan that a run left behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenPlan {
    /// The name of the sync.
    pub sync: String,
    /// The account that it was made for.
    pub account: String,
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
    /// The records that it decides about, in order.
    pub ranges: Vec<SeqRange>,
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
    // Mostly there are none, which one table tells faster than two.
    if session.one("SELECT count(*) FROM plans", &[], |row| row.count(0))? == 0 {
        return Ok(Vec::new());
    }
    let sql = "SELECT s.name, p.sync_id, p.run_id, p.state = 'sending', p.fingerprint, p.counts, s.account
               FROM plans p JOIN syncs s USING (sync_id) ORDER BY p.sync_id";
    let plans = session.rows(sql, &[], |row| {
        Ok(OpenPlan {
            sync: row.text(0)?.unwrap_or_default(),
            tables: SyncTables { sync_id: row.int(1)?.unwrap_or_default(), fields: Vec::new() },
            run_id: row.int(2)?.unwrap_or_default(),
            sending: row.bool(3)?.unwrap_or_default(),
            fingerprint: row.text(4)?.unwrap_or_default(),
            counts: row.text(5)?.unwrap_or_default(),
            account: row.text(6)?.unwrap_or_default(),
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

/// The jobs of a plan that no later receipt has settled. All that a job says is kept at once, so that a later receipt
/// about any of its records is one about the job.
///
/// # Errors
/// [`LedgerError::Engine`].
pub fn pending_jobs(session: &Session, sync_id: i64) -> Result<Vec<PendingJob>, LedgerError> {
    let sql = "SELECT r.receipt_no, r.batch_no, r.first_seq, r.last_seq, r.job, b.operation
               FROM receipts r JOIN batches b USING (sync_id, batch_no)
               WHERE r.sync_id = $sync_id AND r.outcome = 'pending' AND NOT EXISTS (
                   SELECT 1 FROM receipts later WHERE later.sync_id = r.sync_id AND later.receipt_no > r.receipt_no
                   AND later.first_seq <= r.last_seq AND later.last_seq >= r.first_seq
               ) AND NOT EXISTS (
                   SELECT 1 FROM exceptions later WHERE later.sync_id = r.sync_id AND later.receipt_no > r.receipt_no
                   AND later.seq BETWEEN r.first_seq AND r.last_seq
               )
               ORDER BY r.receipt_no, r.job, r.first_seq";
    let parts = session.rows(sql, &[("sync_id", sync_id.into())], |row| {
        let job = PendingJob {
            batch_no: row.count(1)?,
            ranges: vec![SeqRange { first: row.count(2)?, last: row.count(3)? }],
            job: row.text(4)?.unwrap_or_default(),
            operation: row.text(5)?.unwrap_or_default(),
        };
        Ok((row.count(0)?, job))
    })?;
    let mut jobs: Vec<(u64, PendingJob)> = Vec::new();
    for (receipt_no, part) in parts {
        match jobs.last_mut() {
            Some((last_no, job)) if *last_no == receipt_no && job.job == part.job => job.ranges.extend(part.ranges),
            _ => jobs.push((receipt_no, part)),
        }
    }
    Ok(jobs.into_iter().map(|(_, job)| job).collect())
}

/// Drops the plan of a sync, where there is one and nothing of it was sent.
///
/// # Errors
/// [`LedgerError::UnderWay`] where something may have been sent: what was confirmed is not folded yet, and would be lost.
pub fn abandon(session: &mut Session, sync_id: i64) -> Result<(), LedgerError> {
    session.transaction(|session| drop_unsent(session, sync_id))
}

/// As [`abandon`], within a transaction.
pub(super) fn drop_unsent(session: &Session, sync_id: i64) -> Result<(), LedgerError> {
    // What belongs to a plan comes and goes with its row: where there is none, nothing has to be dropped.
    if is_planned(session, sync_id)? {
        session.run_script(&drop_plan(sync_id))?;
    }
    Ok(())
}

/// Statements that drop a plan and all that belongs to it.
pub(super) fn drop_plan(sync_id: i64) -> String {
    format!(
        "DELETE FROM plans WHERE sync_id = {sync_id}; DELETE FROM batches WHERE sync_id = {sync_id};
         DELETE FROM receipts WHERE sync_id = {sync_id}; DELETE FROM exceptions WHERE sync_id = {sync_id};
         DELETE FROM staged_held_values WHERE sync_id = {sync_id};
         DROP TABLE IF EXISTS staged_{sync_id};"
    )
}

/// Nothing under an unfolded plan may move: neither the plan itself nor the columns that it will be folded into.
pub(super) fn refuse_under_way(session: &Session, sync_id: i64) -> Result<(), LedgerError> {
    is_planned(session, sync_id).map(|_| ())
}

/// Whether a plan of the sync is staged. One that is under way is refused as [`abandon`] says.
fn is_planned(session: &Session, sync_id: i64) -> Result<bool, LedgerError> {
    let sync = [("sync_id", sync_id.into())];
    let state = session.rows("SELECT state FROM plans WHERE sync_id = $sync_id", &sync, |row| row.text(0))?;
    if !state.iter().flatten().any(|state| state == "sending") {
        return Ok(!state.is_empty());
    }
    let name = session.rows("SELECT name FROM syncs WHERE sync_id = $sync_id", &sync, |row| row.text(0))?;
    Err(LedgerError::UnderWay { sync: name.into_iter().flatten().next().unwrap_or_default() })
}
