//! What a plan would do, for people.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use lapwing_contract::DailyCalls;

use crate::config::diagnostics::TextStyle;
use crate::exports::InputReport;
use crate::plan::{Counts, FieldCounts, GuardTrip, MASK, Route, SampleChange, SampleField};

use super::run_text::input_line;
use super::table::{counted, number, table};

/// What is told about the plan of one sync.
pub(crate) struct PlanFacts<'a> {
    pub(crate) name: &'a str,
    pub(crate) destination: &'a str,
    pub(crate) counts: &'a Counts,
    pub(crate) fields: &'a [FieldCounts],
    pub(crate) new_fields: &'a [String],
    pub(crate) requests_per_minute: Option<u32>,
    /// Calls of the vendor's interface that the requests take, where everything goes well.
    pub(crate) calls: u64,
    /// What the vendor allows a day, where it counts by the day.
    pub(crate) daily: Option<DailyCalls>,
    pub(crate) trips: &'a [GuardTrip],
    pub(crate) samples: &'a [SampleChange],
    pub(crate) route: Option<&'a Route>,
}

impl PlanFacts<'_> {
    /// How long the write requests take at the pace, in minutes; none where nothing limits them.
    pub(super) fn minutes(&self) -> Option<f64> {
        let pace = f64::from(self.requests_per_minute?);
        // A plan has far fewer requests than a double can count.
        #[expect(clippy::cast_precision_loss, reason = "far fewer requests than a double can count")]
        let requests = self.counts.requests as f64;
        Some((10.0 * requests / pace).ceil() / 10.0)
    }

    /// The share of the day's calls that the plan takes, from 0; none where the vendor does not count by the day.
    #[expect(clippy::cast_precision_loss, reason = "far fewer calls than a double can count")]
    pub(super) fn daily_share(&self) -> Option<f64> {
        self.daily.map(|daily| self.calls as f64 / daily.limit.max(1) as f64)
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
    for plan in plans {
        let parts = [fields(plan, style), samples(plan, style), notes(plan)];
        let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        if !parts.is_empty() {
            let _ = write!(text, "\n{} → {}\n{}", plan.name, plan.destination, parts.join("\n"));
        }
    }
    text
}

/// What happens to each field; those that stay as they are need no line.
fn fields(plan: &PlanFacts<'_>, style: TextStyle) -> String {
    let waits = plan.fields.iter().any(|field| field.waiting > 0);
    let mut head = vec!["field", "created", "updated", "cleared", "left"];
    head.extend(waits.then_some("waiting"));
    let figures = |field: &FieldCounts| {
        let mut figures = vec![field.created, field.updated, field.cleared, field.left];
        figures.extend(waits.then_some(field.waiting));
        figures
    };
    let rows: Vec<Vec<String>> = plan
        .fields
        .iter()
        .filter(|field| figures(field).iter().any(|figure| *figure > 0))
        .map(|field| std::iter::once(field.field.clone()).chain(figures(field).into_iter().map(number)).collect())
        .collect();
    if rows.is_empty() { String::new() } else { table(&head, 1, &rows, style) }
}

/// A few changes: what is sent for whom. Masked values are left out: the names of the fields say enough.
fn samples(plan: &PlanFacts<'_>, style: TextStyle) -> String {
    let mut text = String::new();
    for sample in plan.samples {
        let mut line = format!("{:<8} {} ", sample.kind, sample.key);
        for (index, field) in sample.fields.iter().enumerate() {
            let value = shown(field);
            let more = if index + 1 < sample.fields.len() { "," } else { "" };
            let last = line.rsplit('\n').next().unwrap_or_default().chars().count();
            if last + value.chars().count() + 2 > style.width {
                line.push_str("\n        ");
            }
            let _ = write!(line, " {value}{more}");
        }
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text
}

/// `segment`, `segment: Loyal → Best`, `segment = Best`, `segment (emptied)`.
fn shown(field: &SampleField) -> String {
    let SampleField { field, before, value } = field;
    match (before.as_deref(), value.as_deref()) {
        (None, None) => format!("{field} (empty)"),
        (Some(MASK), None) => format!("{field} (emptied)"),
        (_, Some(MASK)) => field.clone(),
        (Some(before), None) => format!("{field}: {before} → (empty)"),
        (None, Some(value)) => format!("{field} = {value}"),
        (Some(before), Some(value)) => format!("{field}: {before} → {value}"),
    }
}

/// What tables do not say: only where there is something to say.
fn notes(plan: &PlanFacts<'_>) -> String {
    let counts = plan.counts;
    let mut notes = Vec::new();
    if let Some(Route { way, calls, instead_of, instead_of_calls }) = plan.route {
        let (calls, others) = (counted(*calls, "API call"), number(*instead_of_calls));
        notes.push(format!("by {way}: about {calls} ({instead_of} would take {others})"));
    }
    if let (Some(daily), Some(share)) = (plan.daily, plan.daily_share()) {
        notes.push(daily_line(daily, plan.calls, share));
    }
    if !plan.new_fields.is_empty() && counts.present_before > 0 {
        notes.push(format!("new fields, sent for all rows: {}", plan.new_fields.join(", ")));
    }
    let waiting = plan.fields.iter().map(|field| field.waiting).sum();
    let wait = if waiting == 1 { "value waits" } else { "values wait" };
    for (count, text) in [
        (waiting, format!("{wait} until more runs agree (`hold`)").as_str()),
        (counts.held, "held back: refused before, and not changed since"),
        (counts.shared_key, "not sent, because several customers share their key"),
        (counts.without_key, "without a key"),
    ] {
        if count > 0 {
            notes.push(format!("{} {text}", number(count)));
        }
    }
    notes.iter().fold(String::new(), |text, note| text + note + "\n")
}

/// The share of the day that a plan takes, beside what everybody has used.
fn daily_line(daily: DailyCalls, calls: u64, share: f64) -> String {
    let [limit, used, granted] = [daily.limit, daily.used, daily.granted].map(number);
    let are = if daily.used == 1 { "is" } else { "are" };
    let is_enough = daily.used.saturating_add(calls) <= daily.granted;
    let verdict = if is_enough { "" } else { ": not enough today" };
    let share = 100.0 * share;
    format!("of the day's {limit} calls: {share:.1} %; {used} {are} used, runs end at {granted}{verdict}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_calls_of_the_day_are_told_for_one_and_for_many() {
        let told = |used, calls| daily_line(DailyCalls { limit: 15_000, used, granted: 7_500 }, calls, 0.1);
        assert_eq!(told(1, 1_500), "of the day's 15,000 calls: 10.0 %; 1 is used, runs end at 7,500");
        assert_eq!(told(6_000, 1_500), "of the day's 15,000 calls: 10.0 %; 6,000 are used, runs end at 7,500");
        assert!(told(6_001, 1_500).ends_with("6,001 are used, runs end at 7,500: not enough today"));
    }
}
