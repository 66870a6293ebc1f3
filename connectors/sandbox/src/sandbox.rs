//! The sandbox: a vendor, its time, its faults, its log, its folder; and the one way a request takes through them.

#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{Request, Response, StatusCode};
use lapwing_contract::Clock;
use lapwing_http::{Reach, TransportError};
use serde_json::Value as Json;
use tower::ServiceExt;

use crate::faults::{FaultScript, Plan, Step};
use crate::home::Home;
use crate::log::RequestLog;
use crate::time::VendorTime;
use crate::vendor::{Changed, Now};
use crate::{Action, Fault, JobFault, LoggedRequest, SandboxError, Vendor, control, faults};

/// What all vendors' sandboxes have in common.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How long every answer takes.
    pub latency: Duration,
    /// How many requests the log keeps.
    pub log_capacity: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { latency: Duration::ZERO, log_capacity: 10_000 }
    }
}

/// One account at a fake vendor. Clones share it.
#[derive(Clone)]
pub struct Sandbox {
    inner: Arc<Inner>,
}

struct Inner {
    vendor: Box<dyn Vendor>,
    router: Router,
    time: VendorTime,
    settings: Settings,
    faults: Mutex<FaultScript>,
    log: Mutex<RequestLog>,
    home: Option<Mutex<Home>>,
}

impl Sandbox {
    /// An account that lives as long as the process.
    pub fn in_memory(vendor: Box<dyn Vendor>, settings: Settings, clock: Arc<dyn Clock>) -> Self {
        Self::assemble(vendor, settings, VendorTime::new(clock, None), None)
    }

    /// An account that lives in `folder`, which is created where it is missing.
    ///
    /// Every change is in a journal before it is answered: a killed process loses nothing that was answered.
    /// [`Sandbox::save`] folds the journal into the state file. Where the clock stands before the last saved time,
    /// the vendor's time goes on from there.
    ///
    /// # Errors
    /// [`SandboxError`] where the folder cannot be used, is in use, or holds another vendor's or a damaged state.
    pub fn open(
        folder: &Path,
        vendor: Box<dyn Vendor>,
        settings: Settings,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, SandboxError> {
        let router = vendor.router();
        let (home, saved) = Home::open(folder, vendor.as_ref(), |at, fault, request| {
            // A vendor's routes never wait, so one poll is enough.
            futures::FutureExt::now_or_never(answer(router.clone(), at, fault, request)).is_some()
        })?;
        Ok(Self::assemble(vendor, settings, VendorTime::new(clock, saved), Some(Mutex::new(home))))
    }

    fn assemble(vendor: Box<dyn Vendor>, settings: Settings, time: VendorTime, home: Option<Mutex<Home>>) -> Self {
        let router = vendor.router();
        let log = Mutex::new(RequestLog::new(settings.log_capacity));
        let faults = Mutex::new(FaultScript::default());
        Self { inner: Arc::new(Inner { vendor, router, time, settings, faults, log, home }) }
    }

    /// The vendor's time.
    pub fn now(&self) -> DateTime<Utc> {
        self.inner.time.now()
    }

    /// The connector's name for the vendor.
    pub fn kind(&self) -> &'static str {
        self.inner.vendor.kind()
    }

    /// One line about the account, for people.
    pub fn summary(&self) -> String {
        self.inner.vendor.summary(self.now())
    }

    /// The whole state as JSON, in a fixed order.
    pub fn state(&self) -> Json {
        self.state_up_to(usize::MAX)
    }

    /// The state with at most `limit` records of each kind.
    pub fn state_up_to(&self, limit: usize) -> Json {
        self.inner.vendor.state(self.now(), limit)
    }

    /// The latest requests, from the number after `since` (0 for all).
    pub fn requests(&self, since: u64) -> Vec<LoggedRequest> {
        lock(&self.inner.log).since(since)
    }

    /// Adds faults to the end of the script.
    pub fn script(&self, faults: impl IntoIterator<Item = Fault>) {
        lock(&self.inner.faults).extend(faults);
    }

    /// The faults that are not used up.
    pub fn faults(&self) -> Vec<Fault> {
        lock(&self.inner.faults).left()
    }

    /// Empties the script.
    pub fn clear_faults(&self) {
        lock(&self.inner.faults).clear();
    }

    /// Empties the account, the log and the script.
    ///
    /// # Errors
    /// [`SandboxError::Folder`] where the empty state cannot be saved.
    pub fn reset(&self) -> Result<(), SandboxError> {
        self.inner.vendor.reset();
        lock(&self.inner.log).clear();
        self.clear_faults();
        self.save()
    }

