//! How customers moved between segments since the last run, for people and scripts.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use crate::config::diagnostics::TextStyle;
use crate::ledger::{SegmentMove, SegmentMoves};

use super::table::{number, table};

/// Where customers come from who were not there.
const NEW: &str = "(new)";

/// Where customers are who are no longer there.
const GONE: &str = "(gone)";

/// The customers of one segment, then and now.
#[derive(Default)]
struct Balance {
    before: u64,
    stayed: u64,
    came: u64,
    left: u64,
    now: u64,
}

pub(crate) fn text(as_of: DateTime<Utc>, moves: &SegmentMoves, style: TextStyle) -> String {
    match moves {
        SegmentMoves::NoHistory => {
            "no run has kept segments yet: `lapwing sync` does, and the next look has something to \
                                    compare with\n"
                .to_owned()
        }
        SegmentMoves::OtherRules { since } => format!(
            "the segments of the last run ({}) were made by other rules: who is in another segment now has not moved; \
             the next run starts the history anew\n",
            minute(*since)
        ),
        SegmentMoves::Later { since } => format!(
            "the last run was as of {}, which is later than {}: moves are told forwards only\n",
            minute(*since),
            minute(as_of)
        ),
        SegmentMoves::Since { since, moves } => {
            let head = format!("Moves between segments from {} to {}\n", minute(*since), minute(as_of));
            format!("{head}\n{}\n{}", list(moves, style), balances_table(moves, style))
        }
    }
}

fn minute(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M UTC").to_string()
}

/// Who moved: a list, because a square of eleven segments is wider than a screen.
fn list(moves: &[SegmentMove], style: TextStyle) -> String {
    let others: Vec<&SegmentMove> = moves.iter().filter(|one| one.from != one.to).collect();
    if others.is_empty() {
        return "nobody moved\n".to_owned();
    }
    let balances = balances(moves);
    let mut rows: Vec<Vec<String>> = others
        .iter()
        .map(|one| {
            let share = one
                .from
                .as_deref()
                .and_then(|from| balances.get(from))
                .map_or_else(|| "-".to_owned(), |balance| share(one.customers, balance.before));
            let from = one.from.clone().unwrap_or_else(|| NEW.to_owned());
            let to = one.to.clone().unwrap_or_else(|| GONE.to_owned());
            vec![from, to, number(one.customers), share]
        })
        .collect();
    let all = number(others.iter().map(|one| one.customers).sum());
    rows.push(vec!["all moves".to_owned(), String::new(), all, String::new()]);
    table(&["from", "to", "customers", "of from"], 2, &rows, style)
}

#[expect(clippy::cast_precision_loss, reason = "a share needs no more than a double holds")]
fn share(part: u64, whole: u64) -> String {
    format!("{:.1} %", 100.0 * part as f64 / whole.max(1) as f64)
}

fn balances(moves: &[SegmentMove]) -> BTreeMap<&str, Balance> {
    let mut balances: BTreeMap<&str, Balance> = BTreeMap::new();
    for SegmentMove { from, to, customers } in moves {
        if let Some(from) = from.as_deref() {
            let balance = balances.entry(from).or_default();
            balance.before += customers;
            *(if to.as_deref() == Some(from) { &mut balance.stayed } else { &mut balance.left }) += customers;
        }
        if let Some(to) = to.as_deref() {
            let balance = balances.entry(to).or_default();
            balance.now += customers;
            balance.came += if from.as_deref() == Some(to) { 0 } else { *customers };
        }
    }
    balances
}

fn balances_table(moves: &[SegmentMove], style: TextStyle) -> String {
    let mut all = Balance::default();
    let mut rows = Vec::new();
    for (segment, balance) in balances(moves) {
        all.before += balance.before;
        all.stayed += balance.stayed;
        all.left += balance.left;
        all.came += balance.came;
        all.now += balance.now;
        rows.push(balance_row(segment, &balance));
    }
    rows.push(balance_row("all segments", &all));
    table(&["segment", "before", "stayed", "left", "came", "now"], 1, &rows, style)
}

fn balance_row(segment: &str, balance: &Balance) -> Vec<String> {
    let figures = [balance.before, balance.stayed, balance.left, balance.came, balance.now];
    std::iter::once(segment.to_owned()).chain(figures.map(number)).collect()
}

pub(crate) fn json(as_of: DateTime<Utc>, moves: &SegmentMoves) -> Value {
    let (since, reason, moves) = match moves {
        SegmentMoves::NoHistory => (None, Some("no-history"), &[][..]),
        SegmentMoves::OtherRules { since } => (Some(since), Some("other-rules"), &[][..]),
        SegmentMoves::Later { since } => (Some(since), Some("later-history"), &[][..]),
        SegmentMoves::Since { since, moves } => (Some(since), None, moves.as_slice()),
    };
    let segments: Vec<Value> = balances(moves)
        .into_iter()
        .map(|(segment, Balance { before, stayed, came, left, now })| {
            json!({ "segment": segment, "before": before, "stayed": stayed, "left": left, "came": came, "now": now })
        })
        .collect();
    json!({
        "as_of": time(as_of),
        "since": since.copied().map(time),
        "no_comparison": reason,
        "moves": moves.iter().filter(|one| one.from != one.to).collect::<Vec<_>>(),
        "segments": segments,
    })
}

fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eleven_segments_with_long_names_fit_on_a_screen() {
        let names: Vec<String> = (1..=11).map(|number| format!("Customers Needing Attention {number}")).collect();
        let pairs = names.iter().flat_map(|from| names.iter().map(move |to| (from, to)));
        let moves = pairs
            .map(|(from, to)| SegmentMove { from: Some(from.clone()), to: Some(to.clone()), customers: 1_234_567 })
            .collect();
        let since = DateTime::UNIX_EPOCH;
        let text = text(since, &SegmentMoves::Since { since, moves }, TextStyle::plain());
        assert_eq!(text.lines().find(|line| line.chars().count() > 80), None);
        assert!(text.contains("all moves") && text.contains("135,802,370"), "{text}");
        assert!(text.contains("149,382,607"), "{text}");
    }
}
