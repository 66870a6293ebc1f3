//! Cells of exports, through the engine and back: what is text stays the same text, what is no number is counted, and
//! nothing of it is in a message.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use lapwing::engine::{Engine, EngineError, EngineErrorKind, EngineOptions, Session};
use lapwing::exports::{CsvOptions, Export, ExportError, Relation, Roots, bind};
use lapwing_contract::{FieldType, Value};

use super::explore::Target;

/// A value that files hold, and that no message may repeat.
const HUSH: &str = "hush@";

/// The most cells of one file.
const MOST_CELLS: usize = 60;

#[derive(Debug)]
enum Failed {
    Export(ExportError),
    Engine(EngineError),
}

impl From<ExportError> for Failed {
    fn from(error: ExportError) -> Self {
        Self::Export(error)
    }
}

impl From<EngineError> for Failed {
    fn from(error: EngineError) -> Self {
        Self::Engine(error)
    }
}

/// What binding a customers' file gives: good rows, bad rows, and the column `note` of the good ones, in order.
fn bound(folder: &Path, file: PathBuf) -> Result<(u64, u64, Vec<Value>), Failed> {
    let export = Export {
        relation: Relation::Customers,
        paths: vec![file],
        roots: Roots::new(&[folder.to_path_buf()], u64::MAX),
        format: None,
        columns: vec![("born".to_owned(), "try_cast(note AS DATE)".to_owned())],
        csv: CsvOptions::default(),
        max_bad_rows_pct: 100.0,
    };
    let now: DateTime<Utc> = "2030-01-01T00:00:00Z".parse().unwrap();
    let work = move |session: &mut Session| {
        let report = bind(session, &[export], now)?;
        let page =
            session.page("SELECT CAST(note AS VARCHAR) FROM customers ORDER BY CAST(customer_id AS BIGINT)", &[])?;
        let customers = &report.relations[0];
        Ok::<_, Failed>((customers.used_rows, customers.bad_row_count(), page.column(0, &FieldType::Text)?))
    };
    wait(ENGINE.run(work))
}

/// Kept open: opening takes longer than a file. Binding forgets what was bound before.
static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
    let readable = vec![std::env::temp_dir()];
    wait(Engine::open(EngineOptions { readable, threads: Some(1), ..EngineOptions::default() })).unwrap()
});

fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

/// Binds one file of its own folder.
fn bound_file(name: &str, content: &[u8]) -> Result<(u64, u64, Vec<Value>), Failed> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(name);
    std::fs::write(&file, content).unwrap();
    bound(folder.path(), file)
}

/// The cells of a text: its lines, those in JSON's quotes without them, so that a cell can hold a line break.
fn cells(text: &str) -> Vec<String> {
    let cell = |line: &str| serde_json::from_str::<String>(line).unwrap_or_else(|_| line.to_owned());
    text.split('\n').take(MOST_CELLS).map(cell).collect()
}

fn csv(cells: &[String]) -> String {
    let quoted = cells.iter().enumerate().map(|(id, cell)| format!("{id},\"{}\"\n", cell.replace('"', "\"\"")));
    "customer_id,note\n".to_owned() + &quoted.collect::<String>()
}

fn json_lines(cells: &[String]) -> String {
    let line = |(id, cell): (usize, &String)| {
        format!("{}\n", serde_json::json!({ "customer_id": id.to_string(), "note": cell }))
    };
    cells.iter().enumerate().map(line).collect()
}

#[test]
fn csv_texts() {
    Target { name: "cells::csv_texts", cases: 12, also: &[] }.over_bytes(|bytes| {
        let cells = cells(&String::from_utf8_lossy(bytes));
        let (used, bad, found) = bound_file("customers.csv", csv(&cells).as_bytes()).unwrap();
        assert_eq!((used, bad), (cells.len() as u64, 0));
        // CSV has no cell without letters but the empty one.
        let text = |cell: &String| if cell.is_empty() { Value::Null } else { Value::Text(cell.clone()) };
        assert_eq!(found, cells.iter().map(text).collect::<Vec<_>>());
    });
}

#[test]
fn json_texts() {
    Target { name: "cells::json_texts", cases: 12, also: &[] }.over_bytes(|bytes| {
        let mut cells = cells(&String::from_utf8_lossy(bytes));
        // JSON types a column of nothing but dates or numbers: one cell that is nothing but a text makes it texts.
        cells.insert(0, "just words".to_owned());
        let (used, bad, found) = bound_file("customers.jsonl", json_lines(&cells).as_bytes()).unwrap();
        assert_eq!((used, bad), (cells.len() as u64, 0));
        assert_eq!(found, cells.into_iter().map(Value::Text).collect::<Vec<_>>());
    });
}

/// The first line names the file, the rest is what it holds.
#[test]
fn files() {
    const NAMES: [&str; 8] =
        ["c.csv", "c.jsonl", "c.json", "c.parquet", "c.csv.gz", "c.csv.zst", "c.jsonl.gz", "c.tsv"];
    Target { name: "cells::files", cases: 16, also: &[] }.over_bytes(|bytes| {
        let (first, content) = bytes.split_at(bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len()));
        let name = NAMES.iter().find(|name| name.as_bytes() == first).unwrap_or(&NAMES[first.len() % NAMES.len()]);
        let said = match bound_file(name, content.get(1..).unwrap_or_default()) {
            Ok((used, _, found)) => {
                assert!(found.len() as u64 <= used, "{used} rows");
                String::new()
            }
            Err(Failed::Engine(error)) => {
                assert_ne!(error.kind, EngineErrorKind::Internal, "{error}");
                error.message
            }
            // Names of columns are told as the way out, and a spoiled header may be anything.
            Err(Failed::Export(error)) => {
                let cause = std::error::Error::source(&error);
                let inner = cause.and_then(|cause| cause.downcast_ref::<EngineError>());
                assert!(inner.is_none_or(|inner| inner.kind != EngineErrorKind::Internal), "{inner:?}");
                format!("{error}{}", cause.map(ToString::to_string).unwrap_or_default())
            }
        };
        assert!(!said.contains(HUSH), "{said}");
    });
}
