//! What is written, and what is held back.

use lapwing_contract::{Clock, ErrorKind, Operation, Outcome, Target, Value, WriteError};
use lapwing_sandbox::vendors::zendesk::{Options, Role};
use lapwing_sandbox::{Action, Fault};
use serde_json::json;

use crate::{BULK, batch, field, said, seed, stage, stage_with, start, tags, target, text};
use std::sync::Arc;

fn ada() -> (&'static str, Vec<(usize, Value)>) {
    let last_order = Value::Date("1969-12-31".parse().unwrap());
    let fields = [text("Ada ☂ \"x\"\n"), text("champions"), Value::Int(12), last_order, Value::Bool(true)];
    ("C-1", (0..).zip(fields).collect())
}

#[tokio::test]
async fn a_new_user_is_confirmed_when_its_job_has_ended_and_reads_back_as_written() {
    let stage = stage();
    let target = stage.prepare().await;
    assert!(target.fields[1].created && !target.fields[0].created);
    assert_eq!((target.fields[2].vendor_type.as_str(), target.fields[4].vendor_type.as_str()), ("integer", "checkbox"));
    assert_eq!(stage.upsert(&target, vec![ada()]).await, ["confirmed"]);
    let values = stage.read(&target, "c-1").await.unwrap();
    assert!(values[..5] == ada().1.into_iter().map(|(_, value)| value).collect::<Vec<_>>());
    assert!(stage.read(&target, "c-2").await.is_none());
    let user = stage.user("C-1");
    assert_eq!((&user["role"], &user["verification_mails"]), (&json!("end-user"), &json!(0)));
}

#[tokio::test]
async fn only_what_differs_is_sent_and_nulls_empty() {
    let stage = stage();
    let target = stage.prepare().await;
    stage.upsert(&target, vec![ada()]).await;
    let change = vec![(1, Value::Null), (2, Value::Int(13)), (3, Value::Null), (4, Value::Null), (7, text("+33"))];
    assert_eq!(stage.upsert(&target, vec![("C-1", change)]).await, ["confirmed"]);
    let fields = json!({ "segment": null, "days_late": 13, "last_order": null, "wants_mail": false });
    let sent = json!({ "users": [{ "external_id": "C-1", "phone": "+33", "user_fields": fields, "skip_verify_email": true }] });
    assert_eq!(stage.logged("POST", BULK)[1].json(), sent);
    let user = stage.user("C-1");
    assert_eq!((&user["user_fields"], &user["name"]), (&fields, &json!("Ada ☂ \"x\"\n")));
}

#[tokio::test]
async fn a_bad_record_is_held_back_or_named_by_the_job_and_its_mates_are_delivered() {
    let stage = stage();
    let target = stage.prepare().await;
    let long = "x".repeat(256);
    let records = vec![
        ("a", vec![(0, text("A"))]),
        (long.as_str(), vec![(0, text("B"))]),
        ("c", vec![(0, text("C")), (2, Value::Int(i64::MAX))]),
        ("d", vec![(0, text(" "))]),
        ("e", vec![(1, text("no name"))]),
        ("f", vec![(0, text("F")), (5, text("no address"))]),
        ("g", vec![(0, text("G")), (5, text("g@example.1"))]),
        ("h", vec![(0, text("H")), (5, text("H@example.com"))]),
    ];
    let expected = [
        "confirmed",
        "rejected: invalid_external_id",
        "rejected: inexact_number",
        "rejected: name_missing",
        "rejected: name_missing",
        "rejected: invalid_email",
        "rejected: invalid_email",
        "confirmed",
    ];
    assert_eq!(stage.upsert(&target, records).await, expected);
    assert_eq!(stage.logged("POST", BULK).len(), 1);
}

#[tokio::test]
async fn a_batch_of_bad_records_only_and_an_empty_one_make_no_request() {
    let stage = stage();
    let target = stage.prepare().await;
    let before = stage.traffic.requests();
    assert_eq!(stage.upsert(&target, vec![("a", vec![(0, text(""))])]).await, ["rejected: name_missing"]);
    assert_eq!(stage.upsert(&target, vec![]).await, [""; 0]);
    assert_eq!(stage.traffic.requests(), before);
}

