//! Looks at every record before it is sent, so that a bad one costs itself only and not a place in a job.

use chrono::Datelike;
use lapwing_contract::{Decimal, FieldBinding, FieldSpec, Outcome, Prepared, Record, Rejection, Value};

use crate::definitions::OWN;
use crate::fields::{Form, MAX_KEY_CHARS, System, VendorType, is_email, system_named};
use crate::tags;

/// Whole numbers beyond this lose digits in a double. *Unverified* whether Zendesk keeps more.
const EXACT: u64 = 1 << 53;
/// Decimals of 15 digits survive a double: those below this.
const EXACT_DIGITS: u128 = 1_000_000_000_000_000;
/// The most places behind the point for which the power of ten is an exact double.
const EXACT_SCALE: i32 = 22;

/// Where the values of one mapped field go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Slot {
    /// Beside the key, under its name.
    Own(&'static System),
    /// Under `user_fields`, by the key of its binding.
    Custom(VendorType),
}

/// Whether users are keyed by address rather than by external id.
pub(crate) fn is_keyed_by_email(target: &Prepared) -> bool {
    target.key.id == "email"
}

/// The slots of a prepared target, one per field.
pub(crate) fn slots(target: &Prepared) -> Vec<Slot> {
    target.fields.iter().zip(&target.target.fields).map(|(binding, spec)| slot(binding, spec)).collect()
}

/// The slot of one field.
pub(crate) fn slot(binding: &FieldBinding, spec: &FieldSpec) -> Slot {
    let own = system_named(&binding.id).filter(|_| binding.vendor_type == OWN);
    let custom = || VendorType::parse(&binding.vendor_type).unwrap_or(VendorType::of(&spec.field_type));
    own.map_or_else(|| Slot::Custom(custom()), Slot::Own)
}

/// What becomes of a record that must not be sent, where it is one.
pub(crate) fn held_back(record: &Record, slots: &[Slot], target: &Prepared) -> Option<Outcome> {
    if let Some(flaw) = key_flaw(&record.key, target) {
        return Some(Outcome::of_impossible_key(record, flaw));
    }
    let flaw = record.fields.iter().find_map(|(index, value)| {
        let binding = target.fields.get(*index)?;
        let complaint = match slots.get(*index)? {
            Slot::Own(field) => own_flaw(field, value),
            Slot::Custom(kind) => custom_flaw(*kind, value, &binding.allowed),
        }?;
        Some(complaint.on_field(&target.target.fields.get(*index)?.name))
    });
    flaw.map(Outcome::from)
}

fn key_flaw(key: &Value, target: &Prepared) -> Option<Rejection> {
    let text = key.to_text();
    if is_keyed_by_email(target) {
        return (!is_email(&text)).then(|| {
            Rejection::permanent("invalid_email", "the key is not an e-mail address")
                .on_field("email")
                .with_hint("leave such rows out with the sync's `audience`")
        });
    }
    let chars = text.chars().count();
    let is_right = matches!(key, Value::Text(_) | Value::Int(_)) && (1..=MAX_KEY_CHARS).contains(&chars);
    (!is_right).then(|| {
        let message = format!("the external id has {chars} characters; Zendesk takes 1 to {MAX_KEY_CHARS}");
        Rejection::permanent("invalid_external_id", message).on_field("external_id")
    })
}

fn own_flaw(field: &System, value: &Value) -> Option<Rejection> {
    match (field.form, value) {
        (_, Value::Null) => None,
        (Form::Email, value) if !is_email(&value.to_text()) => {
            Some(Rejection::permanent("invalid_email", "the value is not an e-mail address"))
        }
        (Form::Name, value) if value.to_text().trim().is_empty() => {
            let hint = "map another column, or leave such rows out with the sync's `audience`";
            Some(Rejection::permanent("name_missing", "the name is empty").with_hint(hint))
        }
        (Form::Tags, value) => tags::flaw(value),
        _ => None,
    }
}

fn custom_flaw(kind: VendorType, value: &Value, allowed: &[String]) -> Option<Rejection> {
    let invalid = |code: &str, what: &str| Some(Rejection::permanent(code, format!("the value is not {what}")));
    match (kind, value) {
        (_, Value::Null)
        | (VendorType::Checkbox, Value::Bool(_))
        | (VendorType::Text | VendorType::Textarea | VendorType::Regexp, _) => None,
        (VendorType::Checkbox, _) => invalid("invalid_boolean", "true or false"),
        (VendorType::Integer | VendorType::Decimal, value) => number_flaw(kind, value),
        (VendorType::Date, Value::Date(day)) => date_flaw(day.year()),
        (VendorType::Date, Value::Timestamp(at)) => date_flaw(at.year()),
        (VendorType::Date, _) => invalid("invalid_date", "a date"),
        (VendorType::Dropdown, Value::Text(text)) if text.is_empty() => None,
        (VendorType::Dropdown, value) => option_flaw(&value.to_text(), allowed),
        (VendorType::Multiselect, Value::List(items)) => {
            items.iter().find_map(|item| option_flaw(&item.to_text(), allowed))
        }
        (VendorType::Multiselect, _) => invalid("not_an_option", "a list"),
    }
}

