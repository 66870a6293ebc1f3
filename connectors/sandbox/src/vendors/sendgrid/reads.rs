//! Routes that read contacts and jobs. Reads show what jobs have applied, so they lag behind writes.

use axum::Extension;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{StatusCode, header};
use serde_json::{Map, Value as Json, json};

use super::account::Account;
use super::answers::{Answer, Fault, Refusal, answer, json_body};
use super::contacts::{Contact, EMAIL};
use super::values::is_email;
use super::{BASE, Shared};
use crate::Now;
use crate::ids::parse_uuid;
use crate::sandbox::lock;

/// Most keys of one look-up (spec).
const LOOK_UPS: usize = 100;
/// Contacts in a sample (spec).
const SAMPLE: usize = 50;

/// `GET /v3/scopes`.
pub(super) async fn scopes(State(shared): State<Shared>, request: Request) -> Answer {
    match super::gate::authenticate(&shared.options, request.headers()) {
        Ok(scopes) => Ok(answer(StatusCode::OK, &json!({ "scopes": scopes }))),
        Err(message) => Err(Refusal::plain(StatusCode::UNAUTHORIZED, message)),
    }
}

/// `GET /v3/marketing/contacts`: up to 50 of the latest, by address.
pub(super) async fn sample(State(shared): State<Shared>, Extension(Now(now)): Extension<Now>) -> Answer {
    let mut account = lock(&shared.account);
    account.advance(now);
    let mut latest: Vec<&Contact> = account.contacts.iter().map(|(_, contact)| contact).collect();
    latest.sort_by_key(|contact| std::cmp::Reverse(contact.updated_at));
    latest.truncate(SAMPLE);
    latest.sort_by(|a, b| a.text(EMAIL).cmp(&b.text(EMAIL)));
    let shown: Vec<_> = latest.iter().map(|contact| contact.to_json(&account.fields, &account.lists)).collect();
    let link = format!("{BASE}/marketing/contacts");
    let count = account.contacts.len();
    Ok(answer(StatusCode::OK, &json!({ "result": shown, "contact_count": count, "_metadata": { "self": link } })))
}

/// `GET /v3/marketing/contacts/count`.
pub(super) async fn count(State(shared): State<Shared>, Extension(Now(now)): Extension<Now>) -> Answer {
    let mut account = lock(&shared.account);
    account.advance(now);
    let count = account.contacts.len();
    Ok(answer(StatusCode::OK, &json!({ "contact_count": count, "billable_count": count })))
}

/// `GET /v3/marketing/contacts/{id}`.
pub(super) async fn by_id(
    State(shared): State<Shared>,
    Extension(Now(now)): Extension<Now>,
    Path(id): Path<String>,
) -> Answer {
    let mut account = lock(&shared.account);
    account.advance(now);
    match contact_by_id(&account, &id) {
        Some(contact) => Ok(answer(StatusCode::OK, &contact.to_json(&account.fields, &account.lists))),
        None => Err(Refusal::not_found()),
    }
}

/// `POST /v3/marketing/contacts/batch {"ids": […]}`: the ones that exist.
pub(super) async fn batch(State(shared): State<Shared>, Extension(Now(now)): Extension<Now>, body: Bytes) -> Answer {
    let ids = keys(&body, "ids")?;
    let mut account = lock(&shared.account);
    account.advance(now);
    let found: Vec<Json> = ids
        .iter()
        .filter_map(|id| contact_by_id(&account, id))
        .map(|contact| contact.to_json(&account.fields, &account.lists))
        .collect();
    Ok(answer(StatusCode::OK, &json!({ "result": found })))
}

fn contact_by_id<'a>(account: &'a Account, id: &str) -> Option<&'a Contact> {
    account.contacts.get(account.contacts.number_of(parse_uuid(id)?)?)
}

/// `POST /v3/marketing/contacts/search/emails {"emails": […]}`: first and alternate addresses, any case. Empty texts
/// are left out, an invalid one refuses all, and 404 is the answer where none is found (spec).
pub(super) async fn search_emails(
    State(shared): State<Shared>,
    Extension(Now(now)): Extension<Now>,
    body: Bytes,
) -> Answer {
    look_up(&shared, now, Place::Address, &keys(&body, "emails")?)
}

/// `POST /v3/marketing/contacts/search/identifiers/{type} {"identifiers": […]}`.
pub(super) async fn search_identifiers(
    State(shared): State<Shared>,
    Extension(Now(now)): Extension<Now>,
    Path(kind): Path<String>,
    body: Bytes,
) -> Answer {
    let place = match kind.as_str() {
        "email" => Place::Address,
        "phone_number_id" => Place::Identifier(1),
        "external_id" => Place::Identifier(2),
        "anonymous_id" => Place::Identifier(3),
        _ => return Err(Fault::on("identifier_type", "identifier_type is not valid").into()),
    };
    look_up(&shared, now, place, &keys(&body, "identifiers")?)
}

