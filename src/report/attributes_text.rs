//! Computed attributes, for people and scripts: how customers are spread, and a few rows.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use crate::attributes::Summary;
use crate::config::diagnostics::{Diagnostics, TextStyle};
use crate::exports::InputReport;

use super::run_text::input_line;
use super::sample_text::Sample;
use super::summary_text;
use super::table::number;

/// What is shown of the attributes.
pub(crate) struct Shown {
    pub(crate) summary: Summary,
    pub(crate) sample: Sample,
    /// The preset that is looked at in place of the sync file's segments.
    pub(crate) preset: Option<String>,
    /// The sync file, for the command that explains its attributes.
    pub(crate) sync_file: PathBuf,
}

pub(crate) fn text(
    as_of: DateTime<Utc>,
    input: &InputReport,
    shown: &Shown,
    written: Option<&Path>,
    style: TextStyle,
) -> String {
    let what = match &shown.preset {
        Some(preset) => format!("Preset `{preset}` over"),
        None => format!("{} attributes of", number(shown.sample.columns.len().saturating_sub(1) as u64)),
    };
    let mut text = format!(
        "{what} {} customers, as of {} UTC\n{}\n{}",
        number(shown.summary.customers),
        as_of.format("%Y-%m-%d %H:%M"),
        input_line(input),
        summary_text::text(&shown.summary, style)
    );
    // Writing into a text cannot fail.
    match written {
        Some(path) => {
            let _ = writeln!(text, "\nwritten to {}", path.display());
        }
        None => text.push_str(&shown.sample.text(style)),
    }
    if shown.preset.is_none() {
        let _ = writeln!(text, "\nWhat each of them means: lapwing dictionary --all {}", shown.sync_file.display());
    }
    text
}

pub(crate) fn json(as_of: DateTime<Utc>, input: &InputReport, shown: &Shown, warnings: &Diagnostics) -> Value {
    let Sample { columns, rows, .. } = &shown.sample;
    let row = |row: &Vec<Option<String>>| -> Value {
        let entries = columns.iter().cloned().zip(row.iter().map(|value| json!(value)));
        entries.collect::<serde_json::Map<_, _>>().into()
    };
    json!({
        "as_of": as_of.to_rfc3339_opts(SecondsFormat::Secs, true),
        "customers": shown.summary.customers,
        "input": input.relations,
        "preset": shown.preset,
        "columns": columns,
        "summary": summary_text::json(&shown.summary),
        "sample": rows.iter().map(row).collect::<Vec<_>>(),
        "warnings": warnings.to_brief_json(),
    })
}
