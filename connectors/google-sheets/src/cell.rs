//! Values to cells and back. With `RAW`, a text is stored as it is, so that `=1+2` stays a text; `null` would skip the
//! cell, and `""` clears it (discovery document, `ValueRange`).

use chrono::NaiveDate;
use lapwing_contract::{Decimal, FieldType, Value};
use serde_json::{Number, Value as Json};

use crate::serial;

/// Whole numbers beyond this lose digits in a double, which is what a cell holds.
const EXACT: u64 = 1 << 53;
const EXACT_FLOAT: f64 = 9_007_199_254_740_992.0;

/// A value as the cell takes it. A number that no double holds exactly goes as text; what is empty clears.
pub(crate) fn of_value(value: &Value) -> Json {
    match value {
        Value::Null => Json::from(""),
        Value::Bool(value) => Json::Bool(*value),
        Value::Int(number) if number.unsigned_abs() <= EXACT => Json::from(*number),
        Value::Decimal(number) => of_decimal(*number),
        // What is no number is held back before it comes here, see `check.rs`; as text it would do no harm.
        Value::Float(number) => Number::from_f64(*number).map_or_else(|| Json::from(value.to_text()), Json::Number),
        Value::Date(day) => Json::from(serial::of_date(*day)),
        Value::Timestamp(at) => Number::from_f64(serial::of_timestamp(*at)).map_or(Json::from(""), Json::Number),
        Value::Int(_) | Value::Text(_) | Value::List(_) | Value::Json(_) => Json::from(value.to_text()),
    }
}

/// A decimal of up to 15 digits survives a double, and a whole one up to 2^53.
fn of_decimal(number: Decimal) -> Json {
    let json = Value::Decimal(number).to_json();
    let is_exact = json.as_i64().is_none_or(|whole| whole.unsigned_abs() <= EXACT);
    if is_exact { json } else { Json::from(number.to_string()) }
}

/// Whether a cell holds nothing.
pub(crate) fn is_empty(cell: &Json) -> bool {
    cell.is_null() || cell.as_str() == Some("")
}

/// Whether a cell holds what would be written there.
pub(crate) fn holds(cell: &Json, wanted: &Json) -> bool {
    match (cell, wanted) {
        (Json::Number(cell), Json::Number(wanted)) => cell.as_f64() == wanted.as_f64(),
        _ => cell == wanted || (is_empty(cell) && is_empty(wanted)),
    }
}

/// The text that a cell stands for as a key or header; none where it is empty, or a number that a double may have
/// rounded: it could be the key of somebody else.
pub(crate) fn text(cell: &Json) -> Option<String> {
    match cell {
        Json::String(text) if !text.is_empty() => Some(text.clone()),
        Json::Bool(value) => Some(value.to_string()),
        Json::Number(number) => {
            let number = number.as_f64()?;
            (number.abs() < EXACT_FLOAT).then(|| number_text(number))
        }
        _ => None,
    }
}

/// The digits of a number, without an exponent.
fn number_text(number: f64) -> String {
    // Adding zero takes the sign off a negative zero.
    (number + 0.0).to_string()
}

/// A cell as the field's type. What cannot be read as that type is given as text, so that a difference shows.
pub(crate) fn to_value(cell: &Json, field_type: &FieldType) -> Value {
    if is_empty(cell) {
        return Value::Null;
    }
    let plain = || match cell {
        Json::String(text) => text.clone(),
        Json::Number(number) => number.as_f64().map_or_else(|| number.to_string(), number_text),
        other => other.to_string(),
    };
    let typed = match field_type {
        FieldType::Text => None,
        FieldType::Bool => cell.as_bool().or_else(|| plain().to_lowercase().parse().ok()).map(Value::Bool),
        FieldType::Int => plain().parse().ok().map(Value::Int),
        FieldType::Float => cell.as_f64().or_else(|| plain().parse().ok()).map(Value::Float),
        FieldType::Decimal => decimal(&plain()).map(Value::Decimal),
        FieldType::Date => match cell.as_f64() {
            Some(number) => serial::to_date(number),
            None => plain().parse::<NaiveDate>().ok(),
        }
        .map(Value::Date),
        FieldType::Timestamp => match cell.as_f64() {
            Some(number) => serial::to_timestamp(number),
            None => chrono::DateTime::parse_from_rfc3339(&plain()).ok().map(|at| at.to_utc()),
        }
        .map(Value::Timestamp),
        FieldType::Json => Some(Value::Json(plain())),
        FieldType::List(of) => serde_json::from_str::<Vec<Json>>(&plain())
            .ok()
            .map(|items| Value::List(items.iter().map(|item| to_value(item, of)).collect())),
    };
    typed.unwrap_or_else(|| Value::Text(plain()))
}

