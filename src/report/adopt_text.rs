//! What was taken over from destinations, for people and scripts.

use std::fmt::Write as _;

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use crate::config::diagnostics::TextStyle;
use crate::readback::Adoption;

use super::table::{number, table};

/// One sync whose ledger was to be filled.
pub(crate) struct AdoptedSync {
    pub(crate) name: String,
    pub(crate) destination: String,
    /// What was taken over; none where the destination cannot be read.
    pub(crate) adoption: Option<Adoption>,
    pub(crate) requests: u64,
    /// Whether its records join lists.
    pub(crate) joins_lists: bool,
}

pub(crate) fn text(run_id: i64, as_of: DateTime<Utc>, syncs: &[AdoptedSync], style: TextStyle) -> String {
    let mut text = format!("Run {run_id}, as of {} UTC\n", as_of.format("%Y-%m-%d %H:%M"));
    let rows: Vec<Vec<String>> = syncs
        .iter()
        .filter_map(|sync| {
            let Adoption { looked_for, found, values, same } = sync.adoption?;
            let figures = [looked_for, found, values, same, values - same, sync.requests].map(number);
            Some(std::iter::once(sync.name.clone()).chain(figures).collect())
        })
        .collect();
    if !rows.is_empty() {
        let head = ["sync", "looked for", "found", "values", "as wanted", "others", "requests"];
        let _ = write!(text, "\n{}", table(&head, 1, &rows, style));
    }
    for sync in syncs {
        if sync.adoption.is_none() {
            let _ = writeln!(text, "\n{}: {} cannot be read back", sync.name, sync.destination);
        } else if sync.joins_lists && sync.adoption.is_some_and(|adoption| adoption.found > 0) {
            let _ = writeln!(text, "\n{}: who is on its lists is not read, so each record is sent once", sync.name);
        }
    }
    text
}

pub(crate) fn json(run_id: i64, as_of: DateTime<Utc>, syncs: &[AdoptedSync]) -> Value {
    let syncs: Vec<Value> = syncs
        .iter()
        .map(|sync| {
            json!({ "name": sync.name, "destination": sync.destination, "can_be_read": sync.adoption.is_some(),
                "looked_for": sync.adoption.map(|adoption| adoption.looked_for),
                "found": sync.adoption.map(|adoption| adoption.found),
                "values": sync.adoption.map(|adoption| adoption.values),
                "same": sync.adoption.map(|adoption| adoption.same), "requests": sync.requests })
        })
        .collect();
    json!({ "run_id": run_id, "as_of": as_of.to_rfc3339_opts(SecondsFormat::Secs, true), "syncs": syncs })
}