#[tokio::test]
async fn ours_among_the_tags_are_replaced_and_those_of_others_kept() {
    let users = vec![seed(Role::EndUser, None, Some("c1"), &["vip", "lapwing_old"])];
    let stage = stage_with(Options { users, ..Options::default() }, &json!({}));
    let target = stage.prepare().await;
    let records =
        vec![("C1", vec![(6, tags(&["At risk", "b2b"]))]), ("new", vec![(0, text("N")), (6, tags(&["b2b"]))])];
    assert_eq!(stage.upsert(&target, records).await, ["confirmed", "confirmed"]);
    assert_eq!(stage.user("C1")["tags"], json!(["vip", "lapwing_at_risk", "lapwing_b2b"]));
    assert_eq!(stage.user("new")["tags"], json!(["lapwing_b2b"]));
    assert_eq!(stage.upsert(&target, vec![("C1", vec![(6, Value::Null)])]).await, ["confirmed"]);
    assert_eq!(stage.user("C1")["tags"], json!(["vip"]));
    // No tags in the record, no look and no tags in the request.
    let looks = stage.logged("GET", "/api/v2/users/show_many").len();
    stage.upsert(&target, vec![("C1", vec![(1, text("a"))])]).await;
    assert_eq!(stage.logged("GET", "/api/v2/users/show_many").len(), looks);
    assert!(stage.logged("POST", BULK)[2].json()["users"][0].get("tags").is_none());
}

#[tokio::test]
async fn a_user_who_is_joined_by_address_keeps_the_tags_that_people_set() {
    // Somebody once wrote to the helpdesk: a user with an address, tags, and no external id.
    let users = vec![seed(Role::EndUser, Some("ada@example.com"), None, &["vip", "lapwing_old"])];
    let stage = stage_with(Options { users, ..Options::default() }, &json!({}));
    let target = stage.prepare().await;
    let ada = || vec![(0, text("Ada")), (5, text("Ada@example.com")), (6, tags(&["late"]))];
    let new = || vec![(0, text("New")), (5, text("new@example.com")), (6, tags(&["late"]))];
    let records = || vec![("c-1", ada()), ("c-2", new()), ("c-3", vec![(0, text("No address")), (6, tags(&["late"]))])];
    // Whom an address joins is known by external id after the first job; the tags go with the second try.
    assert_eq!(stage.upsert(&target, records()).await, ["unknown", "unknown", "confirmed"]);
    assert_eq!(stage.user("c-1")["tags"], json!(["vip", "lapwing_old"]));
    assert_eq!(stage.upsert(&target, records()).await, ["confirmed"; 3]);
    assert_eq!(stage.user("c-1")["tags"], json!(["vip", "lapwing_late"]));
    assert_eq!(
        (&stage.user("c-2")["tags"], &stage.user("c-3")["tags"]),
        (&json!(["lapwing_late"]), &json!(["lapwing_late"]))
    );
    assert_eq!(stage.sandbox.state()["user_count"], 3);
}

#[tokio::test]
async fn an_address_never_becomes_a_second_identity() {
    let users = vec![
        seed(Role::EndUser, Some("old@example.com"), Some("has"), &[]),
        seed(Role::EndUser, None, Some("has-not"), &[]),
        seed(Role::EndUser, Some("same@example.com"), Some("same"), &[]),
    ];
    let stage = stage_with(Options { users, ..Options::default() }, &json!({}));
    let target = stage.prepare().await;
    let records = vec![
        ("has", vec![(1, text("a")), (5, text("new@example.com"))]),
        ("has-not", vec![(5, text("first@example.com"))]),
        ("same", vec![(1, text("b")), (5, text("Same@Example.com"))]),
    ];
    let receipt = stage.deliver(&batch(Operation::Upsert, &target, records)).await;
    assert_eq!(said(&receipt), ["rejected: email_would_be_second", "confirmed", "confirmed"]);
    assert_eq!(stage.user("has")["emails"], json!(["old@example.com"]));
    assert_eq!(stage.user("has-not")["emails"], json!(["first@example.com"]));
    assert_eq!(stage.user("same")["emails"], json!(["same@example.com"]));
    // A null keeps the address.
    assert_eq!(stage.upsert(&target, vec![("has", vec![(5, Value::Null)])]).await, ["confirmed"]);
    assert_eq!(stage.user("has")["emails"], json!(["old@example.com"]));
}

