use serde_json::{Value as Json, json};

use super::{Account, seed};
use crate::vendors::zendesk::{Options, Role};

/// The words of the first row that failed.
fn failure(job: &Json) -> &str {
    let rows = job["results"].as_array().unwrap();
    rows.iter().find(|row| row.get("error").is_some()).unwrap()["details"].as_str().unwrap()
}

#[tokio::test]
async fn a_user_is_created_then_found_by_external_id_in_any_case_and_takes_the_case_that_was_sent() {
    let account = Account::new();
    let job = account.upsert(json!([{ "external_id": "Cust-1", "name": "Ada", "email": "Ada@Example.com" }])).await;
    let id = account.user("cust-1").await["id"].as_i64().unwrap();
    assert!(id > 1 << 53, "ids are 64 bits wide");
    assert_eq!(job["results"], json!([{ "id": id, "status": "Created" }]));
    let job = account.upsert(json!([{ "external_id": "CUST-1", "phone": "1" }])).await;
    assert_eq!(job["results"], json!([{ "id": id, "action": "update", "status": "Updated", "success": true }]));
    let user = account.user("cust-1").await;
    assert_eq!((&user["external_id"], &user["name"], &user["phone"]), (&json!("CUST-1"), &json!("Ada"), &json!("1")));
    assert_eq!(user["email"], "ada@example.com");
}

#[tokio::test]
async fn a_second_address_does_not_replace_the_first_and_sends_mail_unless_told_not_to() {
    let account = Account::new();
    let first = json!([{ "external_id": "1", "name": "Ada", "email": "a@x.org", "skip_verify_email": true }]);
    account.upsert(first).await;
    account.upsert(json!([{ "external_id": "1", "email": "b@x.org", "skip_verify_email": true }])).await;
    let state = &account.sandbox.state()["users"][0];
    assert_eq!((&state["email"], &state["emails"]), (&json!("a@x.org"), &json!(["a@x.org", "b@x.org"])));
    assert_eq!(state["verification_mails"], 0);
    account.upsert(json!([{ "external_id": "1", "email": "c@x.org" }])).await;
    assert_eq!(account.sandbox.state()["users"][0]["verification_mails"], 1);
    // Any address finds the user.
    account.upsert(json!([{ "email": "B@x.org", "notes": "n" }])).await;
    assert_eq!(account.user("1").await["notes"], "n");
}

#[tokio::test]
async fn tags_replace_all_others_and_user_fields_leave_the_others() {
    let account = Account::new();
    for key in ["tier", "city"] {
        account.field(json!({ "key": key, "type": "text", "title": key })).await;
    }
    let all = json!({ "external_id": "1", "name": "Ada", "tags": ["A b", "c"], "user_fields": { "tier": "gold", "city": "x" } });
    account.upsert(json!([all])).await;
    account.upsert(json!([{ "external_id": "1", "tags": ["d"], "user_fields": { "city": null, "unknown": 1 } }])).await;
    let user = account.user("1").await;
    assert_eq!((&user["tags"], &user["user_fields"]), (&json!(["d"]), &json!({ "tier": "gold", "city": null })));
}

#[tokio::test]
async fn a_bad_user_fails_alone_within_a_completed_job() {
    let account = Account::with(Options { users: vec![seed(Role::Agent, "agent@x.org", None)], ..Options::default() });
    let long = "x".repeat(256);
    for (bad, words) in [
        (json!({ "external_id": "2", "name": "B", "email": "badmail" }), "Email: badmail is not properly formatted"),
        (json!({ "external_id": "2" }), "Name:  is too short (minimum one character)"),
        (json!({ "external_id": &long, "name": "B" }), "External: is too long (maximum is 255 characters)"),
        (
            json!({ "external_id": "1", "email": "agent@x.org" }),
            "Email: agent@x.org is already being used by another user",
        ),
    ] {
        let job = account.upsert(json!([{ "external_id": "1", "name": "Ada" }, bad])).await;
        assert_eq!((&job["status"], failure(&job)), (&json!("completed"), words));
        assert_eq!(job["results"][1]["index"], 1);
        assert!(job["results"][1].get("success").is_none(), "failures carry no such key (recorded)");
        assert_eq!(account.user("1").await["name"], "Ada");
    }
}

