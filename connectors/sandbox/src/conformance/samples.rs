//! Sample values of every type, and the comparison of what was sent with what the vendor has.

use chrono::{DateTime, NaiveDate, TimeDelta};
use lapwing_contract::{ChangeKind, Decimal, FieldSpec, FieldType, Record, Target, Value};
use serde_json::Value as Json;

use super::Harness;

/// A field of every type but lists, which not every vendor has: `a_text`, `a_int`, … after `a_`.
pub fn fields_of_every_type(prefix: &str) -> Vec<FieldSpec> {
    let types = [
        FieldType::Text,
        FieldType::Int,
        FieldType::Decimal,
        FieldType::Float,
        FieldType::Bool,
        FieldType::Date,
        FieldType::Timestamp,
        FieldType::Json,
    ];
    types.into_iter().map(|of| FieldSpec::new(format!("{prefix}{of}"), of)).collect()
}

/// A value of a type, different for different `n`, that every vendor can hold.
pub(super) fn sample(field_type: &FieldType, n: u64) -> Value {
    let small = i32::try_from(n % 1_000).unwrap_or_default();
    let days = TimeDelta::days(small.into());
    match field_type {
        FieldType::Bool => Value::Bool(n % 2 == 1),
        FieldType::Int => Value::Int(i64::from(small) + 100),
        FieldType::Decimal => Value::Decimal(Decimal { unscaled: i128::from(small) * 100 + 25, scale: 2 }),
        FieldType::Float => Value::Float(f64::from(small) + 0.5),
        FieldType::Text => Value::Text(format!("text {n}")),
        FieldType::Date => Value::Date(NaiveDate::default() + TimeDelta::days(18_000) + days),
        FieldType::Timestamp => {
            Value::Timestamp(DateTime::UNIX_EPOCH + TimeDelta::days(18_000) + days + TimeDelta::seconds(7))
        }
        FieldType::List(of) => Value::List(vec![sample(of, n)]),
        FieldType::Json => Value::Json(format!("{{\"n\":{n}}}")),
    }
}

/// The `n`-th sample record with all fields.
pub(super) fn full_record(harness: &dyn Harness, target: &Target, n: u64) -> Record {
    let fields = target.fields.iter().enumerate();
    let fields = fields.map(|(at, field)| (at, sample(&field.field_type, n))).collect();
    Record { seq: n, kind: ChangeKind::Added, key: harness.key(n), fields }
}

/// The `n`-th sample record with one field, and with those that every new record needs.
pub(super) fn record_with(harness: &dyn Harness, target: &Target, n: u64, field: usize, value: Value) -> Record {
    let required = harness.required().into_iter().filter(|at| *at != field);
    let mut fields: Vec<_> = required.map(|at| (at, sample(&target.fields[at].field_type, n))).collect();
    fields.push((field, value));
    fields.sort_by_key(|(at, _)| *at);
    Record { seq: n, kind: ChangeKind::Changed, key: harness.key(n), fields }
}

/// The place of the first field of a type.
pub(super) fn field_of(target: &Target, wanted: impl Fn(&FieldType) -> bool) -> Option<usize> {
    target.fields.iter().position(|field| wanted(&field.field_type))
}

/// Whether a vendor that has `stored` holds what was sent, by meaning and without loss.
pub fn holds(sent: &Value, stored: Option<&Json>) -> bool {
    let stored = stored.unwrap_or(&Json::Null);
    match sent {
        Value::Null => stored.is_null() || stored == "",
        Value::Text(text) => stored == text.as_str() || (text.is_empty() && stored.is_null()),
        Value::Bool(value) => *stored == *value || stored.as_str() == Some(if *value { "true" } else { "false" }),
        Value::Date(_) => stored.as_str().is_some_and(|text| text.get(..10) == Some(sent.to_text().as_str())),
        Value::Timestamp(at) => stored
            .as_str()
            .and_then(|text| DateTime::parse_from_rfc3339(text).ok())
            .is_some_and(|read| read.timestamp() == at.timestamp()),
        Value::Int(_) | Value::Decimal(_) => number_text(stored) == Some(sent.to_text()),
        Value::Float(value) => number_text(stored).and_then(|text| text.parse::<f64>().ok()) == Some(*value),
        Value::List(_) | Value::Json(_) => *stored == sent.to_json() || stored.as_str() == Some(&sent.to_text()),
    }
}

/// The digits of a number or of a text that stands for one.
fn number_text(stored: &Json) -> Option<String> {
    match stored {
        Json::Number(number) => Some(number.to_string()),
        Json::String(text) => Some(text.clone()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_are_compared_by_meaning_and_without_loss() {
        let big = Value::Int(9_007_199_254_740_993);
        assert!(holds(&big, Some(&json!(9_007_199_254_740_993_i64))));
        assert!(holds(&big, Some(&json!("9007199254740993"))));
        assert!(!holds(&big, Some(&json!(9_007_199_254_740_992_i64))));
        assert!(!holds(&big, None));
        assert!(holds(&Value::Null, None) && holds(&Value::Null, Some(&json!(""))));
        assert!(!holds(&Value::Null, Some(&json!(0))));
        let day = Value::Date(NaiveDate::default());
        assert!(holds(&day, Some(&json!("1970-01-01"))) && holds(&day, Some(&json!("1970-01-01T00:00:00Z"))));
        assert!(!holds(&day, Some(&json!("1969-12-31T23:00:00Z"))));
        assert!(!holds(&Value::Text("a".into()), Some(&json!("a "))));
        assert!(holds(&Value::Decimal(Decimal { unscaled: 1250, scale: 2 }), Some(&json!(12.5))));
    }
}
