use std::time::Duration;

use serde_json::{Value as Json, json};

use super::{Account, words};
use crate::vendors::google_sheets::{Login, Options, Role};

fn logins() -> Options {
    let logins = vec![
        Login::user("editor", Role::Editor),
        Login::user("viewer", Role::Viewer),
        Login::user("stranger", Role::Stranger),
    ];
    Options { logins, ..Options::default() }
}

async fn token(account: &Account, refresh_token: &str) -> (u16, Json) {
    let form = format!("grant_type=refresh_token&client_id=id&client_secret=s&refresh_token={refresh_token}");
    let response = account.send("", "POST", "/token", &form).await;
    (response.status().as_u16(), serde_json::from_slice(response.body()).unwrap())
}

async fn status(account: &Account, token: &str, method: &str, path: &str) -> u16 {
    let body = r#"{"valueInputOption": "RAW"}"#;
    let path = format!("/v4/spreadsheets/book{path}");
    account.send(token, method, &path, body).await.status().as_u16()
}

#[tokio::test]
async fn a_token_stands_for_a_user_and_ends_after_an_hour() {
    let account = Account::with(logins());
    for (user, read, write) in [("editor", 200, 200), ("viewer", 200, 403), ("stranger", 403, 403)] {
        let (_, body) = token(&account, user).await;
        let bearer = body["access_token"].as_str().unwrap();
        assert_eq!((body["expires_in"].as_i64(), body["token_type"].as_str()), (Some(3_599), Some("Bearer")));
        assert_eq!(status(&account, bearer, "GET", "").await, read, "{user}");
        assert_eq!(status(&account, bearer, "POST", "/values:batchUpdate").await, write, "{user}");
    }
    assert_eq!(
        token(&account, "other").await,
        (400, json!({ "error": "invalid_grant", "error_description": "Bad Request" }))
    );
    let (_, body) = token(&account, "editor").await;
    account.clock.advance(Duration::from_secs(3_600));
    assert_eq!(status(&account, body["access_token"].as_str().unwrap(), "GET", "").await, 401);
    for wrong in ["", "ya29.7.9999999999", "ya29.x", "other"] {
        assert_eq!(status(&account, wrong, "GET", "").await, 401, "{wrong}");
    }
}

#[tokio::test]
async fn without_logins_everybody_is_let_in_but_nobody() {
    let account = Account::new();
    assert_eq!(status(&account, "${GOOGLE_KEY}", "GET", "").await, 200);
    assert_eq!(status(&account, "", "GET", "").await, 401);
    assert_eq!(account.send("", "POST", "/token", "grant_type=password").await.status(), 400);
}

#[tokio::test]
async fn only_spreadsheets_that_exist_are_found_where_the_options_name_them() {
    let account = Account::with(Options { spreadsheets: vec!["other".into()], ..Options::default() });
    let answer = account.get("").await;
    assert_eq!(words(&answer), (404, "Requested entity was not found."));
    assert_eq!(answer.1["error"]["status"], "NOT_FOUND");
}

#[tokio::test]
async fn the_sixty_first_read_of_a_minute_is_refused_without_a_header_and_writes_have_their_own_count() {
    let account = Account::with(Options::default());
    for _ in 0..60 {
        assert_eq!(account.get("").await.0, 200);
    }
    let response = account.send("any", "GET", "/v4/spreadsheets/book", "").await;
    assert_eq!(response.status(), 429);
    let telling = ["retry-after", "x-ratelimit-limit", "x-ratelimit-reset"];
    assert!(telling.iter().all(|name| !response.headers().contains_key(*name)));
    let body: Json = serde_json::from_slice(response.body()).unwrap();
    assert_eq!(body["error"]["status"], "RESOURCE_EXHAUSTED");
    assert_eq!(body["error"]["details"][0]["metadata"]["quota_limit"], "ReadRequestsPerMinutePerUser");
    assert_eq!(account.write("A1", json!([["a"]])).await.0, 200);
    account.clock.advance(Duration::from_secs(60));
    assert_eq!(account.get("").await.0, 200);
}
