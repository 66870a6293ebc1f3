use serde_json::{Value as Json, json};

use super::Account;
use crate::vendors::zendesk::{Options, Role};

async fn kept(kind: Json, value: Json) -> Result<Json, String> {
    let account = Account::new();
    let mut field = json!({ "key": "f", "title": "F" });
    field.as_object_mut().unwrap().extend(kind.as_object().unwrap().clone());
    account.field(field).await;
    let job = account.upsert(json!([{ "external_id": "1", "name": "Ada", "user_fields": { "f": value } }])).await;
    match job["results"][0]["details"].as_str() {
        Some(words) => Err(words.to_owned()),
        None => Ok(account.user("1").await["user_fields"]["f"].clone()),
    }
}

#[tokio::test]
async fn values_are_kept_by_the_type_of_their_field() {
    let of = |kind: &str| json!({ "type": kind });
    assert_eq!(kept(of("text"), json!("☂ \"x\"\n")).await, Ok(json!("☂ \"x\"\n")));
    assert_eq!(kept(of("text"), json!(1)).await, Err("F: is invalid".into()));
    assert_eq!(kept(of("checkbox"), json!(null)).await, Ok(json!(false)));
    assert_eq!(kept(of("date"), json!("2020-08-19T12:00:00Z")).await, Ok(json!("2020-08-19T00:00:00+00:00")));
    assert_eq!(kept(of("date"), json!("1850-06-15")).await, Ok(json!("1850-06-15T00:00:00+00:00")));
    assert_eq!(kept(of("date"), json!("19/08/2020")).await, Err("F: is invalid".into()));
    assert_eq!(kept(of("integer"), json!(-3)).await, Ok(json!(-3)));
    assert_eq!(kept(of("integer"), json!(1.5)).await, Err("F: is invalid".into()));
    assert_ne!(kept(of("integer"), json!(9_007_199_254_740_993_i64)).await, Ok(json!(9_007_199_254_740_993_i64)));
    assert_eq!(kept(of("decimal"), json!(15.5)).await, Ok(json!(15.5)));
}

#[tokio::test]
async fn a_dropdown_takes_the_value_of_an_option_and_not_its_name() {
    let field = json!({ "type": "dropdown", "custom_field_options": [{ "name": "Gold", "value": "tier_gold" }] });
    assert_eq!(kept(field.clone(), json!("tier_gold")).await, Ok(json!("tier_gold")));
    assert_eq!(kept(field, json!("Gold")).await, Err("F: 'Gold' is not a valid option".into()));
}

#[tokio::test]
async fn fields_are_made_read_changed_and_removed() {
    let account = Account::new();
    account.field(json!({ "key": "tier", "type": "text", "title": "Tier" })).await;
    let (_, body) = account.get("/user_fields.json?page%5Bsize%5D=100").await;
    let field = &body["user_fields"][0];
    assert_eq!((&field["key"], &field["active"], &field["system"]), (&json!("tier"), &json!(true), &json!(false)));
    let path = format!("/user_fields/{}", field["id"]);
    let (_, body) = account.call("PUT", &path, json!({ "user_field": { "active": false } })).await;
    assert_eq!(body["user_field"]["active"], false);
    assert_eq!(account.get(&path).await.0, 200);
    assert_eq!(account.call("DELETE", &path, Json::Null).await.0, 204);
    assert_eq!(account.get(&path).await.0, 404);
}

#[tokio::test]
async fn keys_follow_the_vendors_rule_and_are_unique() {
    let account = Account::new();
    account.field(json!({ "key": "tier", "type": "text", "title": "Tier" })).await;
    for key in ["Tier", "days late", "123", "", "é"] {
        let field = json!({ "user_field": { "key": key, "type": "text", "title": "T" } });
        let (status, body) = account.call("POST", "/user_fields", field).await;
        assert_eq!((status, &body["error"]), (422, &json!("RecordInvalid")), "{key}");
        assert!(body["details"]["key"][0]["description"].is_string());
    }
}

#[tokio::test]
async fn lists_come_by_cursor_and_by_offset() {
    let account = Account::new();
    for n in 0..5 {
        account.field(json!({ "key": format!("f{n}"), "type": "text", "title": "F" })).await;
    }
    let (_, first) = account.get("/user_fields?page%5Bsize%5D=3").await;
    assert_eq!((first["user_fields"].as_array().unwrap().len(), &first["meta"]["has_more"]), (3, &json!(true)));
    let next = first["links"]["next"].as_str().unwrap().split("/api/v2").nth(1).unwrap();
    let (_, second) = account.get(next).await;
    assert_eq!(second["user_fields"][1]["key"], "f4");
    assert!(second["links"]["next"].is_null());
    let (_, offset) = account.get("/user_fields?per_page=2&page=3").await;
    assert_eq!((&offset["user_fields"][0]["key"], &offset["count"]), (&json!("f4"), &json!(5)));
    let (status, body) = account.get("/user_fields?page%5Bsize%5D=101").await;
    assert_eq!((status, body["errors"][0]["code"].as_str()), (400, Some("InvalidPaginationParameter")));
    assert_eq!(account.get("/user_fields?page=101").await.1["error"], "InvalidPaginationDepth");
}

#[tokio::test]
async fn only_admins_make_fields() {
    let account = Account::with(Options { caller: Role::Agent, ..Options::default() });
    let field = json!({ "user_field": { "key": "f", "type": "text", "title": "F" } });
    assert_eq!(account.call("POST", "/user_fields", field).await.0, 403);
    assert_eq!(account.call("DELETE", "/users/destroy_many?ids=1", Json::Null).await.0, 403);
}
