//! How a run ended, for people.

use std::fmt::Write as _;
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::config::diagnostics::TextStyle;
use crate::exports::InputReport;
use crate::ledger::{Folded, Migration};
use crate::plan::{Counts, GuardTrip};

use super::table::{number, table};

/// What is told about one sync.
pub(crate) struct SyncFacts<'a> {
    pub(crate) name: &'a str,
    pub(crate) destination: &'a str,
    pub(crate) counts: &'a Counts,
    pub(crate) folded: &'a Folded,
    pub(crate) requests: u64,
    pub(crate) duration: Duration,
    pub(crate) trips: &'a [GuardTrip],
    pub(crate) migration: &'a Migration,
    pub(crate) interrupted: bool,
    pub(crate) sandbox: Option<String>,
}

pub(crate) fn text(
    run_id: i64,
    as_of: DateTime<Utc>,
    input: Option<&InputReport>,
    syncs: &[SyncFacts<'_>],
    style: TextStyle,
) -> String {
    let mut text = format!("Run {run_id}, as of {} UTC\n", as_of.format("%Y-%m-%d %H:%M"));
    if let Some(input) = input {
        let _ = writeln!(text, "{}", input_line(input));
    }
    let head = ["sync", "rows", "added", "changed", "left", "same", "confirmed", "refused", "requests"];
    let rows: Vec<Vec<String>> = syncs.iter().map(row).collect();
    let _ = write!(text, "\n{}", table(&head, 1, &rows, style));
    for sync in syncs {
        text.push_str(&notes(sync));
    }
    text
}

/// `300 customers, 18,203 orders, …`
pub(super) fn input_line(input: &InputReport) -> String {
    let counts: Vec<String> = input
        .relations
        .iter()
        .map(|relation| format!("{} {}", number(relation.used_rows), relation.relation.replace('_', " ")))
        .collect();
    format!("Read {}", counts.join(", "))
}

fn row(sync: &SyncFacts<'_>) -> Vec<String> {
    let (counts, folded) = (sync.counts, sync.folded);
    let figures = [
        counts.rows,
        counts.added,
        counts.changed,
        counts.left,
        counts.unchanged,
        folded.confirmed,
        folded.rejected,
        sync.requests,
    ];
    std::iter::once(sync.name.to_owned()).chain(figures.map(number)).collect()
}

/// What the table does not say: only where there is something to say.
fn notes(sync: &SyncFacts<'_>) -> String {
    let mut notes = Vec::new();
    let (counts, folded) = (sync.counts, sync.folded);
    let mut note = |count: u64, text: &str| {
        if count > 0 {
            notes.push(format!("{} {text}", number(count)));
        }
    };
    note(folded.rejected, "refused by the destination: `lapwing rejections` says why");
    note(counts.held, "held back: refused before, and not changed since");
    note(folded.pending, "accepted, and not confirmed yet: the next run asks again");
    note(folded.unknown, "without a clear answer: sent again by the next run");
    note(folded.unsent, "not sent");
    note(folded.remade, "deleted there by somebody, and made anew: the next run sends what they lost");
    note(counts.shared_key, "not sent, because several customers share their key");
    note(counts.without_key, "without a key");
    if !sync.migration.added.is_empty() && counts.present_before > 0 {
        notes.push(format!("new fields filled for all rows: {}", sync.migration.added.join(", ")));
    }
    if !sync.migration.lists.is_empty() && counts.present_before > 0 {
        notes.push(format!("everybody joined the new lists: {}", sync.migration.lists.join(", ")));
    }
    if !sync.migration.removed.is_empty() {
        notes.push(format!("no longer mapped: {}", sync.migration.removed.join(", ")));
    }
    if sync.interrupted {
        notes.push("stopped on request; what was confirmed is kept".to_owned());
    }
    if let Some(trip) = sync.trips.first() {
        notes.push(format!("stopped by the guard `{}`", trip.guard));
    }
    if let Some(sandbox) = &sync.sandbox {
        notes.push(format!("{} is a sandbox: {sandbox}", sync.destination));
    }
    if notes.is_empty() {
        return String::new();
    }
    let mut text = format!("\n{}\n", sync.name);
    for note in notes {
        let _ = writeln!(text, "  {note}");
    }
    text
}
