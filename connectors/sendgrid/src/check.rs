//! Looks at every record before it is sent, because SendGrid drops a contact with a bad date or phone in silence.
//! (Recorded: `e4_D: "AAAAA"` and `phone_number: "000"` were accepted with 202, and the contact did not change.)

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use lapwing_contract::{Decimal, FieldBinding, FieldSpec, Outcome, Prepared, Record, Rejection, Value};

use crate::fields::{Form, MAX_ALTERNATES, MAX_CUSTOM_CHARS, Reserved, VendorType, is_email, is_phone, reserved_named};

/// Whole numbers beyond this lose digits in a double, which is what a Number is.
const EXACT: u64 = 1 << 53;
/// Decimals of 15 digits survive a double: those below this.
const EXACT_DIGITS: u128 = 1_000_000_000_000_000;
/// The powers of ten that are exact doubles.
const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
];

/// Where the values of one mapped field go.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Slot {
    /// Beside the address, under its name.
    Reserved(&'static Reserved),
    /// Under `custom_fields`, by the id of its binding.
    Custom(VendorType),
}

/// The slots of a prepared target, one per field. A binding whose id is a reserved name is that field: ids of custom
/// fields (`e1_T`) never are.
pub(crate) fn slots(target: &Prepared) -> Vec<Slot> {
    target.fields.iter().zip(&target.target.fields).map(|(binding, spec)| slot(binding, spec)).collect()
}

/// The slot of one field.
pub(crate) fn slot(binding: &FieldBinding, spec: &FieldSpec) -> Slot {
    reserved_named(&binding.id).map_or_else(
        || Slot::Custom(VendorType::parse(&binding.vendor_type).unwrap_or(VendorType::of(&spec.field_type))),
        Slot::Reserved,
    )
}

/// What becomes of a record that must not be sent, where it is one.
pub(crate) fn held_back(record: &Record, slots: &[Slot], target: &Prepared) -> Option<Outcome> {
    if let Some(flaw) = key_flaw(&record.key) {
        return Some(Outcome::of_impossible_key(record, flaw.on_field("email")));
    }
    let flaw = record.fields.iter().find_map(|(index, value)| {
        let complaint = match slots.get(*index)? {
            Slot::Reserved(field) => reserved_flaw(field, value),
            Slot::Custom(vendor_type) => custom_flaw(*vendor_type, value),
        }?;
        Some(complaint.on_field(&target.target.fields.get(*index)?.name))
    });
    flaw.map(Outcome::from)
}

fn key_flaw(key: &Value) -> Option<Rejection> {
    let Value::Text(email) = key else {
        return Some(Rejection::permanent("invalid_email", "the key is not a text"));
    };
    (!is_email(email)).then(|| {
        Rejection::permanent("invalid_email", "the key is not an e-mail address that SendGrid takes")
            .with_hint("leave such rows out with the sync's `audience`")
    })
}

fn reserved_flaw(field: &Reserved, value: &Value) -> Option<Rejection> {
    match (field.form, value) {
        (_, Value::Null) => None,
        (Form::Emails, Value::List(items)) => {
            let right = |item: &Value| matches!(item, Value::Text(text) if is_email(text));
            (items.len() > MAX_ALTERNATES || !items.iter().all(right)).then(|| {
                Rejection::permanent(
                    "invalid_alternate_emails",
                    format!("more than {MAX_ALTERNATES} addresses, or one that is none"),
                )
            })
        }
        (Form::Phone, Value::Text(text)) => (!text.is_empty() && !is_phone(text)).then(|| {
            Rejection::permanent("invalid_phone", "the phone number is not written as E.164 wants it")
                .with_hint("write it with + and country code, digits only: +33142685300")
        }),
        (_, value) => field.max_chars.and_then(|most| too_long(value, most)),
    }
}

fn custom_flaw(vendor_type: VendorType, value: &Value) -> Option<Rejection> {
    match (vendor_type, value) {
        (_, Value::Null) => None,
        (VendorType::Text, value) => too_long(value, MAX_CUSTOM_CHARS),
        (VendorType::Number, value) => number_flaw(value),
        (VendorType::Date, Value::Date(day)) => date_flaw(day.year()),
        (VendorType::Date, Value::Timestamp(at)) => date_flaw(at.year()),
        (VendorType::Date, _) => Some(Rejection::permanent("invalid_date", "the value is not a date")),
    }
}

fn number_flaw(value: &Value) -> Option<Rejection> {
    let inexact = || {
        Rejection::permanent("inexact_number", "SendGrid would store another number: it keeps about 15 digits")
            .with_hint("round the value, or cast it to text")
    };
    match value {
        Value::Int(number) => (number.unsigned_abs() > EXACT).then(inexact),
        Value::Decimal(number) => exact_number(*number).is_none().then(inexact),
        Value::Float(number) => (!number.is_finite())
            .then(|| Rejection::permanent("invalid_number", "the value is infinite or not a number")),
        _ => Some(Rejection::permanent("invalid_number", "the value is not a number")),
    }
}

