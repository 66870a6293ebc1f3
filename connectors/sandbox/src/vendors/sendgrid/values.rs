//! Values: what the vendor takes at once, what it takes and then drops in silence, and what it stores.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Number, Value as Json};

use super::answers;
use super::fields::FieldKind;

/// Longest custom text, in characters. *Unverified*.
const CUSTOM_TEXT_CHARS: usize = 1_000;

/// A stored custom value.
#[derive(Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum CustomValue {
    Text(Box<str>),
    /// A double: a whole number beyond 2^53 loses digits. *Unverified*, and the stricter guess.
    Number(f64),
    Date(DateTime<Utc>),
}

impl CustomValue {
    /// Reads a value for a field. `Err` is what the job's errors say: such a value is answered 202, and the contact is
    /// dropped by the job (recorded for dates; reported for a number in quotes, sendgrid-nodejs#953).
    pub(super) fn read(kind: FieldKind, value: &Json) -> Result<Self, &'static str> {
        match (kind, value) {
            (FieldKind::Text, Json::String(text)) if text.chars().count() > CUSTOM_TEXT_CHARS => {
                Err("text is longer than 1000 characters")
            }
            (FieldKind::Text, Json::String(text)) => Ok(Self::Text(text.as_str().into())),
            (FieldKind::Text, _) => Err("value is not a text"),
            (FieldKind::Number, Json::Number(number)) => {
                number.as_f64().filter(|number| number.is_finite()).map(Self::Number).ok_or("value is not a number")
            }
            (FieldKind::Number, _) => Err("value is not a number"),
            (FieldKind::Date, Json::String(text)) => {
                parse_date(text).map(Self::Date).ok_or("value is not an ISO 8601 date")
            }
            (FieldKind::Date, _) => Err("value is not an ISO 8601 date"),
        }
    }

    pub(super) fn to_json(&self) -> Json {
        match self {
            Self::Text(text) => Json::String(text.to_string()),
            Self::Number(number) => number_json(*number),
            Self::Date(at) => Json::String(answers::instant(*at)),
        }
    }
}

/// A double as JSON, without a point where it is whole.
fn number_json(number: f64) -> Json {
    /// The doubles up to here are exact as whole numbers.
    const WHOLE: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0 && number.abs() <= WHOLE {
        // The text of a whole double is the whole number.
        if let Ok(whole) = format!("{number:.0}").parse::<i64>() {
            return Json::from(whole);
        }
    }
    Number::from_f64(number).map_or(Json::Null, Json::Number)
}

/// ISO 8601: a date, or an instant with offset. Recorded: `2021-02-11T23:03:03.000Z`, read back in whole seconds.
fn parse_date(text: &str) -> Option<DateTime<Utc>> {
    let instant = DateTime::parse_from_rfc3339(text).ok().map(|at| at.to_utc());
    let day = || NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().filter(|_| text.len() == 10)?.and_hms_opt(0, 0, 0);
    instant.or_else(|| day().map(|day| day.and_utc())).and_then(|at| DateTime::from_timestamp(at.timestamp(), 0))
}

/// Whether a phone number has the form of E.164 (segmentio/action-destinations checks the same).
pub(super) fn is_phone(text: &str) -> bool {
    let Some(digits) = text.strip_prefix('+') else { return false };
    (2..=15).contains(&digits.len()) && !digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit())
}

/// Whether an address is valid: ASCII, one `@`, a local part of at most 64, a domain of at least two labels. Which of
/// the odd forms of RFC 5322 the vendor takes is *unverified*; quoted local parts are refused here.
pub(super) fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let atom = |c: u8| c.is_ascii_alphanumeric() || b".!#$%&'*+/=?^_`{|}~-".contains(&c);
    let local_right = (1..=64).contains(&local.len())
        && local.bytes().all(atom)
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..");
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let top = domain.rsplit('.').next().unwrap_or_default();
    let domain_right = domain.contains('.')
        && domain.split('.').all(label)
        && top.len() >= 2
        && top.bytes().any(|b| b.is_ascii_alphabetic());
    local_right && domain_right && text.len() <= 254
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn addresses_are_told_apart() {
        for right in ["ada@example.com", "o'brien+x@mail.example.co.uk", "a@b-c.io"] {
            assert!(is_email(right), "{right}");
        }
        let long = format!("{}@example.com", "x".repeat(65));
        for wrong in [
            "000",
            "",
            "@example.com",
            "ada@",
            "ada@example",
            "a@@b.io",
            "a b@c.io",
            "é@c.io",
            ".a@b.io",
            "a@-b.io",
            &long,
        ] {
            assert!(!is_email(wrong), "{wrong}");
        }
    }

    #[test]
    fn phones_are_e164() {
        assert!(is_phone("+14152279968"));
        for wrong in ["000", "+0123", "4152279968", "+1415-227", "+1234567890123456", "+1"] {
            assert!(!is_phone(wrong), "{wrong}");
        }
    }

    #[test]
    fn values_are_read_by_the_type_of_their_field() {
        let read = |kind, value: Json| CustomValue::read(kind, &value).map(|value| value.to_json());
        assert_eq!(read(FieldKind::Number, json!(15.5)), Ok(json!(15.5)));
        assert_eq!(read(FieldKind::Number, json!(-3)), Ok(json!(-3)));
        assert!(read(FieldKind::Number, json!("15.5")).is_err());
        assert!(read(FieldKind::Number, json!("")).is_err());
        assert_eq!(read(FieldKind::Date, json!("2021-02-11T23:03:03.000Z")), Ok(json!("2021-02-11T23:03:03Z")));
        assert_eq!(read(FieldKind::Date, json!("1921-02-11")), Ok(json!("1921-02-11T00:00:00Z")));
        for wrong in ["AAAAA", "", "11/02/2021", "2021-2-1", "2021-02-30"] {
            assert!(read(FieldKind::Date, json!(wrong)).is_err(), "{wrong}");
        }
        assert_eq!(read(FieldKind::Text, json!("")), Ok(json!("")));
        assert!(read(FieldKind::Text, json!(5)).is_err());
        assert!(read(FieldKind::Text, json!("é".repeat(1000))).is_ok());
        assert!(read(FieldKind::Text, json!("é".repeat(1001))).is_err());
    }

    #[test]
    fn a_whole_number_beyond_two_to_the_fifty_third_loses_digits() {
        let read = |text: &str| {
            CustomValue::read(FieldKind::Number, &serde_json::from_str(text).unwrap()).unwrap().to_json().to_string()
        };
        assert_eq!(read("9007199254740991"), "9007199254740991");
        assert_ne!(read("9007199254740993"), "9007199254740993");
    }
}
