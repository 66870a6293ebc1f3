//! The way of a request: token, permission, limit, and then its route. Google's paths carry verbs behind a colon, so
//! they are taken apart here.

use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use http::{HeaderMap, Method, StatusCode, header};
use serde_json::json;

use super::answers::{Answer, Refusal};
use super::limits::Group;
use super::{Options, Role, Shared, structure, tokens, values};
use crate::Now;
use crate::sandbox::lock;
use crate::vendor::Replayed;

/// The token endpoint, on whatever host it is asked for.
pub(super) const TOKEN: &str = "/token";

/// One call of the API, taken apart.
pub(super) struct Call {
    pub(super) book: String,
    /// Whether the spreadsheet's owner calls; nobody does over HTTP.
    pub(super) is_owner: bool,
    pub(super) query: Vec<(String, String)>,
    pub(super) body: Bytes,
}

impl Call {
    /// The first value of a query parameter.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// All values of a query parameter.
    pub(super) fn parameters<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.query.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

type Handler = fn(&mut super::account::Account, &Options, &Call, Option<&str>) -> Answer;

/// Answers every request.
pub(super) async fn serve(State(shared): State<Shared>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, usize::MAX).await else {
        return Refusal::invalid("the body could not be read").into_response();
    };
    let Some(Now(now)) = parts.extensions.get::<Now>().copied() else {
        return Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL", "the request has no time").into_response();
    };
    if parts.method == Method::POST && parts.uri.path() == TOKEN {
        return tokens::exchange(&shared.options, &body, now);
    }
    let is_replayed = parts.extensions.get::<Replayed>().is_some();
    let Some((group, handler, book, range)) = route(&parts.method, parts.uri.path()) else {
        let body = json!({ "error": { "code": 404, "message": "Not Found", "status": "NOT_FOUND" } });
        return super::answers::answer(StatusCode::NOT_FOUND, &body);
    };
    let query = url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes());
    let query = query.map(|(key, value)| (key.into_owned(), value.into_owned())).collect();
    let call = Call { book, is_owner: false, query, body };
    let result = if is_replayed { Ok(()) } else { admit(&shared, &parts.headers, group, now) };
    let answer = result.and_then(|()| {
        let mut account = lock(&shared.account);
        handler(&mut account, &shared.options, &call, range.as_deref())
    });
    answer.unwrap_or_else(IntoResponse::into_response)
}

/// What stands before every route. A request without permission counts against the quota as well; one without a user
/// has none to count against.
fn admit(shared: &Shared, headers: &HeaderMap, group: Group, now: DateTime<Utc>) -> Result<(), Refusal> {
    let options = &shared.options;
    let token = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map_or("", |(_, token)| token.trim());
    let user = tokens::user_of(options, token, now).ok_or_else(Refusal::unauthenticated)?;
    let limit = match group {
        Group::Read => options.reads_per_minute,
        Group::Write => options.writes_per_minute,
    };
    if !lock(&shared.account).limits.admit(user, group, limit, now) {
        return Err(Refusal::rate_limited(group.name()));
    }
    let role = options.logins.get(user).map_or(Role::Editor, |login| login.role);
    match (role, group) {
        (Role::Editor, _) | (Role::Viewer, Group::Read) => Ok(()),
        (Role::Viewer | Role::Stranger, _) => Err(Refusal::forbidden()),
    }
}

/// The route of a path: what it counts as, who answers, the spreadsheet, and the range where the path names one.
fn route(method: &Method, path: &str) -> Option<(Group, Handler, String, Option<String>)> {
    let rest = path.strip_prefix("/v4/spreadsheets/")?;
    let mut segments = rest.split('/');
    let (first, second, third, None) = (segments.next()?, segments.next(), segments.next(), segments.next()) else {
        return None;
    };
    let (book, book_verb) = first.split_once(':').map_or((first, None), |(book, verb)| (book, Some(verb)));
    let book = decoded(book)?;
    let (group, handler): (Group, Handler) = match (method.as_str(), book_verb, second, third) {
        ("GET", None, None, None) => (Group::Read, structure::get),
        ("POST", Some("batchUpdate"), None, None) => (Group::Write, structure::batch_update),
        ("GET", None, Some("values:batchGet"), None) => (Group::Read, values::batch_get),
        ("POST", None, Some("values:batchUpdate"), None) => (Group::Write, values::batch_update),
        ("POST", None, Some("values:batchClear"), None) => (Group::Write, values::batch_clear),
        ("GET", None, Some("values"), Some(range)) if !range.is_empty() => (Group::Read, values::get),
        ("PUT", None, Some("values"), Some(range)) if !range.is_empty() => (Group::Write, values::update),
        _ => return None,
    };
    let range = match third {
        Some(range) => Some(decoded(range)?),
        None => None,
    };
    Some((group, handler, book, range))
}

/// Undoes percent-encoding. A plus stands for itself in a path.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digits = [rest.next()?, rest.next()?];
        let digits = std::str::from_utf8(&digits).ok().filter(|digits| !digits.starts_with('+'))?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_taken_apart_at_their_verbs() {
        let routed = |method: Method, path: &str| {
            route(&method, &format!("/v4/spreadsheets/{path}")).map(|(group, _, book, range)| (group, book, range))
        };
        let book = || "b1".to_owned();
        assert_eq!(routed(Method::GET, "b1"), Some((Group::Read, book(), None)));
        assert_eq!(routed(Method::POST, "b1:batchUpdate"), Some((Group::Write, book(), None)));
        assert_eq!(routed(Method::POST, "b1/values:batchUpdate"), Some((Group::Write, book(), None)));
        let range = Some("'It''s'!A1".to_owned());
        assert_eq!(routed(Method::GET, "b1/values/%27It%27%27s%27%21A1"), Some((Group::Read, book(), range)));
        for (method, path) in [
            (Method::POST, "b1"),
            (Method::GET, "b1:batchUpdate"),
            (Method::GET, "b1/values/"),
            (Method::GET, "b1/values/%2"),
            (Method::GET, "b1/values/A1/more"),
        ] {
            assert_eq!(routed(method, path), None, "{path}");
        }
    }
}
