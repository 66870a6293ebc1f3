//! What goes wrong while writing, and how it is told.

use std::collections::BTreeMap;

use super::*;
use lapwing_contract::{DestinationError, ErrorKind};
use lapwing_sandbox::{Action, Fault};

/// A success with this text as its body.
fn answering(body: &str) -> Action {
    Action::Status { status: 200, headers: BTreeMap::new(), body: Some(Json::from(body)), applied: false }
}

async fn failure(stage: &Stage, target: &Arc<Prepared>) -> DestinationError {
    match stage.destination.write(&batch(Operation::Upsert, target, vec![row("a", 9)])).await {
        Err(WriteError::Failed(error)) => error,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_renamed_tab_or_column_stops_the_run_with_the_way_out() {
    let stage = stage();
    let target = stage.prepare().await;
    stage.upsert(&target, vec![row("a", 1)]).await;
    stage.people.puts("'Call list'!B1", &json!([["full name"]])).unwrap();
    let error = failure(&stage, &target).await;
    assert_eq!(error.kind, ErrorKind::NotFound);
    assert!(error.message.contains("no column called `name`"), "{error}");
    stage.people.puts("'Call list'!A1:B1", &json!([["", "name"]])).unwrap();
    let error = failure(&stage, &target).await;
    assert!(error.kind == ErrorKind::NotFound && error.message.contains("`id`"), "{error}");
    stage.people.rename("Call list", "Calls").unwrap();
    let error = failure(&stage, &target).await;
    assert_eq!(error.kind, ErrorKind::NotFound);
    assert!(error.message.contains("no tab called `Call list`: it was renamed or deleted"), "{error}");
}

#[tokio::test]
async fn a_key_that_stands_twice_costs_its_own_record_only() {
    let stage = stage();
    let target = stage.prepare().await;
    stage.upsert(&target, vec![row("a", 1), row("b", 2)]).await;
    stage.people.puts("'Call list'!A4", &json!([["a"]])).unwrap();
    let outcomes = stage.upsert(&target, vec![row("a", 10), row("b", 20)]).await;
    assert_eq!(outcomes, ["rejected: duplicate_key", "confirmed"]);
    let receipt = stage.delete(&target, &["a", "b"]).await.unwrap();
    assert_eq!(said(&receipt), ["rejected: duplicate_key", "confirmed"]);
    assert_eq!(
        stage.upsert(&target, vec![row("c", 1), row("c", 2)]).await,
        ["confirmed", "rejected: duplicate_in_batch"]
    );
}

#[tokio::test]
async fn a_protected_row_is_named_and_nothing_of_the_batch_is_written() {
    let stage = stage();
    let target = stage.prepare().await;
    stage.upsert(&target, vec![row("a", 1), row("b", 2)]).await;
    let sheet = stage.people.sheet_id("Call list").unwrap();
    let range = json!({ "sheetId": sheet, "startRowIndex": 2, "endRowIndex": 3 });
    stage.people.restructure(&json!([{ "addProtectedRange": { "protectedRange": { "range": range } } }])).unwrap();
    let before = stage.rows();
    // Both rows are one range, so nobody is named, and the delivery floor halves the batch.
    let both = batch(Operation::Upsert, &target, vec![row("a", 10), row("b", 20)]);
    let error = stage.destination.write(&both).await.unwrap_err();
    assert!(
        matches!(&error, WriteError::Refused { named, reason } if named.is_empty() && reason.code == "protected_range")
    );
    let alone = batch(Operation::Upsert, &target, vec![row("b", 20)]);
    let error = stage.destination.write(&alone).await.unwrap_err();
    assert!(matches!(&error, WriteError::Refused { named, .. } if named[0].0 == 0 && named[0].1.hint.is_some()));
    assert!(matches!(stage.delete(&target, &["b"]).await, Err(WriteError::Refused { .. })));
    assert_eq!(stage.rows(), before);
    assert_eq!(stage.upsert(&target, vec![row("a", 10)]).await, ["confirmed"]);
}

#[tokio::test]
async fn a_full_spreadsheet_is_told_with_the_way_out() {
    let options = Options { cells: 52_000, ..Options::default() };
    let stage = stage_with(options, &json!({ "spreadsheet": "book" }));
    let target = stage.prepare().await;
    let names: Vec<&'static str> = (0..1_000).map(|n| &*Box::leak(format!("k{n}").into_boxed_str())).collect();
    let rows = names.iter().map(|name| row(name, 1)).collect();
    let Err(WriteError::Failed(error)) = stage.destination.write(&batch(Operation::Upsert, &target, rows)).await else {
        panic!("there is no room")
    };
    assert_eq!(error.kind, ErrorKind::Configuration);
    assert!(error.message.contains("10,000,000 cells"), "{error}");
}

#[tokio::test]
async fn an_unclear_growth_is_looked_after_rather_than_repeated() {
    for (is_done, outcome) in [(true, Ok(())), (false, Err(ErrorKind::Unavailable))] {
        let stage = stage();
        let target = stage.prepare().await;
        let names: Vec<&'static str> = (0..1_000).map(|n| &*Box::leak(format!("k{n}").into_boxed_str())).collect();
        stage.sandbox.script([Fault::on("POST", STRUCTURE, Action::cut(is_done))]);
        let rows = names.iter().map(|name| row(name, 1)).collect();
        let end = stage.destination.write(&batch(Operation::Upsert, &target, rows)).await;
        let end = end.map(drop).map_err(|error| match error {
            WriteError::Failed(error) => error.kind,
            WriteError::Refused { .. } => panic!("{error}"),
        });
        assert_eq!(end, outcome);
    }
}

#[tokio::test]
async fn hostile_answers_are_protocol_errors_and_never_success() {
    let stage = stage();
    let target = stage.prepare().await;
    stage.upsert(&target, vec![row("a", 1)]).await;
    for body in ["{}", "[]", r#"{"responses":[]}"#, r#"{"responses":[{},{},{},{}]}"#, "null", ""] {
        stage.sandbox.script([Fault::on("POST", VALUES, answering(body))]);
        assert_eq!(failure(&stage, &target).await.kind, ErrorKind::Protocol, "{body}");
    }
    for body in [r#"{"valueRanges":[]}"#, r#"{"valueRanges":[{"values":"x"}]}"#, "{}"] {
        let path = "/v4/spreadsheets/book/values:batchGet";
        stage.sandbox.script([Fault::on("GET", path, answering(body))]);
        assert_eq!(failure(&stage, &target).await.kind, ErrorKind::Protocol, "{body}");
    }
}

#[tokio::test]
async fn a_spreadsheet_that_is_not_there_is_told() {
    let options = Options { spreadsheets: vec!["other".into()], ..Options::default() };
    let stage = stage_with(options, &json!({ "spreadsheet": "https://docs.google.com/spreadsheets/d/book/edit" }));
    let error = stage.destination.check().await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotFound);
    assert!(error.message.contains("no such spreadsheet"), "{error}");
}
