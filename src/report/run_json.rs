//! How a run ended, for scripts.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use crate::config::diagnostics::Diagnostics;

use super::run_text::SyncFacts;

/// The document of `--json`. A run that reads no exports has no warnings.
pub(crate) fn document(
    run_id: i64,
    as_of: DateTime<Utc>,
    syncs: &[SyncFacts<'_>],
    warnings: Option<&Diagnostics>,
) -> Value {
    let syncs: Vec<Value> = syncs.iter().map(sync).collect();
    let warnings = warnings.map_or_else(|| json!([]), Diagnostics::to_brief_json);
    let as_of = as_of.to_rfc3339_opts(SecondsFormat::Secs, true);
    json!({ "run_id": run_id, "as_of": as_of, "syncs": syncs, "warnings": warnings })
}

fn sync(sync: &SyncFacts<'_>) -> Value {
    let (counts, folded) = (sync.counts, sync.folded);
    json!({
        "name": sync.name,
        "destination": sync.destination,
        "rows": counts.rows,
        "added": counts.added,
        "changed": counts.changed,
        "left": counts.left,
        "unchanged": counts.unchanged,
        "held": counts.held,
        "confirmed": folded.confirmed,
        "rejected": folded.rejected,
        "pending": folded.pending,
        "unknown": folded.unknown,
        "unsent": folded.unsent,
        "remade": folded.remade,
        "requests": sync.requests,
        "duration_s": (sync.duration.as_secs_f64() * 1000.0).round() / 1000.0,
        "stopped_by": sync.trips.first().map(|trip| trip.guard),
    })
}
