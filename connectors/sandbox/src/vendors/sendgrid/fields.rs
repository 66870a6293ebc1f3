//! Field definitions: the reserved fields, and the custom ones that the account adds.

use std::collections::BTreeMap;

use axum::Extension;
use axum::extract::{Path, State};
use axum::response::IntoResponse;
use bytes::Bytes;
use http::StatusCode;
use serde_json::{Value as Json, json};

use super::answers::{Answer, Fault, Refusal, answer, changed, json_body};
use super::{BASE, Shared};
use crate::Now;
use crate::sandbox::lock;

/// Reserved fields as the vendor lists them: name, type, read-only. Ids count from `_rf0`. Source: the example of
/// `GET /v3/marketing/field_definitions` in the vendor's OpenAPI file, and recordings.
const RESERVED: [(&str, FieldKind, bool); 24] = [
    ("first_name", FieldKind::Text, false),
    ("last_name", FieldKind::Text, false),
    ("email", FieldKind::Text, false),
    ("alternate_emails", FieldKind::Text, false),
    ("address_line_1", FieldKind::Text, false),
    ("address_line_2", FieldKind::Text, false),
    ("city", FieldKind::Text, false),
    ("state_province_region", FieldKind::Text, false),
    ("postal_code", FieldKind::Text, false),
    ("country", FieldKind::Text, false),
    ("phone_number", FieldKind::Text, false),
    ("whatsapp", FieldKind::Text, false),
    ("line", FieldKind::Text, false),
    ("facebook", FieldKind::Text, false),
    ("unique_name", FieldKind::Text, false),
    ("email_domains", FieldKind::Text, true),
    ("last_clicked", FieldKind::Date, true),
    ("last_opened", FieldKind::Date, true),
    ("last_emailed", FieldKind::Date, true),
    ("singlesend_id", FieldKind::Text, true),
    ("automation_id", FieldKind::Text, true),
    ("created_at", FieldKind::Date, true),
    ("updated_at", FieldKind::Date, true),
    ("contact_id", FieldKind::Text, true),
];

/// Written like reserved fields but not in the list above; their names are taken all the same.
const IDENTIFIERS: [&str; 3] = ["phone_number_id", "external_id", "anonymous_id"];

/// The three types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) enum FieldKind {
    Text,
    Number,
    Date,
}

impl FieldKind {
    fn letter(self) -> char {
        match self {
            Self::Text => 'T',
            Self::Number => 'N',
            Self::Date => 'D',
        }
    }
}

/// A custom field. Its id is `e<number>_<letter>`.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub(super) struct CustomField {
    pub(super) name: String,
    pub(super) kind: FieldKind,
}

/// The custom fields by number; numbers are not used again.
#[derive(Debug, Default)]
pub(super) struct Fields {
    pub(super) custom: BTreeMap<u16, CustomField>,
    pub(super) last: u16,
}

impl Fields {
    /// The field with this id.
    pub(super) fn by_id(&self, id: &str) -> Option<(u16, &CustomField)> {
        let number = id.strip_prefix('e')?.split_once('_')?.0.parse().ok()?;
        let field = self.custom.get(&number)?;
        (field_id(number, field.kind) == id).then_some((number, field))
    }

    /// What is wrong with a name for the field `own` (none for a new one), by the rules of the vendor's OpenAPI file.
    fn check_name(&self, name: &str, own: Option<u16>) -> Result<(), Fault> {
        let rest_right = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        let first_right = name.bytes().next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_');
        if name.is_empty() || name.len() > 100 {
            return Err(Fault::on("name", "name must be between 1 and 100 characters"));
        }
        if !(rest_right && first_right) {
            return Err(Fault::on(
                "name",
                "name must contain only alphanumeric characters and underscores, and begin with a letter or underscore",
            ));
        }
        let reserved = RESERVED.iter().map(|(reserved, ..)| *reserved).chain(IDENTIFIERS);
        if reserved.into_iter().any(|reserved| reserved.eq_ignore_ascii_case(name)) {
            return Err(Fault::on("name", format!("name '{name}' is a reserved field")));
        }
        let taken =
            self.custom.iter().any(|(number, field)| Some(*number) != own && field.name.eq_ignore_ascii_case(name));
        if taken { Err(Fault::on("name", format!("field name '{name}' already exists"))) } else { Ok(()) }
    }
}

