//! The token endpoint: three grants, sessions that end. Sessions are kept in memory alone, so that no credential gets
//! into a file; after a restart every client has to sign in again.

use std::collections::HashMap;
use std::time::Duration;

use axum::Extension;
use axum::extract::{Request, State};
use axum::response::Response;
use chrono::{DateTime, Utc};
use http::{HeaderMap, StatusCode, Uri, header};
use serde_json::json;

use super::answers::answer;
use super::jwt::Assertion;
use super::{Client, Options, Shared};
use crate::sandbox::lock;
use crate::{Ids, Now};

/// The host of the org, which the token endpoint tells and where API calls belong.
pub(super) const INSTANCE: &str = "lapwing-dev-ed.my.salesforce.com";

/// The kind of ids that access tokens are made of.
const TOKENS: u64 = 3;

/// The sessions that have not been forgotten.
#[derive(Default)]
pub(super) struct Sessions {
    opened: u64,
    by_token: HashMap<String, Session>,
}

#[derive(Clone, Copy)]
struct Session {
    ends: DateTime<Utc>,
    may_write: bool,
}

impl Sessions {
    fn open(&mut self, ids: Ids, now: DateTime<Utc>, lives: Duration, may_write: bool) -> String {
        self.opened += 1;
        self.by_token.retain(|_, session| session.ends > now);
        let token = format!("00DgL000000lapw!{:032x}", ids.uuid(TOKENS, self.opened));
        self.by_token.insert(token.clone(), Session { ends: now + lives, may_write });
        token
    }

    /// Whether the bearer of a token may write; none where there is no such session.
    pub(super) fn rights(&self, headers: &HeaderMap, now: DateTime<Utc>) -> Option<bool> {
        let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
        let session = self.by_token.get(token.trim()).filter(|session| session.ends > now)?;
        scheme.eq_ignore_ascii_case("bearer").then_some(session.may_write)
    }

    /// Ends all sessions.
    pub(super) fn end_all(&mut self) {
        self.by_token.clear();
    }
}

/// Why nobody is signed in: `{"error", "error_description"}` (recorded form).
struct Denied(&'static str, &'static str);

/// `POST /services/oauth2/token`.
pub(super) async fn token(
    State(shared): State<Shared>,
    Extension(Now(now)): Extension<Now>,
    request: Request,
) -> Response {
    let host = host_of(request.uri(), request.headers());
    let Ok(body) = axum::body::to_bytes(request.into_body(), 100_000).await else {
        return denied(&Denied("invalid_request", "the body is too long"));
    };
    let form: HashMap<String, String> = url::form_urlencoded::parse(&body).into_owned().collect();
    match sign_in(&shared.options, &form, &host, now) {
        Err(refusal) => denied(&refusal),
        Ok(may_write) => {
            let lives = shared.options.session_lifetime;
            let token = lock(&shared.sessions).open(Ids::new(shared.seed), now, lives, may_write);
            let instance = if is_local(&host) { format!("http://{host}") } else { format!("https://{INSTANCE}") };
            answer(
                StatusCode::OK,
                &json!({
                    "access_token": token, "signature": "c2FuZGJveA==", "scope": "api", "instance_url": instance,
                    "id": format!("{instance}/id/00DgL000000lapwMAA/005gL000000lapwQAA"), "token_type": "Bearer",
                    "issued_at": now.timestamp_millis().to_string(),
                }),
            )
        }
    }
}

fn denied(refusal: &Denied) -> Response {
    let Denied(error, description) = refusal;
    answer(StatusCode::BAD_REQUEST, &json!({ "error": error, "error_description": description }))
}

/// Whether the user that signs in may write.
fn sign_in(options: &Options, form: &HashMap<String, String>, host: &str, now: DateTime<Utc>) -> Result<bool, Denied> {
    let given = |name: &str| form.get(name).map(String::as_str).filter(|text| !text.is_empty());
    let known = |id: &str| options.clients.iter().find(|client| client.id == id);
    let anybody = options.clients.is_empty();
    let wrong = Denied("invalid_client", "invalid client credentials");
    match given("grant_type") {
        Some("client_credentials") => {
            // Only the org's own host knows which org is meant (*unverified* words).
            if matches!(host, "login.salesforce.com" | "test.salesforce.com") {
                return Err(Denied("invalid_grant", "request not supported on this domain"));
            }
            let (Some(id), Some(secret)) = (given("client_id"), given("client_secret")) else { return Err(wrong) };
            let client = known(id).filter(|client| client.secret.as_deref() == Some(secret));
            rights(client, anybody).ok_or(wrong)
        }
        Some("refresh_token") => {
            let expired = Denied("invalid_grant", "expired access/refresh token");
            let (Some(id), Some(token)) = (given("client_id"), given("refresh_token")) else { return Err(expired) };
            let client = known(id).filter(|client| client.refresh_token.as_deref() == Some(token));
            if client
                .is_some_and(|client| client.secret.is_some() && client.secret.as_deref() != given("client_secret"))
            {
                return Err(wrong);
            }
            rights(client, anybody).ok_or(expired)
        }
        Some("urn:ietf:params:oauth:grant-type:jwt-bearer") => {
            let wrong = |why| Denied("invalid_grant", why);
            let assertion = given("assertion").and_then(Assertion::read).ok_or(wrong("invalid assertion"))?;
            assertion.check_times(now).map_err(wrong)?;
            let client =
                known(&assertion.issuer).filter(|client| client.username.as_deref() == Some(&assertion.subject));
            let key = client.and_then(|client| client.public_key.as_deref());
            if key.is_some_and(|key| !assertion.is_signed_by(key)) {
                return Err(wrong("invalid assertion"));
            }
            rights(client, anybody).ok_or(wrong("user hasn't approved this consumer"))
        }
        _ => Err(Denied("unsupported_grant_type", "grant type not supported")),
    }
}

fn rights(client: Option<&Client>, anybody: bool) -> Option<bool> {
    if anybody { Some(true) } else { client.map(|client| client.may_write) }
}

/// The host that a request was sent to, with its port where it is this machine.
pub(super) fn host_of(uri: &Uri, headers: &HeaderMap) -> String {
    let header = || headers.get(header::HOST).and_then(|host| host.to_str().ok()).map(str::to_owned);
    uri.authority().map(ToString::to_string).or_else(header).unwrap_or_default()
}

/// Whether a host is a loopback name: then the fake is served, and answers under that name.
pub(super) fn is_local(host: &str) -> bool {
    host.starts_with("127.") || host.starts_with("localhost") || host.starts_with("[::1]")
}
