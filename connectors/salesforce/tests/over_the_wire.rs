//! What goes to which host, to the letter: told by a scripted wire.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail their test")]

use std::sync::Arc;

use lapwing_contract::{
    Batch, ChangeKind, Connector, Destination, ErrorKind, FieldBinding, FieldSpec, FieldType, JobRef, Operation,
    Outcome, Prepared, Record, SimulatedClock, Target, Value, WriteError,
};
use lapwing_http::HttpEnv;
use lapwing_http::scripted::{Reply, ScriptedTransport, Sent};
use lapwing_salesforce::Salesforce;
use serde_json::{Value as Json, json};

const INSTANCE: &str = "https://acme--instance.my.salesforce.com";

fn connect(more: &Json, replies: impl IntoIterator<Item = Reply>) -> (Box<dyn Destination>, ScriptedTransport) {
    let mut table =
        json!({ "login_url": "https://acme.my.salesforce.com", "client_id": "3MVG", "client_secret": "s&s" });
    for (key, value) in more.as_object().unwrap() {
        table[key] = value.clone();
    }
    let wire = ScriptedTransport::new(std::iter::once(token()).chain(replies));
    let clock = SimulatedClock::starting_at("2026-05-04T08:00:00Z".parse().unwrap());
    let env = HttpEnv::new(Arc::new(wire.clone()), Arc::new(clock));
    (Salesforce::connect(serde_json::from_value(table).unwrap(), env).unwrap(), wire)
}

/// As recorded.
fn token() -> Reply {
    let body = json!({ "access_token": "00D!TOKEN", "signature": "x", "scope": "api", "instance_url": INSTANCE,
        "id": "https://login.salesforce.com/id/00D/005", "token_type": "Bearer", "issued_at": "1777881600000" });
    Reply::new(200, body.to_string())
}

fn target() -> Target {
    Target::new(
        "contacts",
        "Contact",
        FieldSpec::new("Ext__c", FieldType::Text),
        vec![
            FieldSpec::new("LastName", FieldType::Text),
            FieldSpec::new("Days_Late__c", FieldType::Int),
            FieldSpec::new("Score__c", FieldType::Decimal),
            FieldSpec::new("Next_On__c", FieldType::Date),
            FieldSpec::new("Last_At__c", FieldType::Timestamp),
            FieldSpec::new("At_Risk__c", FieldType::Bool),
            FieldSpec::new("AccountId", FieldType::Text),
        ],
    )
}

fn prepared() -> Arc<Prepared> {
    let types = ["string", "double(18,0)", "double(16,2)", "date", "datetime", "boolean", "reference"];
    let binding = |(id, kind): (&str, &str)| FieldBinding::new(id, kind);
    let target = target();
    let names = target.fields.iter().map(|spec| spec.name.as_str());
    let fields = names.zip(types).map(binding).collect();
    Arc::new(Prepared { fields, key: binding(("Ext__c", "string")), list_ids: Vec::new(), target })
}

fn text(text: &str) -> Value {
    Value::Text(text.into())
}

fn batch(operation: Operation, rows: Vec<(&str, Vec<(usize, Value)>)>) -> Batch {
    let record = |(seq, (key, fields))| Record { seq, kind: ChangeKind::Changed, key: text(key), fields };
    Batch { number: 1, operation, target: prepared(), records: (1..).zip(rows).map(record).collect() }
}

fn everything() -> Vec<(usize, Value)> {
    vec![
        (0, text("O'Hara \"☂\"\nx")),
        (1, Value::Int(-3)),
        (2, Value::Decimal(lapwing_contract::Decimal { unscaled: 1250, scale: 2 })),
        (3, Value::Date("1969-12-31".parse().unwrap())),
        (4, Value::Timestamp("2026-05-04T08:00:00Z".parse().unwrap())),
        (5, Value::Bool(false)),
    ]
}

fn body(sent: &Sent) -> &str {
    std::str::from_utf8(&sent.body).unwrap()
}

fn confirmed(rows: usize) -> Reply {
    Reply::new(200, json!(vec![json!({ "id": "003", "success": true, "errors": [] }); rows]).to_string())
}

