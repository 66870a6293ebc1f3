//! How many requests trouble may cost.
//!
//! The measure is the same case on a day on which nothing goes wrong. On top of it, each thing that goes wrong has its
//! price, and no two of them multiply but one: a job that never ends is looked at by every run that is killed, or kept
//! from asking, before one can give it up.

use crate::case::Case;
use crate::play::{Figures, Play, Story};

/// A request that was struck: it is made again, and where that ends the batch or the run, so is the rest of the batch
/// (at most seven calls, Salesforce's bulk way) and what a process asks before its first batch (at most five).
const A_FAULT: u64 = 1 + 7 + 5;
/// A process that was killed: the batches in its hands (at most four, the most jobs at once), and the asking before.
const A_CRASH: u64 = 4 * 7 + 5;
/// A job that went wrong: its batch is halved until all is told apart. One bad job of eight records makes two halves;
/// each of ten calls where a job is looked at four times; and what it refused for the moment goes out once more.
const A_JOB: u64 = 30;
/// The looks at a job until its deadline: two hours, once a minute (Salesforce; the others take fewer).
const A_STUCK_JOB: u64 = 130;

/// What the same case costs without trouble.
pub(crate) fn without_faults(seed: u64) -> Figures {
    let mut play = Play::new(Case::of(seed).without_faults(), Story::default());
    play.rounds();
    play.ends_well();
    play.figures
}

/// The most requests that a case may make. A quarter more than on a good day, because jobs take other times and are
/// looked at once more or less; and the price of what went wrong.
pub(crate) fn most_requests(figures: &Figures, without_faults: &Figures) -> u64 {
    let jobs = |stuck: bool| {
        let of_jobs =
            figures.faults.iter().filter(|(kind, _)| kind.starts_with("job") && kind.ends_with("stuck") == stuck);
        of_jobs.map(|(_, count)| count).sum::<u64>()
    };
    let runs_that_look = 2 + figures.crashes + figures.unsettled;
    without_faults.requests * 5 / 4
        + A_FAULT * figures.struck
        + A_CRASH * figures.crashes
        + A_JOB * jobs(false)
        + (A_JOB + A_STUCK_JOB * runs_that_look) * jobs(true)
}
