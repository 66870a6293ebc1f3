//! The routes of user fields.

use axum::Extension;
use axum::extract::{Path, RawQuery, State};
use axum::response::IntoResponse;
use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};
use serde_json::{Value as Json, json};

use super::answers::{Answer, Refusal, answer, changed, json_body};
use super::fields::{Fields, field_id, read_options};
use super::query::Query;
use super::users::Role;
use super::{BASE, Shared};
use crate::Now;
use crate::sandbox::lock;

fn admins_only(shared: &Shared) -> Result<(), Refusal> {
    if shared.options.caller == Role::Admin {
        return Ok(());
    }
    Err(Refusal::titled(StatusCode::FORBIDDEN, "You do not have access to this page."))
}

/// `GET /user_fields`, by cursor or offset.
pub(super) async fn list(State(shared): State<Shared>, RawQuery(query): RawQuery) -> Answer {
    let account = lock(&shared.account);
    let all = account.fields.all.iter().map(|(number, field)| (*number, Fields::to_json(*number, field)));
    let (fields, mut body) = Query::of(query.as_deref()).page(all, "/user_fields.json")?;
    body["user_fields"] = Json::Array(fields);
    Ok(answer(StatusCode::OK, &body))
}

/// `POST /user_fields`: 201 with its address.
pub(super) async fn create(State(shared): State<Shared>, Extension(Now(now)): Extension<Now>, body: Bytes) -> Answer {
    admins_only(&shared)?;
    let body = json_body(&body)?;
    let mut account = lock(&shared.account);
    account.advance(now);
    let field = account.fields.read(&body, now)?;
    account.fields.last += 1;
    let number = account.fields.last;
    let shown = Fields::to_json(number, &field);
    account.fields.all.insert(number, field);
    let mut response = answer(StatusCode::CREATED, &json!({ "user_field": shown }));
    if let Ok(address) = HeaderValue::try_from(format!("{BASE}/user_fields/{}.json", field_id(number))) {
        response.headers_mut().insert(header::LOCATION, address);
    }
    Ok(changed(response))
}

/// `GET /user_fields/{id}`.
pub(super) async fn one(State(shared): State<Shared>, Path(id): Path<String>) -> Answer {
    let account = lock(&shared.account);
    let number = account.fields.by_id(&id).ok_or_else(Refusal::not_found)?;
    let field = account.fields.all.get(&number).ok_or_else(Refusal::not_found)?;
    Ok(answer(StatusCode::OK, &json!({ "user_field": Fields::to_json(number, field) })))
}

/// `PUT /user_fields/{id}`: title, active, options. Key and type stay.
pub(super) async fn update(
    State(shared): State<Shared>,
    Extension(Now(now)): Extension<Now>,
    Path(id): Path<String>,
    body: Bytes,
) -> Answer {
    admins_only(&shared)?;
    let body = json_body(&body)?;
    let change = &body["user_field"];
    let mut account = lock(&shared.account);
    account.advance(now);
    let number = account.fields.by_id(&id).ok_or_else(Refusal::not_found)?;
    let field = account.fields.all.get_mut(&number).ok_or_else(Refusal::not_found)?;
    let options = read_options(change.get("custom_field_options"))?;
    if !options.is_empty() {
        field.options = options;
    }
    if let Some(title) = change["title"].as_str() {
        title.clone_into(&mut field.title);
    }
    field.active = change["active"].as_bool().unwrap_or(field.active);
    let shown = Fields::to_json(number, field);
    Ok(changed(answer(StatusCode::OK, &json!({ "user_field": shown }))))
}

/// `DELETE /user_fields/{id}`: the field and all its values.
pub(super) async fn delete(
    State(shared): State<Shared>,
    Extension(Now(now)): Extension<Now>,
    Path(id): Path<String>,
) -> Answer {
    admins_only(&shared)?;
    let mut account = lock(&shared.account);
    account.advance(now);
    let number = account.fields.by_id(&id).ok_or_else(Refusal::not_found)?;
    account.fields.all.remove(&number);
    account.users.forget_field(number);
    Ok(changed(StatusCode::NO_CONTENT.into_response()))
}
