//! What was refused is tried again: at once where something changed, else after a growing pause, and not for ever.

use std::time::Duration;

use lapwing::ledger::{self, RejectionFilter};

use crate::draft::Field;
use crate::vendor::Act;
use crate::world::{Ran, World, block_on};

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// The values are at fault.
const REFUSED: Act = Act::RejectAll { retryable: false };
/// The vendor can't take it for the moment.
const BUSY: Act = Act::RejectAll { retryable: true };

/// A run after `pause`, which the vendor answers as `act` says.
async fn run_after(world: &mut World, pause: Duration, act: Act) -> Ran {
    world.wait(pause);
    // A delivery tries a busy vendor four times.
    world.vendor.script([act; 4]);
    let ran = world.run().await;
    world.vendor.script([]);
    ran
}

async fn attempts(world: &World) -> u64 {
    world.count("SELECT attempts FROM rejections").await
}

#[test]
fn pauses_grow_while_the_same_values_are_refused() {
    block_on(async {
        let mut world = World::with(&["ada"]).await;
        run_after(&mut world, Duration::ZERO, REFUSED).await;
        for (tried, days) in [(1, 1), (2, 2), (3, 4), (4, 8), (5, 16), (6, 30), (7, 30_u32)] {
            let early = run_after(&mut world, MINUTE * (days * 24 * 60 - 1), REFUSED).await;
            assert_eq!((early.counts.held, early.counts.to_send), (1, 0), "after try {tried}");
            let due = run_after(&mut world, MINUTE, REFUSED).await;
            assert_eq!((due.counts.held, due.folded.rejected), (0, 1), "after try {tried}");
            assert_eq!(attempts(&world).await, tried + 1);
        }
    });
}

#[test]
fn what_the_vendor_was_too_busy_for_is_tried_by_the_next_run_and_then_less_and_less_often() {
    block_on(async {
        let mut world = World::with(&["ada"]).await;
        run_after(&mut world, Duration::ZERO, BUSY).await;
        for minutes in [0, 15, 60, 240, 960, 1440, 1440] {
            if minutes > 0 {
                let early = run_after(&mut world, MINUTE * (minutes - 2), BUSY).await;
                assert_eq!(early.counts.held, 1, "{minutes} minutes");
            }
            // The tries of the run itself take a minute of the pause.
            let due = run_after(&mut world, MINUTE, BUSY).await;
            assert_eq!(due.folded.rejected, 1, "{minutes} minutes");
        }
        let last = run_after(&mut world, DAY, Act::Confirm).await;
        assert_eq!(last.folded.confirmed, 1);
        assert_eq!(world.count("SELECT count(*) FROM rejections").await, 0);
    });
}

#[test]
fn after_the_last_attempt_nobody_tries_again_and_the_record_stays_listed() {
    block_on(async {
        let mut world = World::with(&["ada"]).await;
        world.sync.max_attempts = 2;
        run_after(&mut world, Duration::ZERO, REFUSED).await;
        run_after(&mut world, DAY, REFUSED).await;
        let ran = run_after(&mut world, DAY * 400, REFUSED).await;
        assert_eq!((ran.counts.held, ran.counts.to_send), (1, 0));
        assert_eq!(world.count("SELECT count(*) FROM rejections WHERE retry_at IS NULL").await, 1);
        world.customer("ada", "'two'", "1");
        let ran = run_after(&mut world, Duration::ZERO, Act::Confirm).await;
        assert_eq!(ran.folded.confirmed, 1, "another value is another matter");
    });
}

#[test]
fn other_values_begin_to_count_anew() {
    block_on(async {
        let mut world = World::with(&["ada"]).await;
        run_after(&mut world, Duration::ZERO, REFUSED).await;
        run_after(&mut world, DAY, REFUSED).await;
        world.customer("ada", "'two'", "1");
        run_after(&mut world, Duration::ZERO, REFUSED).await;
        assert_eq!(attempts(&world).await, 1);
        assert_eq!(run_after(&mut world, DAY, Act::Confirm).await.folded.confirmed, 1);
    });
}

#[test]
fn somebody_who_mended_the_cause_can_ask_for_another_try_of_some() {
    block_on(async {
        let mut world = World::with(&["ada", "bob"]).await;
        world.sync.max_attempts = 1;
        run_after(&mut world, Duration::ZERO, REFUSED).await;
        let ada = RejectionFilter { key: Some("ada".into()), ..RejectionFilter::default() };
        let retried = world.engine().run(move |session| ledger::retry_rejections(session, &ada)).await.unwrap();
        assert_eq!(retried, 1);
        let ran = run_after(&mut world, Duration::ZERO, Act::Confirm).await;
        assert_eq!((ran.folded.confirmed, ran.counts.held), (1, 1));
        assert!(world.vendor.records().contains_key("ada"));
    });
}

#[test]
fn a_field_that_causes_no_request_does_not_wake_a_refused_record() {
    block_on(async {
        let mut world = World::with(&["ada"]).await;
        world.sync.fields[1].trigger = false;
        run_after(&mut world, Duration::ZERO, REFUSED).await;
        world.customer("ada", "'one'", "2");
        let ran = run_after(&mut world, Duration::ZERO, REFUSED).await;
        assert_eq!((ran.counts.held, ran.counts.to_send), (1, 0), "a rank moves with every run");
        run_after(&mut world, DAY, REFUSED).await;
        assert_eq!(attempts(&world).await, 2, "it is the same try, whatever the rank");
    });
}

#[test]
fn a_refusal_from_before_there_were_pauses_is_tried_once_more() {
    block_on(async {
        let mut world = World::with(&["ada"]).await;
        run_after(&mut world, Duration::ZERO, REFUSED).await;
        let older = "ALTER TABLE plans DROP COLUMN max_attempts; ALTER TABLE plans DROP COLUMN triggers;
                     ALTER TABLE rejected DROP COLUMN retry_at; UPDATE ledger_format SET version = 3";
        world.engine().run(move |session| session.run_script(older)).await.unwrap();
        world.engine().run(ledger::prepare).await.unwrap();
        assert_eq!(run_after(&mut world, Duration::ZERO, Act::Confirm).await.folded.confirmed, 1);
    });
}

#[test]
fn unless_it_is_the_field_that_the_vendor_refused() {
    block_on(async {
        let mut world = World::with(&["ada"]).await;
        world.sync.fields = vec![Field { trigger: false, ..Field::new("a", "a") }, Field::new("b", "b")];
        world.customer("ada", "'bad'", "1");
        run_after(&mut world, Duration::ZERO, Act::Confirm).await;
        assert_eq!(world.count("SELECT count(*) FROM rejections WHERE field = 'a'").await, 1);
        world.customer("ada", "'good'", "1");
        assert_eq!(run_after(&mut world, Duration::ZERO, Act::Confirm).await.folded.confirmed, 1);
    });
}
