//! Cells of exports, through the engine and back: what is text stays the same text, what is no number is counted, and
//! nothing of it is in a message.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use lapwing::engine::{Engine, EngineError, EngineOptions, Session};
use lapwing::exports::{CsvOptions, Export, ExportError, Relation, Roots, bind};
use lapwing_contract::{FieldType, Value};
use proptest::prelude::*;

use super::{cases, corpus};

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
    let options = EngineOptions { readable: vec![folder.to_path_buf()], threads: Some(1), ..EngineOptions::default() };
    let now: DateTime<Utc> = "2030-01-01T00:00:00Z".parse().unwrap();
    let work = move |session: &mut Session| {
        let report = bind(session, &[export], now)?;
        let page =
            session.page("SELECT CAST(note AS VARCHAR) FROM customers ORDER BY CAST(customer_id AS BIGINT)", &[])?;
        let customers = &report.relations[0];
        Ok::<_, Failed>((customers.used_rows, customers.bad_row_count(), page.column(0, &FieldType::Text)?))
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async { Engine::open(options).await?.run(work).await })
}

fn texts(cells: &[String]) -> Vec<Value> {
    cells.iter().map(|cell| if cell.is_empty() { Value::Null } else { Value::Text(cell.clone()) }).collect()
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

/// CSV has no cell without letters but the empty one, and JSON types a column of nothing but dates or numbers.
fn cells() -> impl Strategy<Value = Vec<String>> {
    let lines: Vec<String> = corpus("cells").iter().flat_map(|text| text.lines()).map(str::to_owned).collect();
    let cell = prop_oneof![prop::sample::select(lines), "\\PC{0,30}", "[\"',;|\\\\a \t]{0,12}"];
    prop::collection::vec(cell, 1..40)
}

proptest! {
    #![proptest_config(cases(12))]

    #[test]
    fn a_text_in_csv_stays_that_text(cells in cells()) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("customers.csv");
        std::fs::write(&file, csv(&cells)).unwrap();
        let (used, bad, found) = bound(folder.path(), file).unwrap();
        prop_assert_eq!((used, bad), (cells.len() as u64, 0));
        prop_assert_eq!(found, texts(&cells));
    }

    #[test]
    fn a_text_in_json_stays_that_text(mut cells in cells()) {
        // A first cell that is nothing but a text makes it a column of texts.
        cells.insert(0, "just words".to_owned());
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("customers.jsonl");
        std::fs::write(&file, json_lines(&cells)).unwrap();
        let (used, bad, found) = bound(folder.path(), file).unwrap();
        prop_assert_eq!((used, bad), (cells.len() as u64, 0));
        let expected: Vec<Value> = cells.iter().cloned().map(Value::Text).collect();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn spoiled_files_are_read_or_refused_without_their_values(
        text in super::spoil::spoiled(vec![
            csv(&["hush@example.com".to_owned(), "2026-01-05".to_owned(), "a \"b\"".to_owned()]),
            json_lines(&["hush@example.com".to_owned(), "2026-01-05".to_owned()]),
        ], 5),
        name in prop::sample::select(vec!["c.csv", "c.jsonl", "c.json", "c.parquet", "c.csv.gz", "c.tsv"]),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(name);
        std::fs::write(&file, &text).unwrap();
        let said = match bound(folder.path(), file) {
            Ok(_) => String::new(),
            Err(Failed::Engine(error)) => error.message,
            // Names of columns are told as the way out, and a spoiled header may be anything.
            Err(Failed::Export(error)) => {
                let cause = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
                format!("{error}{cause}")
            }
        };
        prop_assert!(!said.contains("hush@"), "{}", said);
    }
}
