//! What the vendor's headers say about its limits.

use std::time::Duration;

use chrono::{DateTime, Utc};
use http::HeaderMap;

/// Below this, a reset is a number of seconds; from it on, an epoch. SendGrid documents an epoch and sends seconds.
const EPOCH_FROM: i64 = 1_000_000;
/// Above this, an epoch counts milliseconds: as seconds it would lie beyond the year 5000.
const MILLIS_ABOVE: i64 = 100_000_000_000;
/// No wait that a vendor asks for counts for more: beyond, it is a mistake, and sums with it could overflow.
const LONGEST: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// How a vendor spells its rate headers. Several spellings of one header are tried in order.
#[derive(Debug, Clone, Copy)]
pub struct RateHeaders {
    /// Requests allowed in the window.
    pub limit: &'static [&'static str],
    /// Requests left in the window.
    pub remaining: &'static [&'static str],
    /// When the window ends: seconds from now, or seconds or milliseconds since 1970.
    pub reset: &'static [&'static str],
}

impl RateHeaders {
    /// `X-RateLimit-Limit`, `-Remaining`, `-Reset`.
    pub const X_RATELIMIT: Self =
        Self { limit: &["x-ratelimit-limit"], remaining: &["x-ratelimit-remaining"], reset: &["x-ratelimit-reset"] };

    /// A vendor that tells nothing.
    pub const NONE: Self = Self { limit: &[], remaining: &[], reset: &[] };

    /// Reads what is there. A header that is missing or is not a number is taken as not sent.
    pub fn read(&self, headers: &HeaderMap, now: DateTime<Utc>) -> Reading {
        let number = |names: &[&str]| names.iter().find_map(|name| text(headers, name)?.parse::<i64>().ok());
        let count = |names| number(names).and_then(|count| u32::try_from(count.max(0)).ok());
        Reading {
            limit: count(self.limit),
            remaining: count(self.remaining),
            resets_in: number(self.reset).map(|reset| until(reset, now)),
        }
    }
}

/// One look at a vendor's counters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reading {
    /// Requests allowed in the window.
    pub limit: Option<u32>,
    /// Requests left in the window.
    pub remaining: Option<u32>,
    /// How long the window still lasts; 30 days at most.
    pub resets_in: Option<Duration>,
}

/// How long `Retry-After` asks to wait, in either form: seconds, or an HTTP date. 30 days at most.
pub fn retry_after(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    let text = text(headers, "retry-after")?;
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // Digits that do not fit are a large number all the same.
        return Some(text.parse().map_or(LONGEST, Duration::from_secs).min(LONGEST));
    }
    let date = DateTime::parse_from_rfc2822(text).ok()?.with_timezone(&Utc);
    Some(time_to(date, now))
}

/// How long until an endpoint's own bucket is filled again, where a header says that it is empty:
/// `zendesk-ratelimit-inflight-jobs: total=30; remaining=0; resets=60`.
pub(crate) fn empty_bucket(headers: &HeaderMap) -> Option<Duration> {
    let resets = |text: &str| {
        let part = |name: &str| text.split(';').find_map(|part| part.trim().strip_prefix(name)?.parse::<u64>().ok());
        let is_empty = part("total=").is_some() && part("remaining=") == Some(0);
        part("resets=").filter(|_| is_empty).map(|seconds| Duration::from_secs(seconds).min(LONGEST))
    };
    headers.values().filter_map(|value| resets(value.to_str().ok()?)).max()
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

fn until(reset: i64, now: DateTime<Utc>) -> Duration {
    if reset < EPOCH_FROM {
        return Duration::from_secs(u64::try_from(reset).unwrap_or_default());
    }
    let end =
        if reset > MILLIS_ABOVE { DateTime::from_timestamp_millis(reset) } else { DateTime::from_timestamp(reset, 0) };
    end.map_or(LONGEST, |end| time_to(end, now))
}

fn time_to(end: DateTime<Utc>, now: DateTime<Utc>) -> Duration {
    (end - now).to_std().unwrap_or_default().min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        "1994-11-06T08:49:00Z".parse().unwrap()
    }

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn a_small_reset_is_seconds_and_a_large_one_an_epoch() {
        let epoch = (now().timestamp() + 12).to_string();
        for reset in ["12", epoch.as_str()] {
            let sent =
                headers(&[("X-RateLimit-Limit", "200"), ("x-ratelimit-remaining", "7"), ("X-RateLimit-Reset", reset)]);
            let expected = Reading { limit: Some(200), remaining: Some(7), resets_in: Some(Duration::from_secs(12)) };
            assert_eq!(RateHeaders::X_RATELIMIT.read(&sent, now()), expected);
        }
    }

    #[test]
    fn an_epoch_in_milliseconds_is_the_same_moment() {
        let resets_in = |reset: i64| {
            let sent = headers(&[("x-ratelimit-reset", &reset.to_string())]);
            RateHeaders::X_RATELIMIT.read(&sent, now()).resets_in
        };
        assert_eq!(resets_in(now().timestamp_millis() + 12_500), Some(Duration::from_millis(12_500)));
        assert_eq!(resets_in(now().timestamp_millis() - 1), Some(Duration::ZERO));
    }

    #[test]
    fn no_wait_is_longer_than_thirty_days() {
        for reset in [1_000_000_000, 100_000_000_000, 1_700_000_000_000, i64::MAX] {
            assert_eq!(until(reset, now()), LONGEST, "{reset}");
        }
        for asked in ["99999999999", "18446744073709551615", "99999999999999999999999", "Fri, 31 Dec 9999 23:59:59 GMT"]
        {
            assert_eq!(retry_after(&headers(&[("retry-after", asked)]), now()), Some(LONGEST), "{asked}");
        }
    }

    #[test]
    fn headers_that_are_no_numbers_count_as_not_sent() {
        let sent = headers(&[("x-ratelimit-limit", "many"), ("x-ratelimit-reset", "-3")]);
        let expected = Reading { resets_in: Some(Duration::ZERO), ..Reading::default() };
        assert_eq!(RateHeaders::X_RATELIMIT.read(&sent, now()), expected);
    }

    #[test]
    fn an_endpoints_bucket_counts_when_it_is_empty() {
        let bucket = |value| empty_bucket(&headers(&[("vendor-ratelimit-jobs", value)]));
        assert_eq!(bucket("total=30; remaining=0; resets=60"), Some(Duration::from_secs(60)));
        for other in ["total=30; remaining=1; resets=60", "remaining=0; resets=60", "total=30; remaining=0", "0"] {
            assert_eq!(bucket(other), None, "{other}");
        }
        assert_eq!(bucket("total=30; remaining=0; resets=18446744073709551615"), Some(LONGEST));
    }

    #[test]
    fn retry_after_is_read_as_seconds_and_as_a_date() {
        assert_eq!(retry_after(&headers(&[("retry-after", "120")]), now()), Some(Duration::from_secs(120)));
        let date = headers(&[("retry-after", "Sun, 06 Nov 1994 08:49:37 GMT")]);
        assert_eq!(retry_after(&date, now()), Some(Duration::from_secs(37)));
        let past = headers(&[("retry-after", "Sun, 06 Nov 1994 08:48:37 GMT")]);
        assert_eq!(retry_after(&past, now()), Some(Duration::ZERO));
        assert_eq!(retry_after(&headers(&[("retry-after", "soon")]), now()), None);
    }
}
