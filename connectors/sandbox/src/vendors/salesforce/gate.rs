//! What stands before every route of the API: version, session, right, limit of the day.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{Method, StatusCode};

use super::Shared;
use super::answers::Refusal;
use super::limits::tell;
use super::sessions::{INSTANCE, host_of, is_local};
use crate::Now;
use crate::sandbox::lock;
use crate::vendor::Replayed;

/// The versions that have what the fake offers: upserts of collections came with 46, 67 is Summer '26.
const VERSIONS: std::ops::RangeInclusive<u32> = 46..=67;

/// Longest request line. Documented as a limit that answers 414 or 431; the number is *unverified*.
const URI_BYTES: usize = 16_384;

/// Whether the session's user may write: an extension of admitted requests.
#[derive(Debug, Clone, Copy)]
pub(super) struct MayWrite(pub(super) bool);

/// Lets a request pass, or answers it. Every answer behind a session tells the calls of the day.
pub(super) async fn gate(State(shared): State<Shared>, mut request: Request, next: Next) -> Response {
    if request.extensions().get::<Replayed>().is_some() {
        request.extensions_mut().insert(MayWrite(true));
        return next.run(request).await;
    }
    let Some(Now(now)) = request.extensions().get::<Now>().copied() else {
        return Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "UNKNOWN_EXCEPTION", "the request has no time")
            .into_response();
    };
    let host = host_of(request.uri(), request.headers());
    let rights = lock(&shared.sessions).rights(request.headers(), now);
    // Another org's host does not know the session.
    let Some(may_write) = rights.filter(|_| host == INSTANCE || is_local(&host)) else {
        return Refusal::session().into_response();
    };
    if !knows_version(request.uri().path()) {
        return Refusal::not_found("The requested resource does not exist").into_response();
    }
    if request.uri().path_and_query().map_or(0, |uri| uri.as_str().len()) > URI_BYTES {
        return Refusal::new(StatusCode::URI_TOO_LONG, "URI_TOO_LONG", "URI Too Long").into_response();
    }
    let limit = shared.options.api_calls_per_day;
    let admitted = lock(&shared.org).usage.admit(now, limit);
    let mut response = if !admitted {
        Refusal::new(StatusCode::FORBIDDEN, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.").into_response()
    } else if !may_write && *request.method() != Method::GET {
        Refusal::no_access().into_response()
    } else {
        request.extensions_mut().insert(MayWrite(may_write));
        next.run(request).await
    };
    let used = lock(&shared.org).usage.used(now);
    tell(response.headers_mut(), used, limit);
    response
}

fn knows_version(path: &str) -> bool {
    let version = path.strip_prefix("/services/data/v").and_then(|rest| rest.split('/').next());
    let number = version.and_then(|version| version.strip_suffix(".0")).and_then(|number| number.parse().ok());
    number.is_some_and(|number: u32| VERSIONS.contains(&number))
}
