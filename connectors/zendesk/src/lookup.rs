//! Users by external id, 100 at a time (`GET /users/show_many`), and by address, one at a time (`GET /users/search`).
//! External ids are read from the users themselves; the search by address asks an index that lags behind.

use std::collections::{BTreeSet, HashMap};

use lapwing_contract::{DestinationError, FieldBinding, FieldSpec, Prepared, Record, Value, agree};
use lapwing_http::{ApiRequest, Client};
use serde_json::Value as Json;

use crate::api::{MOST, QUOTA, SEARCH, SHOW_MANY, User, Users};
use crate::check::{Slot, slot, slots};
use crate::fields::{Form, VendorType};
use crate::request::{Rules, encode, fields, folded, has_email, lower};
use crate::tags;

/// Most bytes of the external ids of one look-up, encoded: a request line of 8 kB holds them. *Unverified*.
const MAX_QUERY_BYTES: usize = 6_000;

/// A search gives 10,000 users at most, 100 a page (OpenAPI file).
const MOST_SEARCHED_PAGES: usize = 100;

/// Users by external id: those that are there, by their external id in lower case.
pub(crate) async fn by_external_id(
    client: &Client,
    keys: Vec<String>,
) -> Result<HashMap<String, User>, DestinationError> {
    let mut found = HashMap::new();
    let (mut list, mut bytes, mut count) = (String::new(), 0, 0);
    for key in keys {
        // A list is separated by commas and trimmed.
        if key.contains(',') || key.trim() != key {
            let request = ApiRequest::get(SEARCH).query("external_id", key).quota(QUOTA);
            take(&mut found, client.send(request).await?.json()?);
            continue;
        }
        let size = url::form_urlencoded::byte_serialize(key.as_bytes()).map(str::len).sum::<usize>() + "%2C".len();
        if count == MOST || (count > 0 && bytes + size > MAX_QUERY_BYTES) {
            take(&mut found, show_many(client, std::mem::take(&mut list)).await?);
            (bytes, count) = (0, 0);
        }
        if count > 0 {
            list.push(',');
        }
        list.push_str(&key);
        (bytes, count) = (bytes + size, count + 1);
    }
    if count > 0 {
        take(&mut found, show_many(client, list).await?);
    }
    Ok(found)
}

async fn show_many(client: &Client, ids: String) -> Result<Users, DestinationError> {
    client.send(ApiRequest::get(SHOW_MANY).query("external_ids", ids).quota(QUOTA)).await?.json()
}

fn take(found: &mut HashMap<String, User>, users: Users) {
    let keyed = |user: User| Some((lower(user.external_id.as_ref()?), user));
    found.extend(users.users.into_iter().filter_map(keyed));
}

/// The user with this primary address. The search finds parts of addresses too; they are not meant, and may fill pages
/// before the one that is.
pub(crate) async fn by_email(client: &Client, key: &Value) -> Result<Option<User>, DestinationError> {
    let query = format!("email:\"{}\"", key.to_text().replace('"', ""));
    for page in 1..=MOST_SEARCHED_PAGES {
        let mut request = ApiRequest::get(SEARCH).query("query", query.clone()).quota(QUOTA);
        if page > 1 {
            request = request.query("page", page.to_string());
        }
        let found: Users = client.send(request).await?.json()?;
        let is_last = found.next_page.is_none();
        let user = found.users.into_iter().find(|user| has_email(user, key));
        if user.is_some() || is_last {
            return Ok(user);
        }
    }
    Ok(None)
}

