//! The campaign: seed after seed, until as many runs are made as were asked for.

use std::collections::BTreeMap;
use std::env;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Mutex;

use crate::bound;
use crate::case::{Case, ROUNDS};
use crate::play::{Figures, Play, Story};

/// Runs of the usual test command; `LAPWING_CHAOS_RUNS` asks for another number.
const RUNS: u64 = 400;
/// Runs of a case: its rounds, one that makes everything right, one that has nothing to say.
const RUNS_A_CASE: u64 = ROUNDS + 2;

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
    played.map(|figures| (figures, told.clone())).map_err(|_| told)
}

fn asked(variable: &str) -> Option<u64> {
    env::var(variable).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{variable} is a number")))
}

#[test]
fn whatever_goes_wrong_everything_is_right_in_the_end() {
    if let Some(seed) = asked("LAPWING_CHAOS_SEED") {
        let played = play(seed);
        panic_with(seed, played.as_ref().err());
        let (figures, story) = played.unwrap();
        println!("{story}\n{figures:?}");
        return;
    }
    let cases = asked("LAPWING_CHAOS_RUNS").unwrap_or(RUNS).div_ceil(RUNS_A_CASE);
    let first = asked("LAPWING_CHAOS_FIRST").unwrap_or(0);
    let next = AtomicU64::new(first);
    let total = Mutex::new((Figures::default(), Vec::new()));
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= first + cases {
                        break;
                    }
                    let played = play(seed);
                    let mut total = total.lock().unwrap_or_else(PoisonError::into_inner);
                    match played {
                        Ok((figures, _)) => {
                            if env::var("LAPWING_CHAOS_TWIN").is_ok() {
                                let free = bound::without_faults(seed);
                                println!("BOUND {seed} {:?} {} {} {} {} {:?}", Case::of(seed).account, figures.requests, free.requests, figures.struck, figures.crashes, figures.faults);
                            }
                            add(&mut total.0, &figures);
                        }
                        Err(story) => total.1.push((seed, story)),
                    }
                }
            });
        }
    });
    let (figures, failed) = total.into_inner().unwrap();
    println!("{figures:#?}");
    println!("failed: {:?}", failed.iter().map(|(seed, _)| (*seed, Case::of(*seed).account)).collect::<Vec<_>>());
    if let Some((seed, story)) = failed.into_iter().min() {
        panic_with(seed, Some(&story));
    }
}

fn panic_with(seed: u64, story: Option<&String>) {
    if let Some(story) = story {
        panic!("{story}\nreplay it: LAPWING_CHAOS_SEED={seed} cargo test --test chaos whatever -- --nocapture");
    }
}

fn add(total: &mut Figures, more: &Figures) {
    total.runs += more.runs;
    total.requests += more.requests;
    total.struck += more.struck;
    total.crashes += more.crashes;
    total.steps += more.steps;
    for (kind, count) in &more.faults {
        *total.faults.entry(kind).or_default() += count;
    }
    let _: BTreeMap<&str, u64> = BTreeMap::new();
}
