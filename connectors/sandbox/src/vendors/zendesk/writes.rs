//! Routes that change users. The bulk ones answer 200 and a job.

use axum::Extension;
use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{HeaderValue, StatusCode};
use serde_json::{Map, Value as Json, json};

use super::Shared;
use super::answers::{Answer, Refusal, answer, changed, json_body};
use super::jobs::Work;
use super::query::{MOST, Query};
use super::users::Role;
use crate::sandbox::lock;
use crate::{JobFault, Now};

/// Documented with the job limit.
const IN_FLIGHT: &str = "zendesk-ratelimit-inflight-jobs";

type Fault = Option<Extension<JobFault>>;

/// Starts a job, or says that too many are queued or running. The status of that answer is *unverified*.
fn accepted(shared: &Shared, work: Work, fault: Fault, now: DateTime<Utc>) -> Answer {
    let mut account = lock(&shared.account);
    account.advance(now);
    let most = shared.options.jobs_at_once;
    let running = account.jobs.running_ids(now);
    if running.len() >= most {
        let words = format!("Too many {} jobs are currently queued or running. Try again later.", work.name());
        let body = json!({ "error": "TooManyJobs", "description": words, "current_job_ids": running });
        let refusal = Refusal::json(StatusCode::TOO_MANY_REQUESTS, body);
        return Err(refusal.with(IN_FLIGHT, format!("total={most}; remaining=0; resets=60")));
    }
    let ids = account.ids;
    let number = account.jobs.start(work, fault.map(|Extension(fault)| fault), now, ids, &shared.options);
    let job = account.jobs.all.get(&number).map(|job| job.to_json(now, &shared.options));
    let mut response: Response = answer(StatusCode::OK, &json!({ "job_status": job }));
    let left = most - running.len() - 1;
    if let Ok(value) = HeaderValue::try_from(format!("total={most}; remaining={left}; resets=60")) {
        response.headers_mut().insert(IN_FLIGHT, value);
    }
    Ok(changed(response))
}

fn users(body: &Json) -> Result<Vec<Map<String, Json>>, Refusal> {
    let Some(users) = body["users"].as_array() else { return Err(Refusal::malformed("users is required")) };
    match users.len() {
        0 => return Err(Refusal::malformed("users is empty")),
        1..=MOST => {}
        _ => return Err(Refusal::too_many(MOST)),
    }
    let one = |user: &Json| user.as_object().cloned().ok_or_else(|| Refusal::malformed("users must hold objects"));
    users.iter().map(one).collect()
}

/// `POST /users/create_or_update_many`.
pub(super) async fn create_or_update_many(
    State(shared): State<Shared>,
    Extension(Now(now)): Extension<Now>,
    fault: Fault,
    body: Bytes,
) -> Answer {
    if !shared.options.bulk_import {
        return Err(Refusal::titled(StatusCode::FORBIDDEN, "Bulk user imports are not enabled for this account."));
    }
    let users = users(&json_body(&body)?)?;
    accepted(&shared, Work::CreateOrUpdate { users }, fault, now)
}

/// `PUT /users/update_many`: one change for all `ids` or `external_ids`, or a change for each of `users`.
pub(super) async fn update_many(
    State(shared): State<Shared>,
    Extension(Now(now)): Extension<Now>,
    fault: Fault,
    RawQuery(query): RawQuery,
    body: Bytes,
) -> Answer {
    let body = json_body(&body)?;
    let users = match named(&Query::of(query.as_deref()))? {
        None => users(&body)?,
        Some(named) => {
            let Some(change) = body["user"].as_object() else { return Err(Refusal::malformed("user is required")) };
            let with_change = |name: Map<String, Json>| change.clone().into_iter().chain(name).collect();
            named.into_iter().map(with_change).collect()
        }
    };
    accepted(&shared, Work::Update { users }, fault, now)
}

/// `DELETE /users/destroy_many?ids=` or `?external_ids=`. For admins (OpenAPI file).
pub(super) async fn destroy_many(
    State(shared): State<Shared>,
    Extension(Now(now)): Extension<Now>,
    fault: Fault,
    RawQuery(query): RawQuery,
) -> Answer {
    if shared.options.caller != Role::Admin {
        return Err(Refusal::titled(StatusCode::FORBIDDEN, "You do not have access to this page."));
    }
    let users = named(&Query::of(query.as_deref()))?.ok_or_else(|| Refusal::malformed("ids is required"))?;
    accepted(&shared, Work::Delete { users }, fault, now)
}

/// The users that a query names.
fn named(query: &Query) -> Result<Option<Vec<Map<String, Json>>>, Refusal> {
    if let Some(ids) = query.list("ids")? {
        let one = |id: &str| {
            let id = id.parse::<i64>().map_err(|_| Refusal::malformed("ids must be numbers"))?;
            Ok(Map::from_iter([("id".to_owned(), json!(id))]))
        };
        return ids.into_iter().map(one).collect::<Result<_, Refusal>>().map(Some);
    }
    let external = query.list("external_ids")?;
    let one = |id: &str| Map::from_iter([("external_id".to_owned(), json!(id))]);
    Ok(external.map(|ids| ids.into_iter().map(one).collect()))
}

/// `PUT /users/{id}`: at once, and at most five times a minute for one user.
pub(super) async fn update_one(
    State(shared): State<Shared>,
    Extension(Now(now)): Extension<Now>,
    Path(id): Path<i64>,
    body: Bytes,
) -> Answer {
    let body = json_body(&body)?;
    let Some(change) = body["user"].as_object() else { return Err(Refusal::malformed("user is required")) };
    let mut account = lock(&shared.account);
    account.advance(now);
    if account.users.get(id).is_none() {
        return Err(Refusal::not_found());
    }
    account.limits.admit_update(id, now)?;
    let mut change = change.clone();
    change.insert("id".into(), json!(id));
    let done = account.change(&change, false, now).map_err(|flaw| Refusal::invalid(flaw.field, &flaw.words))?;
    let user = account.users.get(done.id).map(|user| user.to_json(done.id, &account.fields));
    Ok(changed(answer(StatusCode::OK, &json!({ "user": user }))))
}
