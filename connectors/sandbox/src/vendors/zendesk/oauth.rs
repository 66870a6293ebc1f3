//! Tokens: client credentials, refresh tokens that rotate, API tokens.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::Extension;
use axum::extract::State;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{HeaderMap, StatusCode, header};
use serde_json::{Value as Json, json};

use super::Shared;
use super::answers::{Answer, Refusal, answer, json_body};
use super::gate::Caller;
use super::options::Options;
use crate::ids::uuid_text;
use crate::sandbox::lock;
use crate::{Ids, Now};

const TOKEN_IDS: u64 = 11;
/// The life of a refresh token that did not ask otherwise (OpenAPI file).
const REFRESH_LIFE: Duration = Duration::from_secs(2_592_000);

/// The tokens that were given out. They are not saved: a fake that starts again asks for new ones.
#[derive(Default)]
pub(super) struct Tokens {
    access: BTreeMap<String, Access>,
    /// Refresh token, the access token that came with it, and its end.
    refresh: BTreeMap<String, (String, DateTime<Utc>)>,
    /// Refresh tokens that were used.
    used: Vec<String>,
    last: u64,
}

struct Access {
    scopes: Vec<String>,
    until: Option<DateTime<Utc>>,
}

impl Tokens {
    /// Who a request comes from.
    pub(super) fn caller(&self, headers: &HeaderMap, options: &Options, now: DateTime<Utc>) -> Result<Caller, Refusal> {
        let Some(value) = headers.get(header::AUTHORIZATION) else { return Ok(Caller::Anonymous) };
        let (scheme, secret) = value.to_str().ok().and_then(|value| value.split_once(' ')).unwrap_or_default();
        let open = options.clients.is_empty() && options.api_tokens.is_empty();
        let caller = if scheme.eq_ignore_ascii_case("bearer") {
            match self.access.get(secret) {
                Some(access) if access.until.is_none_or(|until| now < until) => {
                    Some(Caller::User(Some(access.scopes.clone())))
                }
                Some(_) => None,
                None => (open && !secret.is_empty()).then_some(Caller::User(None)),
            }
        } else {
            let is_known = scheme.eq_ignore_ascii_case("basic") && is_api_token(secret, options, open);
            is_known.then_some(Caller::User(None))
        };
        caller.ok_or_else(|| Refusal::bare(StatusCode::UNAUTHORIZED, "Couldn't authenticate you"))
    }

    fn issue(&mut self, ids: Ids, scopes: &str, life: Option<Duration>, renews: bool, now: DateTime<Utc>) -> Json {
        self.last += 1;
        let access = format!("at{}", uuid_text(ids.uuid(TOKEN_IDS, 2 * self.last)).replace('-', ""));
        let scopes_list = scopes.split(' ').filter(|scope| !scope.is_empty()).map(str::to_owned).collect();
        self.access.insert(access.clone(), Access { scopes: scopes_list, until: life.map(|life| now + life) });
        let mut body = json!({
            "access_token": access, "scope": scopes, "token_type": "bearer", "expires_in": life.map(|life| life.as_secs()),
        });
        if renews {
            let refresh = format!("rt{}", uuid_text(ids.uuid(TOKEN_IDS, 2 * self.last + 1)).replace('-', ""));
            self.refresh.insert(refresh.clone(), (access, now + REFRESH_LIFE));
            body["refresh_token"] = json!(refresh);
            body["refresh_token_expires_in"] = json!(REFRESH_LIFE.as_secs());
        }
        body
    }

    /// Using a refresh token deletes it and its access token (support.zendesk.com, 9182123625370).
    fn spend(&mut self, token: &str, is_seed: bool, now: DateTime<Utc>) -> bool {
        if let Some((access, until)) = self.refresh.remove(token) {
            self.access.remove(&access);
            self.used.push(token.to_owned());
            return now < until;
        }
        let is_fresh = is_seed && !self.used.iter().any(|used| used == token);
        if is_fresh {
            self.used.push(token.to_owned());
        }
        is_fresh
    }
}

fn is_api_token(secret: &str, options: &Options, open: bool) -> bool {
    let Some(pair) = STANDARD.decode(secret).ok().and_then(|bytes| String::from_utf8(bytes).ok()) else { return false };
    let Some((email, token)) = pair.split_once("/token:") else { return false };
    (open && !email.is_empty() && !token.is_empty())
        || options.api_tokens.iter().any(|(known, its)| known.eq_ignore_ascii_case(email) && its == token)
}

/// `POST /oauth/tokens`, JSON only (OpenAPI file).
pub(super) async fn tokens(State(shared): State<Shared>, Extension(Now(now)): Extension<Now>, body: Bytes) -> Answer {
    let body = json_body(&body)?;
    let text = |name: &str| body[name].as_str().unwrap_or_default();
    let options = &shared.options;
    let open = options.clients.is_empty();
    let client =
        options.clients.iter().find(|client| client.id == text("client_id") && client.secret == text("client_secret"));
    if text("client_id").is_empty() || text("client_secret").is_empty() || (client.is_none() && !open) {
        return Err(denied(StatusCode::UNAUTHORIZED, "invalid_client", "Client authentication failed"));
    }
    let life = match body["expires_in"].as_u64() {
        None => options.token_life,
        Some(seconds @ 300..=172_800) => Some(Duration::from_secs(seconds)),
        Some(_) => return Err(denied(StatusCode::BAD_REQUEST, "invalid_request", "expires_in is out of range")),
    };
    let mut account = lock(&shared.account);
    let ids = account.ids;
    let renews = match text("grant_type") {
        "client_credentials" => false,
        "refresh_token" => {
            let token = text("refresh_token");
            let is_seed =
                client.map_or(open && !token.is_empty(), |client| client.refresh_token.as_deref() == Some(token));
            if !account.tokens.spend(token, is_seed, now) {
                return Err(denied(
                    StatusCode::BAD_REQUEST,
                    "invalid_grant",
                    "The refresh token is invalid or was used",
                ));
            }
            true
        }
        _ => return Err(denied(StatusCode::BAD_REQUEST, "unsupported_grant_type", "The grant type is not supported")),
    };
    let scope = if text("scope").is_empty() { "read write" } else { text("scope") };
    Ok(answer(StatusCode::CREATED, &account.tokens.issue(ids, scope, life, renews, now)))
}

fn denied(status: StatusCode, code: &str, words: &str) -> Refusal {
    Refusal::json(status, json!({ "error": code, "error_description": words }))
}
