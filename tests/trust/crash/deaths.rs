//! A run dies at each of its steps, by a failpoint that aborts the process there; recovery dies at each of its own.

use super::shop::Shop;
use super::witness::{Bookmark, Testimony, ask, nothing_was_sent_again, nothing_went_unannounced};

/// Enough for several batches at vendors that take 100 or 200 records.
const CUSTOMERS: u32 = 230;

/// The steps of a run, in their order, each with how many times it goes well before the run dies there. Those of a batch
/// are met by seven syncs at once, so that the count chooses who is under way.
const STEPS: [(&str, &[u32]); 23] = [
    ("run-entered", &[0]),
    ("registered", &[0, 3]),
    ("staging", &[0, 4]),
    ("staged", &[0, 6]),
    ("segments-staged", &[0]),
    ("keeping-segments", &[0]),
    ("segments-kept", &[0]),
    ("announcing", &[0, 2]),
    ("announced", &[0, 2]),
    ("before-write", &[0, 3]),
    ("written", &[0, 2, 5]),
    ("before-receipt", &[0, 2, 5]),
    ("keeping-receipt", &[0, 3, 6]),
    ("receipt-kept", &[0, 3, 6]),
    ("job-kept", &[0, 3]),
    ("all-settled", &[0, 4]),
    ("delivered", &[0, 4]),
    ("arranged", &[0]),
    ("values-folded", &[0, 3]),
    ("folding", &[0, 4]),
    ("folded", &[0, 2, 5]),
    ("run-closed", &[0]),
    ("making-ledger", &[0]),
];

/// Where a run leaves a job behind, and the steps of the next one that picks them up.
const LEFT_BEHIND: (&str, u32) = ("job-kept", 1);
const RECOVERY: [&str; 6] = ["following-job", "job-followed", "values-folded", "folding", "folded", "picked-up"];

fn dies(step: &str, goes_well: u32) -> String {
    format!("{step}={goes_well}*off->return")
}

/// A run over a night's changes, which dies; what it left.
struct Death {
    story: String,
    before: Testimony,
    left: Testimony,
}

impl Death {
    /// `first_run` is the first one that saw these changes: what it and later ones confirmed is not to be sent again.
    fn of(shop: &Shop, step: &str, goes_well: u32, first_run: u64) -> Self {
        let (mark, before) = (Bookmark::set(shop), ask(shop, first_run));
        let ended = shop.run(Some(&dies(step, goes_well)));
        let story = format!("died at `{step}` after {goes_well}");
        assert_eq!(ended.exit, None, "{story}: it did not\n{}\n{}", ended.stdout, ended.stderr);
        assert!(ended.stdout.is_empty(), "{story}: nothing is told of a run that did not end");
        let left = ask(shop, first_run);
        let given = mark.since(shop, false);
        nothing_was_sent_again(&before, &given, &story);
        nothing_went_unannounced(&left, &given, shop, &story);
        Self { story, before, left }
    }
}

/// The run after the last death: equal to the snapshot, nothing repeated that was confirmed, and then at rest.
fn ends_well(shop: &Shop, death: &Death, first_run: u64) {
    let mark = Bookmark::set(shop);
    let ended = shop.goes_through(&death.story);
    nothing_was_sent_again(&death.left, &mark.since(shop, true), &death.story);
    if death.left.under_way > 0 {
        assert!(ended.stderr.contains("picked up"), "{}: {}", death.story, ended.stderr);
    }
    let now = ask(shop, first_run);
    assert_eq!(now.under_way, 0, "{}", death.story);
    assert_eq!(now.in_segments as usize, shop.customers(), "{}: the history has everybody once", death.story);
    shop.is_at_rest(&death.story);
}

#[test]
fn a_run_may_die_at_any_step_and_the_next_one_makes_it_good() {
    let mut shop = Shop::new(CUSTOMERS);
    for (step, counts) in STEPS {
        for goes_well in counts {
            if step == "making-ledger" {
                shop = Shop::new(CUSTOMERS);
            } else {
                shop.a_night_passes(|_| true);
            }
            let first_run = ask(&shop, 0).run + 1;
            let death = Death::of(&shop, step, *goes_well, first_run);
            assert!(death.before.under_way == 0);
            ends_well(&shop, &death, first_run);
        }
    }
}

#[test]
fn recovery_may_die_at_any_step_too() {
    let mut shop = Shop::new(CUSTOMERS);
    for again in RECOVERY {
        shop.a_night_passes(|_| true);
        let first_run = ask(&shop, 0).run + 1;
        let first = Death::of(&shop, LEFT_BEHIND.0, LEFT_BEHIND.1, first_run);
        assert!(first.left.jobs > 0, "{}: no job is left behind", first.story);
        let second = Death::of(&shop, again, 0, first_run);
        let story = format!("{}, then {}", first.story, second.story);
        ends_well(&shop, &Death { story, ..second }, first_run);
    }
}
