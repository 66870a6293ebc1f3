//! Routes that change nothing: look-ups, job statuses, who asks.

use axum::Extension;
use axum::extract::{Path, RawQuery, State};
use chrono::{DateTime, Utc};
use http::StatusCode;
use serde_json::{Value as Json, json};

use super::Shared;
use super::account::Account;
use super::answers::{Answer, Refusal, answer};
use super::gate::Caller;
use super::query::Query;
use super::users::User;
use crate::Now;
use crate::sandbox::lock;

impl Account {
    fn shown(&self, ids: impl Iterator<Item = i64>) -> Json {
        let user = |id| self.users.get(id).map(|user| user.to_json(id, &self.fields));
        ids.filter_map(user).collect()
    }
}

/// `GET /users/me`. Who sends no credentials is answered all the same, as "Anonymous user" without an id.
pub(super) async fn me(State(shared): State<Shared>, Extension(caller): Extension<Caller>) -> Answer {
    let user = match caller {
        Caller::Anonymous => json!({ "id": null, "name": "Anonymous user", "role": "end-user", "active": false }),
        Caller::User(_) => {
            json!({ "id": 1_234_567, "name": "Lapwing", "role": shared.options.caller, "active": true, "verified": true })
        }
    };
    Ok(answer(StatusCode::OK, &json!({ "user": user })))
}

/// `GET /users?role[]=`, by cursor or offset.
pub(super) async fn list(
    State(shared): State<Shared>,
    Extension(Now(now)): Extension<Now>,
    RawQuery(query): RawQuery,
) -> Answer {
    let query = Query::of(query.as_deref());
    let roles: Vec<&str> = query.all("role").chain(query.all("role[]")).collect();
    let mut account = lock(&shared.account);
    account.advance(now);
    let is_asked = |user: &User| {
        let role = json!(user.role);
        roles.is_empty() || roles.iter().any(|wanted| role == *wanted)
    };
    let users = account.users.active().filter(|(_, user)| is_asked(user));
    let shown = users.map(|(id, user)| (u64::try_from(id).unwrap_or_default(), user.to_json(id, &account.fields)));
    let (users, mut body) = query.page(shown, "/users.json")?;
    body["users"] = Json::Array(users);
    Ok(answer(StatusCode::OK, &body))
}

/// `GET /users/show_many?ids=` or `?external_ids=`: those that are there, each once.
pub(super) async fn show_many(
    State(shared): State<Shared>,
    Extension(Now(now)): Extension<Now>,
    RawQuery(query): RawQuery,
) -> Answer {
    let query = Query::of(query.as_deref());
    let mut account = lock(&shared.account);
    account.advance(now);
    let found: Vec<i64> = if let Some(ids) = query.list("ids")? {
        ids.into_iter().filter_map(|id| id.parse().ok()).collect()
    } else if let Some(ids) = query.list("external_ids")? {
        ids.into_iter().filter_map(|id| account.users.by_external_id(id)).collect()
    } else {
        return Err(Refusal::malformed("ids or external_ids is required"));
    };
    let mut each_once: Vec<i64> = Vec::with_capacity(found.len());
    for id in found {
        if !each_once.contains(&id) {
            each_once.push(id);
        }
    }
    let users = account.shown(each_once.into_iter());
    let count = users.as_array().map_or(0, Vec::len);
    let body = json!({ "users": users, "count": count, "next_page": null, "previous_page": null });
    Ok(answer(StatusCode::OK, &body))
}

