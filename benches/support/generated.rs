//! Generated exports, and the hand-written query over them.

use std::path::{Path, PathBuf};

use chrono::{DateTime, TimeZone, Utc};
use duckdb::{Config, Connection};
use lapwing::exports::{CsvOptions, Export, Relation, Roots};

/// The memory and threads that both sides of a comparison get.
#[derive(Debug, Clone)]
pub(crate) struct Limits {
    pub(crate) memory: String,
    pub(crate) threads: usize,
}

/// The moment that attributes are computed for.
pub(crate) fn as_of() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 1, 1, 0, 0, 0).single().expect("a valid instant")
}

/// Writes the exports of a shop into `folder`.
pub(crate) fn generate(folder: &Path, customers: u64, orders: u64, limits: &Limits) {
    let sql = include_str!("generate.sql")
        .replace("{customers}", &customers.to_string())
        .replace("{orders}", &orders.to_string())
        .replace("{folder}", &folder.display().to_string());
    plain_duckdb(folder, limits).execute_batch(&sql).expect("exports can be generated");
}

/// DuckDB without Lapwing, under the same limits, and with the one setting that Lapwing makes for speed.
pub(crate) fn plain_duckdb(folder: &Path, limits: &Limits) -> Connection {
    let threads = i64::try_from(limits.threads).expect("few threads");
    let config = Config::default().max_memory(&limits.memory).and_then(|config| config.threads(threads));
    let connection = Connection::open_in_memory_with_flags(config.expect("sound limits")).expect("DuckDB opens");
    let spill = folder.join("plain-spill").display().to_string();
    let settings = format!("SET temp_directory = '{spill}'; SET preserve_insertion_order = false;");
    connection.execute_batch(&settings).expect("DuckDB takes its settings");
    connection
}

/// Computes the columns of rfm, cycle and promo in one hand-written query.
pub(crate) fn hand_written(connection: &Connection, folder: &Path) {
    let sql = include_str!("hand_written.sql")
        .replace("{folder}", &folder.display().to_string())
        .replace("{as_of}", &format!("TIMESTAMP '{}'", as_of().format("%F %T")));
    connection.execute_batch(&sql).expect("the hand-written query runs");
}

/// Keeps what the hand-written query gave, for a comparison with what Lapwing computes.
pub(crate) fn keep_hand_written(connection: &Connection, folder: &Path) {
    let sql = format!("COPY hand_written TO '{}/hand_written.parquet' (FORMAT parquet)", folder.display());
    connection.execute_batch(&sql).expect("the result can be written");
}

/// The exports of a sync file over the generated files.
pub(crate) fn exports(folder: &Path) -> Vec<Export> {
    let export = |relation: Relation| Export {
        relation,
        paths: vec![file(folder, relation)],
        roots: Roots::new(&[folder.to_path_buf()], u64::MAX),
        format: None,
        columns: Vec::new(),
        csv: CsvOptions::default(),
        max_bad_rows_pct: 1.0,
    };
    [Relation::Customers, Relation::Orders].map(export).into()
}

fn file(folder: &Path, relation: Relation) -> PathBuf {
    folder.join(format!("{}.parquet", relation.name()))
}
