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

/// The envelope `{"errors":[{"field":…,"message":…}]}` of all errors (spec `ErrorResponse`); `field` is null where
/// no field is at fault (recorded).
pub(super) fn errors(status: StatusCode, faults: &[Fault]) -> Response {
    let errors: Vec<Json> =
        faults.iter().map(|fault| json!({ "field": fault.field, "message": fault.message })).collect();
    answer(status, &json!({ "errors": errors }))
}

pub(super) fn bad_request(fault: Fault) -> Response {
    errors(StatusCode::BAD_REQUEST, &[fault])
}

pub(super) fn not_found() -> Response {
    errors(StatusCode::NOT_FOUND, &[Fault::plain("not found")])
}

/// Marks an answer as one that changed the account.
pub(super) fn changed(mut response: Response) -> Response {
    response.extensions_mut().insert(Changed);
    response
}

/// Reads a JSON body. Malformed JSON is "invalid JSON" (reported in sendgrid-nodejs#957).
pub(super) fn json_body(body: &[u8]) -> Result<Json, Response> {
    serde_json::from_slice(body).map_err(|_| bad_request(Fault::plain("invalid JSON")))
}

/// An instant as the vendor writes it: whole seconds, `Z` (recorded).
pub(super) fn instant(at: chrono::DateTime<chrono::Utc>) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}
