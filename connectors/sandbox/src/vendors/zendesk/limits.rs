//! Rate limits: so many requests a minute of the account, and so many updates of one user.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use super::answers::Refusal;
use super::options::{Options, RateSpelling};

/// Updates of one user a minute by `PUT /users/{id}`. Documented: 5.
const UPDATES_OF_ONE: u32 = 5;

/// Counts requests in windows that start with the minute. *Unverified*: whether windows are fixed.
#[derive(Debug, Default, Clone, serde::Serialize, serde::Deserialize)]
pub(super) struct Limits {
    minute: i64,
    used: u32,
    updates: BTreeMap<i64, u32>,
}

/// How the account stands after a request.
#[derive(Debug, Clone, Copy)]
pub(super) struct Standing {
    pub(super) admitted: bool,
    limit: u32,
    remaining: u32,
    reset: i64,
}

impl Limits {
    fn turn_to(&mut self, now: DateTime<Utc>) -> i64 {
        let minute = now.timestamp().div_euclid(60);
        if self.minute != minute {
            *self = Self { minute, ..Self::default() };
        }
        let end = (minute + 1) * 60_000;
        // Rounded up, so that who waits that long is let in.
        (end - now.timestamp_millis() + 999) / 1_000
    }

    /// Counts a request and says how the account stands. One that is refused costs nothing.
    pub(super) fn admit(&mut self, now: DateTime<Utc>, options: &Options) -> Standing {
        let reset = self.turn_to(now);
        let limit = options.requests_per_minute;
        let admitted = self.used < limit;
        if admitted {
            self.used += 1;
        }
        Standing { admitted, limit, remaining: limit - self.used, reset }
    }

    /// Counts an update of one user. The account may have plenty left (recorded: 668).
    pub(super) fn admit_update(&mut self, user: i64, now: DateTime<Utc>) -> Result<(), Refusal> {
        let reset = self.turn_to(now);
        let made = self.updates.entry(user).or_default();
        if *made >= UPDATES_OF_ONE {
            let words = "You have exceeded the rate limit for updating a single unique user. Please try again later.";
            return Err(Refusal::text(StatusCode::TOO_MANY_REQUESTS, words).with("retry-after", reset.to_string()));
        }
        *made += 1;
        Ok(())
    }
}

impl Standing {
    /// Writes the headers that every answer carries.
    pub(super) fn write(self, spelling: RateSpelling, headers: &mut HeaderMap) {
        let classic = [("x-rate-limit", i64::from(self.limit)), ("x-rate-limit-remaining", i64::from(self.remaining))];
        let documented = [
            ("ratelimit-limit", i64::from(self.limit)),
            ("ratelimit-remaining", i64::from(self.remaining)),
            ("ratelimit-reset", self.reset),
        ];
        let recorded = [
            ("rate-limit", i64::from(self.limit)),
            ("rate-limit-remaining", i64::from(self.remaining)),
            ("rate-limit-reset", self.reset),
        ];
        let chosen: &[&[(&'static str, i64)]] = match spelling {
            RateSpelling::Classic => &[&classic],
            RateSpelling::Documented => &[&classic, &documented],
            RateSpelling::Recorded => &[&recorded],
        };
        for (name, value) in chosen.iter().copied().flatten() {
            headers.insert(HeaderName::from_static(name), HeaderValue::from(*value));
        }
    }

    /// The 429 of the account's limit, with `Retry-After` (documented).
    pub(super) fn refusal(self) -> Refusal {
        let words = "Number of allowed API requests per minute exceeded";
        Refusal::coded(StatusCode::TOO_MANY_REQUESTS, "APIRateLimitExceeded", words)
            .with("retry-after", self.reset.to_string())
    }
}
