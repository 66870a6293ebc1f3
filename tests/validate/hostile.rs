//! SQL that wants more than it may: refused wherever the sync file takes SQL, each time at its line and column.

use std::fmt::Write as _;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value as Json;

/// Expressions that reach for files, the network, the engine or other rows, or that would never end.
const ATTACKS: &[&str] = &[
    // files
    "(SELECT content FROM read_text('/etc/passwd'))",
    "read_csv('/etc/passwd')",
    "read_text('/etc/passwd')",
    "read_blob('/etc/shadow')",
    "read_parquet('x')",
    "read_json_auto('/proc/self/environ')",
    "glob('/root/*')",
    "(FROM '/etc/passwd')",
    "1) FROM read_csv('/etc/passwd') --",
    "parquet_metadata('x')",
    "sniff_csv('/etc/passwd')",
    // statements
    "COPY (SELECT 1) TO '/tmp/x'",
    "1; COPY (SELECT 1) TO '/tmp/x'",
    "1); ATTACH '/tmp/x.duckdb'; SELECT (1",
    "ATTACH '/tmp/x.duckdb'",
    "EXPORT DATABASE '/tmp/x'",
    "INSTALL httpfs",
    "1; LOAD httpfs",
    "PRAGMA database_list",
    "SET threads = 1",
    "1; SET enable_external_access = true",
    "1); DROP TABLE customers; --",
    "CREATE TABLE x (a INTEGER)",
    "CALL pragma_version()",
    "1) UNION ALL SELECT (2",
    "1) ORDER BY (1",
    "1), (2",
    ";",
    // the engine and its secrets
    "getenv('HOME')",
    "current_setting('secret_directory')",
    "getvariable('x')",
    "duckdb_secrets()",
    "duckdb_settings()",
    "(FROM duckdb_secrets())",
    "(SELECT value FROM duckdb_settings() LIMIT 1)",
    "which_secret('s3://x', 's3')",
    "(SELECT sql FROM sqlite_master)",
    "query('SELECT 1')",
    "query_table('customers')",
    "json_execute_serialized_sql('{}')",
    "write_log('x')",
    "nextval('x')",
    "error(1)",
    "http_get('https://example.com')",
    // other rows, and other values at every run
    "EXISTS (FROM customers)",
    "1 IN (FROM range(1000000000000))",
    "ARRAY(SELECT 1)",
    "(VALUES (1))",
    "CASE WHEN (SELECT true) THEN 1 END",
    "row_number() OVER ()",
    "COLUMNS('.*')",
    "*",
    "#1",
    "$1",
    "?",
    "now()",
    "random()",
    "sleep_ms(100000)",
    "pg_sleep(100)",
    // what would not end, or not fit
    "(WITH RECURSIVE t AS (SELECT 1 UNION ALL SELECT 1 FROM t) SELECT count(*) FROM t)",
    "(SELECT count(*) FROM range(100000000000) a, range(100000000000) b)",
    "unnest(range(1000000000000))",
    "generate_subscripts([1, 2], 1)",
    "generate_series(1, 3000000000)[1]",
    "list_sum(range(3000000000))",
    "list_aggregate(range(3000000000), 'sum')",
    "[x for x in range(10000000000)]",
    "list_reduce(['a', 'b'], lambda x, y: x || y)",
    "repeat('x', 4000000000)",
    "lpad('x', 4000000000, 'x')",
    // comments, letters that end texts
    "1 /*",
    "1) --",
    "'",
    "1\u{0}; DROP TABLE x",
    "",
];

/// A sync file with a table for each attack, and the line of each.
fn sync_file(head: &str, table: impl Fn(usize, &str) -> String) -> (String, Vec<u64>) {
    let mut text = format!(
        "version = 1\n[exports.customers]\npath = \"customers.csv\"\n[exports.orders]\npath = \"orders.csv\"\n\
         [attributes.rfm]\n[destinations.out]\nconnector = \"file\"\nfolder = \"out\"\nformat = \"jsonl\"\n{head}"
    );
    let mut lines = Vec::new();
    for (number, attack) in ATTACKS.iter().enumerate() {
        let _ = writeln!(text, "{}", table(number, &toml::Value::String((*attack).to_owned()).to_string()));
        lines.push(text.lines().count() as u64);
    }
    (text, lines)
}

