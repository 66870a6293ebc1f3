//! Looks at every record before it is sent: what Salesforce would round, cut or refuse is held back with a reason that
//! names the field and the fix.

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use lapwing_contract::{Decimal, FieldBinding, Prepared, Record, Rejection, Value};

use crate::fields::VendorType;

/// Whole numbers beyond this lose digits in a double, which is what every number of Salesforce is.
const EXACT: u64 = 1 << 53;
/// Decimals of 15 digits survive a double: those below this.
const EXACT_DIGITS: u128 = 1_000_000_000_000_000;
/// Years that a date can have (Salesforce's documentation of its types).
const YEARS: std::ops::RangeInclusive<i32> = 1700..=4000;

/// The types of a prepared target's fields. One that cannot be read back is text: so is what older ledgers hold.
pub(crate) fn vendor_types(target: &Prepared) -> Vec<VendorType> {
    let read = |binding: &FieldBinding| VendorType::parse(&binding.vendor_type).unwrap_or(VendorType::Text);
    target.fields.iter().map(read).collect()
}

/// The reason why a record must not be sent, where there is one.
pub(crate) fn flaw(record: &Record, types: &[VendorType], target: &Prepared) -> Option<Rejection> {
    if let Some(flaw) = key_flaw(&record.key, &target.key) {
        return Some(flaw.on_field(&target.key.id));
    }
    record.fields.iter().find_map(|(index, value)| {
        let binding = target.fields.get(*index)?;
        Some(value_flaw(*types.get(*index)?, binding, value)?.on_field(&binding.id))
    })
}

fn key_flaw(key: &Value, binding: &FieldBinding) -> Option<Rejection> {
    let kind = VendorType::parse(&binding.vendor_type).unwrap_or(VendorType::Text);
    if key.is_null() || key.to_text().trim().is_empty() {
        let hint = "leave such rows out with the sync's `audience`";
        return Some(Rejection::permanent("empty_key", "the key is empty").with_hint(hint));
    }
    match (kind, key) {
        (VendorType::Number { .. }, Value::Int(_)) | (VendorType::Text, _) => value_flaw(kind, binding, key),
        _ => Some(Rejection::permanent("invalid_key", "the key is not of the type that the field has")),
    }
}

fn value_flaw(kind: VendorType, binding: &FieldBinding, value: &Value) -> Option<Rejection> {
    match (kind, value) {
        (_, Value::Null) | (VendorType::Boolean, Value::Bool(_)) => None,
        (VendorType::Number { whole, scale }, _) => number_flaw(whole, scale, value),
        (VendorType::Date | VendorType::DateTime, _) => date_flaw(value),
        (VendorType::Boolean, _) => Some(Rejection::permanent("invalid_value", "the value is not true or false")),
        (VendorType::MultiPicklist, Value::List(items)) => items.iter().find_map(|item| entry_flaw(binding, item)),
        (VendorType::MultiPicklist, _) => {
            let text = value.to_text();
            text.split(';')
                .find_map(|entry| picklist_flaw(binding, entry))
                .or_else(|| text_flaw(&text, binding.max_chars))
        }
        (VendorType::Text | VendorType::Reference, Value::Float(number)) if !number.is_finite() => Some(no_number()),
        (VendorType::Text | VendorType::Reference, Value::Text(text) | Value::Json(text)) => {
            text_flaw(text, binding.max_chars).or_else(|| picklist_flaw(binding, text))
        }
        (VendorType::Text | VendorType::Reference, _) => {
            let text = value.to_text();
            text_flaw(&text, binding.max_chars).or_else(|| picklist_flaw(binding, &text))
        }
    }
}

fn entry_flaw(binding: &FieldBinding, entry: &Value) -> Option<Rejection> {
    match entry {
        Value::Text(text) if text.contains(';') || text.is_empty() => {
            Some(Rejection::permanent("invalid_value", "a value of the list is empty or holds a `;`"))
        }
        Value::Text(text) => picklist_flaw(binding, text),
        _ => Some(Rejection::permanent("invalid_value", "a value of the list is not a text")),
    }
}

