//! Rows are deleted, and lists kept in order.

use super::*;
use lapwing_contract::{ErrorKind, OnLeave, SyncMode};
use lapwing_sandbox::{Action, Fault};

async fn four(stage: &Stage) -> Arc<Prepared> {
    let target = Target { mode: SyncMode::List, on_leave: OnLeave::Delete, ..target() };
    let target = Arc::new(stage.destination.prepare(&target).await.unwrap());
    stage.upsert(&target, vec![row("a", 1), row("b", 2), row("c", 3), row("d", 4)]).await;
    target
}

fn keys(stage: &Stage) -> Vec<String> {
    let rows = stage.rows();
    rows.as_array().unwrap().iter().skip(1).map(|row| row[0].as_str().unwrap_or_default().to_owned()).collect()
}

fn wanted(keys: &[&str]) -> Vec<Value> {
    keys.iter().map(|key| text(key)).collect()
}

#[tokio::test]
async fn rows_are_deleted_from_below_in_one_request_and_what_is_gone_is_unchanged() {
    let stage = stage();
    let target = four(&stage).await;
    let before = stage.logged(STRUCTURE).len();
    let receipt = stage.delete(&target, &["a", "zoe", "d", "b"]).await.unwrap();
    assert_eq!(said(&receipt), ["confirmed", "unchanged", "confirmed", "confirmed"]);
    assert_eq!(keys(&stage), ["c"]);
    assert_eq!(stage.logged(STRUCTURE).len() - before, 1);
    assert_eq!(said(&stage.delete(&target, &["a"]).await.unwrap()), ["unchanged"]);
    assert_eq!(stage.logged(STRUCTURE).len() - before, 1, "nothing to delete, nothing sent");
}

#[tokio::test]
async fn the_last_row_of_a_small_tab_can_be_deleted_too() {
    let stage = stage();
    let target = four(&stage).await;
    let sheet = stage.people.sheet_id("Call list").unwrap();
    let cut = json!({ "sheetId": sheet, "dimension": "ROWS", "startIndex": 5, "endIndex": 1_000 });
    stage.people.restructure(&json!([{ "deleteDimension": { "range": cut } }])).unwrap();
    assert_eq!(said(&stage.delete(&target, &["a", "b", "c", "d"]).await.unwrap()), ["confirmed"; 4]);
    assert_eq!(keys(&stage), Vec::<String>::new());
    assert_eq!(stage.upsert(&target, vec![row("e", 5)]).await, ["confirmed"]);
}

#[tokio::test]
async fn a_deletion_whose_answer_is_lost_is_looked_after_and_never_repeated() {
    for (is_done, outcome) in [(true, "confirmed"), (false, "unknown")] {
        let stage = stage();
        let target = four(&stage).await;
        let before = stage.logged(STRUCTURE).len();
        stage.sandbox.script([Fault::on("POST", STRUCTURE, Action::cut(is_done))]);
        assert_eq!(said(&stage.delete(&target, &["b"]).await.unwrap()), [outcome]);
        assert_eq!(stage.logged(STRUCTURE).len() - before, 1);
        stage.delete(&target, &["b"]).await.unwrap();
        assert_eq!(keys(&stage), ["a", "c", "d"]);
    }
}

#[tokio::test]
async fn rows_that_moved_while_others_were_deleted_are_told_as_an_error() {
    let stage = stage();
    let target = four(&stage).await;
    stage.before(STRUCTURE, |people| people.sort("Call list", 1, 0, true).unwrap());
    let Err(WriteError::Failed(error)) = stage.delete(&target, &["a"]).await else { panic!("it is told") };
    assert_eq!(error.kind, ErrorKind::Ambiguous);
    assert!(error.message.contains("1 rows of other records") && !error.message.contains("name"), "{error}");
}

#[tokio::test]
async fn a_list_is_put_in_order_with_one_request_and_notes_go_along() {
    let stage = stage();
    let target = four(&stage).await;
    stage.people.puts("'Call list'!F5", &json!([["note d"]])).unwrap();
    stage.people.insert_row("Call list", 2).unwrap();
    stage.people.puts("'Call list'!A3", &json!([["somebody's own"]])).unwrap();
    let before = stage.traffic.requests().writes;
    let order = wanted(&["d", "a", "b", "nobody", "c"]);
    stage.destination.arrange(&target, &order).await.unwrap();
    assert_eq!(keys(&stage), ["d", "a", "somebody's own", "b", "c"]);
    assert_eq!(stage.rows()[1][5], "note d");
    assert_eq!(stage.traffic.requests().writes - before, 1);
    let moves = stage.logged(STRUCTURE).pop().unwrap().json()["requests"].as_array().unwrap().len();
    assert_eq!(moves, 1, "three rows stay");
    stage.destination.arrange(&target, &order).await.unwrap();
    stage.destination.arrange(&target, &[]).await.unwrap();
    assert_eq!(stage.traffic.requests().writes - before, 1, "what stands in order is not moved");
}

#[tokio::test]
async fn a_list_of_five_hundred_in_any_order_is_arranged() {
    let stage = stage();
    let target = four(&stage).await;
    let names: Vec<&'static str> = (0..500).map(|n| &*Box::leak(format!("k{n}").into_boxed_str())).collect();
    stage.upsert(&target, names.iter().map(|name| row(name, 1)).collect()).await;
    // A shuffle that is the same every time.
    let mut order = names.clone();
    order.sort_by_key(|name| {
        name.bytes().fold(7_u64, |hash, byte| hash.wrapping_mul(1_099_511_628_211) ^ u64::from(byte))
    });
    stage.destination.arrange(&target, &wanted(&order)).await.unwrap();
    let found: Vec<String> = keys(&stage).into_iter().filter(|key| key.starts_with('k')).collect();
    assert_eq!(found, order);
}

#[tokio::test]
async fn people_who_change_the_tab_while_rows_are_moved_do_no_harm() {
    let stage = stage();
    let target = four(&stage).await;
    stage.before(STRUCTURE, |people| people.sort("Call list", 1, 0, true).unwrap());
    let order = wanted(&["b", "a", "c", "d"]);
    stage.destination.arrange(&target, &order).await.unwrap();
    stage.destination.arrange(&target, &order).await.unwrap();
    assert_eq!(keys(&stage), ["b", "a", "c", "d"]);
    assert_eq!(stage.rows()[1], json!(["b", "name of b", 2]), "rows move as a whole");
}
