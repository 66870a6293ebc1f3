//! What stands before every route: key, scope, rate limit, form of the request.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, Method, StatusCode, header};

use super::answers::Refusal;
use super::limits::{Group, too_many_requests};
use super::{Options, Shared};
use crate::Now;
use crate::sandbox::lock;
use crate::vendor::Replayed;

/// Longest request line. *Unverified*: the vendor has some such limit, which is why known clients delete 100 ids a
/// request (segmentio/action-destinations).
const URI_BYTES: usize = 8_192;

/// Lets a request pass, or answers it.
pub(super) async fn gate(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    if request.extensions().get::<Replayed>().is_some() {
        return next.run(request).await;
    }
    let Some(Now(now)) = request.extensions().get::<Now>().copied() else {
        return Refusal::plain(StatusCode::INTERNAL_SERVER_ERROR, "the request has no time").into_response();
    };
    let path = request.uri().path().to_owned();
    let refusal = refuse_early(&shared.options, &request, &path);
    let standing = lock(&shared.account).limits.admit(Group::of(&path), now, &shared.options, refusal.is_none());
    let mut response = match refusal {
        Some(refusal) => refusal.into_response(),
        None if standing.admitted => next.run(request).await,
        None => too_many_requests().into_response(),
    };
    standing.write(response.headers_mut());
    response
}

/// What is refused before it counts against a limit.
fn refuse_early(options: &Options, request: &Request, path: &str) -> Option<Refusal> {
    let scopes = match authenticate(options, request.headers()) {
        Ok(scopes) => scopes,
        Err(message) => return Some(Refusal::plain(StatusCode::UNAUTHORIZED, message)),
    };
    if let Some(needed) = scope_of(request.method(), path)
        && !scopes.iter().any(|scope| scope == needed)
    {
        return Some(Refusal::plain(StatusCode::FORBIDDEN, "access forbidden"));
    }
    if request.uri().path_and_query().map_or(0, |uri| uri.as_str().len()) > URI_BYTES {
        return Some(Refusal::plain(StatusCode::URI_TOO_LONG, "request uri too long"));
    }
    let writes = matches!(*request.method(), Method::PUT | Method::POST | Method::PATCH);
    if writes && !is_json(request.headers()) {
        let message = "Content-Type should be application/json.";
        return Some(Refusal::plain(StatusCode::UNSUPPORTED_MEDIA_TYPE, message));
    }
    None
}

/// The scopes of the key that the request carries, or the vendor's words about it. "authorization required" is the
/// spec's example for a missing key; the words for a wrong one are *unverified*.
pub(super) fn authenticate(options: &Options, headers: &HeaderMap) -> Result<Vec<String>, &'static str> {
    let token = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, token)| scheme.eq_ignore_ascii_case("bearer") && !token.trim().is_empty())
        .map(|(_, token)| token.trim())
        .ok_or("authorization required")?;
    if options.keys.is_empty() {
        return Ok(super::SCOPES.iter().map(|scope| (*scope).to_owned()).collect());
    }
    let key = options.keys.iter().find(|key| key.token == token);
    key.map(|key| key.scopes.clone()).ok_or("The provided authorization grant is invalid, expired, or revoked")
}

/// The scope that a route asks for.
fn scope_of(method: &Method, path: &str) -> Option<&'static str> {
    if !path.starts_with("/v3/marketing/") {
        return None;
    }
    let looks_up = path.contains("/search") || path.ends_with("/contacts/batch");
    Some(match *method {
        Method::GET | Method::HEAD => "marketing.read",
        Method::POST if looks_up => "marketing.read",
        Method::POST => "marketing.create",
        Method::DELETE => "marketing.delete",
        _ => "marketing.update",
    })
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json")
}
