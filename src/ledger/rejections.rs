//! Records that a vendor refused, as the user sees them.

use chrono::{DateTime, Utc};

use super::LedgerError;
use crate::engine::{EngineError, Param, Row, Session};

/// A refused record.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct RejectedRow {
    /// The sync.
    pub sync: String,
    /// The key of the record.
    pub key: String,
    /// The vendor's code, or ours.
    pub code: String,
    /// The vendor's words.
    pub message: String,
    /// The field at fault, where known.
    pub field: Option<String>,
    /// What to do.
    pub hint: Option<String>,
    /// Whether the vendor could not take it for the moment only.
    pub retryable: bool,
    /// How often these values were refused.
    pub attempts: u64,
    /// The run that saw the first refusal.
    pub first_run: u64,
    /// The run that saw the last one.
    pub last_run: u64,
    /// When the same values may be tried again; none where they were given up.
    pub retry_at: Option<DateTime<Utc>>,
}

/// Whether there are refused records of a sync.
pub(crate) fn has_refusals(session: &Session, sync_id: i64) -> Result<bool, EngineError> {
    let sql = "SELECT count(*) FROM rejected WHERE sync_id = $sync_id";
    Ok(session.one(sql, &[("sync_id", sync_id.into())], |row| row.count(0))? > 0)
}

/// Which refused records are meant: all that fit what is given.
#[derive(Debug, Clone, Default)]
pub struct RejectionFilter {
    /// Those of this sync.
    pub sync: Option<String>,
    /// Those with this code.
    pub code: Option<String>,
    /// The one with this key.
    pub key: Option<String>,
}

impl RejectionFilter {
    fn params(&self) -> [(&'static str, Param); 3] {
        let of = |text: &Option<String>| text.as_deref().into();
        [("sync", of(&self.sync)), ("code", of(&self.code)), ("key", of(&self.key))]
    }
}

/// The refused records that are meant, by sync, code and key; `limit` at most.
///
/// # Errors
/// [`LedgerError::Engine`].
pub fn list_rejections(
    session: &Session,
    filter: &RejectionFilter,
    limit: u64,
) -> Result<Vec<RejectedRow>, LedgerError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM rejections
         WHERE ($sync IS NULL OR sync = $sync) AND ($code IS NULL OR code = $code)
           AND ($key IS NULL OR key = $key)
         ORDER BY sync, code, key LIMIT $limit"
    );
    let [sync, code, key] = filter.params();
    Ok(session.rows(&sql, &[sync, code, key, ("limit", super::receipts::int(limit))], rejected_row)?)
}

/// The refusal of one record that stands in a sync; none where there is none.
///
/// # Errors
/// [`LedgerError::Engine`].
pub fn rejection(session: &Session, sync_id: i64, key: &str) -> Result<Option<RejectedRow>, LedgerError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM (SELECT s.name AS sync, r.* FROM rejected AS r JOIN syncs AS s USING (sync_id))
         WHERE sync_id = $sync_id AND key = $key"
    );
    let rows = session.rows(&sql, &[("sync_id", sync_id.into()), ("key", key.into())], rejected_row)?;
    Ok(rows.into_iter().next())
}

/// What [`rejected_row`] reads.
const COLUMNS: &str = "sync, key, code, message, field, hint, retryable, attempts, first_run, last_run, retry_at";

fn rejected_row(row: &Row<'_, '_>) -> Result<RejectedRow, EngineError> {
    Ok(RejectedRow {
        sync: row.text(0)?.unwrap_or_default(),
        key: row.text(1)?.unwrap_or_default(),
        code: row.text(2)?.unwrap_or_default(),
        message: row.text(3)?.unwrap_or_default(),
        field: row.text(4)?,
        hint: row.text(5)?,
        retryable: row.bool(6)?.unwrap_or_default(),
        attempts: row.count(7)?,
        first_run: row.count(8)?,
        last_run: row.count(9)?,
        retry_at: row.timestamp(10)?,
    })
}

/// How many records are refused for one reason.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct RejectionCount {
    /// The sync.
    pub sync: String,
    /// The vendor's code, or ours.
    pub code: String,
    /// What to do.
    pub hint: Option<String>,
    /// The records.
    pub records: u64,
    /// Those among them that were refused too often: the same values are not tried again by themselves.
    pub given_up: u64,
}

/// All refused records that are meant, counted by sync and code.
///
/// # Errors
/// [`LedgerError::Engine`].
pub fn count_rejections(session: &Session, filter: &RejectionFilter) -> Result<Vec<RejectionCount>, LedgerError> {
    let sql = "SELECT sync, code, min(hint), count(*), count(*) FILTER (WHERE retry_at IS NULL) FROM rejections
               WHERE ($sync IS NULL OR sync = $sync) AND ($code IS NULL OR code = $code)
                 AND ($key IS NULL OR key = $key)
               GROUP BY sync, code ORDER BY sync, code";
    let rows = session.rows(sql, &filter.params(), |row| {
        Ok(RejectionCount {
            sync: row.text(0)?.unwrap_or_default(),
            code: row.text(1)?.unwrap_or_default(),
            hint: row.text(2)?,
            records: row.count(3)?,
            given_up: row.count(4)?,
        })
    })?;
    Ok(rows)
}

/// Lets refused records be tried again by the next run, as often as new ones, and tells how many.
///
/// # Errors
/// [`LedgerError::Engine`].
pub fn retry_rejections(session: &mut Session, filter: &RejectionFilter) -> Result<u64, LedgerError> {
    let sql = "UPDATE rejected SET retry_at = TIMESTAMP '1970-01-01', attempts = 0
               WHERE ($sync IS NULL OR sync_id IN (SELECT sync_id FROM syncs WHERE name = $sync))
                 AND ($code IS NULL OR code = $code) AND ($key IS NULL OR key = $key)";
    Ok(session.execute(sql, &filter.params())? as u64)
}