fn decimal(text: &str) -> Option<Decimal> {
    let (digits, fraction) = text.split_once('.').unwrap_or((text, ""));
    let unscaled = format!("{digits}{fraction}").parse().ok()?;
    Some(Decimal { unscaled, scale: u8::try_from(fraction.len()).ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn decimal_of(unscaled: i128, scale: u8) -> Value {
        Value::Decimal(Decimal { unscaled, scale })
    }

    #[test]
    fn values_become_typed_cells() {
        for (value, cell) in [
            (Value::Null, json!("")),
            (Value::Text("=1+2".into()), json!("=1+2")),
            (Value::Text("00123".into()), json!("00123")),
            (Value::Bool(true), json!(true)),
            (Value::Int(9_007_199_254_740_992), json!(9_007_199_254_740_992_i64)),
            (Value::Int(9_007_199_254_740_993), json!("9007199254740993")),
            (Value::Int(i64::MIN), json!("-9223372036854775808")),
            (decimal_of(1250, 2), json!(12.5)),
            (decimal_of(9_007_199_254_740_993, 0), json!("9007199254740993")),
            (decimal_of(12_345_678_901_234_567, 2), json!("123456789012345.67")),
            (Value::Date("1969-12-31".parse().unwrap()), json!(25_568)),
            (Value::Timestamp("2026-01-31T12:00:00Z".parse().unwrap()), json!(46_053.5)),
            (Value::List(vec![Value::Int(1), Value::Text("a".into())]), json!("[1,\"a\"]")),
        ] {
            assert!(of_value(&value) == cell, "{cell} for {value:?}");
        }
    }

    #[test]
    fn numbers_are_keys_by_their_digits_and_not_where_they_may_be_rounded() {
        for (cell, key) in [
            (json!(123), Some("123")),
            (json!(123.0), Some("123")),
            (json!(-1.5), Some("-1.5")),
            (json!(1.2e10), Some("12000000000")),
            (json!(-0.0), Some("0")),
            (json!("00123"), Some("00123")),
            (json!(true), Some("true")),
            (json!(9_007_199_254_740_992_i64), None),
            (json!(""), None),
            (json!(null), None),
        ] {
            assert_eq!(text(&cell).as_deref(), key, "{cell}");
        }
    }

    #[test]
    fn a_number_and_a_text_that_look_alike_are_two() {
        assert!(holds(&json!(1.0), &json!(1)) && holds(&json!(null), &json!("")));
        assert!(!holds(&json!("1"), &json!(1)) && !holds(&json!(0), &json!("")));
    }

    #[test]
    fn what_people_made_of_a_cell_is_read_as_the_type_where_it_can_be() {
        assert_eq!(to_value(&json!("many"), &FieldType::Int).to_text(), "many");
        assert!(to_value(&json!(3.0), &FieldType::Int) == Value::Int(3));
        assert!(to_value(&json!("2026-01-31"), &FieldType::Date) == Value::Date("2026-01-31".parse().unwrap()));
        assert!(to_value(&json!("TRUE"), &FieldType::Bool) == Value::Bool(true));
        assert!(to_value(&json!(7), &FieldType::Text) == Value::Text("7".into()));
    }

    proptest! {
        #[test]
        fn whole_numbers_read_back(number in any::<i64>()) {
            let cell = of_value(&Value::Int(number));
            prop_assert!(to_value(&cell, &FieldType::Int) == Value::Int(number));
        }

        #[test]
        fn floats_read_back(number in proptest::num::f64::NORMAL) {
            let cell = of_value(&Value::Float(number));
            prop_assert!(to_value(&cell, &FieldType::Float) == Value::Float(number));
        }
    }
}
