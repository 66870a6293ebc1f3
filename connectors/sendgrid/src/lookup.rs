//! Contacts by address: `POST /v3/marketing/contacts/search/emails`, 100 at a time. Reads lag about 30 s behind writes
//! (recorded).

use std::collections::HashMap;

use lapwing_contract::{DestinationError, Prepared, Value, agree};
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
            json.map_or(Value::Null, |json| Value::from_json(json, &spec.field_type))
        };
        target.fields.iter().zip(&target.target.fields).map(value).collect()
    }
}

/// Whether what was read is what SendGrid shows of a value: a Date holds whole seconds, an address has lost its case.
pub(crate) fn agrees(target: &Prepared, field: usize, confirmed: &Value, read: &Value) -> bool {
    let (Some(binding), Some(spec)) = (target.fields.get(field), target.target.fields.get(field)) else {
        return agree(confirmed, read);
    };
    agree(&Value::from_json(&encoded(slot(binding, spec), confirmed), &spec.field_type), read)
}

fn named<'a>(fields: &'a Map<String, Json>, name: &str) -> Option<&'a Json> {
    fields
        .get(name)
        .or_else(|| fields.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value))
}
