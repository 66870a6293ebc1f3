//! Contacts by address: `POST /v3/marketing/contacts/search/emails`, 100 at a time. Reads lag about 30 s behind writes
//! (recorded).

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate};
use lapwing_contract::{Decimal, DestinationError, FieldType, Prepared, Value, agree};
use lapwing_http::{ApiRequest, ApiResponse, Client};
use serde::Deserialize;
use serde_json::{Map, Value as Json, json};

use crate::api::{CONTACTS_QUOTA, SEARCH, or_default};
use crate::check::slot;
use crate::fields::reserved_named;
use crate::request::{encoded, lower};

/// Most addresses of one look-up (SendGrid OpenAPI, tsg_mc_contacts_v3).
pub(crate) const MAX_KEYS: usize = 100;

/// A contact as reads show it. Its custom fields are keyed by name here, by id on writes (recorded).
#[derive(Deserialize)]
pub(crate) struct Found {
    pub(crate) id: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) list_ids: Vec<String>,
    #[serde(default, deserialize_with = "or_default")]
    custom_fields: Map<String, Json>,
    #[serde(flatten)]
    reserved: Map<String, Json>,
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default, deserialize_with = "or_default")]
    result: HashMap<String, Entry>,
}

#[derive(Deserialize)]
struct Entry {
    #[serde(default)]
    contact: Option<Found>,
}

/// Looks contacts up, at most [`MAX_KEYS`]: those found, by address in lower case. `Err` in the inner result is an
/// answer that refuses the addresses.
pub(crate) async fn look_up<'a>(
    client: &Client,
    emails: impl IntoIterator<Item = &'a str>,
) -> Result<Result<HashMap<String, Found>, ApiResponse>, DestinationError> {
    let emails: Vec<_> = emails.into_iter().map(lower).collect();
    if emails.is_empty() {
        return Ok(Ok(HashMap::new()));
    }
    let request = ApiRequest::post(SEARCH)
        .read_only()
        .json(&json!({ "emails": emails }))
        .quota(CONTACTS_QUOTA)
        // 404: none of them is known.
        .expect(&[400, 404]);
    let answer = client.send(request).await?;
    match answer.status.as_u16() {
        404 => Ok(Ok(HashMap::new())),
        400 => Ok(Err(answer)),
        _ => {
            let found = answer.json::<Answer>()?.result.into_iter();
            let found = found.filter_map(|(email, entry)| Some((email.to_lowercase(), entry.contact?)));
            Ok(Ok(found.filter(|(email, contact)| contact.is_keyed_by(email)).collect()))
        }
    }
}

/// The contacts of these addresses, by address in lower case. One address that SendGrid does not take refuses the whole
/// look-up, so a refused one is halved until that address stands alone: no contact has it.
pub(crate) async fn all_known(client: &Client, emails: Vec<&str>) -> Result<HashMap<String, Found>, DestinationError> {
    let mut all = HashMap::new();
    let mut parts = vec![emails];
    while let Some(part) = parts.pop() {
        match look_up(client, part.iter().copied()).await? {
            Ok(found) => all.extend(found),
            Err(_) if part.len() > 1 => {
                let (first, second) = part.split_at(part.len() / 2);
                parts.extend([second.to_vec(), first.to_vec()]);
            }
            Err(_) => {}
        }
    }
    Ok(all)
}

impl Found {
    /// The search finds alternate addresses too; a contact of another key is another contact, and must not be deleted.
    fn is_keyed_by(&self, email: &str) -> bool {
        self.reserved.get("email").and_then(Json::as_str).is_some_and(|own| own.to_lowercase() == email)
    }

    /// The values of the target's fields, in order. What is empty there is null: clearing writes the empty text.
    pub(crate) fn values(&self, target: &Prepared) -> Vec<Value> {
        let value = |(binding, spec): (&lapwing_contract::FieldBinding, &lapwing_contract::FieldSpec)| {
            let json = match reserved_named(&binding.id) {
                Some(field) => self.reserved.get(field.name),
                None => named(&self.custom_fields, &spec.name),
            };
            json.map_or(Value::Null, |json| from_json(json, &spec.field_type))
        };
        target.fields.iter().zip(&target.target.fields).map(value).collect()
    }
}

