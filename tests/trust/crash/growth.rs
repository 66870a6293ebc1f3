//! How the ledger grows over many runs, beside what a new file with the same content takes.
//!
//! `LAPWING_GROWTH_ROWS=100000` and `LAPWING_GROWTH_RUNS=1000` ask for a longer history.

use std::fs;
use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};
use lapwing::engine::{Engine, EngineOptions, Session};
use lapwing::ledger::{self, LedgerError};

use super::campaign::asked;
use crate::world::{World, block_on};

const ROWS: u64 = 10_000;
const RUNS: u64 = 30;

/// How much larger than its live data the ledger may be.
const MOST: u64 = 3;

fn as_of(run: u64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000 + i64::try_from(run).unwrap())
}

/// Customers of whom one in a hundred has another value, and is in another segment, every night.
fn attributes(rows: u64, run: u64) -> String {
    format!(
        "CREATE TEMP TABLE IF NOT EXISTS people AS
         SELECT 'c' || i AS customer_id, 'customer-' || i || '@example.com' AS key, 'Name ' || i AS a, 0::BIGINT AS b,
                DATE '2026-01-01' AS c, 'Segment 0' AS segment, DATE '2026-01-01' AS segment_entered_on,
                NULL::VARCHAR AS previous_segment
         FROM range({rows}) AS r(i);
         UPDATE people SET b = {run}, previous_segment = segment, segment = 'Segment ' || {run} % 7
         WHERE hash(key, {run}) % 100 = 0;
         CREATE OR REPLACE TEMP TABLE attributes AS SELECT * FROM people;"
    )
}

/// What the files of a ledger take.
fn bytes(folder: &Path) -> u64 {
    let files = ["ledger.duckdb", "ledger.duckdb.wal"].map(|name| fs::metadata(folder.join(name)));
    files.into_iter().flatten().map(|file| file.len()).sum()
}

/// The same content in a new file, by way of an export.
async fn bytes_of_live_data(world: &World) -> u64 {
    let exported = world.folder().join("exported");
    let to = exported.clone();
    world.engine().run(move |session| ledger::export(session, &to)).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let manifest = ledger::read_manifest(&exported).unwrap();
    let options = EngineOptions {
        database: Some(ledger::database_path(folder.path())),
        readable: vec![exported.clone()],
        threads: Some(1),
        ..EngineOptions::default()
    };
    let engine: Engine = ledger::open(folder.path(), options).await.unwrap();
    let all = move |session: &mut Session| ledger::import(session, &exported, &manifest, false);
    engine.run(all).await.unwrap();
    engine.run(ledger::checkpoint).await.unwrap();
    bytes(folder.path())
}

/// A run as the binary makes one, the history of segments and its own entry included.
async fn run(world: &mut World, rows: u64, run: u64) {
    let planned = world.plan_over(attributes(rows, run)).await.unwrap();
    let number = planned.0.run_id;
    let begin = move |session: &mut Session| {
        ledger::start_run(session, "sync", "sync.toml", as_of(run), as_of(run))?;
        ledger::stage_segments(session, number, as_of(run), "rules")?;
        ledger::keep_segments(session, number)
    };
    world.engine().run::<_, LedgerError>(begin).await.unwrap();
    world.deliver(&planned).await;
    let folded = world.fold(&planned.0.tables).await;
    assert_eq!(folded.confirmed, planned.0.counts.to_send);
    let end = move |session: &mut Session| {
        ledger::finish_run(session, number, "done", as_of(run), &[])?;
        ledger::checkpoint(session)
    };
    world.engine().run(end).await.unwrap();
}

#[test]
fn the_ledger_stays_within_three_times_its_live_data() {
    let (rows, runs) = (asked("LAPWING_GROWTH_ROWS", ROWS), asked("LAPWING_GROWTH_RUNS", RUNS));
    block_on(async {
        let mut world = World::new().await;
        world.vendor.capabilities.records_per_request = 10_000;
        let mut most = 0;
        for number in 1..=runs {
            run(&mut world, rows, number).await;
            // What it was asked is not what is looked at here.
            world.vendor.seen();
            most = most.max(bytes(world.folder()));
            if number % (runs / 4).max(1) == 0 {
                println!("after {number} runs of {rows} rows: {} bytes", bytes(world.folder()));
            }
        }
        let (now, live) = (bytes(world.folder()), bytes_of_live_data(&world).await);
        println!("{now} bytes, at most {most} after a run, and {live} in a new file with the same content");
        assert!(now <= MOST * live, "{now} bytes for {live} of live data");
    });
}
