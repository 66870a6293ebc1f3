use serde_json::json;

use super::{Account, first_error};
use crate::vendors::sendgrid::Options;

const PATH: &str = "/v3/marketing/field_definitions";

#[tokio::test]
async fn without_custom_fields_their_key_is_absent() {
    let account = Account::new();
    let (status, body) = account.get(PATH).await;
    assert_eq!(status, 200);
    assert!(body.get("custom_fields").is_none());
    let reserved = body["reserved_fields"].as_array().unwrap();
    assert_eq!(reserved.len(), 24);
    assert_eq!(reserved[2], json!({ "id": "_rf2_T", "name": "email", "field_type": "Text" }));
    assert_eq!(reserved[21], json!({ "id": "_rf21_D", "name": "created_at", "field_type": "Date", "read_only": true }));
}

#[tokio::test]
async fn a_field_is_created_renamed_and_deleted_and_its_id_tells_its_type() {
    let account = Account::new();
    assert_eq!(account.field("segment", "Text").await, "e1_T");
    assert_eq!(account.field("score", "Number").await, "e2_N");
    assert_eq!(account.field("due", "Date").await, "e3_D");
    assert_eq!(account.call("PATCH", &format!("{PATH}/e2_N"), json!({ "name": "points" })).await.0, 200);
    assert_eq!(account.call("DELETE", &format!("{PATH}/e1_T"), json!(null)).await.0, 204);
    assert_eq!(account.call("DELETE", &format!("{PATH}/e1_T"), json!(null)).await.0, 404);
    assert_eq!(account.call("DELETE", &format!("{PATH}/e2_T"), json!(null)).await.0, 404);
    let names = account.get(PATH).await.1["custom_fields"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| f["name"].clone())
        .collect::<Vec<_>>();
    assert_eq!(names, ["points", "due"]);
    assert_eq!(account.field("segment", "Text").await, "e4_T", "numbers are not used again");
}

#[tokio::test]
async fn names_that_break_a_rule_are_refused() {
    let account = Account::new();
    account.field("CamelCase", "Text").await;
    let long = "x".repeat(101);
    for name in ["", "camelcase", "First_Name", "external_id", "1st", "with space", "é", &long] {
        let (status, body) = account.call("POST", PATH, json!({ "name": name, "field_type": "Text" })).await;
        assert_eq!((status, first_error(&body).0), (400, "name"), "{name}");
    }
    let (status, body) = account.call("POST", PATH, json!({ "name": "ok", "field_type": "Bool" })).await;
    assert_eq!((status, first_error(&body).0), (400, "field_type"));
}

#[tokio::test]
async fn there_is_a_greatest_number_of_fields() {
    let account = Account::with(Options { custom_fields: 1, ..Options::default() });
    account.field("one", "Text").await;
    assert_eq!(account.call("POST", PATH, json!({ "name": "two", "field_type": "Text" })).await.0, 400);
}

#[tokio::test]
async fn a_deleted_field_takes_its_values_along() {
    let account = Account::new();
    let field = account.field("segment", "Text").await;
    account.upsert(json!([{ "email": "ada@example.com", "custom_fields": { &field: "gold" } }])).await;
    assert_eq!(account.contact("ada@example.com").await["custom_fields"], json!({ "segment": "gold" }));
    account.call("DELETE", &format!("{PATH}/{field}"), json!(null)).await;
    assert_eq!(account.contact("ada@example.com").await["custom_fields"], json!({}));
}
