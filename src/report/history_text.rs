//! Runs, rejections and settings, for people.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};

use crate::config::diagnostics::TextStyle;
use crate::ledger::{RejectedRow, RejectionCount, RunRow};

use super::table::{number, table};

pub(crate) fn runs(rows: &[RunRow], style: TextStyle) -> String {
    if rows.is_empty() {
        return "no run yet\n".to_owned();
    }
    let head = ["run", "started (UTC)", "sync", "outcome", "sent", "confirmed", "refused", "requests"];
    let rows: Vec<Vec<String>> = rows.iter().map(run).collect();
    table(&head, 4, &rows, style)
}

fn run(row: &RunRow) -> Vec<String> {
    // The space does not break, so that a narrow table keeps the time in one line.
    let started = row.started_at.map_or_else(String::new, |at| at.format("%m-%d\u{a0}%H:%M").to_string());
    let what = row.sync.clone().unwrap_or_else(|| format!("({})", row.command));
    let outcome = match (&row.stopped_by, &row.outcome) {
        (Some(stopped), _) => stopped.clone(),
        (None, Some(outcome)) => outcome.clone(),
        (None, None) => "ended early".to_owned(),
    };
    let sent = row.added + row.changed + row.left;
    let figures = [sent, row.confirmed, row.rejected, row.requests].map(number);
    [row.run_id.to_string(), started, what, outcome].into_iter().chain(figures).collect()
}

pub(crate) fn rejections(
    reasons: &[RejectionCount],
    rows: &[RejectedRow],
    now: DateTime<Utc>,
    style: TextStyle,
) -> String {
    if reasons.is_empty() {
        return "no record is refused\n".to_owned();
    }
    let summary: Vec<Vec<String>> = reasons
        .iter()
        .map(|reason| {
            let hint = reason.hint.clone().unwrap_or_else(|| "-".to_owned());
            let figures = [reason.records, reason.given_up].map(number);
            [reason.sync.clone(), reason.code.clone(), hint].into_iter().chain(figures).collect()
        })
        .collect();
    let mut text = table(&["sync", "reason", "what to do", "records", "given up"], 3, &summary, style);
    let single: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            let field = row.field.clone().unwrap_or_else(|| "-".to_owned());
            let next = next_try(row.retry_at, now);
            vec![row.key.clone(), row.code.clone(), field, row.message.clone(), next, number(row.attempts)]
        })
        .collect();
    let _ = write!(
        text,
        "\n{}",
        table(&["key", "reason", "field", "the vendor says", "next try", "tries"], 5, &single, style)
    );
    let all: u64 = reasons.iter().map(|reason| reason.records).sum();
    if all > rows.len() as u64 {
        let _ = writeln!(text, "\n{} of {} records; `--limit` shows more", number(rows.len() as u64), number(all));
    }
    text
}

/// When the same values are tried again.
fn next_try(retry_at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> String {
    match retry_at {
        None => "given\u{a0}up".to_owned(),
        Some(at) if at <= now => "next\u{a0}run".to_owned(),
        Some(at) => at.format("%m-%d\u{a0}%H:%M").to_string(),
    }
}

pub(crate) fn settings(rows: &[[String; 3]], style: TextStyle) -> String {
    let rows: Vec<Vec<String>> = rows.iter().map(|row| row.to_vec()).collect();
    table(&["setting", "value", "from"], 3, &rows, style)
}
