//! `[exports.<relation>]`: where the rows come from.

use std::path::{Path, PathBuf};

use super::context::Context;
use super::limits;
use super::reader::{Keyword, TableReader, named_entries, sql};
use super::tree::{Spanned, Value};
use crate::config::diagnostics::{Span, did_you_mean, one_of};
use crate::config::sync_file::SqlText;

/// The relations that exports are mapped to.
pub const RELATIONS: [&str; 7] =
    ["customers", "orders", "order_lines", "products", "messages", "message_events", "events"];

/// The share of rows that may be bad before a run is refused, in percent, where the sync file says nothing.
pub const DEFAULT_MAX_BAD_ROWS_PCT: f64 = 1.0;

/// A file format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Apache Parquet.
    Parquet,
    /// Separated values.
    Csv,
    /// One JSON object a line, or one array of objects.
    Json,
}

impl Keyword for Format {
    const WORDS: &'static [(&'static str, Self)] =
        &[("parquet", Self::Parquet), ("csv", Self::Csv), ("json", Self::Json)];
}

impl Format {
    /// The format that a file name tells by its ending; `.gz` and `.zst` behind it are skipped.
    pub fn from_path(path: &str) -> Option<Self> {
        let path = path.to_ascii_lowercase();
        let path = path.strip_suffix(".gz").or_else(|| path.strip_suffix(".zst")).unwrap_or(&path);
        match Path::new(path).extension()?.to_str()? {
            "parquet" | "pq" => Some(Self::Parquet),
            "csv" | "tsv" => Some(Self::Csv),
            "json" | "jsonl" | "ndjson" => Some(Self::Json),
            _ => None,
        }
    }
}

/// How a CSV file is written. What is left out is detected.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct CsvOptions {
    /// One character between two values. Default: detected.
    pub delimiter: Option<char>,
    /// Whether the first line holds names. Default: detected.
    pub header: Option<bool>,
    /// The character around values. Default: detected.
    pub quote: Option<char>,
    /// The text that stands for null. Default: the empty text.
    pub null: Option<String>,
}

/// A canonical column, and the expression over the file's columns that fills it.
#[derive(Debug, Clone, serde::Serialize)]
pub struct MappedColumn {
    /// The canonical column.
    pub name: Spanned<String>,
    /// The expression.
    pub sql: SqlText,
}

/// One relation.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Export {
    /// Its name, one of [`RELATIONS`], at the table's header.
    pub relation: Spanned<String>,
    /// Files, globs and folders as typed; at least one.
    pub paths: Vec<Spanned<String>>,
    /// The format, stated or told by the endings of all paths; none where only the folder's content can tell.
    pub format: Option<Format>,
    /// The mapped columns, in the order of the file. A canonical column that is not named is taken by its own name.
    pub columns: Vec<MappedColumn>,
    /// How CSV is written.
    pub csv: CsvOptions,
    /// The share of bad rows that is tolerated, in percent. Default: [`DEFAULT_MAX_BAD_ROWS_PCT`].
    pub max_bad_rows_pct: f64,
    /// The time zone of timestamps without one, as an IANA name. Default: `UTC`.
    pub timezone: Spanned<String>,
}

impl Export {
    /// The paths, from the folder that the sync file lies in.
    pub fn resolved_paths(&self, folder: &Path) -> Vec<PathBuf> {
        self.paths.iter().map(|path| folder.join(&path.value)).collect()
    }

    /// The mapping of a canonical column.
    pub fn column(&self, name: &str) -> Option<&SqlText> {
        self.columns.iter().find(|column| column.name.value == name).map(|column| &column.sql)
    }
}

/// Reads `[exports]`.
pub(super) fn read(value: &Spanned<Value>, cx: &mut Context<'_>) -> Vec<Export> {
    let Some(table) = named_entries(value, "`exports`", cx) else { return Vec::new() };
    let mut exports = Vec::new();
    for entry in &table.entries {
        let relation = &entry.key;
        if RELATIONS.contains(&relation.value.as_str()) {
            exports.extend(read_one(relation, &entry.value, cx));
        } else {
            let hint = did_you_mean(relation, RELATIONS).map_or_else(
                || format!("relations are {}", one_of(RELATIONS)),
                |name| format!("did you mean `{name}`?"),
            );
            cx.error(relation.span, "unknown-relation", format!("unknown relation `{}`", relation.value)).hint(hint);
        }
    }
    exports
}

