//! How many requests a sync takes, and how fast they go, against what SendGrid's limits allow.

use lapwing_sandbox::conformance::driver::deliver;

use super::*;

fn contacts(range: std::ops::Range<u64>, segment: &str) -> Vec<Record> {
    let record = |n| Record {
        seq: n + 1,
        kind: ChangeKind::Added,
        key: text(&format!("customer{n}@example.com")),
        fields: vec![(0, text("Ada")), (1, text(segment))],
    };
    range.map(record).collect()
}

#[tokio::test]
async fn ten_thousand_contacts_take_as_few_requests_as_the_limits_allow() {
    let stage = stage();
    let target = stage.prepare().await;
    let first = contacts(0..10_000, "champions");
    let delivery = deliver(&*stage.destination, &stage.clock, Operation::Upsert, &target, first).await;
    assert!(delivery.is_complete(), "{:?}", delivery.failures);
    // 30,000 contacts or 6 MB a request: 10,000 of about 100 bytes are one.
    assert_eq!(stage.puts().len(), 1);
    // 1 % of them change: one more, with the field that differs.
    let changed: Vec<Record> = contacts(500..600, "at risk")
        .into_iter()
        .map(|record| Record { fields: record.fields[1..].into(), ..record })
        .collect();
    let delivery = deliver(&*stage.destination, &stage.clock, Operation::Upsert, &target, changed).await;
    assert!(delivery.is_complete(), "{:?}", delivery.failures);
    assert_eq!(stage.puts().len(), 2);
    assert_eq!(stage.traffic.requests().repeats, 0);
}

#[tokio::test]
async fn a_thousand_requests_in_a_row_is_never_throttled_and_uses_the_limit() {
    let stage = stage();
    let target = stage.prepare().await;
    let sent_before = stage.sandbox.requests(0).len();
    let began = stage.clock.now();
    let keys = vec![text("ada@example.com")];
    for _ in 0..1000 {
        stage.destination.read(&target, &keys).await.unwrap();
    }
    let minutes = (stage.clock.now() - began).as_seconds_f64() / 60.0;
    let log = stage.sandbox.requests(0);
    assert!(log.iter().all(|sent| sent.status != Some(429)));
    let used = 1000.0 / (minutes * 200.0);
    assert_eq!(log.len() - sent_before, 1000);
    assert!((0.98..=1.02).contains(&used), "{used:.4}");
}

#[tokio::test]
async fn an_account_that_somebody_else_uses_too_is_shared_without_a_failure() {
    let stage = stage_with(Options { contacts_per_minute: 50, ..options() }, json!({ "api_key": "SG.test" }));
    let target = stage.prepare().await;
    let keys = vec![text("ada@example.com")];
    for _ in 0..200 {
        stage.destination.read(&target, &keys).await.unwrap();
    }
    let refused = stage.sandbox.requests(0).iter().filter(|sent| sent.status == Some(429)).count();
    assert!(refused <= 1, "{refused} requests were throttled");
}