#[tokio::test]
async fn a_token_is_asked_for_once_and_calls_go_to_the_host_that_it_names() {
    let (destination, wire) = connect(&json!({}), [confirmed(1), confirmed(1)]);
    for _ in 0..2 {
        destination.write(&batch(Operation::Upsert, vec![("c-1", everything())])).await.unwrap();
    }
    let sent = wire.sent();
    assert_eq!(sent.len(), 3);
    assert_eq!(sent[0].url, "https://acme.my.salesforce.com/services/oauth2/token");
    assert_eq!(sent[0].headers["content-type"], "application/x-www-form-urlencoded");
    assert_eq!(body(&sent[0]), "grant_type=client_credentials&client_id=3MVG&client_secret=s%26s");
    assert!(!sent[0].headers.contains_key("authorization"));
    assert_eq!(sent[1].url, format!("{INSTANCE}/services/data/v67.0/composite/sobjects/Contact/Ext__c"));
    assert_eq!(
        (sent[1].method.as_str(), &sent[1].headers["authorization"]),
        ("PATCH", &"Bearer 00D!TOKEN".parse().unwrap())
    );
    assert_eq!(sent[1].headers["sforce-auto-assign"], "FALSE");
    assert!(!sent[1].headers.contains_key("sforce-duplicate-rule-header"));
}

