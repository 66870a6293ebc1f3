//! `GET …/query?q=` and its further pages.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Extension;
use axum::extract::{Path, RawQuery, State};
use http::StatusCode;
use serde_json::{Map, Value as Json, json};

use super::Shared;
use super::answers::{Answer, Refusal, answer};
use super::ids::{number_of, record_id};
use super::org::Org;
use super::schema::{Kind, ObjectDef};
use super::soql::{Literal, Query, parse};
use super::values::shown;
use crate::Now;
use crate::sandbox::lock;

/// Longest query (documented).
const QUERY_CHARS: usize = 100_000;

/// Rows of queries that are still to be shown, by the locator that shows them. Kept in memory alone.
#[derive(Default)]
pub(super) struct Cursors {
    opened: u64,
    by_locator: HashMap<String, Vec<Json>>,
}

/// `GET /services/data/vXX.0/query?q=…`.
pub(super) async fn query(
    State(shared): State<Shared>,
    Extension(Now(now)): Extension<Now>,
    Path(version): Path<String>,
    RawQuery(text): RawQuery,
) -> Answer {
    let pairs = url::form_urlencoded::parse(text.as_deref().unwrap_or_default().as_bytes());
    let text = pairs.into_owned().find(|(name, _)| name == "q").map(|(_, value)| value).unwrap_or_default();
    if text.chars().count() > QUERY_CHARS {
        return Err(Refusal::bad("MALFORMED_QUERY", "SOQL statements cannot be longer than 100000 characters."));
    }
    let query = parse(&text).map_err(|message| Refusal::bad("MALFORMED_QUERY", message))?;
    let rows = {
        let mut org = lock(&shared.org);
        org.advance(now);
        run(&org, &query, &version)?
    };
    Ok(page(&shared, &version, rows))
}

/// `GET /services/data/vXX.0/query/{locator}`.
pub(super) async fn more(State(shared): State<Shared>, Path((version, locator)): Path<(String, String)>) -> Answer {
    let rows = lock(&shared.cursors).by_locator.remove(&locator);
    let rows = rows.ok_or_else(|| Refusal::bad("INVALID_QUERY_LOCATOR", "invalid query locator"))?;
    Ok(page(&shared, &version, rows))
}

fn page(shared: &Shared, version: &str, mut rows: Vec<Json>) -> axum::response::Response {
    let rest = rows.split_off(rows.len().min(shared.options.query_page));
    let mut body = json!({ "totalSize": rows.len() + rest.len(), "done": rest.is_empty(), "records": rows });
    if !rest.is_empty() {
        let mut cursors = lock(&shared.cursors);
        cursors.opened += 1;
        let locator = format!("{}-{}", record_id("01g", cursors.opened), rows_shown(&body));
        body["nextRecordsUrl"] = json!(format!("/services/data/{version}/query/{locator}"));
        cursors.by_locator.insert(locator, rest);
    }
    answer(StatusCode::OK, &body)
}

fn rows_shown(body: &Json) -> usize {
    body["records"].as_array().map_or(0, Vec::len)
}

fn run(org: &Org, query: &Query, version: &str) -> Result<Vec<Json>, Refusal> {
    let unknown = || Refusal::bad("INVALID_TYPE", format!("sObject type '{}' is not supported.", query.object));
    let at = org.schema.find(&query.object).ok_or_else(unknown)?;
    let schema = Arc::clone(&org.schema);
    let object = &schema.objects[at];
    let place = |name: &String| {
        let message = format!("No such column '{name}' on entity '{}'.", object.name);
        object.field(name).ok_or_else(|| Refusal::bad("INVALID_FIELD", message))
    };
    let columns = query.fields.iter().map(place).collect::<Result<Vec<_>, _>>()?;
    let mut numbers: Vec<u64> = match &query.filter {
        None => org.tables[at].rows.keys().copied().collect(),
        Some((field, values)) => {
            let field = place(field)?;
            let mut found = Vec::new();
            for value in values {
                found.extend(matching(org, at, object, field, value)?);
            }
            found
        }
    };
    numbers.sort_unstable();
    numbers.dedup();
    let most = query.limit.unwrap_or(usize::MAX);
    Ok(numbers.into_iter().take(most).map(|number| shown_row(org, at, number, &columns, version)).collect())
}

/// The records whose field has this value. Texts are compared in any case; a text for a number is refused.
fn matching(org: &Org, at: usize, object: &ObjectDef, field: usize, value: &Literal) -> Result<Vec<u64>, Refusal> {
    let definition = &object.fields[field];
    let wanted = match (value, &definition.kind) {
        (Literal::Text(id), Kind::Id) => {
            let number = number_of(&object.prefix, id).filter(|number| org.tables[at].rows.contains_key(number));
            return Ok(number.into_iter().collect());
        }
        (Literal::Number(number), Kind::Number { .. }) => Json::from(number.parse::<f64>().unwrap_or(f64::NAN)),
        (Literal::Text(text), kind) if !matches!(kind, Kind::Number { .. } | Kind::Boolean) => Json::from(text.clone()),
        _ => {
            let message = format!("value of filter criterion for field '{}' is of the wrong type", definition.name);
            return Err(Refusal::bad("INVALID_FIELD", message));
        }
    };
    if definition.id_lookup || definition.unique {
        return Ok(org.tables[at].find(object, field, &wanted));
    }
    let same = |kept: &Json| super::values::folded(definition, kept) == super::values::folded(definition, &wanted);
    let rows = org.tables[at].rows.iter();
    Ok(rows.filter(|(_, row)| row.get(&field).is_some_and(same)).map(|(number, _)| *number).collect())
}

fn shown_row(org: &Org, at: usize, number: u64, columns: &[usize], version: &str) -> Json {
    let object = &org.schema.objects[at];
    let id = record_id(&object.prefix, number);
    let url = format!("/services/data/{version}/sobjects/{}/{id}", object.name);
    let mut row = Map::new();
    row.insert("attributes".into(), json!({ "type": object.name, "url": url }));
    for column in columns {
        let field = &object.fields[*column];
        let kept = org.tables[at].rows.get(&number).and_then(|row| row.get(column));
        let value = if field.kind == Kind::Id { json!(id) } else { kept.map_or(Json::Null, |kept| shown(field, kept)) };
        row.insert(field.name.clone(), value);
    }
    Json::Object(row)
}
