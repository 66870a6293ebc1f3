//! A conversation with a vendor as a text, so that what was found can be read, and means the same tomorrow.
//!
//! ```text
//! zendesk write 2 Ada
//! ---
//! 429
//! retry-after: 1
//!
//! ---
//! 200
//!
//! {"job_status": {"id": "8b72", "status": "queued"}}
//! ```
//! The first line says who is asked what about how many records. Then come the answers, in their order: a status,
//! headers, an empty line, a body. `cut` is an answer that got lost, `unsent` a request, `token` what a good sign-in
//! gives; `again` at the end repeats the last answer for ever. Any text is a conversation: what can't be read is left out.

use lapwing_http::Reach;
use lapwing_http::scripted::Reply;

use super::vendors::{KINDS, token};

/// What stands between answers.
const NEXT: &str = "\n---\n";

/// An answer that lets a connector in.
const TOKEN: &str = "token";

/// No answer, but the last one from now on.
const AGAIN: &str = "again";

/// The most answers. A vendor that is asked more often than that for so few records is asked too often.
const MOST_REPLIES: usize = 40;

/// Headers that are read.
const HEADERS: [&str; 13] = [
    "retry-after",
    "x-ratelimit-limit",
    "x-ratelimit-remaining",
    "x-ratelimit-reset",
    "ratelimit-limit",
    "ratelimit-remaining",
    "ratelimit-reset",
    "zendesk-ratelimit-inflight-jobs",
    "sforce-limit-info",
    "sforce-locator",
    "content-type",
    "location",
    "date",
];

/// What a destination is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Question {
    Check,
    Describe,
    Prepare,
    Locate,
    Arrange,
    Write,
    Delete,
    Follow,
    Read,
    DailyCalls,
}

const QUESTIONS: [(&str, Question); 10] = [
    ("check", Question::Check),
    ("describe", Question::Describe),
    ("prepare", Question::Prepare),
    ("locate", Question::Locate),
    ("arrange", Question::Arrange),
    ("write", Question::Write),
    ("delete", Question::Delete),
    ("follow", Question::Follow),
    ("read", Question::Read),
    ("daily", Question::DailyCalls),
];

/// Who is asked what, and what is answered.
#[derive(Debug, Clone)]
pub(crate) struct Conversation {
    pub(crate) kind: &'static str,
    pub(crate) question: Question,
    /// From 1 to 4.
    pub(crate) records: usize,
    /// A text in the records, or the job that is followed.
    pub(crate) word: String,
    pub(crate) replies: Vec<Reply>,
    /// Whether the last of them is repeated without an end.
    pub(crate) for_ever: bool,
    /// Whether any of them says that something went well, signing in aside.
    pub(crate) has_success: bool,
}

impl Conversation {
    /// Reads any text.
    pub(crate) fn read(text: &str) -> Self {
        let mut parts = text.split(NEXT);
        let mut words = parts.next().unwrap_or_default().trim_end().splitn(4, ' ');
        let kind = words.next().unwrap_or_default();
        let question = words.next().unwrap_or_default();
        let records = words.next().and_then(|word| word.parse::<usize>().ok()).unwrap_or_default();
        let mut texts: Vec<&str> = parts.take(MOST_REPLIES).collect();
        let for_ever = texts.pop_if(|last| last.trim() == AGAIN).is_some();
        let replies: Vec<Reply> = texts.iter().map(|text| reply(text)).collect();
        let well = |reply: &Reply| matches!(reply, Reply::Answer { status: 200..300, .. });
        let signs_in = |text: &str| text.trim() == TOKEN;
        Self {
            kind: KINDS.iter().find(|known| **known == kind).copied().unwrap_or(KINDS[kind.len() % KINDS.len()]),
            question: QUESTIONS.iter().find(|(name, _)| *name == question).map_or(Question::Write, |(_, known)| *known),
            records: records.clamp(1, 4),
            word: words.next().unwrap_or_default().to_owned(),
            has_success: texts.iter().zip(&replies).any(|(text, reply)| well(reply) && !signs_in(text)),
            replies,
            for_ever,
        }
    }
}

fn reply(text: &str) -> Reply {
    let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
    let mut lines = head.lines();
    let status = match lines.next().unwrap_or_default().trim() {
        "cut" => return Reply::Cut(Reach::MayBeApplied),
        TOKEN => return token(),
        "unsent" => return Reply::Cut(Reach::NotSent),
        status => status.parse().ok().filter(|status| (100..1000).contains(status)).unwrap_or(200),
    };
    lines.filter_map(|line| line.split_once(':')).fold(Reply::new(status, body), |reply, (name, value)| {
        match HEADERS.iter().find(|known| **known == name) {
            Some(known) => reply.with(known, value.trim()),
            None => reply,
        }
    })
}