#[tokio::test]
async fn a_given_base_takes_all_calls_and_a_wrong_host_takes_none() {
    let (destination, wire) =
        connect(&json!({ "base_url": "http://127.0.0.1:4010/proxy", "allow_duplicates": true }), [confirmed(1)]);
    destination.write(&batch(Operation::Upsert, vec![("c-1", everything())])).await.unwrap();
    assert_eq!(wire.sent()[0].url, "http://127.0.0.1:4010/proxy/services/oauth2/token");
    assert!(wire.sent()[1].url.starts_with("http://127.0.0.1:4010/proxy/services/data/v67.0/composite/"));
    assert_eq!(wire.sent()[1].headers["sforce-duplicate-rule-header"], "allowSave=true");

    let wire =
        ScriptedTransport::new([Reply::new(200, r#"{"access_token":"t","instance_url":"http://evil.example"}"#)]);
    let clock = SimulatedClock::starting_at("2026-05-04T08:00:00Z".parse().unwrap());
    let table = json!({ "login_url": "https://acme.my.salesforce.com", "client_id": "a", "client_secret": "s" });
    let env = HttpEnv::new(Arc::new(wire.clone()), Arc::new(clock));
    let destination = Salesforce::connect(serde_json::from_value(table).unwrap(), env).unwrap();
    assert_eq!(destination.check().await.unwrap_err().kind, ErrorKind::Protocol);
    assert_eq!(wire.sent().len(), 1, "the token goes nowhere in plain text");
}

#[tokio::test]
async fn a_collection_is_as_documented_with_attributes_first() {
    let (destination, wire) = connect(&json!({}), [confirmed(2)]);
    let rows = vec![("c-1", everything()), ("c-2", vec![(0, Value::Null), (3, Value::Null)])];
    destination.write(&batch(Operation::Upsert, rows)).await.unwrap();
    assert_eq!(
        body(&wire.sent()[1]),
        concat!(
            r#"{"allOrNone":false,"records":["#,
            r#"{"attributes":{"type":"Contact"},"Ext__c":"c-1","LastName":"O'Hara \"☂\"\nx","Days_Late__c":-3,"#,
            r#""Score__c":12.5,"Next_On__c":"1969-12-31","Last_At__c":"2026-05-04T08:00:00.000Z","At_Risk__c":false},"#,
            r#"{"attributes":{"type":"Contact"},"Ext__c":"c-2","LastName":null,"Next_On__c":null}]}"#
        )
    );
}

#[tokio::test]
async fn records_of_one_parent_stand_together_and_outcomes_find_their_way_back() {
    let failed =
        json!({ "success": false, "errors": [{ "statusCode": "UNABLE_TO_LOCK_ROW", "message": "m", "fields": [] }] });
    let ok = json!({ "id": "003", "success": true, "errors": [] });
    // In the order sent: c-3 (no parent), c-2 and c-4 (A), c-1 (B).
    let reply = Reply::new(200, json!([failed, ok, ok, ok]).to_string());
    let (destination, wire) = connect(&json!({}), [reply]);
    let of = |parent: &str| vec![(6, text(parent))];
    let rows = vec![("c-1", of("001B")), ("c-2", of("001A")), ("c-3", vec![]), ("c-4", of("001A"))];
    let receipt = destination.write(&batch(Operation::Upsert, rows)).await.unwrap();
    let sent: Json = serde_json::from_slice(&wire.sent()[1].body).unwrap();
    let keys: Vec<_> = sent["records"].as_array().unwrap().iter().map(|row| row["Ext__c"].as_str().unwrap()).collect();
    assert_eq!(keys, ["c-3", "c-2", "c-4", "c-1"]);
    let retryable = |outcome: &Outcome| matches!(outcome, Outcome::Rejected(why) if why.retryable);
    assert_eq!(receipt.outcomes.iter().map(retryable).collect::<Vec<_>>(), [false, false, true, false]);
}

#[tokio::test]
async fn a_job_is_opened_filled_closed_looked_at_and_read() {
    let job = |state: &str| Reply::new(200, json!({ "id": "7505g", "state": state, "contentUrl": "x" }).to_string());
    let done = "\"sf__Id\",\"sf__Created\",\"Ext__c\"\n\"003\",\"true\",\"c-2\"\n\"003\",\"false\",\"C-1\"\n";
    let replies = [
        job("Open"),
        Reply::new(201, ""),
        job("UploadComplete"),
        job("JobComplete"),
        Reply::new(200, "\"sf__Id\",\"sf__Error\",\"Ext__c\"\n"),
        Reply::new(200, done),
        Reply::new(200, ""),
    ];
    let (destination, wire) = connect(&json!({ "bulk_from": 1 }), replies);
    let batch =
        batch(Operation::Upsert, vec![("c-1", everything()), ("c-2", vec![(0, text("a, b")), (1, Value::Null)])]);
    let job = destination.write(&batch).await.unwrap().job().unwrap().clone();
    assert_eq!(&*job.0, "7505g");
    let receipt = destination.follow(&job, &batch).await.unwrap();
    assert_eq!(receipt.outcomes, [Outcome::Confirmed, Outcome::Created]);
    let sent = wire.sent();
    let jobs = format!("{INSTANCE}/services/data/v67.0/jobs/ingest");
    let lines: Vec<String> = sent.iter().skip(1).map(|sent| format!("{} {}", sent.method, sent.url)).collect();
    assert_eq!(
        lines,
        [
            format!("POST {jobs}"),
            format!("PUT {jobs}/7505g/batches"),
            format!("PATCH {jobs}/7505g"),
            format!("GET {jobs}/7505g"),
            format!("GET {jobs}/7505g/failedResults"),
            format!("GET {jobs}/7505g/successfulResults"),
            format!("GET {jobs}/7505g/unprocessedrecords"),
        ]
    );
    assert_eq!(
        body(&sent[1]),
        concat!(
            r#"{"object":"Contact","operation":"upsert","externalIdFieldName":"Ext__c","contentType":"CSV","#,
            r#""lineEnding":"LF","columnDelimiter":"COMMA"}"#
        )
    );
    assert_eq!(sent[2].headers["content-type"], "text/csv");
    assert_eq!(
        body(&sent[2]),
        concat!(
            "Ext__c,LastName,Days_Late__c,Score__c,Next_On__c,Last_At__c,At_Risk__c\n",
            "c-1,\"O'Hara \"\"☂\"\"\nx\",-3,12.5,1969-12-31,2026-05-04T08:00:00.000Z,false\n",
            "c-2,\"a, b\",#N/A,,,,\n"
        )
    );
    assert_eq!(body(&sent[3]), r#"{"state":"UploadComplete"}"#);
}

#[tokio::test]
async fn a_deletion_looks_up_ids_and_then_names_them() {
    let found = json!({ "totalSize": 1, "done": true, "records": [
        { "attributes": { "type": "Contact", "url": "/x" }, "Ext__c": "O'Hara", "Id": "003A" }] });
    let (destination, wire) = connect(&json!({}), [Reply::new(200, found.to_string()), confirmed(1)]);
    let receipt =
        destination.write(&batch(Operation::Delete, vec![("o'hara", vec![]), ("gone", vec![])])).await.unwrap();
    assert_eq!(receipt.outcomes, [Outcome::Confirmed, Outcome::Unchanged]);
    let sent = wire.sent();
    let query = url::Url::parse(&sent[1].url).unwrap();
    let soql = query.query_pairs().next().unwrap().1.into_owned();
    assert_eq!(soql, r"SELECT Ext__c,Id FROM Contact WHERE Ext__c IN ('o\'hara','gone')");
    assert_eq!(sent[2].method, "DELETE");
    assert_eq!(sent[2].url, format!("{INSTANCE}/services/data/v67.0/composite/sobjects?ids=003A&allOrNone=false"));
}

#[tokio::test]
async fn hostile_answers_confirm_nothing_and_are_not_quoted() {
    let secret = "ada@example.com";
    let huge = format!("\"{}\"", "x".repeat(1 << 20));
    for (status, answer) in [
        (200, "[]".to_owned()),
        (200, "null".into()),
        (200, format!("[{{\"success\":\"{secret}\"}}]")),
        (200, huge),
        (400, format!("[{{\"errorCode\":\"{secret}\",\"message\":\"{secret}\"}}]")),
        (403, secret.to_owned()),
        (404, format!("{{\"errors\":[\"{secret}\"]}}")),
        (300, format!("[\"/services/data/{secret}\"]")),
        (302, String::new()),
    ] {
        let (destination, _) = connect(&json!({}), [Reply::new(status, answer)]);
        let error = destination.write(&batch(Operation::Upsert, vec![("c-1", everything())])).await.unwrap_err();
        assert!(!format!("{error} {error:?}").contains(secret), "{status}: {error:?}");
    }
}

#[tokio::test]
async fn hostile_jobs_confirm_nothing() {
    let follow = async |replies: Vec<Reply>| {
        let (destination, _) = connect(&json!({ "bulk_from": 1 }), replies);
        let batch = batch(Operation::Upsert, vec![("c-1", everything()), ("c-2", everything())]);
        destination.follow(&JobRef("750".into()), &batch).await.map(|receipt| receipt.outcomes)
    };
    let complete = || Reply::new(200, r#"{"id":"750","state":"JobComplete","numberRecordsFailed":0}"#);
    let empty = || Reply::new(200, "");
    // Complete, and no file names anybody.
    let open = follow(vec![complete(), empty(), empty(), empty()]).await.unwrap();
    assert_eq!(open, [Outcome::Unknown, Outcome::Unknown]);
    // Names of others, and of one of ours only.
    let others = || Reply::new(200, "sf__Id,Ext__c\n003,zoe\n003,c-2\n");
    let one = follow(vec![complete(), empty(), others(), empty()]).await.unwrap();
    assert_eq!(one, [Outcome::Unknown, Outcome::Confirmed]);
    // Files of another form.
    for file in ["<html>", "a,b\n1,2\n"] {
        let told = follow(vec![complete(), empty(), Reply::new(200, file), empty()]).await;
        assert_eq!(told.unwrap_err().kind, ErrorKind::Protocol, "{file}");
    }
    let odd = Reply::new(200, r#"{"id":"750","state":"Dreaming"}"#);
    assert!(matches!(follow(vec![odd]).await.unwrap()[0], Outcome::Pending(_)));
    assert_eq!(follow(vec![Reply::new(404, "")]).await.unwrap(), [Outcome::Unknown, Outcome::Unknown]);
    // A reference that would lead elsewhere is not sent.
    let (destination, wire) = connect(&json!({}), [complete()]);
    let batch = batch(Operation::Upsert, vec![("c-1", everything())]);
    assert!(destination.follow(&JobRef("..".into()), &batch).await.is_err());
    assert!(wire.sent().is_empty());
}

#[tokio::test]
async fn a_request_that_is_too_large_is_refused_without_a_name() {
    for status in [400, 413] {
        let (destination, _) = connect(&json!({}), [Reply::new(status, "")]);
        let error = destination.write(&batch(Operation::Upsert, vec![("c-1", everything())])).await.unwrap_err();
        assert!(matches!(&error, WriteError::Refused { named, .. } if named.is_empty()), "{error}");
    }
}

#[tokio::test]
async fn pages_without_an_end_are_not_turned_for_ever() {
    let page =
        || Reply::new(200, r#"{"done":false,"nextRecordsUrl":"/services/data/v67.0/query/01g-2000","records":[]}"#);
    let (destination, wire) = connect(&json!({}), std::iter::repeat_with(page).take(1000));
    let error = destination.read(&prepared(), &[Value::Text("c-1".into())]).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Protocol);
    assert_eq!(wire.sent().len(), 101, "a sign-in and a hundred pages");
}
