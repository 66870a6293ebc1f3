//! Rows come, change and are emptied.

use super::*;

#[tokio::test]
async fn new_rows_stand_below_each_other_with_typed_cells_and_read_back() {
    let stage = stage();
    let target = stage.prepare().await;
    let day = Value::Date("2026-01-31".parse().unwrap());
    let ada = ("00123", vec![(0, text("=Ada \"☂\"\n")), (1, Value::Int(9_007_199_254_740_993)), (2, day)]);
    assert_eq!(stage.upsert(&target, vec![ada.clone(), ("bob", vec![(1, Value::Int(5))])]).await, ["confirmed"; 2]);
    let rows = json!([
        ["id", "name", "late", "last order"],
        ["00123", "=Ada \"☂\"\n", "9007199254740993", 46_053],
        ["bob", "", 5],
    ]);
    assert_eq!(stage.rows(), rows);
    let keys = [text("bob"), text("123"), text("00123")];
    let read = stage.destination.read(&target, &keys).await.unwrap();
    assert!(read[1].is_none(), "123 is another key than 00123");
    let values: Vec<Value> = ada.1.into_iter().map(|(_, value)| value).collect();
    assert!(read[2].as_ref() == Some(&values) && read[0] == Some(vec![Value::Null, Value::Int(5), Value::Null]));
}

#[tokio::test]
async fn only_cells_that_differ_are_written_and_nothing_where_all_are_there() {
    let stage = stage();
    let target = stage.prepare().await;
    stage.upsert(&target, vec![row("a", 1), row("b", 2), row("c", 3)]).await;
    let before = stage.logged(VALUES).len();
    let changes = vec![row("a", 1), row("b", 20), ("c", vec![(0, Value::Null)])];
    assert_eq!(stage.upsert(&target, changes.clone()).await, ["unchanged", "confirmed", "confirmed"]);
    let sent = stage.logged(VALUES).pop().unwrap().json();
    let data = json!([
        { "range": "'Call list'!B3:C4", "values": [[null, 20], [""]] },
        { "range": "'Call list'!A:A", "values": [[null]] },
    ]);
    assert_eq!(sent["data"], data);
    assert_eq!(stage.upsert(&target, changes).await, ["unchanged"; 3]);
    assert_eq!(stage.logged(VALUES).len() - before, 1);
}

#[tokio::test]
async fn who_left_and_has_no_row_gets_none() {
    let stage = stage();
    let target = stage.prepare().await;
    stage.upsert(&target, vec![row("a", 1)]).await;
    let mut gone =
        batch(Operation::Upsert, &target, vec![("a", vec![(0, Value::Null)]), ("b", vec![(0, Value::Null)])]);
    gone.records.iter_mut().for_each(|record| record.kind = ChangeKind::Left);
    assert_eq!(said(&stage.destination.write(&gone).await.unwrap()), ["confirmed", "unchanged"]);
    assert_eq!(stage.rows(), json!([["id", "name", "late", "last order"], ["a", "", 1]]));
}

#[tokio::test]
async fn a_small_grid_grows_and_its_new_rows_are_formatted() {
    let stage = stage();
    let target = stage.prepare().await;
    let sheet = stage.people.sheet_id("Call list").unwrap();
    let cut = json!({ "sheetId": sheet, "dimension": "ROWS", "startIndex": 2, "endIndex": 1_000 });
    stage.people.restructure(&json!([{ "deleteDimension": { "range": cut } }])).unwrap();
    let day = |key| (key, vec![(2, Value::Date("2026-01-31".parse().unwrap()))]);
    assert_eq!(stage.upsert(&target, vec![day("a"), day("b"), day("c")]).await, ["confirmed"; 3]);
    let last = stage.logged(STRUCTURE).pop().unwrap().json()["requests"].take();
    assert_eq!(last[0]["appendDimension"]["length"], 1_000);
    assert_eq!(last[4]["repeatCell"]["range"]["startRowIndex"], 2);
    assert_eq!(last[4]["repeatCell"]["cell"]["userEnteredFormat"]["numberFormat"]["type"], "DATE");
}

#[tokio::test]
async fn notes_below_the_list_are_left_alone() {
    let stage = stage();
    let target = stage.prepare().await;
    stage.upsert(&target, vec![row("a", 1)]).await;
    stage.people.puts("'Call list'!F4", &json!([["total"]])).unwrap();
    stage.upsert(&target, vec![row("b", 2)]).await;
    let rows = stage.rows();
    assert_eq!((&rows[3][5], &rows[4][0]), (&json!("total"), &json!("b")));
}

