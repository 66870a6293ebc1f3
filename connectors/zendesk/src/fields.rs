//! The fields of a user: Zendesk's own, and user fields with their types.

use lapwing_contract::FieldType;

/// Longest external id, in characters. *Unverified*: the usual width of such a column.
pub(crate) const MAX_KEY_CHARS: usize = 255;

/// The types of user fields (OpenAPI file). `lookup` is not written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum VendorType {
    Text,
    Textarea,
    Regexp,
    Checkbox,
    Date,
    Integer,
    Decimal,
    Dropdown,
    Multiselect,
}

impl VendorType {
    const ALL: [Self; 9] = [
        Self::Text,
        Self::Textarea,
        Self::Regexp,
        Self::Checkbox,
        Self::Date,
        Self::Integer,
        Self::Decimal,
        Self::Dropdown,
        Self::Multiselect,
    ];

    /// The type that a field gets when it is created.
    pub(crate) fn of(field_type: &FieldType) -> Self {
        match field_type {
            FieldType::Bool => Self::Checkbox,
            FieldType::Int => Self::Integer,
            FieldType::Decimal | FieldType::Float => Self::Decimal,
            FieldType::Text => Self::Text,
            FieldType::Date | FieldType::Timestamp => Self::Date,
            FieldType::List(_) | FieldType::Json => Self::Textarea,
        }
    }

    /// Zendesk's name for it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Textarea => "textarea",
            Self::Regexp => "regexp",
            Self::Checkbox => "checkbox",
            Self::Date => "date",
            Self::Integer => "integer",
            Self::Decimal => "decimal",
            Self::Dropdown => "dropdown",
            Self::Multiselect => "multiselect",
        }
    }

    /// Reads Zendesk's name.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name().eq_ignore_ascii_case(name))
    }

    /// Whether a field of this type takes values of that type.
    pub(crate) fn takes(self, field_type: &FieldType) -> bool {
        match self {
            Self::Text | Self::Textarea => {
                matches!(field_type, FieldType::Text | FieldType::Json | FieldType::List(_))
            }
            Self::Regexp | Self::Dropdown => *field_type == FieldType::Text,
            Self::Checkbox => *field_type == FieldType::Bool,
            Self::Date => matches!(field_type, FieldType::Date | FieldType::Timestamp),
            Self::Integer => *field_type == FieldType::Int,
            Self::Decimal => matches!(field_type, FieldType::Int | FieldType::Decimal | FieldType::Float),
            Self::Multiselect => matches!(field_type, FieldType::List(of) if **of == FieldType::Text),
        }
    }

    /// What a mapping has to be cast to.
    pub(crate) fn wanted(self) -> &'static str {
        match self {
            Self::Text | Self::Textarea | Self::Regexp => "cast the mapped value to text",
            Self::Checkbox => "map a boolean",
            Self::Date => "cast the mapped value to a date",
            Self::Integer => "cast the mapped value to a whole number",
            Self::Decimal => "cast the mapped value to a number",
            Self::Dropdown => "map a text: the value (tag) of an option, not its name",
            Self::Multiselect => "map a list of texts: the values (tags) of options",
        }
    }
}

/// How one of Zendesk's own fields is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// A text; null empties it.
    Text,
    /// The name: a text that cannot be emptied.
    Name,
    /// An address: written only where it does not become a second identity, see `look.rs`.
    Email,
    /// A whole number.
    Id,
    /// Merged with the tags of others, see `tags.rs`.
    Tags,
    /// Not written by a sync.
    Closed,
}

/// A field that every user has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct System {
    pub(crate) name: &'static str,
    pub(crate) form: Form,
}

const fn system(name: &'static str, form: Form) -> System {
    System { name, form }
}

/// `UserMergeInput` and `UserForAdmin` of the OpenAPI file.
pub(crate) const SYSTEM: &[System] = &[
    system("external_id", Form::Text),
    system("email", Form::Email),
    system("name", Form::Name),
    system("phone", Form::Text),
    system("notes", Form::Text),
    system("details", Form::Text),
    system("alias", Form::Text),
    system("locale", Form::Text),
    system("time_zone", Form::Text),
    system("organization_id", Form::Id),
    system("tags", Form::Tags),
    system("id", Form::Closed),
    system("role", Form::Closed),
    system("custom_role_id", Form::Closed),
    system("role_type", Form::Closed),
    system("password", Form::Closed),
    system("verified", Form::Closed),
    system("suspended", Form::Closed),
    system("active", Form::Closed),
    system("identities", Form::Closed),
    system("user_fields", Form::Closed),
    system("skip_verify_email", Form::Closed),
    system("created_at", Form::Closed),
    system("updated_at", Form::Closed),
    system("last_login_at", Form::Closed),
    system("url", Form::Closed),
];

/// The own field of this name, in any case.
pub(crate) fn system_named(name: &str) -> Option<&'static System> {
    SYSTEM.iter().find(|field| field.name.eq_ignore_ascii_case(name))
}

/// Whether Zendesk takes this as the key of a user field: letters, digits, underscore, and not digits alone (OpenAPI
/// file).
pub(crate) fn is_field_key(key: &str) -> bool {
    key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && key.bytes().any(|byte| !byte.is_ascii_digit())
}

/// Whether a text looks like an address. This is meant to catch what is surely wrong; the vendor names the rest.
pub(crate) fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let clean = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && !part.ends_with('.')
            && !part.contains(|c: char| c.is_whitespace() || c.is_control() || "@,;<>()\"".contains(c))
    };
    clean(local) && clean(domain) && domain.contains('.') && text.len() <= 254
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_that_is_created_takes_what_it_was_created_for() {
        use FieldType::{Bool, Date, Decimal, Float, Int, Json, List, Text, Timestamp};
        for of in [Bool, Int, Decimal, Float, Text, Date, Timestamp, Json, List(Box::new(Int))] {
            assert!(VendorType::of(&of).takes(&of), "{of}");
        }
        assert!(!VendorType::Integer.takes(&Float) && !VendorType::Dropdown.takes(&Bool));
        assert!(VendorType::Multiselect.takes(&List(Box::new(Text))));
    }

    #[test]
    fn keys_of_user_fields_follow_the_vendors_rule() {
        for (key, right) in [("days_late", true), ("1st", true), ("123", false), ("days late", false), ("", false)] {
            assert_eq!(is_field_key(key), right, "{key}");
        }
    }

    #[test]
    fn what_is_surely_no_address_is_caught() {
        for right in ["ada@example.com", "o'brien+x@mail.example.co.uk", "badmail@example.1"] {
            assert!(is_email(right), "{right}");
        }
        for wrong in ["000", "", "@b.io", "a@", "a@b", "a b@c.io", "a\"@b.io", ".a@b.io"] {
            assert!(!is_email(wrong), "{wrong}");
        }
    }
}
