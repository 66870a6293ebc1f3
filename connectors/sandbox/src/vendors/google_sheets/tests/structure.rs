use serde_json::json;

use super::{Account, words};
use crate::vendors::google_sheets::Options;

fn rows(first: usize, end: usize) -> serde_json::Value {
    json!({ "sheetId": 0, "dimension": "ROWS", "startIndex": first, "endIndex": end })
}

async fn five(account: &Account) {
    account.write("A1:A5", json!([[0], [1], [2], [3], [4]])).await;
}

#[tokio::test]
async fn rows_are_moved_as_documented() {
    let account = Account::new();
    five(&account).await;
    let moved = json!([{ "moveDimension": { "source": rows(1, 3), "destinationIndex": 4 } }]);
    assert_eq!(account.restructure(moved).await.0, 200);
    assert_eq!(account.values("Sheet1").await, json!([[0], [3], [1], [2], [4]]));
    let back = json!([{ "moveDimension": { "source": rows(4, 5), "destinationIndex": 0 } }]);
    account.restructure(back).await;
    assert_eq!(account.values("Sheet1").await, json!([[4], [0], [3], [1], [2]]));
    let inside = json!([{ "moveDimension": { "source": rows(1, 4), "destinationIndex": 2 } }]);
    assert_eq!(account.restructure(inside).await.0, 400);
}

#[tokio::test]
async fn changes_are_made_in_order_or_not_at_all() {
    let account = Account::new();
    five(&account).await;
    let delete = |first, end| json!({ "deleteDimension": { "range": rows(first, end) } });
    let answer = account.restructure(json!([delete(0, 1), delete(999, 1_000)])).await;
    assert!(words(&answer).1.starts_with("Invalid requests[1].deleteDimension: "), "{answer:?}");
    assert_eq!(account.restructure(json!([delete(3, 4), delete(1, 2)])).await.0, 200);
    assert_eq!(account.values("Sheet1").await, json!([[0], [2], [4]]));
    let (_, body) = account.get("?fields=sheets.properties(sheetId,gridProperties)").await;
    let grid = json!({ "columnCount": 26, "rowCount": 998 });
    assert_eq!(body, json!({ "sheets": [{ "properties": { "gridProperties": grid, "sheetId": 0 } }] }));
    let all = account.restructure(json!([delete(0, 998)])).await;
    assert!(words(&all).1.contains("not possible to delete all non-frozen rows"), "{all:?}");
}

#[tokio::test]
async fn the_grid_grows_up_to_the_limit_of_cells() {
    let account = Account::with(Options { cells: 27_000, ..Options::default() });
    let grow = |dimension: &str, length: usize| json!([{ "appendDimension": { "sheetId": 0, "dimension": dimension, "length": length } }]);
    assert_eq!(account.restructure(grow("ROWS", 38)).await.0, 200);
    assert_eq!(account.write("A1038", json!([["last"]])).await.0, 200);
    let said = "Invalid requests[0].appendDimension: This action would increase the number of cells in the workbook \
                above the limit of 27000 cells.";
    assert_eq!(words(&account.restructure(grow("ROWS", 1)).await), (400, said));
    assert_eq!(account.restructure(grow("COLUMNS", 18_300)).await.0, 400);
}

#[tokio::test]
async fn a_row_is_inserted_at_the_end_only_with_the_format_of_the_one_before() {
    let account = Account::new();
    let insert =
        |inherit: bool| json!([{ "insertDimension": { "range": rows(1_000, 1_001), "inheritFromBefore": inherit } }]);
    assert_eq!(account.restructure(insert(false)).await.0, 400);
    assert_eq!(account.restructure(insert(true)).await.0, 200);
}

