//! Sends requests: takes turns, signs, sends, learns, and tries again where that is safe.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{Response, StatusCode};
use lapwing_contract::{Clock, DestinationError, ErrorKind};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use url::Url;

use crate::attempts::{Attempts, End, Setback};
use crate::headers::empty_bucket;
use crate::status::{is_passing, is_unclear};
use crate::{
    ApiRequest, ApiResponse, Credentials, HttpEnv, Pace, QuotaRule, RateHeaders, Reach, Requests, RetrySettings,
    Traffic, Transport, TransportError, kind_of, retry_after,
};

/// What a connector knows of its vendor.
#[derive(Debug)]
pub struct Profile {
    /// Where the API lives.
    pub base: Url,
    /// How requests prove who sends them.
    pub credentials: Arc<dyn Credentials>,
    /// The vendor's limits.
    pub quotas: Vec<QuotaRule>,
    /// How the vendor spells its rate headers.
    pub rate_headers: RateHeaders,
}

/// The client of one account. Shared by all its calls; calls may run at once.
#[derive(Debug)]
pub struct Client {
    profile: Profile,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    /// What the wall clock showed when the other one started, as it was when the client was made.
    origin: DateTime<Utc>,
    retry: RetrySettings,
    pace: Pace,
    chance: Mutex<StdRng>,
    traffic: Arc<Traffic>,
}

/// How one attempt ended without an answer for the sender.
struct Failure {
    error: Box<DestinationError>,
    /// None where no further attempt makes sense.
    setback: Option<Setback>,
}

impl Client {
    /// A client of this vendor in this environment. Sends nothing yet.
    pub fn new(env: &HttpEnv, profile: Profile) -> Self {
        Self {
            pace: Pace::new(&env.clock, env.pace, &profile.quotas, &env.limits, env.retry.deadline),
            profile,
            transport: Arc::clone(&env.transport),
            clock: Arc::clone(&env.clock),
            origin: env.clock.now() - env.clock.elapsed(),
            retry: env.retry,
            chance: Mutex::new(StdRng::seed_from_u64(env.seed)),
            traffic: Arc::clone(&env.traffic),
        }
    }

    /// For vendors whose limit depends on the plan that is paid for: the rule of `quota` holds until the vendor's headers
    /// tell the real limit, which is believed up to `most` requests.
    pub fn learning_up_to(self, quota: &str, most: u32) -> Self {
        self.pace.believe_up_to(quota, most);
        self
    }

    /// The requests made so far by all clients of the environment.
    pub fn requests(&self) -> Requests {
        self.traffic.requests()
    }

    /// The clock of the environment, for connectors that have to write the time.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// The time by the wall clock as it was set when the client was made: for times that are written down, and compared by
    /// this process or the next. It does not notice when the clock is set meanwhile.
    pub fn steady_now(&self) -> DateTime<Utc> {
        self.origin + self.clock.elapsed()
    }

    /// Sends a request and gives its answer: a success, or a status that it expects.
    ///
    /// Cancellation: a dropped call may have been applied; nothing is sent afterwards.
    ///
    /// # Errors
    /// Every other end, after the retries that were safe: see [`kind_of`], and [`ErrorKind::Ambiguous`] for a request
    /// that may have been applied and must not be repeated.
    pub async fn send(&self, request: ApiRequest) -> Result<ApiResponse, DestinationError> {
        let mut attempts = Attempts::new(self.retry, request.is_idempotent, self.clock.elapsed());
        let mut renewed = false;
        loop {
            let failure = match self.attempt(&request, &mut attempts, &mut renewed).await {
                Ok(answer) => return Ok(self.answer(answer, request, &attempts)),
                Err(failure) => failure,
            };
            let next = failure.setback.map(|setback| attempts.next_wait(setback, self.chance(), self.clock.elapsed()));
            match next {
                Some(Ok(wait)) => self.wait(&request, &attempts, wait).await,
                Some(Err(end)) => return Err(self.gave_up(*failure.error, end, &attempts)),
                None => return Err(self.measured(*failure.error, &attempts)),
            }
        }
    }

    /// One attempt; two where the vendor refused the credentials and they could be renewed.
    async fn attempt(
        &self,
        request: &ApiRequest,
        attempts: &mut Attempts,
        renewed: &mut bool,
    ) -> Result<Response<Bytes>, Failure> {
        loop {
            let mut wire = request.to_http(&self.profile.base)?;
            let mut carried = None;
            if request.is_to_api() {
                carried = Some(self.profile.credentials.authorize(&mut wire).await?);
            }
            let answer = self.in_turn(request, wire, attempts).await?;
            match carried {
                Some(carried) if answer.status() == StatusCode::UNAUTHORIZED && !*renewed => {
                    *renewed = true;
                    if self.profile.credentials.renew(carried).await {
                        continue;
                    }
                }
                _ => {}
            }
            return self.judged(request, answer);
        }
    }

