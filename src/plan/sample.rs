//! A few changes of a plan, for somebody who looks before it is sent.

use crate::engine::{EngineError, Session};
use crate::ledger::SyncTables;

/// One change of a plan.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct SampleChange {
    /// added, changed or left.
    pub kind: String,
    /// The key; its first letter only, where values are masked.
    pub key: String,
    /// Field and new value of what is sent; none where the field is emptied.
    pub fields: Vec<(String, Option<String>)>,
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
    let fields: Vec<String> = tables
        .fields
        .iter()
        .map(|field| format!(", CAST(v{0} AS VARCHAR), coalesce(c{0}, false)", field.column_no))
        .collect();
    let fields = fields.concat();
    let sql = format!(
        "SELECT kind, key{fields} FROM {} WHERE route = 'send'
         QUALIFY row_number() OVER (PARTITION BY kind ORDER BY seq) <= {each} ORDER BY seq",
        tables.staged()
    );
    session.rows(&sql, &[], |row| {
        let key = row.text(1)?.unwrap_or_default();
        let mut sent = Vec::new();
        for (index, field) in tables.fields.iter().enumerate() {
            if row.bool(3 + 2 * index)?.unwrap_or(false) {
                let value = row.text(2 + 2 * index)?;
                let value = if show_values { value } else { value.map(|_| MASK.to_owned()) };
                sent.push((field.name.clone(), value));
            }
        }
        let kind = row.text(0)?.unwrap_or_default();
        Ok(SampleChange { kind, key: if show_values { key } else { masked_key(&key) }, fields: sent })
    })
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
