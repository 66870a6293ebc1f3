//! Policies of fields against the confirmed value: drift that adds up, and changes that have to last.

use chrono::TimeDelta;
use lapwing::config::sync_file::{Hold, Spelling, Tolerance};
use lapwing_contract::Value;
use proptest::prelude::*;

use crate::draft::Field;
use crate::vendor::Act;
use crate::world::{World, block_on};

async fn with_b(b: i64) -> World {
    let mut world = World::with(&["ada"]).await;
    world.customer("ada", "'one'", &b.to_string());
    world.run().await;
    world
}

/// What the destination has in `b`.
fn there(world: &World) -> i64 {
    match world.vendor.value("ada", "b") {
        Value::Int(number) => number,
        other => panic!("{}", other.to_text()),
    }
}

impl World {
    /// A run for a later day, which finds `b`. How many changes it sends.
    async fn day(&mut self, b: i64) -> u64 {
        self.as_of += TimeDelta::days(1);
        self.again(b).await
    }

    /// A run for the same time.
    async fn again(&mut self, b: i64) -> u64 {
        self.customer("ada", "'one'", &b.to_string());
        self.run().await.counts.to_send
    }
}

/// Customers who are played at once: a run costs more than a customer.
const CUSTOMERS: usize = 12;

fn name(number: usize) -> String {
    format!("k{number:02}")
}

/// A world with all of them at `b` = 0.
async fn with_many() -> World {
    let mut world = World::new().await;
    set_all(&mut world, &[0; CUSTOMERS]);
    world.run().await;
    world
}

fn set_all(world: &mut World, wanted: &[i64]) {
    for (number, b) in wanted.iter().enumerate() {
        world.customer(&name(number), "'one'", &b.to_string());
    }
}

fn all_there(world: &World) -> Vec<i64> {
    let value = |number| match world.vendor.value(&name(number), "b") {
        Value::Int(number) => number,
        other => panic!("{}", other.to_text()),
    };
    (0..CUSTOMERS).map(value).collect()
}

fn steps(values: std::ops::Range<i64>) -> impl Strategy<Value = Vec<Vec<i64>>> {
    prop::collection::vec(prop::collection::vec(values, CUSTOMERS), 8..12)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 5, max_shrink_iters: 60, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn drift_is_sent_once_it_is_larger_than_the_tolerance(tolerance in 0_u8..6, steps in steps(-3..4)) {
        block_on(async {
            let mut world = with_many().await;
            world.sync.fields[1].tolerance = Some(Tolerance::Size(f64::from(tolerance)));
            let mut wanted = vec![0; CUSTOMERS];
            for step in steps {
                wanted.iter_mut().zip(step).for_each(|(wanted, step)| *wanted += step);
                let mut expected = all_there(&world);
                let far = |(there, wanted): (&mut i64, &i64)| {
                    let is_far = (*wanted - *there).abs() > i64::from(tolerance);
                    *there = if is_far { *wanted } else { *there };
                    u64::from(is_far)
                };
                let to_send: u64 = expected.iter_mut().zip(&wanted).map(far).sum();
                set_all(&mut world, &wanted);
                assert_eq!(world.run().await.counts.to_send, to_send);
                assert_eq!(all_there(&world), expected, "of {wanted:?}");
            }
        });
    }

    #[test]
    fn a_held_value_is_what_so_many_days_in_a_row_have_said(
        runs in 2_u32..4, steps in steps(0..3), days in prop::collection::vec(0_i64..2, 12),
    ) {
        block_on(async {
            let mut world = with_many().await;
            world.sync.fields[1].hold = Some(Hold { runs, margin: None });
            let mut expected = vec![0; CUSTOMERS];
            let mut candidates = [None; CUSTOMERS];
            for (wanted, days) in steps.into_iter().zip(days) {
                world.as_of += TimeDelta::days(days);
                set_all(&mut world, &wanted);
                let mut to_send = 0;
                for ((there, candidate), wanted) in expected.iter_mut().zip(&mut candidates).zip(&wanted) {
                    let seen = match *candidate {
                        Some((value, seen)) if value == *wanted => seen + u32::try_from(days).unwrap(),
                        _ => 1,
                    };
                    *candidate = (*wanted != *there).then_some((*wanted, seen));
                    if candidate.is_some() && seen >= runs {
                        (*there, *candidate) = (*wanted, None);
                        to_send += 1;
                    }
                }
                assert_eq!(world.run().await.counts.to_send, to_send);
                assert_eq!(all_there(&world), expected, "of {wanted:?}");
            }
        });
    }
}

