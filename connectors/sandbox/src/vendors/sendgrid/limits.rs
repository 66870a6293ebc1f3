//! Rate limits: so many requests a minute and group of routes.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use super::Options;
use super::answers::Refusal;

/// A group of routes that share a limit. Recorded: contacts 200 a minute, lists and field definitions 600.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Group {
    Contacts,
    Lists,
    FieldDefinitions,
    Other,
}

impl Group {
    pub(super) fn of(path: &str) -> Self {
        match path.strip_prefix("/v3/marketing/").and_then(|rest| rest.split('/').next()) {
            Some("contacts") => Self::Contacts,
            Some("lists") => Self::Lists,
            Some("field_definitions") => Self::FieldDefinitions,
            _ => Self::Other,
        }
    }
}

/// Counts requests in windows that start with the minute.
#[derive(Debug, Default, Clone, serde::Serialize, serde::Deserialize)]
pub(super) struct Limits {
    windows: BTreeMap<Group, Window>,
}

#[derive(Debug, Default, Clone, Copy, serde::Serialize, serde::Deserialize)]
struct Window {
    minute: i64,
    used: u32,
}

/// How a group stands after a request.
#[derive(Debug, Clone, Copy)]
pub(super) struct Standing {
    pub(super) admitted: bool,
    limit: u32,
    remaining: u32,
    reset: i64,
}

impl Limits {
    /// Counts a request (unless `count` is false) and says how its group stands. One that is refused costs nothing.
    pub(super) fn admit(&mut self, group: Group, now: DateTime<Utc>, options: &Options, count: bool) -> Standing {
        let limit = match group {
            Group::Contacts => options.contacts_per_minute,
            Group::Lists | Group::FieldDefinitions | Group::Other => options.others_per_minute,
        };
        let seconds = now.timestamp();
        let minute = seconds.div_euclid(60);
        let window = self.windows.entry(group).or_default();
        if window.minute != minute {
            *window = Window { minute, used: 0 };
        }
        let admitted = window.used < limit;
        if admitted && count {
            window.used += 1;
        }
        let end = (minute + 1) * 60;
        // Recorded values are 0 to 59, so the rest is rounded down: who waits exactly that long may come too early.
        let left = (end * 1_000 - now.timestamp_millis()) / 1_000;
        let reset = if options.reset_as_epoch { end } else { left.min(59) };
        Standing { admitted, limit, remaining: limit - window.used, reset }
    }
}

impl Standing {
    /// Writes the three headers that every answer carries.
    pub(super) fn write(self, headers: &mut HeaderMap) {
        let values = [
            ("x-ratelimit-limit", i64::from(self.limit)),
            ("x-ratelimit-remaining", i64::from(self.remaining)),
            ("x-ratelimit-reset", self.reset),
        ];
        for (name, value) in values {
            headers.insert(HeaderName::from_static(name), HeaderValue::from(value));
        }
    }
}

/// The vendor's 429. It carries no `Retry-After` (recorded).
pub(super) fn too_many_requests() -> Refusal {
    Refusal::plain(StatusCode::TOO_MANY_REQUESTS, "too many requests")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    #[test]
    fn a_group_is_full_until_the_minute_ends_and_others_are_not_touched() {
        let options = Options { contacts_per_minute: 2, ..Options::default() };
        let mut limits = Limits::default();
        let mut admit = |group, seconds| limits.admit(group, at(seconds), &options, true).admitted;
        assert!(admit(Group::Contacts, 10) && admit(Group::Contacts, 50));
        assert!(!admit(Group::Contacts, 59));
        assert!(admit(Group::Lists, 59));
        assert!(admit(Group::Contacts, 60));
    }

    #[test]
    fn the_reset_is_in_seconds_or_an_epoch() {
        let mut limits = Limits::default();
        let mut reset = |at| limits.admit(Group::Lists, at, &Options::default(), true).reset;
        let half = std::time::Duration::from_millis(500);
        assert_eq!([at(600), at(610), at(610) + half, at(659) + half].map(&mut reset), [59, 50, 49, 0]);
        let options = Options { reset_as_epoch: true, ..Options::default() };
        assert_eq!(limits.admit(Group::Lists, at(610), &options, true).reset, 660);
    }

    #[test]
    fn paths_belong_to_their_groups() {
        assert_eq!(Group::of("/v3/marketing/contacts/imports/x"), Group::Contacts);
        assert_eq!(Group::of("/v3/marketing/lists"), Group::Lists);
        assert_eq!(Group::of("/v3/marketing/field_definitions/e1_T"), Group::FieldDefinitions);
        assert_eq!(Group::of("/v3/scopes"), Group::Other);
    }
}
