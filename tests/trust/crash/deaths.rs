//! A run dies at each of its steps, by a failpoint that aborts the process there; recovery dies at each of its own.

use super::shop::Shop;
use super::witness::{Bookmark, Testimony, ask, nothing_was_sent_again, nothing_went_unannounced};

/// Enough for two batches at a vendor that takes 100 records.
const CUSTOMERS: u32 = 110;

/// The steps of a run, in their order, each with how many times it goes well before the run dies there. Those of a batch
/// are met by seven syncs at once, so that the count chooses who is under way.
const STEPS: [(&str, u32); 29] = [
    ("making-ledger", 0),
    ("ledger-made", 0),
    ("run-entered", 0),
    ("registered", 3),
    ("staging", 4),
    ("staged", 0),
    ("staged", 6),
    ("segments-staged", 0),
    ("keeping-segments", 0),
    ("segments-kept", 0),
    ("announcing", 2),
    ("announced", 0),
    ("before-write", 3),
    ("written", 0),
    ("written", 5),
    ("before-receipt", 2),
    ("keeping-receipt", 3),
    ("receipt-kept", 0),
    ("receipt-kept", 5),
    ("job-kept", 2),
    ("all-settled", 4),
    ("delivered", 0),
    ("arranged", 0),
    ("values-folded", 3),
    ("folding", 4),
    ("folded", 0),
    ("folded", 5),
    ("run-closed", 0),
    ("checkpointed", 0),
];

/// Where a run leaves a job behind, and the steps of the next one that picks it up.
const LEFT_BEHIND: (&str, u32) = ("job-kept", 1);
const RECOVERY: [&str; 6] = ["following-job", "job-followed", "values-folded", "folding", "folded", "picked-up"];

/// A run over a night's changes, which dies; what it left.
struct Death {
    story: String,
    left: Testimony,
}

impl Death {
    fn of(shop: &Shop, before: &Testimony, step: &str, goes_well: u32) -> Self {
        let mark = Bookmark::set(shop);
        let ended = shop.run(Some(&format!("{step}={goes_well}*off->return")));
        let story = format!("died at `{step}` after {goes_well}");
        assert_eq!(ended.exit, None, "{story}: it did not\n{}\n{}", ended.stdout, ended.stderr);
        assert!(ended.stdout.is_empty(), "{story}: nothing is told of a run that did not end");
        let left = ask(shop);
        let given = mark.since(shop, false);
        nothing_was_sent_again(before, &given, shop, &story);
        nothing_went_unannounced(&left, &given, shop, &story);
        Self { story, left }
    }
}

/// The run after the last death: equal to the snapshot, and nothing repeated that was confirmed. Gives what it left.
fn ends_well(shop: &Shop, death: &Death) -> Testimony {
    let mark = Bookmark::set(shop);
    let ended = shop.goes_through(&death.story);
    nothing_was_sent_again(&death.left, &mark.since(shop, true), shop, &death.story);
    let told = ended.stderr.matches("picked up").count();
    assert_eq!(told, death.left.under_way, "{}: {}", death.story, ended.stderr);
    let now = ask(shop);
    assert_eq!(now.under_way, 0, "{}", death.story);
    assert_eq!(now.in_segments, shop.customers(), "{}: the history has everybody once", death.story);
    now
}

#[test]
fn a_run_may_die_at_any_step_and_the_next_one_makes_it_good() {
    let mut shop = Shop::new(CUSTOMERS);
    let mut before = Testimony::default();
    for (step, goes_well) in STEPS {
        if step == "ledger-made" {
            (shop, before) = (Shop::new(CUSTOMERS), Testimony::default());
        }
        shop.a_night_passes(|_| true);
        before = ends_well(&shop, &Death::of(&shop, &before, step, goes_well));
        if step == "arranged" || step == "checkpointed" {
            shop.is_at_rest(step);
        }
    }
}

#[test]
fn recovery_may_die_at_any_step_too() {
    let mut shop = Shop::new(CUSTOMERS);
    let mut before = Testimony::default();
    for step in RECOVERY {
        shop.a_night_passes(|_| true);
        let first = Death::of(&shop, &before, LEFT_BEHIND.0, LEFT_BEHIND.1);
        assert!(first.left.jobs > 0, "{}: no job is left behind", first.story);
        let second = Death::of(&shop, &first.left, step, 0);
        let story = format!("{}, then {}", first.story, second.story);
        before = ends_well(&shop, &Death { story, ..second });
    }
    shop.is_at_rest("after all");
}
