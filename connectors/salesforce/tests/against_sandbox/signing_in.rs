//! Sessions: three ways to get one, and what happens when it ends.

use futures::future::join_all;
use lapwing_contract::ErrorKind;
use lapwing_sandbox::vendors::salesforce::{Client, Options};

use super::*;

/// Made for these tests, and for nothing else.
const KEY: &str = include_str!("signing.test.pem");
const PUBLIC_KEY: &[u8] = include_bytes!("signing.test.der");

fn org() -> Options {
    let client = Client {
        id: "app".into(),
        secret: None,
        refresh_token: Some("r".into()),
        username: Some("lapwing@acme.com".into()),
        public_key: Some(PUBLIC_KEY.to_vec()),
        may_write: true,
    };
    Options { clients: vec![client], ..options() }
}

fn stage_of_table(table: Json) -> Stage {
    let stage = stage_with(org(), &json!({}));
    let (destination, traffic) = connect(&stage.sandbox, &stage.clock, table);
    Stage { destination, traffic, ..stage }
}

fn jwt(key: &str, username: &str) -> Json {
    json!({ "auth": "jwt", "login_url": "https://acme.my.salesforce.com", "client_id": "app", "username": username,
        "private_key": key })
}

#[tokio::test]
async fn an_assertion_that_is_signed_right_is_accepted_also_from_one_line() {
    for key in [KEY.to_owned(), KEY.replace('\n', "\\n")] {
        stage_of_table(jwt(&key, "lapwing@acme.com")).destination.check().await.unwrap();
    }
    let error = stage_of_table(jwt(KEY, "other@acme.com")).destination.check().await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unauthenticated);
    assert!(error.message.contains("invalid_grant") && error.message.contains("certificate"), "{error}");
}

#[tokio::test]
async fn a_refresh_token_is_accepted_and_an_old_one_is_told() {
    let table = |token: &str| {
        json!({ "auth": "refresh_token", "login_url": "https://acme.my.salesforce.com", "client_id": "app",
            "refresh_token": token })
    };
    stage_of_table(table("r")).destination.check().await.unwrap();
    let error = stage_of_table(table("old")).destination.check().await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unauthenticated);
    assert!(error.message.contains("new refresh token"), "{error}");
}

#[tokio::test]
async fn a_session_that_ended_is_renewed_once_for_all_calls() {
    let settings = Settings { latency: Duration::from_millis(200), ..Settings::default() };
    let stage = stage_of(options(), settings, &json!({}));
    let target = stage.prepare().await;
    stage.clock.advance(Duration::from_secs(3 * 3600));
    let batches: Vec<Batch> = (1..=4).map(|n| batch(Operation::Upsert, &target, vec![full(n)])).collect();
    let receipts = join_all(batches.iter().map(|batch| stage.destination.write(batch))).await;
    assert!(receipts.iter().all(|receipt| said(receipt.as_ref().unwrap()) == ["confirmed"]));
    let refused = stage.sandbox.requests(0).iter().filter(|request| request.status == Some(401)).count();
    assert_eq!((refused, stage.requests("POST", "/services/oauth2/token").len()), (4, 2));
}

#[tokio::test]
async fn a_session_that_cannot_be_renewed_is_no_reason_to_go_on() {
    use lapwing_sandbox::{Action, Fault};
    let stage = stage();
    let target = stage.prepare().await;
    let expired = json!([{ "message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID" }]);
    let action = Action::Status { status: 401, headers: BTreeMap::new(), body: Some(expired), applied: false };
    stage.sandbox.script([Fault::on("PATCH", CONTACTS, action).times(9)]);
    let error = stage.destination.write(&batch(Operation::Upsert, &target, vec![full(1)])).await.unwrap_err();
    assert!(matches!(error, lapwing_contract::WriteError::Failed(failed) if failed.kind == ErrorKind::Unauthenticated));
    assert_eq!(stage.requests("PATCH", CONTACTS).len(), 2, "one renewal, one more try");
}
