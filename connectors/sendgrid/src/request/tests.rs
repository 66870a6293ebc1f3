use std::sync::Arc;

use super::*;
use lapwing_contract::{ChangeKind, Decimal, FieldSpec, FieldType, Operation, Prepared, Target};
use proptest::prelude::*;

const FIELDS: [(&str, FieldType, &str, &str); 8] = [
    ("first_name", FieldType::Text, "first_name", "Text"),
    ("segment", FieldType::Text, "e1_T", "Text"),
    ("orders", FieldType::Int, "e2_N", "Number"),
    ("net", FieldType::Decimal, "e3_N", "Number"),
    ("last_order", FieldType::Date, "e4_D", "Date"),
    ("seen", FieldType::Timestamp, "e5_D", "Date"),
    ("is_vip", FieldType::Bool, "e6_T", "Text"),
    ("phone_number", FieldType::Text, "phone_number", "Text"),
];

fn target(list_ids: &[&str]) -> Arc<Prepared> {
    Arc::new(Prepared {
        target: Target::new(
            "marketing",
            "contacts",
            FieldSpec::new("email", FieldType::Text),
            FIELDS.into_iter().map(|(name, field_type, ..)| FieldSpec::new(name, field_type)).collect(),
        ),
        key: FieldBinding::new("email", "Text"),
        fields: FIELDS.into_iter().map(|(_, _, id, vendor_type)| FieldBinding::new(id, vendor_type)).collect(),
        list_ids: list_ids.iter().map(|id| (*id).to_owned()).collect(),
    })
}

fn batch(list_ids: &[&str], records: Vec<(&str, Vec<(usize, Value)>)>) -> Batch {
    let records = (1..).zip(records).map(|(seq, (key, fields))| Record {
        seq,
        kind: ChangeKind::Changed,
        key: Value::Text(key.into()),
        fields,
    });
    Batch { number: 1, operation: Operation::Upsert, target: target(list_ids), records: records.collect() }
}

fn body(batch: &Batch) -> String {
    let sorted = sort(batch);
    String::from_utf8(sorted.body(batch, &sorted.sent, &batch.target.list_ids).unwrap()).unwrap()
}

