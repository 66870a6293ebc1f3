//! `guards = { … }`: what stops a plan before anything is sent.

use super::context::Context;
use super::reader::TableReader;
use super::tree::{Spanned, Value};

/// Limits of one plan. 100 switches a limit off.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Guards {
    /// The most keys that may leave, in percent of those in the ledger. Default 10: an export that was cut off must not
    /// empty the destination.
    pub max_leave_pct: f64,
    /// The most keys that may change, in percent of those in the ledger. Default 100: ages in days change every day.
    pub max_change_pct: f64,
    /// The most confirmed values of one field that may be emptied, in percent of them, judged field by field. Default 20: a
    /// column that an export lost must not empty the destination.
    pub max_clear_pct: f64,
    /// The most rows that the snapshot or an export may have lost since the last run that delivered, in percent. Default
    /// 20: full exports rarely shrink.
    pub max_drop_pct: f64,
    /// The most records that may be rejected, in percent of those sent, before the run stops. Default 5.
    pub max_reject_pct: f64,
    /// The most percentage points by which a segment's share may move between two runs. Default 20.
    pub max_shift_points: f64,
    /// Whether a snapshot without rows may be delivered. Default false.
    pub allow_empty: bool,
}

impl Default for Guards {
    fn default() -> Self {
        Self {
            max_leave_pct: 10.0,
            max_change_pct: 100.0,
            max_clear_pct: 20.0,
            max_drop_pct: 20.0,
            max_reject_pct: 5.0,
            max_shift_points: 20.0,
            allow_empty: false,
        }
    }
}

pub(super) fn read(value: &Spanned<Value>, cx: &mut Context<'_>) -> Guards {
    let default = Guards::default();
    let Some(mut reader) = TableReader::open(value, "`guards`", cx) else { return default };
    let mut share = |key, default| reader.number(key, 0.0..=100.0, cx).unwrap_or(default);
    let guards = Guards {
        max_leave_pct: share("max_leave_pct", default.max_leave_pct),
        max_change_pct: share("max_change_pct", default.max_change_pct),
        max_clear_pct: share("max_clear_pct", default.max_clear_pct),
        max_drop_pct: share("max_drop_pct", default.max_drop_pct),
        max_reject_pct: share("max_reject_pct", default.max_reject_pct),
        max_shift_points: share("max_shift_points", default.max_shift_points),
        allow_empty: default.allow_empty,
    };
    let allow_empty = reader.boolean("allow_empty", cx).unwrap_or(default.allow_empty);
    reader.finish(&[], cx);
    Guards { allow_empty, ..guards }
}
