//! The engine's thread: work comes in through a bounded channel, answers go back to whoever asked.

use tokio::sync::{mpsc, oneshot, watch};

use super::{EngineError, EngineErrorKind, EngineOptions, Session};

/// How many pieces of work may wait. Callers beyond it wait their turn.
const QUEUE: usize = 16;

type Work = Box<dyn FnOnce(&mut Session) + Send>;

/// A handle on the engine. Clones share the one thread and the one connection; work runs in the order of its arrival.
/// The database is closed when the last handle is dropped.
#[derive(Clone, Debug)]
pub struct Engine {
    queue: mpsc::Sender<Work>,
    given_up: GivenUp,
    /// Ends with the thread.
    ended: watch::Receiver<()>,
}

/// Becomes true when a statement can't be ended; none without a time limit.
type GivenUp = Option<watch::Receiver<bool>>;

impl Engine {
    /// Opens the database on a new thread and locks its configuration.
    ///
    /// # Errors
    /// [`EngineErrorKind::Locked`] where another process holds the file, [`EngineErrorKind::Database`] where it is
    /// damaged or of a newer version, [`EngineErrorKind::Resources`] where no thread can be had.
    pub async fn open(options: EngineOptions) -> Result<Self, EngineError> {
        let (queue, work) = mpsc::channel::<Work>(QUEUE);
        let (opened, is_open) = oneshot::channel();
        let (alive, ended) = watch::channel(());
        let thread = move || {
            serve(&options, work, opened);
            drop(alive);
        };
        std::thread::Builder::new().name("engine".to_owned()).spawn(thread).map_err(|error| {
            EngineError::new(EngineErrorKind::Resources, format!("no thread for the engine: {error}"))
        })?;
        let given_up = is_open.await.map_err(|_| gone())??;
        Ok(Self { queue, given_up, ended })
    }

    /// Gives this handle up and waits until the database is closed, which is when the other handles are gone, too.
    pub async fn close(self) {
        let Self { queue, mut ended, .. } = self;
        drop(queue);
        // Nothing is ever sent: what comes is the end.
        while ended.changed().await.is_ok() {}
    }

    /// Runs `work` on the engine's thread and waits for what it returns.
    ///
    /// # Errors
    /// What `work` returns, [`EngineErrorKind::Internal`] where the thread is gone, or [`EngineErrorKind::TimeLimit`]
    /// where a statement neither ends nor can be interrupted: then the engine is of no more use, and ends with the process.
    pub async fn run<T, E>(&self, work: impl FnOnce(&mut Session) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<EngineError> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let boxed: Work = Box::new(move |session| {
            // Nobody listens any more where the caller was cancelled; the work is done all the same.
            let _ = answer.send(work(session));
        });
        tokio::select! {
            biased;
            () = lost(self.given_up.clone()) => Err(EngineError::new(
                EngineErrorKind::TimeLimit,
                "a query took longer than the time limit, and could not be stopped",
            ).into()),
            answer = async {
                self.queue.send(boxed).await.map_err(|_| gone())?;
                answered.await.map_err(|_| E::from(gone()))?
            } => answer,
        }
    }
}

fn serve(
    options: &EngineOptions,
    mut work: mpsc::Receiver<Work>,
    opened: oneshot::Sender<Result<GivenUp, EngineError>>,
) {
    let mut session = match Session::open(options) {
        Ok(session) => {
            let _ = opened.send(Ok(session.given_up()));
            session
        }
        Err(error) => {
            let _ = opened.send(Err(error));
            return;
        }
    };
    while let Some(work) = work.blocking_recv() {
        work(&mut session);
    }
}

/// Ends when the engine is given up, which mostly is never.
async fn lost(given_up: GivenUp) {
    if let Some(mut given_up) = given_up
        && given_up.wait_for(|given_up| *given_up).await.is_ok()
    {
        return;
    }
    std::future::pending::<()>().await;
}

fn gone() -> EngineError {
    EngineError::new(EngineErrorKind::Internal, "the engine's thread has ended")
}
