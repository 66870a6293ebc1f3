use serde_json::{Value as Json, json};

use super::{CONTACTS, DATA, Org, code, contact, options};
use crate::vendors::salesforce::Options;

#[tokio::test]
async fn records_come_and_change_and_fields_not_given_stay() {
    let org = Org::new().await;
    let (status, rows) = org.upsert(&[contact("a-1", json!({ "LastName": "Lovelace", "Days_Late__c": 12 }))]).await;
    assert_eq!((status, rows[0]["created"].as_bool(), rows[0]["success"].as_bool()), (200, Some(true), Some(true)));
    assert_eq!(rows[0]["id"].as_str().unwrap().len(), 18);
    let (_, rows) = org.upsert(&[contact("A-1", json!({ "Days_Late__c": null, "FirstName": "" }))]).await;
    assert_eq!(rows[0]["created"], false, "keys are compared in any case");
    let stored = org.contact("A-1");
    assert_eq!((stored["LastName"].as_str(), &stored["Days_Late__c"]), (Some("Lovelace"), &Json::Null));
    assert_eq!(stored["Is_At_Risk__c"], false, "a checkbox is never empty");
}

#[tokio::test]
async fn a_bad_row_costs_itself_only() {
    let org = Org::new().await;
    let last = |more: Json| {
        let mut fields = json!({ "LastName": "x" });
        fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        fields
    };
    let (status, rows) = org
        .upsert(&[
            contact("1", json!({ "LastName": "good" })),
            contact("2", json!({})),
            contact("3", last(json!({ "FirstName": "é".repeat(41) }))),
            contact("4", last(json!({ "Email": "badone" }))),
            contact("5", last(json!({ "Days_Late__c": 1e18 }))),
            contact("6", last(json!({ "Days_Late__c": "12" }))),
            contact("7", last(json!({ "Next_Order_On__c": "1699-01-01" }))),
            contact("8", last(json!({ "AccountId": "001gL0000000001AAA" }))),
            contact("9", last(json!({ "Is_At_Risk__c": null }))),
            contact("1", json!({ "LastName": "again" })),
            contact("", json!({ "LastName": "keyless" })),
            contact("12", last(json!({ "FirstName": "é".repeat(40) }))),
        ])
        .await;
    assert_eq!(status, 200);
    let codes: Vec<_> = rows.as_array().unwrap().iter().map(code).collect();
    assert_eq!(
        codes,
        [
            "none",
            "REQUIRED_FIELD_MISSING",
            "STRING_TOO_LONG",
            "INVALID_EMAIL_ADDRESS",
            "NUMBER_OUTSIDE_VALID_RANGE",
            "JSON_PARSER_ERROR",
            "INVALID_DATE",
            "INVALID_CROSS_REFERENCE_KEY",
            "INVALID_TYPE_ON_FIELD_IN_RECORD",
            "DUPLICATE_VALUE",
            "MISSING_ARGUMENT",
            "none",
        ]
    );
    assert!(rows[1].get("id").is_none(), "a failed row has no id (recorded)");
    assert_eq!(org.contact("1")["LastName"], "good");
}

#[tokio::test]
async fn attributes_come_first() {
    let org = Org::new().await;
    let record = json!({ "Lapwing_Id__c": "1", "LastName": "x", "attributes": { "type": "Contact" } });
    let (_, rows) = org.upsert(&[record]).await;
    assert_eq!(code(&rows[0]), "JSON_PARSER_ERROR");
}

#[tokio::test]
async fn an_unknown_field_of_one_record_refuses_the_request() {
    let org = Org::new().await;
    let records = [contact("1", json!({ "LastName": "x" })), contact("2", json!({ "Nothing__c": 1 }))];
    let (status, body) = org.upsert(&records).await;
    assert_eq!((status, body[0]["errorCode"].as_str()), (400, Some("INVALID_FIELD")));
    assert_eq!(org.contact("1"), Json::Null);
}

#[tokio::test]
async fn two_hundred_records_are_the_most_and_the_key_must_be_one() {
    let org = Org::new().await;
    let records: Vec<_> = (0..201).map(|n| contact(&n.to_string(), json!({ "LastName": "x" }))).collect();
    let (status, body) = org.upsert(&records).await;
    assert_eq!((status, body[0]["errorCode"].as_str()), (400, Some("LIMIT_EXCEEDED")));
    assert_eq!(org.upsert(&records[..200]).await.0, 200);
    let path = format!("{DATA}/composite/sobjects/Contact/RFM_Segment__c");
    assert_eq!(org.call("PATCH", &path, json!({ "records": [] })).await.0, 404);
}

#[tokio::test]
async fn all_or_none_rolls_back() {
    let org = Org::new().await;
    let records = [contact("1", json!({ "LastName": "x" })), contact("2", json!({}))];
    let (_, rows) = org.call("PATCH", CONTACTS, json!({ "allOrNone": true, "records": records })).await;
    assert_eq!([code(&rows[0]), code(&rows[1])], ["ALL_OR_NONE_OPERATION_ROLLED_BACK", "REQUIRED_FIELD_MISSING"]);
    assert_eq!(org.contact("1"), Json::Null);
}

#[tokio::test]
async fn a_key_that_fits_two_records_is_refused() {
    let org = Org::new().await;
    let same = |key: &str| contact(key, json!({ "LastName": "x", "Email": "ada@example.com" }));
    org.upsert(&[same("1"), same("2")]).await;
    let record = json!({ "attributes": { "type": "Contact" }, "Email": "ADA@example.com", "LastName": "y" });
    let path = format!("{DATA}/composite/sobjects/Contact/Email");
    let (_, rows) = org.call("PATCH", &path, json!({ "records": [record] })).await;
    assert_eq!(code(&rows[0]), "DUPLICATE_EXTERNAL_ID");
}

#[tokio::test]
async fn a_locked_row_and_a_duplicate_are_told_row_by_row() {
    let org = Org::with(Options { locked_rows: 1, duplicate_rule: true, ..options() }).await;
    let same = |key: &str| contact(key, json!({ "LastName": "x", "Email": "ada@example.com" }));
    let (_, rows) = org.upsert(&[same("1"), same("2"), same("3")]).await;
    assert_eq!([code(&rows[0]), code(&rows[1]), code(&rows[2])], ["UNABLE_TO_LOCK_ROW", "none", "DUPLICATES_DETECTED"]);
}

#[tokio::test]
async fn numbers_are_doubles_rounded_to_their_scale() {
    let org = Org::new().await;
    org.upsert(&[contact(
        "1",
        json!({ "LastName": "x", "Promo_Score__c": 12.345, "Days_Late__c": 9_007_199_254_740_993_i64 }),
    )])
    .await;
    let stored = org.contact("1");
    assert_eq!(stored["Promo_Score__c"], 12.35);
    assert_ne!(stored["Days_Late__c"].to_string(), "9007199254740993");
}

#[tokio::test]
async fn what_is_deleted_is_deleted_once() {
    let org = Org::new().await;
    let (_, rows) = org.upsert(&[contact("1", json!({ "LastName": "x" }))]).await;
    let id = rows[0]["id"].as_str().unwrap();
    let path = format!("{DATA}/composite/sobjects?ids={id},{id},003gL0000000999&allOrNone=false");
    let (status, rows) = org.call("DELETE", &path, Json::Null).await;
    assert_eq!((status, rows[0]["success"].as_bool()), (200, Some(true)));
    assert_eq!([code(&rows[1]), code(&rows[2])], ["ENTITY_IS_DELETED", "INVALID_CROSS_REFERENCE_KEY"]);
}
