//! Batch to request body: checks every record, and writes the others as one JSON document.

use std::borrow::Cow;

use chrono::{DateTime, Datelike, Timelike, Utc};
use lapwing_contract::{Batch, DestinationError, ErrorKind, FieldBinding, Outcome, Record, Rejection, Value};
use serde::ser::{SerializeMap, SerializeSeq, SerializeStruct};
use serde::{Serialize, Serializer};

use crate::check::{Slot, exact_number, flaw, midnight, slots};
use crate::fields::{Form, VendorType};

/// Which records of a batch are sent, and which are held back.
#[derive(Debug)]
pub(crate) struct Sorted {
    slots: Vec<Slot>,
    /// Indexes in the batch, in order: the place in this list is the index that SendGrid knows.
    pub(crate) sent: Vec<usize>,
    /// Index in the batch, and why.
    held: Vec<(usize, Rejection)>,
}

/// Sorts the records of a batch. The same batch is always sorted in the same way, so that a job that is followed after
/// a crash needs no memory of what was held back.
pub(crate) fn sort(batch: &Batch) -> Sorted {
    let slots = slots(&batch.target);
    let mut sorted = Sorted { sent: Vec::with_capacity(batch.records.len()), held: Vec::new(), slots };
    for (index, record) in batch.records.iter().enumerate() {
        match flaw(record, &sorted.slots, &batch.target) {
            None => sorted.sent.push(index),
            Some(rejection) => sorted.held.push((index, rejection)),
        }
    }
    sorted
}

impl Sorted {
    /// Outcomes for the whole batch: rejections for the records held back, and what `outcome` says for the others.
    /// `outcome` is given the index in the batch.
    pub(crate) fn outcomes(&self, outcome: impl Fn(usize) -> Outcome) -> Vec<Outcome> {
        let mut held = self.held.iter().peekable();
        let all = self.sent.len() + self.held.len();
        let one = |index| match held.next_if(|(at, _)| *at == index) {
            Some((_, rejection)) => Outcome::Rejected(Box::new(rejection.clone())),
            None => outcome(index),
        };
        (0..all).map(one).collect()
    }

    /// The body of `PUT /v3/marketing/contacts` for the records that are sent.
    pub(crate) fn body(&self, batch: &Batch) -> Result<Vec<u8>, DestinationError> {
        let fields = batch.target.fields.len();
        let mut body = Vec::with_capacity(256 + self.sent.len() * (64 + 24 * fields));
        serde_json::to_writer(&mut body, &Upsert { batch, sorted: self }).map_err(|error| {
            // Writing to memory cannot fail, and every value can be written.
            DestinationError::new(ErrorKind::Protocol, "PUT /v3/marketing/contacts", "the batch cannot be written")
                .with_source(error)
        })?;
        Ok(body)
    }
}

struct Upsert<'a> {
    batch: &'a Batch,
    sorted: &'a Sorted,
}

impl Serialize for Upsert<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let list_ids = &self.batch.target.list_ids;
        let mut body = serializer.serialize_struct("upsert", 2)?;
        if !list_ids.is_empty() {
            body.serialize_field("list_ids", list_ids)?;
        }
        body.serialize_field("contacts", &Contacts(self))?;
        body.end()
    }
}

struct Contacts<'a>(&'a Upsert<'a>);

impl Serialize for Contacts<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Upsert { batch, sorted } = self.0;
        let mut contacts = serializer.serialize_seq(Some(sorted.sent.len()))?;
        for record in sorted.sent.iter().filter_map(|index| batch.records.get(*index)) {
            contacts.serialize_element(&Contact { record, slots: &sorted.slots, bindings: &batch.target.fields })?;
        }
        contacts.end()
    }
}

#[derive(Clone, Copy)]
struct Contact<'a> {
    record: &'a Record,
    slots: &'a [Slot],
    bindings: &'a [FieldBinding],
}

impl<'a> Contact<'a> {
    fn fields(self) -> impl Iterator<Item = (Slot, &'a FieldBinding, &'a Value)> {
        self.record
            .fields
            .iter()
            .filter_map(move |(index, value)| Some((*self.slots.get(*index)?, self.bindings.get(*index)?, value)))
    }

    /// A Number or Date cannot be cleared: `null` is refused (sendgrid/docs#6323), and `""` would drop the contact.
    fn custom(self) -> impl Iterator<Item = (&'a str, VendorType, &'a Value)> {
        self.fields().filter_map(|(slot, binding, value)| match slot {
            Slot::Custom(vendor_type) if vendor_type == VendorType::Text || !value.is_null() => {
                Some((binding.id.as_str(), vendor_type, value))
            }
            _ => None,
        })
    }
}

impl Serialize for Contact<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut contact = serializer.serialize_map(None)?;
        if let Value::Text(email) = &self.record.key {
            contact.serialize_entry("email", &lower(email))?;
        }
        for (slot, _, value) in self.fields() {
            match slot {
                Slot::Reserved(field) if field.form == Form::Emails => {
                    contact.serialize_entry(field.name, &Emails(value))?;
                }
                Slot::Reserved(field) => contact.serialize_entry(field.name, &Text(value))?,
                Slot::Custom(_) => {}
            }
        }
        if self.custom().next().is_some() {
            contact.serialize_entry("custom_fields", &Custom(*self))?;
        }
        contact.end()
    }
}