#[test]
fn a_text_is_the_same_in_every_spelling_that_is_tolerated() {
    block_on(async {
        let mut world = World::with(&["ada"]).await;
        let both = Spelling { case: true, whitespace: true };
        for (spelling, a, to_send) in [
            (both, "' ONE'", 0),
            (both, "'o ne'", 1),
            (both, "'O  Ne '", 0),
            (both, "NULL", 1),
            (both, "''", 1),
            (both, "'  '", 0),
            (Spelling { whitespace: false, ..both }, "'  '", 1),
            (Spelling { case: false, ..both }, "'x'", 1),
            (Spelling { case: false, ..both }, "' x'", 0),
            (Spelling { case: false, ..both }, "'X'", 1),
        ] {
            world.run().await;
            world.sync.fields[0].tolerance = Some(Tolerance::Spelling(spelling));
            world.customer("ada", a, "1");
            assert_eq!(world.run().await.counts.to_send, to_send, "{a}");
        }
    });
}

#[test]
fn a_move_by_exactly_the_tolerance_is_none_however_computers_subtract() {
    block_on(async {
        let mut world = with_b(7).await;
        for (from, to_send) in [("b / 10", 0), ("b / 10 + 1000000", 0), ("b / 10 + 100", 0)] {
            world.sync.fields[1] =
                Field { tolerance: Some(Tolerance::Size(0.1)), ..Field::new("b", &format!("CAST({from} AS DOUBLE)")) };
            world.again(7).await;
            for (b, expected) in [(8, to_send), (6, to_send), (9, 1), (8, to_send), (7, 1)] {
                assert_eq!(world.again(b).await, expected, "{from} of {b}");
            }
        }
    });
}

#[test]
fn a_large_move_does_not_wait_and_what_waits_goes_along_with_nothing() {
    block_on(async {
        let mut world = with_b(10).await;
        world.sync.fields[1].hold = Some(Hold { runs: 3, margin: Some(5.0) });
        assert_eq!(world.day(15).await, 0, "at the margin");
        assert_eq!(world.day(16).await, 1, "past it");
        world.customer("ada", "'two'", "15");
        world.as_of += TimeDelta::days(1);
        assert_eq!(world.run().await.counts.to_send, 1);
        assert_eq!((there(&world), world.vendor.value("ada", "a")), (16, Value::Text("two".into())));
    });
}

#[test]
fn only_a_value_that_is_known_to_be_there_is_held() {
    block_on(async {
        let mut world = with_b(1).await;
        world.sync.fields[1].hold = Some(Hold { runs: 3, margin: None });
        world.customer("bob", "'one'", "7");
        assert_eq!(world.day(1).await, 1, "a new record has its values at once");
        world.vendor.capabilities.idempotent = false;
        world.vendor.script([Act::Unknown { applied: false }]);
        world.customer("ada", "'two'", "1");
        world.run().await;
        world.sync.fields[1].hold = None;
        world.vendor.script([Act::Unknown { applied: false }]);
        world.customer("ada", "'two'", "2");
        world.run().await;
        world.sync.fields[1].hold = Some(Hold { runs: 3, margin: None });
        assert_eq!(world.day(3).await, 1, "nobody knows what is there");
        assert_eq!(there(&world), 3);
    });
}

#[test]
fn a_run_for_an_earlier_time_counts_nothing_and_forgets_nothing() {
    block_on(async {
        let mut world = with_b(1).await;
        world.sync.fields[1].hold = Some(Hold { runs: 3, margin: None });
        assert_eq!((world.day(2).await, world.day(2).await), (0, 0));
        let latest = world.as_of;
        for b in [2, 1, 9] {
            world.as_of = latest - TimeDelta::days(5);
            assert_eq!(world.again(b).await, 0, "{b}");
        }
        world.as_of = latest;
        assert_eq!(world.count("SELECT runs FROM waiting WHERE field = 'b' AND value = '2'").await, 2);
        assert_eq!(world.again(2).await, 0, "the same day again");
        assert_eq!(world.day(2).await, 1);
        assert_eq!(world.day(2).await, 0);
        assert_eq!(world.count("SELECT count(*) FROM held_values").await, 0);
    });
}

#[test]
fn what_was_released_stays_so_until_it_has_arrived() {
    block_on(async {
        let mut world = with_b(1).await;
        world.vendor.capabilities.idempotent = false;
        world.sync.fields[1].hold = Some(Hold { runs: 2, margin: None });
        assert_eq!(world.day(2).await, 0);
        world.vendor.script([Act::RejectAll { retryable: true }; 4]);
        assert_eq!(world.day(2).await, 1);
        assert_eq!(there(&world), 1, "refused for the moment");
        world.vendor.script([]);
        assert_eq!(world.again(2).await, 1, "the same day once more");
        assert_eq!(there(&world), 2);
    });
}
