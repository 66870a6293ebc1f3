//! Rate limits: so many reads and writes a minute and user. They tell nothing in headers (recorded).

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// What a request counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) enum Group {
    Read,
    Write,
}

impl Group {
    /// The word in Google's message.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Read => "Read",
            Self::Write => "Write",
        }
    }
}

/// The times of the requests of the last minute. Google says that the quota is refilled each minute and not when; the
/// fake counts over every window of 60 seconds, which is the strictest reading.
#[derive(Debug, Default, Clone)]
pub(super) struct Limits {
    windows: BTreeMap<(usize, Group), Vec<DateTime<Utc>>>,
}

impl Limits {
    /// Counts a request of a user, or refuses it; a refused one costs nothing.
    pub(super) fn admit(&mut self, user: usize, group: Group, limit: u32, now: DateTime<Utc>) -> bool {
        let window = self.windows.entry((user, group)).or_default();
        window.retain(|at| (now - *at).num_milliseconds() < 60_000);
        let admitted = window.len() < usize::try_from(limit).unwrap_or(usize::MAX);
        if admitted {
            window.push(now);
        }
        admitted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_window_of_a_minute_holds_no_more_than_the_limit() {
        let at = |seconds| DateTime::from_timestamp(seconds, 0).unwrap();
        let mut limits = Limits::default();
        let mut admit = |user, group, seconds| limits.admit(user, group, 2, at(seconds));
        assert!(admit(0, Group::Read, 30) && admit(0, Group::Read, 59));
        assert!(!admit(0, Group::Read, 61), "a new minute of the clock is no new window");
        assert!(admit(1, Group::Read, 61) && admit(0, Group::Write, 61));
        assert!(admit(0, Group::Read, 90) && !admit(0, Group::Read, 91));
    }
}