/// Whether what was read is what SendGrid shows of a value: a Date holds whole seconds, an address has lost its case.
pub(crate) fn agrees(target: &Prepared, field: usize, confirmed: &Value, read: &Value) -> bool {
    let (Some(binding), Some(spec)) = (target.fields.get(field), target.target.fields.get(field)) else {
        return agree(confirmed, read);
    };
    agree(&from_json(&encoded(slot(binding, spec), confirmed), &spec.field_type), read)
}

fn named<'a>(fields: &'a Map<String, Json>, name: &str) -> Option<&'a Json> {
    fields
        .get(name)
        .or_else(|| fields.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value))
}

/// A value as the field's type. What cannot be read as that type is given as text, so that a difference shows.
fn from_json(json: &Json, field_type: &FieldType) -> Value {
    let text = match json {
        Json::Null => return Value::Null,
        Json::String(text) if text.is_empty() => return Value::Null,
        Json::Array(items) if items.is_empty() => return Value::Null,
        Json::String(text) => text.clone(),
        other => other.to_string(),
    };
    let typed = match field_type {
        FieldType::Text => None,
        FieldType::Json => Some(Value::Json(text.clone())),
        FieldType::Bool => text.parse().ok().map(Value::Bool),
        FieldType::Int => whole(&text).map(Value::Int),
        FieldType::Float => text.parse().ok().map(Value::Float),
        FieldType::Decimal => decimal(&text).map(Value::Decimal),
        FieldType::Date => text.get(..10).and_then(|day| day.parse::<NaiveDate>().ok()).map(Value::Date),
        FieldType::Timestamp => DateTime::parse_from_rfc3339(&text).ok().map(|at| Value::Timestamp(at.to_utc())),
        FieldType::List(of) => list(json, &text, of),
    };
    typed.unwrap_or(Value::Text(text))
}

/// `3` and `3.0` are the whole number 3: a Number is a double.
fn whole(text: &str) -> Option<i64> {
    let (digits, fraction) = text.split_once('.').unwrap_or((text, ""));
    digits.parse().ok().filter(|_| fraction.bytes().all(|byte| byte == b'0'))
}

fn decimal(text: &str) -> Option<Decimal> {
    let (digits, fraction) = text.split_once('.').unwrap_or((text, ""));
    let fraction = fraction.trim_end_matches('0');
    let unscaled = format!("{digits}{fraction}").parse().ok()?;
    Some(Decimal { unscaled, scale: u8::try_from(fraction.len()).ok()? })
}

/// A real list (`alternate_emails`), or one that was written as the JSON text of a custom field.
fn list(json: &Json, text: &str, of: &FieldType) -> Option<Value> {
    let items = match json {
        Json::Array(items) => items.clone(),
        _ => serde_json::from_str(text).ok()?,
    };
    Some(Value::List(items.iter().map(|item| from_json(item, of)).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_as_it_was() {
        let decimal = |unscaled, scale| Value::Decimal(Decimal { unscaled, scale });
        for (json, field_type, expected) in [
            (json!("Ada"), FieldType::Text, Value::Text("Ada".into())),
            (json!(3.0), FieldType::Int, Value::Int(3)),
            (json!(-3), FieldType::Int, Value::Int(-3)),
            (json!(15.5), FieldType::Decimal, decimal(155, 1)),
            (json!(-0.07), FieldType::Decimal, decimal(-7, 2)),
            (json!("true"), FieldType::Bool, Value::Bool(true)),
            (json!("2021-02-11T00:00:00Z"), FieldType::Date, Value::Date("2021-02-11".parse().unwrap())),
            (
                json!("2021-02-11T23:03:03Z"),
                FieldType::Timestamp,
                Value::Timestamp("2021-02-11T23:03:03Z".parse().unwrap()),
            ),
            (
                json!("[1,2]"),
                FieldType::List(Box::new(FieldType::Int)),
                Value::List(vec![Value::Int(1), Value::Int(2)]),
            ),
            (json!(""), FieldType::Text, Value::Null),
            (json!(null), FieldType::Date, Value::Null),
            (json!("many"), FieldType::Int, Value::Text("many".into())),
        ] {
            assert!(from_json(&json, &field_type) == expected, "{json} as {field_type}");
        }
    }
}
