//! Field definitions at the account: found by name in any case, and created where they are missing.

use async_trait::async_trait;
use lapwing_contract::{
    Creation, DestinationError, ErrorKind, FieldBinding, FieldDefinitions, FieldSpec, RemoteField, Target,
};
use lapwing_http::{ApiRequest, Client};
use serde_json::json;

use crate::api::{Definition, Definitions, Errors, FIELDS, FIELDS_QUOTA};
use crate::fields::{Form, MAX_CUSTOM_CHARS, MAX_CUSTOM_FIELDS, VendorType, reserved_named};

/// Reads the definitions.
pub(crate) async fn all(client: &Client) -> Result<Definitions, DestinationError> {
    client.send(ApiRequest::get(FIELDS).quota(FIELDS_QUOTA)).await?.json()
}

/// The binding of the key.
pub(crate) fn key() -> FieldBinding {
    FieldBinding::new("email", VendorType::Text.name())
}

/// The fields of one account; those that are missing are created where `creates` allows.
pub(crate) struct Fields<'a> {
    pub(crate) client: &'a Client,
    pub(crate) creates: bool,
}

#[async_trait]
impl FieldDefinitions for Fields<'_> {
    type All = Definitions;

    async fn read(&self, _target: &Target) -> Result<Definitions, DestinationError> {
        all(self.client).await
    }

    fn find(&self, spec: &FieldSpec, all: &Definitions) -> Result<Option<FieldBinding>, DestinationError> {
        find(spec, all)
    }

    fn allow(&self, missing: &[&FieldSpec], all: &Definitions) -> Result<(), DestinationError> {
        allowed(missing, all.custom_fields.len(), self.creates)
    }

    async fn create(&self, spec: &FieldSpec) -> Result<Creation, DestinationError> {
        let field_type = VendorType::of(&spec.field_type).name();
        let request = ApiRequest::post(FIELDS)
            .json(&json!({ "name": spec.name, "field_type": field_type }))
            .idempotent(true)
            .quota(FIELDS_QUOTA)
            .expect(&[400, 409]);
        let answer = self.client.send(request).await?;
        if answer.is_success() {
            return Ok(Creation::Made(binding(&answer.json()?, true)));
        }
        let words = Errors::parse(&answer.body).into_iter().next().map(|fault| fault.message).unwrap_or_default();
        let message = format!("the custom field `{}` cannot be created as {field_type}: {words}", spec.name);
        Ok(Creation::Refused(answer.error(ErrorKind::Configuration, message)))
    }
}

/// What the account offers, for people.
pub(crate) fn describe(definitions: &Definitions) -> Vec<RemoteField> {
    let own = definitions.reserved_fields.iter().map(|field| {
        let known = reserved_named(&field.name);
        let writable = known.is_some_and(|known| !matches!(known.form, Form::ReadOnly | Form::Identifier));
        RemoteField {
            name: field.name.clone(),
            id: field.name.to_lowercase(),
            vendor_type: field.field_type.clone(),
            writable: writable && !field.read_only,
            max_chars: known.and_then(|known| known.max_chars),
        }
    });
    let custom = definitions.custom_fields.iter().map(|field| RemoteField {
        name: field.name.clone(),
        id: field.id.clone(),
        vendor_type: field.field_type.clone(),
        writable: true,
        max_chars: (VendorType::parse(&field.field_type) == Some(VendorType::Text)).then_some(MAX_CUSTOM_CHARS),
    });
    own.chain(custom).collect()
}

/// The field that a spec means: none where it would have to be created.
fn find(spec: &FieldSpec, definitions: &Definitions) -> Result<Option<FieldBinding>, DestinationError> {
    let wanted = VendorType::of(&spec.field_type);
    if let Some(field) = reserved_named(&spec.name) {
        return Ok(Some(FieldBinding::new(field.name, VendorType::Text.name())));
    }
    let same_name = |field: &&Definition| field.name.eq_ignore_ascii_case(&spec.name);
    if definitions.reserved_fields.iter().any(|field| same_name(&field)) {
        let message =
            format!("`{}` is a field of SendGrid's own that cannot be written; map to another name", spec.name);
        return Err(configuration(message));
    }
    match definitions.custom_fields.iter().find(same_name) {
        None => Ok(None),
        Some(field) if VendorType::parse(&field.field_type) == Some(wanted) => Ok(Some(binding(field, false))),
        Some(field) => Err(configuration(wrong_type(spec, field, wanted))),
    }
}

fn wrong_type(spec: &FieldSpec, field: &Definition, wanted: VendorType) -> String {
    let (name, there, field_type) = (&spec.name, &field.field_type, &spec.field_type);
    let fix = match VendorType::parse(there) {
        Some(VendorType::Text) => "cast the mapped value to text",
        Some(VendorType::Number) => "cast the mapped value to a number",
        Some(VendorType::Date) => "cast the mapped value to a date",
        None => "map another value",
    };
    format!(
        "the custom field `{name}` is a {there} at SendGrid, and the sync maps a {field_type}, which needs a {}; \
         {fix}, or map to another name",
        wanted.name()
    )
}

fn allowed(missing: &[&FieldSpec], there: usize, create: bool) -> Result<(), DestinationError> {
    let names = missing.iter().map(|spec| format!("`{}`", spec.name)).collect::<Vec<_>>().join(", ");
    if !create {
        let message =
            format!("custom fields are missing at SendGrid: {names}; create them there, or set `create_fields = true`");
        return Err(configuration(message));
    }
    if there + missing.len() > MAX_CUSTOM_FIELDS {
        let message = format!(
            "SendGrid allows {MAX_CUSTOM_FIELDS} custom fields; the account has {there}, and {names} would be added"
        );
        return Err(configuration(message));
    }
    Ok(())
}

fn binding(field: &Definition, created: bool) -> FieldBinding {
    FieldBinding { id: field.id.clone(), vendor_type: field.field_type.clone(), created, ..FieldBinding::default() }
}

fn configuration(message: String) -> DestinationError {
    DestinationError::new(ErrorKind::Configuration, format!("GET {FIELDS}"), message)
}
