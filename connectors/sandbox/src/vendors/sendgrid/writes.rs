//! Routes that change contacts. All answer 202 and a job.

use axum::Extension;
use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use bytes::Bytes;
use http::StatusCode;
use serde_json::{Value as Json, json};

use super::account::Account;
use super::answers::{Fault, answer, bad_request, changed, errors, json_body, not_found};
use super::jobs::Work;
use super::query::{Query, id_list};
use super::{Options, Shared, changes};
use crate::ids::parse_uuid;
use crate::sandbox::lock;
use crate::{JobFault, Now};

/// Most contacts a request (spec).
const CONTACTS: usize = 30_000;
/// Most bytes a request: "6 MB" (spec), in the smaller reading.
const BYTES: usize = 6_000_000;

impl Account {
    /// Starts a job and gives its id.
    pub(super) fn start(
        &mut self,
        work: Work,
        fault: Option<Extension<JobFault>>,
        now: chrono::DateTime<chrono::Utc>,
        options: &Options,
    ) -> String {
        self.jobs.start(work, fault.map(|Extension(fault)| fault), now, self.ids, options)
    }
}

fn accepted(job: &str) -> Response {
    changed(answer(StatusCode::ACCEPTED, &json!({ "job_id": job })))
}

/// `PUT /v3/marketing/contacts`.
pub(super) async fn upsert(
    State(shared): State<Shared>,
    Extension(Now(now)): Extension<Now>,
    fault: Option<Extension<JobFault>>,
    body: Bytes,
) -> Response {
    if body.len() > BYTES {
        return errors(StatusCode::PAYLOAD_TOO_LARGE, &[Fault::plain("request entity too large")]);
    }
    let body = match json_body(&body) {
        Ok(body) => body,
        Err(response) => return response,
    };
    let Json::Object(body) = body else { return bad_request(Fault::on("", "invalid input")) };
    if let Some(key) = body.keys().find(|key| !matches!(key.as_str(), "list_ids" | "contacts")) {
        return bad_request(Fault::on(key, format!("unknown field '{key}'")));
    }
    let contacts = match body.get("contacts") {
        Some(Json::Array(contacts)) if (1..=CONTACTS).contains(&contacts.len()) => contacts,
        Some(Json::Array(contacts)) if contacts.is_empty() => {
            return bad_request(Fault::on("contacts", "at least one contact is required"));
        }
        Some(Json::Array(_)) => {
            return bad_request(Fault::on("contacts", format!("at most {CONTACTS} contacts are allowed")));
        }
        _ => return bad_request(Fault::on("contacts", "contacts is required")),
    };
    let mut account = lock(&shared.account);
    account.advance(now);
    let lists = match read_lists(body.get("list_ids"), &account) {
        Ok(lists) => lists,
        Err(response) => return response,
    };
    match changes::read_all(contacts, &account.fields) {
        Ok(changes) => accepted(&account.start(Work::Upsert { changes, lists }, fault, now, &shared.options)),
        Err(mut faults) => {
            if shared.options.first_error_only {
                faults.truncate(1);
            }
            errors(StatusCode::BAD_REQUEST, &faults)
        }
    }
}

/// The numbers of the lists named. One that is not a UUID is a 400, one that does not exist a 404 (the spec gives the
/// route both; which of them is *unverified*).
fn read_lists(value: Option<&Json>, account: &Account) -> Result<Vec<u32>, Response> {
    let ids = match value {
        None => return Ok(Vec::new()),
        Some(Json::Array(ids)) => ids,
        Some(_) => return Err(bad_request(Fault::on("list_ids", "invalid input: expected an array"))),
    };
    let mut lists = Vec::with_capacity(ids.len());
    for (at, id) in ids.iter().enumerate() {
        let field = format!("list_ids[{at}]");
        let Some(id) = id.as_str().filter(|id| parse_uuid(id).is_some()) else {
            return Err(bad_request(Fault::on(field, "list id is not valid")));
        };
        let Some(list) = account.lists.by_text(id) else {
            return Err(errors(StatusCode::NOT_FOUND, &[Fault::on(field, "list not found")]));
        };
        lists.push(list);
    }
    Ok(lists)
}

/// `DELETE /v3/marketing/contacts?ids=a,b` or `?delete_all_contacts=true`; one of both must be there (spec). An empty
/// `ids` is refused rather than taken for all.
pub(super) async fn delete(
    State(shared): State<Shared>,
    Extension(Now(now)): Extension<Now>,
    fault: Option<Extension<JobFault>>,
    RawQuery(query): RawQuery,
) -> Response {
    let query = Query::of(query.as_deref());
    let work = match (query.get("delete_all_contacts"), query.get("ids")) {
        (Some("true"), None) => Work::DeleteAll,
        (Some(_), _) => {
            let message = "delete_all_contacts must be \"true\" and stand alone";
            return bad_request(Fault::on("delete_all_contacts", message));
        }
        (None, ids) => {
            let ids = match id_list(ids, "ids") {
                Ok(ids) => ids,
                Err(response) => return response,
            };
            let Some(ids) = ids.into_iter().map(parse_uuid).collect() else {
                return bad_request(Fault::on("ids", "ids must be contact ids"));
            };
            Work::Delete { ids }
        }
    };
    let mut account = lock(&shared.account);
    account.advance(now);
    accepted(&account.start(work, fault, now, &shared.options))
}

/// `DELETE /v3/marketing/contacts/{id}/identifiers`. Fails in the job where it is the last identifier (spec).
pub(super) async fn delete_identifier(
    State(shared): State<Shared>,
    Extension(Now(now)): Extension<Now>,
    fault: Option<Extension<JobFault>>,
    Path(id): Path<String>,
    body: Bytes,
) -> Response {
    let body = match json_body(&body) {
        Ok(body) => body,
        Err(response) => return response,
    };
    let place = match body["identifier_type"].as_str() {
        Some("EMAIL") => 0,
        Some("PHONENUMBERID") => 1,
        Some("EXTERNALID") => 2,
        Some("ANONYMOUSID") => 3,
        _ => return bad_request(Fault::on("identifier_type", "identifier_type is not valid")),
    };
    let Some(text) = body["identifier_value"].as_str() else {
        return bad_request(Fault::on("identifier_value", "identifier_value is required"));
    };
    let text = if place == 0 { text.to_lowercase() } else { text.to_owned() };
    let mut account = lock(&shared.account);
    account.advance(now);
    let Some(id) = parse_uuid(&id).filter(|id| account.contacts.number_of(*id).is_some()) else { return not_found() };
    accepted(&account.start(Work::DeleteIdentifier { id, place, text }, fault, now, &shared.options))
}
