//! What stands before every route: credentials, scope, rate limit, form of the request.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, Method, StatusCode, header};

use super::answers::Refusal;
use super::{Shared, TOKENS};
use crate::Now;
use crate::sandbox::lock;
use crate::vendor::Replayed;

/// Longest request line, as with most servers. *Unverified*.
const URI_BYTES: usize = 8_192;
/// Longest body. *Unverified*: some such limit exists.
const BODY_BYTES: u64 = 5_000_000;

/// Who asks: an extension of every request that passed.
#[derive(Debug, Clone)]
pub(super) enum Caller {
    /// Nobody said who he is. `users/me` answers even him.
    Anonymous,
    /// A user of the account, with the scopes of the token; all of them for API tokens.
    User(Option<Vec<String>>),
}

/// Lets a request pass, or answers it.
pub(super) async fn gate(State(shared): State<Shared>, mut request: Request, next: Next) -> Response {
    if request.extensions().get::<Replayed>().is_some() {
        request.extensions_mut().insert(Caller::User(None));
        return next.run(request).await;
    }
    let Some(Now(now)) = request.extensions().get::<Now>().copied() else {
        return Refusal::text(StatusCode::INTERNAL_SERVER_ERROR, "the request has no time").into_response();
    };
    if request.uri().path() == TOKENS {
        return next.run(request).await;
    }
    let caller = lock(&shared.account).tokens.caller(request.headers(), &shared.options, now);
    let caller = match caller {
        Ok(caller) => caller,
        Err(refusal) => return refusal.into_response(),
    };
    let standing = lock(&shared.account).limits.admit(now, &shared.options);
    let mut response = if !standing.admitted {
        standing.refusal().into_response()
    } else if let Some(refusal) = refused(&request, &caller) {
        refusal.into_response()
    } else {
        request.extensions_mut().insert(caller);
        next.run(request).await
    };
    standing.write(shared.options.rate_headers, response.headers_mut());
    response
}

/// What is refused before a route sees it.
fn refused(request: &Request, caller: &Caller) -> Option<Refusal> {
    let (method, path) = (request.method(), request.uri().path());
    let scopes = match caller {
        Caller::Anonymous if path.ends_with("/users/me") => return None,
        Caller::Anonymous => return Some(Refusal::bare(StatusCode::UNAUTHORIZED, "Couldn't authenticate you")),
        Caller::User(scopes) => scopes,
    };
    let needed = if method == Method::GET { "read" } else { "write" };
    let is_allowed =
        |scope: &String| scope == needed || scope.rsplit_once(':').is_some_and(|(_, right)| right == needed);
    if scopes.as_ref().is_some_and(|scopes| !scopes.iter().any(is_allowed)) {
        // That a scope that is missing or invalid shows as 403 is in the OpenAPI file.
        return Some(Refusal::titled(StatusCode::FORBIDDEN, "You do not have access to this page."));
    }
    if request.uri().path_and_query().map_or(0, |uri| uri.as_str().len()) > URI_BYTES {
        return Some(Refusal::titled(StatusCode::URI_TOO_LONG, "Request-URI Too Large"));
    }
    let writes = matches!(*method, Method::PUT | Method::POST | Method::PATCH);
    if writes && !is_json(request.headers()) {
        return Some(Refusal::titled(StatusCode::UNSUPPORTED_MEDIA_TYPE, "Content-Type must be application/json"));
    }
    let length = request.body().size_hint_upper();
    (length > BODY_BYTES).then(|| Refusal::titled(StatusCode::PAYLOAD_TOO_LARGE, "Request entity too large"))
}

/// The size of a body that is known beforehand, as all bodies in process are.
trait SizeHint {
    fn size_hint_upper(&self) -> u64;
}

impl SizeHint for axum::body::Body {
    fn size_hint_upper(&self) -> u64 {
        let hint = axum::body::HttpBody::size_hint(self);
        hint.upper().unwrap_or(hint.lower())
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json")
}
