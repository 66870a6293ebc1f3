//! User fields at the account: found by key, and created where they are missing.

use async_trait::async_trait;
use lapwing_contract::{
    Creation, DestinationError, ErrorKind, FieldBinding, FieldDefinitions, FieldSpec, RemoteField, Target,
};
use lapwing_http::{ApiRequest, Client};
use serde_json::json;

use crate::api::{Definition, Definitions, FIELDS, MAX_PAGES, OneDefinition, PAGE, QUOTA};
use crate::fields::{Form, SYSTEM, VendorType, system_named};
use crate::response::words;

/// The vendor type of a binding to one of Zendesk's own fields.
pub(crate) const OWN: &str = "system";

/// Reads the definitions, page by page.
pub(crate) async fn all(client: &Client) -> Result<Vec<Definition>, DestinationError> {
    let mut all = Vec::new();
    let mut cursor: Option<String> = None;
    for _ in 0..MAX_PAGES {
        let mut request = ApiRequest::get(FIELDS).query("page[size]", PAGE).quota(QUOTA);
        if let Some(cursor) = cursor {
            request = request.query("page[after]", cursor);
        }
        let page: Definitions = client.send(request).await?.json()?;
        all.extend(page.user_fields);
        cursor = page.meta.next();
        if cursor.is_none() {
            return Ok(all);
        }
    }
    let message = format!("the account has more than {MAX_PAGES} pages of user fields");
    Err(DestinationError::new(ErrorKind::Protocol, format!("GET {FIELDS}"), message))
}

/// The binding of one of Zendesk's own fields.
pub(crate) fn own(name: &str) -> FieldBinding {
    FieldBinding::new(name.to_lowercase(), OWN)
}

/// The fields of one account; those that are missing are created where `creates` allows.
pub(crate) struct Fields<'a> {
    pub(crate) client: &'a Client,
    pub(crate) creates: bool,
}

#[async_trait]
impl FieldDefinitions for Fields<'_> {
    type All = Vec<Definition>;

    async fn read(&self, target: &Target) -> Result<Vec<Definition>, DestinationError> {
        let is_custom = |spec: &FieldSpec| system_named(&spec.name).is_none();
        if target.fields.iter().any(is_custom) { all(self.client).await } else { Ok(Vec::new()) }
    }

    fn find(&self, spec: &FieldSpec, all: &Vec<Definition>) -> Result<Option<FieldBinding>, DestinationError> {
        find(spec, all)
    }

    fn allow(&self, missing: &[&FieldSpec], _all: &Vec<Definition>) -> Result<(), DestinationError> {
        if self.creates {
            return Ok(());
        }
        let names = missing.iter().map(|spec| format!("`{}`", spec.name)).collect::<Vec<_>>().join(", ");
        let message =
            format!("user fields are missing at Zendesk: {names}; create them there, or set `create_fields = true`");
        Err(configuration(message))
    }

    async fn create(&self, spec: &FieldSpec) -> Result<Creation, DestinationError> {
        let kind = VendorType::of(&spec.field_type).name();
        let field = json!({ "user_field": { "key": spec.name, "type": kind, "title": spec.name } });
        let request = ApiRequest::post(FIELDS).json(&field).idempotent(true).quota(QUOTA).expect(&[400, 403, 409, 422]);
        let answer = self.client.send(request).await?;
        if answer.is_success() {
            return Ok(Creation::Made(binding(&answer.json::<OneDefinition>()?.user_field, true)));
        }
        if answer.status == http::StatusCode::FORBIDDEN {
            let message = format!(
                "the user field `{}` cannot be created: that takes an admin; create it in Admin Center → People → User \
                 fields, or let an admin's credentials create it",
                spec.name
            );
            return Err(answer.error(ErrorKind::Forbidden, message));
        }
        let words = words(&answer.body).unwrap_or_default();
        let message = format!("the user field `{}` cannot be created as {kind}: {words}", spec.name);
        Ok(Creation::Refused(answer.error(ErrorKind::Configuration, message)))
    }
}

/// What the account offers, for people.
pub(crate) fn describe(definitions: &[Definition]) -> Vec<RemoteField> {
    let own = SYSTEM.iter().map(|field| RemoteField {
        name: field.name.into(),
        id: field.name.into(),
        vendor_type: OWN.into(),
        writable: field.form != Form::Closed,
        max_chars: None,
    });
    let custom = definitions.iter().map(|field| RemoteField {
        name: field.key.clone(),
        id: field.key.clone(),
        vendor_type: field.kind.clone(),
        writable: is_active(field) && VendorType::parse(&field.kind).is_some(),
        max_chars: None,
    });
    own.chain(custom).collect()
}

fn is_active(field: &Definition) -> bool {
    field.active != Some(false)
}

/// The field that a spec means: none where it would have to be created.
fn find(spec: &FieldSpec, definitions: &[Definition]) -> Result<Option<FieldBinding>, DestinationError> {
    if let Some(field) = system_named(&spec.name) {
        return match field.form {
            Form::Closed => {
                Err(configuration(format!("`{}` is not written by a sync; map to another name", spec.name)))
            }
            _ => Ok(Some(own(field.name))),
        };
    }
    let exact = definitions.iter().find(|field| field.key == spec.name);
    let found = exact.or_else(|| definitions.iter().find(|field| field.key.eq_ignore_ascii_case(&spec.name)));
    let Some(field) = found else { return Ok(None) };
    if !is_active(field) {
        let message =
            format!("the user field `{}` is inactive at Zendesk: activate it, or map to another name", spec.name);
        return Err(configuration(message));
    }
    match VendorType::parse(&field.kind) {
        Some(kind) if kind.takes(&spec.field_type) => Ok(Some(binding(field, false))),
        kind => {
            let fix = kind.map_or("map another value", VendorType::wanted);
            let message = format!(
                "the user field `{}` is a {} at Zendesk, and the sync maps a {}; {fix}, or map to another name",
                spec.name, field.kind, spec.field_type
            );
            Err(configuration(message))
        }
    }
}

fn binding(field: &Definition, created: bool) -> FieldBinding {
    let allowed = field.custom_field_options.iter().map(|option| option.value.clone()).collect();
    FieldBinding { id: field.key.clone(), vendor_type: field.kind.to_lowercase(), created, max_chars: None, allowed }
}

fn configuration(message: String) -> DestinationError {
    DestinationError::new(ErrorKind::Configuration, format!("GET {FIELDS}"), message)
}