#[tokio::test]
async fn a_deleted_user_is_inactive_and_gives_its_names_free() {
    let account = Account::new();
    account.upsert(json!([{ "external_id": "1", "name": "Ada", "email": "a@x.org" }])).await;
    let id = account.user("1").await["id"].as_i64().unwrap();
    let (status, body) = account.call("DELETE", &format!("/users/destroy_many?ids={id},77"), Json::Null).await;
    assert_eq!(status, 200, "{body}");
    let job = account.finished(body["job_status"]["id"].as_str().unwrap()).await;
    assert_eq!(job["results"][0]["status"], "Deleted");
    assert_eq!(job["results"][1]["error"], "UserDeleteFailed");
    assert_eq!(account.user("1").await, Json::Null);
    assert_eq!(account.get(&format!("/users/{id}")).await.1["user"]["active"], false);
    account.upsert(json!([{ "external_id": "1", "name": "New", "email": "a@x.org" }])).await;
    assert_ne!(account.user("1").await["id"], id);
}

#[tokio::test]
async fn update_many_creates_nobody_and_keeps_suspended_users_suspended() {
    let account = Account::new();
    account.upsert(json!([{ "external_id": "1", "name": "Ada", "suspended": true }])).await;
    let id = account.user("1").await["id"].clone();
    let body = json!({ "users": [{ "id": id, "notes": "n" }, { "external_id": "9", "notes": "n" }] });
    let (_, body) = account.call("PUT", "/users/update_many", body).await;
    let job = account.finished(body["job_status"]["id"].as_str().unwrap()).await;
    assert_eq!(failure(&job), "Couldn't find User");
    assert_eq!(account.user("9").await, Json::Null);
    let user = account.user("1").await;
    assert_eq!((&user["notes"], &user["suspended"]), (&json!("n"), &json!(true)));
    let (_, body) = account.call("PUT", "/users/update_many?external_ids=1", json!({ "user": { "notes": "m" } })).await;
    account.finished(body["job_status"]["id"].as_str().unwrap()).await;
    assert_eq!(account.user("1").await["notes"], "m");
}

#[tokio::test]
async fn the_search_index_lags_behind_and_external_ids_do_not() {
    let account = Account::with(Options { job_queue: std::time::Duration::ZERO, ..Options::default() });
    account.submit(json!([{ "external_id": "1", "name": "Ada", "email": "ada@x.org" }])).await;
    account.clock.advance(std::time::Duration::from_secs(5));
    let count = |body: &Json| body["count"].as_u64().unwrap();
    assert_eq!(count(&account.get("/users/search?external_id=1").await.1), 1);
    assert_eq!(count(&account.get("/users/search?query=email:ada@x.org").await.1), 0);
    account.clock.advance(std::time::Duration::from_secs(60));
    assert_eq!(count(&account.get("/users/search?query=email:%22ada@x.org%22").await.1), 1);
}

#[tokio::test]
async fn the_team_is_listed_by_role_page_by_page() {
    let mut users: Vec<_> = (0..3).map(|n| seed(Role::Agent, &format!("a{n}@x.org"), None)).collect();
    users.push(seed(Role::EndUser, "c@x.org", Some("c")));
    users.push(seed(Role::Admin, "boss@x.org", None));
    let account = Account::with(Options { users, ..Options::default() });
    let (mut seen, mut after) = (Vec::new(), String::new());
    loop {
        let path = format!("/users?role%5B%5D=agent&role%5B%5D=admin&page%5Bsize%5D=2{after}");
        let (_, body) = account.get(&path).await;
        seen.extend(body["users"].as_array().unwrap().iter().map(|user| user["email"].as_str().unwrap().to_owned()));
        if body["meta"]["has_more"] != true {
            break;
        }
        after = format!("&page%5Bafter%5D={}", body["meta"]["after_cursor"].as_str().unwrap());
    }
    assert_eq!(seen, ["a0@x.org", "a1@x.org", "a2@x.org", "boss@x.org"]);
}