fn option_flaw(text: &str, allowed: &[String]) -> Option<Rejection> {
    let is_right = allowed.is_empty() || allowed.iter().any(|option| option == text);
    (!is_right).then(|| {
        let shown = allowed.iter().take(10).map(|option| format!("`{option}`")).collect::<Vec<_>>().join(", ");
        let more = if allowed.len() > 10 { ", …" } else { "" };
        Rejection::permanent("not_an_option", "the value is none of the field's options").with_hint(format!(
            "the field takes the values (tags) of its options, not their names: {shown}{more}; add an option at \
             Zendesk, or map with CASE"
        ))
    })
}

fn number_flaw(kind: VendorType, value: &Value) -> Option<Rejection> {
    let inexact = || {
        Rejection::permanent("inexact_number", "the number has more digits than Zendesk is known to keep: about 15")
            .with_hint("round the value, or cast it to text")
    };
    match (kind, value) {
        (_, Value::Int(number)) => (number.unsigned_abs() > EXACT).then(inexact),
        (VendorType::Decimal, Value::Decimal(number)) => exact_number(*number).is_none().then(inexact),
        (VendorType::Decimal, Value::Float(number)) => (!number.is_finite())
            .then(|| Rejection::permanent("invalid_number", "the value is infinite or not a number")),
        _ => Some(Rejection::permanent("invalid_number", "the value is not a number of the field's type")),
    }
}

/// A decimal as the double that prints the same; none where it has too many digits for that. Both parts of the
/// division are exact, so its result is the nearest double.
pub(crate) fn exact_number(value: Decimal) -> Option<f64> {
    let (mut digits, mut scale) = (value.unscaled, i32::from(value.scale));
    while scale > 0 && digits % 10 == 0 {
        (digits, scale) = (digits / 10, scale - 1);
    }
    if digits.unsigned_abs() >= EXACT_DIGITS || scale > EXACT_SCALE {
        return None;
    }
    #[expect(clippy::cast_precision_loss, reason = "below 10^15 every whole number is a double")]
    let digits = digits as f64;
    Some(digits / 10_f64.powi(scale))
}

fn date_flaw(year: i32) -> Option<Rejection> {
    (!(1..=9999).contains(&year))
        .then(|| Rejection::permanent("invalid_date", "the year is not between 1 and 9999, as ISO 8601 writes it"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(kind: VendorType, value: &Value, allowed: &[&str]) -> Option<String> {
        let allowed: Vec<String> = allowed.iter().map(|option| (*option).to_owned()).collect();
        custom_flaw(kind, value, &allowed).map(|rejection| rejection.code)
    }

    #[test]
    fn numbers_that_would_change_are_held_back() {
        let (integer, decimal) = (VendorType::Integer, VendorType::Decimal);
        assert_eq!(code(integer, &Value::Int(1 << 53), &[]), None);
        assert_eq!(code(integer, &Value::Int((1 << 53) + 1), &[]), Some("inexact_number".into()));
        assert_eq!(code(integer, &Value::Int(i64::MIN), &[]), Some("inexact_number".into()));
        assert_eq!(code(decimal, &Value::Float(f64::NAN), &[]), Some("invalid_number".into()));
        let long = Value::Decimal(Decimal { unscaled: 12_345_678_901_234_567, scale: 2 });
        assert_eq!(code(decimal, &long, &[]), Some("inexact_number".into()));
        assert_eq!(exact_number(Decimal { unscaled: -70, scale: 3 }), Some(-0.07));
        assert_eq!(exact_number(Decimal { unscaled: 1, scale: 30 }), None);
    }

    #[test]
    fn options_are_told_by_their_values() {
        let text = |text: &str| Value::Text(text.into());
        assert_eq!(code(VendorType::Dropdown, &text("gold"), &["gold"]), None);
        assert_eq!(code(VendorType::Dropdown, &text("Gold"), &["gold"]), Some("not_an_option".into()));
        assert_eq!(code(VendorType::Dropdown, &Value::Null, &["gold"]), None);
        let list = Value::List(vec![text("gold"), text("x")]);
        assert_eq!(code(VendorType::Multiselect, &list, &["gold"]), Some("not_an_option".into()));
    }

    #[test]
    fn a_rejection_quotes_no_value() {
        let rejection = custom_flaw(VendorType::Dropdown, &Value::Text("secret".into()), &["gold".to_owned()]).unwrap();
        assert!(!rejection.message.contains("secret") && !rejection.hint.unwrap().contains("secret"));
    }
}