#[tokio::test]
async fn tabs_have_titles_of_their_own() {
    let account = Account::new();
    let add = json!([{ "addSheet": { "properties": { "title": "Call list",
        "gridProperties": { "rowCount": 10, "columnCount": 3, "frozenRowCount": 1 } } } }]);
    let (status, body) = account.restructure(add.clone()).await;
    assert_eq!((status, &body["replies"][0]["addSheet"]["properties"]["title"]), (200, &json!("Call list")));
    assert!(words(&account.restructure(add).await).1.contains("already exists"));
    assert_eq!(account.write("'Call list'!C10", json!([["x"]])).await.0, 200);
    let (_, body) = account.get("?ranges='Call%20list'!10:10&fields=sheets(properties.title,data)").await;
    let cells = json!([{}, {}, { "effectiveValue": { "stringValue": "x" } }]);
    assert_eq!(
        body["sheets"],
        json!([{ "data": [{ "rowData": [{ "values": cells }], "startRow": 9 }],
        "properties": { "title": "Call list" } }])
    );
}

#[tokio::test]
async fn a_format_shows_a_number_as_a_day_and_leaves_the_number() {
    let account = Account::new();
    account.write("A2", json!([[45_000]])).await;
    let format = json!({ "userEnteredFormat": { "numberFormat": { "type": "DATE", "pattern": "yyyy-mm-dd" } } });
    let range = json!({ "sheetId": 0, "startRowIndex": 1, "startColumnIndex": 0, "endColumnIndex": 1 });
    let repeat =
        json!([{ "repeatCell": { "range": range, "cell": format, "fields": "userEnteredFormat.numberFormat" } }]);
    assert_eq!(account.restructure(repeat).await.0, 200);
    assert_eq!(account.get("/values/A2").await.1["values"], json!([["2023-03-15"]]));
    assert_eq!(account.values("A2").await, json!([[45_000]]));
}

#[tokio::test]
async fn protected_cells_stop_everybody_but_the_owner_and_all_that_was_asked_with_them() {
    let account = Account::new();
    account.write("A1:B2", json!([["a", "b"], ["c", "d"]])).await;
    let range =
        json!({ "sheetId": 0, "startRowIndex": 1, "endRowIndex": 2, "startColumnIndex": 1, "endColumnIndex": 2 });
    account.people.restructure(&json!([{ "addProtectedRange": { "protectedRange": { "range": range } } }])).unwrap();
    let answer = account.write("A1:B2", json!([["x"], [null, "x"]])).await;
    assert!(words(&answer).1.contains("edit a protected cell"), "{answer:?}");
    // A skipped cell is not edited.
    assert_eq!(account.write("A1:B2", json!([["x"], ["x", null]])).await.0, 200);
    assert_eq!(account.restructure(json!([{ "deleteDimension": { "range": rows(1, 2) } }])).await.0, 400);
    account.people.puts("B2", &json!([["owner"]])).unwrap();
    assert_eq!(account.values("Sheet1").await, json!([["x", "b"], ["x", "owner"]]));
}

#[tokio::test]
async fn cells_are_updated_with_the_structure_and_texts_stay_texts() {
    let account = Account::new();
    let value = |value: serde_json::Value| json!({ "userEnteredValue": value });
    let values =
        [json!({ "stringValue": "=1+2" }), json!({ "numberValue": 1.5 }), json!({ "boolValue": true })].map(value);
    let update = |row: usize| {
        let start = json!({ "sheetId": 0, "rowIndex": row, "columnIndex": 1 });
        json!([{ "updateCells": { "rows": [{ "values": values }], "fields": "userEnteredValue", "start": start } }])
    };
    assert_eq!(account.restructure(update(0)).await.0, 200);
    assert_eq!(account.values("Sheet1").await, json!([["", "=1+2", 1.5, true]]));
    assert!(words(&account.restructure(update(1_000)).await).1.contains("exceeds grid limits"));
}

#[tokio::test]
async fn unknown_requests_and_fields_are_refused() {
    let account = Account::new();
    for requests in [
        json!([]),
        json!([{ "explode": {} }]),
        json!([{ "deleteDimension": { "range": { "sheetId": 9,
        "dimension": "ROWS", "startIndex": 0, "endIndex": 1 } } }]),
    ] {
        assert_eq!(account.restructure(requests).await.0, 400);
    }
    assert_eq!(account.get("?fields=sheets(").await.0, 400);
    assert_eq!(account.get("/values/Sheet1!A1:clear").await.0, 400);
    assert_eq!(account.get("/developerMetadata/1").await.0, 404);
}
