//! `hold`: a change goes to the destination once several runs in a row agree on it, or where it is a large one.
//!
//! A value that has to wait is put back to the confirmed one in the snapshot, so that all that follows (the diff, the
//! guards, the counts) sees what will be sent. What waits stands in `held_values`, by key and field.

use chrono::{DateTime, Utc};

use super::comparison::{farther_than, is_measurable};
use super::diff::differs;
use super::{FieldShape, MappedField, SyncSpec};
use crate::engine::{EngineError, Session};
use crate::ledger::SyncTables;

/// Stages the candidates of a sync, and puts back what has to wait. The plan that stood before is dropped already.
///
/// # Errors
/// [`EngineError`] of the statements.
pub(super) fn hold_back(
    session: &Session,
    spec: &SyncSpec,
    shapes: &[FieldShape],
    tables: &SyncTables,
    as_of: DateTime<Utc>,
) -> Result<(), EngineError> {
    let sync_id = tables.sync_id;
    let mut numbers = Vec::new();
    for ((field, shape), column) in spec.fields.iter().zip(shapes).zip(&tables.fields) {
        let Some(hold) = field.hold else { continue };
        let n = column.column_no;
        let params = [("as_of", as_of.into()), ("wanted_runs", i64::from(hold.runs).into())];
        session.execute(&candidates_sql(n, field, shape, tables, hold.margin), &params)?;
        session.run_script(&format!(
            "UPDATE snapshot SET v{n} = l.v{n}
             FROM staged_held_values AS c JOIN {} AS l ON c.key = l.key
             WHERE snapshot.key = c.key AND c.sync_id = {sync_id} AND c.column_no = {n} AND NOT c.released",
            tables.confirmed()
        ))?;
        numbers.push(n.to_string());
    }
    if numbers.is_empty() {
        return Ok(());
    }
    // A run for an earlier time forgets nothing that a later one has counted.
    let kept = format!(
        "INSERT INTO staged_held_values
         SELECT * FROM held_values AS c
         WHERE c.sync_id = {sync_id} AND c.as_of > $as_of AND c.column_no IN ({}) AND NOT EXISTS (
             SELECT 1 FROM staged_held_values AS s
             WHERE s.sync_id = c.sync_id AND s.column_no = c.column_no AND s.key = c.key)",
        numbers.join(", ")
    );
    session.execute(&kept, &[("as_of", as_of.into())])?;
    Ok(())
}

fn candidates_sql(n: i64, field: &MappedField, shape: &FieldShape, tables: &SyncTables, margin: Option<f64>) -> String {
    let (confirmed, wanted) = (format!("l.v{n}"), format!("s.v{n}"));
    let past_margin = match margin {
        Some(margin) if is_measurable(&shape.field_type) => farther_than(margin, shape, &confirmed, &wanted),
        _ => "false".to_owned(),
    };
    include_str!("hold.sql")
        .replace("{n}", &n.to_string())
        .replace("{sync_id}", &tables.sync_id.to_string())
        .replace("{confirmed}", &tables.confirmed())
        .replace("{sql_type}", &shape.sql_type)
        .replace("{past_margin}", &past_margin)
        .replace("{another}", &super::comparison::moved(field, shape, "c.candidate", &wanted))
        .replace("{differs}", &differs(tables.sync_id, n, field, shape))
}
