//! The input checks: one pass over a relation that counts what is wrong with it.

use chrono::{DateTime, Utc};

use super::Relation;
use super::rows::PROBLEM;
use crate::engine::{EngineError, Session, quote_identifier, timestamp_literal};

/// What one pass over a relation found.
#[derive(Debug, Clone, Default)]
pub(super) struct Checked {
    pub(super) rows: u64,
    pub(super) later_rows: u64,
    pub(super) problems: Vec<(String, u64)>,
    pub(super) unknown_customers: u64,
    /// Good rows beyond the first of their key. Exact but for one chance in 10^5 at ten million rows, where two keys
    /// share a 64-bit hash; then the exact pass that follows finds none.
    pub(super) repeated_keys: u64,
    pub(super) time_range: Option<(DateTime<Utc>, DateTime<Utc>)>,
}

impl Checked {
    pub(super) fn is_clean(&self) -> bool {
        self.problems.is_empty() && self.unknown_customers == 0 && self.repeated_keys == 0
    }
}

/// The condition that a row exists at `as_of`.
pub(super) fn exists_at(relation: Relation, as_of: DateTime<Utc>) -> String {
    match relation.time_column() {
        Some(column) => format!("{column} <= {}", timestamp_literal(as_of)),
        None => "true".to_owned(),
    }
}

/// The condition that the customer of a row is known.
pub(super) const KNOWN_CUSTOMER: &str = "customer_id IN (SELECT customer_id FROM customers)";

/// The column that says whether the customer of a row is known, in the pass that counts.
const KNOWN: &str = "\"lapwing known\"";

/// Counts rows and problems of `checked`, a relation with a [`PROBLEM`] column.
pub(super) fn count(
    session: &Session,
    relation: Relation,
    checked: &str,
    as_of: DateTime<Utc>,
    has_customers: bool,
) -> Result<Checked, EngineError> {
    let checked = quote_identifier(checked);
    let exists = exists_at(relation, as_of);
    let known = if has_customers && relation.belongs_to_customers() { KNOWN_CUSTOMER } else { "true" };
    let good = format!("{PROBLEM} IS NULL AND {exists}");
    let distinct = match relation.unique_key() {
        Some(key) => format!("count(DISTINCT hash({key})) FILTER (WHERE {good} AND {KNOWN})"),
        None => format!("count(*) FILTER (WHERE {good} AND {KNOWN})"),
    };
    let time = relation.time_column().unwrap_or("CAST(NULL AS TIMESTAMP)");
    let sql = format!(
        "SELECT count(*),
                count(*) FILTER (WHERE {PROBLEM} IS NULL AND NOT ({exists})),
                count(*) FILTER (WHERE {good} AND NOT {KNOWN}),
                count(*) FILTER (WHERE {good} AND {KNOWN}) - {distinct},
                count({PROBLEM}),
                min({time}) FILTER (WHERE {good} AND {KNOWN}),
                max({time}) FILTER (WHERE {good} AND {KNOWN})
         FROM (SELECT *, {known} AS {KNOWN} FROM {checked})"
    );
    let (mut found, bad_rows) = session.one(&sql, &[], |row| {
        let found = Checked {
            rows: row.count(0)?,
            later_rows: row.count(1)?,
            unknown_customers: row.count(2)?,
            repeated_keys: row.count(3)?,
            problems: Vec::new(),
            time_range: row.timestamp(5)?.zip(row.timestamp(6)?),
        };
        Ok((found, row.count(4)?))
    })?;
    if bad_rows > 0 {
        let sql = format!(
            "SELECT {PROBLEM}, count(*) FROM {checked} WHERE {PROBLEM} IS NOT NULL GROUP BY ALL ORDER BY 2 DESC, 1"
        );
        found.problems = session.rows(&sql, &[], |row| Ok((row.text(0)?.unwrap_or_default(), row.count(1)?)))?;
    }
    Ok(found)
}

/// The query for the good rows of `checked`: without problems, unknown customers and later rows, and where a key
/// repeats, only its first row in the order of all columns.
pub(super) fn good_rows(
    relation: Relation,
    checked: &str,
    columns: &[String],
    found: &Checked,
    as_of: DateTime<Utc>,
) -> String {
    let names = columns.join(", ");
    let known = if found.unknown_customers > 0 { KNOWN_CUSTOMER } else { "true" };
    let exists = exists_at(relation, as_of);
    let from = quote_identifier(checked);
    let rows = format!("SELECT {names} FROM {from} WHERE {PROBLEM} IS NULL AND {exists} AND {known}");
    match relation.unique_key() {
        Some(key) if found.repeated_keys > 0 => {
            format!("{rows} QUALIFY row_number() OVER (PARTITION BY {key} ORDER BY {names}) = 1")
        }
        _ => rows,
    }
}
