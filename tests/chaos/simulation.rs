//! Time that passes only when nobody has anything left to do, on any number of threads.
//!
//! The engine works on a thread of its own. So that a run is the same every time, that thread and this one take turns:
//! while the run is polled the engine waits at a gate, and before the run is polled again the engine has done all that
//! it was given. Where nobody is left to be woken, the clock jumps to the end of the earliest wait.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use chrono::{DateTime, Utc};
use lapwing::engine::{Engine, EngineError, EngineOptions, Session};
use lapwing::ledger;
use lapwing_contract::{Clock, SimulatedClock};

/// Drives futures over an engine and a driven clock.
pub(crate) struct Simulation {
    pub(crate) engine: Engine,
    pub(crate) clock: SimulatedClock,
}

/// The engine's thread stands here until it is let go.
struct Gate {
    open: Sender<()>,
}

struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

impl Simulation {
    /// An empty ledger in memory, and a clock that stands at `start`.
    pub(crate) fn from(start: DateTime<Utc>) -> Self {
        let options =
            EngineOptions { threads: Some(1), memory_limit: Some("256MiB".to_owned()), ..EngineOptions::default() };
        let opened = async {
            let engine = Engine::open(options).await.unwrap();
            engine.run(ledger::prepare).await.unwrap();
            engine
        };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        Self { engine: runtime.block_on(opened), clock: SimulatedClock::driven_from(start) }
    }

    /// Runs a future to its end.
    pub(crate) fn run<T>(&self, future: impl Future<Output = T>) -> T {
        let Some(output) = self.run_for(future, u64::MAX) else { unreachable!("nobody counts so far") };
        output
    }

    /// Runs a future to its end, or drops it after so many polls: then its process is dead. What it had handed to the
    /// engine by then is done.
    ///
    /// # Panics
    /// Where everybody waits and nobody is going to be woken: a run that hangs for ever.
    pub(crate) fn run_for<T>(&self, future: impl Future<Output = T>, polls: u64) -> Option<T> {
        let mut future = Box::pin(future);
        let woken = Arc::new(Woken(AtomicBool::new(true)));
        let waker = Waker::from(Arc::clone(&woken));
        let mut context = Context::from_waker(&waker);
        let mut gate = self.close();
        let mut left = polls;
        loop {
            while woken.0.swap(false, Ordering::SeqCst) {
                if left == 0 {
                    drop(future);
                    self.pass(gate);
                    return None;
                }
                left -= 1;
                if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
                    self.pass(gate);
                    return Some(output);
                }
            }
            gate = self.turn(gate);
            if !woken.0.load(Ordering::SeqCst) {
                assert!(self.clock.jump(), "the run hangs: it waits for nobody");
            }
        }
    }

    /// Lets the engine do what it was given, and stops it again.
    fn turn(&self, gate: Gate) -> Gate {
        // Where the engine is gone, the next gate will not close, and says so.
        let _ = gate.open.send(());
        drop(gate);
        self.close()
    }

    fn pass(&self, gate: Gate) {
        let last = self.turn(gate);
        let _ = last.open.send(());
    }

    /// Closes the gate behind all that the engine was given, and waits until it stands there.
    fn close(&self) -> Gate {
        let (reached, is_reached) = channel();
        let (open, is_open) = channel::<()>();
        let mut work = Box::pin(self.engine.run(move |_| {
            let _ = reached.send(());
            let _ = is_open.recv();
            Ok::<_, EngineError>(())
        }));
        let mut context = Context::from_waker(Waker::noop());
        loop {
            // The queue of the engine may be full: then the work is handed over as soon as there is room.
            assert!(work.as_mut().poll(&mut context).is_pending(), "the engine's thread has ended");
            if arrives(&is_reached) {
                return Gate { open };
            }
        }
    }
}

fn arrives(reached: &Receiver<()>) -> bool {
    reached.recv_timeout(Duration::from_millis(5)).is_ok()
}

#[test]
#[should_panic(expected = "the run hangs")]
fn a_run_that_nobody_is_going_to_wake_is_told() {
    Simulation::from(DateTime::UNIX_EPOCH).run(std::future::pending::<()>());
}

#[test]
fn a_killed_run_has_done_what_it_had_handed_to_the_engine() {
    let simulation = Simulation::from(DateTime::UNIX_EPOCH);
    let engine = simulation.engine.clone();
    let enter = |session: &mut Session| session.run_script("CREATE TABLE IF NOT EXISTS done AS SELECT 1");
    let run = async {
        engine.run(enter).await.unwrap();
        simulation.clock.sleep(Duration::from_secs(9)).await;
    };
    assert!(simulation.run_for(run, 1).is_none());
    let is_done = simulation.engine.run(|session| session.has_relation("done"));
    assert!(simulation.run(is_done).unwrap());
    assert_eq!(simulation.clock.elapsed(), Duration::ZERO);
}
