//! Lists: create, read page by page, rename, delete, and take contacts off.

use std::collections::{BTreeMap, HashMap};

use axum::Extension;
use axum::extract::{Path, RawQuery, State};
use axum::response::IntoResponse;
use bytes::Bytes;
use http::StatusCode;
use serde_json::{Value as Json, json};

use super::answers::{Answer, Fault, Refusal, answer, changed, json_body};
use super::contacts::Contacts;
use super::jobs::Work;
use super::query::{Query, id_list};
use super::{BASE, Shared};
use crate::ids::{parse_uuid, uuid_text};
use crate::sandbox::lock;
use crate::{Ids, JobFault, Now};

/// The kind of list ids that follow from the seed.
const LIST_IDS: u64 = 4;
/// Longest name (spec).
const NAME_CHARS: usize = 100;
/// Largest and usual page (spec).
const PAGE: (usize, usize) = (1_000, 100);
/// Contacts in a sample (spec).
const SAMPLE: usize = 50;

#[derive(Clone, serde::Serialize, serde::Deserialize)]
pub(super) struct List {
    pub(super) name: String,
}

/// The lists by number; ids follow from numbers.
pub(super) struct Lists {
    pub(super) all: BTreeMap<u32, List>,
    by_id: HashMap<u128, u32>,
    pub(super) last: u32,
    ids: Ids,
}

impl Lists {
    pub(super) fn new(ids: Ids) -> Self {
        Self { all: BTreeMap::new(), by_id: HashMap::new(), last: 0, ids }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, &List)> {
        self.all.iter().map(|(number, list)| (*number, list))
    }

    pub(super) fn put(&mut self, number: u32, list: List) {
        self.by_id.insert(self.uuid(number), number);
        self.all.insert(number, list);
    }

    pub(super) fn by_text(&self, id: &str) -> Option<u32> {
        self.by_id.get(&parse_uuid(id)?).copied()
    }

    pub(super) fn id_of(&self, number: u32) -> Option<String> {
        self.all.contains_key(&number).then(|| uuid_text(self.uuid(number)))
    }

    fn uuid(&self, number: u32) -> u128 {
        self.ids.uuid(LIST_IDS, number.into())
    }

    pub(super) fn to_json(&self, number: u32, list: &List, contacts: &Contacts) -> Json {
        let id = uuid_text(self.uuid(number));
        let link = format!("{BASE}/marketing/lists/{id}");
        let count = contacts.count_on(number);
        json!({ "id": id, "name": list.name, "contact_count": count, "_metadata": { "self": link } })
    }
}

/// A name of 1 to 100 characters that no other list has (that names are unique is *unverified*).
fn read_name(body: &Bytes, lists: &Lists, own: Option<u32>) -> Result<String, Refusal> {
    let body = json_body(body)?;
    let name = body["name"].as_str().unwrap_or_default();
    if name.is_empty() || name.chars().count() > NAME_CHARS {
        return Err(Refusal::from(Fault::on("name", "name must be between 1 and 100 characters")));
    }
    if lists.iter().any(|(number, list)| Some(number) != own && list.name == name) {
        return Err(Refusal::from(Fault::on("name", "list name already exists")));
    }
    Ok(name.to_owned())
}

/// `POST /v3/marketing/lists`.
pub(super) async fn create(State(shared): State<Shared>, body: Bytes) -> Answer {
    let mut account = lock(&shared.account);
    let name = read_name(&body, &account.lists, None)?;
    account.lists.last += 1;
    let (number, list) = (account.lists.last, List { name });
    account.lists.put(number, list.clone());
    let shown = account.lists.to_json(number, &list, &account.contacts);
    Ok(changed(answer(StatusCode::CREATED, &shown)))
}

/// `GET /v3/marketing/lists`: by number, `page_token` is where the page starts.
pub(super) async fn list(
    State(shared): State<Shared>,
    Extension(Now(now)): Extension<Now>,
    RawQuery(query): RawQuery,
) -> Answer {
    let query = Query::of(query.as_deref());
    let size = match query.get("page_size").map(str::parse) {
        None => PAGE.1,
        Some(Ok(size)) if (1..=PAGE.0).contains(&size) => size,
        Some(_) => return Err(Fault::on("page_size", "page_size must be between 1 and 1000").into()),
    };
    let start = match query.get("page_token").filter(|token| !token.is_empty()).map(str::parse::<u32>) {
        None => 0,
        Some(Ok(start)) => start,
        Some(Err(_)) => return Err(Fault::on("page_token", "page_token is not valid").into()),
    };
    let mut account = lock(&shared.account);
    account.advance(now);
    let link = |token: &str| format!("{BASE}/marketing/lists?page_size={size}&page_token={token}");
    let page: Vec<_> = account.lists.iter().filter(|(number, _)| *number >= start).take(size + 1).collect();
    let mut metadata =
        json!({ "self": link(query.get("page_token").unwrap_or_default()), "count": account.lists.all.len() });
    if let Some((next, _)) = page.get(size) {
        metadata["next"] = json!(link(&next.to_string()));
    }
    let shown: Vec<_> =
        page.iter().take(size).map(|(number, list)| account.lists.to_json(*number, list, &account.contacts)).collect();
    Ok(answer(StatusCode::OK, &json!({ "result": shown, "_metadata": metadata })))
}