    /// Waits for the turn, sends, and learns from the headers.
    async fn in_turn(
        &self,
        request: &ApiRequest,
        wire: http::Request<Bytes>,
        attempts: &mut Attempts,
    ) -> Result<Response<Bytes>, Failure> {
        let mut permit = None;
        if request.is_to_api() {
            let turn = self.pace.turn(request.quota).await.map_err(|pause| too_long_a_pause(request, pause))?;
            self.traffic.waited(turn.waited);
            permit = Some(turn);
        }
        attempts.made += 1;
        self.traffic.sent(request.is_read, attempts.made);
        let result = self.transport.send(wire).await;
        let status = result.as_ref().map(|answer| answer.status().as_u16()).ok();
        tracing::debug!(operation = request.operation, status, attempt = attempts.made, "request");
        let answer = result.map_err(|error| without_answer(request, error))?;
        if let Some(permit) = &permit {
            permit.learn(&self.profile.rate_headers.read(answer.headers(), self.clock.now()));
        }
        Ok(answer)
    }

    /// Sorts an answer: for the sender, for another attempt, or an error.
    fn judged(&self, request: &ApiRequest, answer: Response<Bytes>) -> Result<Response<Bytes>, Failure> {
        let status = answer.status();
        let kind = match kind_of(status) {
            Some(kind) if !request.expected.contains(&status.as_u16()) => kind,
            _ => return Ok(answer),
        };
        let reason = status.canonical_reason().map(|reason| format!(": {reason}")).unwrap_or_default();
        let error = DestinationError::new(kind, &request.operation, format!("the vendor refused it{reason}"))
            .with_status(status.as_u16());
        if !is_passing(kind) {
            return Err(error.into());
        }
        let now = self.clock.now();
        let asked = retry_after(answer.headers(), now);
        let counters = self.profile.rate_headers.read(answer.headers(), now);
        let at_least = counters.resets_in.filter(|_| kind == ErrorKind::RateLimited).unwrap_or_default();
        if kind == ErrorKind::RateLimited && request.is_to_api() {
            self.pace.pause(request.quota, asked.unwrap_or(at_least));
        }
        // An endpoint's own bucket is the request's affair, not the account's: nobody else waits for it.
        let own_bucket = empty_bucket(answer.headers()).filter(|_| kind == ErrorKind::RateLimited).unwrap_or_default();
        let setback = Setback { maybe_applied: is_unclear(status), asked, at_least: at_least.max(own_bucket) };
        Err(Failure { error: Box::new(error), setback: Some(setback) })
    }

    async fn wait(&self, request: &ApiRequest, attempts: &Attempts, wait: Duration) {
        let wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
        tracing::debug!(operation = request.operation, attempt = attempts.made, wait_ms, "waiting to try again");
        self.traffic.waited(wait);
        self.clock.sleep(wait).await;
    }

    fn chance(&self) -> f64 {
        self.chance.lock().unwrap_or_else(PoisonError::into_inner).random()
    }

    fn answer(&self, answer: Response<Bytes>, request: ApiRequest, attempts: &Attempts) -> ApiResponse {
        let (parts, body) = answer.into_parts();
        ApiResponse {
            status: parts.status,
            headers: parts.headers,
            body,
            operation: request.operation,
            attempts: attempts.made,
            elapsed: attempts.elapsed(self.clock.elapsed()),
        }
    }

    fn gave_up(&self, error: DestinationError, end: End, attempts: &Attempts) -> DestinationError {
        let error = match end {
            End::Unsafe => DestinationError {
                kind: ErrorKind::Ambiguous,
                message: format!("{}; it may have been applied, and repeating it could do harm", error.message),
                ..error
            },
            End::TooOften => error,
            End::TooLate(wait) => {
                let (wait, deadline) = (wait.as_secs_f64(), self.retry.deadline.as_secs());
                let message = format!(
                    "{}; the next try would come in {wait:.0} s, later than the deadline of {deadline} s",
                    error.message
                );
                DestinationError { message, ..error }
            }
        };
        self.measured(error, attempts)
    }

    fn measured(&self, error: DestinationError, attempts: &Attempts) -> DestinationError {
        DestinationError { attempts: attempts.made.max(1), elapsed: attempts.elapsed(self.clock.elapsed()), ..error }
    }
}

impl From<DestinationError> for Failure {
    fn from(error: DestinationError) -> Self {
        Self { error: Box::new(error), setback: None }
    }
}

fn without_answer(request: &ApiRequest, error: TransportError) -> Failure {
    let TransportError { reach, message, source } = error;
    let error =
        DestinationError { source, ..DestinationError::new(ErrorKind::Unavailable, &request.operation, message) };
    let maybe_applied = reach == Reach::MayBeApplied;
    let setback = Setback { maybe_applied, asked: None, at_least: Duration::ZERO };
    Failure { error: Box::new(error), setback: Some(setback) }
}

fn too_long_a_pause(request: &ApiRequest, pause: Duration) -> Failure {
    let message = format!("the vendor asks for a pause of {} s, longer than the retry deadline", pause.as_secs());
    DestinationError::new(ErrorKind::RateLimited, &request.operation, message).into()
}