#[test]
fn every_type_is_written_as_the_vendor_wants_it() {
    let batch = batch(
        &["ca7a3796-e8a8-4029-9ccb-df8937940562"],
        vec![(
            "Ada@Example.com",
            vec![
                (0, Value::Text("Ada \"A\" Lovelace".into())),
                (1, Value::Text("champions".into())),
                (2, Value::Int(42)),
                (3, Value::Decimal(Decimal { unscaled: 1995, scale: 2 })),
                (4, Value::Date("2026-02-03".parse().unwrap())),
                (5, Value::Timestamp("2026-02-03T04:05:06.789Z".parse().unwrap())),
                (6, Value::Bool(true)),
            ],
        )],
    );
    insta::assert_snapshot!(body(&batch), @r#"{"list_ids":["ca7a3796-e8a8-4029-9ccb-df8937940562"],"contacts":[{"email":"ada@example.com","first_name":"Ada \"A\" Lovelace","custom_fields":{"e1_T":"champions","e2_N":42,"e3_N":19.95,"e4_D":"2026-02-03T00:00:00Z","e5_D":"2026-02-03T04:05:06Z","e6_T":"true"}}]}"#);
}

#[test]
fn a_text_is_cleared_and_a_number_or_date_is_left_out() {
    let nulls = (0..FIELDS.len()).map(|index| (index, Value::Null)).collect();
    insta::assert_snapshot!(body(&batch(&[], vec![("ada@example.com", nulls)])), @r#"{"contacts":[{"email":"ada@example.com","first_name":"","phone_number":"","custom_fields":{"e1_T":"","e6_T":""}}]}"#);
}

#[test]
fn a_record_without_custom_fields_carries_none() {
    let only_number_cleared = vec![(2, Value::Null)];
    insta::assert_snapshot!(body(&batch(&[], vec![("ada@example.com", only_number_cleared)])), @r#"{"contacts":[{"email":"ada@example.com"}]}"#);
}

#[test]
fn a_bad_record_is_held_back_alone_and_the_others_keep_their_place() {
    let batch = batch(
        &[],
        vec![
            ("000", vec![]),
            ("ada@example.com", vec![(1, Value::Text("a".into()))]),
            ("bob@example.com", vec![(7, Value::Text("000".into()))]),
            ("cyd@example.com", vec![(1, Value::Text("c".into()))]),
        ],
    );
    let sorted = sort(&batch);
    assert_eq!(sorted.sent, [1, 3]);
    let word = |outcome: Outcome| match outcome {
        Outcome::Rejected(rejection) => format!("{} on {}", rejection.code, rejection.field.unwrap()),
        other => format!("{other:?}"),
    };
    let outcomes: Vec<_> = sorted.outcomes(|_| Outcome::Confirmed).into_iter().map(word).collect();
    assert_eq!(outcomes, ["invalid_email on email", "Confirmed", "invalid_phone on phone_number", "Confirmed"]);
    let sent: serde_json::Value = serde_json::from_str(&body(&batch)).unwrap();
    assert_eq!(sent["contacts"].as_array().unwrap().len(), 2);
}

/// Run with `cargo test --release -p lapwing-sendgrid -- --ignored --nocapture`.
#[test]
#[ignore = "measures time, which depends on the machine"]
fn thirty_thousand_records_take_less_than_two_microseconds_each() {
    let fields = vec![
        (0, Value::Text("Ada".into())),
        (1, Value::Text("Best customers gone passive".into())),
        (2, Value::Int(42)),
        (3, Value::Decimal(Decimal { unscaled: 199_512, scale: 2 })),
        (4, Value::Date("2026-02-03".parse().unwrap())),
    ];
    let names: Vec<String> = (0..30_000).map(|number| format!("customer.{number}@example.com")).collect();
    let batch = batch(&[], names.iter().map(|name| (name.as_str(), fields.clone())).collect());
    let start = std::time::Instant::now();
    let bytes = body(&batch).len();
    let each = start.elapsed().as_secs_f64() * 1e6 / 30_000.0;
    println!("{each:.2} µs a record, {bytes} bytes");
    assert!(each < 2.0, "{each:.2} µs a record");
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        any::<f64>().prop_map(Value::Float),
        (any::<i64>(), 0_u8..9)
            .prop_map(|(unscaled, scale)| Value::Decimal(Decimal { unscaled: unscaled.into(), scale })),
        ".{0,60}".prop_map(Value::Text),
    ]
}

proptest! {
    #[test]
    fn instants_are_written_as_chrono_writes_them(seconds in -62_000_000_000_i64..253_000_000_000) {
        let at = DateTime::from_timestamp(seconds, 0).unwrap();
        let mut pattern = *b"0000-00-00T00:00:00Z";
        prop_assert_eq!(iso(at, &mut pattern), at.format("%Y-%m-%dT%H:%M:%SZ").to_string());
    }

    #[test]
    fn whatever_the_values_the_body_holds_only_types_that_the_fields_take(
        values in proptest::collection::vec((0..FIELDS.len(), value()), 0..12),
    ) {
        let mut fields = values;
        fields.sort_by_key(|(index, _)| *index);
        fields.dedup_by_key(|(index, _)| *index);
        let batch = batch(&[], vec![("ada@example.com", fields)]);
        let sorted = sort(&batch);
        let body: serde_json::Value = serde_json::from_slice(&sorted.body(&batch, &sorted.sent, &[]).unwrap()).unwrap();
        let contacts = body["contacts"].as_array().unwrap();
        prop_assert_eq!(contacts.len(), sorted.sent.len());
        for (id, sent) in contacts.iter().filter_map(|contact| contact["custom_fields"].as_object()).flatten() {
            prop_assert!(if id.ends_with("_N") { sent.is_number() } else { sent.is_string() }, "{id}");
        }
    }
}
