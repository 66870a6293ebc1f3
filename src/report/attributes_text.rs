//! Computed attributes, for people and scripts: how customers are spread over the classes, and a few rows.

use std::fmt::Write as _;
use std::path::Path;

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use crate::config::diagnostics::TextStyle;
use crate::exports::InputReport;

use super::run_text::input_line;
use super::table::{bar, number, table};

/// A column that sorts customers into classes.
pub(crate) struct Class {
    pub(crate) column: String,
    /// Value and count, most frequent first.
    pub(crate) values: Vec<(String, u64)>,
}

/// What is shown of the attributes.
pub(crate) struct Shown {
    pub(crate) customers: u64,
    pub(crate) columns: Vec<String>,
    pub(crate) rows: Vec<Vec<Option<String>>>,
    pub(crate) classes: Vec<Class>,
}

pub(crate) fn text(
    as_of: DateTime<Utc>,
    input: &InputReport,
    shown: &Shown,
    written: Option<&Path>,
    style: TextStyle,
) -> String {
    let mut text = format!(
        "{} attributes of {} customers, as of {} UTC\n{}\n",
        number(shown.columns.len().saturating_sub(1) as u64),
        number(shown.customers),
        as_of.format("%Y-%m-%d %H:%M"),
        input_line(input)
    );
    for class in &shown.classes {
        let rows: Vec<Vec<String>> = class
            .values
            .iter()
            .map(|(value, count)| {
                vec![value.clone(), bar(*count, shown.customers, 24), number(*count), share(*count, shown.customers)]
            })
            .collect();
        let _ = write!(text, "\n{}", table(&[class.column.as_str(), "", "customers", "share"], 2, &rows, style));
    }
    match written {
        Some(path) => {
            let _ = writeln!(text, "\nwritten to {}", path.display());
        }
        None => text.push_str(&sample(shown, style)),
    }
    text
}

/// A sample, one column a customer: there are more attributes than fit side by side.
fn sample(shown: &Shown, style: TextStyle) -> String {
    if shown.rows.is_empty() {
        return String::new();
    }
    let head: Vec<String> = (1..=shown.rows.len()).map(|number| format!("customer {number}")).collect();
    let head: Vec<&str> = std::iter::once("attribute").chain(head.iter().map(String::as_str)).collect();
    let rows: Vec<Vec<String>> = shown
        .columns
        .iter()
        .enumerate()
        .map(|(index, column)| {
            let values = shown.rows.iter().map(|row| short(row.get(index).and_then(Option::as_deref)));
            std::iter::once(column.clone()).chain(values).collect()
        })
        .collect();
    format!("\n{}", table(&head, 1, &rows, style))
}

fn short(value: Option<&str>) -> String {
    const LONGEST: usize = 19;
    match value {
        None => "-".to_owned(),
        Some(text) if text.chars().count() > LONGEST => text.chars().take(LONGEST - 1).chain(['…']).collect(),
        Some(text) => text.to_owned(),
    }
}

#[expect(clippy::cast_precision_loss, reason = "a share needs no more than a double holds")]
fn share(part: u64, whole: u64) -> String {
    format!("{:.1} %", 100.0 * part as f64 / whole.max(1) as f64)
}

pub(crate) fn json(as_of: DateTime<Utc>, input: &InputReport, shown: &Shown) -> Value {
    let rows: Vec<Value> = shown
        .rows
        .iter()
        .map(|row| {
            shown
                .columns
                .iter()
                .cloned()
                .zip(row.iter().map(|value| json!(value)))
                .collect::<serde_json::Map<_, _>>()
                .into()
        })
        .collect();
    let classes: serde_json::Map<String, Value> = shown
        .classes
        .iter()
        .map(|class| {
            let values: serde_json::Map<String, Value> =
                class.values.iter().map(|(value, count)| (value.clone(), json!(count))).collect();
            (class.column.clone(), values.into())
        })
        .collect();
    json!({
        "as_of": as_of.to_rfc3339_opts(SecondsFormat::Secs, true),
        "customers": shown.customers,
        "input": input.relations,
        "columns": shown.columns,
        "classes": classes,
        "sample": rows,
    })
}
