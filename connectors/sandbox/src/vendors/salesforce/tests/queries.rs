use serde_json::json;

use super::{DATA, Org, contact, options};
use crate::vendors::salesforce::Options;

fn query(soql: &str) -> String {
    let text: String = url::form_urlencoded::byte_serialize(soql.as_bytes()).collect();
    format!("{DATA}/query?q={text}")
}

#[tokio::test]
async fn records_are_found_by_key_in_any_case_and_shown_as_salesforce_does() {
    let org = Org::new().await;
    let fields = json!({ "LastName": "O'Hara", "Days_Late__c": 12, "Last_Order_At__c": "2026-05-04T08:00:00Z" });
    org.upsert(&[contact("a-1", fields), contact("b", json!({ "LastName": "x" }))]).await;
    let soql = "SELECT Id, LastName, Days_Late__c, Last_Order_At__c FROM Contact WHERE Lapwing_Id__c IN ('A-1','no')";
    let (status, body) = org.get(&query(soql)).await;
    assert_eq!((status, &body["totalSize"], &body["done"]), (200, &json!(1), &json!(true)));
    let row = &body["records"][0];
    assert_eq!(row["Last_Order_At__c"], "2026-05-04T08:00:00.000+0000");
    assert_eq!((row["LastName"].as_str(), row["Days_Late__c"].to_string()), (Some("O'Hara"), "12.0".to_owned()));
    let (_, body) = org.get(&query(r"SELECT Id FROM Contact WHERE LastName = 'o\'hara'")).await;
    assert_eq!(body["totalSize"], 1);
}

#[tokio::test]
async fn more_rows_than_a_page_come_page_by_page() {
    let org = Org::with(Options { query_page: 2, ..options() }).await;
    let records: Vec<_> = (0..5).map(|n| contact(&n.to_string(), json!({ "LastName": "x" }))).collect();
    org.upsert(&records).await;
    let (_, mut body) = org.get(&query("SELECT Id FROM Contact")).await;
    let mut rows = 0;
    loop {
        rows += body["records"].as_array().unwrap().len();
        let Some(next) = body["nextRecordsUrl"].as_str().map(str::to_owned) else { break };
        body = org.get(&next).await.1;
    }
    assert_eq!((rows, body["done"].as_bool()), (5, Some(true)));
}

#[tokio::test]
async fn wrong_queries_are_told_apart() {
    let org = Org::new().await;
    for (soql, error) in [
        ("SELECT Id FROM", "MALFORMED_QUERY"),
        ("SELECT Id FROM Nothing", "INVALID_TYPE"),
        ("SELECT Nothing FROM Contact", "INVALID_FIELD"),
        ("SELECT Id FROM Contact WHERE Days_Late__c = '1'", "INVALID_FIELD"),
    ] {
        let (status, body) = org.get(&query(soql)).await;
        assert_eq!((status, body[0]["errorCode"].as_str()), (400, Some(error)), "{soql}");
    }
    let long = format!("SELECT Id FROM Contact WHERE LastName = '{}'", "x".repeat(17_000));
    assert_eq!(org.get(&query(&long)).await.0, 414);
}
