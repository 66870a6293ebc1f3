//! Deleting users: by id, so that nobody is deleted who was not looked at, and no agent or admin ever is.
//!
//! External ids are read from the users themselves, not from an index: a user that is not found is gone.

use std::collections::HashMap;

use lapwing_contract::{Batch, DestinationError, ErrorKind, JobRef, Outcome, Receipt, Rejection, WriteError};
use lapwing_http::{ApiRequest, Client};

use crate::api::{DESTROY, Job, JobAnswer, QUOTA, User};
use crate::check::is_keyed_by_email;
use crate::jobs::{Reference, Stage};
use crate::look::team_member;
use crate::lookup::by_external_id;
use crate::request::folded;
use crate::response::{REFUSALS, refused};

/// Deletes the users that are there: one request.
pub(crate) async fn delete(client: &Client, batch: &Batch) -> Result<Receipt, WriteError> {
    if is_keyed_by_email(&batch.target) {
        // `validate` says so before anything is sent.
        let message = "users are deleted by external id; set on_leave = \"keep\" or \"clear\", or key by external_id";
        return Err(DestinationError::new(ErrorKind::Configuration, format!("DELETE {DESTROY}"), message).into());
    }
    let there = look(client, batch).await?;
    let user = |index: &usize| there.get(&folded(&batch.records.get(*index)?.key));
    let customers: Vec<usize> =
        (0..batch.records.len()).filter(|index| user(index).is_some_and(|user| !user.is_team())).collect();
    let ids: Vec<String> = customers.iter().filter_map(user).map(|user| user.id.to_string()).collect();
    let mut pending = Outcome::Unknown;
    // Zendesk must never see an empty list of ids.
    if !ids.is_empty() {
        let request = ApiRequest::delete(DESTROY).query("ids", ids.join(",")).quota(QUOTA);
        // Ids are never used again: deleting twice deletes once.
        let answer = client.send(request.idempotent(true).expect(REFUSALS)).await?;
        pending = if answer.is_success() {
            let job = answer.json::<JobAnswer>()?.job_status;
            Outcome::Pending(Reference::new(job.id, ids.len(), Vec::new()).to_job())
        } else {
            refused(&answer, false)?
        };
    }
    let outcome = |index: usize| match user(&index) {
        None => Outcome::Unchanged,
        Some(user) if user.is_team() => Outcome::Rejected(Box::new(team_member())),
        Some(_) => pending.clone(),
    };
    Ok(Receipt { outcomes: (0..batch.records.len()).map(outcome).collect() })
}

/// How a deletion stands, by its job; none where Zendesk no longer knows it. A job that names failures, or nothing,
/// leaves the word to the users: who is gone is gone.
pub(crate) async fn follow(
    client: &Client,
    job: &JobRef,
    answer: Option<&Job>,
    batch: &Batch,
) -> Result<Receipt, DestinationError> {
    let records = batch.records.len();
    match answer.map(|answer| (answer.stage(), answer)) {
        Some((Stage::Running, _)) => return Ok(Receipt::all(&Outcome::Pending(job.clone()), records)),
        Some((Stage::Completed, answer)) if answer.is_whole() => return Ok(Receipt::all(&Outcome::Confirmed, records)),
        _ => {}
    }
    let there = look(client, batch).await?;
    let failures = answer.map(Job::failures).unwrap_or_default();
    let outcome = |record: &lapwing_contract::Record| {
        let Some(user) = there.get(&folded(&record.key)) else { return Outcome::Confirmed };
        let own = failures.iter().find(|(id, _)| *id == Some(user.id)).map(|(_, rejection)| rejection.clone());
        let only = || (records == 1).then(|| Rejection::retryable("job_failed", "the user was not deleted"));
        own.or_else(only).map_or(Outcome::Unknown, |rejection| Outcome::Rejected(Box::new(rejection)))
    };
    Ok(Receipt { outcomes: batch.records.iter().map(outcome).collect() })
}

async fn look(client: &Client, batch: &Batch) -> Result<HashMap<String, User>, DestinationError> {
    let keys = batch.records.iter().map(|record| record.key.to_text()).collect();
    by_external_id(client, keys).await
}
