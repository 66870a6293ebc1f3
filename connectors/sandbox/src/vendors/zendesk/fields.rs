//! User fields: what an account adds to its users.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use http::StatusCode;
use serde_json::{Value as Json, json};

use super::BASE;
use super::answers::{Refusal, instant};

/// The types of user fields that the fake knows (OpenAPI file; `regexp` and `lookup` are missing here).
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum FieldKind {
    Text,
    Textarea,
    Checkbox,
    Date,
    Integer,
    Decimal,
    Dropdown,
    Multiselect,
}

impl FieldKind {
    pub(super) fn has_options(self) -> bool {
        matches!(self, Self::Dropdown | Self::Multiselect)
    }
}

#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub(super) struct UserField {
    pub(super) key: String,
    pub(super) title: String,
    pub(super) kind: FieldKind,
    pub(super) active: bool,
    /// Name and value of each option. The value is a tag, and is what users hold.
    pub(super) options: Vec<(String, String)>,
    pub(super) created_at: DateTime<Utc>,
}

/// The fields of an account, by number.
#[derive(Debug, Default)]
pub(super) struct Fields {
    pub(super) all: BTreeMap<u64, UserField>,
    pub(super) last: u64,
}

/// What turns a number into the id that the vendor shows.
const ID_BASE: u64 = 7_000_000_000_000;

pub(super) fn field_id(number: u64) -> u64 {
    ID_BASE + number
}

impl Fields {
    pub(super) fn by_id(&self, id: &str) -> Option<u64> {
        let number = id.parse::<u64>().ok()?.checked_sub(ID_BASE)?;
        self.all.contains_key(&number).then_some(number)
    }

    /// An active field by its key. Keys are exact: users carry them in lower case or not as they were made.
    pub(super) fn by_key(&self, key: &str) -> Option<(u64, &UserField)> {
        self.all.iter().find(|(_, field)| field.active && field.key == key).map(|(number, field)| (*number, field))
    }

    /// Reads the body of a new field.
    pub(super) fn read(&self, body: &Json, now: DateTime<Utc>) -> Result<UserField, Refusal> {
        let field = &body["user_field"];
        let Some(field) = field.as_object() else { return Err(Refusal::malformed("user_field is required")) };
        let text = |name: &str| field.get(name).and_then(Json::as_str).unwrap_or_default();
        let (key, title) = (text("key"), text("title"));
        if title.trim().is_empty() {
            return Err(Refusal::invalid("title", "Title: cannot be blank"));
        }
        let is_right = key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            && key.bytes().any(|byte| !byte.is_ascii_digit());
        if !is_right {
            // Letters, digits, underscore, and not digits alone (OpenAPI file).
            return Err(Refusal::invalid("key", "Key: is invalid"));
        }
        if self.all.values().any(|known| known.key.eq_ignore_ascii_case(key)) {
            return Err(Refusal::invalid("key", "Key: has already been taken"));
        }
        let kind = field.get("type").cloned().unwrap_or(json!("text"));
        let Ok(kind) = serde_json::from_value::<FieldKind>(kind) else {
            return Err(Refusal::invalid("type", "Type: is not a type of user fields"));
        };
        let options = read_options(field.get("custom_field_options"))?;
        if kind.has_options() && options.is_empty() {
            return Err(Refusal::invalid("custom_field_options", "Options: cannot be blank"));
        }
        Ok(UserField { key: key.into(), title: title.into(), kind, active: true, options, created_at: now })
    }

    pub(super) fn to_json(number: u64, field: &UserField) -> Json {
        let id = field_id(number);
        let mut shown = json!({
            "url": format!("{BASE}/user_fields/{id}.json"), "id": id, "key": field.key, "type": field.kind,
            "title": field.title, "raw_title": field.title, "active": field.active, "system": false,
            "position": number, "regexp_for_validation": null, "created_at": instant(field.created_at),
        });
        if field.kind.has_options() {
            let options = field.options.iter().map(|(name, value)| json!({ "name": name, "value": value }));
            shown["custom_field_options"] = options.collect();
        }
        shown
    }
}

pub(super) fn read_options(value: Option<&Json>) -> Result<Vec<(String, String)>, Refusal> {
    let options = match value {
        None | Some(Json::Null) => return Ok(Vec::new()),
        Some(Json::Array(options)) => options,
        Some(_) => return Err(Refusal::malformed("custom_field_options must be a list")),
    };
    let read = |option: &Json| {
        let pair = (option["name"].as_str(), option["value"].as_str());
        let (Some(name), Some(value)) = pair else {
            return Err(Refusal::coded(StatusCode::UNPROCESSABLE_ENTITY, "RecordInvalid", "an option has no value"));
        };
        Ok((name.to_owned(), value.to_owned()))
    };
    options.iter().map(read).collect()
}
