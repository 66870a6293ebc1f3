//! A run dies at each of its steps, by a failpoint that aborts the process there; recovery dies at each of its own.

use super::shop::Shop;
use super::witness::{Bookmark, Testimony, ask, nothing_was_sent_again, nothing_went_unannounced};

/// Enough for two batches at a vendor that takes 100 records.
const CUSTOMERS: u32 = 110;

/// The steps of a run, in their order, each with how many times it goes well before the run dies there. Those of a batch
/// are met by seven syncs at once, so that the count chooses who is under way.
type Steps = [(&'static str, u32)];

const BEFORE_SENDING: [(&str, u32); 10] = [
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
];

const SENDING: [(&str, u32); 10] = [
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
];

const AFTER_SENDING: [(&str, u32); 9] = [
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
const FOLLOWING: [&str; 2] = ["following-job", "job-followed"];
const FOLDING: [&str; 4] = ["values-folded", "folding", "folded", "picked-up"];

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

/// A shop that has been synced once, and what its ledger knows.
fn open_shop() -> (Shop, Testimony) {
    let shop = Shop::new(CUSTOMERS);
    shop.goes_through("the first run");
    let before = ask(&shop);
    (shop, before)
}

/// A death at each of the steps, one night after the other, and after each a run that makes it good.
fn dies_at_each(steps: &Steps, (mut shop, mut before): (Shop, Testimony)) {
    for (step, goes_well) in steps {
        if *step == "ledger-made" {
            (shop, before) = (Shop::new(CUSTOMERS), Testimony::default());
        }
        shop.a_night_passes(|_| true);
        before = ends_well(&shop, &Death::of(&shop, &before, step, *goes_well));
        if *step == "arranged" {
            shop.is_at_rest(step);
        }
    }
    shop.is_at_rest("after all");
}

// Three tests rather than one, so that no core is idle while the other plays the last.

#[test]
fn a_run_may_die_at_any_step_before_it_sends_and_the_next_one_makes_it_good() {
    dies_at_each(&BEFORE_SENDING, (Shop::new(CUSTOMERS), Testimony::default()));
}

#[test]
fn a_run_may_die_at_any_step_of_sending_and_the_next_one_makes_it_good() {
    dies_at_each(&SENDING, open_shop());
}

#[test]
fn a_run_may_die_at_any_step_after_it_has_sent_and_the_next_one_makes_it_good() {
    dies_at_each(&AFTER_SENDING, open_shop());
}

/// A job is left behind, and the run that picks it up dies, at each of the steps.
fn recovery_dies_at_each(steps: &[&str], (mut shop, mut before): (Shop, Testimony)) {
    for step in steps {
        shop.a_night_passes(|_| true);
        let first = Death::of(&shop, &before, LEFT_BEHIND.0, LEFT_BEHIND.1);
        assert!(first.left.jobs > 0, "{}: no job is left behind", first.story);
        let second = Death::of(&shop, &first.left, step, 0);
        let story = format!("{}, then {}", first.story, second.story);
        before = ends_well(&shop, &Death { story, ..second });
    }
    shop.is_at_rest("after all");
}

#[test]
fn recovery_may_die_at_any_step_of_following_a_job() {
    recovery_dies_at_each(&FOLLOWING, (Shop::new(CUSTOMERS), Testimony::default()));
}

#[test]
fn recovery_may_die_at_any_step_of_folding() {
    recovery_dies_at_each(&FOLDING, open_shop());
}
