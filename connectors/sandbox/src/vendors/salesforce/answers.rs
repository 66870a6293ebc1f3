//! The vendor's forms of answer and error. A request that is refused: `[{"message", "errorCode", "fields"?}]`; a row
//! that is refused: `{"statusCode", "message", "fields"}` (both recorded).

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde_json::{Value as Json, json};

use crate::Changed;

/// An answer with a JSON body.
pub(super) fn answer(status: StatusCode, body: &Json) -> Response {
    let mut response = (status, body.to_string()).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json;charset=UTF-8"));
    response
}

/// An answer with a CSV body.
pub(super) fn csv_file(body: Vec<u8>) -> Response {
    let mut response = (StatusCode::OK, body).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv"));
    response
}

/// A request that is refused.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    code: &'static str,
    message: String,
}

/// What a route gives.
pub(super) type Answer = Result<Response, Refusal>;

impl Refusal {
    pub(super) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into() }
    }

    pub(super) fn bad(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    pub(super) fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "NOT_FOUND", message)
    }

    /// Recorded words.
    pub(super) fn session() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "INVALID_SESSION_ID", "Session expired or invalid")
    }

    /// The form of a missing right over a whole object is *unverified*.
    pub(super) fn no_access() -> Self {
        let message = "insufficient access rights on object: you do not have permission to create or edit it";
        Self::new(StatusCode::FORBIDDEN, "INSUFFICIENT_ACCESS", message)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        answer(self.status, &json!([{ "message": self.message, "errorCode": self.code }]))
    }
}

/// Why a row is refused.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct RowError {
    pub(super) code: String,
    pub(super) message: String,
    pub(super) fields: Vec<String>,
}

impl RowError {
    pub(super) fn new(code: &str, message: impl Into<String>) -> Self {
        Self { code: code.to_owned(), message: message.into(), fields: Vec::new() }
    }

    pub(super) fn on(code: &str, message: impl Into<String>, field: &str) -> Self {
        Self { fields: vec![field.to_owned()], ..Self::new(code, message) }
    }

    pub(super) fn to_json(&self) -> Json {
        json!({ "statusCode": self.code, "message": self.message, "fields": self.fields })
    }

    /// As the file of failed rows has it: `CODE:message:fields--`.
    pub(super) fn to_cell(&self) -> String {
        format!("{}:{}:{}--", self.code, self.message, self.fields.join(","))
    }
}

/// Marks an answer as one that changed the org.
pub(super) fn changed(mut response: Response) -> Response {
    response.extensions_mut().insert(Changed);
    response
}

/// An instant as the vendor writes it: `2026-05-04T08:00:00.000+0000`.
pub(super) fn instant(at: chrono::DateTime<chrono::Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M:%S%.3f+0000").to_string()
}
