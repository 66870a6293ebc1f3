//! A case from its first run to its last.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::{Request, Response};
use lapwing::engine::Param;
use lapwing_contract::{Destination, SimulatedClock};
use lapwing_http::{HttpEnv, Transport, TransportError};
use lapwing_sandbox::{Fault, InProcess, LoggedRequest, Sandbox};

use crate::case::{Case, Edit, FIRST_BAD, Round, Row};
use crate::simulation::Simulation;
use crate::sync::{Ran, Sync};
use crate::trouble::Trouble;
use crate::vendors;
use crate::watch::{Watch, Watched};

/// So long after the last fault, every quota is whole again, every session has ended, and the pause of every refusal is
/// over, however far the wall clock was set.
pub(crate) const UNTIL_ALL_IS_QUIET: Duration = Duration::from_secs(90 * 86_400);

/// So long, no job is under way any more that the vendor no longer knows: what it writes after that nobody could foresee.
const UNTIL_LOST_JOBS_END: Duration = Duration::from_secs(300);

/// What a case tells while it is played; it survives a panic.
pub(crate) type Story = Arc<Mutex<String>>;

/// A case under way.
pub(crate) struct Play {
    pub(crate) case: Case,
    pub(crate) simulation: Simulation,
    pub(crate) sandbox: Sandbox,
    pub(crate) watch: Watch,
    /// The customers as the exports have them now, by number.
    pub(crate) rows: BTreeMap<u64, Row>,
    /// Numbers that were ever there.
    pub(crate) known: BTreeSet<u64>,
    pub(crate) figures: Figures,
    story: Story,
    start: DateTime<Utc>,
    logged: u64,
    run_id: i64,
}

/// What happened in a case.
#[derive(Debug, Clone, Default)]
pub(crate) struct Figures {
    pub(crate) runs: u64,
    pub(crate) requests: u64,
    /// Requests that a fault struck.
    pub(crate) struck: u64,
    /// Faults that were used up, by kind.
    pub(crate) faults: BTreeMap<&'static str, u64>,
    pub(crate) crashes: u64,
    /// Runs that could not pick up what an earlier one had left.
    pub(crate) unsettled: u64,
    pub(crate) steps: u64,
}

/// The wire, beside which somebody sets the wall clock.
#[derive(Debug)]
struct Wire {
    fake: InProcess,
    clock: SimulatedClock,
    steps: Mutex<Steps>,
}

#[derive(Debug, Default)]
struct Steps {
    seen: u64,
    at: Vec<(u64, TimeDelta)>,
}

#[async_trait]
impl Transport for Wire {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let step = {
            let mut steps = self.steps.lock().unwrap_or_else(PoisonError::into_inner);
            steps.seen += 1;
            let seen = steps.seen;
            steps.at.iter().filter(|(at, _)| *at == seen).map(|(_, by)| *by).sum()
        };
        self.clock.step(step);
        self.fake.send(request).await
    }

    fn is_simulated(&self) -> bool {
        true
    }
}

impl Play {
    pub(crate) fn new(case: Case, story: Story) -> Self {
        let start = DateTime::from_timestamp(1_800_000_000, 0).unwrap() + Duration::from_millis(case.seed * 777);
        let simulation = Simulation::from(start);
        let sandbox = vendors::open(case.account, &case.temper, case.latency, Arc::new(simulation.clock.clone()));
        let play = Self {
            simulation,
            sandbox,
            watch: Watch::default(),
            rows: BTreeMap::new(),
            known: BTreeSet::new(),
            figures: Figures::default(),
            story,
            start,
            logged: 0,
            run_id: 0,
            case,
        };
        let Case { seed, account, on_leave, batch, jobs_in_flight, latency, pace, retry, temper, .. } = &play.case;
        let pace = pace.requests_per_minute.map_or(0, NonZeroU32::get);
        play.tell(&format!(
            "seed {seed}: {account:?}, on_leave {on_leave:?}, {batch} records a batch, {jobs_in_flight} jobs at once, \
             latency {latency:?}, pace {pace}, {} attempts within {:?}, {temper:?}",
            retry.max_attempts, retry.deadline
        ));
        play
    }

    /// All rounds.
    pub(crate) fn rounds(&mut self) {
        for round in self.case.rounds.clone() {
            self.round(&round);
        }
    }

    /// A run in which nothing goes wrong, so long after the last.
    pub(crate) fn quiet_run(&mut self, after: Duration) -> Ran {
        self.simulation.clock.advance(after);
        self.run(&[], None).unwrap()
    }

    fn round(&mut self, round: &Round) {
        self.simulation.clock.advance(round.gap);
        for edit in &round.edits {
            match *edit {
                Edit::Set(number, row) => {
                    self.known.insert(number);
                    self.rows.insert(number, row);
                }
                Edit::Remove(number) => {
                    self.rows.remove(&number);
                }
            }
        }
        self.sandbox.script(round.troubles.iter().map(|trouble| trouble.fault.clone()));
        self.run(&round.steps, round.crash);
        self.count_faults(&round.troubles);
        if round.troubles.iter().any(|trouble| trouble.kind == "job lost after applying") {
            self.simulation.clock.advance(UNTIL_LOST_JOBS_END);
        }
        self.sandbox.clear_faults();
    }

