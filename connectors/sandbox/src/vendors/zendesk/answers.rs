//! Zendesk's forms of answer, and its four forms of error.

use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde_json::{Value as Json, json};

use crate::Changed;

/// What a route gives.
pub(super) type Answer = Result<Response, Refusal>;

/// A request that is refused.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    body: Body,
    headers: Vec<(&'static str, String)>,
}

#[derive(Debug)]
enum Body {
    Json(Json),
    Text(&'static str),
}

impl Refusal {
    /// `{"error": code, "description": words}`.
    pub(super) fn coded(status: StatusCode, code: &str, words: impl Into<String>) -> Self {
        Self::json(status, json!({ "error": code, "description": words.into() }))
    }

    /// `{"error": {"title", "message"}}`.
    pub(super) fn titled(status: StatusCode, message: &str) -> Self {
        let title = status.canonical_reason().unwrap_or_default();
        Self::json(status, json!({ "error": { "title": title, "message": message } }))
    }

    /// `{"errors": [{"code", "title", "detail"}]}`, of cursor paging.
    pub(super) fn listed(status: StatusCode, code: &str, title: &str) -> Self {
        Self::json(status, json!({ "errors": [{ "code": code, "title": title, "detail": title }] }))
    }

    /// `{"error": words}`.
    pub(super) fn bare(status: StatusCode, words: &str) -> Self {
        Self::json(status, json!({ "error": words }))
    }

    /// A text that is no JSON (recorded for the limit of a single user).
    pub(super) fn text(status: StatusCode, words: &'static str) -> Self {
        Self { status, body: Body::Text(words), headers: Vec::new() }
    }

    pub(super) fn json(status: StatusCode, body: Json) -> Self {
        Self { status, body: Body::Json(body), headers: Vec::new() }
    }

    pub(super) fn with(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }

    /// Recorded.
    pub(super) fn not_found() -> Self {
        Self::coded(StatusCode::NOT_FOUND, "RecordNotFound", "Not found")
    }

    pub(super) fn invalid_endpoint() -> Self {
        Self::coded(StatusCode::NOT_FOUND, "InvalidEndpoint", "Not found")
    }

    /// Recorded, for 101 users.
    pub(super) fn too_many(most: usize) -> Self {
        let words = format!("Maximum {most} users may be created per call");
        Self::coded(StatusCode::BAD_REQUEST, "TooManyValues", words)
    }

    /// 422 with the words about one field (recorded).
    pub(super) fn invalid(field: &str, words: &str) -> Self {
        let details = json!({ field: [{ "description": words }] });
        let body = json!({ "error": "RecordInvalid", "description": "Record validation errors", "details": details });
        Self::json(StatusCode::UNPROCESSABLE_ENTITY, body)
    }

    /// *Unverified*: the words. That it is a 400 follows from other answers to malformed requests.
    pub(super) fn malformed(words: &str) -> Self {
        Self::titled(StatusCode::BAD_REQUEST, words)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = match self.body {
            Body::Json(body) => answer(self.status, &body),
            Body::Text(text) => (self.status, text).into_response(),
        };
        for (name, value) in self.headers {
            if let Ok(value) = HeaderValue::try_from(value) {
                response.headers_mut().insert(HeaderName::from_static(name), value);
            }
        }
        response
    }
}

/// An answer with a JSON body.
pub(super) fn answer(status: StatusCode, body: &Json) -> Response {
    let mut response = (status, body.to_string()).into_response();
    let kind = HeaderValue::from_static("application/json; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

/// Marks an answer as one that changed the account.
pub(super) fn changed(mut response: Response) -> Response {
    response.extensions_mut().insert(Changed);
    response
}

/// Reads a JSON body.
pub(super) fn json_body(body: &[u8]) -> Result<Json, Refusal> {
    serde_json::from_slice(body).map_err(|_| {
        Refusal::coded(StatusCode::UNPROCESSABLE_ENTITY, "Unprocessable Entity", "Server could not parse JSON")
    })
}

/// An instant as Zendesk writes it.
pub(super) fn instant(at: chrono::DateTime<chrono::Utc>) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}
