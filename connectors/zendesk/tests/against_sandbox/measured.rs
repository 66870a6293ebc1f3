//! How many requests a sync takes, and how fast they go, against what Zendesk's limits allow.

use std::sync::Arc;

use lapwing_contract::{ChangeKind, Clock, Connector, FieldType, Operation, Prepared, Record, SimulatedClock, Target};
use lapwing_sandbox::conformance::driver::{Delivery, deliver};
use lapwing_sandbox::vendors::zendesk::{Options, RateSpelling, Zendesk as Fake};
use lapwing_sandbox::{Sandbox, Settings};
use lapwing_zendesk::Zendesk;
use serde_json::json;

use crate::{BULK, Stage, config, env, field, stage, start, tags, target, text};

fn customers(range: std::ops::Range<u64>, segment: &str) -> Vec<Record> {
    let record = |n| Record {
        seq: n + 1,
        kind: ChangeKind::Added,
        key: text(&format!("customer-{n}")),
        fields: vec![(0, text("Ada")), (1, text(segment))],
    };
    range.map(record).collect()
}

async fn upsert(stage: &Stage, target: &Arc<Prepared>, records: Vec<Record>) -> Delivery {
    let delivery = deliver(&*stage.destination, &stage.clock, Operation::Upsert, target, records).await;
    assert!(delivery.is_complete(), "{:?}", delivery.failures);
    delivery
}

#[tokio::test]
async fn ten_thousand_users_take_as_few_requests_as_the_limits_allow() {
    let stage = stage();
    let fields = vec![field("name", FieldType::Text), field("segment", FieldType::Text)];
    let target = Arc::new(stage.destination.prepare(&Target { fields, ..target() }).await.unwrap());
    let writes = || stage.traffic.requests().writes;
    let before = writes();
    upsert(&stage, &target, customers(0..10_000, "champions")).await;
    // 100 users a request: 10,000 / 100 = 100 requests, beside the one for a token every half hour.
    let bulk = || stage.logged("POST", BULK).len();
    let renewed = stage.logged("POST", "/oauth/tokens").len() as u64 - 1;
    assert_eq!((bulk(), writes() - before), (100, 100 + renewed));
    // One look a job, and the team once.
    let looks = |path: &str| stage.sandbox.requests(0).iter().filter(|sent| sent.path.starts_with(path)).count();
    assert_eq!((looks("/api/v2/job_statuses/"), looks("/api/v2/users/show_many")), (100, 0));
    assert_eq!(stage.logged("GET", "/api/v2/users").len(), 1);
    assert_eq!(stage.sandbox.state_up_to(0)["user_count"], 10_000);
    // 1 % of them change: 100 / 100 = 1 request.
    upsert(&stage, &target, customers(500..600, "at risk")).await;
    assert_eq!((bulk(), looks("/api/v2/job_statuses/")), (101, 101));
    assert_eq!(stage.traffic.requests().repeats, 0);
}

#[tokio::test]
async fn tags_of_customers_who_come_with_an_address_take_two_more_requests_for_a_hundred() {
    let stage = stage();
    let target = stage.prepare().await;
    let mut records = customers(0..100, "champions");
    for (n, record) in records.iter_mut().enumerate() {
        record.fields.extend([(5, text(&format!("customer-{n}@example.com"))), (6, tags(&["late"]))]);
    }
    upsert(&stage, &target, records).await;
    // What is open after the first job is sent again in halves.
    assert_eq!(stage.logged("POST", BULK).len(), 3);
    assert_eq!(stage.user("customer-99")["tags"], json!(["lapwing_late"]));
}

/// Reads as fast as the pace lets them, and gives the share of the limit that was used.
async fn share_used(limit: u32, spelling: RateSpelling, requests: u32) -> f64 {
    let clock = SimulatedClock::starting_at(start());
    let options = Options { requests_per_minute: limit, rate_headers: spelling, ..Options::default() };
    let settings = Settings { latency: std::time::Duration::from_millis(150), ..Settings::default() };
    let sandbox = Sandbox::in_memory(Box::new(Fake::new(1, options)), settings, Arc::new(clock.clone()));
    let destination = Zendesk::connect(config(&json!({})), env(&sandbox, &clock)).unwrap();
    destination.check().await.unwrap();
    let before = clock.now();
    let reads = futures::future::join_all((0..requests).map(|_| destination.describe("users"))).await;
    assert!(reads.iter().all(Result::is_ok));
    let throttled = sandbox.requests(0).iter().filter(|sent| sent.status == Some(429)).count();
    assert_eq!(throttled, 0, "at {limit} a minute, {spelling:?}");
    let minutes = (clock.now() - before).as_seconds_f64() / 60.0;
    f64::from(requests) / (minutes * f64::from(limit))
}

#[tokio::test]
async fn nearly_all_of_the_limit_is_used_and_nothing_is_throttled() {
    for (limit, spelling) in [
        (200, RateSpelling::Documented),
        (200, RateSpelling::Classic),
        (200, RateSpelling::Recorded),
        (700, RateSpelling::Documented),
        (2500, RateSpelling::Recorded),
        // Less than the default plan: the headers are believed.
        (100, RateSpelling::Documented),
    ] {
        let share = share_used(limit, spelling, (limit * 5).min(3000)).await;
        assert!((0.98..=1.02).contains(&share), "{share:.4} of {limit} a minute, {spelling:?}");
    }
}