/// `GET /users/search?external_id=` reads the users themselves; `?query=` an index that lags behind.
pub(super) async fn search(
    State(shared): State<Shared>,
    Extension(Now(now)): Extension<Now>,
    RawQuery(query): RawQuery,
) -> Answer {
    let query = Query::of(query.as_deref());
    let mut account = lock(&shared.account);
    account.advance(now);
    let ids: Vec<i64> = match (query.get("external_id"), query.get("query")) {
        (Some(external_id), _) => account.users.by_external_id(external_id).into_iter().collect(),
        (None, Some(text)) => matching(&account, text, now - shared.options.search_delay),
        (None, None) => return Err(Refusal::coded(StatusCode::BAD_REQUEST, "InvalidParameters", "query is required")),
    };
    let numbered = ids.into_iter().map(|id| (u64::try_from(id).unwrap_or_default(), id));
    let (ids, mut body) = query.by_offset(numbered, "/users/search.json")?;
    body["users"] = account.shown(ids.into_iter());
    Ok(answer(StatusCode::OK, &body))
}

/// `email:"ada@example.com"`, or any text: part of a name or address. Partial matches are the vendor's (OpenAPI file).
fn matching(account: &Account, text: &str, indexed: DateTime<Utc>) -> Vec<i64> {
    let wanted = text.strip_prefix("email:").unwrap_or(text).trim_matches('"').to_lowercase();
    let by_email_only = text.starts_with("email:");
    let fits = |user: &User| {
        user.emails.iter().any(|email| email.to_lowercase().contains(&wanted))
            || (!by_email_only && user.name.to_lowercase().contains(&wanted))
    };
    let users = account.users.active().filter(|(_, user)| user.created_at <= indexed && fits(user));
    users.map(|(id, _)| id).collect()
}

/// `GET /users/{id}`.
pub(super) async fn one(
    State(shared): State<Shared>,
    Extension(Now(now)): Extension<Now>,
    Path(id): Path<i64>,
) -> Answer {
    let mut account = lock(&shared.account);
    account.advance(now);
    let user = account.users.all.get(&id).ok_or_else(Refusal::not_found)?;
    Ok(answer(StatusCode::OK, &json!({ "user": user.to_json(id, &account.fields) })))
}

/// `GET /users/{id}/identities`: the addresses, the primary one first.
pub(super) async fn identities(
    State(shared): State<Shared>,
    Extension(Now(now)): Extension<Now>,
    Path(id): Path<i64>,
) -> Answer {
    let mut account = lock(&shared.account);
    account.advance(now);
    let user = account.users.get(id).ok_or_else(Refusal::not_found)?;
    let identity = |(place, email): (usize, &String)| {
        json!({ "id": id * 10 + i64::try_from(place).unwrap_or_default(), "user_id": id, "type": "email",
            "value": email, "primary": place == 0, "verified": user.verified })
    };
    let identities: Vec<Json> = user.emails.iter().enumerate().map(identity).collect();
    Ok(answer(StatusCode::OK, &json!({ "count": identities.len(), "identities": identities })))
}

/// `GET /job_statuses/{id}`; 404 one day after its end.
pub(super) async fn job(
    State(shared): State<Shared>,
    Extension(Now(now)): Extension<Now>,
    Path(id): Path<String>,
) -> Answer {
    let mut account = lock(&shared.account);
    account.advance(now);
    let job = account.jobs.by_id(&id, now).ok_or_else(Refusal::not_found)?;
    Ok(answer(StatusCode::OK, &json!({ "job_status": job.to_json(now, &shared.options) })))
}

/// `GET /job_statuses/show_many?ids=`: those that are known.
pub(super) async fn jobs(
    State(shared): State<Shared>,
    Extension(Now(now)): Extension<Now>,
    RawQuery(query): RawQuery,
) -> Answer {
    let query = Query::of(query.as_deref());
    let mut account = lock(&shared.account);
    account.advance(now);
    let ids = query.list("ids")?.ok_or_else(|| Refusal::malformed("ids is required"))?;
    let known = ids.into_iter().filter_map(|id| account.jobs.by_id(id, now));
    let shown: Vec<Json> = known.map(|job| job.to_json(now, &shared.options)).collect();
    Ok(answer(StatusCode::OK, &json!({ "job_statuses": shown, "count": shown.len() })))
}
