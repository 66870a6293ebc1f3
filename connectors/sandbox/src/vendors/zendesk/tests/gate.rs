use std::time::Duration;

use serde_json::{Value as Json, json};

use super::{Account, seed};
use crate::vendors::zendesk::{Options, RateSpelling, Role};

#[tokio::test]
async fn without_credentials_everything_is_refused_but_the_question_who_asks() {
    let account = Account::new();
    let anonymous = account.send("GET", "/api/v2/users/me.json", "", "").await;
    let body: Json = serde_json::from_slice(anonymous.body()).unwrap();
    assert_eq!((anonymous.status().as_u16(), &body["user"]["name"]), (200, &json!("Anonymous user")));
    assert!(body["user"]["id"].is_null());
    let refused = account.send("GET", "/api/v2/user_fields", "", "").await;
    assert_eq!(refused.status(), 401);
    assert_eq!(refused.body(), r#"{"error":"Couldn't authenticate you"}"#);
}

#[tokio::test]
async fn an_api_token_is_a_name_and_a_token() {
    let options = Options { api_tokens: vec![("ada@x.org".into(), "secret".into())], ..Options::default() };
    let account = Account::with(options);
    let status = async |pair: &str| {
        use base64::Engine as _;
        let value = format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair));
        account.send("GET", "/api/v2/user_fields", &value, "").await.status().as_u16()
    };
    assert_eq!(status("Ada@x.org/token:secret").await, 200);
    for wrong in ["ada@x.org:secret", "ada@x.org/token:other", "bob@x.org/token:secret", ""] {
        assert_eq!(status(wrong).await, 401, "{wrong}");
    }
}

#[tokio::test]
async fn the_minute_holds_as_many_requests_as_the_plan_allows_and_says_so_in_three_spellings() {
    for (spelling, limit, remaining, reset) in [
        (RateSpelling::Classic, "x-rate-limit", "x-rate-limit-remaining", None),
        (RateSpelling::Documented, "ratelimit-limit", "ratelimit-remaining", Some("ratelimit-reset")),
        (RateSpelling::Recorded, "rate-limit", "rate-limit-remaining", Some("rate-limit-reset")),
    ] {
        let account = Account::with(Options { requests_per_minute: 2, rate_headers: spelling, ..Options::default() });
        account.clock.advance(Duration::from_millis(20_500));
        let mut seen = Vec::new();
        for _ in 0..3 {
            let response = account.send("GET", "/api/v2/user_fields", "Bearer any", "").await;
            let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
            assert_eq!(header(limit), "2");
            assert!(reset.is_none_or(|reset| header(reset) == "40"));
            let after = response.headers().get("retry-after").map(|value| value.to_str().unwrap().to_owned());
            seen.push((response.status().as_u16(), header(remaining), after));
        }
        let expected = [(200, "1".to_owned(), None), (200, "0".into(), None), (429, "0".into(), Some("40".into()))];
        assert_eq!(seen, expected);
        account.clock.advance(Duration::from_secs(40));
        assert_eq!(account.get("/user_fields").await.0, 200);
    }
}

#[tokio::test]
async fn one_user_is_updated_five_times_a_minute_at_most() {
    let account =
        Account::with(Options { users: vec![seed(Role::EndUser, "a@x.org", Some("1"))], ..Options::default() });
    let path = format!("/api/v2/users/{}", account.user("1").await["id"]);
    let body = json!({ "user": { "notes": "n" } }).to_string();
    for _ in 0..5 {
        assert_eq!(account.send("PUT", &path, "Bearer any", &body).await.status(), 200);
    }
    let refused = account.send("PUT", &path, "Bearer any", &body).await;
    assert_eq!((refused.status().as_u16(), &refused.headers()["retry-after"]), (429, &"60".parse().unwrap()));
    assert!(refused.headers()["content-type"].to_str().unwrap().starts_with("text/plain"));
    assert!(refused.body().starts_with(b"You have exceeded the rate limit for updating a single unique user."));
    let remaining: u32 = refused.headers()["x-rate-limit-remaining"].to_str().unwrap().parse().unwrap();
    assert!(remaining > 100, "the account has plenty left");
}

#[tokio::test]
async fn errors_come_in_four_envelopes() {
    let account = Account::new();
    assert!(account.get("/users/77").await.1["description"].is_string());
    assert!(account.call("POST", "/users/me", json!({})).await.1["error"]["title"].is_string());
    assert!(account.get("/user_fields?page%5Bsize%5D=0").await.1["errors"][0]["title"].is_string());
    let bare = account.send("GET", "/api/v2/user_fields", "Basic x", "").await;
    assert!(serde_json::from_slice::<Json>(bare.body()).unwrap()["error"].is_string());
    assert_eq!(account.get("/nothing").await.1["error"], "InvalidEndpoint");
    let malformed = account.send("POST", "/api/v2/users/create_or_update_many", "Bearer any", "{").await;
    assert_eq!(malformed.status(), 422);
    let long = "x".repeat(9_000);
    assert_eq!(account.get(&format!("/users/search?external_id={long}")).await.0, 414);
}

#[tokio::test]
async fn a_body_of_more_than_five_megabytes_is_too_large() {
    let account = Account::new();
    let users = json!([{ "external_id": "1", "name": "Ada", "notes": "x".repeat(5_000_001) }]);
    assert_eq!(account.call("POST", "/users/create_or_update_many", json!({ "users": users })).await.0, 413);
}
