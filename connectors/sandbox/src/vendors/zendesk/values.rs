//! Values of user fields, tags and addresses: what is taken, and how it is kept.

use chrono::{DateTime, NaiveDate};
use serde_json::{Number, Value as Json};

use super::fields::{FieldKind, UserField};

/// Longest text of a user field. *Unverified*: that there is a limit is sure, which one is not.
const TEXT_CHARS: usize = 65_536;

/// What a field keeps of a value, or the words that refuse it. Null empties; an empty checkbox is false.
pub(super) fn read(field: &UserField, value: &Json) -> Result<Json, String> {
    let title = &field.title;
    let invalid = || format!("{title}: is invalid");
    match (field.kind, value) {
        (FieldKind::Checkbox, Json::Null) => Ok(Json::Bool(false)),
        (_, Json::Null) => Ok(Json::Null),
        (FieldKind::Checkbox, Json::Bool(value)) => Ok(Json::Bool(*value)),
        (FieldKind::Text | FieldKind::Textarea, Json::String(text)) => {
            if text.chars().count() > TEXT_CHARS {
                return Err(format!("{title}: is too long (maximum is {TEXT_CHARS} characters)"));
            }
            Ok(value.clone())
        }
        (FieldKind::Integer, Json::Number(number)) => whole(number).ok_or_else(invalid),
        (FieldKind::Decimal, Json::Number(number)) => {
            number.as_f64().and_then(Number::from_f64).map(Json::Number).ok_or_else(invalid)
        }
        (FieldKind::Date, Json::String(text)) => day(text).map(Json::String).ok_or_else(invalid),
        (FieldKind::Dropdown, Json::String(text)) => option(field, text),
        (FieldKind::Multiselect, Json::Array(values)) => {
            let one = |value: &Json| value.as_str().ok_or_else(invalid).and_then(|text| option(field, text));
            values.iter().map(one).collect()
        }
        _ => Err(invalid()),
    }
}

fn option(field: &UserField, text: &str) -> Result<Json, String> {
    let is_known = field.options.iter().any(|(_, value)| value == text);
    if is_known { Ok(Json::from(text)) } else { Err(format!("{}: '{text}' is not a valid option", field.title)) }
}

/// Whole numbers beyond 2^53 lose digits. *Unverified*, and the stricter guess.
fn whole(number: &Number) -> Option<Json> {
    let whole = number.as_i64()?;
    if whole.unsigned_abs() <= 1 << 53 {
        return Some(Json::from(whole));
    }
    Number::from_f64(number.as_f64()?).map(Json::Number)
}

/// ISO 8601, of which the day is kept (recorded: `2020-08-19T00:00:00+00:00`).
fn day(text: &str) -> Option<String> {
    let instant = DateTime::parse_from_rfc3339(text).ok().map(|at| at.date_naive());
    let day = instant.or_else(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().filter(|_| text.len() == 10))?;
    Some(format!("{}T00:00:00+00:00", day.format("%Y-%m-%d")))
}

/// Tags are in lower case, without spaces, each once. *Unverified*: what becomes of spaces.
pub(super) fn tags(values: &[Json]) -> Option<Vec<String>> {
    let mut tags: Vec<String> = Vec::new();
    for value in values {
        let tag = value.as_str()?.trim().to_lowercase().split_whitespace().collect::<Vec<_>>().join("_");
        if !tag.is_empty() && !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    Some(tags)
}

/// Whether an address is properly formatted. Which of the odd forms of RFC 5322 are taken is *unverified*.
pub(super) fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let label = |label: &str| {
        !label.is_empty()
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let top = domain.rsplit('.').next().unwrap_or_default();
    let is_clean = !local.is_empty()
        && local.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".!#$%&'*+/=?^_`{|}~-".contains(&byte))
        && !local.contains("..")
        && !local.starts_with('.')
        && !local.ends_with('.');
    is_clean
        && domain.contains('.')
        && domain.split('.').all(label)
        && top.bytes().any(|byte| byte.is_ascii_alphabetic())
        && text.len() <= 254
}
