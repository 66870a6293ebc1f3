//! Values as vendors show them in JSON, read in the type that a field was mapped with.

use chrono::{DateTime, NaiveDate};
use serde_json::Value as Json;

use crate::{Decimal, FieldType, Value};

impl Value {
    /// Reads JSON as a field's type: the way back of [`Value::to_json`], with what vendors make of it.
    ///
    /// Nothing, the empty text and the empty list are null, because vendors do not tell them apart. Numbers and truth may
    /// come as text, whole numbers as doubles (`3.0`), dates with a time behind them, lists as the JSON text of one. What
    /// cannot be read as the type is given as text, so that a difference shows.
    pub fn from_json(json: &Json, field_type: &FieldType) -> Self {
        let text = match json {
            Json::Null => return Self::Null,
            Json::String(text) if text.is_empty() => return Self::Null,
            Json::Array(items) if items.is_empty() => return Self::Null,
            Json::String(text) => text.clone(),
            // A number's digits, never an exponent: `1e-7` is 0.0000001.
            Json::Number(number) if number.is_f64() => number.as_f64().unwrap_or_default().to_string(),
            other => other.to_string(),
        };
        let typed = match field_type {
            FieldType::Text => None,
            FieldType::Json => Some(Self::Json(text.clone())),
            FieldType::Bool => text.parse().ok().map(Self::Bool),
            FieldType::Int => whole(&text).map(Self::Int),
            FieldType::Float => text.parse().ok().map(Self::Float),
            FieldType::Decimal => decimal(&text).map(Self::Decimal),
            FieldType::Date => text.get(..10).and_then(|day| day.parse::<NaiveDate>().ok()).map(Self::Date),
            FieldType::Timestamp => DateTime::parse_from_rfc3339(&text).ok().map(|at| Self::Timestamp(at.to_utc())),
            FieldType::List(of) => list(json, &text, of),
        };
        typed.unwrap_or(Self::Text(text))
    }
}

/// `3` and `3.0` are the whole number 3.
fn whole(text: &str) -> Option<i64> {
    let (digits, fraction) = text.split_once('.').unwrap_or((text, ""));
    digits.parse().ok().filter(|_| fraction.bytes().all(|byte| byte == b'0'))
}

fn decimal(text: &str) -> Option<Decimal> {
    let (digits, fraction) = text.split_once('.').unwrap_or((text, ""));
    let fraction = fraction.trim_end_matches('0');
    let unscaled = format!("{digits}{fraction}").parse().ok()?;
    Some(Decimal { unscaled, scale: u8::try_from(fraction.len()).ok()? })
}

fn list(json: &Json, text: &str, of: &FieldType) -> Option<Value> {
    let items = match json {
        Json::Array(items) => items.clone(),
        _ => serde_json::from_str(text).ok()?,
    };
    Some(Value::List(items.iter().map(|item| Value::from_json(item, of)).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agree;
    use chrono::TimeDelta;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn what_vendors_make_of_a_value_is_read_as_it_was() {
        let decimal = |unscaled, scale| Value::Decimal(Decimal { unscaled, scale });
        let whole_numbers = || FieldType::List(Box::new(FieldType::Int));
        let list = Value::List(vec![Value::Int(1), Value::Int(2)]);
        for (json, field_type, expected) in [
            (json!("Ada"), FieldType::Text, Value::Text("Ada".into())),
            (json!(7), FieldType::Text, Value::Text("7".into())),
            (json!(3.0), FieldType::Int, Value::Int(3)),
            (json!(-3), FieldType::Int, Value::Int(-3)),
            (json!(3.5), FieldType::Int, Value::Text("3.5".into())),
            (json!(15.5), FieldType::Decimal, decimal(155, 1)),
            (json!(-0.07), FieldType::Decimal, decimal(-7, 2)),
            (json!(1e-7), FieldType::Decimal, decimal(1, 7)),
            (json!("12.50"), FieldType::Decimal, decimal(125, 1)),
            (json!("1.25"), FieldType::Float, Value::Float(1.25)),
            (json!("true"), FieldType::Bool, Value::Bool(true)),
            (json!(true), FieldType::Bool, Value::Bool(true)),
            (json!("2021-02-11T00:00:00Z"), FieldType::Date, Value::Date("2021-02-11".parse().unwrap())),
            (
                json!("2021-02-11T23:03:03Z"),
                FieldType::Timestamp,
                Value::Timestamp("2021-02-11T23:03:03Z".parse().unwrap()),
            ),
            (json!([1, 2]), whole_numbers(), list.clone()),
            (json!("[1,2]"), whole_numbers(), list),
            (json!("1 and 2"), whole_numbers(), Value::Text("1 and 2".into())),
            (json!({ "a": 1 }), FieldType::Json, Value::Json("{\"a\":1}".into())),
            (json!(""), FieldType::Text, Value::Null),
            (json!([]), FieldType::Json, Value::Null),
            (json!(null), FieldType::Date, Value::Null),
            (json!("many"), FieldType::Int, Value::Text("many".into())),
            (json!("☂☂☂☂"), FieldType::Date, Value::Text("☂☂☂☂".into())),
        ] {
            assert!(Value::from_json(&json, &field_type) == expected, "{json} as {field_type}");
        }
    }

    fn any_value() -> impl Strategy<Value = (FieldType, Value)> {
        let whole = any::<i64>().prop_map(|number| (FieldType::Int, Value::Int(number)));
        let decimal = (any::<i64>(), 0_u8..12).prop_map(|(unscaled, scale)| {
            (FieldType::Decimal, Value::Decimal(Decimal { unscaled: i128::from(unscaled), scale }))
        });
        let float = (-1e15..1e15).prop_map(|number| (FieldType::Float, Value::Float(number)));
        let text = any::<String>().prop_map(|text| (FieldType::Text, Value::Text(text)));
        let micros = -60_000_000_000_000_000_i64..250_000_000_000_000_000;
        let at = micros.prop_map(|micros| DateTime::UNIX_EPOCH + TimeDelta::microseconds(micros));
        let instant = at.clone().prop_map(|at| (FieldType::Timestamp, Value::Timestamp(at)));
        let date = at.prop_map(|at| (FieldType::Date, Value::Date(at.date_naive())));
        let truth = any::<bool>().prop_map(|truth| (FieldType::Bool, Value::Bool(truth)));
        prop_oneof![whole, decimal, float, text, instant, date, truth]
    }

    proptest! {
        #[test]
        fn what_was_written_as_json_is_read_back((field_type, value) in any_value()) {
            let read = Value::from_json(&value.to_json(), &field_type);
            prop_assert!(agree(&read, &value), "{} as {field_type}", value.to_json());
            let listed = (FieldType::List(Box::new(field_type)), Value::List(vec![value.clone(), value]));
            let read = Value::from_json(&listed.1.to_json(), &listed.0);
            prop_assert!(agree(&read, &listed.1), "{} in a list", listed.1.to_json());
        }
    }
}
