//! The share of the org's API calls that Lapwing may see used.
//!
//! Salesforce counts the calls of everybody over the last 24 hours, and tells the count with every answer:
//! `Sforce-Limit-Info: api-usage=8584/15000` (recorded, documented). Lapwing stops when the org's total has reached the
//! share of the limit that `api_budget_pct` grants, so that the rest stays for other tools.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::HeaderMap;
use lapwing_contract::{DestinationError, ErrorKind};

/// The count lags: it can go down between two calls (recorded: 8584, then 8583). A lower one is believed only when none
/// of the readings of so long has confirmed the higher one. *Unverified* how long it lags.
const SETTLES: Duration = Duration::from_secs(5 * 60);

/// The calls of an org as far as they are known.
#[derive(Debug)]
pub(crate) struct Budget {
    share_pct: u8,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Calls used as far as is known: the highest reading, and every call of ours since, from its start on.
    used: u64,
    /// The org's limit; none before the first answer.
    limit: Option<u64>,
    in_flight: u64,
    /// When, by the clock that never steps, a reading last was as high as what was known.
    settled_at: Duration,
    /// When there last was a reading.
    read_at: Duration,
}

/// A call that is under way. Dropping it ends it.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    budget: &'a Budget,
}

impl Budget {
    pub(crate) fn new(share_pct: u8) -> Self {
        Self { share_pct, state: Mutex::default() }
    }

    /// Takes the right to make a call.
    ///
    /// # Errors
    /// [`ErrorKind::QuotaExhausted`] where it would go beyond the share.
    pub(crate) fn begin(&self, now: Duration) -> Result<Call<'_>, DestinationError> {
        let mut state = self.lock();
        self.look(&state, 1, now)?;
        state.used += 1;
        state.in_flight += 1;
        Ok(Call { budget: self })
    }

    /// Whether so many calls are left. What is not known before the first answer counts as left.
    pub(crate) fn has_room_for(&self, calls: u64, now: Duration) -> Result<(), DestinationError> {
        self.look(&self.lock(), calls, now)
    }

    /// Old calls stop counting, and only an answer tells so: after a while without one, a call may ask.
    fn look(&self, state: &State, calls: u64, now: Duration) -> Result<(), DestinationError> {
        if now.saturating_sub(state.read_at) >= SETTLES {
            return Ok(());
        }
        let (used, Some(limit), share_pct) = (state.used, state.limit, self.share_pct) else { return Ok(()) };
        let share = limit.saturating_mul(share_pct.into()) / 100;
        if used.saturating_add(calls) <= share {
            return Ok(());
        }
        let message = format!(
            "the org has used {used} of its {limit} API calls in 24 hours, and `api_budget_pct` = {share_pct} ends at \
             {share}; the call was not made. Run again later, or raise api_budget_pct"
        );
        Err(DestinationError::new(ErrorKind::QuotaExhausted, "calling Salesforce", message))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // The state is a plain value: a panic elsewhere cannot leave it half written.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Call<'_> {
    /// Takes in what an answer says about the calls, and how many were made for it.
    pub(crate) fn learn(&self, headers: Option<&HeaderMap>, attempts: u32, now: Duration) {
        let mut state = self.budget.lock();
        state.used += u64::from(attempts.saturating_sub(1));
        let Some((used, limit)) = headers.and_then(api_usage) else { return };
        let is_first = state.limit.replace(limit).is_none();
        state.read_at = now;
        if is_first || used >= state.used || now.saturating_sub(state.settled_at) >= SETTLES {
            state.used = used.max(state.in_flight);
            state.settled_at = now;
        }
    }
}

impl Drop for Call<'_> {
    fn drop(&mut self) {
        let mut state = self.budget.lock();
        state.in_flight = state.in_flight.saturating_sub(1);
    }
}