#[tokio::test]
async fn two_customers_of_one_address_do_not_become_one_user() {
    let stage = stage();
    let target = stage.prepare().await;
    let named = |email: &str| vec![(0, text("A")), (5, text(email))];
    let records =
        vec![("a", named("both@example.com")), ("b", named("Both@example.com")), ("c", named("c@example.com"))];
    assert_eq!(stage.upsert(&target, records).await, ["confirmed", "rejected: email_shared", "confirmed"]);
    assert_eq!(stage.user("a")["email"], "both@example.com");
    assert!(stage.user("b").is_null());
    // Nor do they in two batches; and who is sent once more is no other customer.
    assert_eq!(stage.upsert(&target, vec![("B", named("both@example.com"))]).await, ["rejected: email_shared"]);
    assert_eq!(
        stage.upsert(&target, vec![("c", named("c@example.com")), ("A", named("both@example.com"))]).await,
        ["confirmed"; 2]
    );
    assert_eq!(stage.user("A")["email"], "both@example.com");
}

#[tokio::test]
async fn tags_without_a_prefix_are_never_written() {
    let stage = stage_with(Options::default(), &json!({ "tag_prefix": "" }));
    let error = stage.destination.prepare(&target()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Configuration);
    assert!(stage.sandbox.requests(0).is_empty());
}

#[tokio::test]
async fn agents_and_admins_are_left_alone() {
    let users = vec![
        seed(Role::Agent, Some("Agent@example.com"), Some("staff-1"), &[]),
        seed(Role::Admin, Some("boss@example.com"), None, &[]),
    ];
    let stage = stage_with(Options { users, ..Options::default() }, &json!({}));
    let target = stage.prepare().await;
    let records = vec![
        ("STAFF-1", vec![(0, text("Changed"))]),
        ("c-2", vec![(0, text("Changed")), (5, text("BOSS@example.com"))]),
        ("c-3", vec![(0, text("Customer"))]),
    ];
    let expected = ["rejected: team_member", "rejected: team_member", "confirmed"];
    assert_eq!(stage.upsert(&target, records).await, expected);
    let by_email = Target { key: field("email", lapwing_contract::FieldType::Text), ..target_of_names() };
    let by_email = Arc::new(stage.destination.prepare(&by_email).await.unwrap());
    let records = vec![("agent@example.com", vec![(0, text("X"))]), ("c@example.com", vec![(0, text("C"))])];
    assert_eq!(stage.upsert(&by_email, records).await, ["rejected: team_member", "confirmed"]);
    assert_eq!(stage.user("staff-1")["name"], "Somebody");
    assert!(stage.logged("POST", BULK).iter().all(|sent| !sent.json().to_string().contains("role")));
}

fn target_of_names() -> Target {
    Target { fields: vec![field("name", lapwing_contract::FieldType::Text)], ..target() }
}

#[tokio::test]
async fn users_are_keyed_by_address_in_any_case() {
    let stage = stage();
    let target = Target { key: field("email", lapwing_contract::FieldType::Text), ..target_of_names() };
    let target = Arc::new(stage.destination.prepare(&target).await.unwrap());
    let records = vec![("Ada@example.com", vec![(0, text("Ada"))]), ("none", vec![(0, text("B"))])];
    assert_eq!(stage.upsert(&target, records).await, ["confirmed", "rejected: invalid_email"]);
    assert_eq!(stage.upsert(&target, vec![("ADA@EXAMPLE.COM", vec![(0, text("A"))])]).await, ["confirmed"]);
    assert_eq!(stage.sandbox.summary(), "1 user, 0 user fields");
    stage.clock.advance(std::time::Duration::from_secs(120));
    assert!(stage.read(&target, "ada@example.com").await.unwrap()[0] == text("A"));
    assert!(stage.read(&target, "da@example.com").await.is_none(), "the search finds parts; they are not meant");
}

#[tokio::test]
async fn an_address_is_found_behind_pages_of_others_that_hold_it() {
    let others = (0..230).map(|n| seed(Role::EndUser, Some(&format!("{n}ada@example.com")), None, &[]));
    let users = others.chain([seed(Role::EndUser, Some("ada@example.com"), None, &[])]).collect();
    let stage = stage_with(Options { users, ..Options::default() }, &json!({}));
    let target = Target { key: field("email", lapwing_contract::FieldType::Text), ..target_of_names() };
    let target = Arc::new(stage.destination.prepare(&target).await.unwrap());
    stage.clock.advance(std::time::Duration::from_secs(120));
    assert!(stage.read(&target, "ada@example.com").await.is_some());
    assert_eq!(stage.logged("GET", "/api/v2/users/search").len(), 3);
    assert!(stage.read(&target, "da@example.com").await.is_none());
}