/// A decimal as the double that prints the same; none where it has too many digits for that. Both parts of the
/// division are exact, so its result is the nearest double.
pub(crate) fn exact_number(value: Decimal) -> Option<f64> {
    let (mut digits, mut scale) = (value.unscaled, value.scale);
    while scale > 0 && digits % 10 == 0 {
        (digits, scale) = (digits / 10, scale - 1);
    }
    if digits.unsigned_abs() >= EXACT_DIGITS {
        return None;
    }
    #[expect(clippy::cast_precision_loss, reason = "below 10^15 every whole number is a double")]
    let digits = digits as f64;
    POWERS.get(usize::from(scale)).map(|power| digits / power)
}

fn date_flaw(year: i32) -> Option<Rejection> {
    (!(1..=9999).contains(&year))
        .then(|| Rejection::permanent("invalid_date", "the year is not between 1 and 9999, as ISO 8601 writes it"))
}

fn too_long(value: &Value, most: usize) -> Option<Rejection> {
    let chars = match value {
        Value::Text(text) | Value::Json(text) if text.len() <= most => return None,
        Value::Text(text) | Value::Json(text) => text.chars().count(),
        Value::List(_) => value.to_text().chars().count(),
        _ => return None,
    };
    (chars > most).then(|| {
        Rejection::permanent("too_long", format!("the text has {chars} characters, and SendGrid takes {most}"))
            .with_hint(format!("shorten it in the mapping: left(…, {most})"))
    })
}

/// A date as SendGrid stores it: an instant in whole seconds.
pub(crate) fn midnight(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(chrono::NaiveTime::MIN).and_utc()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn code(flaw: Option<Rejection>) -> Option<String> {
        flaw.map(|rejection| rejection.code)
    }

    #[test]
    fn a_number_must_survive_a_double() {
        let number = |value| code(custom_flaw(VendorType::Number, &value));
        let decimal = |unscaled| Value::Decimal(Decimal { unscaled, scale: 2 });
        assert_eq!(number(Value::Int(1 << 53)), None);
        assert_eq!(number(Value::Int((1 << 53) + 1)).as_deref(), Some("inexact_number"));
        assert_eq!(number(decimal(123_456_789_012_345)), None);
        assert_eq!(number(decimal(12_345_678_901_234_567)).as_deref(), Some("inexact_number"));
        assert_eq!(number(decimal(-5)), None);
        assert_eq!(number(Value::Float(f64::NAN)).as_deref(), Some("invalid_number"));
        assert_eq!(number(Value::Float(f64::INFINITY)).as_deref(), Some("invalid_number"));
        assert_eq!(number(Value::Text("3".into())).as_deref(), Some("invalid_number"));
        assert_eq!(number(Value::Null), None);
    }

    #[test]
    fn a_date_must_have_a_year_of_four_digits() {
        let date =
            |year| code(custom_flaw(VendorType::Date, &Value::Date(NaiveDate::from_ymd_opt(year, 1, 1).unwrap())));
        assert_eq!(date(2026), None);
        assert_eq!(date(10_000).as_deref(), Some("invalid_date"));
        assert_eq!(date(-1).as_deref(), Some("invalid_date"));
    }

    #[test]
    fn lengths_count_characters_not_bytes() {
        let text = |chars: usize| code(custom_flaw(VendorType::Text, &Value::Text("é".repeat(chars))));
        assert_eq!(text(1000), None);
        assert_eq!(text(1001).as_deref(), Some("too_long"));
        let first_name = reserved_named("first_name").unwrap();
        assert_eq!(code(reserved_flaw(first_name, &Value::Text("é".repeat(51)))).as_deref(), Some("too_long"));
    }

    #[test]
    fn an_empty_phone_clears_and_a_wrong_one_is_held_back() {
        let phone =
            |text: &str| code(reserved_flaw(reserved_named("phone_number").unwrap(), &Value::Text(text.into())));
        assert_eq!(phone("+33142685300"), None);
        assert_eq!(phone(""), None);
        assert_eq!(phone("01 42 68 53 00").as_deref(), Some("invalid_phone"));
    }

    #[test]
    fn a_rejection_never_quotes_the_value() {
        let rejection =
            reserved_flaw(reserved_named("phone_number").unwrap(), &Value::Text("0142685399".into())).unwrap();
        assert!(!rejection.message.contains("0142685399"));
    }

    proptest! {
        #[test]
        fn a_decimal_is_the_double_that_prints_the_same(unscaled in -999_999_999_999_999_i64..=999_999_999_999_999, scale in 0_u8..20) {
            let number = Decimal { unscaled: unscaled.into(), scale };
            prop_assert_eq!(exact_number(number), number.to_string().parse().ok());
        }
    }
}
