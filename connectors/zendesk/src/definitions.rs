//! User fields at the account: found by key, and created where they are missing.

use lapwing_contract::{DestinationError, ErrorKind, FieldBinding, FieldSpec, RemoteField, Target};
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
    FieldBinding { id: name.to_lowercase(), vendor_type: OWN.into(), ..FieldBinding::default() }
}

/// One binding a field, in order. Missing user fields are created where `create` allows, after all others have been
/// checked, so that a target that cannot work creates nothing.
pub(crate) async fn bind(
    client: &Client,
    target: &Target,
    create: bool,
) -> Result<Vec<FieldBinding>, DestinationError> {
    let bindings = look_up(client, target, create).await?;
    let mut bound = Vec::with_capacity(bindings.len());
    for (spec, binding) in target.fields.iter().zip(bindings) {
        bound.push(match binding {
            Some(binding) => binding,
            None => self::create(client, spec).await?,
        });
    }
    Ok(bound)
}

/// One binding a field, in order; an empty one for a user field that `bind` would create.
pub(crate) async fn locate(
    client: &Client,
    target: &Target,
    create: bool,
) -> Result<Vec<FieldBinding>, DestinationError> {
    let found = look_up(client, target, create).await?;
    Ok(found.into_iter().map(Option::unwrap_or_default).collect())
}

/// The fields that are there, in order; none for one that has to be created, and may be.
async fn look_up(
    client: &Client,
    target: &Target,
    create: bool,
) -> Result<Vec<Option<FieldBinding>>, DestinationError> {
    let is_custom = |spec: &FieldSpec| system_named(&spec.name).is_none();
    let definitions = if target.fields.iter().any(is_custom) { all(client).await? } else { Vec::new() };
    let mut bindings = Vec::with_capacity(target.fields.len());
    for spec in &target.fields {
        bindings.push(find(spec, &definitions)?);
    }
    let missing = target.fields.iter().zip(&bindings).filter(|(_, binding)| binding.is_none());
    let missing: Vec<String> = missing.map(|(spec, _)| format!("`{}`", spec.name)).collect();
    if !missing.is_empty() && !create {
        let names = missing.join(", ");
        let message =
            format!("user fields are missing at Zendesk: {names}; create them there, or set `create_fields = true`");
        return Err(configuration(message));
    }
    Ok(bindings)
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

/// Creates a field. Keys are unique, so a repetition can only be told that the field is there; then it is looked up.
async fn create(client: &Client, spec: &FieldSpec) -> Result<FieldBinding, DestinationError> {
    let kind = VendorType::of(&spec.field_type).name();
    let field = json!({ "user_field": { "key": spec.name, "type": kind, "title": spec.name } });
    let request = ApiRequest::post(FIELDS).json(&field).idempotent(true).quota(QUOTA).expect(&[400, 403, 409, 422]);
    let answer = client.send(request).await?;
    if answer.is_success() {
        return Ok(binding(&answer.json::<OneDefinition>()?.user_field, true));
    }
    if answer.status == http::StatusCode::FORBIDDEN {
        let message = format!(
            "the user field `{}` cannot be created: that takes an admin; create it in Admin Center → People → User \
             fields, or let an admin's credentials create it",
            spec.name
        );
        return Err(answer.error(ErrorKind::Forbidden, message));
    }
    if let Some(found) = find(spec, &all(client).await?)? {
        return Ok(FieldBinding { created: true, ..found });
    }
    let words = words(&answer.body).unwrap_or_default();
    let message = format!("the user field `{}` cannot be created as {kind}: {words}", spec.name);
    Err(answer.error(ErrorKind::Configuration, message))
}

fn binding(field: &Definition, created: bool) -> FieldBinding {
    let allowed = field.custom_field_options.iter().map(|option| option.value.clone()).collect();
    FieldBinding { id: field.key.clone(), vendor_type: field.kind.to_lowercase(), created, max_chars: None, allowed }
}

fn configuration(message: String) -> DestinationError {
    DestinationError::new(ErrorKind::Configuration, format!("GET {FIELDS}"), message)
}