/// `e1_T`, as recorded.
pub(super) fn field_id(number: u16, kind: FieldKind) -> String {
    format!("e{number}_{}", kind.letter())
}

fn field_json(number: u16, field: &CustomField) -> Json {
    let id = field_id(number, field.kind);
    let link = format!("{BASE}/marketing/field_definitions/{id}");
    json!({ "id": id, "name": field.name, "field_type": field.kind, "_metadata": { "self": link } })
}

/// `GET /v3/marketing/field_definitions`. Without custom fields the key is absent (Grouparoo's client guards it).
pub(super) async fn list(State(shared): State<Shared>) -> Answer {
    let account = lock(&shared.account);
    let mut body = serde_json::Map::new();
    if !account.fields.custom.is_empty() {
        let custom = account.fields.custom.iter().map(|(number, field)| field_json(*number, field)).collect();
        body.insert("custom_fields".into(), Json::Array(custom));
    }
    let reserved = RESERVED.iter().enumerate().map(|(at, (name, kind, read_only))| {
        let mut field = json!({ "id": format!("_rf{at}_{}", kind.letter()), "name": name, "field_type": kind });
        if *read_only {
            field["read_only"] = Json::Bool(true);
        }
        field
    });
    body.insert("reserved_fields".into(), reserved.collect());
    body.insert("_metadata".into(), json!({ "self": format!("{BASE}/marketing/field_definitions") }));
    Ok(answer(StatusCode::OK, &Json::Object(body)))
}

/// `POST /v3/marketing/field_definitions`.
pub(super) async fn create(State(shared): State<Shared>, Extension(Now(now)): Extension<Now>, body: Bytes) -> Answer {
    let body = json_body(&body)?;
    let Some(name) = body["name"].as_str() else {
        return Err(Fault::on("name", "name is required").into());
    };
    let Ok(kind) = serde_json::from_value(body["field_type"].clone()) else {
        return Err(Fault::on("field_type", "field_type must be one of Text, Number, Date").into());
    };
    let mut account = lock(&shared.account);
    account.advance(now);
    account.fields.check_name(name, None)?;
    if account.fields.custom.len() >= shared.options.custom_fields {
        return Err(
            Fault::plain(format!("exceeded the limit of {} custom fields", shared.options.custom_fields)).into()
        );
    }
    account.fields.last += 1;
    let number = account.fields.last;
    let field = CustomField { name: name.to_owned(), kind };
    let shown = field_json(number, &field);
    account.fields.custom.insert(number, field);
    Ok(changed(answer(StatusCode::OK, &shown)))
}

/// `PATCH /v3/marketing/field_definitions/{id}`: a new name.
pub(super) async fn rename(State(shared): State<Shared>, Path(id): Path<String>, body: Bytes) -> Answer {
    let body = json_body(&body)?;
    let Some(name) = body["name"].as_str() else {
        return Err(Fault::on("name", "name is required").into());
    };
    let mut account = lock(&shared.account);
    let Some((number, _)) = account.fields.by_id(&id) else { return Err(Refusal::not_found()) };
    account.fields.check_name(name, Some(number))?;
    let Some(field) = account.fields.custom.get_mut(&number) else { return Err(Refusal::not_found()) };
    name.clone_into(&mut field.name);
    let shown = field_json(number, field);
    Ok(changed(answer(StatusCode::OK, &shown)))
}

/// `DELETE /v3/marketing/field_definitions/{id}`: the field and all its values.
pub(super) async fn delete(
    State(shared): State<Shared>,
    Extension(Now(now)): Extension<Now>,
    Path(id): Path<String>,
) -> Answer {
    let mut account = lock(&shared.account);
    account.advance(now);
    let Some((number, _)) = account.fields.by_id(&id) else { return Err(Refusal::not_found()) };
    account.fields.custom.remove(&number);
    account.contacts.forget_field(number);
    Ok(changed(StatusCode::NO_CONTENT.into_response()))
}
