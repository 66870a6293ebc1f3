//! Values as they travel from the engine to a vendor, without loss.

use std::fmt;

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};

/// The type of a mapped field, as the engine derived it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldType {
    /// True or false.
    Bool,
    /// A whole number of 64 bits.
    Int,
    /// An exact decimal number: money.
    Decimal,
    /// A binary floating-point number.
    Float,
    /// Unicode text.
    Text,
    /// A calendar date (UTC).
    Date,
    /// An instant, microseconds, UTC.
    Timestamp,
    /// An ordered list of one type.
    List(Box<FieldType>),
    /// A JSON document, kept as text.
    Json,
}

impl fmt::Display for FieldType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool => f.write_str("bool"),
            Self::Int => f.write_str("int"),
            Self::Decimal => f.write_str("decimal"),
            Self::Float => f.write_str("float"),
            Self::Text => f.write_str("text"),
            Self::Date => f.write_str("date"),
            Self::Timestamp => f.write_str("timestamp"),
            Self::List(of) => write!(f, "list of {of}"),
            Self::Json => f.write_str("json"),
        }
    }
}

/// An exact decimal: `unscaled / 10^scale`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Decimal {
    /// The digits, as a whole number.
    pub unscaled: i128,
    /// How many of the digits stand behind the point.
    pub scale: u8,
}

impl fmt::Display for Decimal {
    /// Writes plain digits without trailing zeros: `12.5`, `-0.07`, `3`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scale = usize::from(self.scale);
        let mut digits = format!("{:0>width$}", self.unscaled.unsigned_abs(), width = scale + 1);
        let fraction = digits.split_off(digits.len() - scale);
        let fraction = fraction.trim_end_matches('0');
        if self.unscaled < 0 {
            f.write_str("-")?;
        }
        f.write_str(&digits)?;
        if fraction.is_empty() { Ok(()) } else { write!(f, ".{fraction}") }
    }
}

/// One value of one field. `Null` means: the customer has no such value.
#[derive(Clone, PartialEq)]
pub enum Value {
    /// No value. Whether it clears the field is the field's null policy.
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// An exact decimal.
    Decimal(Decimal),
    /// A floating-point number; never NaN or infinite in a snapshot.
    Float(f64),
    /// Text.
    Text(String),
    /// A calendar date.
    Date(NaiveDate),
    /// An instant in UTC.
    Timestamp(DateTime<Utc>),
    /// A list.
    List(Vec<Value>),
    /// A JSON document as text.
    Json(String),
}

impl Value {
    /// Whether this is [`Value::Null`].
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The value as JSON. Decimals become JSON numbers where a double holds them exactly as written, else strings;
    /// whole numbers stay whole; dates are `YYYY-MM-DD`, instants RFC 3339 with `Z`; a NaN or infinity is null.
    pub fn to_json(&self) -> serde_json::Value {
        use serde_json::Value as Json;
        match self {
            Self::Null => Json::Null,
            Self::Bool(value) => Json::Bool(*value),
            Self::Int(value) => Json::from(*value),
            Self::Decimal(value) => decimal_to_json(*value),
            Self::Float(value) => Json::from(*value),
            Self::Text(value) => Json::String(value.clone()),
            Self::Date(_) | Self::Timestamp(_) => Json::String(self.to_text()),
            Self::List(items) => items.iter().map(Self::to_json).collect(),
            Self::Json(text) => serde_json::from_str(text).unwrap_or_else(|_| Json::String(text.clone())),
        }
    }

    /// The value as text, for destinations that know only text and for keys. Null is the empty text.
    pub fn to_text(&self) -> String {
        match self {
            Self::Null => String::new(),
            Self::Bool(value) => value.to_string(),
            Self::Int(value) => value.to_string(),
            Self::Decimal(value) => value.to_string(),
            Self::Float(value) => value.to_string(),
            Self::Text(value) | Self::Json(value) => value.clone(),
            Self::Date(value) => value.format("%Y-%m-%d").to_string(),
            Self::Timestamp(value) => value.to_rfc3339_opts(SecondsFormat::AutoSi, true),
            Self::List(_) => self.to_json().to_string(),
        }
    }

    fn shape(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Decimal(_) => "decimal",
            Self::Float(_) => "float",
            Self::Text(_) => "text",
            Self::Date(_) => "date",
            Self::Timestamp(_) => "timestamp",
            Self::List(_) => "list",
            Self::Json(_) => "json",
        }
    }
}

/// A decimal of up to 15 significant digits survives the way through a double; a longer one is sent as text rather
/// than rounded in silence.
fn decimal_to_json(value: Decimal) -> serde_json::Value {
    let text = value.to_string();
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    if !text.contains('.') {
        if let Ok(whole) = text.parse::<i64>() {
            return serde_json::Value::from(whole);
        }
    } else if digits <= 15
        && let Ok(number) = text.parse::<f64>()
    {
        return serde_json::Value::from(number);
    }
    serde_json::Value::String(text)
}

impl fmt::Debug for Value {
    /// Shows the shape, never the content.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) | Self::Json(text) => write!(f, "{}({} bytes)", self.shape(), text.len()),
            Self::List(items) => write!(f, "list({} items)", items.len()),
            _ => f.write_str(self.shape()),
        }
    }
}

impl fmt::Debug for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "decimal(scale {})", self.scale)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decimal(unscaled: i128, scale: u8) -> Value {
        Value::Decimal(Decimal { unscaled, scale })
    }

    #[test]
    fn decimals_are_written_plainly() {
        assert_eq!(decimal(1250, 2).to_text(), "12.5");
        assert_eq!(decimal(-7, 2).to_text(), "-0.07");
        assert_eq!(decimal(300, 2).to_text(), "3");
        assert_eq!(decimal(0, 4).to_text(), "0");
    }

    #[test]
    fn a_decimal_too_long_for_a_double_travels_as_text() {
        assert_eq!(decimal(1250, 2).to_json(), serde_json::json!(12.5));
        assert_eq!(decimal(12_345_678_901_234_567, 2).to_json(), serde_json::json!("123456789012345.67"));
    }

    #[test]
    fn whole_numbers_beyond_two_to_the_fifty_third_keep_every_digit() {
        assert_eq!(Value::Int(9_007_199_254_740_993).to_json().to_string(), "9007199254740993");
    }

    #[test]
    fn debug_never_shows_content() {
        let shown = format!("{:?}", [Value::Text("ada@example.com".into()), Value::Int(42), decimal(4711, 2)]);
        assert!(!shown.contains("ada") && !shown.contains("42") && !shown.contains("47"), "{shown}");
    }

    proptest! {
        #[test]
        fn decimal_text_reads_back_as_the_same_number(unscaled in -1_000_000_000_000_i64..1_000_000_000_000, scale in 0_u8..6) {
            let text = decimal(i128::from(unscaled), scale).to_text();
            let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
            let padded = format!("{whole}{fraction:0<width$}", width = usize::from(scale));
            prop_assert_eq!(padded.parse::<i64>(), Ok(unscaled));
        }
    }
}
