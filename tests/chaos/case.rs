//! What a seed means: an account, a way of writing, and rounds of edits, faults and runs that die.

use std::num::NonZeroU32;
use std::time::Duration;

use chrono::TimeDelta;
use lapwing_contract::OnLeave;
use lapwing_http::{PaceSettings, RetrySettings};

use crate::dice::Dice;
use crate::trouble::{Trouble, troubles};
use crate::vendors::{ACCOUNTS, Account, Temper};

/// Rounds of a case, each with one run.
pub(crate) const ROUNDS: u64 = 6;
/// Numbers from here on have keys that no vendor takes.
pub(crate) const FIRST_BAD: u64 = 900;

/// The values of a customer: each may be missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Row {
    /// A text of ours.
    pub(crate) a: Option<u64>,
    /// A whole number.
    pub(crate) b: Option<i64>,
    /// A day of January 2026.
    pub(crate) c: Option<u32>,
}

/// A change of the exports between two runs.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Edit {
    Set(u64, Row),
    Remove(u64),
}

/// What happens until a run has ended.
#[derive(Debug, Clone)]
pub(crate) struct Round {
    /// How long after the run before.
    pub(crate) gap: Duration,
    pub(crate) edits: Vec<Edit>,
    pub(crate) troubles: Vec<Trouble>,
    /// When somebody sets the wall clock: at which request of the round, and by how much.
    pub(crate) steps: Vec<(u64, TimeDelta)>,
    /// After how many polls the process is killed.
    pub(crate) crash: Option<u64>,
}

/// One case.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) seed: u64,
    pub(crate) account: &'static dyn Account,
    pub(crate) temper: Temper,
    pub(crate) on_leave: OnLeave,
    /// Most records a request; small, so that few records make many requests.
    pub(crate) batch: usize,
    pub(crate) jobs_in_flight: usize,
    /// Most records of a list.
    pub(crate) limit: Option<u64>,
    pub(crate) latency: Duration,
    pub(crate) pace: PaceSettings,
    pub(crate) retry: RetrySettings,
    pub(crate) rounds: Vec<Round>,
}

impl Case {
    pub(crate) fn of(seed: u64) -> Self {
        let mut dice = Dice::new(seed, 0);
        // In turn, so that each account meets as many seeds.
        let account = ACCOUNTS[usize::try_from(seed).unwrap() % ACCOUNTS.len()];
        let customers = dice.between(20, 50);
        let has_quota = account.name() == "salesforce by collections" && dice.in_percent(15);
        let temper = Temper {
            seed,
            job_jitter: Duration::from_millis(dice.below(90_000)),
            locked_rows: if dice.in_percent(30) { u32::try_from(dice.between(1, 12)).unwrap() } else { 0 },
            calls_a_day: has_quota.then_some(130),
            variant: dice.below(36),
        };
        let pace = dice.pick(&[None, None, NonZeroU32::new(20), NonZeroU32::new(90)]);
        let impatient =
            RetrySettings { max_attempts: 3, deadline: Duration::from_secs(60), ..RetrySettings::default() };
        let rounds = (0..ROUNDS).map(|number| round(seed, number, account, customers)).collect();
        Self {
            seed,
            account,
            temper,
            on_leave: dice.pick(account.leaves()),
            batch: dice.size(2, 8),
            jobs_in_flight: dice.size(1, 4),
            limit: dice.pick(&[None, Some(15)]),
            latency: Duration::from_millis(dice.pick(&[0, 40, 700])),
            pace: PaceSettings { requests_per_minute: pace },
            retry: dice.pick(&[RetrySettings::default(), RetrySettings::default(), impatient]),
            rounds,
        }
    }

    /// The same case on a day on which nothing goes wrong.
    pub(crate) fn without_faults(mut self) -> Self {
        for round in &mut self.rounds {
            round.troubles.clear();
            round.steps.clear();
            round.crash = None;
        }
        self
    }
}

fn round(seed: u64, number: u64, account: &dyn Account, customers: u64) -> Round {
    let mut dice = Dice::new(seed, 1 + number);
    let mut edits = Vec::new();
    if number == 0 {
        edits.extend((1..=customers).filter(|_| dice.in_percent(70)).collect::<Vec<_>>());
    } else {
        edits.extend((0..dice.between(0, 14)).map(|_| dice.between(1, customers)).collect::<Vec<_>>());
    }
    if dice.in_percent(25) {
        edits.push(FIRST_BAD + dice.below(3));
    }
    let edits = edits.into_iter().map(|key| edit(&mut dice, number, key)).collect();
    let steps = if dice.in_percent(30) {
        (0..dice.between(1, 3)).map(|_| (dice.between(1, 30), step(&mut dice))).collect()
    } else {
        Vec::new()
    };
    Round {
        // From a scheduler that starts the next run at once to one that skips a day. A process takes a while to start.
        gap: Duration::from_secs(dice.pick(&[3, 20, 90, 900, 4_000, 90_000])),
        edits,
        troubles: troubles(&mut Dice::new(seed, 100 + number), account),
        steps,
        crash: dice.in_percent(30).then(|| dice.between(1, 90)),
    }
}

fn edit(dice: &mut Dice, number: u64, key: u64) -> Edit {
    if number > 0 && dice.in_percent(25) {
        return Edit::Remove(key);
    }
    let some = |dice: &mut Dice| dice.in_percent(85);
    let row = Row {
        a: some(dice).then(|| dice.below(5)),
        b: some(dice).then(|| i64::try_from(dice.below(60)).unwrap() - 9),
        c: some(dice).then(|| u32::try_from(dice.between(1, 28)).unwrap()),
    };
    Edit::Set(key, row)
}

/// From a second to two days, in either direction.
fn step(dice: &mut Dice) -> TimeDelta {
    let seconds = dice.pick(&[1, 30, 61, 300, 3_600, 172_800]);
    TimeDelta::seconds(if dice.in_percent(50) { seconds } else { -seconds })
}
