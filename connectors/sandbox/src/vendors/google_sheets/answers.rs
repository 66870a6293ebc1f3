//! Google's forms of answer and error: `{"error": {"code", "message", "status"}}` (recorded).

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde_json::{Value as Json, json};

use crate::Changed;

/// A request that is refused.
#[derive(Debug, Clone)]
pub(super) struct Refusal {
    status: StatusCode,
    name: &'static str,
    pub(super) message: String,
    details: Option<Json>,
}

/// What a route gives.
pub(super) type Answer = Result<Response, Refusal>;

impl Refusal {
    pub(super) fn new(status: StatusCode, name: &'static str, message: impl Into<String>) -> Self {
        Self { status, name, message: message.into(), details: None }
    }

    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "INVALID_ARGUMENT", message)
    }

    /// Recorded.
    pub(super) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "NOT_FOUND", "Requested entity was not found.")
    }

    /// Recorded.
    pub(super) fn forbidden() -> Self {
        Self::new(StatusCode::FORBIDDEN, "PERMISSION_DENIED", "The caller does not have permission")
    }

    /// The words are Google's for a missing or expired token; *unverified* to the letter.
    pub(super) fn unauthenticated() -> Self {
        let message = "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or \
                       other valid authentication credential.";
        Self::new(StatusCode::UNAUTHORIZED, "UNAUTHENTICATED", message)
    }

    /// Recorded, the absence of `Retry-After` and of any quota header included.
    pub(super) fn rate_limited(what: &str) -> Self {
        let message = format!(
            "Quota exceeded for quota metric '{what} requests' and limit '{what} requests per minute per user' of \
             service 'sheets.googleapis.com' for consumer 'project_number:1'."
        );
        let detail = json!({
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": "RATE_LIMIT_EXCEEDED",
            "domain": "googleapis.com",
            "metadata": { "quota_limit": format!("{what}RequestsPerMinutePerUser"), "service": "sheets.googleapis.com" },
        });
        Self {
            details: Some(json!([detail])),
            ..Self::new(StatusCode::TOO_MANY_REQUESTS, "RESOURCE_EXHAUSTED", message)
        }
    }

    /// Names the part of the request at fault: `Invalid data[0]: …`.
    pub(super) fn of(self, part: &str) -> Self {
        Self { message: format!("Invalid {part}: {}", self.message), ..self }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut error = json!({ "code": self.status.as_u16(), "message": self.message, "status": self.name });
        if let Some(details) = self.details {
            error["details"] = details;
        }
        answer(self.status, &json!({ "error": error }))
    }
}

/// An answer with a JSON body.
pub(super) fn answer(status: StatusCode, body: &Json) -> Response {
    let mut response = (status, body.to_string()).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=UTF-8"));
    response
}

pub(super) fn ok(body: &Json) -> Response {
    answer(StatusCode::OK, body)
}

/// An answer to a request that changed the spreadsheet.
pub(super) fn changed(body: &Json) -> Response {
    let mut response = ok(body);
    response.extensions_mut().insert(Changed);
    response
}

/// Reads a JSON body.
pub(super) fn body_as<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|error| {
        let place = format!("line {}, column {}", error.line(), error.column());
        Refusal::invalid(format!("Invalid JSON payload received. {} ({place})", plain(&error)))
    })
}

/// What is wrong, in few words; names of fields are told, as Google does, values are not.
fn plain(error: &serde_json::Error) -> String {
    let words = error.to_string();
    if words.starts_with("unknown") || words.starts_with("missing") { words } else { "Unexpected value.".to_owned() }
}
