//! Taking contacts off lists, and deleting them. Both go by contact id, so the ids are looked up first.
//!
//! What has just been written is found only after about 30 s (recorded), so that a contact that is not found, or not
//! on its list, is gone only if a second look, a minute later, does not find it either. Until then the batch is
//! pending, and a contact that has turned up is unknown: the delivery floor sends it again.

use lapwing_contract::{Batch, DestinationError, ErrorKind, Operation, Outcome, Receipt, Rejection, Value, WriteError};
use lapwing_http::{ApiRequest, ApiResponse, Client};

use crate::api::{Accepted, CONTACTS, CONTACTS_QUOTA, LISTS, LISTS_QUOTA};
use crate::fields::is_email;
use crate::jobs::removal_ref;
use crate::lists;
use crate::lookup::{Found, look_up};
use crate::request::lower;
use crate::response::refused;

/// What is known of one record before anything is removed.
enum Place {
    /// The key is no address; there can be no such contact.
    NoAddress,
    Gone,
    There(Box<Found>),
}

/// Deletes the contacts: one request.
pub(crate) async fn delete(client: &Client, batch: &Batch) -> Result<Receipt, WriteError> {
    let places = places(client, batch).await?;
    let ids = joined(places.iter().filter_map(there).map(|found| found.id.as_str()));
    let job = match ids {
        Some(ids) => accepted(client, ApiRequest::delete(CONTACTS).query("ids", ids).quota(CONTACTS_QUOTA)).await?,
        None => None,
    };
    let is_job_known = job.is_some();
    let all_found = !places.iter().any(|place| matches!(place, Place::Gone));
    let job = removal_ref(job.as_slice(), all_found, client.steady_now());
    let pending = Outcome::Pending(job);
    let of_found = if is_job_known { &pending } else { &Outcome::Unknown };
    Ok(receipt(&places, &pending, |_| of_found.clone()))
}

/// Takes the contacts off the target's lists: one request per list that any of them is on.
pub(crate) async fn remove_from_lists(client: &Client, batch: &Batch) -> Result<Receipt, WriteError> {
    let lists = &batch.target.list_ids;
    if lists.is_empty() {
        let message = "the sync names no lists to take contacts off";
        return Err(DestinationError::new(ErrorKind::Configuration, format!("DELETE {LISTS}"), message).into());
    }
    let places = places(client, batch).await?;
    let mut jobs = Vec::new();
    let mut unclear = Vec::new();
    for list in lists {
        let members = places.iter().filter_map(there).filter(|found| is_on(found, list)).map(|found| found.id.as_str());
        let Some(ids) = joined(members) else { continue };
        let request = ApiRequest::delete(LISTS).id(list).then("contacts").query("contact_ids", ids).quota(LISTS_QUOTA);
        match accepted(client, request).await? {
            Some(job) => jobs.push(job),
            // The list, or one contact, went away in between: nobody can say which.
            None => unclear.push(list),
        }
    }
    // A membership that is missing may be as new as a contact that is missing.
    let is_whole = |place: &Place| match place {
        Place::NoAddress => true,
        Place::Gone => false,
        Place::There(found) => lists.iter().all(|list| is_on(found, list)),
    };
    let all_found = places.iter().all(is_whole);
    let pending = Outcome::Pending(removal_ref(&jobs, all_found, client.steady_now()));
    Ok(receipt(&places, &pending, |found| {
        if unclear.iter().any(|list| is_on(found, list)) { Outcome::Unknown } else { pending.clone() }
    }))
}

/// The second look at a batch of which something was not found: what is still not there is gone, and so is what the
/// batch's jobs have removed.
pub(crate) async fn look_again(client: &Client, batch: &Batch, gone: &Outcome) -> Result<Receipt, DestinationError> {
    let places = match places(client, batch).await {
        Ok(places) => places,
        Err(WriteError::Failed(error)) => return Err(error),
        Err(WriteError::Refused { .. }) => return Ok(Receipt::all(&Outcome::Unknown, batch.records.len())),
    };
    // Another process than the one that prepared the target knows its lists by name only.
    let mut lists = batch.target.list_ids.clone();
    if lists.is_empty() && batch.operation == Operation::RemoveFromLists {
        lists = lists::resolve(client, &batch.target.target.lists, false).await?;
    }
    Ok(receipt(&places, gone, |found| {
        let is_left = batch.operation == Operation::Delete || lists.iter().any(|list| is_on(found, list));
        if is_left { Outcome::Unknown } else { gone.clone() }
    }))
}

async fn places(client: &Client, batch: &Batch) -> Result<Vec<Place>, WriteError> {
    let address = |value: &Value| match value {
        Value::Text(text) if is_email(text) => Some(lower(text).into_owned()),
        _ => None,
    };
    let keys: Vec<Option<String>> = batch.records.iter().map(|record| address(&record.key)).collect();
    let asked: Vec<usize> = (0..keys.len()).filter(|index| keys.get(*index).is_some_and(Option::is_some)).collect();
    let mut found = match look_up(client, keys.iter().flatten().map(String::as_str)).await? {
        Ok(found) => found,
        Err(answer) => return Err(refused(&answer, &asked)),
    };
    let place = |key: Option<String>| match key {
        None => Place::NoAddress,
        Some(key) => found.remove(&key).map_or(Place::Gone, |found| Place::There(Box::new(found))),
    };
    Ok(keys.into_iter().map(place).collect())
}

/// Sends a removal; none where SendGrid no longer knows what is to be removed. Repeating it does no harm: ids are
/// never used again.
async fn accepted(client: &Client, request: ApiRequest) -> Result<Option<Accepted>, DestinationError> {
    let answer: ApiResponse = client.send(request.idempotent(true).expect(&[404])).await?;
    if answer.is_success() { answer.json().map(Some) } else { Ok(None) }
}

fn receipt(places: &[Place], gone: &Outcome, there: impl Fn(&Found) -> Outcome) -> Receipt {
    let outcome = |place: &Place| match place {
        Place::NoAddress => Outcome::Rejected(Box::new(
            Rejection::permanent("invalid_email", "the key is not an e-mail address").on_field("email"),
        )),
        Place::Gone => gone.clone(),
        Place::There(found) => there(found),
    };
    Receipt { outcomes: places.iter().map(outcome).collect() }
}

fn there(place: &Place) -> Option<&Found> {
    if let Place::There(found) = place { Some(found) } else { None }
}

fn is_on(found: &Found, list: &str) -> bool {
    found.list_ids.iter().any(|id| id.eq_ignore_ascii_case(list))
}

/// Ids for a query, or nothing at all: SendGrid must never see an empty list of ids.
fn joined<'a>(ids: impl Iterator<Item = &'a str>) -> Option<String> {
    let ids: Vec<&str> = ids.filter(|id| !id.is_empty()).collect();
    (!ids.is_empty()).then(|| ids.join(","))
}
