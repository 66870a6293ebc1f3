//! Contact fields: SendGrid's own, custom ones, their types and limits.

use lapwing_contract::FieldType;

/// Most custom fields of an account (SendGrid OpenAPI, tsg_mc_custom_fields_v3).
pub(crate) const MAX_CUSTOM_FIELDS: usize = 500;
/// Longest name of a custom field (the same).
pub(crate) const MAX_NAME_CHARS: usize = 100;
/// Longest custom text, in characters. *Unverified*.
pub(crate) const MAX_CUSTOM_CHARS: usize = 1000;
/// Most alternate addresses (SendGrid OpenAPI, tsg_mc_contacts_v3).
pub(crate) const MAX_ALTERNATES: usize = 5;

/// The three types of custom fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum VendorType {
    Text,
    Number,
    Date,
}

impl VendorType {
    /// The type that a field gets when it is created, and must have when it is there.
    pub(crate) fn of(field_type: &FieldType) -> Self {
        match field_type {
            FieldType::Int | FieldType::Decimal | FieldType::Float => Self::Number,
            FieldType::Date | FieldType::Timestamp => Self::Date,
            FieldType::Bool | FieldType::Text | FieldType::List(_) | FieldType::Json => Self::Text,
        }
    }

    /// SendGrid's name for it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Text => "Text",
            Self::Number => "Number",
            Self::Date => "Date",
        }
    }

    /// Reads SendGrid's name.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        [Self::Text, Self::Number, Self::Date].into_iter().find(|known| known.name().eq_ignore_ascii_case(name))
    }
}

/// How a reserved field is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// Any text.
    Text,
    /// The contact's address: the key.
    Email,
    /// A phone number as E.164 writes it.
    Phone,
    /// A list of addresses.
    Emails,
    /// Something else that identifies a contact, see [`Reserved`].
    Identifier,
    /// Written by SendGrid alone.
    ReadOnly,
}

/// A field that every account has.
///
/// An identifier beside the address is not written: SendGrid wants *all* identifiers of a contact in every update
/// (tsg_mc_contacts_v3), while a sync sends only what differs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reserved {
    pub(crate) name: &'static str,
    pub(crate) form: Form,
    /// Longest value in characters.
    pub(crate) max_chars: Option<usize>,
}

const fn reserved(name: &'static str, form: Form, max_chars: Option<usize>) -> Reserved {
    Reserved { name, form, max_chars }
}

/// Lengths: `ContactRequest` in tsg_mc_contacts_v3. `phone_number` to `unique_name` and the read-only ones: recorded
/// answers of `GET /v3/marketing/field_definitions`.
pub(crate) const RESERVED: &[Reserved] = &[
    reserved("email", Form::Email, Some(254)),
    reserved("first_name", Form::Text, Some(50)),
    reserved("last_name", Form::Text, Some(50)),
    reserved("address_line_1", Form::Text, Some(100)),
    reserved("address_line_2", Form::Text, Some(100)),
    reserved("city", Form::Text, Some(60)),
    reserved("state_province_region", Form::Text, Some(50)),
    reserved("country", Form::Text, Some(50)),
    reserved("postal_code", Form::Text, None),
    reserved("alternate_emails", Form::Emails, Some(254)),
    reserved("phone_number", Form::Phone, None),
    reserved("whatsapp", Form::Text, None),
    reserved("line", Form::Text, None),
    reserved("facebook", Form::Text, None),
    reserved("unique_name", Form::Text, None),
    reserved("phone_number_id", Form::Identifier, None),
    reserved("external_id", Form::Identifier, Some(254)),
    reserved("anonymous_id", Form::Identifier, Some(254)),
    reserved("email_domains", Form::ReadOnly, None),
    reserved("last_clicked", Form::ReadOnly, None),
    reserved("last_opened", Form::ReadOnly, None),
    reserved("last_emailed", Form::ReadOnly, None),
    reserved("singlesend_id", Form::ReadOnly, None),
    reserved("automation_id", Form::ReadOnly, None),
    reserved("created_at", Form::ReadOnly, None),
    reserved("updated_at", Form::ReadOnly, None),
    reserved("contact_id", Form::ReadOnly, None),
];

/// The reserved field of this name, in any case.
pub(crate) fn reserved_named(name: &str) -> Option<&'static Reserved> {
    RESERVED.iter().find(|field| field.name.eq_ignore_ascii_case(name))
}

/// Whether SendGrid takes this as the name of a custom field: `[A-Za-z_][A-Za-z0-9_]*` (tsg_mc_custom_fields_v3).
pub(crate) fn is_custom_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Whether a text looks like an address that SendGrid takes. This is meant to catch what is surely wrong; the vendor
/// names the rest. Which of the odd forms of RFC 5322 it takes is *unverified*.
pub(crate) fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let clean = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && !part.ends_with('.')
            && !part.contains("..")
            && !part.contains(|c: char| c.is_whitespace() || c.is_control() || "@,;<>()".contains(c))
    };
    clean(local) && local.len() <= 64 && clean(domain) && domain.contains('.') && text.len() <= 254
}

/// Whether a phone number is written as E.164 wants it: `+` and 2 to 15 digits, the first not 0
/// (segmentio/action-destinations checks the same before it calls SendGrid).
pub(crate) fn is_phone(text: &str) -> bool {
    let Some(digits) = text.strip_prefix('+') else { return false };
    (2..=15).contains(&digits.len()) && !digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_dates_keep_their_type_and_all_else_is_text() {
        use FieldType::{Bool, Date, Decimal, Float, Int, Json, List, Text, Timestamp};
        for (field_type, expected) in [
            (Int, VendorType::Number),
            (Decimal, VendorType::Number),
            (Float, VendorType::Number),
            (Date, VendorType::Date),
            (Timestamp, VendorType::Date),
            (Text, VendorType::Text),
            (Bool, VendorType::Text),
            (Json, VendorType::Text),
            (List(Box::new(Int)), VendorType::Text),
        ] {
            assert_eq!(VendorType::of(&field_type), expected, "{field_type}");
        }
    }

    #[test]
    fn names_of_custom_fields_follow_the_vendors_rule() {
        for (name, right) in
            [("days_late", true), ("_x1", true), ("1st", false), ("days late", false), ("", false), ("é", false)]
        {
            assert_eq!(is_custom_name(name), right, "{name}");
        }
    }

    #[test]
    fn what_is_surely_no_address_is_caught() {
        for right in ["ada@example.com", "o'brien+x@mail.example.co.uk"] {
            assert!(is_email(right), "{right}");
        }
        for wrong in
            ["000", "", "@b.io", "a@", "a@b", "a@@b.io", "a b@c.io", ".a@b.io", "a@b.io.", "a@b..io", "a,b@c.io"]
        {
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
}
