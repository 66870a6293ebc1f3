//! The real binary, killed at random instants over one growing history: every night one customer in a hundred changes,
//! one goes and one comes, and nearly every run is killed.
//!
//! `LAPWING_KILLS=500` asks for a longer campaign, `LAPWING_KILLS_SEED=7` for another one. Which step an instant meets
//! depends on the machine, so that a seed repeats the story, not the step; what has to hold holds at all of them.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::shop::{Ended, Shop};
use super::witness::{Bookmark, Testimony, ask, nothing_was_sent_again, nothing_went_unannounced};

const CUSTOMERS: u32 = 100;
const KILLS: u64 = 20;

/// Every so many kills a run is let through, and the vendors are compared with the snapshot.
const LOOK_AFTER: u64 = 4;

/// A number from the environment.
pub(super) fn asked(variable: &str, otherwise: u64) -> u64 {
    std::env::var(variable).map_or(otherwise, |text| text.parse().unwrap())
}

/// Where a kill hit, told by what it left.
fn phase(before: &Testimony, left: &Testimony) -> &'static str {
    match left {
        left if left.runs == before.runs => "before the run was entered",
        left if left.is_closed => "after it was closed",
        left if left.jobs > 0 => "with jobs running",
        left if left.under_way > 0 => "while sending",
        _ => "before or after sending",
    }
}

#[test]
fn killed_at_any_instant_over_a_long_history_nothing_is_lost_and_nothing_doubled() {
    let (kills, seed) = (asked("LAPWING_KILLS", KILLS), asked("LAPWING_KILLS_SEED", 1));
    let mut random = StdRng::seed_from_u64(seed);
    let mut shop = Shop::new(CUSTOMERS);
    let (mut phases, mut started) = (BTreeMap::<&str, u64>::new(), Instant::now());
    shop.goes_through("the first run");
    let mut usual = started.elapsed();
    let mut left = ask(&shop);
    for kill in 1..=kills {
        shop.a_night_passes(|_| random.random_bool(0.01));
        let instant = usual.mul_f64(random.random_range(0.0..1.1));
        let story = format!("kill {kill} of {kills}, seed {seed}, after {} ms", instant.as_millis());
        let mark = Bookmark::set(&shop);
        let mut child = shop.start(None);
        // A kill from outside needs a moment in real time; nothing below depends on which.
        std::thread::sleep(instant.saturating_sub(Duration::from_millis(1)));
        child.kill().unwrap();
        let ended = Ended::of(child.wait_with_output().unwrap());
        assert!(matches!(ended.exit, None | Some(0)), "{story}\n{}", ended.stderr);
        let before = std::mem::replace(&mut left, ask(&shop));
        let given = mark.since(&shop, ended.exit.is_some());
        nothing_was_sent_again(&before, &given, &shop, &story);
        nothing_went_unannounced(&left, &given, &shop, &story);
        *phases.entry(ended.exit.map_or_else(|| phase(&before, &left), |_| "not at all: it had ended")).or_default() +=
            1;
        if kill % LOOK_AFTER == 0 || kill == kills {
            let mark = Bookmark::set(&shop);
            started = Instant::now();
            shop.goes_through(&story);
            usual = started.elapsed();
            nothing_was_sent_again(&left, &mark.since(&shop, true), &shop, &story);
            left = ask(&shop);
            assert_eq!((left.under_way, left.in_segments), (0, shop.customers()), "{story}");
        }
    }
    shop.is_at_rest("after all kills");
    println!("{kills} kills, seed {seed}: {phases:?}");
}