/// Whether a user carries everything that a record wants of it.
pub(crate) fn carries(user: &User, record: &Record, target: &Prepared, rules: &Rules) -> bool {
    let slots = slots(target);
    let is_named = user.external_id.as_ref().is_some_and(|id| lower(id) == folded(&record.key));
    is_named
        && fields(record, &slots, target).all(|(slot, binding, value)| match slot {
            Slot::Own(field) => match field.form {
                Form::Closed => true,
                Form::Name | Form::Email if value.is_null() => true,
                Form::Email => has_email(user, value),
                Form::Tags => {
                    let ours = user.tags.iter().filter(|tag| tags::is_ours(tag, &rules.tag_prefix));
                    ours.cloned().collect::<BTreeSet<_>>() == tags::ours(value, &rules.tag_prefix)
                }
                Form::Id => user.own.get(field.name).unwrap_or(&Json::Null) == &value.to_json(),
                Form::Text if field.name == "external_id" => {
                    user.external_id.as_deref().unwrap_or_default() == value.to_text()
                }
                Form::Text | Form::Name => {
                    is_same(&crate::request::encode(VendorType::Text, value), user.own.get(field.name))
                }
            },
            Slot::Custom(kind) => is_same(&encode(kind, value), user.custom.get(&binding.id)),
        })
}

/// Whether what is there is what was sent: dates by their day, numbers by value, an empty text as none.
fn is_same(sent: &Json, there: Option<&Json>) -> bool {
    let there = there.unwrap_or(&Json::Null);
    match (sent, there) {
        (Json::Null, Json::String(text)) | (Json::String(text), Json::Null) => text.is_empty(),
        (Json::Bool(false), Json::Null) => true,
        (Json::Number(sent), Json::Number(there)) => sent == there || sent.as_f64() == there.as_f64(),
        (Json::String(sent), Json::String(there)) => {
            sent == there || (sent.len() == 10 && there.strip_prefix(sent.as_str()) == Some("T00:00:00+00:00"))
        }
        _ => sent == there,
    }
}

/// Whether what was read is what Zendesk shows of a value: a date has no time of day, tags have their own spelling, an
/// address is one in any case, and neither it nor a name is ever emptied.
pub(crate) fn agrees(target: &Prepared, field: usize, confirmed: &Value, read: &Value, rules: &Rules) -> bool {
    let (Some(binding), Some(spec)) = (target.fields.get(field), target.target.fields.get(field)) else {
        return agree(confirmed, read);
    };
    let shown = |json: &Json| agree(&Value::from_json(json, &spec.field_type), read);
    match slot(binding, spec) {
        Slot::Own(field) => match field.form {
            Form::Name | Form::Email if confirmed.is_null() => true,
            Form::Email => confirmed.to_text().to_lowercase() == read.to_text().to_lowercase(),
            Form::Tags => tags::ours(confirmed, &rules.tag_prefix) == tags::ours(read, &rules.tag_prefix),
            Form::Id => shown(&confirmed.to_json()),
            Form::Text | Form::Name | Form::Closed => agree(&Value::Text(confirmed.to_text()), &spelt(read)),
        },
        Slot::Custom(VendorType::Date) => day(confirmed) == day(read),
        Slot::Custom(VendorType::Multiselect) => picked(confirmed) == picked(read),
        // A checkbox that was never ticked may have no value at all.
        Slot::Custom(VendorType::Checkbox) => is_ticked(confirmed) == is_ticked(read),
        Slot::Custom(kind) => shown(&encode(kind, confirmed)),
    }
}

fn spelt(value: &Value) -> Value {
    if value.is_null() { Value::Null } else { Value::Text(value.to_text()) }
}

/// The day of a date, or what stands there instead of one.
fn day(value: &Value) -> Value {
    match value {
        Value::Timestamp(at) => Value::Date(at.date_naive()),
        other => other.clone(),
    }
}

fn picked(value: &Value) -> BTreeSet<String> {
    if let Value::List(items) = value { items.iter().map(Value::to_text).collect() } else { BTreeSet::new() }
}

fn is_ticked(value: &Value) -> bool {
    *value == Value::Bool(true)
}

/// The values of the target's fields, in order. What is empty there is null.
pub(crate) fn values(user: &User, target: &Prepared, rules: &Rules) -> Vec<Value> {
    let slots = slots(target);
    let fields = target.fields.iter().zip(&target.target.fields).zip(slots);
    fields.map(|((binding, spec), slot)| value(user, binding, spec, slot, rules)).collect()
}

