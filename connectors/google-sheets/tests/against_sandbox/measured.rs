//! How many requests it takes, and at which pace.

use super::*;
use lapwing_contract::{Capabilities, Clock, Decimal};
use lapwing_sandbox::vendors::google_sheets::Options;

/// name, phone, segment, late, last order, value, note
fn call_list() -> Target {
    let types = [
        ("name", FieldType::Text),
        ("phone", FieldType::Text),
        ("segment", FieldType::Text),
        ("late", FieldType::Int),
        ("last order", FieldType::Date),
        ("value", FieldType::Decimal),
        ("note", FieldType::Text),
    ];
    Target { fields: types.map(|(name, of)| field(name, of)).to_vec(), ..target() }
}

fn record(n: u64, note: usize) -> Record {
    let number = i64::try_from(n).unwrap();
    let fields = vec![
        text(&format!("Customer {n:05}")),
        text(&format!("+3314268{n:05}")),
        text("Best gone quiet"),
        Value::Int(number % 90),
        Value::Date("2026-01-31".parse().unwrap()),
        Value::Decimal(Decimal { unscaled: (number * 7 + 25).into(), scale: 2 }),
        text(&"n".repeat(note)),
    ];
    let fields = fields.into_iter().enumerate().collect();
    Record { seq: n, kind: ChangeKind::Added, key: text(&format!("C-{n:07}")), fields }
}

/// The bytes that the delivery floor reckons for a record: src/plan/diff.rs.
fn weight(record: &Record, capabilities: &Capabilities) -> usize {
    let value = |value: &Value| match value {
        Value::Int(_) => 20,
        Value::Decimal(_) => 42,
        Value::Date(_) => 12,
        value => value.to_json().to_string().len(),
    };
    let fields = record.fields.iter().map(|(_, field)| capabilities.bytes_per_field + value(field));
    capabilities.bytes_per_record + 2 * record.key.to_text().len() + fields.sum::<usize>()
}

/// Batches as the delivery floor packs them: src/plan/batches.rs.
fn packed(records: Vec<Record>, capabilities: &Capabilities) -> Vec<Vec<Record>> {
    let mut batches: Vec<(usize, Vec<Record>)> = Vec::new();
    for record in records {
        let bytes = weight(&record, capabilities);
        match batches.last_mut().filter(|(sum, open)| {
            open.len() < capabilities.records_per_request && sum + bytes <= capabilities.bytes_per_request
        }) {
            Some((sum, open)) => {
                *sum += bytes;
                open.push(record);
            }
            None => batches.push((bytes, vec![record])),
        }
    }
    batches.into_iter().map(|(_, records)| records).collect()
}

async fn deliver(stage: &Stage, target: &Arc<Prepared>, records: Vec<Record>) {
    let capabilities = stage.destination.capabilities("Call list");
    for (number, records) in (1..).zip(packed(records, &capabilities)) {
        let batch = Batch { number, operation: Operation::Upsert, target: Arc::clone(target), records };
        let receipt = stage.destination.write(&batch).await.unwrap();
        assert!(receipt.outcomes.iter().all(Outcome::is_confirmed));
    }
}

/// Value requests, structural requests, and the bytes of the value requests.
fn sent(stage: &Stage) -> (usize, usize, usize) {
    let values = stage.logged(VALUES);
    let bytes: usize = values.iter().map(|sent| sent.bytes).sum();
    assert!(values.iter().all(|sent| sent.bytes <= 2_000_000), "no request is larger than Google recommends");
    (values.len(), stage.logged(STRUCTURE).len(), bytes)
}

/// `note` characters of a note; the requests that 10,000 new records and then 100 changed ones take.
async fn first_time_and_one_per_cent(note: usize, expected: usize) {
    let stage = stage();
    let target = Arc::new(stage.destination.prepare(&call_list()).await.unwrap());
    let (header, tab, header_bytes) = sent(&stage);
    assert_eq!((header, tab), (0, 1), "the tab with its formats and its header");

    deliver(&stage, &target, (1..=10_000).map(|n| record(n, note)).collect()).await;
    let (values, structural, bytes) = sent(&stage);
    let (values, structural, bytes) = (values - header, structural - tab, bytes - header_bytes);
    // The least: all bytes of the rows, 2,000,000 a request.
    assert_eq!((values, bytes.div_ceil(2_000_000)), (expected, expected), "{bytes} bytes");
    // The grid has to grow beyond the thousand rows of a new tab, once for each request that goes beyond it.
    assert_eq!(structural, expected);

    let before = sent(&stage);
    let changed = (1..=100).map(|n| Record {
        kind: ChangeKind::Changed,
        fields: vec![(3, Value::Int(1_000 + n))],
        ..record(u64::try_from(n).unwrap() * 97, 0)
    });
    deliver(&stage, &target, changed.collect()).await;
    let after = sent(&stage);
    // 100 cells in 100 places are some 6 kB: one request.
    assert_eq!((after.0 - before.0, after.1 - before.1), (1, 0));
    assert!(after.2 - before.2 < 10_000, "{} bytes", after.2 - before.2);
    assert_eq!(stage.rows()[97][4], 1_001);
}

#[tokio::test]
async fn ten_thousand_new_rows_take_one_write_and_a_hundred_changed_ones_too() {
    // About 95 bytes a row: 0.95 MB.
    first_time_and_one_per_cent(8, 1).await;
}

#[tokio::test]
async fn ten_thousand_rows_with_long_notes_take_as_many_writes_as_their_bytes_ask_for() {
    // About 650 bytes a row: 6.5 MB, so four requests.
    first_time_and_one_per_cent(560, 4).await;
}

#[tokio::test]
async fn the_limit_is_used_to_the_full_and_never_overstepped() {
    let stage = stage_with(Options::default(), &json!({ "spreadsheet": "book" }));
    let target = stage.prepare().await;
    let before = stage.sandbox.requests(0).len();
    let began = stage.clock.now();
    let keys = vec![text("a")];
    for _ in 0..300 {
        stage.destination.read(&target, &keys).await.unwrap();
    }
    let minutes = (stage.clock.now() - began).as_seconds_f64() / 60.0;
    let log = stage.sandbox.requests(0);
    let reads = log.len() - before;
    assert_eq!(reads, 600);
    assert!(log.iter().all(|sent| sent.status != Some(429)));
    let used = 600.0 / (minutes * 60.0);
    assert!((0.98..=1.02).contains(&used), "{used:.4}");
}

#[tokio::test]
async fn two_hundred_writes_in_a_row_are_never_throttled_and_go_as_fast_as_the_reads_before_them() {
    let stage = stage();
    let target = stage.prepare().await;
    stage.upsert(&target, vec![row("a", 0)]).await;
    let before = stage.traffic.requests();
    let began = stage.clock.now();
    for late in 1..=200 {
        assert_eq!(stage.upsert(&target, vec![row("a", late)]).await, ["confirmed"]);
    }
    let seconds = (stage.clock.now() - began).as_seconds_f64();
    let made = stage.traffic.requests();
    // Header and columns before each write: two reads, of which sixty a minute are allowed.
    assert_eq!((made.reads - before.reads, made.writes - before.writes), (400, 200));
    assert!(stage.sandbox.requests(0).iter().all(|sent| sent.status != Some(429)));
    assert!((0.98..=1.02).contains(&(400.0 / seconds)), "{seconds} s");
}
