//! Looks at every record before it is sent: Google refuses a whole batch for one value that it cannot take.

use std::collections::HashSet;

use chrono::Datelike;
use lapwing_contract::{Batch, FieldSpec, Outcome, Record, Rejection, Value};

/// Most characters of a cell (documented); counted as UTF-16 units, which is *unverified* and the stricter guess.
pub(crate) const MAX_CHARS: usize = 50_000;

/// What becomes of a record that is not sent, where it is not sent.
pub(crate) type Held = Vec<Option<Outcome>>;

/// Checks the records of a batch: for each, a rejection or nothing.
pub(crate) fn held_back(batch: &Batch) -> Held {
    let target = &batch.target.target;
    let mut seen = HashSet::with_capacity(batch.records.len());
    let check = |record: &Record| {
        let key = record.key.to_text();
        if let Some(flaw) = key_flaw(&key) {
            return Some(Outcome::of_impossible_key(record, flaw.on_field(&target.key.name)));
        }
        let repeated = || {
            Rejection::permanent("duplicate_in_batch", "the key comes twice in one batch").on_field(&target.key.name)
        };
        fields(record, &target.fields).or_else(|| (!seen.insert(key)).then(repeated)).map(Outcome::from)
    };
    batch.records.iter().map(check).collect()
}

fn key_flaw(key: &str) -> Option<Rejection> {
    if key.is_empty() {
        return Some(Rejection::permanent("empty_key", "the key is empty"));
    }
    text_flaw(key)
}

fn fields(record: &Record, specs: &[FieldSpec]) -> Option<Rejection> {
    record.fields.iter().find_map(|(index, value)| Some(flaw(value)?.on_field(&specs.get(*index)?.name)))
}

fn flaw(value: &Value) -> Option<Rejection> {
    match value {
        Value::Float(number) if !number.is_finite() => {
            Some(Rejection::permanent("invalid_number", "the value is infinite or not a number"))
        }
        Value::Date(day) => date_flaw(day.year()),
        Value::Timestamp(at) => date_flaw(at.year()),
        Value::Text(text) | Value::Json(text) => text_flaw(text),
        Value::List(_) => text_flaw(&value.to_text()),
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::Decimal(_) | Value::Float(_) => None,
    }
}

fn date_flaw(year: i32) -> Option<Rejection> {
    (!(1..=9999).contains(&year))
        .then(|| Rejection::permanent("invalid_date", "the year is not between 1 and 9999, which Sheets can show"))
}

fn text_flaw(text: &str) -> Option<Rejection> {
    // *Unverified* what Sheets makes of it; no sheet shows it.
    if text.contains('\0') {
        return Some(Rejection::permanent("invalid_text", "the text holds the character U+0000"));
    }
    if text.len() <= MAX_CHARS {
        return None;
    }
    let chars = text.encode_utf16().count();
    (chars > MAX_CHARS).then(|| {
        Rejection::permanent("too_long", format!("the text has {chars} characters, and a cell takes {MAX_CHARS}"))
            .with_hint(format!("shorten it in the mapping: left(…, {MAX_CHARS})"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(value: &Value) -> Option<String> {
        flaw(value).map(|flaw| flaw.code)
    }

    #[test]
    fn what_a_cell_cannot_hold_is_held_back() {
        assert_eq!(code(&Value::Float(f64::NAN)).as_deref(), Some("invalid_number"));
        assert_eq!(code(&Value::Float(f64::INFINITY)).as_deref(), Some("invalid_number"));
        assert_eq!(code(&Value::Text("é".repeat(50_000))), None);
        assert_eq!(code(&Value::Text("é".repeat(50_001))).as_deref(), Some("too_long"));
        assert_eq!(code(&Value::Text("☂️".repeat(25_001))).as_deref(), Some("too_long"));
        assert_eq!(code(&Value::Text("a\0b".into())).as_deref(), Some("invalid_text"));
        let year = |year| Value::Date(chrono::NaiveDate::from_ymd_opt(year, 1, 1).unwrap());
        assert_eq!(code(&year(10_000)).as_deref(), Some("invalid_date"));
        assert_eq!(code(&year(1850)), None);
    }

    #[test]
    fn a_rejection_never_quotes_the_value() {
        let rejection = text_flaw(&"secret".repeat(10_000)).unwrap();
        assert!(!rejection.message.contains("secret"));
    }
}
