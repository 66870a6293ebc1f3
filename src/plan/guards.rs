//! Guards: a plan that looks like an accident is not sent.

use super::{Counts, FieldShape};
use crate::engine::{EngineError, Session};
use crate::ledger::SyncTables;
use lapwing_contract::FieldType;

/// The limits of a sync; none where the sync file sets none.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Guards {
    /// Most keys that may leave, in per cent of those present.
    pub max_leave_pct: Option<f64>,
    /// Most keys of which confirmed values may change, in per cent of those present. Filling a new field in is no change.
    pub max_change_pct: Option<f64>,
    /// Most records that may be refused, in per cent of those sent.
    pub max_reject_pct: Option<f64>,
    /// How far the share of one value of a text field may move, in percentage points.
    pub max_shift_points: Option<f64>,
    /// Whether a snapshot without rows is meant.
    pub allow_empty: bool,
}

/// A guard that a plan trips.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct GuardTrip {
    /// The key of the guard in the sync file.
    pub guard: &'static str,
    /// What tripped it, in figures.
    pub message: String,
}

/// Fields with more values than this have no distribution worth watching.
const MOST_VALUES: i64 = 50;

/// Looks at a staged plan. The share of rejections is watched while sending.
///
/// # Errors
/// [`EngineError`] of a query.
pub fn check_guards(
    session: &Session,
    guards: &Guards,
    counts: &Counts,
    tables: &SyncTables,
    shapes: &[FieldShape],
) -> Result<Vec<GuardTrip>, EngineError> {
    let mut trips = Vec::new();
    if counts.rows == 0 && counts.present_before > 0 && !guards.allow_empty {
        let message = format!("the snapshot is empty, and {} records are at the destination", counts.present_before);
        trips.push(GuardTrip { guard: "allow_empty", message });
    }
    trips.extend(share("max_leave_pct", guards.max_leave_pct, counts.left, counts.present_before, "would leave"));
    trips.extend(share("max_change_pct", guards.max_change_pct, counts.moved, counts.present_before, "would change"));
    if let Some(points) = guards.max_shift_points.filter(|_| counts.present_before > 0 && counts.rows > 0) {
        for (field, shape) in tables.fields.iter().zip(shapes) {
            if shape.field_type == FieldType::Text {
                trips.extend(shift(session, tables, field.column_no, &field.name, points)?);
            }
        }
    }
    Ok(trips)
}

#[expect(clippy::cast_precision_loss, reason = "a share needs no more than a double holds")]
fn share(guard: &'static str, limit: Option<f64>, part: u64, whole: u64, what: &str) -> Option<GuardTrip> {
    let limit = limit?;
    let share = 100.0 * part as f64 / whole.max(1) as f64;
    let message = format!("{part} of {whole} records {what} ({share:.1} %), more than {limit} %");
    (whole > 0 && share > limit).then_some(GuardTrip { guard, message })
}

fn shift(
    session: &Session,
    tables: &SyncTables,
    n: i64,
    field: &str,
    points: f64,
) -> Result<Option<GuardTrip>, EngineError> {
    let sql = include_str!("shift.sql").replace("{confirmed}", &tables.confirmed()).replace("{n}", &n.to_string());
    let rows = session.rows(&sql, &[("most_values", MOST_VALUES.into())], |row| {
        Ok((row.float(0)?.unwrap_or(0.0), row.float(1)?.unwrap_or(0.0)))
    })?;
    let Some((before, now)) = rows.into_iter().next() else { return Ok(None) };
    let message = format!(
        "the share of one value of `{field}` moves from {before:.1} % to {now:.1} %, more than {points} points"
    );
    Ok(((now - before).abs() > points).then_some(GuardTrip { guard: "max_shift_points", message }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_trips_above_its_limit_and_never_over_nothing() {
        let trips = |part, whole| share("max_leave_pct", Some(10.0), part, whole, "would leave").is_some();
        assert!(!trips(10, 100) && trips(11, 100));
        assert!(!trips(5, 0), "who was never there can't leave");
        assert!(share("max_leave_pct", None, 100, 100, "would leave").is_none());
        let trip = share("max_leave_pct", Some(10.0), 1, 3, "would leave").unwrap();
        assert_eq!(trip.message, "1 of 3 records would leave (33.3 %), more than 10 %");
    }
}