fn picklist_flaw(binding: &FieldBinding, text: &str) -> Option<Rejection> {
    let wrong =
        !binding.allowed.is_empty() && !text.is_empty() && !binding.allowed.iter().any(|allowed| allowed == text);
    wrong.then(|| {
        Rejection::permanent("not_in_picklist", "the value is none of the active entries of the restricted picklist")
            .with_hint("add the entry in the field's definition, or map to one of those that are there")
    })
}

fn text_flaw(text: &str, most: Option<usize>) -> Option<Rejection> {
    if text.chars().any(|c| c.is_control() && !matches!(c, '\t' | '\n' | '\r')) {
        let hint = "take it out in the mapping: regexp_replace(…, '[[:cntrl:]]', '', 'g')";
        return Some(Rejection::permanent("invalid_text", "the text holds a control character").with_hint(hint));
    }
    // Bytes are never fewer than characters, so most texts need no counting.
    let most = most.filter(|most| text.len() > *most)?;
    let chars = text.chars().count();
    (chars > most).then(|| {
        Rejection::permanent("too_long", format!("the text has {chars} characters, and the field takes {most}"))
            .with_hint(format!("shorten it in the mapping: left(…, {most}), or lengthen the field"))
    })
}

fn number_flaw(whole: u32, scale: u32, value: &Value) -> Option<Rejection> {
    let text = match value {
        Value::Int(number) if number.unsigned_abs() > EXACT => return Some(inexact()),
        Value::Int(number) => number.to_string(),
        Value::Decimal(number) => {
            exact_number(*number).is_none().then(inexact).map_or_else(|| number.to_string(), |_| String::new())
        }
        Value::Float(number) if number.is_finite() => number.to_string(),
        _ => return Some(no_number()),
    };
    if text.is_empty() {
        return Some(inexact());
    }
    let (before, behind) = text.trim_start_matches('-').split_once('.').unwrap_or((text.trim_start_matches('-'), ""));
    if behind.len() > to_usize(scale) {
        let message = format!("the number has more than the {scale} decimals of the field, and would be rounded");
        return Some(Rejection::permanent("too_many_decimals", message).with_hint(format!("map round(…, {scale})")));
    }
    if before.trim_start_matches('0').len() > to_usize(whole) {
        let message = format!("the number has more than the {whole} digits before the point that the field takes");
        return Some(
            Rejection::permanent("number_too_large", message).with_hint("check the mapping, or widen the field"),
        );
    }
    None
}

fn to_usize(digits: u32) -> usize {
    usize::try_from(digits).unwrap_or(usize::MAX)
}

fn no_number() -> Rejection {
    Rejection::permanent("invalid_number", "the value is not a number that Salesforce can store")
}

fn inexact() -> Rejection {
    Rejection::permanent("inexact_number", "the number has more digits than Salesforce can store")
        .with_hint("round it in the mapping, or map it to a text field")
}

/// The double that prints the same digits, where there is one.
pub(crate) fn exact_number(number: Decimal) -> Option<f64> {
    let text = number.to_string();
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let significant = digits.trim_start_matches('0').parse::<u128>().unwrap_or_default();
    let whole = !text.contains('.')
        && number.unscaled.unsigned_abs() / 10_u128.pow(u32::from(number.scale.min(38))) <= EXACT.into();
    if significant < EXACT_DIGITS || whole { text.parse().ok() } else { None }
}

fn date_flaw(value: &Value) -> Option<Rejection> {
    let year = match value {
        Value::Date(day) => day.year(),
        Value::Timestamp(at) => at.year(),
        _ => return Some(Rejection::permanent("invalid_date", "the value is not a date")),
    };
    (!YEARS.contains(&year)).then(|| {
        let message = format!("the year is not between {} and {}", YEARS.start(), YEARS.end());
        Rejection::permanent("invalid_date", message).with_hint("map a null instead of a date that stands for none")
    })
}

/// The start of a day.
pub(crate) fn midnight(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(chrono::NaiveTime::MIN).and_utc()
}

#[cfg(test)]
mod tests;
