//! Records that a vendor refused, as the user sees them.

use super::LedgerError;
use crate::engine::Session;

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
    /// Whether the same values are tried again by themselves.
    pub retryable: bool,
    /// How often these values were refused.
    pub attempts: u64,
    /// The run that saw the first refusal.
    pub first_run: u64,
    /// The run that saw the last one.
    pub last_run: u64,
}

/// The refused records of one sync or of all, by sync, code and key; `limit` at most.
///
/// # Errors
/// [`LedgerError::Engine`].
pub fn list_rejections(session: &Session, sync: Option<&str>, limit: u64) -> Result<Vec<RejectedRow>, LedgerError> {
    let sql = "SELECT sync, key, code, message, field, hint, retryable, attempts, first_run, last_run FROM rejections
               WHERE $sync IS NULL OR sync = $sync ORDER BY sync, code, key LIMIT $limit";
    let rows = session.rows(sql, &[("sync", sync.into()), ("limit", super::receipts::int(limit))], |row| {
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
        })
    })?;
    Ok(rows)
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
}

/// All refused records of one sync or of all, counted by sync and code.
///
/// # Errors
/// [`LedgerError::Engine`].
pub fn count_rejections(session: &Session, sync: Option<&str>) -> Result<Vec<RejectionCount>, LedgerError> {
    let sql = "SELECT sync, code, min(hint), count(*) FROM rejections
               WHERE $sync IS NULL OR sync = $sync GROUP BY sync, code ORDER BY sync, code";
    let rows = session.rows(sql, &[("sync", sync.into())], |row| {
        Ok(RejectionCount {
            sync: row.text(0)?.unwrap_or_default(),
            code: row.text(1)?.unwrap_or_default(),
            hint: row.text(2)?,
            records: row.count(3)?,
        })
    })?;
    Ok(rows)
}
