//! The latest requests, for tests and people to look at.

use std::collections::VecDeque;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use serde_json::Value as Json;

/// Most bytes of bodies kept; beyond it the oldest bodies are let go, their requests stay.
const BODY_BYTES: usize = 64 * 1024 * 1024;

/// One request as it arrived. Headers are not kept: they hold credentials.
#[derive(Clone, serde::Serialize)]
pub struct LoggedRequest {
    /// Counts from 1 over the life of the sandbox.
    pub number: u64,
    /// When it arrived, in the vendor's time.
    pub at: DateTime<Utc>,
    /// The method.
    pub method: String,
    /// The path, without the query.
    pub path: String,
    /// The query, where there was one.
    pub query: Option<String>,
    /// The status answered; none where the answer was cut.
    pub status: Option<u16>,
    /// The action of the fault script that hit it.
    pub fault: Option<&'static str>,
    /// The size of the body.
    pub bytes: usize,
    /// The body, as JSON where it is JSON, else as text.
    #[serde(serialize_with = "body_as_json")]
    pub body: Option<Bytes>,
}

impl LoggedRequest {
    /// The body as JSON: null where there was none or where it is no longer kept, a string where it was not JSON.
    pub fn json(&self) -> Json {
        match &self.body {
            Some(body) if !body.is_empty() => serde_json::from_slice(body)
                .unwrap_or_else(|_| Json::String(String::from_utf8_lossy(body).into_owned())),
            _ => Json::Null,
        }
    }
}

impl std::fmt::Debug for LoggedRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { number, method, path, status, bytes, .. } = self;
        write!(f, "#{number} {method} {path} -> {status:?} ({bytes} bytes)")
    }
}

#[expect(clippy::ref_option, reason = "serde calls it with a reference to the field")]
fn body_as_json<S: serde::Serializer>(body: &Option<Bytes>, serializer: S) -> Result<S::Ok, S::Error> {
    let json = match body {
        Some(body) if !body.is_empty() => {
            serde_json::from_slice(body).unwrap_or_else(|_| Json::String(String::from_utf8_lossy(body).into_owned()))
        }
        _ => Json::Null,
    };
    serde::Serialize::serialize(&json, serializer)
}

/// A ring of requests.
#[derive(Debug)]
pub(crate) struct RequestLog {
    entries: VecDeque<LoggedRequest>,
    capacity: usize,
    next: u64,
    kept_bytes: usize,
}

impl RequestLog {
    pub(crate) fn new(capacity: usize) -> Self {
        Self { entries: VecDeque::new(), capacity: capacity.max(1), next: 1, kept_bytes: 0 }
    }

    /// Notes a request on its arrival and gives its number. A body that holds credentials is not kept.
    pub(crate) fn arrived(&mut self, at: DateTime<Utc>, request: &http::Request<Bytes>, keeps_body: bool) -> u64 {
        let number = self.next;
        self.next += 1;
        let body = Some(request.body().clone()).filter(|_| keeps_body);
        self.kept_bytes += body.as_ref().map_or(0, Bytes::len);
        self.entries.push_back(LoggedRequest {
            number,
            at,
            method: request.method().to_string(),
            path: request.uri().path().to_owned(),
            query: request.uri().query().map(str::to_owned),
            status: None,
            fault: None,
            bytes: request.body().len(),
            body,
        });
        while self.entries.len() > self.capacity {
            if let Some(old) = self.entries.pop_front() {
                self.kept_bytes -= old.body.map_or(0, |body| body.len());
            }
        }
        for entry in &mut self.entries {
            if self.kept_bytes <= BODY_BYTES {
                break;
            }
            self.kept_bytes -= entry.body.take().map_or(0, |body| body.len());
        }
        number
    }

    /// Notes what became of it.
    pub(crate) fn answered(&mut self, number: u64, status: Option<u16>, fault: Option<&'static str>) {
        if let Some(entry) = self.entries.iter_mut().rev().find(|entry| entry.number == number) {
            entry.status = status;
            entry.fault = fault;
        }
    }

    pub(crate) fn since(&self, number: u64) -> Vec<LoggedRequest> {
        self.entries.iter().filter(|entry| entry.number > number).cloned().collect()
    }

    pub(crate) fn clear(&mut self) {
        self.entries.clear();
        self.kept_bytes = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(body: &'static [u8]) -> http::Request<Bytes> {
        http::Request::put("https://vendor.test/a?b=c").body(Bytes::from_static(body)).unwrap()
    }

    #[test]
    fn the_log_keeps_the_latest_requests_and_their_numbers() {
        let mut log = RequestLog::new(2);
        for body in [&b"{\"a\":1}"[..], b"plain", b""] {
            let number = log.arrived(DateTime::UNIX_EPOCH, &request(body), true);
            log.answered(number, Some(202), None);
        }
        let kept = log.since(0);
        assert_eq!(kept.iter().map(|entry| entry.number).collect::<Vec<_>>(), [2, 3]);
        assert_eq!(kept[0].json(), Json::String("plain".into()));
        assert_eq!((kept[1].json(), kept[1].status, kept[1].query.as_deref()), (Json::Null, Some(202), Some("b=c")));
        assert_eq!(log.since(2).len(), 1);
    }

    #[test]
    fn debug_shows_no_body() {
        let mut log = RequestLog::new(1);
        log.arrived(DateTime::UNIX_EPOCH, &request(b"{\"email\":\"ada@example.com\"}"), true);
        assert!(!format!("{log:?}").contains("ada"));
    }

    #[test]
    fn a_body_with_credentials_is_not_kept() {
        let mut log = RequestLog::new(2);
        log.arrived(DateTime::UNIX_EPOCH, &request(b"{\"client_secret\":\"s\"}"), false);
        let kept = log.since(0).remove(0);
        assert_eq!((kept.json(), kept.bytes, kept.body), (Json::Null, 21, None));
    }
}
