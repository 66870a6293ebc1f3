//! Small batches: one request, row by row.

use lapwing_contract::{Batch, ErrorKind, Operation, Outcome, WriteError};
use lapwing_sandbox::conformance::driver;
use lapwing_sandbox::vendors::salesforce::{FieldDef, Kind, ObjectDef, Options};
use lapwing_sandbox::{Action, Fault};

use super::*;

#[tokio::test]
async fn a_small_batch_is_one_request_and_is_confirmed_at_once() {
    let stage = stage();
    let target = stage.prepare().await;
    assert_eq!(stage.upsert(&target, (1..=200).map(full).collect()).await, vec!["confirmed"; 200]);
    assert_eq!((stage.requests("PATCH", CONTACTS).len(), stage.requests("POST", JOBS).len()), (1, 0));
    let stored = stage.contact("c-7");
    assert_eq!(
        (&stored["LastName"], &stored["Days_Late__c"], &stored["Is_At_Risk__c"]),
        (&json!("Lovelace"), &json!(12), &json!(true))
    );
}

#[tokio::test]
async fn only_the_fields_of_the_record_are_sent() {
    let stage = stage();
    let target = stage.prepare().await;
    stage.upsert(&target, vec![full(1)]).await;
    let rows = vec![("c-1".into(), vec![(2, Value::Null), (4, Value::Null)])];
    assert_eq!(stage.upsert(&target, rows).await, ["confirmed"]);
    let body = stage.requests("PATCH", CONTACTS)[1].json();
    let record = json!({ "attributes": { "type": "Contact" }, "Lapwing_Id__c": "c-1", "Days_Late__c": null });
    assert_eq!(body, json!({ "allOrNone": false, "records": [record] }), "a checkbox cannot be emptied");
    assert_eq!(stage.contact("c-1")["RFM_Segment__c"], "champions");
}

