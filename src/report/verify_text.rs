//! What was found at destinations, for people and scripts. Counts and names of fields: values stay where they are.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::config::diagnostics::TextStyle;
use crate::ledger::SyncTables;
use crate::readback::Drifted;

use super::table::{number, table};

/// One sync that was to be verified.
pub(crate) struct VerifiedSync {
    pub(crate) name: String,
    pub(crate) destination: String,
    /// Its tables, where the ledger knows it.
    pub(crate) tables: Option<SyncTables>,
    /// What was found; none where it could not be looked at.
    pub(crate) found: Option<Drifted>,
    pub(crate) requests: u64,
    pub(crate) can_be_read: bool,
}

pub(crate) fn text(syncs: &[VerifiedSync], style: TextStyle) -> String {
    let mut text = String::new();
    let looked_at: Vec<(&VerifiedSync, &Drifted)> =
        syncs.iter().filter_map(|sync| Some((sync, sync.found.as_ref()?))).collect();
    if !looked_at.is_empty() {
        let rows: Vec<Vec<String>> = looked_at
            .iter()
            .map(|(sync, found)| {
                let same = found.records - found.differing - found.missing;
                let figures = [found.records, same, found.differing, found.missing, sync.requests].map(number);
                std::iter::once(sync.name.clone()).chain(figures).collect()
            })
            .collect();
        text.push_str(&table(&["sync", "records", "same", "differ", "missing", "requests"], 1, &rows, style));
    }
    for (sync, found) in &looked_at {
        let rows: Vec<Vec<String>> = found
            .fields
            .iter()
            .filter(|field| field.changed + field.emptied > 0)
            .map(|field| {
                let name = if field.gone { format!("{} (no longer there)", field.field) } else { field.field.clone() };
                std::iter::once(name).chain([field.compared, field.changed, field.emptied].map(number)).collect()
            })
            .collect();
        if !rows.is_empty() {
            let _ = writeln!(text, "\n{} → {}", sync.name, sync.destination);
            text.push_str(&table(&["field", "compared", "changed there", "emptied there"], 1, &rows, style));
        }
    }
    for sync in syncs.iter().filter(|sync| sync.found.is_none()) {
        let gap = if text.is_empty() || text.ends_with("\n\n") { "" } else { "\n" };
        let why = if sync.can_be_read {
            "nothing was confirmed yet".to_owned()
        } else {
            format!("{} cannot be read back", sync.destination)
        };
        let _ = writeln!(text, "{gap}{}: {why}", sync.name);
    }
    text
}

pub(crate) fn json(syncs: &[VerifiedSync], plan: Option<&Value>) -> Value {
    let syncs: Vec<Value> = syncs
        .iter()
        .map(|sync| {
            let found = sync.found.as_ref();
            json!({ "name": sync.name, "destination": sync.destination, "can_be_read": sync.can_be_read,
                "records": found.map(|found| found.records), "differing": found.map(|found| found.differing),
                "missing": found.map(|found| found.missing),
                "fields": found.map(|found| &found.fields), "requests": sync.requests })
        })
        .collect();
    json!({ "syncs": syncs, "plan": plan })
}
