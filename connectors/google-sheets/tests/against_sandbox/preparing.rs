//! Tabs, headers and columns.

use super::*;
use lapwing_contract::ErrorKind;

fn with(more: &Json) -> Stage {
    let mut config = json!({ "spreadsheet": "book" });
    for (key, value) in more.as_object().unwrap() {
        config[key] = value.clone();
    }
    stage_with(Options::default(), &config)
}

async fn refused(stage: &Stage) -> lapwing_contract::DestinationError {
    let error = stage.destination.prepare(&target()).await.unwrap_err();
    assert_eq!(stage.traffic.requests().writes, 0, "nothing is changed");
    error
}

#[tokio::test]
async fn a_missing_tab_is_made_with_a_frozen_header_and_formatted_columns() {
    let stage = stage();
    let target = stage.prepare().await;
    assert!(target.key.created && target.fields.iter().all(|field| field.created));
    let types: Vec<&str> = target.fields.iter().map(|field| field.vendor_type.as_str()).collect();
    assert_eq!(types, ["TEXT", "NUMBER", "DATE"]);
    assert_eq!((target.fields[0].max_chars, target.fields[1].max_chars), (Some(50_000), None));
    assert_eq!(stage.rows(), json!([["id", "name", "late", "last order"]]));
    assert_eq!(stage.traffic.requests().writes, 1);
    let again = stage.prepare().await;
    assert!(!again.key.created && again.fields.iter().all(|field| !field.created));
    assert_eq!(stage.traffic.requests().writes, 1);
    let described = stage.destination.describe("Call list").await.unwrap();
    let names: Vec<&str> = described.fields.iter().map(|field| field.name.as_str()).collect();
    assert_eq!((names, described.can_create_fields), (vec!["id", "name", "late", "last order"], true));
}

#[tokio::test]
async fn missing_columns_are_added_right_of_everything_and_others_are_left_alone() {
    let stage = stage();
    let add = json!([{ "addSheet": { "properties": { "title": "Call list",
        "gridProperties": { "rowCount": 5, "columnCount": 4 } } } }]);
    stage.people.restructure(&add).unwrap();
    // A column of notes has no header.
    stage
        .people
        .puts("'Call list'!A1:D2", &json!([[" id ", "name", "owner", null], ["a", "Ada", "Zoe", "note"]]))
        .unwrap();
    let target = stage.prepare().await;
    let created: Vec<bool> = target.fields.iter().map(|field| field.created).collect();
    assert_eq!(created, [false, true, true]);
    stage.upsert(&target, vec![row("a", 7)]).await;
    let rows = json!([[" id ", "name", "owner", "", "late", "last order"], ["a", "name of a", "Zoe", "note", 7],]);
    assert_eq!(stage.rows(), rows);
}

#[tokio::test]
async fn a_header_further_down_is_respected() {
    let stage = with(&json!({ "header_row": 3 }));
    let add = json!([{ "addSheet": { "properties": { "title": "Call list",
        "gridProperties": { "rowCount": 2, "columnCount": 4 } } } }]);
    stage.people.restructure(&add).unwrap();
    stage.people.puts("'Call list'!A1:A2", &json!([["Our list"], ["a"]])).unwrap();
    let target = stage.prepare().await;
    assert_eq!(stage.upsert(&target, vec![row("a", 1)]).await, ["confirmed"]);
    let keys: Vec<Json> = stage.rows().as_array().unwrap().iter().map(|row| row[0].clone()).collect();
    assert_eq!(keys, ["Our list", "a", "id", "a"].map(Json::from), "what stands above the header is no record");
}

#[tokio::test]
async fn what_may_not_be_created_is_an_error_before_anything_is_sent() {
    let stage = with(&json!({ "create_tab": false }));
    let error = refused(&stage).await;
    assert_eq!(error.kind, ErrorKind::NotFound);
    assert!(error.message.contains("`Call list`"), "{error}");
    let stage = with(&json!({ "create_columns": false }));
    let error = refused(&stage).await;
    assert_eq!(error.kind, ErrorKind::Configuration);
    assert!(error.message.contains("`id`, `name`, `late`, `last order`"), "{error}");
}

#[tokio::test]
async fn a_header_without_the_key_or_with_two_of_a_name_is_an_error_and_creates_nothing() {
    for (header, told) in [
        (json!([["name", "late"]]), "no column `id`"),
        (json!([["id", "name", "late", "late"]]), "columns C and D are both called `late`"),
    ] {
        let stage = stage();
        stage.people.restructure(&json!([{ "addSheet": { "properties": { "title": "Call list" } } }])).unwrap();
        stage.people.puts("'Call list'!A1:D1", &header).unwrap();
        let error = refused(&stage).await;
        assert_eq!(error.kind, ErrorKind::Configuration);
        assert!(error.message.contains(told), "{error}");
    }
}

#[tokio::test]
async fn a_tab_with_too_many_columns_is_an_error() {
    let stage = stage();
    let fields = (0..18_278).map(|n| field(&format!("f{n}"), FieldType::Int)).collect();
    let error = stage.destination.prepare(&Target { fields, ..target() }).await.unwrap_err();
    assert_eq!((error.kind, stage.traffic.requests().writes), (ErrorKind::Configuration, 0));
    assert!(error.message.contains("18279 columns"), "{}", &error.message[error.message.len() - 80..]);
}

#[tokio::test]
async fn an_unclear_end_is_looked_after() {
    use lapwing_sandbox::{Action, Fault};
    for is_done in [true, false] {
        let stage = stage();
        stage.sandbox.script([Fault::on("POST", STRUCTURE, Action::cut(is_done))]);
        let end = stage.destination.prepare(&target()).await.map(drop).map_err(|error| error.kind);
        assert_eq!(end, if is_done { Ok(()) } else { Err(ErrorKind::Unavailable) });
        stage.prepare().await;
        assert_eq!(stage.rows(), json!([["id", "name", "late", "last order"]]));
    }
}
