//! From a batch to the bytes of a file. Pure: the same batch gives the same bytes.

use std::io::{self, Write};

use lapwing_contract::{Batch, ChangeKind, Record, Value};

use crate::config::{Config, Format};

/// The columns that every CSV file has, beside the key and the fields.
pub(crate) const FIXED_COLUMNS: [&str; 4] = ["change", "operation", "cleared", "blank"];

/// Stands between two names in the columns `cleared` and `blank`.
pub(crate) const NAME_SEPARATOR: char = ';';

/// The file name of a batch.
pub(crate) fn file_name(batch: &Batch, run_label: &str, format: Format) -> String {
    format!("{}-{run_label}-{:05}.{}", batch.target.target.object, batch.number, format.extension())
}

/// Writes the content of the file.
pub(crate) fn encode(batch: &Batch, config: &Config, out: &mut impl Write) -> io::Result<()> {
    match config.format {
        Format::Jsonl => batch.records.iter().try_for_each(|record| out.write_all(json_line(batch, record).as_bytes())),
        Format::Csv => csv_file(batch, config.guards_formulas(), out).map_err(io_error),
    }
}

/// The system's own error where there is one, so that its kind (no space, no permission) is not lost.
fn io_error(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

fn change(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Added => "added",
        ChangeKind::Changed => "changed",
        ChangeKind::Left => "left",
    }
}

/// `{"change":"changed","operation":"upsert","key":{"email":"…"},"fields":{"segment":"…","days_late":null}}`
fn json_line(batch: &Batch, record: &Record) -> String {
    let target = &batch.target.target;
    let mut line = format!(r#"{{"change":"{}","operation":"{}","key":{{"#, change(record.kind), batch.operation);
    push_string(&mut line, &target.key.name);
    line.push(':');
    push_json(&mut line, &record.key);
    line.push_str(r#"},"fields":{"#);
    for (position, (index, value)) in record.fields.iter().enumerate() {
        if position > 0 {
            line.push(',');
        }
        push_string(&mut line, &target.fields[*index].name);
        line.push(':');
        push_json(&mut line, value);
    }
    line.push_str("}}\n");
    line
}

fn push_string(out: &mut String, text: &str) {
    out.push_str(&serde_json::Value::from(text).to_string());
}

/// As [`Value::to_json`], but a JSON document keeps its numbers digit by digit instead of passing through doubles.
fn push_json(out: &mut String, value: &Value) {
    match value {
        Value::Json(text) if serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok() => push_compact(out, text),
        Value::List(items) => {
            out.push('[');
            for (position, item) in items.iter().enumerate() {
                if position > 0 {
                    out.push(',');
                }
                push_json(out, item);
            }
            out.push(']');
        }
        _ => out.push_str(&value.to_json().to_string()),
    }
}

/// A JSON document without the white space between its tokens, so that it fits on a line.
fn push_compact(out: &mut String, json: &str) {
    let (mut in_string, mut escaped) = (false, false);
    for c in json.chars() {
        if in_string {
            (in_string, escaped) = (escaped || c != '"', !escaped && c == '\\');
        } else if c.is_ascii_whitespace() {
            continue;
        } else {
            in_string = c == '"';
        }
        out.push(c);
    }
}

fn csv_file(batch: &Batch, guard: bool, out: &mut impl Write) -> csv::Result<()> {
    let target = &batch.target.target;
    let [change_column, operation_column, cleared_column, blank_column] = FIXED_COLUMNS;
    let mut writer = csv::WriterBuilder::new().from_writer(out);
    writer.write_field(change_column)?;
    writer.write_field(operation_column)?;
    for name in std::iter::once(&target.key).chain(&target.fields).map(|field| &field.name) {
        writer.write_field(guarded(name.clone(), guard))?;
    }
    writer.write_record([cleared_column, blank_column])?;
    for record in &batch.records {
        csv_record(batch, record, guard, &mut writer)?;
    }
    Ok(writer.flush()?)
}

/// An empty cell is an untouched field, unless `cleared` or `blank` names it.
fn csv_record(batch: &Batch, record: &Record, guard: bool, writer: &mut csv::Writer<impl Write>) -> csv::Result<()> {
    let fields = &batch.target.target.fields;
    writer.write_field(change(record.kind))?;
    writer.write_field(batch.operation.to_string())?;
    writer.write_field(cell(&record.key, guard))?;
    let (mut cleared, mut blank) = (Vec::new(), Vec::new());
    let mut carried = record.fields.iter().peekable();
    for (index, field) in fields.iter().enumerate() {
        let Some((_, value)) = carried.next_if(|(carried, _)| *carried == index) else {
            writer.write_field("")?;
            continue;
        };
        let text = cell(value, guard);
        if value.is_null() {
            cleared.push(field.name.as_str());
        } else if text.is_empty() {
            blank.push(field.name.as_str());
        }
        writer.write_field(text)?;
    }
    debug_assert!(carried.next().is_none(), "fields come in ascending order, each once");
    let join = |names: Vec<&str>| guarded(names.join(&NAME_SEPARATOR.to_string()), guard);
    writer.write_record([join(cleared), join(blank)])
}

fn cell(value: &Value, guard: bool) -> String {
    match value {
        // Numbers may begin with a minus, and are no formulas.
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::Decimal(_) | Value::Float(_) => value.to_text(),
        Value::List(_) => {
            let mut text = String::new();
            push_json(&mut text, value);
            text
        }
        Value::Text(_) | Value::Json(_) | Value::Date(_) | Value::Timestamp(_) => guarded(value.to_text(), guard),
    }
}

/// Puts an apostrophe before a text that a spreadsheet could take for a formula. A text that begins with an apostrophe
/// gets one too: so whoever strips one always has the original.
fn guarded(text: String, guard: bool) -> String {
    const RISKY: [char; 12] = ['=', '+', '-', '@', '\t', '\r', '\n', '\'', '＝', '＋', '－', '＠'];
    if guard && text.starts_with(RISKY) { format!("'{text}") } else { text }
}

#[cfg(test)]
mod tests;
