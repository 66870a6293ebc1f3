use std::time::Duration;

use lapwing_contract::Clock;
use serde_json::json;

use super::Account;

const PATH: &str = "/v3/marketing/lists";

#[tokio::test]
async fn lists_are_read_page_by_page() {
    let account = Account::new();
    for n in 0..5 {
        account.list(&format!("list {n}")).await;
    }
    let mut names = Vec::new();
    let mut path = format!("{PATH}?page_size=2");
    loop {
        let (status, body) = account.get(&path).await;
        assert_eq!(status, 200);
        names.extend(body["result"].as_array().unwrap().iter().map(|list| list["name"].as_str().unwrap().to_owned()));
        let Some(next) = body["_metadata"]["next"].as_str() else { break };
        path = next.trim_start_matches("https://api.sendgrid.com").to_owned();
    }
    assert_eq!(names, ["list 0", "list 1", "list 2", "list 3", "list 4"]);
    for wrong in ["page_size=0", "page_size=1001", "page_size=x", "page_token=x"] {
        assert_eq!(account.get(&format!("{PATH}?{wrong}")).await.0, 400, "{wrong}");
    }
}

#[tokio::test]
async fn a_list_is_renamed_and_deleted_and_its_contacts_stay() {
    let account = Account::new();
    let list = account.list("vip").await;
    let body = json!({ "list_ids": [&list], "contacts": [{ "email": "a@b.io" }] });
    account.put(body).await;
    account.clock.sleep(Duration::from_secs(60)).await;
    assert_eq!(account.get(&format!("{PATH}/{list}")).await.1["contact_count"], 1);
    assert_eq!(
        account.get(&format!("{PATH}/{list}?contact_sample=true")).await.1["contact_sample"][0]["email"],
        "a@b.io"
    );
    assert_eq!(account.call("PATCH", &format!("{PATH}/{list}"), json!({ "name": "best" })).await.1["name"], "best");
    assert_eq!(account.call("DELETE", &format!("{PATH}/{list}"), json!(null)).await.0, 204);
    assert_eq!(account.get(&format!("{PATH}/{list}")).await.0, 404);
    assert_eq!(account.contact("a@b.io").await["list_ids"], json!([]));
}

#[tokio::test]
async fn deleting_a_list_may_delete_its_contacts_by_a_job() {
    let account = Account::new();
    let list = account.list("vip").await;
    account.put(json!({ "list_ids": [&list], "contacts": [{ "email": "a@b.io" }] })).await;
    account.upsert(json!([{ "email": "c@d.io" }])).await;
    let (status, body) = account.call("DELETE", &format!("{PATH}/{list}?delete_contacts=true"), json!(null)).await;
    assert_eq!(status, 200);
    assert_eq!(account.finished(body["job_id"].as_str().unwrap()).await["results"]["deleted_count"], 1);
    assert_eq!(account.get("/v3/marketing/contacts/count").await.1["contact_count"], 1);
}

#[tokio::test]
async fn upserts_only_add_to_lists_and_removing_takes_contact_ids() {
    let account = Account::new();
    let (vip, new) = (account.list("vip").await, account.list("new").await);
    for lists in [json!([&vip]), json!([&new]), json!([])] {
        account.put(json!({ "list_ids": lists, "contacts": [{ "email": "a@b.io" }] })).await;
        account.clock.sleep(Duration::from_secs(60)).await;
    }
    let contact = account.contact("a@b.io").await;
    assert_eq!(contact["list_ids"], json!([&vip, &new]));
    let id = contact["id"].as_str().unwrap();
    let (status, body) = account.call("DELETE", &format!("{PATH}/{vip}/contacts?contact_ids={id}"), json!(null)).await;
    assert_eq!(status, 202);
    account.finished(body["job_id"].as_str().unwrap()).await;
    assert_eq!(account.contact("a@b.io").await["list_ids"], json!([&new]));
    let gone = "00000000-0000-4000-8000-000000000000";
    let path = |list: &str, ids: &str| format!("{PATH}/{list}/contacts?contact_ids={ids}");
    assert_eq!(account.call("DELETE", &path(gone, id), json!(null)).await.0, 404);
    assert_eq!(account.call("DELETE", &path(&new, &format!("{id},{gone}")), json!(null)).await.0, 404);
    assert_eq!(account.call("DELETE", &path(&new, ""), json!(null)).await.0, 400);
    assert_eq!(account.contact("a@b.io").await["list_ids"], json!([&new]));
}

#[tokio::test]
async fn list_names_have_rules() {
    let account = Account::new();
    account.list("vip").await;
    for name in [json!(""), json!("x".repeat(101)), json!("vip"), json!(null)] {
        assert_eq!(account.call("POST", PATH, json!({ "name": name })).await.0, 400, "{name}");
    }
}
