//! sObject Collections: up to 200 records a request, one result a record, in their order.

use std::collections::HashSet;

use axum::Extension;
use axum::extract::{Path, RawQuery, State};
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde_json::{Map, Value as Json, json};

use super::Shared;
use super::answers::{Answer, Refusal, RowError, answer, changed};
use super::org::Org;
use super::rows::Done;
use super::schema::ObjectDef;
use super::values::folded;
use crate::Now;
use crate::sandbox::lock;

/// Most records of a request (documented).
const RECORDS: usize = 200;

/// `PATCH /services/data/vXX.0/composite/sobjects/{Object}/{ExternalIdField}`.
pub(super) async fn upsert(
    State(shared): State<Shared>,
    Extension(Now(now)): Extension<Now>,
    Path((_, object, field)): Path<(String, String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let body: Json = serde_json::from_slice(&body)
        .map_err(|_| Refusal::bad("JSON_PARSER_ERROR", "Unexpected character in the request body"))?;
    let all_or_none = body["allOrNone"].as_bool().unwrap_or(false);
    let records = body["records"].as_array().ok_or(Refusal::bad("MISSING_ARGUMENT", "records is missing"))?;
    if records.len() > RECORDS {
        let message = format!("record limit reached. cannot submit more than {RECORDS} records in this request");
        return Err(Refusal::bad("LIMIT_EXCEEDED", message));
    }
    let mut org = lock(&shared.org);
    org.advance(now);
    let at = org.schema.find(&object).ok_or(Refusal::not_found("The requested resource does not exist"))?;
    let schema = std::sync::Arc::clone(&org.schema);
    let definition = &schema.objects[at];
    let key = key_field(definition, &field)?;
    let rows = records.iter().map(|record| read(definition, record)).collect::<Result<Vec<_>, _>>()?;
    // An alert is overridden by this header; that a block rule cannot be is *unverified*.
    let allow = headers.get("sforce-duplicate-rule-header").and_then(|value| value.to_str().ok());
    let alerts = shared.options.duplicate_rule && !allow.is_some_and(|value| value.contains("allowSave=true"));
    let results = apply(&mut org, at, key, rows, all_or_none, alerts);
    let shown: Vec<Json> = results.iter().map(|result| row_json(result.as_ref(), true)).collect();
    Ok(changed(answer(StatusCode::OK, &Json::Array(shown))))
}

/// The field that records are matched by.
pub(super) fn key_field(definition: &ObjectDef, name: &str) -> Result<usize, Refusal> {
    let found = definition.field(name).filter(|at| {
        let field = &definition.fields[*at];
        (field.external_id || field.id_lookup) && field.name != "Id"
    });
    let message = format!("Provided external ID field does not exist or is not accessible: {name}");
    found.ok_or_else(|| Refusal::not_found(message))
}

type Cells = Vec<(usize, Json)>;

/// A record of the body: its cells, or why the row is refused. What refuses the whole request is an `Err`.
fn read(definition: &ObjectDef, record: &Json) -> Result<Result<Cells, RowError>, Refusal> {
    let Json::Object(record) = record else {
        return Err(Refusal::bad("JSON_PARSER_ERROR", "a record is not an object"));
    };
    if record.keys().next().map(String::as_str) != Some("attributes") {
        // Recorded words; the first key decides.
        let message =
            "Nested object for polymorphic foreign key must have an attributes field before any other fields.";
        return Ok(Err(RowError::new("JSON_PARSER_ERROR", message)));
    }
    if !record["attributes"]["type"].as_str().is_some_and(|name| name.eq_ignore_ascii_case(&definition.name)) {
        return Err(Refusal::bad("INVALID_TYPE", "all records must have the type of the request"));
    }
    cells(definition, record).map(Ok)
}

/// An unknown field of one record refuses the whole request.
fn cells(definition: &ObjectDef, record: &Map<String, Json>) -> Result<Cells, Refusal> {
    let fields = record.iter().filter(|(name, _)| *name != "attributes");
    let place = |(name, value): (&String, &Json)| match definition.field(name) {
        Some(at) if definition.fields[at].name == "Id" => {
            Err(Refusal::bad("INVALID_FIELD", "id must not be given beside an external id"))
        }
        Some(at) => Ok((at, value.clone())),
        None => {
            let message = format!("No such column '{name}' on sobject of type {}", definition.name);
            Err(Refusal::bad("INVALID_FIELD", message))
        }
    };
    fields.map(place).collect()
}

fn apply(
    org: &mut Org,
    object: usize,
    key: usize,
    rows: Vec<Result<Cells, RowError>>,
    all_or_none: bool,
    alerts: bool,
) -> Vec<Result<Done, RowError>> {
    let schema = std::sync::Arc::clone(&org.schema);
    let key_field = &schema.objects[object].fields[key];
    let mut seen = HashSet::new();
    let mut unique = |cells: &Cells| {
        let value = cells.iter().find(|(field, _)| *field == key).map(|(_, value)| folded(key_field, value));
        value.is_none_or(|value| seen.insert(value))
    };
    let checked: Vec<Result<Cells, RowError>> = rows
        .into_iter()
        .map(|row| {
            let cells = row?;
            let twice = || RowError::on("DUPLICATE_VALUE", "Duplicate external id specified", &key_field.name);
            if unique(&cells) { Ok(cells) } else { Err(twice()) }
        })
        .collect();
    if all_or_none {
        let planned: Vec<_> = checked.into_iter().map(|cells| org.plan_upsert(object, key, &cells?, alerts)).collect();
        let good = planned.iter().all(Result::is_ok);
        let rolled_back = || {
            RowError::new("ALL_OR_NONE_OPERATION_ROLLED_BACK", "record rolled back because not all records were valid")
        };
        return planned
            .into_iter()
            .map(|row| row.and_then(|row| if good { Ok(org.apply(row)) } else { Err(rolled_back()) }))
            .collect();
    }
    let one = |cells: Result<Cells, RowError>| org.plan_upsert(object, key, &cells?, alerts).map(|row| org.apply(row));
    checked.into_iter().map(one).collect()
}

/// Recorded: a failed row has no id, and one of an upsert carries `"created": false`.
fn row_json(result: Result<&Done, &RowError>, upsert: bool) -> Json {
    match (result, upsert) {
        (Ok(done), true) => json!({ "id": done.id, "success": true, "errors": [], "created": done.created }),
        (Ok(done), false) => json!({ "id": done.id, "success": true, "errors": [] }),
        (Err(error), true) => json!({ "success": false, "errors": [error.to_json()], "created": false }),
        (Err(error), false) => json!({ "success": false, "errors": [error.to_json()] }),
    }
}

/// `DELETE /services/data/vXX.0/composite/sobjects?ids=a,b&allOrNone=false`.
pub(super) async fn delete(
    State(shared): State<Shared>,
    Extension(Now(now)): Extension<Now>,
    RawQuery(query): RawQuery,
) -> Answer {
    let pairs: Vec<(String, String)> =
        url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned().collect();
    let given = |wanted: &str| pairs.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
    let ids: Vec<&str> = given("ids").unwrap_or_default().split(',').filter(|id| !id.is_empty()).collect();
    if ids.is_empty() {
        return Err(Refusal::bad("MISSING_ARGUMENT", "ids is missing"));
    }
    if ids.len() > RECORDS {
        let message = format!("record limit reached. cannot submit more than {RECORDS} records in this request");
        return Err(Refusal::bad("LIMIT_EXCEEDED", message));
    }
    if given("allOrNone") == Some("true") {
        return Err(Refusal::bad("INVALID_OPERATION", "the fake deletes with allOrNone=false only"));
    }
    let mut org = lock(&shared.org);
    org.advance(now);
    let results: Vec<Json> = ids.iter().map(|id| row_json(org.delete(id).as_ref(), false)).collect();
    Ok(changed(answer(StatusCode::OK, &Json::Array(results))))
}
