//! Types of fields: what each takes, and how a binding remembers it.

use lapwing_contract::FieldType;

use crate::api::DescribedField;

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum VendorType {
    /// Text of any kind: `string`, `textarea`, `email`, `phone`, `url`, `picklist`, `combobox`, `encryptedstring`.
    Text,
    /// Texts separated by `;`.
    MultiPicklist,
    /// The id of another record.
    Reference,
    /// True or false, never empty.
    Boolean,
    /// A double with so many digits before the point and behind it.
    Number { whole: u32, scale: u32 },
    /// A day.
    Date,
    /// An instant.
    DateTime,
}

/// Digits of a whole number (`int`) that names no limit: 32 bits.
const INT_DIGITS: u32 = 9;

impl VendorType {
    /// The type of a described field; none where Lapwing cannot write it (an address, a file, a time of day).
    pub(crate) fn of(field: &DescribedField) -> Option<Self> {
        Some(match field.vendor_type.as_str() {
            "double" | "currency" | "percent" => {
                Self::Number { whole: field.precision.saturating_sub(field.scale), scale: field.scale }
            }
            "int" | "long" => {
                Self::Number { whole: if field.digits > 0 { field.digits } else { INT_DIGITS }, scale: 0 }
            }
            name => Self::named(name)?,
        })
    }

    /// Reads what [`VendorType::name`] wrote.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        if let Some((_, limits)) = name.split_once('(') {
            let (whole, scale) = limits.strip_suffix(')')?.split_once(',')?;
            return Some(Self::Number { whole: whole.parse().ok()?, scale: scale.parse().ok()? });
        }
        Self::named(name)
    }

    /// The name that a binding keeps: Salesforce's own, with the digits before and behind the point for numbers.
    pub(crate) fn name(self, field: &DescribedField) -> String {
        match self {
            Self::Number { whole, scale } => format!("{}({whole},{scale})", field.vendor_type),
            _ => field.vendor_type.clone(),
        }
    }

    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "string" | "textarea" | "email" | "phone" | "url" | "picklist" | "combobox" | "encryptedstring" => {
                Self::Text
            }
            "multipicklist" => Self::MultiPicklist,
            "reference" => Self::Reference,
            "boolean" => Self::Boolean,
            "date" => Self::Date,
            "datetime" => Self::DateTime,
            _ => return None,
        })
    }

    /// Whether it takes values of a type; otherwise what the mapping has to be cast to.
    pub(crate) fn takes(self, field_type: &FieldType) -> Result<(), &'static str> {
        let (right, fix) = match self {
            // Everything has a text.
            Self::Text => (true, ""),
            Self::MultiPicklist => {
                let texts = matches!(field_type, FieldType::List(of) if **of == FieldType::Text);
                (texts || *field_type == FieldType::Text, "map a list of texts, or a text with `;` between the values")
            }
            Self::Reference => (*field_type == FieldType::Text, "map a text: the Salesforce id of the other record"),
            Self::Boolean => (*field_type == FieldType::Bool, "map a condition, such as `days_late > 0`"),
            Self::Number { .. } => {
                let number = matches!(field_type, FieldType::Int | FieldType::Decimal | FieldType::Float);
                (number, "cast the mapped value to a number")
            }
            Self::Date => (*field_type == FieldType::Date, "cast the mapped value to a date"),
            Self::DateTime => {
                (matches!(field_type, FieldType::Date | FieldType::Timestamp), "cast the mapped value to a timestamp")
            }
        };
        if right { Ok(()) } else { Err(fix) }
    }

    /// Whether lengths in characters hold for it.
    pub(crate) fn is_text(self) -> bool {
        matches!(self, Self::Text | Self::MultiPicklist)
    }
}

/// Whether this is the name of an object or a field of the API: letters, digits and `_`, no digit first.
pub(crate) fn is_api_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_alphabetic())
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(vendor_type: &str, precision: u32, scale: u32, digits: u32) -> DescribedField {
        DescribedField { vendor_type: vendor_type.into(), precision, scale, digits, ..DescribedField::default() }
    }

    #[test]
    fn a_binding_remembers_the_digits_of_a_number() {
        let currency = field("currency", 18, 2, 0);
        let kind = VendorType::of(&currency).unwrap();
        assert_eq!(kind.name(&currency), "currency(16,2)");
        assert_eq!(VendorType::parse("currency(16,2)"), Some(kind));
        assert_eq!(VendorType::of(&field("int", 0, 0, 8)), Some(VendorType::Number { whole: 8, scale: 0 }));
        assert_eq!(VendorType::parse("datetime"), Some(VendorType::DateTime));
        for odd in ["address", "double(", "double(x,2)", "base64", "time", ""] {
            assert_eq!(VendorType::parse(odd), None, "{odd}");
        }
    }

    #[test]
    fn values_that_do_not_fit_a_type_are_told_with_the_way_out() {
        use FieldType::{Bool, Date, Decimal, Float, Int, Json, List, Text, Timestamp};
        let number = VendorType::Number { whole: 16, scale: 2 };
        let texts = || List(Box::new(Text));
        for (kind, taken) in [
            (VendorType::Text, vec![Bool, Int, Decimal, Float, Text, Date, Timestamp, Json, texts()]),
            (number, vec![Int, Decimal, Float]),
            (VendorType::Boolean, vec![Bool]),
            (VendorType::Date, vec![Date]),
            (VendorType::DateTime, vec![Date, Timestamp]),
            (VendorType::Reference, vec![Text]),
            (VendorType::MultiPicklist, vec![Text, texts()]),
        ] {
            for field_type in [Bool, Int, Decimal, Float, Text, Date, Timestamp, Json, texts()] {
                assert_eq!(kind.takes(&field_type).is_ok(), taken.contains(&field_type), "{kind:?} {field_type}");
            }
        }
    }

    #[test]
    fn names_of_the_api_cannot_lead_elsewhere() {
        for (name, right) in [
            ("Contact", true),
            ("Loyal_ty__c", true),
            ("ns__Obj__c", true),
            ("1x", false),
            ("a-b", false),
            ("a/b", false),
            ("", false),
        ] {
            assert_eq!(is_api_name(name), right, "{name}");
        }
    }
}
