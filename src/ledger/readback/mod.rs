//! Reading back: which records to look at, and what becomes of what was found.
//!
//! [`stage_look`] and [`stage_adoption`] list records in a temporary table, so that any number of them is read in pages;
//! [`note_drift`] and [`keep_adopted`] take up what a page gave.

mod adoption;
mod drift;

use chrono::{DateTime, Utc};
use lapwing_contract::{FieldType, Value};

use super::{LedgerError, SyncTables};
use crate::engine::{EngineError, Session};

pub use adoption::{Adopted, keep_adopted, stage_adoption};
pub use drift::{Drift, forget_drift, note_drift, stage_look};

/// A record that is to be read back.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// Its key.
    pub key: Value,
    /// Of each field, in the order of the tables: the value of our side, and whether the ledger knows what is there.
    pub fields: Vec<(Value, bool)>,
}

/// When the ledger learnt anything last: what was confirmed later than this, nobody knows of.
///
/// # Errors
/// [`LedgerError::Engine`].
pub fn last_settled(session: &Session) -> Result<Option<DateTime<Utc>>, LedgerError> {
    Ok(session.one("SELECT max(finished_at) FROM run_log", &[], |row| row.timestamp(0))?)
}

/// Reads a page of what was staged: the records with these numbers, in their order.
///
/// # Errors
/// [`LedgerError::Engine`].
pub fn read_candidates(
    session: &Session,
    tables: &SyncTables,
    types: &[FieldType],
    first: u64,
    last: u64,
) -> Result<Vec<Candidate>, LedgerError> {
    let fields: Vec<String> =
        tables.fields.iter().map(|field| format!(", v{0}, coalesce(k{0}, false)", field.column_no)).collect();
    let sql = format!("SELECT seq, key{} FROM candidates WHERE seq BETWEEN {first} AND {last}", fields.concat());
    let page = session.page(&sql, &[])?;
    let mut records: Vec<(i64, Candidate)> = page
        .ints(0)?
        .into_iter()
        .zip(page.column(1, &FieldType::Text)?)
        .map(|(seq, key)| (seq, Candidate { key, fields: Vec::with_capacity(types.len()) }))
        .collect();
    for (index, field_type) in types.iter().enumerate() {
        let values = page.column(2 + 2 * index, field_type)?;
        let known = page.flags(3 + 2 * index)?;
        for (((_, record), value), known) in records.iter_mut().zip(values).zip(known) {
            record.fields.push((value, known));
        }
    }
    // The parts of a streamed result come in any order, even where the query has one.
    records.sort_unstable_by_key(|(seq, _)| *seq);
    Ok(records.into_iter().map(|(_, record)| record).collect())
}

/// How many records are staged.
fn staged(session: &Session) -> Result<u64, EngineError> {
    session.one("SELECT count(*) FROM candidates", &[], |row| row.count(0))
}
