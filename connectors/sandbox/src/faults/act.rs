//! From the actions of a script to what is done with one request.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, StatusCode};
use serde_json::Value as Json;

use super::{Action, JobFault};

/// What to do with a request, in the order of the fields.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    pub(crate) wait_before: Duration,
    pub(crate) job: Option<JobFault>,
    pub(crate) wait_after: Duration,
    pub(crate) step: Step,
    /// The name of the action, for the log.
    pub(crate) fault: Option<&'static str>,
}

/// What happens beside waiting.
#[derive(Debug, Default)]
pub(crate) enum Step {
    /// The vendor answers.
    #[default]
    Answer,
    /// Nobody answers, and nothing is applied.
    Refuse,
    /// The connection breaks, before or after the vendor did its work.
    Cut { applied: bool },
    /// Somebody else answers, before or after the vendor did its work.
    Instead { action: Action, applied: bool },
}

impl Plan {
    pub(crate) fn of(actions: Vec<Action>) -> Self {
        let mut plan = Self::default();
        for action in actions {
            plan.fault = Some(action.name());
            match action {
                Action::Delay { seconds, applied } => {
                    let wait = Duration::try_from_secs_f64(seconds).unwrap_or_default();
                    if applied { plan.wait_after += wait } else { plan.wait_before += wait }
                }
                Action::Refuse => plan.step = Step::Refuse,
                Action::Cut { applied } => plan.step = Step::Cut { applied },
                Action::Job(fault) => plan.job = Some(fault),
                Action::Status { applied, .. } | Action::WrongJson { applied } => {
                    plan.step = Step::Instead { action, applied };
                }
                Action::Huge { .. } => plan.step = Step::Instead { action, applied: false },
            }
        }
        plan
    }
}

/// The answer of [`Action::Status`].
pub(crate) fn scripted(status: u16, headers: &BTreeMap<String, String>, body: Option<&Json>) -> Response<Bytes> {
    let (kind, body) = match body {
        Some(Json::String(text)) => ("text/plain", Bytes::from(text.clone())),
        Some(json) => ("application/json", Bytes::from(json.to_string())),
        None => ("application/json", Bytes::from_static(br#"{"errors":[{"message":"scripted fault"}]}"#)),
    };
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(http::header::CONTENT_TYPE, HeaderValue::from_static(kind));
    for (name, value) in headers {
        // A header that cannot be sent is left out: the script is a test's, and the test will see it missing.
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

/// A body that starts like JSON, under the status given.
pub(crate) fn wrong_json(status: StatusCode) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from_static(b"{\"result\": [<html>"));
    *response.status_mut() = status;
    response.headers_mut().insert(http::header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// A JSON string of `bytes` bytes.
pub(crate) fn huge(bytes: usize) -> Response<Bytes> {
    let mut body = vec![b'x'; bytes.max(2)];
    if let Some(first) = body.first_mut() {
        *first = b'"';
    }
    if let Some(last) = body.last_mut() {
        *last = b'"';
    }
    let mut response = Response::new(Bytes::from(body));
    response.headers_mut().insert(http::header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
