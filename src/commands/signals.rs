//! Signals that end a run: the first one after the batches in flight, the second at once.

use crate::delivery::{Stop, StopReason};
use crate::report::Printer;

/// Listens until it is dropped. SIGINT and SIGTERM mean the same.
pub(super) async fn stop_on_signal(stops: Vec<Stop>, printer: Printer) {
    let mut signals = Signals::listen();
    signals.next().await;
    printer.talk("stopping after the batches in flight; once more to stop at once");
    for stop in &stops {
        stop.pull(StopReason::Asked);
    }
    signals.next().await;
    std::process::exit(130);
}

/// What was heard from the beginning on: a signal that comes while the one before is answered is not lost.
struct Signals {
    #[cfg(unix)]
    streams: Option<[tokio::signal::unix::Signal; 2]>,
}

#[cfg(unix)]
impl Signals {
    fn listen() -> Self {
        use tokio::signal::unix::{SignalKind, signal};
        let streams = signal(SignalKind::interrupt()).ok().zip(signal(SignalKind::terminate()).ok());
        Self { streams: streams.map(|(interrupt, terminate)| [interrupt, terminate]) }
    }

    async fn next(&mut self) {
        match &mut self.streams {
            Some([interrupt, terminate]) => {
                tokio::select! {
                    _ = interrupt.recv() => {}
                    _ = terminate.recv() => {}
                }
            }
            // Where no handler can be had, the system's own answer ends the process.
            None => std::future::pending().await,
        }
    }
}

#[cfg(not(unix))]
impl Signals {
    fn listen() -> Self {
        Self {}
    }

    async fn next(&mut self) {
        let _ = tokio::signal::ctrl_c().await;
    }
}
