//! A wire for tests: a queue of replies, and a record of what was sent.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode};

use crate::{ApiResponse, Reach, Transport, TransportError};

/// An answer as a connector gets it, for tests of what it makes of one.
pub fn answer(operation: &str, status: u16, body: impl Into<Bytes>) -> ApiResponse {
    ApiResponse {
        status: StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY),
        headers: HeaderMap::new(),
        body: body.into(),
        operation: operation.to_owned(),
        attempts: 1,
        elapsed: Duration::ZERO,
    }
}

/// Answers from a queue; clones share it. A request beyond the queue's end gets 599, so that a test sees it.
#[derive(Debug, Clone, Default)]
pub struct ScriptedTransport {
    state: Arc<Mutex<Script>>,
}

#[derive(Debug, Default)]
struct Script {
    replies: VecDeque<Reply>,
    sent: Vec<Sent>,
}

/// One scripted reply.
#[derive(Debug, Clone)]
pub enum Reply {
    /// An answer.
    Answer {
        /// Its status.
        status: u16,
        /// Its headers.
        headers: Vec<(&'static str, String)>,
        /// Its body.
        body: String,
    },
    /// No answer.
    Cut(Reach),
}

impl Reply {
    /// An answer with a body.
    pub fn new(status: u16, body: impl Into<String>) -> Self {
        Self::Answer { status, headers: Vec::new(), body: body.into() }
    }

    /// Adds a header to an answer.
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        if let Self::Answer { headers, .. } = &mut self {
            headers.push((name, value.into()));
        }
        self
    }
}

/// One request as it was sent.
#[derive(Debug, Clone)]
pub struct Sent {
    /// Its method.
    pub method: Method,
    /// Its whole address.
    pub url: String,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
}

impl ScriptedTransport {
    /// Answers with these, in order.
    pub fn new(replies: impl IntoIterator<Item = Reply>) -> Self {
        let transport = Self::default();
        transport.lock().replies.extend(replies);
        transport
    }

    /// Adds a reply at the end.
    pub fn push(&self, reply: Reply) {
        self.lock().replies.push_back(reply);
    }

    /// What was sent so far.
    pub fn sent(&self) -> Vec<Sent> {
        self.lock().sent.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Script> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Transport for ScriptedTransport {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let (parts, body) = request.into_parts();
        let mut script = self.lock();
        script.sent.push(Sent { method: parts.method, url: parts.uri.to_string(), headers: parts.headers, body });
        match script.replies.pop_front().unwrap_or_else(|| Reply::new(599, "the script has ended")) {
            Reply::Cut(reach) => Err(TransportError { reach, message: "the connection was cut".into(), source: None }),
            Reply::Answer { status, headers, body } => {
                let mut response = Response::new(Bytes::from(body));
                *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
                for (name, value) in headers {
                    if let Ok(value) = value.parse() {
                        response.headers_mut().insert(name, value);
                    }
                }
                Ok(response)
            }
        }
    }
}