#[derive(Clone, Copy)]
enum Place {
    Address,
    Identifier(u8),
}

fn look_up(shared: &Shared, now: chrono::DateTime<chrono::Utc>, place: Place, keys: &[String]) -> Answer {
    let mut account = lock(&shared.account);
    account.advance(now);
    let mut result = Map::new();
    let mut found_any = false;
    for key in keys.iter().filter(|key| !key.is_empty()) {
        let (key, found) = match place {
            Place::Address => {
                let lower = key.to_lowercase();
                if !is_email(&lower) {
                    return Err(Fault::on("emails", format!("email '{key}' is not valid")).into());
                }
                let found = account.contacts.find_address(&lower);
                (lower, found)
            }
            Place::Identifier(place) => (key.clone(), account.contacts.find(place, key)),
        };
        let shown = match found.and_then(|number| account.contacts.get(number)) {
            Some(contact) => {
                found_any = true;
                json!({ "contact": contact.to_json(&account.fields, &account.lists) })
            }
            None => json!({ "error": "contact not found" }),
        };
        result.insert(key, shown);
    }
    if found_any { Ok(answer(StatusCode::OK, &json!({ "result": result }))) } else { Err(Refusal::not_found()) }
}

/// The texts under `name`, 1 to 100.
fn keys(body: &Bytes, name: &str) -> Result<Vec<String>, Refusal> {
    let body = json_body(body)?;
    let texts: Option<Vec<String>> =
        body[name].as_array().and_then(|keys| keys.iter().map(|key| key.as_str().map(str::to_owned)).collect());
    match texts {
        Some(texts) if (1..=LOOK_UPS).contains(&texts.len()) => Ok(texts),
        Some(_) => Err(Refusal::from(Fault::on(name, format!("between 1 and {LOOK_UPS} {name} are allowed")))),
        None => Err(Refusal::from(Fault::on(name, format!("{name} must be an array of strings")))),
    }
}

/// `GET /v3/marketing/contacts/imports/{id}`: how a job stands.
pub(super) async fn job(
    State(shared): State<Shared>,
    Extension(Now(now)): Extension<Now>,
    Path(id): Path<String>,
    request: Request,
) -> Answer {
    let mut account = lock(&shared.account);
    account.advance(now);
    let Some(job) = parse_uuid(&id).and_then(|id| account.jobs.get(id)) else {
        return Err(Refusal::plain(StatusCode::NOT_FOUND, "job not found"));
    };
    let body = job.to_json(now, |id| format!("{}/_downloads/errors/{id}.csv?signature=sandbox", downloads(&request)));
    Ok(answer(StatusCode::OK, &body))
}

/// Where downloads are: at the vendor on another host, which knows nothing of API keys. Served on loopback, it is the
/// host that was called.
fn downloads(request: &Request) -> String {
    let host = request
        .uri()
        .authority()
        .map(ToString::to_string)
        .or_else(|| request.headers().get(header::HOST)?.to_str().ok().map(str::to_owned))
        .unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host.as_str(), |(name, _)| name);
    if matches!(name, "localhost" | "127.0.0.1" | "[::1]") {
        format!("http://{host}")
    } else {
        "https://downloads.sandbox.invalid".to_owned()
    }
}

/// `GET /_downloads/errors/{job}.csv`: the records that a job dropped. The form is *unverified*: identifiers and an
/// error column. The file store takes no credentials: a request that carries some is refused, so that a connector
/// that hands its key to a strange host is found out.
pub(super) async fn download(
    State(shared): State<Shared>,
    Extension(Now(now)): Extension<Now>,
    Path(file): Path<String>,
    request: Request,
) -> Response {
    if request.headers().contains_key(header::AUTHORIZATION) {
        return (StatusCode::BAD_REQUEST, "only one auth mechanism allowed").into_response();
    }
    let mut account = lock(&shared.account);
    account.advance(now);
    let job = file.strip_suffix(".csv").and_then(parse_uuid).and_then(|id| account.jobs.get(id));
    let Some(job) = job.filter(|job| job.downloadable(now)) else {
        return (StatusCode::FORBIDDEN, "access denied").into_response();
    };
    let mut csv = csv::Writer::from_writer(Vec::new());
    let header = ["email", "phone_number_id", "external_id", "anonymous_id", "error"];
    let rows = job.errors.iter().map(|error| {
        let [email, phone, external, anonymous] = &error.identifiers;
        let texts = [email, phone, external, anonymous].map(|text| text.as_deref().unwrap_or_default());
        [texts[0], texts[1], texts[2], texts[3], &error.message]
    });
    for row in std::iter::once(header).chain(rows) {
        if csv.write_record(row).is_err() {
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        }
    }
    let body = csv.into_inner().unwrap_or_default();
    ([(header::CONTENT_TYPE, "text/csv")], body).into_response()
}
