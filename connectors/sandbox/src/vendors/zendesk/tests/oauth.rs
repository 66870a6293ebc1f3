use std::time::Duration;

use serde_json::{Value as Json, json};

use super::Account;
use crate::vendors::zendesk::{OauthClient, Options};

fn account() -> Account {
    let client = OauthClient { id: "lapwing".into(), secret: "s".into(), refresh_token: Some("seed".into()) };
    Account::with(Options { clients: vec![client], ..Options::default() })
}

async fn token(account: &Account, more: Json) -> (u16, Json) {
    let mut body = json!({ "client_id": "lapwing", "client_secret": "s", "scope": "read write" });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let answer = account.send("POST", "/oauth/tokens", "", &body.to_string()).await;
    (answer.status().as_u16(), serde_json::from_slice(answer.body()).unwrap())
}

async fn works(account: &Account, token: &Json) -> u16 {
    let bearer = format!("Bearer {}", token.as_str().unwrap());
    account.send("GET", "/api/v2/user_fields", &bearer, "").await.status().as_u16()
}

#[tokio::test]
async fn client_credentials_give_a_token_that_expires() {
    let account = account();
    let (status, body) = token(&account, json!({ "grant_type": "client_credentials" })).await;
    assert_eq!((status, &body["expires_in"], &body["token_type"]), (201, &json!(1800), &json!("bearer")));
    assert!(body.get("refresh_token").is_none());
    assert_eq!(works(&account, &body["access_token"]).await, 200);
    account.clock.advance(Duration::from_secs(1800));
    assert_eq!(works(&account, &body["access_token"]).await, 401);
}

#[tokio::test]
async fn a_refresh_token_works_once_and_takes_the_old_access_token_with_it() {
    let account = account();
    let refresh = |token: Json| json!({ "grant_type": "refresh_token", "refresh_token": token });
    let (_, first) = token(&account, refresh(json!("seed"))).await;
    let (status, second) = token(&account, refresh(first["refresh_token"].clone())).await;
    assert_eq!(status, 201);
    assert_eq!(works(&account, &first["access_token"]).await, 401);
    assert_eq!(works(&account, &second["access_token"]).await, 200);
    for used in [json!("seed"), first["refresh_token"].clone(), json!("other")] {
        let (status, body) = token(&account, refresh(used)).await;
        assert_eq!((status, &body["error"]), (400, &json!("invalid_grant")));
    }
}

#[tokio::test]
async fn a_scope_that_does_not_exist_still_gives_a_token_and_every_call_is_forbidden() {
    let account = account();
    let grant = |scope: &str| json!({ "grant_type": "client_credentials", "scope": scope });
    let (status, body) = token(&account, grant("nonsense")).await;
    assert_eq!((status, works(&account, &body["access_token"]).await), (201, 403));
    let (_, body) = token(&account, grant("users:read")).await;
    assert_eq!(works(&account, &body["access_token"]).await, 200);
}

#[tokio::test]
async fn a_wrong_client_and_an_odd_lifetime_are_refused() {
    let account = account();
    let grant = json!({ "grant_type": "client_credentials" });
    assert_eq!(token(&account, json!({ "grant_type": "client_credentials", "client_secret": "x" })).await.0, 401);
    assert_eq!(token(&account, json!({ "grant_type": "password" })).await.0, 400);
    let mut short = grant;
    short["expires_in"] = json!(299);
    assert_eq!(token(&account, short.clone()).await.0, 400);
    short["expires_in"] = json!(300);
    assert_eq!(token(&account, short).await.1["expires_in"], 300);
}

#[tokio::test]
async fn the_log_keeps_no_secret() {
    let account = account();
    token(&account, json!({ "grant_type": "refresh_token", "refresh_token": "seed" })).await;
    let logged = account.sandbox.requests(0);
    assert!(logged.iter().all(|request| request.body.is_none()));
}
