//! Values as Salesforce reads them, for both ways of writing.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use lapwing_contract::Value;
use serde::{Serialize, Serializer};

use crate::check::{exact_number, midnight};
use crate::fields::VendorType;

/// A value that has passed `check.rs`.
#[derive(Debug, PartialEq)]
pub(crate) enum Cell<'a> {
    /// Empties the field.
    Clear,
    Text(Cow<'a, str>),
    Bool(bool),
    Whole(i64),
    Double(f64),
}

impl<'a> Cell<'a> {
    /// The cell of a value; none where the field has to be left alone: a checkbox cannot be emptied.
    pub(crate) fn of(value: &'a Value, kind: VendorType) -> Option<Self> {
        Some(match (kind, value) {
            (VendorType::Boolean, Value::Bool(value)) => Self::Bool(*value),
            (VendorType::Boolean, _) => return None,
            // The empty text and no value are one to Salesforce.
            (_, Value::Null) => Self::Clear,
            (VendorType::Number { .. }, Value::Int(number)) => Self::Whole(*number),
            (VendorType::Number { .. }, Value::Float(number)) => Self::Double(*number),
            (VendorType::Number { .. }, Value::Decimal(number)) => Self::Double(exact_number(*number)?),
            (VendorType::DateTime, Value::Date(day)) => Self::Text(instant(midnight(*day)).into()),
            (VendorType::DateTime, Value::Timestamp(at)) => Self::Text(instant(*at).into()),
            (VendorType::MultiPicklist, Value::List(items)) => {
                let entries: Vec<String> = items.iter().map(Value::to_text).collect();
                Self::text(entries.join(";").into())
            }
            (_, Value::Text(text) | Value::Json(text)) => Self::text(text.as_str().into()),
            (_, other) => Self::text(other.to_text().into()),
        })
    }

    fn text(text: Cow<'a, str>) -> Self {
        if text.is_empty() { Self::Clear } else { Self::Text(text) }
    }

    /// The cell of a key. A number is written as text where the field is one.
    pub(crate) fn of_key(key: &'a Value, is_number: bool) -> Self {
        match key {
            Value::Int(number) if is_number => Self::Whole(*number),
            Value::Text(text) => Self::Text(text.as_str().into()),
            other => Self::Text(other.to_text().into()),
        }
    }

    /// The cell as text; none for the one that empties.
    pub(crate) fn to_text(&self) -> Option<Cow<'_, str>> {
        Some(match self {
            Self::Clear => return None,
            Self::Text(text) => Cow::Borrowed(text),
            Self::Bool(value) => Cow::Borrowed(if *value { "true" } else { "false" }),
            Self::Whole(number) => Cow::Owned(number.to_string()),
            Self::Double(number) => Cow::Owned(number.to_string()),
        })
    }
}

impl Serialize for Cell<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Clear => serializer.serialize_unit(),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Whole(number) => serializer.serialize_i64(*number),
            Self::Double(number) => serializer.serialize_f64(*number),
        }
    }
}

/// An instant in whole seconds, as Salesforce keeps it: `2026-05-04T08:00:00.000Z`. A fraction that was sent would be
/// missing in what is read back.
fn instant(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M:%S.000Z").to_string()
}

/// The form in which keys are compared: Salesforce takes them in any case, and shows numbers as doubles.
pub(crate) fn folded(key: &str, is_number: bool) -> String {
    match key.trim().parse::<f64>() {
        Ok(number) if is_number => number.to_string(),
        // Letter by letter, as the keys of a sync come: a whole word would get another letter at its end, `ς` for `Σ`.
        _ => key.chars().flat_map(char::to_lowercase).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: &Value, kind: &str) -> Option<String> {
        Cell::of(value, VendorType::parse(kind).unwrap()).and_then(|cell| cell.to_text().map(Cow::into_owned))
    }

    #[test]
    fn values_are_written_as_documented() {
        let at = Value::Timestamp(DateTime::UNIX_EPOCH - chrono::TimeDelta::milliseconds(500));
        assert_eq!(text(&at, "datetime").as_deref(), Some("1969-12-31T23:59:59.000Z"));
        let day = Value::Date("1850-06-15".parse().unwrap());
        assert_eq!(text(&day, "date").as_deref(), Some("1850-06-15"));
        assert_eq!(text(&day, "datetime").as_deref(), Some("1850-06-15T00:00:00.000Z"));
        assert_eq!(text(&Value::Bool(true), "boolean").as_deref(), Some("true"));
        assert_eq!(text(&Value::Bool(true), "string").as_deref(), Some("true"));
        assert_eq!(text(&Value::Float(0.25), "double(1,2)").as_deref(), Some("0.25"));
        let list = Value::List(vec![Value::Text("a".into()), Value::Text("b".into())]);
        assert_eq!(text(&list, "multipicklist").as_deref(), Some("a;b"));
        assert_eq!(text(&list, "string").as_deref(), Some(r#"["a","b"]"#));
    }

    #[test]
    fn the_empty_text_clears_and_a_checkbox_is_left_alone() {
        assert_eq!(Cell::of(&Value::Text(String::new()), VendorType::Text), Some(Cell::Clear));
        assert_eq!(Cell::of(&Value::Null, VendorType::Date), Some(Cell::Clear));
        assert_eq!(Cell::of(&Value::Null, VendorType::Boolean), None);
    }

    #[test]
    fn keys_fold_to_one_form() {
        assert_eq!(folded("ÄB-1", false), "äb-1");
        assert_eq!(folded("12.0", true), folded("12", true));
        assert_eq!(folded("ΠΕΛΑΤΗΣ", false), "πελατησ", "as DuckDB's lower() spells the keys of a sync");
        assert_ne!(folded("012", false), folded("12", false));
    }
}
