//! What a plan does, field by field.

use crate::engine::{EngineError, Session};
use crate::ledger::{SyncTables, waiting};

/// What a plan does to one field.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct FieldCounts {
    /// The destination's name of the field.
    pub field: String,
    /// Values that go along with new records.
    pub created: u64,
    /// Values that change on known records.
    pub updated: u64,
    /// Values that are emptied on records that stay.
    pub cleared: u64,
    /// Values that go with records that leave: emptied, or deleted with the record.
    pub left: u64,
    /// Values that `hold` does not send yet.
    pub waiting: u64,
}

/// Counts what a staged plan does to each field.
///
/// # Errors
/// [`EngineError`] of the query.
pub fn field_counts(session: &Session, tables: &SyncTables) -> Result<Vec<FieldCounts>, EngineError> {
    if tables.fields.is_empty() {
        return Ok(Vec::new());
    }
    // Counting values is several times cheaper than counting rows under a filter.
    let columns: Vec<String> = tables
        .fields
        .iter()
        .map(|field| {
            let n = field.column_no;
            format!(
                "count(CASE WHEN c{n} AND kind = 'added' THEN v{n} END),
                 count(CASE WHEN c{n} AND kind = 'changed' THEN v{n} END),
                 count(CASE WHEN c{n} AND kind = 'changed' AND v{n} IS NULL THEN 1 END),
                 count(CASE WHEN kind = 'left' AND (c{n} OR operation = 'delete') THEN 1 END)"
            )
        })
        .collect();
    let waiting = waiting(session, tables)?;
    let sql = format!("SELECT {} FROM {} WHERE route = 'send'", columns.join(", "), tables.staged());
    session.one(&sql, &[], |row| {
        let count = |(index, field): (usize, &crate::ledger::FieldColumn)| {
            Ok(FieldCounts {
                field: field.name.clone(),
                created: row.count(4 * index)?,
                updated: row.count(4 * index + 1)?,
                cleared: row.count(4 * index + 2)?,
                left: row.count(4 * index + 3)?,
                waiting: waiting.get(index).copied().unwrap_or_default(),
            })
        };
        tables.fields.iter().enumerate().map(count).collect()
    })
}