    /// A process starts and does one run; none where it is killed.
    fn run(&mut self, steps: &[(u64, TimeDelta)], crash: Option<u64>) -> Option<Ran> {
        self.run_id += 1;
        self.figures.runs += 1;
        let (rows, run_id) = (self.rows.len(), self.run_id);
        self.tell(&format!("run {run_id}, {:.3} s after the first, {rows} customers", self.now()));
        let clock = self.simulation.clock.clone();
        let wire = Wire {
            fake: InProcess::new(self.sandbox.clone()),
            clock: clock.clone(),
            steps: Mutex::new(Steps { seen: 0, at: steps.to_vec() }),
        };
        let env = HttpEnv::new(Arc::new(wire), Arc::new(clock.clone()))
            .with_pace(self.case.pace)
            .with_retry(self.case.retry)
            .with_seed(self.case.seed);
        let destination = Watched {
            inner: self.case.account.connect(env),
            batch: self.case.batch,
            jobs_in_flight: self.case.jobs_in_flight,
            watch: self.watch.clone(),
        };
        let sync = Sync { account: self.case.account, on_leave: self.case.on_leave, limit: self.case.limit };
        let engine = self.simulation.engine.clone();
        let run = sync.run(&engine, &destination, &clock, self.attributes());
        let ran = self.simulation.run_for(run, crash.unwrap_or(u64::MAX));
        let last = self.sandbox.requests(self.logged);
        self.figures.steps += steps.iter().filter(|(at, _)| *at <= last.len() as u64).count() as u64;
        self.tell_requests(&last);
        if let Some(ran) = &ran {
            self.figures.unsettled += u64::from(ran.counts.is_none());
            let planned = ran.counts.map(|counts| (counts.to_send, counts.held));
            self.tell(&format!("  planned and held: {planned:?}, {:?}, failure: {:?}", ran.folded, ran.failure));
        } else {
            self.figures.crashes += 1;
            self.watch.run_died(self.in_hand(&destination));
            self.tell("  killed");
        }
        ran
    }

    /// Records that can be under way at once.
    fn in_hand(&self, destination: &dyn Destination) -> usize {
        let real = destination.capabilities(self.case.account.object());
        let slots = if real.jobs_in_flight > 0 { real.jobs_in_flight } else { real.concurrency };
        slots * self.case.batch
    }

    /// The customers, a value for each column of [`crate::sync::ATTRIBUTES`].
    fn attributes(&self) -> Vec<[Param; 6]> {
        let row = |(number, row): (&u64, &Row)| {
            let text = |text: Option<String>| text.map_or(Param::Null, Param::Text);
            [
                Param::Text(format!("{number:03}")),
                Param::Text(self.key(*number)),
                Param::Text(format!("Name {number}")),
                text(row.a.map(|a| format!("a{a}"))),
                row.b.map_or(Param::Null, Param::Int),
                text(row.c.map(|day| format!("2026-01-{day:02}"))),
            ]
        };
        self.rows.iter().map(row).collect()
    }

    pub(crate) fn key(&self, number: u64) -> String {
        let account = self.case.account;
        if number >= FIRST_BAD { account.bad_key(number) } else { account.key(number) }
    }

    /// All requests so far.
    pub(crate) fn requests(&self) -> Vec<LoggedRequest> {
        self.sandbox.requests(0)
    }

    fn now(&self) -> f64 {
        use lapwing_contract::Clock as _;
        self.simulation.clock.elapsed().as_secs_f64()
    }

    fn count_faults(&mut self, troubles: &[Trouble]) {
        let text = |fault: &Fault| serde_json::to_string(fault).unwrap();
        let mut left: Vec<String> = self.sandbox.faults().iter().map(text).collect();
        for trouble in troubles {
            if let Some(at) = left.iter().position(|left| *left == text(&trouble.fault)) {
                left.remove(at);
            } else {
                *self.figures.faults.entry(trouble.kind).or_default() += u64::from(trouble.fault.when.times);
            }
        }
    }

    pub(crate) fn tell(&self, line: &str) {
        let mut story = self.story.lock().unwrap_or_else(PoisonError::into_inner);
        story.push_str(line);
        story.push('\n');
    }

    fn tell_requests(&mut self, requests: &[LoggedRequest]) {
        let mut lines = String::new();
        for request in requests {
            let at = (request.at - self.start).as_seconds_f64();
            let status = request.status.map_or("cut".to_owned(), |status| status.to_string());
            let fault = request.fault.map(|fault| format!(" [{fault}]")).unwrap_or_default();
            let _ = writeln!(lines, "  {at:.3} {} {} -> {status}{fault}", request.method, request.path);
        }
        self.tell(lines.trim_end());
        let receipts = self.watch.take_story();
        if !receipts.is_empty() {
            self.tell(&receipts.join("\n"));
        }
        self.logged += requests.len() as u64;
        self.figures.requests += requests.len() as u64;
        self.figures.struck += requests.iter().filter(|request| request.fault.is_some()).count() as u64;
    }
}