#[tokio::test]
async fn what_would_be_changed_in_silence_is_held_back_alone() {
    let stage = stage();
    let target = stage.prepare().await;
    let with = |n: u64, more: (usize, Value)| {
        let (key, mut fields) = full(n);
        fields.retain(|(at, _)| *at != more.0);
        fields.push(more);
        fields.sort_by_key(|(at, _)| *at);
        (key, fields)
    };
    let said = stage
        .upsert(
            &target,
            vec![
                full(1),
                with(2, (2, Value::Int((1 << 53) + 1))),
                with(3, (3, Value::Date("1699-12-31".parse().unwrap()))),
                with(4, (1, text(&"☂".repeat(81)))),
                with(5, (0, text("nul\0"))),
                (" ".into(), full(6).1),
                ("C-1".into(), full(7).1),
                ("x".repeat(81), full(8).1),
            ],
        )
        .await;
    assert_eq!(
        said,
        [
            "confirmed",
            "rejected: inexact_number",
            "rejected: invalid_date",
            "rejected: too_long",
            "rejected: invalid_text",
            "rejected: empty_key",
            "rejected: duplicate_key",
            "rejected: too_long",
        ]
    );
    assert_eq!(stage.requests("PATCH", CONTACTS)[0].json()["records"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn what_salesforce_refuses_has_its_code_its_field_and_a_hint() {
    let stage = stage();
    let target = stage.prepare().await;
    let rows =
        vec![full(1), ("c-2".into(), vec![(1, text("lost"))]), ("c-3".into(), vec![(0, text("x")), (5, text("001"))])];
    let receipt = stage.destination.write(&batch(Operation::Upsert, &target, rows)).await.unwrap();
    assert_eq!(said(&receipt), ["confirmed", "rejected: REQUIRED_FIELD_MISSING", "rejected: MALFORMED_ID"]);
    let Outcome::Rejected(why) = &receipt.outcomes[1] else { panic!() };
    assert_eq!(why.field.as_deref(), Some("LastName"));
    assert!(why.hint.as_deref().unwrap().contains("on_create"));
}

#[tokio::test]
async fn rows_that_were_locked_are_sent_again_and_arrive() {
    let stage = stage_with(Options { locked_rows: 3, ..options() }, &json!({}));
    let target = stage.prepare().await;
    let records = records((1..=10).map(full).collect());
    let delivery = driver::deliver(&*stage.destination, &stage.clock, Operation::Upsert, &target, records).await;
    assert!(delivery.is_complete(), "{:?}", delivery.outcomes);
    assert!(delivery.writes > 1);
}

#[tokio::test]
async fn a_duplicate_rule_is_heeded_unless_the_table_says_otherwise() {
    for (allow, expected) in [(false, "rejected: DUPLICATES_DETECTED"), (true, "confirmed")] {
        let options = Options { duplicate_rule: true, ..options() };
        let stage = stage_with(options, &json!({ "allow_duplicates": allow }));
        let mut target = target();
        target.fields.push(field("Email", FieldType::Text));
        let target = Arc::new(stage.destination.prepare(&target).await.unwrap());
        let same = |n| {
            let (key, mut fields) = full(n);
            fields.push((6, text("ada@example.com")));
            (key, fields)
        };
        assert_eq!(stage.upsert(&target, vec![same(1), same(2)]).await, ["confirmed", expected]);
    }
}

#[tokio::test]
async fn a_field_that_vanished_under_way_is_named() {
    let stage = stage();
    let target = stage.prepare().await;
    let words = "No such column 'Days_Late__c' on sobject of type Contact";
    let body = json!([{ "message": words, "errorCode": "INVALID_FIELD" }]);
    let gone = Action::Status { status: 400, headers: BTreeMap::new(), body: Some(body), applied: false };
    stage.sandbox.script([Fault::on("PATCH", CONTACTS, gone)]);
    let error = stage.destination.write(&batch(Operation::Upsert, &target, vec![full(1)])).await.unwrap_err();
    let WriteError::Failed(error) = error else { panic!() };
    assert_eq!(error.kind, ErrorKind::NotFound);
    assert!(error.message.contains("`Days_Late__c`"), "{error}");
}

#[tokio::test]
async fn an_idlookup_field_such_as_email_can_be_the_key() {
    let stage = stage();
    let by_email =
        Target { key: field("email", FieldType::Text), fields: vec![field("LastName", FieldType::Text)], ..target() };
    let target = Arc::new(stage.destination.prepare(&by_email).await.unwrap());
    assert_eq!(target.key.id, "Email");
    let rows = |last: &str| vec![("ada@example.com".to_owned(), vec![(0, text(last))])];
    assert_eq!(stage.upsert(&target, rows("Byron")).await, ["confirmed"]);
    assert_eq!(stage.upsert(&target, rows("Lovelace")).await, ["confirmed"]);
    assert_eq!(stage.sandbox.state()["record_counts"]["Contact"], 1);
    let empty = Batch { number: 1, operation: Operation::Upsert, target, records: Vec::new() };
    assert!(stage.destination.write(&empty).await.unwrap().outcomes.is_empty());
}

#[tokio::test]
async fn it_is_told_whether_a_record_was_made() {
    let stage = stage();
    let target = stage.prepare().await;
    for expected in [Outcome::Created, Outcome::Confirmed] {
        let receipt = stage.deliver(&batch(Operation::Upsert, &target, vec![full(1)])).await;
        assert_eq!(receipt.outcomes, [expected]);
    }
}

#[tokio::test]
async fn an_instant_with_a_fraction_is_no_difference_although_salesforce_keeps_seconds() {
    let fields = [FieldDef::new("Key__c", Kind::Text(80)).external_id(), FieldDef::new("Seen_At__c", Kind::DateTime)];
    let objects = vec![ObjectDef::new("Visit__c", "a01", fields)];
    let stage = stage_with(Options { objects, ..options() }, &json!({}));
    let visits = Target {
        object: "Visit__c".into(),
        key: field("Key__c", FieldType::Text),
        fields: vec![field("Seen_At__c", FieldType::Timestamp)],
        ..target()
    };
    let target = Arc::new(stage.destination.prepare(&visits).await.unwrap());
    let seen_at = Value::Timestamp("2026-05-04T07:59:59.987654Z".parse().unwrap());
    assert_eq!(stage.upsert(&target, vec![("v-1".into(), vec![(0, seen_at.clone())])]).await, ["confirmed"]);
    let read = stage.destination.read(&target, &[text("v-1")]).await.unwrap().remove(0).unwrap();
    assert!(stage.destination.agrees(&target, 0, &seen_at, &read[0]), "read back: {}", read[0].to_text());
    let second_later = Value::Timestamp("2026-05-04T08:00:00Z".parse().unwrap());
    assert!(!stage.destination.agrees(&target, 0, &second_later, &read[0]));
}
