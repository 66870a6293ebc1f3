use std::time::Duration;

use serde_json::{Value as Json, json};

use super::Account;
use crate::vendors::zendesk::{Options, ResultShape};
use crate::{Action, Fault, JobFault};

const BULK: &str = "/api/v2/users/create_or_update_many";

fn users(count: usize) -> Json {
    (0..count).map(|n| json!({ "external_id": format!("c{n}"), "name": "Ada" })).collect()
}

#[tokio::test]
async fn a_job_is_queued_then_works_user_by_user_and_is_forgotten_a_day_later() {
    let account = Account::new();
    let job = account.submit(users(100)).await;
    let shown = account.job(&job).await;
    assert_eq!((&shown["status"], &shown["progress"], &shown["total"]), (&json!("queued"), &Json::Null, &json!(100)));
    assert!(shown["results"].is_null() && !shown["url"].as_str().unwrap().contains("example.zendesk.com"));
    account.clock.advance(Duration::from_secs(4));
    let shown = account.job(&job).await;
    assert_eq!((&shown["status"], &shown["progress"]), (&json!("working"), &json!(30)));
    assert_eq!(account.user("c29").await["name"], "Ada");
    assert_eq!(account.user("c30").await, Json::Null);
    account.clock.advance(Duration::from_secs(7));
    let shown = account.job(&job).await;
    assert_eq!((&shown["status"], shown["results"].as_array().unwrap().len()), (&json!("completed"), 100));
    account.clock.advance(Duration::from_secs(86_399));
    assert_eq!(account.job(&job).await["status"], "completed");
    account.clock.advance(Duration::from_secs(2));
    let (status, body) = account.get(&format!("/job_statuses/{job}")).await;
    assert_eq!((status, body), (404, json!({ "error": "RecordNotFound", "description": "Not found" })));
}

#[tokio::test]
async fn a_request_holds_a_hundred_users_at_most() {
    let account = Account::new();
    let (status, body) = account.call("POST", "/users/create_or_update_many", json!({ "users": users(101) })).await;
    assert_eq!(status, 400);
    let words = "Maximum 100 users may be created per call";
    assert_eq!(body, json!({ "error": "TooManyValues", "description": words }));
    assert_eq!(account.call("POST", "/users/create_or_update_many", json!({ "users": [] })).await.0, 400);
    let ids = (0..101).map(|n| n.to_string()).collect::<Vec<_>>().join(",");
    assert_eq!(account.get(&format!("/users/show_many?external_ids={ids}")).await.0, 400);
}

#[tokio::test]
async fn the_thirty_first_job_is_one_too_many_until_another_has_ended() {
    let account = Account::new();
    for _ in 0..30 {
        account.submit(users(10)).await;
    }
    let body = json!({ "users": users(1) }).to_string();
    let refused = account.send("POST", BULK, "Bearer any", &body).await;
    assert_eq!(refused.status(), 429);
    assert_eq!(refused.headers()["zendesk-ratelimit-inflight-jobs"], "total=30; remaining=0; resets=60");
    let words: Json = serde_json::from_slice(refused.body()).unwrap();
    assert_eq!((&words["error"], words["current_job_ids"].as_array().unwrap().len()), (&json!("TooManyJobs"), 30));
    account.clock.advance(Duration::from_secs(3));
    let accepted = account.send("POST", BULK, "Bearer any", &body).await;
    assert_eq!(accepted.headers()["zendesk-ratelimit-inflight-jobs"], "total=30; remaining=29; resets=60");
}

#[tokio::test]
async fn bulk_imports_that_are_switched_off_are_forbidden_and_updates_are_not() {
    let account = Account::with(Options { bulk_import: false, ..Options::default() });
    let body = json!({ "users": users(1) });
    assert_eq!(account.call("POST", "/users/create_or_update_many", body.clone()).await.0, 403);
    assert_eq!(account.call("PUT", "/users/update_many", body).await.0, 200);
}

#[tokio::test]
async fn results_come_in_three_shapes() {
    let shape = async |results| {
        let account = Account::with(Options { results, ..Options::default() });
        let job =
            account.upsert(json!([{ "external_id": "a", "name": "A" }, { "external_id": "b", "name": "B" }])).await;
        job["results"].clone()
    };
    let recorded = shape(ResultShape::Recorded).await;
    assert!(recorded[0].get("index").is_none() && recorded[0]["status"] == "Created");
    let indexed = shape(ResultShape::Indexed).await;
    assert_eq!((&indexed[0]["index"], &indexed[0]["external_id"]), (&json!(1), &json!("b")));
    assert_eq!(shape(ResultShape::Summary).await, json!({ "success": true }));
}

#[tokio::test]
async fn jobs_go_wrong_as_scripted() {
    for (fault, status, there) in [
        (JobFault::Fails, "failed", [false, false]),
        (JobFault::EndsHalf { errored: 1 }, "completed", [true, false]),
        (JobFault::Stuck, "working", [false, false]),
    ] {
        let account = Account::new();
        account.sandbox.script([Fault::on("POST", BULK, Action::Job(fault))]);
        assert_eq!(account.upsert(users(2)).await["status"], status);
        let found = [account.user("c0").await.is_object(), account.user("c1").await.is_object()];
        assert_eq!(found, there, "{fault:?}");
    }
    for applied in [false, true] {
        let account = Account::new();
        account.sandbox.script([Fault::on("POST", BULK, Action::Job(JobFault::Lost { applied }))]);
        let job = account.submit(users(1)).await;
        account.clock.advance(Duration::from_secs(60));
        assert_eq!(account.get(&format!("/job_statuses/{job}")).await.0, 404);
        assert_eq!(account.user("c0").await.is_object(), applied);
    }
}
