use std::time::Duration;

use bytes::Bytes;
use http::Request;
use lapwing_contract::Clock;
use serde_json::json;

use super::Account;
use crate::vendors::sendgrid::Options;
use crate::{Action, Fault, JobFault};

#[tokio::test]
async fn a_job_is_pending_then_applied_then_still_pending_then_completed() {
    let account = Account::new();
    let job = account.submit(json!([{ "email": "ada@example.com" }])).await;
    account.clock.advance(Duration::from_secs(29));
    let early = account.job(&job).await;
    assert_eq!(early["status"], "pending");
    assert_eq!(early["results"], json!({ "requested_count": 1 }));
    assert!(account.contact("ada@example.com").await.is_null());
    account.clock.advance(Duration::from_secs(1));
    let applied = account.job(&job).await;
    assert_eq!(applied["status"], "pending");
    assert_eq!(applied["results"], json!({ "requested_count": 1, "created_count": 1 }));
    assert_eq!(account.contact("ada@example.com").await["updated_at"], "2027-01-15T08:00:30Z");
    account.clock.advance(Duration::from_secs(2));
    let done = account.job(&job).await;
    assert_eq!((&done["status"], &done["job_type"]), (&json!("completed"), &json!("upsert_contacts")));
    assert_eq!(
        (&done["started_at"], &done["finished_at"]),
        (&json!("2027-01-15T08:00:00Z"), &json!("2027-01-15T08:00:32Z"))
    );
}

#[tokio::test]
async fn counts_tell_created_updated_unmodified_and_errored_apart() {
    let account = Account::new();
    account.upsert(json!([{ "email": "a@b.io", "city": "Rome" }, { "email": "c@d.io", "city": "Rome" }])).await;
    let job = account
        .upsert(json!([
            { "email": "a@b.io", "city": "Rome" },
            { "email": "c@d.io", "city": "Oslo" },
            { "email": "e@f.io" },
            { "email": "g@h.io", "phone_number": "000" },
        ]))
        .await;
    assert_eq!(job["status"], "errored");
    let mut results = job["results"].clone();
    results.as_object_mut().unwrap().remove("errors_url");
    let expected = json!({ "requested_count": 4, "created_count": 1, "updated_count": 1, "unmodified_count": 1, "errored_count": 1 });
    assert_eq!(results, expected);
}

#[tokio::test]
async fn the_file_of_errors_names_the_records_and_takes_no_credentials() {
    let account = Account::new();
    let job = account.upsert(json!([{ "email": "a@b.io" }, { "email": "g@h.io", "phone_number": "0,0" }])).await;
    let url = job["results"]["errors_url"].as_str().unwrap().to_owned();
    let get = |key: Option<&str>| {
        let request = key.iter().fold(Request::get(&url), |request, key| request.header("authorization", *key));
        account.sandbox.exchange(request.body(Bytes::new()).unwrap())
    };
    let answer = get(None).await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(!answer.headers().contains_key("x-ratelimit-limit"));
    assert_eq!(
        std::str::from_utf8(answer.body()).unwrap(),
        "email,phone_number_id,external_id,anonymous_id,error\ng@h.io,,,,phone_number: phone number is not valid\n"
    );
    assert_eq!(get(Some("Bearer SG.any")).await.unwrap().status(), 400);
    account.clock.advance(Duration::from_secs(2 * 86_400));
    assert_eq!(get(None).await.unwrap().status(), 403, "it is temporary");
}

#[tokio::test]
async fn two_jobs_on_one_contact_apply_in_the_order_in_which_they_complete() {
    let options = Options { job_jitter: Duration::from_secs(60), ..Options::default() };
    let account = Account::with(options);
    // Jitter follows from the seed: look for a pair whose second job is the faster one.
    let mut overtaken = false;
    for round in 0..20 {
        let email = format!("{round}@b.io");
        account.submit(json!([{ "email": email, "city": "first" }])).await;
        account.submit(json!([{ "email": email, "city": "second" }])).await;
        account.clock.sleep(Duration::from_secs(120)).await;
        overtaken |= account.contact(&email).await["city"] == "first";
    }
    assert!(overtaken, "a later request can lose");
}

