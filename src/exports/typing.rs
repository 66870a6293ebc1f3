//! Types for the text columns that expressions compute with: what most of a column's values are.
//!
//! All rows are looked at, so that neither a sample without decimals nor a broken value at the beginning decides; a
//! value of another type than most becomes a bad row. Numbers are exact decimals.

use std::collections::{BTreeMap, BTreeSet};

use super::reading::Raw;
use crate::engine::{EngineError, Session, quote_identifier};

/// How many rows decide where nothing but the shape of the mapping is wanted.
const SAMPLE: usize = 20_000;

/// The types of `columns`, for those that are not texts.
pub(super) fn of_texts(
    session: &Session,
    raw: &Raw,
    columns: &BTreeSet<String>,
    sample: bool,
) -> Result<BTreeMap<String, &'static str>, EngineError> {
    let mut types = BTreeMap::new();
    if columns.is_empty() {
        return Ok(types);
    }
    let mut counts = Vec::new();
    for column in columns {
        let value = format!("nullif(trim({}), '')", quote_identifier(column));
        let date = format!("length({value}) <= 10 AND TRY_CAST({value} AS DATE) IS NOT NULL");
        counts.push(format!(
            "count({value}), count(TRY_CAST({value} AS DECIMAL(18,6))), count(*) FILTER ({date}),
             count(TRY_CAST({value} AS TIMESTAMP)), count(TRY_CAST({value} AS BOOLEAN))"
        ));
    }
    let limit = if sample { format!(" LIMIT {SAMPLE}") } else { String::new() };
    let sql = format!("SELECT {} FROM (SELECT * FROM {}{limit})", counts.join(", "), raw.source);
    let found = session.one(&sql, &[], |row| {
        (0..columns.len()).map(|at| (0..5).map(|kind| row.count(5 * at + kind)).collect()).collect()
    })?;
    let found: Vec<Vec<u64>> = found;
    for (column, counts) in columns.iter().zip(found) {
        if let [values, decimals, dates, times, flags] = counts.as_slice() {
            let most = |count: &u64| 2 * count > *values;
            let kinds = [(decimals, "DECIMAL(18,6)"), (dates, "DATE"), (times, "TIMESTAMP"), (flags, "BOOLEAN")];
            types.extend(kinds.into_iter().find(|(count, _)| most(count)).map(|(_, kind)| (column.clone(), kind)));
        }
    }
    Ok(types)
}
