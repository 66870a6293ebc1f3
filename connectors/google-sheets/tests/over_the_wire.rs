//! What goes to which host: told by a scripted wire.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail their test")]

use std::sync::Arc;

use lapwing_contract::{
    Batch, ChangeKind, Connector, Destination, ErrorKind, FieldBinding, FieldSpec, FieldType, Operation, Outcome,
    Prepared, Record, SimulatedClock, Target, Value,
};
use lapwing_google_sheets::GoogleSheets;
use lapwing_http::HttpEnv;
use lapwing_http::scripted::{Reply, ScriptedTransport, Sent};
use serde_json::{Value as Json, json};
use url::Url;

fn connect(config: &Json, replies: impl IntoIterator<Item = Reply>) -> (Box<dyn Destination>, ScriptedTransport) {
    let wire = ScriptedTransport::new(replies);
    let clock = SimulatedClock::starting_at("2026-05-04T08:00:00Z".parse().unwrap());
    let env = HttpEnv::new(Arc::new(wire.clone()), Arc::new(clock));
    (GoogleSheets::connect(serde_json::from_value(config.clone()).unwrap(), env).unwrap(), wire)
}

fn user() -> Json {
    json!({ "spreadsheet": "https://docs.google.com/spreadsheets/d/1AbC/edit#gid=0", "client_id": "c&1",
        "client_secret": "s", "refresh_token": "1//r" })
}

