//! People work in the tab: before a run, and in the middle of a write.

use super::*;

const HEADER: [&str; 4] = ["id", "name", "late", "last order"];

async fn three(stage: &Stage) -> Arc<Prepared> {
    let target = stage.prepare().await;
    assert_eq!(stage.upsert(&target, vec![row("a", 1), row("b", 2), row("c", 3)]).await, ["confirmed"; 3]);
    target
}

#[tokio::test]
async fn rows_and_columns_are_found_wherever_people_have_put_them() {
    let stage = stage();
    let target = three(&stage).await;
    stage.people.puts("'Call list'!F1:F4", &json!([["note"], ["note a"], ["note b"], ["note c"]])).unwrap();
    stage.people.sort("Call list", 1, 0, true).unwrap();
    stage.people.insert_column("Call list", 0).unwrap();
    stage.people.insert_row("Call list", 2).unwrap();
    assert_eq!(stage.upsert(&target, vec![row("b", 20), row("d", 4)]).await, ["confirmed"; 2]);
    let rows = json!([
        ["", "id", "name", "late", "last order", "", "note"],
        ["", "c", "name of c", 3, "", "", "note c"],
        [],
        ["", "b", "name of b", 20, "", "", "note b"],
        ["", "a", "name of a", 1, "", "", "note a"],
        ["", "d", "name of d", 4],
    ]);
    assert_eq!(stage.rows(), rows);
}

#[tokio::test]
async fn a_sort_in_the_middle_of_an_update_overwrites_nothing_for_long() {
    let stage = stage();
    let target = three(&stage).await;
    stage.before(VALUES, |people| people.sort("Call list", 1, 0, true).unwrap());
    // b stays in its row; a and c change places, and a's values land in c's row.
    let changes = vec![("a", vec![(1, Value::Int(10)), (0, text("A"))]), ("b", vec![(1, Value::Int(20))])];
    assert_eq!(stage.upsert(&target, changes.clone()).await, ["unknown", "confirmed"]);
    let undone = json!([HEADER, ["c", "name of c", 3], ["b", "name of b", 20], ["a", "name of a", 1]]);
    assert_eq!(stage.rows(), undone);
    assert_eq!(stage.upsert(&target, changes).await, ["confirmed", "unchanged"]);
    let done = json!([HEADER, ["c", "name of c", 3], ["b", "name of b", 20], ["a", "A", 10]]);
    assert_eq!(stage.rows(), done);
}

#[tokio::test]
async fn a_row_inserted_in_the_middle_of_a_write_costs_no_row_its_key() {
    let stage = stage();
    let target = three(&stage).await;
    stage.people.puts("'Call list'!F4", &json!([["note c"]])).unwrap();
    stage.before(VALUES, |people| people.insert_row("Call list", 1).unwrap());
    // The new rows go to rows 5 and 6, where c stands by then.
    let changes = vec![row("d", 4), row("e", 5), row("b", 20)];
    assert_eq!(stage.upsert(&target, changes.clone()).await, ["unknown", "confirmed", "unknown"]);
    let undone = json!([
        HEADER,
        [],
        ["a", "name of a", 1],
        ["b", "name of b", 2],
        ["c", "name of c", 3, "", "", "note c"],
        ["e", "name of e", 5],
    ]);
    assert_eq!(stage.rows(), undone);
    assert_eq!(stage.upsert(&target, changes).await, ["confirmed", "unchanged", "confirmed"]);
    assert_eq!(stage.rows()[6], json!(["d", "name of d", 4]));
}

#[tokio::test]
async fn a_row_deleted_in_the_middle_of_a_write_spoils_no_other() {
    let stage = stage();
    let target = three(&stage).await;
    stage.before(VALUES, |people| {
        let sheet = people.sheet_id("Call list").unwrap();
        let range = json!({ "sheetId": sheet, "dimension": "ROWS", "startIndex": 1, "endIndex": 2 });
        people.restructure(&json!([{ "deleteDimension": { "range": range } }])).unwrap();
    });
    let changes = vec![row("b", 20), row("d", 4)];
    assert_eq!(stage.upsert(&target, changes.clone()).await, ["unknown", "confirmed"]);
    assert_eq!(stage.upsert(&target, changes).await, ["confirmed", "unchanged"]);
    let rows = json!([HEADER, ["b", "name of b", 20], ["c", "name of c", 3], [], ["d", "name of d", 4]]);
    assert_eq!(stage.rows(), rows);
}

#[tokio::test]
async fn rows_that_move_again_while_that_is_undone_are_told_as_an_error() {
    let stage = stage();
    let target = three(&stage).await;
    stage.before(VALUES, |people| people.sort("Call list", 1, 0, true).unwrap());
    stage.before(VALUES, |people| people.sort("Call list", 1, 0, false).unwrap());
    let error = stage.destination.write(&batch(Operation::Upsert, &target, vec![row("a", 9)])).await.unwrap_err();
    let WriteError::Failed(error) = error else { panic!("{error}") };
    assert_eq!(error.kind, lapwing_contract::ErrorKind::Ambiguous);
    assert!(error.message.contains("Version history"), "{error}");
}

#[tokio::test]
async fn a_sort_between_a_lost_answer_and_its_repeat_is_told_as_an_error() {
    use lapwing_sandbox::{Action, Fault};
    let stage = stage();
    let target = three(&stage).await;
    stage.sandbox.script([Fault::on("POST", VALUES, Action::cut(true))]);
    stage.before(VALUES, |_| {});
    // By the second attempt d stands first, and a where d was written.
    stage.before(VALUES, |people| people.sort("Call list", 1, 0, true).unwrap());
    let error = stage.destination.write(&batch(Operation::Upsert, &target, vec![row("d", 4)])).await.unwrap_err();
    assert!(matches!(&error, WriteError::Failed(error) if error.kind == lapwing_contract::ErrorKind::Ambiguous));
}

#[tokio::test]
async fn a_tab_that_shrinks_in_the_middle_of_a_write_is_looked_at_again() {
    let stage = stage();
    let target = three(&stage).await;
    stage.before(VALUES, |people| {
        let sheet = people.sheet_id("Call list").unwrap();
        let range = json!({ "sheetId": sheet, "dimension": "ROWS", "startIndex": 4, "endIndex": 1_000 });
        people.restructure(&json!([{ "deleteDimension": { "range": range } }])).unwrap();
    });
    assert_eq!(stage.upsert(&target, vec![row("d", 4)]).await, ["unknown"]);
    assert_eq!(stage.upsert(&target, vec![row("d", 4)]).await, ["confirmed"]);
}

#[tokio::test]
async fn keys_that_people_typed_are_numbers_and_match_by_their_digits() {
    let stage = stage();
    let target = stage.prepare().await;
    stage.people.types("'Call list'!A2:A3", &json!([["123"], ["00456"]])).unwrap();
    assert_eq!(stage.upsert(&target, vec![row("123", 1), row("00456", 2), row("456", 3)]).await, ["confirmed"; 3]);
    let rows = json!([
        HEADER,
        [123, "name of 123", 1],
        // Typed as 00456, kept as the number 456.
        [456, "name of 456", 3],
        ["00456", "name of 00456", 2],
    ]);
    assert_eq!(stage.rows(), rows);
}
