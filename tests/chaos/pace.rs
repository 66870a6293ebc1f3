//! The pace, from what the fake was asked: no window of a quota ever holds more than it allows.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use lapwing_sandbox::LoggedRequest;

use crate::play::Play;

const MINUTE: Duration = Duration::from_secs(60);

impl Play {
    pub(crate) fn pace_was_kept(&self) {
        let account = self.case.account;
        let requests = self.requests();
        let to_api: Vec<&LoggedRequest> = requests.iter().filter(|request| !account.is_for_a_token(request)).collect();
        for window in account.windows() {
            let times = to_api.iter().filter(|request| (window.counts)(request)).map(|request| request.at);
            let most = busiest(&times.collect::<Vec<_>>(), window.per);
            assert!(most <= window.requests, "{most} requests of `{}` in {:?}", window.name, window.per);
        }
        if let Some(pace) = self.case.pace.requests_per_minute {
            let times: Vec<_> = to_api.iter().map(|request| request.at).collect();
            let most = busiest(&times, MINUTE);
            assert!(most <= usize::try_from(pace.get()).unwrap(), "{most} requests in a minute, and {pace} allowed");
        }
        let refused = requests.iter().find(|request| request.status == Some(429) && request.fault.is_none());
        assert!(refused.is_none(), "a request came too early: {refused:?}");
    }
}

/// The most requests in any window of that length.
fn busiest(times: &[DateTime<Utc>], per: Duration) -> usize {
    let per = TimeDelta::from_std(per).unwrap();
    let mut most = 0;
    let mut first = 0;
    for (last, at) in times.iter().enumerate() {
        while *at - times[first] >= per {
            first += 1;
        }
        most = most.max(last + 1 - first);
    }
    most
}

#[test]
fn a_window_slides() {
    let times: Vec<_> = [0, 30, 59, 60, 61].map(|second| DateTime::from_timestamp(second, 0).unwrap()).into();
    assert_eq!(busiest(&times, MINUTE), 4);
    assert_eq!(busiest(&times[..3], MINUTE), 3);
    assert_eq!(busiest(&[], MINUTE), 0);
}
