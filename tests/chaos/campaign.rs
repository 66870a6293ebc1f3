//! The campaign: seed after seed, until as many runs are made as were asked for.
#![expect(clippy::print_stdout, reason = "who runs a campaign wants to see what it met")]

use std::collections::BTreeMap;
use std::env;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::bound::{most_requests, without_faults};
use crate::case::{Case, ROUNDS};
use crate::play::{Figures, Play, Story};
use crate::vendors::ACCOUNTS;

/// Runs of the usual test command. `LAPWING_CHAOS_RUNS` asks for another number.
const RUNS: u64 = 960;
/// Runs of a case: its rounds, one that makes everything right, one that has nothing to say.
const RUNS_A_CASE: u64 = ROUNDS + 2;
/// One case of so many is played a second time without faults, to compare the requests.
const COMPARED: u64 = 6;

/// What a campaign found.
#[derive(Default)]
struct Findings {
    total: Figures,
    compared: u64,
    /// Requests of the cases that were compared: as they were, without faults, and at most.
    requests: [u64; 3],
    /// Seeds that failed, each with its story.
    failed: BTreeMap<u64, String>,
}

/// Plays a seed. What it told is given with the panic that ended it.
pub(crate) fn play(seed: u64) -> Result<(Figures, String), String> {
    let story = Story::default();
    let told = Story::clone(&story);
    let played = catch_unwind(AssertUnwindSafe(|| {
        let mut play = Play::new(Case::of(seed), story);
        play.rounds();
        play.ends_well();
        play.pace_was_kept();
        play.figures.clone()
    }));
    let told = told.lock().unwrap_or_else(PoisonError::into_inner).clone();
    match played {
        Ok(figures) => Ok((figures, told)),
        Err(_) => Err(told),
    }
}

fn asked(variable: &str) -> Option<u64> {
    env::var(variable).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{variable} is a number")))
}

#[test]
fn whatever_goes_wrong_everything_is_right_in_the_end() {
    let findings = Mutex::new(Findings::default());
    if let Some(seed) = asked("LAPWING_CHAOS_SEED") {
        let (figures, story) = play(seed).unwrap_or_else(|story| panic!("{}", replay(seed, &story)));
        println!("{story}\n{figures:#?}");
        return;
    }
    let first = asked("LAPWING_CHAOS_FIRST").unwrap_or(0);
    let last = first + asked("LAPWING_CHAOS_RUNS").unwrap_or(RUNS).div_ceil(RUNS_A_CASE);
    let next = AtomicU64::new(first);
    let workers = env::var("LAPWING_CHAOS_THREADS").ok().and_then(|text| text.parse().ok());
    let workers = workers.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from));
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some(seed) = Some(next.fetch_add(1, Ordering::Relaxed)).filter(|seed| *seed < last) {
                    examine(seed, &findings);
                }
            });
        }
    });
    let findings = findings.into_inner().unwrap();
    println!("{findings}");
    assert!(findings.total.struck > 0, "something went wrong");
    if let Some((seed, story)) = findings.failed.first_key_value() {
        panic!("{}", replay(*seed, story));
    }
}

/// Plays a seed and, now and then, the same without faults.
fn examine(seed: u64, findings: &Mutex<Findings>) {
    let played = play(seed);
    let is_compared = (seed / ACCOUNTS.len() as u64).is_multiple_of(COMPARED);
    let free = played.as_ref().ok().filter(|_| is_compared).map(|_| without_faults(seed));
    let mut findings = findings.lock().unwrap_or_else(PoisonError::into_inner);
    let (figures, story) = match played {
        Ok(played) => played,
        Err(story) => {
            println!("seed {seed} fails ({:?})", Case::of(seed).account);
            findings.failed.insert(seed, story);
            return;
        }
    };
    if let Some(free) = free {
        let most = most_requests(&figures, &free);
        findings.compared += 1;
        for (sum, more) in findings.requests.iter_mut().zip([figures.requests, free.requests, most]) {
            *sum += more;
        }
        if figures.requests > most {
            let line = format!("{} requests, {} without faults, at most {most}", figures.requests, free.requests);
            println!("seed {seed} fails ({:?}): {line}", Case::of(seed).account);
            findings.failed.insert(seed, format!("{story}{line}\n{figures:#?}"));
        }
    }
    findings.total.add(&figures);
}

fn replay(seed: u64, story: &str) -> String {
    format!("{story}\nreplay it: LAPWING_CHAOS_SEED={seed} cargo test --test chaos whatever -- --nocapture")
}

impl Figures {
    fn add(&mut self, more: &Self) {
        self.runs += more.runs;
        self.requests += more.requests;
        self.struck += more.struck;
        self.crashes += more.crashes;
        self.unsettled += more.unsettled;
        self.steps += more.steps;
        for (kind, count) in &more.faults {
            *self.faults.entry(kind).or_default() += count;
        }
    }
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Figures { runs, requests, struck, crashes, unsettled, steps, faults } = &self.total;
        writeln!(f, "{runs} runs, {requests} requests, {struck} of them struck by a fault")?;
        writeln!(f, "{crashes} runs killed, {unsettled} that could not pick up an earlier one, {steps} clock steps")?;
        let [made, free, most] = self.requests;
        writeln!(f, "{} cases compared: {made} requests, {free} without faults, at most {most}", self.compared)?;
        for (kind, count) in faults {
            writeln!(f, "{count:>8} {kind}")?;
        }
        write!(f, "failed: {:?}", self.failed.keys().collect::<Vec<_>>())
    }
}
