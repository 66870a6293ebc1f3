//! Credentials: service accounts, users, and none.

use super::*;
use lapwing_contract::ErrorKind;
use lapwing_sandbox::vendors::google_sheets::{Login, Options, Role};
use lapwing_sandbox::{Action, Fault};
use std::time::Duration;

const EMAIL: &str = "sync@project.iam.gserviceaccount.com";
const TOKEN: &str = "/token";

fn key(more: &Json) -> String {
    let mut key = json!({ "type": "service_account", "client_email": EMAIL, "private_key_id": "k1",
        "private_key": include_str!("../fixtures/key.pem"), "token_uri": "https://oauth2.googleapis.com/token" });
    for (name, value) in more.as_object().unwrap() {
        key[name] = value.clone();
    }
    key.to_string()
}

fn account(role: Role) -> Options {
    let login = Login::service_account(EMAIL, *include_bytes!("../fixtures/public_key.der"), role);
    Options { logins: vec![login, Login::user("1//refresh", Role::Editor)], ..Options::default() }
}

fn with_key(role: Role, key: &str) -> Stage {
    stage_with(account(role), &json!({ "spreadsheet": "book", "service_account_key": key }))
}

#[tokio::test]
async fn a_service_accounts_signature_opens_the_spreadsheet_and_its_token_is_renewed_in_time() {
    let stage = with_key(Role::Editor, &key(&json!({})));
    let health = stage.destination.check().await.unwrap();
    assert_eq!(health.summary, "Google spreadsheet “Untitled spreadsheet” with 1 tab");
    let target = stage.prepare().await;
    assert_eq!(stage.logged(TOKEN).len(), 1);
    for _ in 0..4 {
        stage.clock.advance(Duration::from_secs(1_200));
        assert!(matches!(stage.upsert(&target, vec![row("a", 1)]).await[0].as_str(), "confirmed" | "unchanged"));
    }
    assert_eq!(stage.logged(TOKEN).len(), 2);
    assert!(stage.sandbox.requests(0).iter().all(|sent| sent.status != Some(401)));
}

#[tokio::test]
async fn a_token_that_is_refused_is_replaced_once() {
    let stage = with_key(Role::Editor, &key(&json!({})));
    stage.destination.check().await.unwrap();
    stage.sandbox.script([Fault::on("GET", "/v4/*", Action::status(401))]);
    stage.destination.check().await.unwrap();
    assert_eq!(stage.logged(TOKEN).len(), 2);
    stage.sandbox.script([Fault::on("GET", "/v4/*", Action::status(401)).times(2)]);
    assert_eq!(stage.destination.check().await.unwrap_err().kind, ErrorKind::Unauthenticated);
    assert_eq!(stage.logged(TOKEN).len(), 3);
}

#[tokio::test]
async fn many_calls_at_once_fetch_one_token() {
    let stage = with_key(Role::Editor, &key(&json!({})));
    let (one, two, three) =
        tokio::join!(stage.destination.check(), stage.destination.check(), stage.destination.describe("Sheet1"));
    assert!(one.is_ok() && two.is_ok() && three.is_ok());
    assert_eq!(stage.logged(TOKEN).len(), 1);
}

#[tokio::test]
async fn whom_to_share_the_spreadsheet_with_is_told() {
    let stage = with_key(Role::Stranger, &key(&json!({})));
    let error = stage.destination.check().await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Forbidden);
    assert!(error.message.contains(EMAIL) && error.message.contains("Editor"), "{error}");
    let stage = with_key(Role::Viewer, &key(&json!({})));
    assert!(stage.destination.check().await.is_ok());
    let error = stage.destination.prepare(&target()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Forbidden);
}

#[tokio::test]
async fn an_account_or_token_that_google_does_not_know_is_unauthenticated() {
    let unknown = key(&json!({ "client_email": "other@project.iam.gserviceaccount.com" }));
    let stage = with_key(Role::Editor, &unknown);
    let error = stage.destination.check().await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unauthenticated);
    assert!(!error.to_string().contains("PRIVATE"), "{error}");
    for (token, is_known) in [("1//refresh", true), ("sec-ret", false)] {
        let config =
            json!({ "spreadsheet": "book", "client_id": "c", "client_secret": "sec-ret", "refresh_token": token });
        let stage = stage_with(account(Role::Editor), &config);
        match stage.destination.check().await {
            Ok(_) => assert!(is_known),
            Err(error) => {
                assert!(!is_known && error.kind == ErrorKind::Unauthenticated);
                assert!(!format!("{error} {error:?}").contains("sec-ret"), "{error:?}");
            }
        }
    }
}

#[tokio::test]
async fn the_sandbox_needs_no_credentials() {
    for config in [
        json!({ "spreadsheet": "book" }),
        json!({ "spreadsheet": "book", "service_account_key": "${GOOGLE_SERVICE_ACCOUNT_KEY}" }),
        json!({ "spreadsheet": "book", "service_account_key": "{ file = \"key.json\" }" }),
        // What the program puts in for a variable that is not set.
        json!({ "spreadsheet": "book", "service_account_key": "sandbox" }),
        json!({ "spreadsheet": "book", "client_id": "${ID}", "client_secret": "${SECRET}", "refresh_token": "${T}" }),
    ] {
        let stage = stage_with(Options::default(), &config);
        assert!(stage.destination.check().await.is_ok());
        assert!(stage.logged(TOKEN).is_empty());
    }
}

#[tokio::test]
async fn what_a_token_request_holds_is_in_no_log() {
    let config =
        json!({ "spreadsheet": "book", "client_id": "c", "client_secret": "sec-ret", "refresh_token": "1//refresh" });
    let stage = stage_with(account(Role::Editor), &config);
    stage.destination.check().await.unwrap();
    let log = serde_json::to_string(&stage.sandbox.requests(0)).unwrap();
    assert!(log.contains("/token") && !log.contains("sec-ret") && !log.contains("refresh"), "{log}");
}