/// Validates the file; each of the lines has an error with a column, and it takes seconds at most.
#[track_caller]
fn every_line_is_refused((text, lines): (String, Vec<u64>)) {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, content: &str| std::fs::write(folder.path().join(name), content).unwrap();
    write("customers.csv", "customer_id,email\nada,ada@example.com\n");
    write("orders.csv", "order_id,customer_id,ordered_at,net_amount\no1,ada,2026-01-05 12:00:00,12.50\n");
    write("sync.toml", &text);
    let started = Instant::now();
    let mut command = Command::new(env!("CARGO_BIN_EXE_lapwing"));
    let output =
        command.args(["validate", "--format", "json"]).current_dir(folder.path()).env_clear().output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stderr));
    let found: Vec<Json> = serde_json::from_slice(&output.stdout).unwrap();
    for (attack, line) in ATTACKS.iter().zip(lines) {
        let at_line = |one: &&Json| one["severity"] == "error" && one["line"] == line;
        let finding = found.iter().find(at_line).unwrap_or_else(|| panic!("`{attack}` at {line} passes:\n{text}"));
        assert!(finding["column"].as_u64().is_some_and(|column| column > 1), "{attack}: {finding}");
        assert!(!finding["message"].to_string().contains("root:"), "{finding}");
    }
    assert!(started.elapsed() < Duration::from_secs(60), "{:?}", started.elapsed());
}

/// A sync of its own for each attack: where one expression does not parse, others of the sync are not bound.
fn in_sync(rest: &str, line: impl Fn(&str) -> String) -> (String, Vec<u64>) {
    sync_file("", |number, attack| {
        format!(
            "[[syncs]]\nname = \"s{number}\"\ndestination = \"out\"\nobject = \"o{number}\"\n{rest}\n{}",
            line(attack)
        )
    })
}

const KEY: &str = "key = { k = \"customer_id\" }";
const FIELDS: &str = "fields = { a = \"email\" }";

#[test]
fn in_fields() {
    every_line_is_refused(in_sync(KEY, |attack| format!("fields = {{ a = {attack} }}")));
}

#[test]
fn in_audiences() {
    every_line_is_refused(in_sync(&[KEY, FIELDS].join("\n"), |attack| format!("audience = {attack}")));
}

#[test]
fn in_orders() {
    every_line_is_refused(in_sync(&[KEY, FIELDS, "limit = 5"].join("\n"), |attack| format!("order_by = {attack}")));
}

#[test]
fn in_keys() {
    every_line_is_refused(in_sync(FIELDS, |attack| format!("key = {{ k = {attack} }}")));
}

#[test]
fn in_conditions_of_segments() {
    every_line_is_refused(sync_file("", |number, attack| {
        format!("[[segments]]\nname = \"segment {number}\"\nwhen = {attack}")
    }));
}

#[test]
fn in_custom_attributes() {
    let custom = |number: usize| format!("[[attributes.custom]]\nname = \"c{number}\"\nrelation = \"orders\"\n");
    every_line_is_refused(sync_file("", |number, attack| {
        format!("{}aggregate = \"count(*)\"\nfilter = {attack}", custom(number))
    }));
    every_line_is_refused(sync_file("", |number, attack| format!("{}aggregate = {attack}", custom(number))));
}

#[test]
fn a_run_that_takes_too_long_says_so() {
    let project = crate::project::Project::new();
    let said = project.lapwing_with(&["attributes", "sync.toml"], &[("LAPWING_ENGINE__TIME_LIMIT", "1us")]);
    assert!(said.starts_with("exit 2"), "{said}");
    assert!(said.contains("a query took longer than the time limit") && said.contains("engine.time_limit"), "{said}");
}
