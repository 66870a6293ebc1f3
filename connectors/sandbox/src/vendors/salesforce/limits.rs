//! API calls of the last 24 hours, and the header that tells them.

use std::collections::VecDeque;

use chrono::{DateTime, TimeDelta, Utc};
use http::{HeaderMap, HeaderName, HeaderValue};

/// How long a call counts (documented: a rolling window of 24 hours).
const WINDOW: TimeDelta = TimeDelta::hours(24);

/// The calls of each minute, the oldest first.
#[derive(Debug, Default, Clone, serde::Serialize, serde::Deserialize)]
pub(super) struct Usage {
    minutes: VecDeque<(i64, u32)>,
}

impl Usage {
    /// The calls that count now.
    pub(super) fn used(&self, now: DateTime<Utc>) -> u32 {
        let first = minute(now - WINDOW);
        self.minutes.iter().filter(|(minute, _)| *minute > first).map(|(_, calls)| calls).sum()
    }

    /// Counts a call, unless the limit is reached; a call that is refused does not count.
    pub(super) fn admit(&mut self, now: DateTime<Utc>, limit: u32) -> bool {
        let first = minute(now - WINDOW);
        while self.minutes.front().is_some_and(|(minute, _)| *minute <= first) {
            self.minutes.pop_front();
        }
        if self.used(now) >= limit {
            return false;
        }
        match self.minutes.back_mut().filter(|(at, _)| *at == minute(now)) {
            Some((_, calls)) => *calls += 1,
            None => self.minutes.push_back((minute(now), 1)),
        }
        true
    }
}

fn minute(at: DateTime<Utc>) -> i64 {
    at.timestamp().div_euclid(60)
}

/// Writes `Sforce-Limit-Info`. The count lags at times, so that it goes down between two calls (recorded: 8584, then
/// 8583).
pub(super) fn tell(headers: &mut HeaderMap, used: u32, limit: u32) {
    let shown = if used.is_multiple_of(5) { used.saturating_sub(2) } else { used };
    if let Ok(value) = HeaderValue::from_str(&format!("api-usage={shown}/{limit}")) {
        headers.insert(HeaderName::from_static("sforce-limit-info"), value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_counts_for_a_day() {
        let at = |minutes: i64| DateTime::UNIX_EPOCH + TimeDelta::minutes(minutes);
        let mut usage = Usage::default();
        assert!(usage.admit(at(0), 2) && usage.admit(at(600), 2));
        assert!(!usage.admit(at(1_439), 2));
        assert_eq!((usage.used(at(1_439)), usage.used(at(1_440))), (2, 1));
        assert!(usage.admit(at(1_440), 2) && !usage.admit(at(1_441), 2));
    }

    #[test]
    fn the_header_goes_down_at_times() {
        let shown = |used| {
            let mut headers = HeaderMap::new();
            tell(&mut headers, used, 15_000);
            headers["sforce-limit-info"].to_str().unwrap().to_owned()
        };
        assert_eq!([shown(4), shown(5)], ["api-usage=4/15000", "api-usage=3/15000"]);
    }
}