#[tokio::test]
async fn where_creating_is_off_only_known_users_are_updated_by_their_ids() {
    let users = vec![seed(Role::EndUser, None, Some("c1"), &[]), seed(Role::Agent, None, Some("staff"), &[])];
    let stage = stage_with(Options { users, bulk_import: false, ..Options::default() }, &json!({ "create": false }));
    let target = stage.prepare().await;
    let records = vec![("nobody", vec![(1, text("a"))]), ("staff", vec![(1, text("a"))]), ("C1", vec![(1, text("a"))])];
    let expected = ["rejected: user_not_found", "rejected: team_member", "confirmed"];
    assert_eq!(stage.upsert(&target, records).await, expected);
    let sent = stage.logged("PUT", "/api/v2/users/update_many")[0].json();
    assert_eq!(sent["users"][0]["id"], stage.user("c1")["id"]);
    assert!(sent["users"][0].get("external_id").is_none());
}

#[tokio::test]
async fn a_bulk_import_that_is_switched_off_is_explained() {
    let stage = stage_with(Options { bulk_import: false, ..Options::default() }, &json!({}));
    let target = stage.prepare().await;
    let error = stage.destination.write(&batch(Operation::Upsert, &target, vec![ada()])).await.unwrap_err();
    let WriteError::Failed(error) = error else { panic!("{error}") };
    assert_eq!((error.kind, error.status), (ErrorKind::Forbidden, Some(403)));
    assert!(error.to_string().contains("create = false"), "{error}");
    assert!(!format!("{error:?}").contains("Ada"));
}

#[tokio::test]
async fn throttling_and_failures_are_survived_without_a_second_user() {
    let stage = stage();
    let target = stage.prepare().await;
    let actions = [
        Action::status(429).with_header("Retry-After", "20"),
        Action::status(500),
        Action::status_after_applying(502),
        Action::status(503).with_header("Retry-After", "5"),
        Action::Refuse,
        Action::cut(false),
        Action::cut(true),
    ];
    for action in actions {
        stage.sandbox.script([Fault::on("POST", BULK, action)]);
        assert_eq!(stage.upsert(&target, vec![ada()]).await, ["confirmed"]);
    }
    assert_eq!(stage.sandbox.state()["user_count"], 1);
    assert_eq!(stage.traffic.requests().repeats, 7);
}

#[tokio::test]
async fn a_conflict_is_worth_another_try_and_a_refused_request_names_its_field() {
    let stage = stage();
    let target = stage.prepare().await;
    stage.sandbox.script([Fault::on("POST", BULK, Action::status(409))]);
    assert_eq!(stage.upsert(&target, vec![ada()]).await, ["rejected: conflict"]);
    let body = json!({ "error": "RecordInvalid", "details": { "email": [{ "description": "Email: is bad" }] } });
    let refused = Action::Status { status: 422, headers: [].into(), body: Some(body), applied: false };
    stage.sandbox.script([Fault::on("POST", BULK, refused)]);
    let error = stage.destination.write(&batch(Operation::Upsert, &target, vec![ada()])).await.unwrap_err();
    assert!(
        matches!(&error, WriteError::Refused { named, reason } if named.is_empty() && reason.field.as_deref() == Some("email"))
    );
}

#[tokio::test]
async fn too_many_jobs_are_waited_for() {
    let stage = stage();
    let target = stage.prepare().await;
    // Other tools keep all thirty places busy for eleven seconds.
    for n in 0..30 {
        let users: Vec<_> = (0..100).map(|m| json!({ "external_id": format!("o{n}-{m}"), "name": "O" })).collect();
        let request = http::Request::post(format!("https://example.zendesk.com{BULK}"))
            .header("authorization", "Bearer other")
            .header("content-type", "application/json")
            .body(bytes::Bytes::from(json!({ "users": users }).to_string()));
        assert_eq!(stage.sandbox.exchange(request.unwrap()).await.unwrap().status(), 200);
    }
    let before = stage.clock.now();
    assert_eq!(stage.upsert(&target, vec![ada()]).await, ["confirmed"]);
    // The vendor's header said: come back in 60 s.
    assert_eq!((stage.clock.now() - before).num_seconds(), 72);
    assert!(before < start() + chrono::TimeDelta::minutes(1));
    assert_eq!(stage.logged("POST", BULK)[30].status, Some(429));
}

#[tokio::test]
async fn it_is_told_whether_a_user_was_made() {
    let stage = stage();
    let target = stage.prepare().await;
    for (name, expected) in [("Ada", Outcome::Created), ("Ada L.", Outcome::Confirmed)] {
        let records = vec![("C-1", vec![(0, text(name))])];
        let receipt = stage.deliver(&batch(Operation::Upsert, &target, records)).await;
        assert_eq!(receipt.outcomes, [expected]);
    }
}
