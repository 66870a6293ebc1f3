//! A few changes of a plan, for somebody who looks before it is sent.

use crate::engine::{EngineError, Row, Session};
use crate::ledger::SyncTables;

/// One change of a plan.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct SampleChange {
    /// added, changed or left.
    pub kind: String,
    /// The key; its first letter only, where values are masked.
    pub key: String,
    /// What is sent.
    pub fields: Vec<SampleField>,
}

/// A value that is sent, as text.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct SampleField {
    /// The destination's name of the field.
    pub field: String,
    /// What the destination has confirmed; none where it has no value, or nobody can tell.
    pub before: Option<String>,
    /// The new value; none where the field is emptied.
    pub value: Option<String>,
}

/// What stands for a value that is not shown.
pub const MASK: &str = "•••";

/// The first changes of each kind, `each` at most. Unless `show_values`, keys and values are masked: plans are printed
/// in logs and pull requests.
///
/// # Errors
/// [`EngineError`] of the query.
pub fn sample_changes(
    session: &Session,
    tables: &SyncTables,
    each: u32,
    show_values: bool,
) -> Result<Vec<SampleChange>, EngineError> {
    let columns =
        |line: &dyn Fn(i64) -> String| -> String { tables.fields.iter().map(|field| line(field.column_no)).collect() };
    let picked = columns(&|n| format!(", v{n}, c{n}"));
    let shown = columns(&|n| {
        format!(", coalesce(s.c{n}, false), CASE WHEN l.k{n} THEN CAST(l.v{n} AS VARCHAR) END, CAST(s.v{n} AS VARCHAR)")
    });
    let sql = format!(
        "WITH picked AS (
             SELECT seq, kind, key{picked} FROM {} WHERE route = 'send'
             QUALIFY row_number() OVER (PARTITION BY kind ORDER BY seq) <= {each}
         )
         SELECT s.kind, s.key{shown} FROM picked AS s LEFT JOIN {} AS l ON l.key = s.key ORDER BY s.seq",
        tables.staged(),
        tables.confirmed()
    );
    session.rows(&sql, &[], |row| {
        let key = row.text(1)?.unwrap_or_default();
        Ok(SampleChange {
            kind: row.text(0)?.unwrap_or_default(),
            key: if show_values { key } else { masked_key(&key) },
            fields: sent_fields(row, tables, show_values)?,
        })
    })
}

fn sent_fields(row: &Row<'_, '_>, tables: &SyncTables, show_values: bool) -> Result<Vec<SampleField>, EngineError> {
    let text = |index| {
        let value = row.text(index)?;
        Ok::<_, EngineError>(if show_values { value } else { value.map(|_| MASK.to_owned()) })
    };
    let mut fields = Vec::new();
    for (index, field) in tables.fields.iter().enumerate() {
        let first = 2 + 3 * index;
        if row.bool(first)?.unwrap_or(false) {
            let (before, value) = (text(first + 1)?, text(first + 2)?);
            fields.push(SampleField { field: field.name.clone(), before, value });
        }
    }
    Ok(fields)
}

fn masked_key(key: &str) -> String {
    key.chars().take(1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_masked_key_keeps_its_first_letter() {
        assert_eq!(masked_key("ada@example.com"), "a…");
        assert_eq!(masked_key("é"), "é…");
    }
}