struct Custom<'a>(Contact<'a>);

impl Serialize for Custom<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_map(None)?;
        for (id, vendor_type, value) in self.0.custom() {
            match vendor_type {
                VendorType::Text => fields.serialize_entry(id, &Text(value))?,
                VendorType::Number => fields.serialize_entry(id, &Number(value))?,
                VendorType::Date => fields.serialize_entry(id, &Instant(value))?,
            }
        }
        fields.end()
    }
}

/// Any value as text; nothing is the empty text, which clears.
struct Text<'a>(&'a Value);

impl Serialize for Text<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Text(text) | Value::Json(text) => serializer.serialize_str(text),
            Value::Null => serializer.serialize_str(""),
            other => serializer.serialize_str(&other.to_text()),
        }
    }
}

struct Emails<'a>(&'a Value);

impl Serialize for Emails<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let items = if let Value::List(items) = self.0 { items.as_slice() } else { &[] };
        serializer.collect_seq(items.iter().map(|item| lower(&item.to_text()).into_owned()))
    }
}

/// A value that has passed `check.rs`; recorded: a JSON number.
struct Number<'a>(&'a Value);

impl Serialize for Number<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Int(number) => serializer.serialize_i64(*number),
            Value::Float(number) => serializer.serialize_f64(*number),
            Value::Decimal(number) => serializer.serialize_f64(exact_number(*number).unwrap_or(f64::NAN)),
            _ => serializer.serialize_unit(),
        }
    }
}

/// A day or an instant; recorded: an ISO 8601 instant, stored in whole seconds.
struct Instant<'a>(&'a Value);

impl Serialize for Instant<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let at = match self.0 {
            Value::Date(day) => midnight(*day),
            Value::Timestamp(at) => *at,
            other => return serializer.serialize_str(&other.to_text()),
        };
        serializer.serialize_str(iso(at, &mut { *b"0000-00-00T00:00:00Z" }))
    }
}

/// Writes an instant into its pattern: several times faster than a formatter, for a batch holds thousands. Years have
/// four digits, see `check.rs`.
fn iso(at: DateTime<Utc>, pattern: &mut [u8]) -> &str {
    let parts = [at.year().unsigned_abs() / 100, at.year().unsigned_abs() % 100, at.month(), at.day()];
    let parts = parts.into_iter().chain([at.hour(), at.minute(), at.second()]);
    for (part, place) in parts.zip([0, 2, 5, 8, 11, 14, 17]) {
        for (digit, place) in [(part / 10 % 10, place), (part % 10, place + 1)] {
            if let (Some(byte), Ok(digit)) = (pattern.get_mut(place), u8::try_from(digit)) {
                *byte = b'0' + digit;
            }
        }
    }
    std::str::from_utf8(pattern).unwrap_or_default()
}

/// Addresses are stored in lower case (tsg_mc_contacts_v3).
pub(crate) fn lower(email: &str) -> Cow<'_, str> {
    if email.bytes().any(|byte| byte.is_ascii_uppercase() || !byte.is_ascii()) {
        Cow::Owned(email.to_lowercase())
    } else {
        Cow::Borrowed(email)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use lapwing_contract::{
        ChangeKind, Decimal, FieldSpec, FieldType, NullPolicy, Operation, Prepared, Target, WritePolicy,
    };
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
        let spec = |name: &str, field_type: FieldType| FieldSpec {
            name: name.into(),
            field_type,
            null: NullPolicy::Clear,
            write: WritePolicy::Always,
        };
        let bind = |id: &str, vendor_type: &str| FieldBinding {
            id: id.into(),
            vendor_type: vendor_type.into(),
            created: false,
        };
        Arc::new(Prepared {
            target: Target {
                sync: "marketing".into(),
                object: "contacts".into(),
                key: spec("email", FieldType::Text),
                fields: FIELDS.iter().map(|(name, field_type, ..)| spec(name, field_type.clone())).collect(),
                lists: Vec::new(),
            },
            key: bind("email", "Text"),
            fields: FIELDS.iter().map(|(_, _, id, vendor_type)| bind(id, vendor_type)).collect(),
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
        String::from_utf8(sort(batch).body(batch).unwrap()).unwrap()
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
        let bytes = sort(&batch).body(&batch).unwrap().len();
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
            let body: serde_json::Value = serde_json::from_slice(&sorted.body(&batch).unwrap()).unwrap();
            let contacts = body["contacts"].as_array().unwrap();
            prop_assert_eq!(contacts.len(), sorted.sent.len());
            for (id, sent) in contacts.iter().filter_map(|contact| contact["custom_fields"].as_object()).flatten() {
                prop_assert!(if id.ends_with("_N") { sent.is_number() } else { sent.is_string() }, "{id}");
            }
        }
    }
}