fn value(user: &User, binding: &FieldBinding, spec: &FieldSpec, slot: Slot, rules: &Rules) -> Value {
    let text = |text: &Option<String>| text.clone().filter(|text| !text.is_empty()).map_or(Value::Null, Value::Text);
    match slot {
        Slot::Own(field) => match field.name {
            "email" => text(&user.email),
            "external_id" => text(&user.external_id),
            "tags" => {
                let ours = user.tags.iter().filter(|tag| tags::is_ours(tag, &rules.tag_prefix));
                let ours: Vec<Value> = ours.cloned().map(Value::Text).collect();
                if ours.is_empty() { Value::Null } else { Value::List(ours) }
            }
            name => user.own.get(name).map_or(Value::Null, |json| Value::from_json(json, &spec.field_type)),
        },
        Slot::Custom(_) => {
            user.custom.get(&binding.id).map_or(Value::Null, |json| Value::from_json(json, &spec.field_type))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lapwing_contract::{FieldType, Target};
    use serde_json::json;

    #[test]
    fn what_was_sent_is_recognised_as_zendesk_shows_it() {
        for (sent, there, same) in [
            (json!("2020-08-19"), json!("2020-08-19T00:00:00+00:00"), true),
            (json!("2020-08-19"), json!("2020-08-20T00:00:00+00:00"), false),
            (json!(null), json!(""), true),
            (json!(false), json!(null), true),
            (json!(3), json!(3.0), true),
            (json!(3), json!("3"), false),
            (json!("a"), json!("A"), false),
            (json!(["a"]), json!(["a"]), true),
        ] {
            assert_eq!(is_same(&sent, Some(&there)), same, "{sent} {there}");
        }
    }

    #[test]
    fn what_zendesk_makes_of_a_value_is_no_difference() {
        let text = |text: &str| Value::Text(text.into());
        let texts = |all: &[&str]| Value::List(all.iter().map(|one| text(one)).collect());
        let at = |text: &str| Value::Timestamp(text.parse().unwrap());
        let rules = Rules { creates: true, tag_prefix: "lapwing_".into() };
        for (name, kind, of, confirmed, read, same) in [
            ("seen", "date", FieldType::Timestamp, at("2026-05-04T08:00:00Z"), at("2026-05-04T00:00:00Z"), true),
            ("seen", "date", FieldType::Timestamp, at("2026-05-04T08:00:00Z"), at("2026-05-05T00:00:00Z"), false),
            ("tags", "system", FieldType::Text, text("At risk"), texts(&["lapwing_at_risk"]), true),
            ("tags", "system", FieldType::Text, text("late"), texts(&["lapwing_late", "lapwing_old"]), false),
            ("email", "system", FieldType::Text, text("Ada@x.org"), text("ada@x.org"), true),
            ("name", "system", FieldType::Text, Value::Null, text("Ada"), true),
            ("name", "system", FieldType::Text, text("Ada"), text("Bob"), false),
            ("vip", "checkbox", FieldType::Bool, Value::Null, Value::Bool(false), true),
            ("vip", "checkbox", FieldType::Bool, Value::Bool(true), Value::Null, false),
            ("kinds", "multiselect", FieldType::Text, texts(&["b", "a"]), texts(&["a", "b"]), true),
            ("score", "decimal", FieldType::Int, Value::Int(3), Value::Int(3), true),
        ] {
            let binding = |id: &str| FieldBinding::new(id, kind);
            let target = Prepared {
                target: Target::new(
                    "s",
                    "users",
                    FieldSpec::new("external_id", FieldType::Text),
                    vec![FieldSpec::new(name, of)],
                ),
                key: binding("external_id"),
                fields: vec![binding(name)],
                list_ids: Vec::new(),
            };
            assert_eq!(agrees(&target, 0, &confirmed, &read, &rules), same, "{name}");
        }
    }
}
