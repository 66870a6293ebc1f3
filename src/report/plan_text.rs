//! What a plan would do, for people and scripts.

use std::fmt::Write as _;

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use crate::config::diagnostics::{Diagnostics, TextStyle};
use crate::exports::InputReport;
use crate::plan::{Counts, FieldCounts, GuardTrip, MASK, Route, SampleChange};

use super::run_text::input_line;
use super::table::{number, table};

/// What is told about the plan of one sync.
pub(crate) struct PlanFacts<'a> {
    pub(crate) name: &'a str,
    pub(crate) destination: &'a str,
    pub(crate) counts: &'a Counts,
    pub(crate) fields: &'a [FieldCounts],
    pub(crate) new_fields: &'a [String],
    pub(crate) requests_per_minute: Option<u32>,
    pub(crate) trips: &'a [GuardTrip],
    pub(crate) samples: &'a [SampleChange],
    pub(crate) route: Option<&'a Route>,
}

impl PlanFacts<'_> {
    /// How long the write requests take at the pace, in minutes; none where nothing limits them.
    fn minutes(&self) -> Option<f64> {
        let pace = f64::from(self.requests_per_minute?);
        // A plan has far fewer requests than a double can count.
        #[expect(clippy::cast_precision_loss, reason = "far fewer requests than a double can count")]
        let requests = self.counts.requests as f64;
        Some((10.0 * requests / pace).ceil() / 10.0)
    }
}

pub(crate) fn text(as_of: DateTime<Utc>, input: &InputReport, plans: &[PlanFacts<'_>], style: TextStyle) -> String {
    let mut text = format!("Plan, as of {} UTC\n{}\n", as_of.format("%Y-%m-%d %H:%M"), input_line(input));
    let head = ["sync", "rows", "added", "changed", "left", "same", "held", "requests", "minutes"];
    let rows: Vec<Vec<String>> = plans
        .iter()
        .map(|plan| {
            let c = plan.counts;
            let figures = [c.rows, c.added, c.changed, c.left, c.unchanged, c.held, c.requests].map(number);
            let minutes = plan.minutes().map_or_else(|| "-".to_owned(), |minutes| format!("{minutes:.1}"));
            std::iter::once(plan.name.to_owned()).chain(figures).chain([minutes]).collect()
        })
        .collect();
    let _ = write!(text, "\n{}", table(&head, 1, &rows, style));
    for plan in plans.iter().filter(|plan| plan.counts.to_send > 0) {
        let _ = write!(text, "\n{} → {}\n{}", plan.name, plan.destination, fields(plan, style));
        text.push_str(&samples(plan, style));
        if let Some(Route { way, calls, instead_of, instead_of_calls }) = plan.route {
            let calls = number(*calls);
            let others = number(*instead_of_calls);
            let _ = writeln!(text, "by {way}: about {calls} API calls ({instead_of} would take {others})");
        }
        if !plan.new_fields.is_empty() && plan.counts.present_before > 0 {
            let _ = writeln!(text, "new fields, sent for all rows: {}", plan.new_fields.join(", "));
        }
    }
    text
}

/// A few changes: what is sent for whom. Masked values are left out: the names of the fields say enough.
fn samples(plan: &PlanFacts<'_>, style: TextStyle) -> String {
    let mut text = String::new();
    for sample in plan.samples {
        let mut line = format!("{:<8} {} ", sample.kind, sample.key);
        for (index, (field, value)) in sample.fields.iter().enumerate() {
            let value = match value.as_deref() {
                None => format!("{field} (emptied)"),
                Some(MASK) => field.clone(),
                Some(value) => format!("{field} = {value}"),
            };
            let more = if index + 1 < sample.fields.len() { "," } else { "" };
            let last = line.rsplit('\n').next().unwrap_or_default().chars().count();
            if last + value.chars().count() + 2 > style.width {
                line.push_str("\n        ");
            }
            let _ = write!(line, " {value}{more}");
        }
        let _ = writeln!(text, "{line}");
    }
    if text.is_empty() { text } else { format!("\n{text}") }
}

fn fields(plan: &PlanFacts<'_>, style: TextStyle) -> String {
    let rows: Vec<Vec<String>> = plan
        .fields
        .iter()
        .map(|field| vec![field.field.clone(), number(field.created), number(field.updated), number(field.cleared)])
        .collect();
    table(&["field", "with new records", "updated", "cleared"], 1, &rows, style)
}

pub(crate) fn json(run_id: i64, as_of: DateTime<Utc>, plans: &[PlanFacts<'_>], warnings: &Diagnostics) -> Value {
    let syncs: Vec<Value> = plans
        .iter()
        .map(|plan| {
            json!({
                "name": plan.name,
                "destination": plan.destination,
                "rows": plan.counts.rows,
                "added": plan.counts.added,
                "changed": plan.counts.changed,
                "left": plan.counts.left,
                "unchanged": plan.counts.unchanged,
                "held": plan.counts.held,
                "requests": plan.counts.requests,
                "minutes": plan.minutes(),
                "route": plan.route,
                "reordered": plan.counts.reordered,
                "fields": plan.fields,
                "samples": plan.samples,
                "guards": plan.trips,
            })
        })
        .collect();
    let as_of = as_of.to_rfc3339_opts(SecondsFormat::Secs, true);
    json!({ "run_id": run_id, "as_of": as_of, "syncs": syncs, "warnings": warnings.to_brief_json() })
}
