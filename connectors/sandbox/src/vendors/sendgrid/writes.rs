//! Routes that change contacts. All answer 202 and a job.

use axum::Extension;
use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use bytes::Bytes;
use http::StatusCode;
use serde_json::{Value as Json, json};

use super::account::Account;
use super::answers::{Answer, Fault, Refusal, answer, changed, json_body};
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
) -> Answer {
    if body.len() > BYTES {
        return Err(Refusal::plain(StatusCode::PAYLOAD_TOO_LARGE, "request entity too large"));
    }
    let body = json_body(&body)?;
    let Json::Object(body) = body else { return Err(Fault::on("", "invalid input").into()) };
    if let Some(key) = body.keys().find(|key| !matches!(key.as_str(), "list_ids" | "contacts")) {
        return Err(Fault::on(key, format!("unknown field '{key}'")).into());
    }
    let contacts = match body.get("contacts") {
        Some(Json::Array(contacts)) if (1..=CONTACTS).contains(&contacts.len()) => contacts,
        Some(Json::Array(contacts)) if contacts.is_empty() => {
            return Err(Fault::on("contacts", "at least one contact is required").into());
        }
        Some(Json::Array(_)) => {
            return Err(Fault::on("contacts", format!("at most {CONTACTS} contacts are allowed")).into());
        }
        _ => return Err(Fault::on("contacts", "contacts is required").into()),
    };
    let mut account = lock(&shared.account);
    account.advance(now);
    let lists = read_lists(body.get("list_ids"), &account)?;
    match changes::read_all(contacts, &account.fields) {
        Ok(changes) => Ok(accepted(&account.start(Work::Upsert { changes, lists }, fault, now, &shared.options))),
        Err(mut faults) => {
            if shared.options.first_error_only {
                faults.truncate(1);
            }
            Err(Refusal::bad_request(faults))
        }
    }
}

/// The numbers of the lists named. One that is not a UUID is a 400, one that does not exist a 404 (the spec gives the
/// route both; which of them is *unverified*).
fn read_lists(value: Option<&Json>, account: &Account) -> Result<Vec<u32>, Refusal> {
    let ids = match value {
        None => return Ok(Vec::new()),
        Some(Json::Array(ids)) => ids,
        Some(_) => return Err(Refusal::from(Fault::on("list_ids", "invalid input: expected an array"))),
    };
    let mut lists = Vec::with_capacity(ids.len());
    for (at, id) in ids.iter().enumerate() {
        let field = format!("list_ids[{at}]");
        let Some(id) = id.as_str().filter(|id| parse_uuid(id).is_some()) else {
            return Err(Refusal::from(Fault::on(field, "list id is not valid")));
        };
        let Some(list) = account.lists.by_text(id) else {
            return Err(Refusal::new(StatusCode::NOT_FOUND, Fault::on(field, "list not found")));
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
) -> Answer {
    let query = Query::of(query.as_deref());
    let work = match (query.get("delete_all_contacts"), query.get("ids")) {
        (Some("true"), None) => Work::DeleteAll,
        (Some(_), _) => {
            let message = "delete_all_contacts must be \"true\" and stand alone";
            return Err(Fault::on("delete_all_contacts", message).into());
        }
        (None, ids) => {
            let ids = id_list(ids, "ids")?;
            let Some(ids) = ids.into_iter().map(parse_uuid).collect() else {
                return Err(Fault::on("ids", "ids must be contact ids").into());
            };
            Work::Delete { ids }
        }
    };
    let mut account = lock(&shared.account);
    account.advance(now);
    Ok(accepted(&account.start(work, fault, now, &shared.options)))
}

/// `DELETE /v3/marketing/contacts/{id}/identifiers`. Fails in the job where it is the last identifier (spec).
pub(super) async fn delete_identifier(
    State(shared): State<Shared>,
    Extension(Now(now)): Extension<Now>,
    fault: Option<Extension<JobFault>>,
    Path(id): Path<String>,
    body: Bytes,
) -> Answer {
    let body = json_body(&body)?;
    let place = match body["identifier_type"].as_str() {
        Some("EMAIL") => 0,
        Some("PHONENUMBERID") => 1,
        Some("EXTERNALID") => 2,
        Some("ANONYMOUSID") => 3,
        _ => return Err(Fault::on("identifier_type", "identifier_type is not valid").into()),
    };
    let Some(text) = body["identifier_value"].as_str() else {
        return Err(Fault::on("identifier_value", "identifier_value is required").into());
    };
    let text = if place == 0 { text.to_lowercase() } else { text.to_owned() };
    let mut account = lock(&shared.account);
    account.advance(now);
    let Some(id) = parse_uuid(&id).filter(|id| account.contacts.number_of(*id).is_some()) else {
        return Err(Refusal::not_found());
    };
    Ok(accepted(&account.start(Work::DeleteIdentifier { id, place, text }, fault, now, &shared.options)))
}
