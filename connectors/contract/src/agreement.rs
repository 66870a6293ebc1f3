//! Whether two values mean the same to a vendor.

use std::cmp::Ordering;

use crate::{Decimal, Value};

/// Whether both mean the same: numbers by value whatever their type, JSON by content, and nothing, the empty text and the
/// empty list as one. Texts are compared to the letter, and a text is never a number.
pub fn agree(one: &Value, other: &Value) -> bool {
    match (one, other) {
        _ if is_empty(one) || is_empty(other) => is_empty(one) && is_empty(other),
        (Value::List(ours), Value::List(theirs)) => {
            ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(ours, theirs)| agree(ours, theirs))
        }
        // A list that a vendor keeps as its JSON text.
        (Value::List(_) | Value::Json(_), Value::List(_) | Value::Json(_)) => one.to_json() == other.to_json(),
        (Value::Json(_), Value::Text(text)) | (Value::Text(text), Value::Json(_)) => {
            let json = if matches!(one, Value::Json(_)) { one } else { other };
            serde_json::from_str::<serde_json::Value>(text).is_ok_and(|read| read == json.to_json())
        }
        _ => match (number(one), number(other)) {
            (Some(ours), Some(theirs)) => ours.is(theirs),
            _ => one == other,
        },
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Text(text) | Value::Json(text) => text.is_empty(),
        Value::List(items) => items.is_empty(),
        _ => false,
    }
}

#[derive(Clone, Copy)]
enum Number {
    Exact(Decimal),
    Float(f64),
}

fn number(value: &Value) -> Option<Number> {
    match value {
        Value::Int(whole) => Some(Number::Exact(Decimal { unscaled: (*whole).into(), scale: 0 })),
        Value::Decimal(decimal) => Some(Number::Exact(*decimal)),
        Value::Float(float) => Some(Number::Float(*float)),
        _ => None,
    }
}

impl Number {
    /// Two exact numbers are compared by their digits; where one is a double, as doubles.
    fn is(self, other: Self) -> bool {
        match (self, other) {
            (Self::Exact(one), Self::Exact(other)) => one.to_string() == other.to_string(),
            _ => self.double().partial_cmp(&other.double()) == Some(Ordering::Equal),
        }
    }

    /// The nearest double; NaN never comes of digits.
    fn double(self) -> f64 {
        match self {
            Self::Exact(decimal) => decimal.to_string().parse().unwrap_or(f64::NAN),
            Self::Float(float) => float,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(unscaled: i128, scale: u8) -> Value {
        Value::Decimal(Decimal { unscaled, scale })
    }

    fn text(text: &str) -> Value {
        Value::Text(text.into())
    }

    #[test]
    fn a_number_is_its_value_and_not_its_spelling() {
        assert!(agree(&Value::Int(1), &decimal(100, 2)));
        assert!(agree(&decimal(1250, 2), &Value::Float(12.5)));
        assert!(agree(&Value::Float(0.0), &Value::Float(-0.0)));
        assert!(!agree(&Value::Int(1), &decimal(101, 2)));
        assert!(!agree(&Value::Int(9_007_199_254_740_993), &decimal(9_007_199_254_740_992, 0)));
        assert!(!agree(&Value::Float(f64::NAN), &Value::Float(f64::NAN)));
    }

    #[test]
    fn nothing_the_empty_text_and_the_empty_list_are_one() {
        for empty in [Value::Null, text(""), Value::List(Vec::new())] {
            assert!(agree(&empty, &Value::Null) && agree(&Value::Null, &empty));
            assert!(!agree(&empty, &Value::Int(0)) && !agree(&Value::Bool(false), &empty));
        }
    }

    #[test]
    fn texts_are_compared_to_the_letter_and_are_no_numbers() {
        assert!(!agree(&text("a"), &text("A")) && !agree(&text("a"), &text("a ")));
        assert!(!agree(&text("1"), &Value::Int(1)) && !agree(&text("true"), &Value::Bool(true)));
    }

    #[test]
    fn json_is_its_content() {
        let list = Value::List(vec![Value::Int(1), text("a")]);
        assert!(agree(&list, &Value::Json("[1, \"a\"]".into())));
        assert!(agree(&Value::Json("{\"a\":1,\"b\":2}".into()), &text("{\"b\": 2, \"a\": 1}")));
        assert!(!agree(&list, &Value::Json("[\"a\", 1]".into())) && !agree(&Value::Json("1".into()), &text("one")));
    }
}
