//! What is told before the first write.

use lapwing_contract::ErrorKind;
use lapwing_sandbox::vendors::salesforce::{Client, FieldDef, Kind, ObjectDef, Options};

use super::*;

fn org() -> Options {
    let text = |name: &str| FieldDef::new(name, Kind::Text(20));
    let loose = FieldDef { unique: false, ..text("Loose__c").external_id() };
    let exact = FieldDef { case_sensitive: true, ..text("Exact__c").external_id() };
    let formula = FieldDef { writable: false, ..text("Formula__c") };
    let picklist = Kind::Picklist { values: vec!["a".into(), "b".into()], restricted: true };
    let number = FieldDef::new("Number__c", Kind::Number { precision: 12, scale: 0 }).external_id();
    let fields = [loose, exact, formula, number, text("Text__c"), FieldDef::new("Pick__c", picklist)];
    let clients = vec![Client::with_secret("app", "s"), Client::with_secret("reader", "s").read_only()];
    Options { clients, objects: vec![ObjectDef::new("Thing__c", "a02", fields)], ..options() }
}

fn thing(key: FieldSpec, fields: Vec<FieldSpec>) -> Target {
    Target { object: "thing__c".into(), key, fields, ..target() }
}

async fn refusal(target: Target) -> (ErrorKind, String) {
    let error = stage_with(org(), &json!({})).destination.prepare(&target).await.unwrap_err();
    (error.kind, error.message)
}

#[tokio::test]
async fn names_are_found_in_any_case_and_limits_come_along() {
    let stage = stage_with(org(), &json!({}));
    let target = thing(
        field("NUMBER__C", FieldType::Int),
        vec![field("pick__c", FieldType::Text), field("text__c", FieldType::Bool)],
    );
    let prepared = Arc::new(stage.destination.prepare(&target).await.unwrap());
    assert_eq!((prepared.target.object.as_str(), prepared.key.id.as_str()), ("Thing__c", "Number__c"));
    assert_eq!((prepared.key.vendor_type.as_str(), prepared.fields[0].allowed.len()), ("double(12,0)", 2));
    assert_eq!((prepared.fields[1].id.as_str(), prepared.fields[1].max_chars), ("Text__c", Some(20)));
    let record =
        |seq, key, value| Record { seq, kind: ChangeKind::Added, key: Value::Int(key), fields: vec![(0, text(value))] };
    let records = vec![record(1, 7, "a"), record(2, 8, "c")];
    let batch = Batch { number: 1, operation: Operation::Upsert, target: Arc::clone(&prepared), records };
    assert_eq!(said(&stage.destination.write(&batch).await.unwrap()), ["confirmed", "rejected: not_in_picklist"]);
    let rows = stage.destination.read(&prepared, &[Value::Int(7), Value::Int(8)]).await.unwrap();
    assert_eq!(rows, [Some(vec![text("a"), Value::Null]), None]);
}

#[tokio::test]
async fn a_key_that_is_none_is_told_with_the_way_out() {
    for (key, word) in
        [("Text__c", "External ID"), ("Loose__c", "Unique"), ("Exact__c", "duplicate values"), ("Id", "external id")]
    {
        let (kind, message) = refusal(thing(field(key, FieldType::Text), Vec::new())).await;
        assert_eq!(kind, ErrorKind::Configuration, "{key}");
        assert!(message.contains(key) && message.contains(word), "{message}");
    }
    let (_, message) = refusal(thing(field("Number__c", FieldType::Text), Vec::new())).await;
    assert!(message.contains("double") && message.contains("text"), "{message}");
}

#[tokio::test]
async fn a_field_that_cannot_be_written_is_named() {
    let key = || field("Number__c", FieldType::Int);
    for (spec, kind, word) in [
        (field("Nothing__c", FieldType::Text), ErrorKind::NotFound, "Fields & Relationships"),
        (field("Formula__c", FieldType::Text), ErrorKind::Configuration, "formula"),
    ] {
        let name = spec.name.clone();
        let (told, message) = refusal(thing(key(), vec![spec])).await;
        assert_eq!(told, kind);
        assert!(message.contains(&name) && message.contains(word), "{message}");
    }
    let wrong = Target { fields: vec![field("Days_Late__c", FieldType::Text)], ..target() };
    let (kind, message) = refusal(wrong).await;
    assert_eq!(kind, ErrorKind::Configuration);
    assert!(message.contains("`Days_Late__c` is a double") && message.contains("cast"), "{message}");
}

#[tokio::test]
async fn a_user_who_may_only_read_is_told_so_before_anything_is_sent() {
    let stage = stage_with(org(), &json!({ "client_id": "reader" }));
    let error = stage.destination.prepare(&target()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Forbidden);
    assert!(error.message.contains("permission set"), "{error}");
    assert_eq!(stage.traffic.requests().writes, 0);
}

#[tokio::test]
async fn the_org_is_looked_at_without_writing() {
    let stage = stage();
    let health = stage.destination.check().await.unwrap();
    assert_eq!(health.summary, "Salesforce org with 1 of 15000 API calls used in 24 hours");
    let described = stage.destination.describe("Contact").await.unwrap();
    let segment = described.fields.iter().find(|field| field.name == "RFM_Segment__c").unwrap();
    assert_eq!((segment.writable, segment.max_chars), (true, Some(80)));
    assert!(!described.can_create_fields && !described.fields.iter().any(|field| field.name == "Id" && field.writable));
    assert_eq!(stage.traffic.requests().writes, 0);
}
