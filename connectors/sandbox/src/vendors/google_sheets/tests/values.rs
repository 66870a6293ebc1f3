use serde_json::json;

use super::{Account, words};
use crate::vendors::google_sheets::{Echo, Options};

#[tokio::test]
async fn values_come_back_as_they_were_written_without_empty_ends() {
    let account = Account::new();
    let rows = json!([["id", "=1+2", true, 1.5], ["007", "", null, 9_007_199_254_740_993_i64], ["", "", ""]]);
    assert_eq!(account.write("Sheet1!A1:D3", rows).await.0, 200);
    let expected = json!([["id", "=1+2", true, 1.5], ["007", "", "", 9_007_199_254_740_992_i64]]);
    assert_eq!(account.values("Sheet1").await, expected);
    let (_, body) = account.get("/values/Sheet1!F1:G2").await;
    assert_eq!(body, json!({ "range": "Sheet1!F1:G2", "majorDimension": "ROWS" }));
    let (_, body) = account.get("/values/A1:A2?majorDimension=COLUMNS").await;
    assert_eq!(body["values"], json!([["id", "007"]]));
}

#[tokio::test]
async fn null_leaves_a_cell_and_the_empty_text_clears_it() {
    let account = Account::new();
    account.write("A1:B1", json!([["a", "b"]])).await;
    let (_, body) = account.write("A1:B1", json!([[null, ""]])).await;
    assert_eq!(body["responses"][0]["updatedCells"], 1);
    assert_eq!(account.values("1:1").await, json!([["a"]]));
}

#[tokio::test]
async fn a_batch_is_written_whole_or_not_at_all() {
    let account = Account::new();
    let data = |second: &str| json!([{ "range": "A1", "values": [["a"]] }, { "range": second, "values": [["b"]] }]);
    for (second, said) in [
        ("Nowhere!A1", "Invalid data[1]: Unable to parse range: Nowhere!A1"),
        ("A1001", "Invalid data[1]: Range (A1001) exceeds grid limits. Max rows: 1000, max columns: 26"),
    ] {
        let body = json!({ "valueInputOption": "RAW", "data": data(second) });
        let answer = account.call("POST", "/values:batchUpdate", body).await;
        assert_eq!(words(&answer), (400, said));
    }
    assert_eq!(account.values("Sheet1").await, json!(null));
}

#[tokio::test]
async fn what_does_not_fit_is_refused() {
    let account = Account::new();
    let beyond = account.write("A1:B1", json!([["a", "b", "c"]])).await;
    let said = "Invalid data[0]: Requested writing within range [A1:B1], but tried writing to column [C]";
    assert_eq!(words(&beyond), (400, said));
    let below = account.write("A1:B1", json!([["a"], ["b"]])).await;
    assert!(words(&below).1.ends_with("tried writing to row [2]"), "{below:?}");
    assert_eq!(account.write("A1", json!([["é".repeat(50_000)]])).await.0, 200);
    let long = account.write("A1", json!([["é".repeat(50_001)]])).await;
    assert!(words(&long).1.contains("more than the maximum of 50000 characters"), "{long:?}");
    assert_eq!(account.write("A1", json!([[["a"]]])).await.0, 400);
    let without = json!({ "data": [{ "range": "A1", "values": [["a"]] }] });
    let answer = account.call("POST", "/values:batchUpdate", without).await;
    assert_eq!(words(&answer), (400, "'valueInputOption' is required but not specified"));
}

#[tokio::test]
async fn the_answer_shows_the_whole_range_where_less_was_written() {
    let account = Account::new();
    account.write("A1:A3", json!([["id"], ["k1"], ["k2"]])).await;
    let data = json!([{ "range": "B2", "values": [["x"]] }, { "range": "Sheet1!A:A", "values": [[null]] }]);
    let ask = json!({ "valueInputOption": "RAW", "data": data, "includeValuesInResponse": true,
        "responseValueRenderOption": "UNFORMATTED_VALUE" });
    let (status, body) = account.call("POST", "/values:batchUpdate", ask.clone()).await;
    assert_eq!((status, &body["totalUpdatedCells"]), (200, &json!(1)));
    assert_eq!(body["responses"][1]["updatedData"]["values"], json!([["id"], ["k1"], ["k2"]]));
    let short = Account::with(Options { echo: Echo::Written, ..Options::default() });
    short.write("A1:A2", json!([["id"], ["k1"]])).await;
    let (_, body) = short.call("POST", "/values:batchUpdate", ask.clone()).await;
    assert_eq!(body["responses"][1]["updatedData"]["values"], json!([["id"]]));
    let silent = Account::with(Options { echo: Echo::Nothing, ..Options::default() });
    let (_, body) = silent.call("POST", "/values:batchUpdate", ask).await;
    assert!(body["responses"][1].get("updatedData").is_none());
}

#[tokio::test]
async fn clearing_takes_values_and_keeps_the_rest() {
    let account = Account::new();
    account.write("A1:B2", json!([["a", "b"], ["c", "d"]])).await;
    let (status, body) = account.call("POST", "/values:batchClear", json!({ "ranges": ["A2:B"] })).await;
    assert_eq!((status, &body["clearedRanges"]), (200, &json!(["Sheet1!A2:B1000"])));
    assert_eq!(account.values("Sheet1").await, json!([["a", "b"]]));
}

#[tokio::test]
async fn one_range_is_put_by_its_path() {
    let account = Account::new();
    let body = json!({ "values": [["1/2"]] });
    let (status, _) = account.call("PUT", "/values/Sheet1%21C3?valueInputOption=RAW", body).await;
    assert_eq!((status, account.values("Sheet1!C3").await), (200, json!([["1/2"]])));
}
