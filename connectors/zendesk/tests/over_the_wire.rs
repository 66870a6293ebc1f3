//! The exact requests, to the letter: told by a scripted wire.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail their test")]

use std::sync::Arc;

use lapwing_contract::{
    Batch, ChangeKind, Connector, Destination, ErrorKind, FieldBinding, FieldSpec, FieldType, JobRef, Operation,
    Outcome, Prepared, Record, SimulatedClock, Target, Value, WriteError,
};
use lapwing_http::HttpEnv;
use lapwing_http::scripted::{Reply, ScriptedTransport, Sent};
use lapwing_sandbox::openapi::Checked;
use lapwing_zendesk::Zendesk;
use serde_json::{Value as Json, json};

/// The part of Zendesk's OpenAPI file that the connector uses.
const OPENAPI: &str = include_str!("openapi.json");

fn connect(config: &Json, replies: impl IntoIterator<Item = Reply>) -> (Box<dyn Destination>, ScriptedTransport) {
    let wire = ScriptedTransport::new(replies);
    let clock = SimulatedClock::starting_at("2026-05-04T08:00:00Z".parse().unwrap());
    let env = HttpEnv::new(Arc::new(Checked::new(OPENAPI, Arc::new(wire.clone()))), Arc::new(clock));
    (Zendesk::connect(serde_json::from_value(config.clone()).unwrap(), env).unwrap(), wire)
}

fn with_token() -> Json {
    json!({ "subdomain": "example", "email": "ada@example.com", "api_token": "secret", "tag_prefix": "lapwing_" })
}

fn spec(name: &str, field_type: FieldType) -> FieldSpec {
    FieldSpec::new(name, field_type)
}

/// Fields: name, vendor type, type of the values.
fn target(fields: &[(&str, &str, FieldType)]) -> Arc<Prepared> {
    let target = Target::new(
        "crm",
        "users",
        spec("external_id", FieldType::Text),
        fields.iter().map(|(name, _, of)| spec(name, of.clone())).collect(),
    );
    let fields = fields.iter().map(|(name, kind, _)| FieldBinding::new(*name, *kind)).collect();
    Arc::new(Prepared { target, key: FieldBinding::new("external_id", "system"), fields, list_ids: Vec::new() })
}

fn batch(operation: Operation, target: &Arc<Prepared>, records: Vec<(Value, Vec<(usize, Value)>)>) -> Batch {
    let record = |(seq, (key, fields))| Record { seq, kind: ChangeKind::Added, key, fields };
    Batch { number: 1, operation, target: Arc::clone(target), records: (1..).zip(records).map(record).collect() }
}

fn text(text: &str) -> Value {
    Value::Text(text.into())
}

