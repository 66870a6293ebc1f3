//! What goes to which host: told by a scripted wire.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail their test")]

use std::sync::Arc;
use std::time::Duration;

use lapwing_contract::{
    Batch, ChangeKind, Connector, Destination, FieldBinding, FieldSpec, FieldType, JobRef, Operation, Outcome,
    Prepared, Record, SimulatedClock, Target, Value, WriteError,
};
use lapwing_http::HttpEnv;
use lapwing_http::scripted::{Reply, ScriptedTransport};
use lapwing_sendgrid::SendGrid;
use serde_json::json;

fn connect(
    config: serde_json::Value,
    replies: impl IntoIterator<Item = Reply>,
) -> (Box<dyn Destination>, ScriptedTransport) {
    let wire = ScriptedTransport::new(replies);
    let clock = SimulatedClock::starting_at("2026-05-04T08:00:00Z".parse().unwrap());
    let env = HttpEnv::new(Arc::new(wire.clone()), Arc::new(clock));
    (SendGrid::connect(serde_json::from_value(config).unwrap(), env).unwrap(), wire)
}

fn batch(keys: &[&str]) -> Batch {
    let email = FieldSpec::new("email", FieldType::Text);
    let target = Target::new("marketing", "contacts", email, Vec::new());
    let key = FieldBinding::new("email", "Text");
    let target = Arc::new(Prepared { target, key, fields: Vec::new(), list_ids: Vec::new() });
    let record = |(seq, key): (u64, &&str)| Record {
        seq,
        kind: ChangeKind::Added,
        key: Value::Text((*key).into()),
        fields: Vec::new(),
    };
    Batch { number: 1, operation: Operation::Upsert, target, records: (1..).zip(keys).map(record).collect() }
}

#[tokio::test]
async fn an_eu_account_is_spoken_to_in_the_eu() {
    let scopes = Reply::new(200, r#"{"scopes":["marketing.read"]}"#);
    let (destination, wire) = connect(json!({ "api_key": "SG.test", "region": "eu" }), [scopes]);
    destination.check().await.unwrap();
    assert_eq!(wire.sent()[0].url, "https://api.eu.sendgrid.com/v3/scopes");
    assert_eq!(wire.sent()[0].headers["authorization"], "Bearer SG.test");
}

#[tokio::test]
async fn the_error_file_is_loaded_without_the_key() {
    let ended = json!({"id": "j", "status": "errored", "results": {"requested_count": 2, "errored_count": 1,
        "errors_url": "https://files.example/errors.csv?signature=s"}});
    let file = Reply::new(200, "email,error\nbob@example.com,date is not valid\n");
    let (destination, wire) = connect(json!({ "api_key": "SG.test" }), [Reply::new(200, ended.to_string()), file]);
    let receipt =
        destination.follow(&JobRef("j".into()), &batch(&["ada@example.com", "bob@example.com"])).await.unwrap();
    assert_eq!(receipt.outcomes[0], Outcome::Confirmed);
    assert!(matches!(&receipt.outcomes[1], Outcome::Rejected(why) if why.message == "date is not valid"));
    let sent = wire.sent();
    assert_eq!(sent[0].url, "https://api.sendgrid.com/v3/marketing/contacts/imports/j");
    assert_eq!(sent[1].url, "https://files.example/errors.csv?signature=s");
    assert!(!sent[1].headers.contains_key("authorization"));
}

#[tokio::test]
async fn an_error_file_that_cannot_be_read_leaves_the_records_open() {
    let ended = json!({"status": "errored", "results": {"errored_count": 1, "errors_url": "https://files.example/x"}});
    let (destination, _) =
        connect(json!({ "api_key": "SG.test" }), [Reply::new(200, ended.to_string()), Reply::new(403, "")]);
    let receipt =
        destination.follow(&JobRef("j".into()), &batch(&["ada@example.com", "bob@example.com"])).await.unwrap();
    assert_eq!(receipt.outcomes, [Outcome::Unknown, Outcome::Unknown]);
}

#[tokio::test]
async fn a_job_that_is_not_known_yet_is_waited_for_and_later_counts_as_lost() {
    let accepted = || Reply::new(202, r#"{"job_id":"j"}"#);
    let unknown = || Reply::new(404, r#"{"errors":[{"message":"not found"}]}"#);
    let completed = || Reply::new(200, r#"{"status":"completed"}"#);
    for (last, expected) in [(unknown(), Outcome::Unknown), (completed(), Outcome::Confirmed)] {
        let replies = [accepted(), unknown(), unknown(), last];
        let wire = ScriptedTransport::new(replies);
        let clock = SimulatedClock::starting_at("2026-05-04T08:00:00Z".parse().unwrap());
        let connect = || {
            let env = HttpEnv::new(Arc::new(wire.clone()), Arc::new(clock.clone()));
            SendGrid::connect(serde_json::from_value(json!({ "api_key": "SG.test" })).unwrap(), env).unwrap()
        };
        let batch = batch(&["ada@example.com", "bob@example.com"]);
        let job = connect().write(&batch).await.unwrap().job().unwrap().clone();
        // Another process knows the time of the submission from the reference alone.
        let next = connect();
        for _ in 0..2 {
            let receipt = next.follow(&job, &batch).await.unwrap();
            assert!(receipt.outcomes.iter().all(|outcome| *outcome == Outcome::Pending(job.clone())));
            clock.advance(Duration::from_secs(60));
        }
        assert_eq!(next.follow(&job, &batch).await.unwrap().outcomes, [expected.clone(), expected]);
        assert!(wire.sent()[3].url.ends_with("/imports/j"));
    }
}

#[tokio::test]
async fn a_reference_of_an_older_ledger_tells_no_time_and_is_lost_when_it_is_not_known() {
    let (destination, _) = connect(json!({ "api_key": "SG.test" }), [Reply::new(404, "")]);
    let receipt = destination.follow(&JobRef("j".into()), &batch(&["ada@example.com"])).await.unwrap();
    assert_eq!(receipt.outcomes, [Outcome::Unknown]);
}

#[tokio::test]
async fn a_request_that_is_too_large_is_refused_without_a_name() {
    let (destination, wire) = connect(json!({ "api_key": "SG.test" }), [Reply::new(413, "")]);
    let error = destination.write(&batch(&["ada@example.com"])).await.unwrap_err();
    assert!(
        matches!(&error, WriteError::Refused { named, reason } if named.is_empty() && reason.code == "request_too_large")
    );
    assert_eq!(wire.sent().len(), 1);
}

#[tokio::test]
async fn a_key_that_no_header_can_carry_is_refused_before_anything_is_sent() {
    let env = HttpEnv::new(
        Arc::new(ScriptedTransport::default()),
        Arc::new(SimulatedClock::starting_at("2026-05-04T08:00:00Z".parse().unwrap())),
    );
    let config = serde_json::from_value(json!({ "api_key": "SG.test\n" })).unwrap();
    assert!(SendGrid::connect(config, env).is_err());
}
