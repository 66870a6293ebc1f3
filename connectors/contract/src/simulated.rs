//! A clock that jumps: a wait ends as soon as everybody else had a turn and no earlier wait is open.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};

use crate::Clock;

/// How many turns other tasks get before time jumps. A task that answers in process needs a few.
const TURNS: u32 = 16;

/// Simulated time. Nothing ever really waits: when a sleeper has given the other tasks their turns and its deadline is
/// the earliest, the clock jumps there. Clones share the time. Runs on any executor; deterministic on one thread.
///
/// Where work is done on other threads too, nobody here can tell when everybody had their turn: a clock that is
/// [driven](SimulatedClock::driven_from) jumps only when it is told to.
#[derive(Debug, Clone)]
pub struct SimulatedClock {
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    /// What the wall clock showed when this one started, by what it shows now.
    origin: DateTime<Utc>,
    elapsed: Duration,
    is_driven: bool,
    next_id: u64,
    /// The waits by their deadline and, of the same deadline, in the order of their beginning.
    sleepers: BTreeMap<(Duration, u64), Option<Waker>>,
}

impl SimulatedClock {
    /// A clock that stands at `start`.
    pub fn starting_at(start: DateTime<Utc>) -> Self {
        Self::new(start, false)
    }

    /// A clock that stands at `start` until [`SimulatedClock::jump`] is called.
    pub fn driven_from(start: DateTime<Utc>) -> Self {
        Self::new(start, true)
    }

    fn new(origin: DateTime<Utc>, is_driven: bool) -> Self {
        let state = State { origin, elapsed: Duration::ZERO, is_driven, next_id: 0, sleepers: BTreeMap::new() };
        Self { state: Arc::new(Mutex::new(state)) }
    }

    /// Moves the time forward by hand.
    pub fn advance(&self, duration: Duration) {
        self.lock().elapsed += duration;
    }

    /// Sets the wall clock forward or back by so much. What is measured does not notice.
    pub fn step(&self, by: TimeDelta) {
        self.lock().origin += by;
    }

    /// Moves a driven clock on to the end of the earliest wait, and wakes who waits. False where nobody does.
    pub fn jump(&self) -> bool {
        let earliest = {
            let mut state = self.lock();
            let earliest = state.sleepers.pop_first();
            if let Some(((deadline, _), _)) = &earliest {
                state.elapsed = state.elapsed.max(*deadline);
            }
            earliest
        };
        if let Some((_, Some(waker))) = &earliest {
            waker.wake_by_ref();
        }
        earliest.is_some()
    }

    fn register(&self, duration: Duration) -> (Duration, u64) {
        let mut state = self.lock();
        let entry = (state.elapsed + duration, state.next_id);
        state.next_id += 1;
        state.sleepers.insert(entry, None);
        entry
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // The state is a plain value: a panic elsewhere cannot leave it half written.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Clock for SimulatedClock {
    fn now(&self) -> DateTime<Utc> {
        let state = self.lock();
        state.origin + state.elapsed
    }

    fn elapsed(&self) -> Duration {
        self.lock().elapsed
    }

    async fn sleep(&self, duration: Duration) {
        let entry = self.register(duration);
        Sleep { clock: self.clone(), entry, turns: 0 }.await;
    }
}

struct Sleep {
    clock: SimulatedClock,
    entry: (Duration, u64),
    turns: u32,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        self.turns += 1;
        let mut state = self.clock.lock();
        if state.elapsed >= self.entry.0 {
            return Poll::Ready(());
        }
        if state.is_driven {
            state.sleepers.insert(self.entry, Some(context.waker().clone()));
            return Poll::Pending;
        }
        if self.turns > TURNS && state.sleepers.first_key_value().map(|(first, _)| first) == Some(&self.entry) {
            state.elapsed = self.entry.0;
            return Poll::Ready(());
        }
        drop(state);
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        self.clock.lock().sleepers.remove(&self.entry);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Polls futures in turns until all are done: an executor in ten lines, so that this crate needs none.
    fn run_all(mut tasks: Vec<Pin<Box<dyn Future<Output = ()>>>>) {
        let mut context = Context::from_waker(std::task::Waker::noop());
        while !tasks.is_empty() {
            tasks.retain_mut(|task| task.as_mut().poll(&mut context).is_pending());
        }
    }

    #[test]
    fn sleepers_wake_in_the_order_of_their_deadlines() {
        let start = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let clock = SimulatedClock::starting_at(start);
        let woken = Arc::new(Mutex::new(Vec::new()));
        let tasks = [30, 10, 20].map(|seconds| {
            let (clock, woken) = (clock.clone(), Arc::clone(&woken));
            Box::pin(async move {
                clock.sleep(Duration::from_secs(seconds)).await;
                woken.lock().unwrap().push((seconds, (clock.now() - start).num_seconds()));
            }) as Pin<Box<dyn Future<Output = ()>>>
        });
        run_all(tasks.into());
        assert_eq!(*woken.lock().unwrap(), [(10, 10), (20, 20), (30, 30)]);
    }

    #[test]
    fn a_dropped_wait_does_not_hold_the_others_back() {
        let clock = SimulatedClock::starting_at(DateTime::UNIX_EPOCH);
        let mut forgotten = Box::pin(clock.sleep(Duration::from_secs(1)));
        let mut context = Context::from_waker(std::task::Waker::noop());
        assert!(forgotten.as_mut().poll(&mut context).is_pending());
        drop(forgotten);
        let waiting = clock.clone();
        run_all(vec![Box::pin(async move { waiting.sleep(Duration::from_secs(5)).await })]);
        assert_eq!(clock.now(), DateTime::UNIX_EPOCH + Duration::from_secs(5));
    }

    #[test]
    fn a_driven_clock_stands_until_it_is_told_to_jump() {
        let clock = SimulatedClock::driven_from(DateTime::UNIX_EPOCH);
        let mut waits = [7, 3].map(|seconds| {
            let clock = clock.clone();
            Box::pin(async move { clock.sleep(Duration::from_secs(seconds)).await })
        });
        let mut context = Context::from_waker(Waker::noop());
        for _ in 0..100 {
            assert!(waits.iter_mut().all(|wait| wait.as_mut().poll(&mut context).is_pending()));
        }
        assert!(clock.jump());
        assert_eq!(clock.elapsed(), Duration::from_secs(3));
        assert!(waits[1].as_mut().poll(&mut context).is_ready() && waits[0].as_mut().poll(&mut context).is_pending());
        assert!(clock.jump() && waits[0].as_mut().poll(&mut context).is_ready());
        assert!(!clock.jump(), "nobody waits any more");
    }

    #[test]
    fn who_sets_the_wall_clock_changes_no_measure() {
        let clock = SimulatedClock::starting_at(DateTime::UNIX_EPOCH);
        clock.advance(Duration::from_secs(60));
        clock.step(TimeDelta::hours(-1));
        assert_eq!((clock.now().timestamp(), clock.elapsed()), (60 - 3600, Duration::from_secs(60)));
    }
}