#[tokio::test]
async fn a_lost_answer_and_its_repeat_write_every_row_once() {
    use lapwing_sandbox::{Action, Fault};
    let stage = stage();
    let target = stage.prepare().await;
    stage.sandbox.script([Fault::on("POST", VALUES, Action::cut(true))]);
    assert_eq!(stage.upsert(&target, vec![row("a", 1), row("b", 2)]).await, ["confirmed"; 2]);
    assert_eq!(stage.rows().as_array().unwrap().len(), 3);
    // A process that was killed before it could note the answer sends the same batch again.
    assert_eq!(stage.upsert(&target, vec![row("a", 1), row("b", 2)]).await, ["unchanged"; 2]);
    assert_eq!(stage.rows().as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn an_answer_that_does_not_show_all_keys_costs_a_look_more_and_nothing_else() {
    for echo in [Echo::Nothing, Echo::Written] {
        looks_again(echo).await;
    }
}

async fn looks_again(echo: Echo) {
    let stage = stage_with(Options { echo, ..Options::default() }, &json!({ "spreadsheet": "book" }));
    let target = stage.prepare().await;
    stage.upsert(&target, vec![row("a", 1), row("b", 2)]).await;
    let reads = stage.traffic.requests().reads;
    assert_eq!(stage.upsert(&target, vec![row("b", 20)]).await, ["confirmed"]);
    assert_eq!(stage.traffic.requests().reads - reads, 3);
    stage.before(VALUES, |people| people.sort("Call list", 1, 0, true).unwrap());
    assert_eq!(stage.upsert(&target, vec![row("b", 21)]).await, ["unknown"]);
    assert_eq!(stage.upsert(&target, vec![row("b", 21)]).await, ["confirmed"]);
    let rows = json!([["id", "name", "late", "last order"], ["b", "name of b", 21], ["a", "name of a", 1]]);
    assert_eq!(stage.rows(), rows);
}

#[tokio::test]
async fn many_columns_between_those_of_others_are_read_with_addresses_of_bounded_length() {
    let stage = stage();
    let title = "☂".repeat(60);
    let names: Vec<String> = (0..80).map(|n| format!("f{n}")).collect();
    let tab = json!({ "title": title, "gridProperties": { "rowCount": 10, "columnCount": 200 } });
    stage.people.restructure(&json!([{ "addSheet": { "properties": tab } }])).unwrap();
    // Ours and somebody's own, in turn.
    let header: Vec<String> = std::iter::once("id")
        .chain(names.iter().map(String::as_str))
        .flat_map(|name| [name.to_owned(), format!("own {name}")])
        .collect();
    stage.people.puts(&format!("'{title}'!A1:GR1"), &json!([header])).unwrap();
    let fields = names.iter().map(|name| field(name, FieldType::Int)).collect();
    let wide = Target { object: title, fields, ..target() };
    let target = Arc::new(stage.destination.prepare(&wide).await.unwrap());
    let values: Vec<(usize, Value)> = (0..80).map(|n| (n, Value::Int(i64::try_from(n).unwrap()))).collect();
    assert_eq!(stage.upsert(&target, vec![("a", values.clone())]).await, ["confirmed"]);
    let read = stage.destination.read(&target, &[text("a")]).await.unwrap();
    assert!(read[0].as_ref().unwrap().iter().zip(&values).all(|(read, (_, sent))| read == sent));
    let longest = stage.sandbox.requests(0).iter().filter_map(|sent| sent.query.as_ref().map(String::len)).max();
    assert!(longest.unwrap() < 8_000, "{longest:?}");
    assert_eq!(stage.traffic.requests().writes, 1);
}

#[tokio::test]
async fn it_is_told_whether_a_row_was_made() {
    let stage = stage();
    let target = stage.prepare().await;
    for (late, expected) in [(1, Outcome::Created), (2, Outcome::Confirmed)] {
        let receipt = stage.destination.write(&batch(Operation::Upsert, &target, vec![row("a", late)])).await.unwrap();
        assert_eq!(receipt.outcomes, [expected]);
    }
    stage.delete(&target, &["a"]).await.unwrap();
    let receipt = stage.destination.write(&batch(Operation::Upsert, &target, vec![row("a", 3)])).await.unwrap();
    assert_eq!(receipt.outcomes, [Outcome::Created]);
}