#[tokio::test]
async fn scripted_jobs_fail_end_half_get_lost_or_never_end() {
    let account = Account::new();
    let contacts = json!([{ "email": "a@b.io" }, { "email": "c@d.io" }, { "email": "e@f.io" }]);
    for (fault, status, count) in [
        (JobFault::Fails, "failed", 0),
        (JobFault::Stuck, "pending", 0),
        (JobFault::EndsHalf { errored: 1 }, "errored", 2),
    ] {
        account.sandbox.script([Fault::on("PUT", "*", Action::Job(fault))]);
        assert_eq!(account.upsert(contacts.clone()).await["status"], status);
        assert_eq!(account.sandbox.state()["contact_count"], count, "{fault:?}");
    }
    for (applied, count) in [(false, 2), (true, 3)] {
        account.sandbox.script([Fault::on("PUT", "*", Action::Job(JobFault::Lost { applied }))]);
        let job = account.submit(contacts.clone()).await;
        account.clock.sleep(Duration::from_secs(60)).await;
        assert_eq!(account.get(&format!("/v3/marketing/contacts/imports/{job}")).await.0, 404);
        assert_eq!(account.sandbox.state()["contact_count"], count);
    }
    assert!(account.sandbox.faults().is_empty());
}

#[tokio::test]
async fn an_unknown_job_is_not_found() {
    let account = Account::new();
    for id in ["x", "00000000-0000-4000-8000-000000000000"] {
        assert_eq!(account.get(&format!("/v3/marketing/contacts/imports/{id}")).await.0, 404);
    }
}

#[tokio::test]
async fn contacts_are_deleted_by_id_or_all_but_never_by_an_empty_list() {
    let account = Account::new();
    account.upsert(json!([{ "email": "a@b.io" }, { "email": "c@d.io" }, { "email": "e@f.io" }])).await;
    for path in ["?ids=", "?ids=,", "", "?delete_all_contacts=false", "?ids=x"] {
        let (status, _) = account.call("DELETE", &format!("/v3/marketing/contacts{path}"), json!(null)).await;
        assert_eq!(status, 400, "{path}");
    }
    let id = account.contact("a@b.io").await["id"].as_str().unwrap().to_owned();
    let (status, body) = account.call("DELETE", &format!("/v3/marketing/contacts?ids={id}"), json!(null)).await;
    assert_eq!(status, 202);
    let job = account.finished(body["job_id"].as_str().unwrap()).await;
    assert_eq!((&job["status"], &job["job_type"]), (&json!("completed"), &json!("delete_contacts")));
    assert_eq!(job["results"], json!({ "requested_count": 1, "deleted_count": 1 }));
    assert!(account.contact("a@b.io").await.is_null());
    account.call("DELETE", "/v3/marketing/contacts?delete_all_contacts=true", json!(null)).await;
    account.clock.sleep(Duration::from_secs(60)).await;
    assert_eq!(account.get("/v3/marketing/contacts/count").await.1["contact_count"], 0);
}

#[tokio::test]
async fn the_last_identifier_cannot_be_deleted() {
    let account = Account::new();
    account.upsert(json!([{ "email": "a@b.io", "external_id": "7" }])).await;
    let id = account.contact("a@b.io").await["id"].as_str().unwrap().to_owned();
    let path = format!("/v3/marketing/contacts/{id}/identifiers");
    for (kind, value, status) in [("EXTERNALID", "7", "completed"), ("EMAIL", "a@b.io", "failed")] {
        let body = json!({ "identifier_type": kind, "identifier_value": value });
        let (_, body) = account.call("DELETE", &path, body).await;
        assert_eq!(account.finished(body["job_id"].as_str().unwrap()).await["status"], status, "{kind}");
    }
}
