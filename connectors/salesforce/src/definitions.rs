//! `describe`: which fields are there, and whether they can hold what the sync sends. Everything that can be known
//! before the first write is told before it.

use lapwing_contract::{
    DestinationError, ErrorKind, FieldBinding, FieldSpec, FieldType, Prepared, RemoteField, Target, WritePolicy,
};
use lapwing_http::ApiRequest;

use crate::api::{Describe, DescribedField};
use crate::fields::VendorType;
use crate::org::Org;

/// Reads an object.
pub(crate) async fn describe(org: &Org, object: &str) -> Result<Describe, DestinationError> {
    let request = ApiRequest::get(&org.path("sobjects")).id(object).then("describe");
    org.send(request).await?.json()
}

/// The fields, for people.
pub(crate) fn fields(described: &Describe) -> Vec<RemoteField> {
    let show = |field: &DescribedField| RemoteField {
        name: field.name.clone(),
        id: field.name.clone(),
        vendor_type: field.vendor_type.clone(),
        writable: field.updateable && VendorType::of(field).is_some(),
        max_chars: max_chars(field),
    };
    described.fields.iter().map(show).collect()
}

/// Binds a target to the object.
pub(crate) fn bind(target: &Target, described: &Describe) -> Result<Prepared, DestinationError> {
    if !described.createable || !described.updateable {
        let message = format!(
            "the user may not create and edit {}; give it a permission set with Read, Create and Edit on the object",
            described.name
        );
        return Err(error(ErrorKind::Forbidden, described, message));
    }
    let key = key(&target.key, described)?;
    let fields = target.fields.iter().map(|spec| field(spec, described)).collect::<Result<Vec<_>, _>>()?;
    let mut target = target.clone();
    target.object.clone_from(&described.name);
    Ok(Prepared { target, key, fields, list_ids: Vec::new() })
}

/// Records are matched by a field that is made for it.
fn key(spec: &FieldSpec, described: &Describe) -> Result<FieldBinding, DestinationError> {
    let field = find(spec, described)?;
    let name = &field.name;
    let wrong = |message: String| error(ErrorKind::Configuration, described, message);
    if !(field.external_id || field.id_lookup) || name == "Id" {
        return Err(wrong(format!(
            "`{name}` cannot be the key: it is no external id. Tick `External ID` and `Unique` in the field's \
             definition, or map another field"
        )));
    }
    if field.external_id && !field.unique {
        return Err(wrong(format!(
            "`{name}` is an external id that is not unique, so one key could mean several records; tick `Unique` in \
             the field's definition"
        )));
    }
    if field.case_sensitive {
        return Err(wrong(format!(
            "`{name}` tells `A` from `a`, and Lapwing compares keys in lower case; choose `Treat \"ABC\" and \"abc\" \
             as duplicate values` in the field's definition"
        )));
    }
    if !field.createable {
        return Err(wrong(format!("`{name}` cannot be the key: it cannot be written when a record is created")));
    }
    match VendorType::of(field) {
        Some(VendorType::Text) if matches!(spec.field_type, FieldType::Text | FieldType::Int) => {}
        Some(VendorType::Number { scale: 0, .. }) if spec.field_type == FieldType::Int => {}
        _ => {
            return Err(wrong(format!(
                "the key `{name}` is a {} at Salesforce, and the sync maps a {}; cast the mapped value",
                field.vendor_type, spec.field_type
            )));
        }
    }
    Ok(binding(field))
}

fn field(spec: &FieldSpec, described: &Describe) -> Result<FieldBinding, DestinationError> {
    let field = find(spec, described)?;
    let name = &field.name;
    let wrong = |message: String| error(ErrorKind::Configuration, described, message);
    let writable = field.createable && (field.updateable || spec.write == WritePolicy::OnCreate);
    if !writable {
        return Err(wrong(format!(
            "`{name}` cannot be written: it is a formula, a number that Salesforce gives, or read-only for the user; \
             map another field, or give the user Edit access to it"
        )));
    }
    let Some(vendor_type) = VendorType::of(field) else {
        return Err(wrong(format!("`{name}` is a {}, which Lapwing does not write; map its parts", field.vendor_type)));
    };
    if let Err(fix) = vendor_type.takes(&spec.field_type) {
        let (there, here) = (&field.vendor_type, &spec.field_type);
        return Err(wrong(format!("`{name}` is a {there} at Salesforce, and the sync maps a {here}; {fix}")));
    }
    Ok(binding(field))
}

/// API names are compared in any case.
fn find<'a>(spec: &FieldSpec, described: &'a Describe) -> Result<&'a DescribedField, DestinationError> {
    let found = described.fields.iter().find(|field| field.name.eq_ignore_ascii_case(&spec.name));
    found.ok_or_else(|| {
        let message = format!(
            "{} has no field `{}` that the user may see; create it under Setup → Object Manager → {} → Fields & \
             Relationships, and give the user Read and Edit access to it",
            described.name, spec.name, described.name
        );
        error(ErrorKind::NotFound, described, message)
    })
}

fn binding(field: &DescribedField) -> FieldBinding {
    let entries = field.picklist_values.iter().filter(|entry| field.restricted_picklist && entry.active);
    FieldBinding {
        id: field.name.clone(),
        vendor_type: VendorType::of(field).map_or_else(|| field.vendor_type.clone(), |kind| kind.name(field)),
        created: false,
        max_chars: max_chars(field),
        allowed: entries.map(|entry| entry.value.clone()).collect(),
    }
}

fn max_chars(field: &DescribedField) -> Option<usize> {
    let is_text = VendorType::of(field).is_some_and(VendorType::is_text);
    (is_text && field.length > 0).then_some(field.length)
}

fn error(kind: ErrorKind, described: &Describe, message: String) -> DestinationError {
    DestinationError::new(kind, format!("preparing {}", described.name), message)
}
