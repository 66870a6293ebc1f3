//! Guards: a plan that looks like an accident is not sent.

mod clears;
mod drop;
mod shift;

use lapwing_contract::{FieldType, WritePolicy};

use super::{Counts, FieldShape, SyncSpec};
use crate::engine::{EngineError, Session};
use crate::ledger::{SyncTables, last_delivery};

/// The limits of a sync; none where the sync file sets none.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Guards {
    /// Most keys that may leave, in per cent of those present.
    pub max_leave_pct: Option<f64>,
    /// Most keys of which confirmed values may change, in per cent of those present. Filling a new field in is no change.
    pub max_change_pct: Option<f64>,
    /// Most confirmed values of one field that may be emptied, in per cent of them.
    pub max_clear_pct: Option<f64>,
    /// Most rows that the snapshot or an export may have lost since the last run that delivered, in per cent.
    pub max_drop_pct: Option<f64>,
    /// Most records that may be refused, in per cent of those sent.
    pub max_reject_pct: Option<f64>,
    /// How far the share of one value of a text field may move, in percentage points.
    pub max_shift_points: Option<f64>,
    /// Whether a snapshot without rows is meant.
    pub allow_empty: bool,
}

/// The names of all guards, as the sync file and `--allow` have them.
pub const GUARD_NAMES: [&str; 7] = [
    "max_leave_pct",
    "max_change_pct",
    "max_clear_pct",
    "max_drop_pct",
    "max_reject_pct",
    "max_shift_points",
    "allow_empty",
];

/// A guard that a plan trips.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct GuardTrip {
    /// The key of the guard in the sync file.
    pub guard: &'static str,
    /// What tripped it, in figures. No value that fewer than ten records share stands in it.
    pub message: String,
}

/// Fewer rows or values than this are no accident, whatever their share.
const FEWEST: u64 = 10;

/// Looks at a staged plan. `exports` are the rows read of each export. The share of rejections is watched while sending.
///
/// # Errors
/// [`EngineError`] of a query.
pub fn check_guards(
    session: &Session,
    guards: &Guards,
    counts: &Counts,
    tables: &SyncTables,
    spec: &SyncSpec,
    shapes: &[FieldShape],
    exports: &[(String, u64)],
) -> Result<Vec<GuardTrip>, EngineError> {
    let mut trips = Vec::new();
    if counts.rows == 0 && counts.present_before > 0 && !guards.allow_empty {
        let message = format!("the snapshot is empty, and {} records are at the destination", counts.present_before);
        trips.push(GuardTrip { guard: "allow_empty", message });
    }
    let last = last_delivery(session, tables.sync_id)?;
    if let (Some(limit), Some(last)) = (on(guards.max_drop_pct), &last) {
        trips.extend(drop::drops(last, counts.rows, exports, limit));
    }
    trips.extend(share("max_leave_pct", guards.max_leave_pct, counts.left, counts.present_before, "would leave"));
    trips.extend(share("max_change_pct", guards.max_change_pct, counts.moved, counts.present_before, "would change"));
    if let Some(limit) = on(guards.max_clear_pct).filter(|_| counts.moved >= FEWEST) {
        trips.extend(clears::clears(session, tables, limit)?);
    }
    if let Some(points) = on(guards.max_shift_points).filter(|_| counts.present_before > 0 && counts.rows > 0) {
        for ((field, mapped), shape) in tables.fields.iter().zip(&spec.fields).zip(shapes) {
            // What is not written again does not move at the destination, whatever the exports say.
            if shape.field_type == FieldType::Text && mapped.write == WritePolicy::Always {
                trips.extend(shift::shift(session, tables, field, points, last.is_some())?);
            }
        }
    }
    Ok(trips)
}

/// A limit of 100 is none.
fn on(limit: Option<f64>) -> Option<f64> {
    limit.filter(|limit| *limit < 100.0)
}

#[expect(clippy::cast_precision_loss, reason = "a share needs no more than a double holds")]
fn share_pct(part: u64, whole: u64) -> f64 {
    100.0 * part as f64 / whole.max(1) as f64
}

fn share(guard: &'static str, limit: Option<f64>, part: u64, whole: u64, what: &str) -> Option<GuardTrip> {
    let limit = limit?;
    let share = share_pct(part, whole);
    let message = format!("{part} of {whole} records {what} ({share:.1} %), more than {limit} %");
    (whole > 0 && share > limit).then_some(GuardTrip { guard, message })
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
