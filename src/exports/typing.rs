//! Types for the text columns that expressions compute with: what most of a column's values are.
//!
//! All rows are looked at, so that neither a sample without decimals nor a broken value at the beginning decides; a
//! value of another type than most becomes a bad row. Numbers are exact decimals.

use std::collections::{BTreeMap, BTreeSet};

use super::reading::Raw;
use crate::engine::{EngineError, Session, quote_identifier};

/// How many rows decide where nothing but the shape of the mapping is wanted.
const SAMPLE: usize = 20_000;

/// What the values of a text column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TextType {
    /// There are no values: NULL, of any type.
    Nothing,
    Number,
    Date,
    Time,
    Flag,
}

impl TextType {
    /// The value of `text`, or NULL.
    pub(super) fn read(self, text: &str) -> String {
        match self {
            Self::Nothing => "NULL".to_owned(),
            Self::Number => format!("TRY_CAST({text} AS DECIMAL(18,6))"),
            Self::Date => format!("CASE WHEN length({text}) <= 10 THEN TRY_CAST({text} AS DATE) END"),
            // A cast straight to TIMESTAMP drops the offset: 12:00+02:00 would be noon in UTC.
            Self::Time => format!("CAST(TRY_CAST({text} AS TIMESTAMPTZ) AS TIMESTAMP)"),
            Self::Flag => format!("TRY_CAST({text} AS BOOLEAN)"),
        }
    }
}

const KINDS: [TextType; 4] = [TextType::Number, TextType::Date, TextType::Time, TextType::Flag];

/// The types of `columns`, for those that are not texts.
pub(super) fn of_texts(
    session: &Session,
    raw: &Raw,
    columns: &BTreeSet<String>,
    sample: bool,
) -> Result<BTreeMap<String, TextType>, EngineError> {
    let mut types = BTreeMap::new();
    if columns.is_empty() {
        return Ok(types);
    }
    let mut counts = Vec::new();
    for column in columns {
        let value = format!("nullif(trim({}), '')", quote_identifier(column));
        counts.push(format!("count({value})"));
        counts.extend(KINDS.map(|kind| format!("count({})", kind.read(&value))));
    }
    let limit = if sample { format!(" LIMIT {SAMPLE}") } else { String::new() };
    let sql = format!("SELECT {} FROM (SELECT * FROM {}{limit})", counts.join(", "), raw.source);
    let kinds = KINDS.len() + 1;
    let found: Vec<u64> = session.one(&sql, &[], |row| (0..columns.len() * kinds).map(|at| row.count(at)).collect())?;
    for (column, counts) in columns.iter().zip(found.chunks_exact(kinds)) {
        let Some((values, counts)) = counts.split_first() else { continue };
        let most = KINDS.into_iter().zip(counts).find(|(_, count)| 2 * **count > *values).map(|(kind, _)| kind);
        types.extend(if *values == 0 { Some(TextType::Nothing) } else { most }.map(|kind| (column.clone(), kind)));
    }
    Ok(types)
}
