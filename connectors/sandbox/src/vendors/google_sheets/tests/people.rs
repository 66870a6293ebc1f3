use serde_json::json;

use super::Account;

#[tokio::test]
async fn what_people_type_is_read_as_the_window_reads_it() {
    let account = Account::new();
    account.people.types("A1:F1", &json!([["00123", "=1+2", "true", "2026-01-31", "'007", "Ada"]])).unwrap();
    assert_eq!(account.values("1:1").await, json!([[123, "#NAME?", true, 46_053, "007", "Ada"]]));
}

#[tokio::test]
async fn people_sort_insert_and_rename() {
    let account = Account::new();
    account.write("A1:B4", json!([["id", "n"], ["b", 2], ["c", 30], ["a", 1]])).await;
    account.people.sort("Sheet1", 1, 1, true).unwrap();
    assert_eq!(account.values("Sheet1").await, json!([["id", "n"], ["c", 30], ["b", 2], ["a", 1]]));
    account.people.sort("Sheet1", 1, 0, false).unwrap();
    account.people.insert_row("Sheet1", 2).unwrap();
    account.people.insert_column("Sheet1", 0).unwrap();
    account.people.rename("Sheet1", "List").unwrap();
    assert_eq!(account.values("List").await, json!([["", "id", "n"], ["", "a", 1], [], ["", "b", 2], ["", "c", 30]]));
    assert!(account.people.sort("Sheet1", 1, 0, false).is_err());
}
