use std::time::Duration;

use serde_json::json;

use super::{DATA, HOST, Org, options};
use crate::vendors::salesforce::{Client, Options};

const LIMITS: &str = "/services/data/v67.0/limits";

fn two_clients() -> Options {
    let refreshing = Client { refresh_token: Some("r".into()), ..Client::with_secret("app", "s") };
    Options { clients: vec![refreshing, Client::with_secret("reader", "s").read_only()], ..options() }
}

#[tokio::test]
async fn a_session_ends_after_its_life_and_a_new_one_is_another() {
    let mut org = Org::new().await;
    assert_eq!(org.get(LIMITS).await.0, 200);
    org.clock.advance(Duration::from_secs(2 * 3600));
    let (status, body) = org.get(LIMITS).await;
    assert_eq!(status, 401);
    assert_eq!(body, json!([{ "message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID" }]));
    let old = org.token.clone();
    let (_, body) = org.sign_in(HOST, "grant_type=client_credentials&client_id=app&client_secret=s").await;
    org.token = body["access_token"].as_str().unwrap().to_owned();
    assert_ne!(org.token, old);
    assert_eq!(org.get(LIMITS).await.0, 200);
}

#[tokio::test]
async fn each_grant_wants_its_own_proof() {
    let org = Org::with(two_clients()).await;
    for (form, error) in [
        ("grant_type=client_credentials&client_id=app&client_secret=wrong", "invalid_client"),
        ("grant_type=client_credentials&client_id=app", "invalid_client"),
        ("grant_type=refresh_token&client_id=app&client_secret=s&refresh_token=old", "invalid_grant"),
        ("grant_type=refresh_token&client_id=app&refresh_token=r", "invalid_client"),
        ("grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer&assertion=a.b.c", "invalid_grant"),
        ("grant_type=password&client_id=app", "unsupported_grant_type"),
    ] {
        let (status, body) = org.sign_in(HOST, form).await;
        assert_eq!((status, body["error"].as_str()), (400, Some(error)), "{form}");
    }
    let (status, body) =
        org.sign_in(HOST, "grant_type=refresh_token&client_id=app&client_secret=s&refresh_token=r").await;
    assert_eq!((status, body["instance_url"].as_str()), (200, Some(HOST)));
    assert!(body.get("refresh_token").is_none() && body.get("expires_in").is_none());
}

#[tokio::test]
async fn client_credentials_need_the_orgs_own_host() {
    let org = Org::new().await;
    let form = "grant_type=client_credentials&client_id=app&client_secret=s";
    assert_eq!(org.sign_in("https://login.salesforce.com", form).await.0, 400);
    assert_eq!(org.sign_in("https://anything.my.salesforce.com", form).await.0, 200);
}

#[tokio::test]
async fn a_user_who_may_only_read_writes_nothing() {
    let mut org = Org::with(two_clients()).await;
    let (_, body) = org.sign_in(HOST, "grant_type=client_credentials&client_id=reader&client_secret=s").await;
    org.token = body["access_token"].as_str().unwrap().to_owned();
    let (status, body) = org.upsert(&[super::contact("1", json!({ "LastName": "Byron" }))]).await;
    assert_eq!((status, body[0]["errorCode"].as_str()), (403, Some("INSUFFICIENT_ACCESS")));
    let (_, body) = org.get("/services/data/v67.0/sobjects/Contact/describe").await;
    assert_eq!(body["createable"], false);
}

#[tokio::test]
async fn every_answer_tells_the_calls_of_the_day_and_the_last_one_is_refused() {
    let org = Org::with(Options { api_calls_per_day: 3, ..options() }).await;
    for used in 1..=3 {
        let answer = org.send("GET", LIMITS, "", "").await;
        assert_eq!(answer.headers()["sforce-limit-info"], format!("api-usage={used}/3").as_str());
    }
    let (status, body) = org.get(LIMITS).await;
    assert_eq!((status, body[0]["errorCode"].as_str()), (403, Some("REQUEST_LIMIT_EXCEEDED")));
    org.clock.advance(Duration::from_secs(24 * 3600 - 60));
    // The session has ended meanwhile: that is told first.
    assert_eq!(org.get(LIMITS).await.0, 401);
}

#[tokio::test]
async fn a_version_that_does_not_exist_is_not_found_and_a_secret_is_not_logged() {
    let org = Org::new().await;
    for path in ["/services/data/v45.0/limits", "/services/data/v99.0/limits", "/services/data/v67/limits"] {
        assert_eq!(org.get(path).await.0, 404, "{path}");
    }
    assert_eq!(org.get(&format!("{DATA}/sobjects/Nothing/describe")).await.0, 404);
    let log = serde_json::to_string(&org.sandbox.requests(0)).unwrap();
    assert!(log.contains("/services/oauth2/token") && !log.contains("client_secret"), "{log}");
}
