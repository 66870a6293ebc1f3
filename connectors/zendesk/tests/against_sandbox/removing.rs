//! Deleting users.

use lapwing_contract::{ChangeKind, ErrorKind, FieldType, Operation, Target, Value, WriteError};
use lapwing_sandbox::vendors::zendesk::{Options, ResultShape, Role};
use lapwing_sandbox::{Action, Fault, JobFault};
use serde_json::json;
use std::sync::Arc;

use crate::{batch, field, said, seed, stage, stage_with, target};

const DESTROY: &str = "/api/v2/users/destroy_many";

fn options() -> Options {
    let customer = |id: &str| seed(Role::EndUser, None, Some(id), &[]);
    let users = vec![customer("a"), customer("B"), customer("c, d"), seed(Role::Agent, None, Some("staff"), &[])];
    Options { users, ..Options::default() }
}

#[tokio::test]
async fn customers_are_deleted_by_id_and_the_team_is_not() {
    for results in [ResultShape::Recorded, ResultShape::Indexed, ResultShape::Summary] {
        let stage = stage_with(Options { results, ..options() }, &json!({}));
        let target = stage.prepare().await;
        let leaving = ["A", "b", "nobody", "staff", "c, d"].map(|key| (key, Vec::new()));
        let receipt = stage.deliver(&batch(Operation::Delete, &target, leaving.into())).await;
        assert_eq!(said(&receipt), ["confirmed", "confirmed", "unchanged", "rejected: team_member", "confirmed"]);
        assert_eq!(stage.sandbox.state()["user_count"], 1);
        let sent = stage.logged("DELETE", DESTROY);
        assert!(sent.len() == 1 && sent[0].query.as_deref().unwrap().starts_with("ids="));
    }
}

#[tokio::test]
async fn a_customer_whose_id_ends_in_a_greek_capital_is_found() {
    let users = vec![seed(Role::EndUser, None, Some("ΠΕΛΑΤΗΣ"), &[])];
    let stage = stage_with(Options { users, ..Options::default() }, &json!({}));
    let target = stage.prepare().await;
    // The key as the sync has it: lower case, letter by letter.
    let receipt = stage.deliver(&batch(Operation::Delete, &target, vec![("πελατησ", vec![])])).await;
    assert_eq!((said(&receipt), stage.sandbox.state()["user_count"].clone()), (vec!["confirmed".to_owned()], json!(0)));
}

#[tokio::test]
async fn who_has_left_and_was_never_made_has_nothing_to_be_emptied() {
    let stage = stage_with(options(), &json!({}));
    let target = stage.prepare().await;
    let nulls = vec![(0, Value::Null), (1, Value::Null)];
    let mut batch = batch(Operation::Upsert, &target, vec![("nobody", nulls)]);
    assert_eq!(said(&stage.deliver(&batch).await), ["rejected: name_missing"]);
    batch.records[0].kind = ChangeKind::Left;
    assert_eq!(said(&stage.deliver(&batch).await), ["unchanged"]);
    assert!(stage.user("nobody").is_null());
}

#[tokio::test]
async fn who_has_left_and_is_gone_is_no_rejection_where_creating_is_off() {
    let stage = stage_with(options(), &json!({ "create": false }));
    let target = stage.prepare().await;
    let nulls = || vec![(1, Value::Null)];
    let mut batch = batch(Operation::Upsert, &target, vec![("nobody", nulls()), ("a", nulls())]);
    assert_eq!(said(&stage.deliver(&batch).await), ["rejected: user_not_found", "confirmed"]);
    batch.records.iter_mut().for_each(|record| record.kind = ChangeKind::Left);
    assert_eq!(said(&stage.deliver(&batch).await), ["unchanged", "confirmed"]);
    batch.records.pop();
    assert_eq!(said(&stage.deliver(&batch).await), ["unchanged"]);
}

#[tokio::test]
async fn nobody_to_delete_makes_no_write() {
    let stage = stage_with(options(), &json!({}));
    let target = stage.prepare().await;
    let receipt = stage.deliver(&batch(Operation::Delete, &target, vec![("nobody", vec![]), ("staff", vec![])])).await;
    assert_eq!(said(&receipt), ["unchanged", "rejected: team_member"]);
    assert!(stage.logged("DELETE", DESTROY).is_empty());
}

#[tokio::test]
async fn who_is_gone_is_gone_whatever_became_of_the_job() {
    for (fault, expected) in [
        (JobFault::Lost { applied: true }, ["confirmed", "confirmed"]),
        (JobFault::Lost { applied: false }, ["unknown", "unknown"]),
        (JobFault::Fails, ["unknown", "unknown"]),
        (JobFault::EndsHalf { errored: 1 }, ["confirmed", "unknown"]),
    ] {
        let stage = stage_with(options(), &json!({}));
        let target = stage.prepare().await;
        stage.sandbox.script([Fault::on("DELETE", DESTROY, Action::Job(fault))]);
        let receipt = stage.deliver(&batch(Operation::Delete, &target, vec![("a", vec![]), ("b", vec![])])).await;
        assert_eq!(said(&receipt), expected, "{fault:?}");
    }
}

#[tokio::test]
async fn deleting_takes_an_admin_and_an_external_id() {
    let stage = stage_with(Options { caller: Role::Agent, ..options() }, &json!({}));
    let plain = Target { fields: vec![field("name", FieldType::Text)], ..target() };
    let by_id = Arc::new(stage.destination.prepare(&plain).await.unwrap());
    let error = stage.destination.write(&batch(Operation::Delete, &by_id, vec![("a", vec![])])).await.unwrap_err();
    assert!(matches!(&error, WriteError::Failed(error) if error.kind == ErrorKind::Forbidden), "{error}");
    assert!(error.to_string().contains("admin"));
    let by_email = Target { key: field("email", FieldType::Text), ..plain };
    let by_email = Arc::new(stage.destination.prepare(&by_email).await.unwrap());
    let leaving = batch(Operation::Delete, &by_email, vec![("a@example.com", vec![])]);
    let error = stage.destination.write(&leaving).await.unwrap_err();
    assert!(matches!(&error, WriteError::Failed(error) if error.kind == ErrorKind::Configuration), "{error}");
}

#[tokio::test]
async fn there_are_no_lists() {
    let stage = stage();
    let target = stage.prepare().await;
    let batch = batch(Operation::RemoveFromLists, &target, vec![("a", vec![])]);
    assert!(stage.destination.write(&batch).await.is_err());
}

#[tokio::test]
async fn who_has_left_and_had_an_impossible_key_has_nothing_to_be_emptied() {
    let stage = stage_with(options(), &json!({}));
    let target = stage.prepare().await;
    let key = "x".repeat(300);
    let mut batch = batch(Operation::Upsert, &target, vec![(&key, vec![(1, Value::Null)])]);
    assert_eq!(said(&stage.deliver(&batch).await), ["rejected: invalid_external_id"]);
    batch.records[0].kind = ChangeKind::Left;
    assert_eq!(said(&stage.deliver(&batch).await), ["unchanged"]);
}
