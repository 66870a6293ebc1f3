//! Fields, and who asks.

use lapwing_contract::{ErrorKind, FieldType, Target, Value};
use lapwing_sandbox::vendors::zendesk::{Options, Role};
use serde_json::{Value as Json, json};
use std::sync::Arc;

use crate::{Stage, field, stage, stage_with, target, text};

async fn make(stage: &Stage, user_field: Json) {
    let request = http::Request::post("https://example.zendesk.com/api/v2/user_fields")
        .header("authorization", "Bearer other")
        .header("content-type", "application/json")
        .body(bytes::Bytes::from(json!({ "user_field": user_field }).to_string()));
    assert_eq!(stage.sandbox.exchange(request.unwrap()).await.unwrap().status(), 201);
}

fn only(name: &str, of: FieldType) -> Target {
    Target { fields: vec![field("name", FieldType::Text), field(name, of)], ..target() }
}

#[tokio::test]
async fn fields_are_created_once_with_fitting_types() {
    let stage = stage();
    let all = [
        (FieldType::Text, "text"),
        (FieldType::Int, "integer"),
        (FieldType::Decimal, "decimal"),
        (FieldType::Bool, "checkbox"),
        (FieldType::Date, "date"),
        (FieldType::Json, "textarea"),
    ];
    for (of, kind) in all {
        let target = only(&format!("f_{of}"), of);
        let prepared = stage.destination.prepare(&target).await.unwrap();
        assert_eq!((prepared.fields[1].vendor_type.as_str(), prepared.fields[1].created), (kind, true));
        assert!(!stage.destination.prepare(&target).await.unwrap().fields[1].created);
    }
    assert_eq!(stage.logged("POST", "/api/v2/user_fields").len(), 6);
}

#[tokio::test]
async fn more_than_a_page_of_fields_is_read() {
    let stage = stage();
    for n in 0..101 {
        make(&stage, json!({ "key": format!("f{n}"), "type": "text", "title": "F" })).await;
    }
    let prepared = stage.destination.prepare(&only("F100", FieldType::Text)).await.unwrap();
    assert_eq!((prepared.fields[1].id.as_str(), prepared.fields[1].created), ("f100", false));
    assert_eq!(stage.logged("GET", "/api/v2/user_fields").len(), 2);
    let described = stage.destination.describe("users").await.unwrap();
    assert!(described.fields.iter().any(|field| field.id == "f100" && field.writable));
    assert!(described.fields.iter().any(|field| field.id == "role" && !field.writable));
}

#[tokio::test]
async fn a_field_of_another_type_is_an_error_before_anything_is_created() {
    let stage = stage();
    make(&stage, json!({ "key": "score", "type": "text", "title": "Score" })).await;
    make(&stage, json!({ "key": "old", "type": "date", "title": "Old" })).await;
    let mut target = only("score", FieldType::Int);
    target.fields.insert(0, field("new_one", FieldType::Text));
    let error = stage.destination.prepare(&target).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Configuration);
    assert!(error.to_string().contains("`score` is a text at Zendesk, and the sync maps a int"), "{error}");
    assert_eq!(stage.sandbox.state()["user_fields"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn the_options_of_a_dropdown_are_checked_before_anything_is_sent() {
    let stage = stage();
    let options = json!([{ "name": "Gold", "value": "tier_gold" }, { "name": "Basic", "value": "tier_basic" }]);
    make(&stage, json!({ "key": "tier", "type": "dropdown", "title": "Tier", "custom_field_options": options })).await;
    let target = Arc::new(stage.destination.prepare(&only("tier", FieldType::Text)).await.unwrap());
    assert_eq!(target.fields[1].allowed, ["tier_gold", "tier_basic"]);
    let named = |tier: Value| vec![(0, text("A")), (1, tier)];
    let records = vec![("a", named(text("tier_gold"))), ("b", named(text("Gold"))), ("c", named(Value::Null))];
    assert_eq!(stage.upsert(&target, records).await, ["confirmed", "rejected: not_an_option", "confirmed"]);
    assert_eq!(stage.user("a")["user_fields"]["tier"], "tier_gold");
}

#[tokio::test]
async fn creating_fields_can_be_forbidden_by_either_side() {
    let forbidding = stage_with(Options::default(), &json!({ "create_fields": false }));
    let error = forbidding.destination.prepare(&only("tier", FieldType::Text)).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Configuration);
    assert!(error.to_string().contains("create_fields = true"), "{error}");
    let agent = stage_with(Options { caller: Role::Agent, ..Options::default() }, &json!({}));
    let error = agent.destination.prepare(&only("tier", FieldType::Text)).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Forbidden);
    assert!(error.to_string().contains("takes an admin"), "{error}");
}

#[tokio::test]
async fn who_asks_is_known_and_on_the_team() {
    assert_eq!(stage().destination.check().await.unwrap().summary, "Zendesk user with the role admin");
    let customer = stage_with(Options { caller: Role::EndUser, ..Options::default() }, &json!({}));
    assert_eq!(customer.destination.check().await.unwrap_err().kind, ErrorKind::Forbidden);
}
