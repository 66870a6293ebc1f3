//! A clock that jumps: a wait ends as soon as everybody else had a turn and no earlier wait is open.

use std::collections::BTreeSet;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::Clock;

/// How many turns other tasks get before time jumps. A task that answers in process needs a few.
const TURNS: u32 = 16;

/// Simulated time. Nothing ever really waits: when a sleeper has given the other tasks their turns and its deadline is
/// the earliest, the clock jumps there. Clones share the time. Runs on any executor; deterministic on one thread.
#[derive(Debug, Clone)]
pub struct SimulatedClock {
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    now: DateTime<Utc>,
    next_id: u64,
    sleepers: BTreeSet<(DateTime<Utc>, u64)>,
}

impl SimulatedClock {
    /// A clock that stands at `start`.
    pub fn starting_at(start: DateTime<Utc>) -> Self {
        Self { state: Arc::new(Mutex::new(State { now: start, next_id: 0, sleepers: BTreeSet::new() })) }
    }

    /// Moves the time forward by hand.
    pub fn advance(&self, duration: Duration) {
        let mut state = self.lock();
        state.now += duration;
    }

    fn register(&self, duration: Duration) -> (DateTime<Utc>, u64) {
        let mut state = self.lock();
        let entry = (state.now + duration, state.next_id);
        state.next_id += 1;
        state.sleepers.insert(entry);
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
        self.lock().now
    }

    async fn sleep(&self, duration: Duration) {
        let entry = self.register(duration);
        Sleep { clock: self.clone(), entry, turns: 0 }.await;
    }
}

struct Sleep {
    clock: SimulatedClock,
    entry: (DateTime<Utc>, u64),
    turns: u32,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        self.turns += 1;
        let mut state = self.clock.lock();
        if state.now >= self.entry.0 {
            return Poll::Ready(());
        }
        if self.turns > TURNS && state.sleepers.first() == Some(&self.entry) {
            state.now = self.entry.0;
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
}