    /// Writes the state file anew and empties the journal; does nothing for an account in memory.
    ///
    /// # Errors
    /// [`SandboxError::Folder`]; the old state file is whole then.
    pub fn save(&self) -> Result<(), SandboxError> {
        match &self.inner.home {
            Some(home) => lock(home).save(self.inner.vendor.as_ref(), self.now()),
            None => Ok(()),
        }
    }

    /// Takes a request through faults, vendor, journal and log. Requests to `/_sandbox/…` go to the sandbox itself
    /// and are neither disturbed nor logged.
    ///
    /// # Errors
    /// A [`TransportError`] where the script breaks the connection.
    pub async fn exchange(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        if request.uri().path().starts_with("/_sandbox/") {
            return Ok(call(control::router(self.clone()), request).await);
        }
        let keeps_body = !self.inner.vendor.takes_credentials(request.uri().path());
        let number = lock(&self.inner.log).arrived(self.now(), &request, keeps_body);
        let plan = Plan::of(lock(&self.inner.faults).strike(&request));
        let fault = plan.fault;
        let result = self.run(plan, request).await;
        let status = result.as_ref().ok().map(|response| response.status().as_u16());
        lock(&self.inner.log).answered(number, status, fault);
        result
    }

    async fn run(&self, plan: Plan, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let time = &self.inner.time;
        time.sleep(self.inner.settings.latency + plan.wait_before).await;
        let result = match plan.step {
            Step::Refuse => Err(broken(Reach::NotSent, "connection refused")),
            Step::Answer => Ok(self.apply(plan.job, request).await),
            Step::Cut { applied } => {
                if applied {
                    self.apply(plan.job, request).await;
                }
                Err(broken(Reach::MayBeApplied, "connection closed before an answer"))
            }
            Step::Instead { action, applied } => {
                let status = if applied { self.apply(plan.job, request).await.status() } else { StatusCode::OK };
                Ok(match action {
                    Action::Status { status, headers, body, .. } => faults::scripted(status, &headers, body.as_ref()),
                    Action::Huge { bytes } => faults::huge(bytes),
                    _ => faults::wrong_json(status),
                })
            }
        };
        time.sleep(plan.wait_after).await;
        result
    }

    /// Lets the vendor do its work, and notes in the journal what changed it.
    async fn apply(&self, fault: Option<JobFault>, request: Request<Bytes>) -> Response<Bytes> {
        let router = self.inner.router.clone();
        let Some(home) = &self.inner.home else { return answer(router, self.now(), fault, request).await };
        let kept = request_copy(&request);
        // Held over the vendor's work, so that the journal has the vendor's order; the vendor never waits.
        let mut home = lock(home);
        let at = self.now();
        let Some(response) = futures::FutureExt::now_or_never(answer(router, at, fault, request)) else {
            return failed("the vendor's routes must not wait");
        };
        let is_changed = response.extensions().get::<Changed>().is_some();
        let noted = if is_changed { home.note(at, fault, &kept) } else { home.pass(at) };
        if let Err(error) = noted {
            tracing::error!(error = &error as &dyn std::error::Error, "the sandbox's journal could not be written");
            return failed("the sandbox's journal could not be written");
        }
        response
    }
}

impl std::fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sandbox").field("kind", &self.kind()).finish_non_exhaustive()
    }
}

/// The vendor's answer to a request at a time.
async fn answer(
    router: Router,
    at: DateTime<Utc>,
    fault: Option<JobFault>,
    mut request: Request<Bytes>,
) -> Response<Bytes> {
    request.extensions_mut().insert(Now(at));
    if let Some(fault) = fault {
        request.extensions_mut().insert(fault);
    }
    call(router, request).await
}

/// Calls a router and collects its answer.
async fn call(router: Router, request: Request<Bytes>) -> Response<Bytes> {
    let Ok(response) = router.oneshot(request.map(Body::from)).await;
    let (parts, body) = response.into_parts();
    match axum::body::to_bytes(body, usize::MAX).await {
        Ok(bytes) => Response::from_parts(parts, bytes),
        Err(_) => failed("the answer could not be read"),
    }
}

fn request_copy(request: &Request<Bytes>) -> Request<Bytes> {
    let mut copy = Request::new(request.body().clone());
    *copy.method_mut() = request.method().clone();
    *copy.uri_mut() = request.uri().clone();
    *copy.headers_mut() = request.headers().clone();
    copy
}

fn failed(message: &'static str) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from_static(message.as_bytes()));
    *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    response
}

fn broken(reach: Reach, message: &str) -> TransportError {
    TransportError { reach, message: message.to_owned(), source: None }
}

/// Locks; a panic elsewhere fails its own test, not this one.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