fn nobody() -> Reply {
    Reply::new(200, r#"{"users":[],"meta":{"has_more":false}}"#)
}

fn accepted() -> Reply {
    Reply::new(200, r#"{"job_status":{"id":"V3-1","status":"queued","url":"https://elsewhere.example/V3-1.json"}}"#)
}

fn body(sent: &Sent) -> String {
    String::from_utf8(sent.body.to_vec()).unwrap()
}

#[tokio::test]
async fn users_go_as_documented_to_the_letter() {
    let (destination, wire) = connect(&with_token(), [nobody(), accepted()]);
    let target = target(&[
        ("name", "system", FieldType::Text),
        ("organization_id", "system", FieldType::Int),
        ("seen", "date", FieldType::Timestamp),
        ("spent", "decimal", FieldType::Decimal),
        ("orders", "integer", FieldType::Int),
        ("club", "checkbox", FieldType::Bool),
        ("likes", "multiselect", FieldType::List(Box::new(FieldType::Text))),
        ("note", "textarea", FieldType::Json),
    ]);
    let amount = Value::Decimal(lapwing_contract::Decimal { unscaled: 1250, scale: 2 });
    let fields = vec![
        (0, text("Ada \"☂\"\n")),
        (1, Value::Int(9_007_199_254_740_993)),
        (2, Value::Timestamp("1969-12-31T23:59:59Z".parse().unwrap())),
        (3, amount),
        (4, Value::Int(3)),
        (5, Value::Null),
        (6, Value::List(vec![text("a"), text("b")])),
        (7, Value::Json("{\"n\":1}".into())),
    ];
    let records = vec![(Value::Int(17), fields), (text("b"), vec![(4, Value::Null)])];
    let receipt = destination.write(&batch(Operation::Upsert, &target, records)).await.unwrap();
    assert_eq!(receipt.job(), Some(&JobRef("V3-1!2!".into())));
    let sent = wire.sent();
    assert_eq!(
        sent[0].url,
        "https://example.zendesk.com/api/v2/users?role%5B%5D=agent&role%5B%5D=admin&page%5Bsize%5D=100"
    );
    assert_eq!(
        (sent[1].method.as_str(), sent[1].url.as_str()),
        ("POST", "https://example.zendesk.com/api/v2/users/create_or_update_many")
    );
    assert_eq!(sent[1].headers["authorization"], "Basic YWRhQGV4YW1wbGUuY29tL3Rva2VuOnNlY3JldA==");
    let expected = concat!(
        r#"{"users":[{"external_id":"17","name":"Ada \"☂\"\n","organization_id":9007199254740993,"#,
        r#""user_fields":{"seen":"1969-12-31","spent":12.5,"orders":3,"club":false,"likes":["a","b"],"note":"{\"n\":1}"},"#,
        r#""skip_verify_email":true},{"external_id":"b","user_fields":{"orders":null},"skip_verify_email":true}]}"#,
    );
    assert_eq!(body(&sent[1]), expected);
}

#[tokio::test]
async fn a_token_is_asked_for_as_json_and_sent_as_a_bearer() {
    let granted = Reply::new(201, r#"{"access_token":"t1","token_type":"bearer","expires_in":null}"#);
    let me = Reply::new(200, r#"{"user":{"id":1,"role":"agent"}}"#);
    let config = json!({ "subdomain": "example", "client_id": "lapwing", "client_secret": "s", "scope": "users:read users:write" });
    let (destination, wire) = connect(&config, [granted, me]);
    destination.check().await.unwrap();
    let sent = wire.sent();
    assert_eq!((sent[0].method.as_str(), sent[0].url.as_str()), ("POST", "https://example.zendesk.com/oauth/tokens"));
    let expected = json!({ "grant_type": "client_credentials", "client_id": "lapwing", "client_secret": "s", "scope": "users:read users:write" });
    assert_eq!(serde_json::from_slice::<Json>(&sent[0].body).unwrap(), expected);
    assert!(!sent[0].headers.contains_key("authorization"));
    assert_eq!(sent[1].headers["authorization"], "Bearer t1");
}

#[tokio::test]
async fn an_anonymous_answer_is_no_proof_of_anything() {
    let anonymous = Reply::new(200, r#"{"user":{"id":null,"name":"Anonymous user","role":"end-user"}}"#);
    let (destination, _) = connect(&with_token(), [anonymous]);
    assert_eq!(destination.check().await.unwrap_err().kind, ErrorKind::Unauthenticated);
}

#[tokio::test]
async fn the_job_is_looked_for_at_the_account_whatever_its_url_says() {
    let done = json!({ "job_status": { "id": "V3-1", "status": "completed", "url": "https://elsewhere.example/x",
        "results": [{ "id": 1, "status": "Created" }, { "index": 1, "error": "E", "details": "Lock wait timeout" }] } });
    let (destination, wire) = connect(&with_token(), [Reply::new(200, done.to_string())]);
    let batch = batch(Operation::Upsert, &target(&[]), vec![(text("a"), vec![]), (text("b"), vec![])]);
    let receipt = destination.follow(&JobRef("V3-1!2!".into()), &batch).await.unwrap();
    assert_eq!(receipt.outcomes[0], Outcome::Created);
    assert!(matches!(&receipt.outcomes[1], Outcome::Rejected(why) if why.retryable));
    assert_eq!(wire.sent()[0].url, "https://example.zendesk.com/api/v2/job_statuses/V3-1");
}

#[tokio::test]
async fn an_id_of_a_job_cannot_lead_elsewhere() {
    let (destination, wire) = connect(&with_token(), [Reply::new(404, "")]);
    let batch = batch(Operation::Delete, &target(&[]), vec![]);
    destination.follow(&JobRef("../../users/1!0!".into()), &batch).await.unwrap();
    assert_eq!(wire.sent()[0].url, "https://example.zendesk.com/api/v2/job_statuses/%2E%2E%2F%2E%2E%2Fusers%2F1");
}

#[tokio::test]
async fn users_are_deleted_by_ids_that_were_looked_up() {
    let found = json!({ "users": [
        { "id": 9_007_199_254_740_995_i64, "external_id": "A", "role": "end-user" },
        { "id": 2, "external_id": "stranger", "role": "end-user" },
    ] });
    let (destination, wire) = connect(&with_token(), [Reply::new(200, found.to_string()), accepted()]);
    let leaving = batch(Operation::Delete, &target(&[]), vec![(text("a"), vec![]), (text("b c"), vec![])]);
    let receipt = destination.write(&leaving).await.unwrap();
    assert!(matches!(receipt.outcomes[..], [Outcome::Pending(_), Outcome::Unchanged]));
    let sent = wire.sent();
    assert_eq!(sent[0].url, "https://example.zendesk.com/api/v2/users/show_many?external_ids=a%2Cb+c");
    assert_eq!(
        (sent[1].method.as_str(), sent[1].url.as_str()),
        ("DELETE", "https://example.zendesk.com/api/v2/users/destroy_many?ids=9007199254740995")
    );
}

#[tokio::test]
async fn many_long_ids_are_looked_up_in_several_requests() {
    let keys: Vec<String> = (0..100).map(|n| format!("{n:0>200}")).collect();
    let none = || Reply::new(200, r#"{"users":[]}"#);
    let (destination, wire) = connect(&with_token(), std::iter::repeat_with(none).take(10));
    let values: Vec<Value> = keys.iter().map(|key| text(key)).collect();
    destination.read(&target(&[]), &values).await.unwrap();
    let sent = wire.sent();
    assert_eq!(sent.len(), 4);
    assert!(sent.iter().all(|sent| sent.url.len() < 8_000));
    let asked: usize = sent.iter().map(|sent| sent.url.matches("%2C").count() + 1).sum();
    assert_eq!(asked, 100);
}

#[tokio::test]
async fn odd_answers_are_protocol_errors_and_confirm_nobody() {
    for odd in ["{}", "[]", "null", r#"{"job_status":{}}"#, r#"{"job_status":{"id":7}}"#, "<html>", ""] {
        let (destination, _) = connect(&with_token(), [nobody(), Reply::new(200, odd)]);
        let error =
            destination.write(&batch(Operation::Upsert, &target(&[]), vec![(text("a"), vec![])])).await.unwrap_err();
        assert!(matches!(&error, WriteError::Failed(error) if error.kind == ErrorKind::Protocol), "{odd}");
    }
}

#[tokio::test]
async fn a_refused_token_is_renewed_once_and_the_write_sent_again() {
    let granted = |token: &str| Reply::new(201, json!({ "access_token": token }).to_string());
    let replies = [granted("t1"), Reply::new(401, ""), granted("t2"), nobody(), accepted()];
    let config = json!({ "subdomain": "example", "client_id": "lapwing", "client_secret": "s" });
    let (destination, wire) = connect(&config, replies);
    destination.write(&batch(Operation::Upsert, &target(&[]), vec![(text("a"), vec![])])).await.unwrap();
    assert_eq!(wire.sent()[4].headers["authorization"], "Bearer t2");
}

#[tokio::test]
async fn credentials_that_no_header_can_carry_are_refused_before_anything_is_sent() {
    let clock = Arc::new(SimulatedClock::starting_at("2026-05-04T08:00:00Z".parse().unwrap()));
    let env = HttpEnv::new(Arc::new(ScriptedTransport::default()), clock);
    let config = json!({ "subdomain": "example" });
    let error = Zendesk::connect(serde_json::from_value(config).unwrap(), env).err().unwrap();
    assert_eq!(error.kind, ErrorKind::Configuration);
}
