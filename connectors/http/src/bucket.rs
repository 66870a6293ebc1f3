//! One limit, kept by `governor` on the injected clock, and bent to what the vendor's headers say.

use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use governor::clock::{Clock as _, Reference as _};
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::{InMemoryState, NotKeyed};
use lapwing_contract::{Clock, Quota};

use crate::Reading;

type Limiter = governor::RateLimiter<NotKeyed, InMemoryState, BucketClock, NoOpMiddleware<Nanos>>;

/// Lets requests start so that no window of the quota's length ever holds more than it allows.
#[derive(Debug)]
pub(crate) struct Bucket {
    clock: BucketClock,
    /// The length of the quota's window.
    per: Duration,
    state: Mutex<State>,
    /// Held by the request that waits for its turn; tokio's mutex lets the others in one by one, in order.
    queue: tokio::sync::Mutex<()>,
}

struct State {
    limiter: Limiter,
    /// The vendor's limit, as far as it is known and believed.
    limit: u32,
    /// The most that the vendor's headers may raise the limit to.
    ceiling: u32,
    /// How many requests fewer than the limit the limiter lets start.
    held: u32,
    /// No request starts before.
    paused_until: Nanos,
    /// Requests that have started and not ended.
    in_flight: u32,
}

impl Bucket {
    /// A bucket for so many requests.
    pub(crate) fn new(clock: &Arc<dyn Clock>, quota: Quota) -> Self {
        let clock = BucketClock { clock: Arc::clone(clock) };
        let limit = quota.requests.max(1);
        let limiter = limiter(&clock, limit, quota.per);
        let state = State { limiter, limit, ceiling: limit, held: 0, paused_until: Nanos::new(0), in_flight: 0 };
        Self { clock, per: quota.per, state: Mutex::new(state), queue: tokio::sync::Mutex::default() }
    }

    /// Lets the vendor's headers raise the limit as far as this.
    pub(crate) fn believe_up_to(&self, most: u32) {
        let mut state = self.lock();
        state.ceiling = state.ceiling.max(most);
    }

    /// Lets one request fewer start in every window than the limit allows.
    pub(crate) fn hold_one_back(&self) {
        let mut state = self.lock();
        state.held += 1;
        self.keep_limit(&mut state);
    }

    /// The next turn, in the order in which callers asked; `longest_pause` is what is waited for a vendor that wants a pause.
    /// Cancel safe: a dropped wait gives its place to the next.
    ///
    /// # Errors
    /// The length of a longer pause.
    pub(crate) async fn turn(&self, longest_pause: Duration) -> Result<(), Duration> {
        let _first_in_line = self.queue.lock().await;
        while let Err(wait) = self.try_take() {
            if self.paused_for().is_some_and(|pause| pause > longest_pause) {
                return Err(wait);
            }
            self.clock.clock.sleep(wait).await;
        }
        Ok(())
    }

    /// Takes the right to start a request, or says how long to wait before asking again.
    fn try_take(&self) -> Result<(), Duration> {
        if let Some(pause) = self.paused_for() {
            return Err(pause);
        }
        let now = self.clock.now();
        // At least a nanosecond: a wait of nothing would let a simulated clock stand still.
        let wait = |not_until: governor::NotUntil<Nanos>| not_until.wait_time_from(now).max(Duration::from_nanos(1));
        self.lock().limiter.check().map_err(wait)
    }

    /// The pause that is left, where the vendor asked for one.
    fn paused_for(&self) -> Option<Duration> {
        let left: Duration = self.lock().paused_until.duration_since(self.clock.now()).into();
        (!left.is_zero()).then_some(left)
    }

    /// Lets no request start for so long.
    pub(crate) fn pause(&self, pause: Duration) {
        let until = Nanos::new(self.clock.now().as_u64().saturating_add(nanos(pause).as_u64()));
        let mut state = self.lock();
        state.paused_until = state.paused_until.max(until);
    }

    pub(crate) fn started(&self) {
        self.lock().in_flight += 1;
    }

    pub(crate) fn ended(&self) {
        let mut state = self.lock();
        state.in_flight = state.in_flight.saturating_sub(1);
    }

    /// A vendor that allows less than it publishes is believed, one that allows more up to the ceiling. When nothing is
    /// left for requests that are not yet counted, the next ones wait for its reset: somebody else may be using the account.
    pub(crate) fn learn(&self, reading: &Reading) {
        let others_in_flight = {
            let mut state = self.lock();
            let allowed = reading.limit.map(|limit| limit.clamp(1, state.ceiling));
            if let Some(limit) = allowed
                && limit != state.limit
            {
                state.limit = limit;
                self.keep_limit(&mut state);
            }
            state.in_flight.saturating_sub(1)
        };
        if let (Some(remaining), Some(resets_in)) = (reading.remaining, reading.resets_in)
            && (remaining == 0 || remaining < others_in_flight)
        {
            self.pause(resets_in);
        }
    }

    fn keep_limit(&self, state: &mut State) {
        let limit = state.limit.saturating_sub(state.held).max(1);
        state.limiter = limiter(&self.clock, limit, self.per);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // The state is a plain value: a panic elsewhere cannot leave it half written.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Even spacing, with a burst of one second's worth so that a late answer loses nothing. The burst is taken out of the
/// rate: `burst` at once and the rest spread over the window make up the limit, and not one more.
fn limiter(clock: &BucketClock, limit: u32, per: Duration) -> Limiter {
    let seconds = u32::try_from(per.as_secs()).unwrap_or(u32::MAX).max(1);
    let burst = (limit / seconds).clamp(1, limit.max(1));
    let spread = (limit.max(1) - (burst - 1)).max(1);
    // Rounded up: rounded down, the window would have room for one more.
    let spacing = Duration::from_nanos(u64::try_from(per.as_nanos()).unwrap_or(u64::MAX).div_ceil(u64::from(spread)));
    let quota = governor::Quota::with_period(spacing)
        .unwrap_or(governor::Quota::per_second(NonZeroU32::MIN))
        .allow_burst(NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN));
    governor::RateLimiter::direct_with_clock(quota, clock.clone())
}

/// The contract's clock as `governor` wants it: nanoseconds since it started, whatever the wall clock says.
#[derive(Debug, Clone)]
struct BucketClock {
    clock: Arc<dyn Clock>,
}

impl governor::clock::Clock for BucketClock {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        nanos(self.clock.elapsed())
    }
}

/// `governor`'s own conversion panics beyond 584 years.
fn nanos(duration: Duration) -> Nanos {
    Nanos::new(u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX))
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} requests a window, {} in flight", self.limit, self.in_flight)
    }
}