fn read_one(relation: &Spanned<String>, value: &Spanned<Value>, cx: &mut Context<'_>) -> Option<Export> {
    let mut reader = TableReader::open(value, format!("[exports.{}]", relation.value), cx)?;
    let hint = format!("say where the files are: path = \"exports/{}/*.parquet\"", relation.value);
    let has_path = reader.required("path", &hint, cx).is_some();
    let paths = if has_path { reader.texts("path", true, cx) } else { None };
    if let Some(paths) = &paths {
        check_paths(paths, value.span, &reader.what, cx);
    }
    let stated = reader.keyword("format", cx);
    let columns = reader.optional("columns").map(|columns| read_columns(columns, cx)).unwrap_or_default();
    let csv = reader.optional("csv").map(|csv| read_csv(csv, cx)).unwrap_or_default();
    let max_bad_rows_pct = reader.number("max_bad_rows_pct", 0.0..=100.0, cx).unwrap_or(DEFAULT_MAX_BAD_ROWS_PCT);
    let timezone = super::schedule::read_timezone(&mut reader, cx);
    reader.finish(&[], cx);
    let paths = paths.filter(|paths| !paths.is_empty())?;
    let format = stated.or_else(|| {
        let told: Vec<_> = paths.iter().map(|path| Format::from_path(path)).collect();
        told.first().copied().flatten().filter(|first| told.iter().all(|other| *other == Some(*first)))
    });
    Some(Export { relation: relation.clone(), paths, format, columns, csv, max_bad_rows_pct, timezone })
}

fn check_paths(paths: &[Spanned<String>], span: Span, what: &str, cx: &mut Context<'_>) {
    if paths.is_empty() {
        cx.error(span, "empty-value", format!("`path` in {what} names no file"));
    }
    for path in paths {
        if path.contains("://") || path.to_ascii_lowercase().starts_with("file:") {
            cx.error(path.span, "bad-value", "an export is a local file, not a URL")
                .hint("copy the files first; Lapwing reads no network locations");
        } else if path.starts_with('~') {
            cx.error(path.span, "bad-value", "`~` does not stand for a home folder here")
                .hint("paths start from the folder of the sync file, or with `/`");
        } else if path.contains('\0') {
            cx.error(path.span, "bad-value", "a path must not contain a zero byte");
        } else if path.matches(['*', '?', '[']).count() > limits::WILDCARDS {
            cx.error(path.span, "too-many", format!("a path has at most {} wildcards", limits::WILDCARDS));
        }
    }
}

fn read_columns(value: &Spanned<Value>, cx: &mut Context<'_>) -> Vec<MappedColumn> {
    let Some(table) = named_entries(value, "`columns`", cx) else { return Vec::new() };
    table
        .entries
        .iter()
        .filter_map(|entry| {
            let sql = sql(&entry.value, &format!("the column `{}`", entry.key.value), cx)?;
            Some(MappedColumn { name: entry.key.clone(), sql })
        })
        .collect()
}

fn read_csv(value: &Spanned<Value>, cx: &mut Context<'_>) -> CsvOptions {
    let Some(mut reader) = TableReader::open(value, "`csv`", cx) else { return CsvOptions::default() };
    let options = CsvOptions {
        delimiter: character("delimiter", &mut reader, cx),
        header: reader.boolean("header", cx),
        quote: character("quote", &mut reader, cx),
        null: reader.text("null", cx).map(|null| null.value),
    };
    reader.finish(&[], cx);
    options
}

fn character(key: &'static str, reader: &mut TableReader<'_>, cx: &mut Context<'_>) -> Option<char> {
    let value = reader.optional(key)?;
    if let Value::Text(text) = &value.value {
        let mut characters = text.expose().chars();
        if let (Some(only), None) = (characters.next(), characters.next()) {
            return Some(only);
        }
    }
    cx.error(value.span, "bad-value", format!("`{key}` must be one character in quotes"));
    None
}