/// Used and allowed calls, out of `api-usage=17/15000; per-app-api-usage=17/250(appName=x)` in any order.
fn api_usage(headers: &HeaderMap) -> Option<(u64, u64)> {
    let text = headers.get("sforce-limit-info")?.to_str().ok()?;
    let (used, limit) =
        text.split([';', ',']).find_map(|part| part.trim().strip_prefix("api-usage="))?.split_once('/')?;
    Some((used.trim().parse().ok()?, limit.trim().parse().ok().filter(|limit| *limit > 0)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(text: &str) -> HeaderMap {
        [("sforce-limit-info".parse().unwrap(), text.parse().unwrap())].into_iter().collect()
    }

    fn at(minute: u64) -> Duration {
        Duration::from_secs(60 * minute)
    }

    fn call(budget: &Budget, reading: &str, minute: u64) -> bool {
        let Ok(call) = budget.begin(at(minute)) else { return false };
        call.learn(Some(&headers(reading)), 1, at(minute));
        true
    }

    fn room(budget: &Budget, minute: u64) -> u64 {
        (0..100).take_while(|calls| budget.has_room_for(calls + 1, at(minute)).is_ok()).count() as u64
    }

    #[test]
    fn the_header_is_read_with_whatever_stands_beside() {
        let read = |text: &str| api_usage(&headers(text));
        assert_eq!(read("api-usage=8584/15000"), Some((8584, 15000)));
        assert_eq!(read("per-app-api-usage=17/250(appName=x); api-usage=18/5000"), Some((18, 5000)));
        assert_eq!(read("api-bursts=1/750, api-usage=18/5000"), Some((18, 5000)));
        for odd in ["", "api-usage=", "api-usage=1", "api-usage=a/b", "api-usage=1/0", "api-usage=-1/5"] {
            assert_eq!(read(odd), None, "{odd}");
        }
    }

    #[test]
    fn the_orgs_total_ends_at_the_share() {
        let budget = Budget::new(50);
        assert!(call(&budget, "api-usage=8/20", 0), "nothing is known yet");
        assert!(call(&budget, "api-usage=9/20", 0));
        assert!(call(&budget, "api-usage=10/20", 0));
        let error = budget.begin(at(0)).unwrap_err();
        assert_eq!(error.kind, ErrorKind::QuotaExhausted);
        assert!(error.message.contains("10 of its 20"), "{error}");
    }

    #[test]
    fn calls_under_way_count_and_so_do_those_without_a_reading() {
        let budget = Budget::new(100);
        assert!(call(&budget, "api-usage=3/10", 0));
        let under_way: Vec<_> = (0..4).map(|_| budget.begin(at(0)).unwrap()).collect();
        assert_eq!(room(&budget, 0), 3);
        // The first answer tells all four; the others do not count a second time.
        for call in &under_way {
            call.learn(Some(&headers("api-usage=7/10")), 1, at(0));
        }
        assert_eq!(room(&budget, 0), 3);
        budget.begin(at(0)).unwrap().learn(None, 3, at(0));
        assert!(budget.begin(at(0)).is_err());
    }

    #[test]
    fn a_count_that_lags_is_not_believed_at_once() {
        let budget = Budget::new(100);
        assert!(call(&budget, "api-usage=8/10", 0));
        assert!(call(&budget, "api-usage=7/10", 4), "lags");
        assert_eq!(room(&budget, 4), 1);
        assert!(call(&budget, "api-usage=2/10", 6), "old calls no longer count");
        assert_eq!(room(&budget, 6), 8);
    }

    #[test]
    fn a_budget_that_was_used_up_is_asked_for_again_later() {
        let budget = Budget::new(100);
        assert!(call(&budget, "api-usage=10/10", 0));
        assert!(!call(&budget, "", 4));
        assert!(call(&budget, "api-usage=11/10", 5), "still used up");
        assert!(!call(&budget, "", 9));
        assert!(call(&budget, "api-usage=4/10", 10));
        assert_eq!(room(&budget, 10), 6);
    }
}
