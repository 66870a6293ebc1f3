//! The vendor's forms of answer and error.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde_json::{Value as Json, json};

use crate::Changed;

/// One entry of the error envelope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) field: Option<String>,
    pub(super) message: String,
}

impl Fault {
    pub(super) fn on(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: Some(field.into()), message: message.into() }
    }

    pub(super) fn plain(message: impl Into<String>) -> Self {
        Self { field: None, message: message.into() }
    }
}

/// An answer with a JSON body.
pub(super) fn answer(status: StatusCode, body: &Json) -> Response {
    let mut response = (status, body.to_string()).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// A request that is refused: the envelope `{"errors":[{"field":…,"message":…}]}` of all errors (spec
/// `ErrorResponse`); `field` is null where no field is at fault (recorded).
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    faults: Vec<Fault>,
}

/// What a route gives.
pub(super) type Answer = Result<Response, Refusal>;

impl Refusal {
    pub(super) fn new(status: StatusCode, fault: Fault) -> Self {
        Self { status, faults: vec![fault] }
    }

    pub(super) fn plain(status: StatusCode, message: impl Into<String>) -> Self {
        Self::new(status, Fault { field: None, message: message.into() })
    }

    pub(super) fn bad_request(faults: Vec<Fault>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, faults }
    }

    pub(super) fn not_found() -> Self {
        Self::plain(StatusCode::NOT_FOUND, "not found")
    }
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        Self::bad_request(vec![fault])
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let shown = |fault: &Fault| json!({ "field": fault.field, "message": fault.message });
        answer(self.status, &json!({ "errors": self.faults.iter().map(shown).collect::<Vec<_>>() }))
    }
}

/// Marks an answer as one that changed the account.
pub(super) fn changed(mut response: Response) -> Response {
    response.extensions_mut().insert(Changed);
    response
}

/// Reads a JSON body. Malformed JSON is "invalid JSON" (reported in sendgrid-nodejs#957).
pub(super) fn json_body(body: &[u8]) -> Result<Json, Refusal> {
    serde_json::from_slice(body).map_err(|_| Fault::plain("invalid JSON").into())
}

/// An instant as the vendor writes it: whole seconds, `Z` (recorded).
pub(super) fn instant(at: chrono::DateTime<chrono::Utc>) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}