fn token() -> Reply {
    Reply::new(200, r#"{"access_token":"ya29.t","expires_in":3599,"token_type":"Bearer"}"#)
}

fn field(name: &str, field_type: FieldType) -> FieldSpec {
    FieldSpec::new(name, field_type)
}

fn batch(operation: Operation, records: Vec<(&str, Vec<(usize, Value)>)>) -> Batch {
    let target = Target::new(
        "calls",
        "Ada's list",
        field("id", FieldType::Text),
        vec![field("name", FieldType::Text), field("since", FieldType::Timestamp)],
    );
    let binding = |name: &str| FieldBinding { id: name.into(), ..FieldBinding::default() };
    let fields = vec![binding("name"), binding("since")];
    let target = Arc::new(Prepared { target, key: binding("id"), fields, list_ids: Vec::new() });
    let record = |(seq, (key, fields)): (u64, (&str, _))| Record {
        seq,
        kind: ChangeKind::Changed,
        key: Value::Text(key.into()),
        fields,
    };
    Batch { number: 1, operation, target, records: (1..).zip(records).map(record).collect() }
}

fn header() -> Reply {
    let cell = |text: &str| json!({ "effectiveValue": { "stringValue": text } });
    let body = json!({ "sheets": [{
        "properties": { "sheetId": 7, "title": "Ada's list", "gridProperties": { "rowCount": 4, "columnCount": 26 } },
        "data": [{ "rowData": [{ "values": [cell("id"), {}, cell(" name "), cell("since")] }] }],
    }] });
    Reply::new(200, body.to_string())
}

/// Ranges of neighbouring columns.
fn columns(ranges: &[Json]) -> Reply {
    let range = |values: &Json| json!({ "range": "x", "majorDimension": "COLUMNS", "values": values });
    Reply::new(200, json!({ "valueRanges": ranges.iter().map(range).collect::<Vec<_>>() }).to_string())
}

fn query(sent: &Sent) -> Vec<(String, String)> {
    Url::parse(&sent.url).unwrap().query_pairs().into_owned().collect()
}

#[tokio::test]
async fn an_upsert_looks_writes_and_sees_where_it_landed() {
    let keys = json!([["id"], ["a"], ["b"], ["c"]]);
    let wrote =
        json!({ "responses": [{}, {}, { "updatedData": { "range": "x", "majorDimension": "ROWS", "values": keys } }] });
    let replies = [
        token(),
        header(),
        columns(&[json!([["id", "a", "b"]]), json!([["name", "Ada"], ["since"]])]),
        Reply::new(200, r#"{"valueRanges":[{"range":"x","majorDimension":"ROWS"}]}"#),
        Reply::new(200, wrote.to_string()),
    ];
    let (destination, wire) = connect(&user(), replies);
    let noon = Value::Timestamp("2026-01-31T12:00:00Z".parse().unwrap());
    let batch = batch(
        Operation::Upsert,
        vec![("a", vec![(0, Value::Null), (1, noon)]), ("b", vec![]), ("c", vec![(0, Value::Text("=1+2".into()))])],
    );
    let receipt = destination.write(&batch).await.unwrap();
    assert_eq!(receipt.outcomes, [Outcome::Confirmed, Outcome::Unchanged, Outcome::Created]);

    let sent = wire.sent();
    assert_eq!(sent[0].url, "https://oauth2.googleapis.com/token");
    let form = "grant_type=refresh_token&client_id=c%261&client_secret=s&refresh_token=1%2F%2Fr";
    assert_eq!((&sent[0].body[..], sent[0].headers.contains_key("authorization")), (form.as_bytes(), false));
    assert!(sent[1].url.starts_with("https://sheets.googleapis.com/v4/spreadsheets/1AbC?"));
    assert_eq!(sent[1].headers["authorization"], "Bearer ya29.t");
    assert_eq!(query(&sent[1])[1], ("ranges".into(), "'Ada''s list'!1:1".into()));
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let asked = [
        pair("ranges", "'Ada''s list'!A:A"),
        pair("ranges", "'Ada''s list'!C:D"),
        pair("majorDimension", "COLUMNS"),
        pair("valueRenderOption", "UNFORMATTED_VALUE"),
        pair("dateTimeRenderOption", "SERIAL_NUMBER"),
    ];
    assert_eq!(query(&sent[2]), asked);
    assert_eq!(query(&sent[3])[0], pair("ranges", "'Ada''s list'!4:4"));
    assert_eq!(sent[4].url, "https://sheets.googleapis.com/v4/spreadsheets/1AbC/values:batchUpdate");
    let body = r#"{"valueInputOption":"RAW","data":[{"range":"'Ada''s list'!C2:D4","values":[["",46053.5],[null],["=1+2"]]},{"range":"'Ada''s list'!A4","values":[["c"]]},{"range":"'Ada''s list'!A:A","values":[[null]]}],"includeValuesInResponse":true,"responseValueRenderOption":"UNFORMATTED_VALUE","responseDateTimeRenderOption":"SERIAL_NUMBER"}"#;
    assert_eq!(String::from_utf8_lossy(&sent[4].body), body);
}

#[tokio::test]
async fn a_deletion_is_one_structural_request_between_two_looks() {
    let keys = |keys: Json| columns(&[json!([keys])]);
    let replies = [
        token(),
        header(),
        keys(json!(["id", "a", "b", "c"])),
        Reply::new(200, r#"{"spreadsheetId":"1AbC","replies":[{}]}"#),
        keys(json!(["id", "b"])),
    ];
    let (destination, wire) = connect(&user(), replies);
    let receipt = destination.write(&batch(Operation::Delete, vec![("a", vec![]), ("c", vec![])])).await.unwrap();
    assert_eq!(receipt.outcomes, [Outcome::Confirmed, Outcome::Confirmed]);
    let sent = wire.sent();
    assert_eq!(sent[3].url, "https://sheets.googleapis.com/v4/spreadsheets/1AbC:batchUpdate");
    let span = |first: u32, end: u32| {
        let range = json!({ "sheetId": 7, "dimension": "ROWS", "startIndex": first, "endIndex": end });
        json!({ "deleteDimension": { "range": range } })
    };
    let body: Json = serde_json::from_slice(&sent[3].body).unwrap();
    assert_eq!(body, json!({ "requests": [span(3, 4), span(1, 2)] }));
}

#[tokio::test]
async fn rows_are_moved_with_one_structural_request() {
    let replies = [token(), header(), columns(&[json!([["id", "a", "b", "c"]])]), Reply::new(200, "{}")];
    let (destination, wire) = connect(&user(), replies);
    let target = batch(Operation::Upsert, vec![]).target;
    let order = ["c", "a", "b"].map(|key| Value::Text(key.into()));
    destination.arrange(&target, &order).await.unwrap();
    let body: Json = serde_json::from_slice(&wire.sent()[3].body).unwrap();
    let source = json!({ "sheetId": 7, "dimension": "ROWS", "startIndex": 3, "endIndex": 4 });
    assert_eq!(body, json!({ "requests": [{ "moveDimension": { "source": source, "destinationIndex": 1 } }] }));
}

#[tokio::test]
async fn a_429_without_a_header_is_waited_out_and_a_structural_request_is_never_sent_twice() {
    let busy = || Reply::new(429, r#"{"error":{"code":429,"status":"RESOURCE_EXHAUSTED"}}"#);
    let (destination, wire) =
        connect(&user(), [token(), busy(), header(), columns(&[json!([["id", "b", "a"]])]), busy()]);
    wire.push(Reply::new(503, ""));
    let target = batch(Operation::Upsert, vec![]).target;
    let order = ["a", "b"].map(|key| Value::Text(key.into()));
    let error = destination.arrange(&target, &order).await.unwrap_err();
    // Turned away at the door by 429, it is sent again; after the 503 it may have been done.
    assert_eq!((error.kind, wire.sent().len()), (ErrorKind::Ambiguous, 6));
}

#[tokio::test]
async fn other_addresses_are_used_where_the_table_names_them() {
    let mut config = user();
    config["base_url"] = json!("http://127.0.0.1:4010");
    config["token_url"] = json!("http://127.0.0.1:4010/token");
    let book = Reply::new(200, r#"{"properties":{"title":"Calls"},"sheets":[{"properties":{"title":"x"}}]}"#);
    let (destination, wire) = connect(&config, [token(), book]);
    assert_eq!(destination.check().await.unwrap().summary, "Google spreadsheet “Calls” with 1 tab");
    let hosts: Vec<String> = wire.sent().iter().map(|sent| sent.url.split('?').next().unwrap().to_owned()).collect();
    assert_eq!(hosts, ["http://127.0.0.1:4010/token", "http://127.0.0.1:4010/v4/spreadsheets/1AbC"]);
}

#[tokio::test]
async fn a_spreadsheet_or_key_that_cannot_be_is_refused_before_anything_is_sent() {
    for config in [
        json!({ "spreadsheet": "../../other", "refresh_token": "r", "client_id": "c", "client_secret": "s" }),
        json!({ "spreadsheet": "x", "service_account_key": "${NOT_SET}" }),
        json!({ "spreadsheet": "x", "service_account_key": "{\"type\":\"authorized_user\"}" }),
        json!({ "spreadsheet": "x", "refresh_token": "r" }),
    ] {
        let env = HttpEnv::new(
            Arc::new(ScriptedTransport::default()),
            Arc::new(SimulatedClock::starting_at("2026-05-04T08:00:00Z".parse().unwrap())),
        );
        let error = GoogleSheets::connect(serde_json::from_value(config).unwrap(), env).err().unwrap();
        assert_eq!(error.kind, ErrorKind::Configuration, "{error}");
    }
}

#[tokio::test]
async fn a_key_that_is_kept_as_another_text_is_rejected_and_its_row_taken_back() {
    let wrote = |keys: Json, ranges: usize| {
        let mut responses = vec![json!({}); ranges];
        responses.push(json!({ "updatedData": { "majorDimension": "ROWS", "values": keys } }));
        Reply::new(200, json!({ "responses": responses }).to_string())
    };
    let replies = [
        token(),
        header(),
        columns(&[json!([["id"]]), json!([["name"]])]),
        Reply::new(200, r#"{"valueRanges":[{}]}"#),
        wrote(json!([["id"], ["a"], ["b"]]), 2),
        columns(&[json!([["id", "a", "b"]])]),
        wrote(json!([["id"], [], ["b"]]), 2),
    ];
    let (destination, wire) = connect(&user(), replies);
    let name = |text: &str| vec![(0, Value::Text(text.into()))];
    let receipt =
        destination.write(&batch(Operation::Upsert, vec![("'a", name("A")), ("b", name("B"))])).await.unwrap();
    assert!(matches!(&receipt.outcomes[0], Outcome::Rejected(why) if why.code == "key_altered" && !why.retryable));
    assert_eq!(receipt.outcomes[1], Outcome::Created);
    let body: Json = serde_json::from_slice(&wire.sent()[6].body).unwrap();
    let undone = json!([
        { "range": "'Ada''s list'!A2", "values": [[""]] },
        { "range": "'Ada''s list'!C2", "values": [[""]] },
        { "range": "'Ada''s list'!A:A", "values": [[null]] },
    ]);
    assert_eq!(body["data"], undone);
}
