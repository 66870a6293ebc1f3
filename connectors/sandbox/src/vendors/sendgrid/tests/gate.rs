use std::time::Duration;

use bytes::Bytes;
use http::Request;
use lapwing_contract::Clock;
use serde_json::json;

use super::{Account, first_error};
use crate::vendors::sendgrid::{ApiKey, Options};

fn keyed(scopes: &[&str]) -> Account {
    Account::with(Options { keys: vec![ApiKey::with_scopes("SG.any", scopes)], ..Options::default() })
}

async fn status_with(account: &Account, authorization: Option<&str>) -> (u16, serde_json::Value) {
    let mut request = Request::get("https://api.sendgrid.com/v3/scopes");
    if let Some(value) = authorization {
        request = request.header("authorization", value);
    }
    let response = account.sandbox.exchange(request.body(Bytes::new()).unwrap()).await.unwrap();
    assert!(response.headers().contains_key("x-ratelimit-limit"));
    (response.status().as_u16(), serde_json::from_slice(response.body()).unwrap())
}

#[tokio::test]
async fn a_missing_or_wrong_key_is_unauthorized() {
    let account = keyed(&["marketing.read"]);
    for wrong in [None, Some("Bearer "), Some("Basic SG.any"), Some("Bearer SG.other")] {
        let (status, body) = status_with(&account, wrong).await;
        assert_eq!(status, 401, "{wrong:?}");
        assert!(body["errors"][0]["field"].is_null() && body["errors"][0]["message"].is_string());
    }
    assert_eq!(status_with(&account, Some("bearer SG.any")).await, (200, json!({ "scopes": ["marketing.read"] })));
}

#[tokio::test]
async fn without_configured_keys_any_key_but_none_is_accepted() {
    let account = Account::new();
    assert_eq!(status_with(&account, Some("Bearer x")).await.0, 200);
    assert_eq!(status_with(&account, None).await.0, 401);
}

#[tokio::test]
async fn a_key_without_the_scope_is_forbidden() {
    let account = keyed(&["marketing.read"]);
    assert_eq!(account.get("/v3/marketing/lists").await.0, 200);
    let (status, body) = account.put(json!({ "contacts": [{ "email": "ada@example.com" }] })).await;
    assert_eq!((status, first_error(&body)), (403, ("", "access forbidden")));
    assert_eq!(account.call("DELETE", "/v3/marketing/contacts?ids=x", json!(null)).await.0, 403);
    let search = json!({ "emails": ["ada@example.com"] });
    assert_eq!(account.call("POST", "/v3/marketing/contacts/search/emails", search).await.0, 404);
}

#[tokio::test]
async fn a_full_minute_answers_429_without_retry_after_and_the_next_minute_is_free() {
    let account = Account::with(Options { contacts_per_minute: 2, ..Options::default() });
    account.clock.advance(Duration::from_secs(20));
    let mut seen = Vec::new();
    for _ in 0..3 {
        let response = account.send("GET", "/v3/marketing/contacts/count", "").await;
        let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
        seen.push((response.status().as_u16(), header("x-ratelimit-remaining"), header("x-ratelimit-reset")));
        assert_eq!(header("x-ratelimit-limit"), "2");
        assert!(!response.headers().contains_key("retry-after"));
    }
    let expected = [(200, "1"), (200, "0"), (429, "0")];
    assert_eq!(seen, expected.map(|(status, left)| (status, left.to_owned(), "40".to_owned())));
    let (_, body) = account.get("/v3/marketing/contacts/count").await;
    assert_eq!(body, json!({ "errors": [{ "field": null, "message": "too many requests" }] }));
    account.clock.sleep(Duration::from_secs(40)).await;
    assert_eq!(account.get("/v3/marketing/contacts/count").await.0, 200);
}

#[tokio::test]
async fn unknown_routes_methods_and_content_types_are_answered_in_the_vendors_form() {
    let account = Account::new();
    assert_eq!(account.get("/v3/marketing/nothing").await.0, 404);
    let (status, body) = account.call("PATCH", "/v3/marketing/contacts", json!({})).await;
    assert_eq!((status, first_error(&body).1), (405, "method not allowed"));
    let request = Request::put("https://api.sendgrid.com/v3/marketing/contacts")
        .header("authorization", "Bearer SG.any")
        .body(Bytes::from_static(b"{}"))
        .unwrap();
    assert_eq!(account.sandbox.exchange(request).await.unwrap().status(), 415);
    let ids = vec!["00000000-0000-4000-8000-000000000000"; 300].join(",");
    assert_eq!(account.call("DELETE", &format!("/v3/marketing/contacts?ids={ids}"), json!(null)).await.0, 414);
}
