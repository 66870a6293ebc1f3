//! The time limit of statements: a thread of its own that interrupts the one that takes too long.
//!
//! DuckDB looks for an interrupt between two vectors of rows. A function that is slow on a single vector doesn't see it:
//! then the watch gives the engine up, and whoever waits for it is told so.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;

/// How long a statement may take to notice that it was interrupted.
pub(super) const GRACE: Duration = Duration::from_secs(20);

/// How long to wait before a statement is interrupted once more: DuckDB forgets an interrupt that comes in between two
/// steps of one.
const AGAIN: Duration = Duration::from_millis(100);

/// Watches the statements of one connection.
pub(super) struct Watch {
    shared: Arc<Shared>,
    limit: Duration,
    given_up: watch::Receiver<bool>,
}

impl std::fmt::Debug for Watch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watch").field("limit", &self.limit).finish_non_exhaustive()
    }
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// When the statement under way has to end.
    deadline: Option<Instant>,
    closed: bool,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Two plain values: whoever panicked while holding them has left them whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watch {
    /// Starts watching; `interrupt` stops the statement under way.
    pub(super) fn start(
        limit: Duration,
        grace: Duration,
        interrupt: impl Fn() + Send + 'static,
    ) -> std::io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let (sender, given_up) = watch::channel(false);
        let watched = Arc::clone(&shared);
        let watching = move || keep_watch(&watched, limit, grace, &interrupt, &sender);
        std::thread::Builder::new().name("engine watch".to_owned()).spawn(watching)?;
        Ok(Self { shared, limit, given_up })
    }

    /// A statement begins; it ends with the guard.
    pub(super) fn statement(&self) -> Statement<'_> {
        // The thread needs no call: it looks again after the limit at the latest, and this one has as long.
        self.shared.lock().deadline = Some(Instant::now() + self.limit);
        Statement(self)
    }

    /// Becomes true when a statement has neither ended nor noticed that it should.
    pub(super) fn given_up(&self) -> watch::Receiver<bool> {
        self.given_up.clone()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.changed.notify_all();
    }
}

/// A statement under way.
pub(super) struct Statement<'watch>(&'watch Watch);

impl Drop for Statement<'_> {
    fn drop(&mut self) {
        self.0.shared.lock().deadline = None;
    }
}

fn keep_watch(shared: &Shared, limit: Duration, grace: Duration, interrupt: &dyn Fn(), give_up: &watch::Sender<bool>) {
    let mut state = shared.lock();
    while !state.closed {
        let late = state.deadline.map(|deadline| Instant::now().saturating_duration_since(deadline));
        let wait = match (late, state.deadline) {
            (Some(late), Some(_)) if !late.is_zero() => {
                interrupt();
                // Nobody may listen any more.
                let _ = give_up.send(late >= grace);
                AGAIN
            }
            (_, Some(deadline)) => deadline.saturating_duration_since(Instant::now()).max(Duration::from_millis(1)),
            (_, None) => limit,
        };
        state =
            shared.changed.wait_timeout(state, wait).map_or_else(|broken| broken.into_inner().0, |(state, _)| state);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn what_takes_too_long_is_interrupted_until_it_ends() {
        let (interrupt, interrupted) = mpsc::channel();
        let watch = Watch::start(Duration::from_millis(5), GRACE, move || _ = interrupt.send(())).unwrap();
        let statement = watch.statement();
        interrupted.recv().unwrap();
        interrupted.recv().unwrap();
        assert!(!*watch.given_up().borrow());
        drop(statement);
        drop(watch);
        // The thread ends with the watch, and lets the channel go.
        while interrupted.recv().is_ok() {}
    }

    #[test]
    fn what_does_not_notice_is_given_up() {
        let watch = Watch::start(Duration::from_millis(5), Duration::from_millis(5), || {}).unwrap();
        let _statement = watch.statement();
        let mut given_up = watch.given_up();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        assert!(runtime.block_on(async { given_up.wait_for(|given_up| *given_up).await.is_ok() }));
    }
}
