//! What a plan would do, for scripts.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use crate::config::diagnostics::Diagnostics;

use super::plan_text::PlanFacts;

/// The document of `plan --json` and `sync --dry-run --json`.
pub(crate) fn document(run_id: i64, as_of: DateTime<Utc>, plans: &[PlanFacts<'_>], warnings: &Diagnostics) -> Value {
    let syncs: Vec<Value> = plans.iter().map(plan).collect();
    let as_of = as_of.to_rfc3339_opts(SecondsFormat::Secs, true);
    json!({ "run_id": run_id, "as_of": as_of, "syncs": syncs, "warnings": warnings.to_brief_json() })
}

fn plan(plan: &PlanFacts<'_>) -> Value {
    let daily = plan.daily.map(|daily| {
        let share = plan.daily_share().unwrap_or_default();
        json!({ "limit": daily.limit, "used": daily.used, "granted": daily.granted, "share": (1e4 * share).round() / 1e4 })
    });
    let counts = plan.counts;
    json!({
        "name": plan.name,
        "destination": plan.destination,
        "rows": counts.rows,
        "added": counts.added,
        "changed": counts.changed,
        "left": counts.left,
        "unchanged": counts.unchanged,
        "held": counts.held,
        "without_key": counts.without_key,
        "shared_key": counts.shared_key,
        "to_send": counts.to_send,
        "requests": counts.requests,
        "requests_per_minute": plan.requests_per_minute,
        "minutes": plan.minutes(),
        "calls": plan.calls,
        "daily_calls": daily,
        "route": plan.route,
        "reordered": counts.reordered,
        "new_fields": plan.new_fields,
        "fields": plan.fields,
        "samples": plan.samples,
        "guards": plan.trips,
    })
}
