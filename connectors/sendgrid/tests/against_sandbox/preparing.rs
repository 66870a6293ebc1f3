//! Preparation, checks, limits and paging.

use super::*;

#[tokio::test]
async fn a_second_preparation_creates_nothing() {
    let stage = stage();
    let first = stage.prepare_with_lists(&["Lapsed"]).await;
    let writes = stage.traffic.requests().writes;
    let second = stage.prepare_with_lists(&["lapsed"]).await;
    assert_eq!(stage.traffic.requests().writes, writes);
    assert_eq!(first.list_ids, second.list_ids);
    assert!(second.fields.iter().all(|field| !field.created));
}

#[tokio::test]
async fn a_lost_answer_to_a_creation_creates_one_field() {
    let stage = stage();
    stage.sandbox.script([Fault::on("POST", "/v3/marketing/field_definitions", Action::cut(true))]);
    let target = stage.prepare().await;
    assert!(target.fields[1].created);
    assert_eq!(stage.sandbox.summary(), "0 contacts, 3 custom fields, 0 lists");
}

#[tokio::test]
async fn a_field_of_another_type_is_an_error_that_names_both_types_and_the_fix() {
    let stage = stage();
    stage.prepare().await;
    let other = Target { fields: vec![field("Segment", FieldType::Int), field("fresh", FieldType::Int)], ..target() };
    let writes = stage.traffic.requests().writes;
    let error = stage.destination.prepare(&other).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Configuration);
    insta::assert_snapshot!(error.message, @"the custom field `Segment` is a Text at SendGrid, and the sync maps a int, which needs a Number; cast the mapped value to text, or map to another name");
    assert_eq!(stage.traffic.requests().writes, writes);
}

#[tokio::test]
async fn without_leave_to_create_missing_fields_and_lists_are_errors() {
    let stage = stage_with(options(), json!({ "api_key": "SG.test", "create_fields": false }));
    let error = stage.destination.prepare(&target()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Configuration);
    assert!(error.message.contains("`segment`, `days_late`, `last_order`"), "{error}");
    let only_lists = Target { fields: Vec::new(), lists: vec!["Lapsed".into()], ..target() };
    assert_eq!(stage.destination.prepare(&only_lists).await.unwrap_err().kind, ErrorKind::NotFound);
    assert_eq!(stage.traffic.requests().writes, 0);
}

#[tokio::test]
async fn the_limit_of_custom_fields_is_seen_before_anything_is_created() {
    let stage = stage();
    let many = (0..499).map(|number| field(&format!("f{number}"), FieldType::Int)).collect();
    stage.destination.prepare(&Target { fields: many, ..target() }).await.unwrap();
    let writes = stage.traffic.requests().writes;
    let error = stage.destination.prepare(&target()).await.unwrap_err();
    assert_eq!((error.kind, stage.traffic.requests().writes), (ErrorKind::Configuration, writes));
}

#[tokio::test]
async fn a_field_that_was_deleted_meanwhile_is_not_the_records_fault() {
    let stage = stage();
    let target = stage.prepare().await;
    let mut outdated = Prepared::clone(&target);
    outdated.fields[1].id = "e99_T".into();
    let batch = batch(Operation::Upsert, &Arc::new(outdated), vec![ada()]);
    let error = stage.destination.write(&batch).await.unwrap_err();
    assert!(matches!(&error, WriteError::Failed(failed) if failed.kind == ErrorKind::NotFound), "{error}");
}

#[tokio::test]
async fn a_list_that_was_deleted_meanwhile_is_named_as_the_reason() {
    let stage = stage();
    let target = stage.prepare().await;
    let outdated =
        Prepared { list_ids: vec!["ca7a3796-e8a8-4029-9ccb-df8937940562".into()], ..Prepared::clone(&target) };
    let error = stage.destination.write(&batch(Operation::Upsert, &Arc::new(outdated), vec![ada()])).await.unwrap_err();
    assert!(matches!(&error, WriteError::Failed(failed) if failed.kind == ErrorKind::NotFound), "{error}");
}

#[tokio::test]
async fn the_check_tells_a_good_key_from_a_wrong_one_and_from_one_without_the_permission() {
    assert!(stage().destination.check().await.unwrap().summary.contains("4 marketing permissions"));
    let wrong = stage_with(options(), json!({ "api_key": "SG.other" }));
    assert_eq!(wrong.destination.check().await.unwrap_err().kind, ErrorKind::Unauthenticated);
    let bare = Options { keys: vec![ApiKey::with_scopes("SG.test", &["mail.send"])], ..Options::default() };
    let bare = stage_with(bare, json!({ "api_key": "SG.test" }));
    let error = bare.destination.check().await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Forbidden);
    assert!(error.message.contains("marketing"), "{error}");
}

#[tokio::test]
async fn the_object_is_described_with_types_and_limits() {
    let stage = stage();
    stage.prepare().await;
    let description = stage.destination.describe("contacts").await.unwrap();
    let named = |name: &str| description.fields.iter().find(|field| field.name == name).unwrap();
    assert_eq!((named("days_late").vendor_type.as_str(), named("days_late").writable), ("Number", true));
    assert_eq!((named("first_name").max_chars, named("created_at").writable), (Some(50), false));
    assert_eq!(stage.destination.describe("leads").await.unwrap_err().kind, ErrorKind::NotFound);
}

#[tokio::test]
async fn hundreds_of_lists_are_looked_through_page_by_page() {
    let stage = stage();
    let names: Vec<String> = (0..1005).map(|number| format!("list {number}")).collect();
    let lists = Target { fields: Vec::new(), lists: names.clone(), ..target() };
    let first = stage.destination.prepare(&lists).await.unwrap();
    let pages_before = stage.logged("GET", LISTS).len();
    let again = stage.destination.prepare(&Target { lists: vec![names[1004].clone()], ..lists }).await.unwrap();
    assert_eq!(again.list_ids[0], first.list_ids[1004]);
    assert_eq!(stage.logged("GET", LISTS).len() - pages_before, 2);
}
