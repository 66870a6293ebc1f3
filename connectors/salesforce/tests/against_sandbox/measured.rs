//! How many requests are made, against the least that Salesforce's limits allow; and the limit of the day.

use futures::StreamExt;
use futures::stream;
use lapwing_contract::{ErrorKind, WriteError};
use lapwing_sandbox::vendors::salesforce::Options;

use super::*;

#[tokio::test]
async fn ten_thousand_new_records_are_one_job_and_a_hundred_changes_one_request() {
    let stage = stage();
    let target = stage.prepare().await;
    assert_eq!(stage.traffic.requests().writes, 0, "preparing reads");

    let first = records((1..=10_000).map(full).collect());
    assert_eq!(stage.deliver_all(&target, first).await, vec!["confirmed"; 10_000]);
    // A job takes 100 MB (20 of which are used) and needs three writes: opened, uploaded once, closed. These fit into one.
    // By collections of 200 it would be 10,000 / 200 = 50.
    let least_first = 3;
    let after_first = stage.traffic.requests();
    assert_eq!(after_first.writes, least_first);
    // Token, describe, two looks (the job takes 10 s, and it is looked at every 10 s), three files.
    assert_eq!(after_first.reads - 2, 1 + 3);

    // One percent has changed, in one field or in another: still one request, for each record carries its own fields.
    let changes = (1..=100).map(|n| match n % 3 {
        0 => (format!("c-{n}"), vec![(1, text("lost"))]),
        1 => (format!("c-{n}"), vec![(2, Value::Int(99))]),
        _ => (format!("c-{n}"), vec![(1, text("lost")), (2, Value::Null)]),
    });
    assert_eq!(stage.deliver_all(&target, records(changes.collect())).await, vec!["confirmed"; 100]);
    let least_changed = 100_u64.div_ceil(200);
    assert_eq!(stage.traffic.requests().writes - after_first.writes, least_changed);
    assert_eq!(stage.traffic.requests().reads, after_first.reads, "nothing is asked before or after");
}

#[tokio::test]
async fn below_the_threshold_requests_are_full() {
    let stage = stage();
    let target = stage.prepare().await;
    let said = stage.deliver_all(&target, records((1..=1_999).map(full).collect())).await;
    assert!(said.iter().all(|word| word == "confirmed"));
    // 200 records a request: ceil(1,999 / 200) = 10.
    assert_eq!(stage.traffic.requests().writes, 1_999_u64.div_ceil(200));
    assert_eq!((stage.at(1_999).way, stage.at(2_000).way), ("sObject Collections", "Bulk API 2.0"));
}

/// Writes single records, four at a time, until the connector stops. Gives how many were confirmed.
async fn write_until_it_stops(stage: &Stage, most: u64) -> usize {
    let target = stage.prepare().await;
    let writes = stream::iter(1..=most).map(|n| {
        let batch = batch(Operation::Upsert, &target, vec![full(n)]);
        async move { stage.destination.write(&batch).await }
    });
    let results: Vec<_> = writes.buffer_unordered(4).collect().await;
    for result in &results {
        if let Err(error) = result {
            assert!(matches!(error, WriteError::Failed(failed) if failed.kind == ErrorKind::QuotaExhausted), "{error}");
        }
    }
    results.iter().filter(|result| result.is_ok()).count()
}

#[tokio::test]
async fn the_limit_of_the_day_is_used_and_never_run_into() {
    // 1,000 calls a day, all of them granted; answers take time, so that four calls are under way at once.
    let limit = 1_000;
    let settings = Settings { latency: Duration::from_millis(300), ..Settings::default() };
    let stage =
        stage_of(Options { api_calls_per_day: limit, ..options() }, settings, &json!({ "api_budget_pct": 100 }));
    write_until_it_stops(&stage, 1_200).await;
    let requests = stage.sandbox.requests(0);
    let refused = requests.iter().filter(|request| matches!(request.status, Some(403 | 429))).count();
    assert_eq!(refused, 0, "no call is refused by Salesforce");
    let used = stage.sandbox.state()["api_calls"].as_u64().unwrap();
    assert!(used * 100 >= u64::from(limit) * 98, "{used} of {limit} calls are used");
}

#[tokio::test]
async fn the_share_of_others_is_left_to_them() {
    let stage = stage_with(Options { api_calls_per_day: 100, ..options() }, &json!({}));
    // Somebody else has used 30 of the 50 that may be seen used.
    let (other, _) = connect(&stage.sandbox, &stage.clock, table(&json!({ "api_budget_pct": 100 })));
    for _ in 0..30 {
        other.check().await.unwrap();
    }
    let confirmed = write_until_it_stops(&stage, 60).await;
    assert_eq!(confirmed, 50 - 30 - 1, "and one call to describe the object");
    // The calls of yesterday no longer count, but that is known only from the next answer.
    stage.clock.advance(Duration::from_secs(25 * 3600));
    let (next, _) = connect(&stage.sandbox, &stage.clock, table(&json!({})));
    assert!(next.check().await.is_ok());
}

#[tokio::test]
async fn a_job_is_not_begun_where_its_three_calls_do_not_fit() {
    for (used_by_others, begun) in [(46, 1), (47, 0)] {
        let stage = stage_with(Options { api_calls_per_day: 100, ..options() }, &json!({}));
        let (other, _) = connect(&stage.sandbox, &stage.clock, table(&json!({ "api_budget_pct": 100 })));
        for _ in 0..used_by_others {
            other.check().await.unwrap();
        }
        // One more call, so that three or two of fifty are left.
        let target = stage.prepare().await;
        let job = batch(Operation::Upsert, &target, (1..=201).map(full).collect());
        let written = stage.destination.write(&job).await;
        assert_eq!((written.is_ok(), stage.requests("POST", JOBS).len()), (begun == 1, begun));
    }
}

#[tokio::test]
async fn the_org_that_says_no_is_told_apart_from_the_busy_one() {
    use lapwing_sandbox::{Action, Fault};
    let says = |message: &str| {
        let body = json!([{ "message": message, "errorCode": "REQUEST_LIMIT_EXCEEDED" }]);
        Action::Status { status: 403, headers: BTreeMap::new(), body: Some(body), applied: false }
    };
    let stage = stage();
    let target = stage.prepare().await;
    stage.sandbox.script([Fault::on("PATCH", CONTACTS, says("TotalRequests Limit exceeded."))]);
    let error = stage.destination.write(&batch(Operation::Upsert, &target, vec![full(1)])).await.unwrap_err();
    assert!(matches!(&error, WriteError::Failed(failed) if failed.kind == ErrorKind::QuotaExhausted), "{error}");
    // That long calls of others are under way passes within seconds: the run goes on, and tries these records again.
    let busy = "ConcurrentRequests (Concurrent API Requests) Limit exceeded.";
    stage.sandbox.script([Fault::on("PATCH", CONTACTS, says(busy))]);
    let rows = || vec![full(1), (" ".into(), full(2).1)];
    assert_eq!(stage.upsert(&target, rows()).await, ["again: REQUEST_LIMIT_EXCEEDED", "rejected: empty_key"]);
    assert_eq!(stage.upsert(&target, rows()).await, ["confirmed", "rejected: empty_key"]);
    stage.sandbox.script([Fault::on("GET", "*/describe", says(busy))]);
    assert_eq!(stage.destination.prepare(&target.target).await.unwrap_err().kind, ErrorKind::RateLimited);
}
