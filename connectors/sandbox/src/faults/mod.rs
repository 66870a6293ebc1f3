//! Fault scripts: which requests go wrong, and how.
//!
//! A script is a list of [`Fault`]s. Each has a [`When`] that picks requests and an [`Action`] that happens to them.
//! For a request, the first fault that wants it acts, and later ones do not see it; delays add up and let the others
//! act too. A fault is used up after `times` requests.

mod act;
mod script;

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value as Json;

pub(crate) use act::{Plan, Step, huge, scripted, wrong_json};
pub(crate) use script::{FaultScript, glob};

/// One line of a script.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Which requests.
    #[serde(default)]
    pub when: When,
    /// What happens to them.
    pub then: Action,
}

impl Fault {
    /// A fault for the next request with this method and path (`*` stands for any text).
    pub fn on(method: &str, path: &str, then: Action) -> Self {
        let when = When { method: Some(method.to_owned()), path: Some(path.to_owned()), ..When::default() };
        Self { when, then }
    }

    /// Acts on the `nth` request that fits, from 1, instead of the first.
    pub fn nth(mut self, nth: u32) -> Self {
        self.when.nth = nth;
        self
    }

    /// Acts on so many requests instead of one.
    pub fn times(mut self, times: u32) -> Self {
        self.when.times = times;
        self
    }

    /// Acts only where the body contains `text`.
    pub fn where_body_contains(mut self, text: impl Into<String>) -> Self {
        self.when.body_contains = Some(text.into());
        self
    }
}

/// Picks requests. What is left out fits all.
#[derive(Clone, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct When {
    /// The method, in any case.
    pub method: Option<String>,
    /// The path without the query; `*` stands for any text.
    pub path: Option<String>,
    /// A text that the body contains.
    pub body_contains: Option<String>,
    /// The first request that counts, from 1.
    pub nth: u32,
    /// How many requests it acts on.
    pub times: u32,
}

impl Default for When {
    fn default() -> Self {
        Self { method: None, path: None, body_contains: None, nth: 1, times: 1 }
    }
}

impl std::fmt::Debug for When {
    /// The text looked for in bodies may be a customer's.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("When")
            .field("method", &self.method)
            .field("path", &self.path)
            .field("nth", &self.nth)
            .field("times", &self.times)
            .finish_non_exhaustive()
    }
}

/// What happens to a request. `applied` says whether the vendor did its work before: the client cannot tell.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
#[serde(tag = "action", rename_all = "snake_case", deny_unknown_fields)]
pub enum Action {
    /// Another answer than the vendor's.
    Status {
        /// The status.
        status: u16,
        /// Headers, `Retry-After` for example.
        #[serde(default)]
        headers: BTreeMap<String, String>,
        /// The body: a string as it is, anything else as JSON; without it an error in no vendor's form.
        #[serde(default)]
        body: Option<Json>,
        /// Whether the request was applied.
        #[serde(default)]
        applied: bool,
    },
    /// The answer comes late.
    Delay {
        /// By so many seconds.
        seconds: f64,
        /// Whether the request is applied before the wait rather than after it.
        #[serde(default)]
        applied: bool,
    },
    /// The connection is refused: nothing was sent. Served, where a path is known only after the connection was
    /// accepted, it is closed before anything was applied.
    Refuse,
    /// The connection breaks before an answer.
    Cut {
        /// Whether the request was applied.
        #[serde(default)]
        applied: bool,
    },
    /// The status of the vendor's answer, and a body that is not JSON.
    WrongJson {
        /// Whether the request was applied.
        #[serde(default)]
        applied: bool,
    },
    /// Status 200 and a body of so many bytes.
    Huge {
        /// The size of the body.
        bytes: usize,
    },
    /// The job that the request starts goes wrong.
    Job(JobFault),
}

impl Action {
    /// A bare status without headers and body, nothing applied.
    pub fn status(status: u16) -> Self {
        Self::Status { status, headers: BTreeMap::new(), body: None, applied: false }
    }

    /// A bare status, after the request was applied.
    pub fn status_after_applying(status: u16) -> Self {
        Self::Status { status, headers: BTreeMap::new(), body: None, applied: true }
    }

    /// A late answer, applied after the wait.
    pub fn delay(by: Duration) -> Self {
        Self::Delay { seconds: by.as_secs_f64(), applied: false }
    }

    /// A broken connection.
    pub fn cut(applied: bool) -> Self {
        Self::Cut { applied }
    }

    /// Adds a header to a status; leaves the others as they are.
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        if let Self::Status { headers, .. } = &mut self {
            headers.insert(name.to_owned(), value.to_owned());
        }
        self
    }

    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Status { .. } => "status",
            Self::Delay { .. } => "delay",
            Self::Refuse => "refuse",
            Self::Cut { .. } => "cut",
            Self::WrongJson { .. } => "wrong_json",
            Self::Huge { .. } => "huge",
            Self::Job(_) => "job",
        }
    }
}

/// How a job goes wrong. An extension of the request that starts the job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(tag = "job", rename_all = "snake_case", deny_unknown_fields)]
pub enum JobFault {
    /// Nothing is applied; the job says that it failed, and names no record.
    Fails,
    /// The first records are applied, the last ones are not.
    EndsHalf {
        /// How many records are not applied.
        errored: usize,
    },
    /// The vendor no longer knows the job.
    Lost {
        /// Whether its work is done nevertheless.
        #[serde(default)]
        applied: bool,
    },
    /// The job never ends, and nothing is applied.
    Stuck,
}