/// `GET /v3/marketing/lists/{id}`, with `contact_sample=true` also up to 50 contacts.
pub(super) async fn get(
    State(shared): State<Shared>,
    Extension(Now(now)): Extension<Now>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Answer {
    let mut account = lock(&shared.account);
    account.advance(now);
    let Some(number) = account.lists.by_text(&id) else { return Err(Refusal::not_found()) };
    let Some(list) = account.lists.all.get(&number) else { return Err(Refusal::not_found()) };
    let mut shown = account.lists.to_json(number, list, &account.contacts);
    if Query::of(query.as_deref()).get("contact_sample") == Some("true") {
        let sample = account.contacts.on_list(number).filter_map(|contact| account.contacts.get(contact)).take(SAMPLE);
        shown["contact_sample"] = sample.map(|contact| contact.to_json(&account.fields, &account.lists)).collect();
    }
    Ok(answer(StatusCode::OK, &shown))
}

/// `GET /v3/marketing/lists/{id}/contacts/count`.
pub(super) async fn count(
    State(shared): State<Shared>,
    Extension(Now(now)): Extension<Now>,
    Path(id): Path<String>,
) -> Answer {
    let mut account = lock(&shared.account);
    account.advance(now);
    let Some(number) = account.lists.by_text(&id) else { return Err(Refusal::not_found()) };
    let count = account.contacts.count_on(number);
    Ok(answer(StatusCode::OK, &json!({ "contact_count": count, "billable_count": count })))
}

/// `PATCH /v3/marketing/lists/{id}`: a new name.
pub(super) async fn rename(State(shared): State<Shared>, Path(id): Path<String>, body: Bytes) -> Answer {
    let mut account = lock(&shared.account);
    let Some(number) = account.lists.by_text(&id) else { return Err(Refusal::not_found()) };
    let name = read_name(&body, &account.lists, Some(number))?;
    let list = List { name };
    account.lists.put(number, list.clone());
    let shown = account.lists.to_json(number, &list, &account.contacts);
    Ok(changed(answer(StatusCode::OK, &shown)))
}

/// `DELETE /v3/marketing/lists/{id}`: 204, or 200 with a job where `delete_contacts=true` deletes its contacts too.
pub(super) async fn delete(
    State(shared): State<Shared>,
    Extension(Now(now)): Extension<Now>,
    fault: Option<Extension<JobFault>>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Answer {
    let mut account = lock(&shared.account);
    account.advance(now);
    let Some(number) = account.lists.by_text(&id) else { return Err(Refusal::not_found()) };
    let members: Vec<_> =
        account.contacts.on_list(number).filter_map(|n| account.contacts.get(n)).map(|c| c.id).collect();
    account.contacts.forget_list(number);
    account.lists.all.remove(&number);
    let uuid = account.lists.uuid(number);
    account.lists.by_id.remove(&uuid);
    if Query::of(query.as_deref()).get("delete_contacts") == Some("true") {
        let job = account.start(Work::Delete { ids: members }, fault, now, &shared.options);
        return Ok(changed(answer(StatusCode::OK, &json!({ "job_id": job }))));
    }
    Ok(changed(StatusCode::NO_CONTENT.into_response()))
}

/// `DELETE /v3/marketing/lists/{id}/contacts?contact_ids=a,b`: membership only. 404 where the list or any of the
/// contacts does not exist (spec).
pub(super) async fn remove_contacts(
    State(shared): State<Shared>,
    Extension(Now(now)): Extension<Now>,
    fault: Option<Extension<JobFault>>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Answer {
    let query = Query::of(query.as_deref());
    let ids = id_list(query.get("contact_ids"), "contact_ids")?;
    let mut account = lock(&shared.account);
    account.advance(now);
    let Some(list) = account.lists.by_text(&id) else { return Err(Refusal::not_found()) };
    let known: Option<Vec<u128>> =
        ids.iter().map(|id| parse_uuid(id).filter(|id| account.contacts.number_of(*id).is_some())).collect();
    let Some(ids) = known else { return Err(Refusal::not_found()) };
    let job = account.start(Work::Leave { list, ids }, fault, now, &shared.options);
    Ok(changed(answer(StatusCode::ACCEPTED, &json!({ "job_id": job }))))
}
