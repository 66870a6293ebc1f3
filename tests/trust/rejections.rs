//! A bad record costs itself only, and is held until its values or its mapping change.

use lapwing::delivery::StopReason;
use lapwing_contract::Value;

use crate::draft::Field;
use crate::vendor::Act;
use crate::world::{World, block_on};

const FIVE: [&str; 5] = ["ada", "bob", "cyd", "dan", "eve"];

/// The vendor can't take it for the moment.
const BUSY: Act = Act::RejectAll { retryable: true };

async fn one_bad() -> World {
    let mut world = World::with(&FIVE).await;
    world.customer("bob", "'bad'", "1");
    world
}

#[test]
fn the_mates_of_a_bad_record_are_delivered_however_the_vendor_refuses() {
    block_on(async {
        for act in [Act::Confirm, Act::RefuseNamed, Act::RefuseUnnamed, Act::Job(1)] {
            let mut world = one_bad().await;
            world.vendor.script([act; 12]);
            let ran = world.run().await;
            assert_eq!((ran.folded.confirmed, ran.folded.rejected), (4, 1), "{act:?}");
            assert_eq!(world.vendor.records().len(), 4, "{act:?}");
            world.vendor.script([]);
            let ran = world.run().await;
            // Where the vendor named nobody, the request may have been at fault: it is worth another try.
            let expected = if act == Act::RefuseUnnamed { (0, 1) } else { (1, 0) };
            assert_eq!((ran.counts.held, ran.counts.to_send), expected, "{act:?}");
        }
    });
}

#[test]
fn a_refused_record_is_tried_again_when_a_value_changes_and_is_forgotten_when_it_succeeds() {
    block_on(async {
        let mut world = one_bad().await;
        world.run().await;
        world.customer("bob", "'good'", "1");
        let ran = world.run().await;
        assert_eq!((ran.counts.added, ran.folded.confirmed), (1, 1));
        assert_eq!(world.count("SELECT count(*) FROM rejections").await, 0);
    });
}

#[test]
fn a_refused_record_is_tried_again_when_the_mapping_changes() {
    block_on(async {
        let mut world = one_bad().await;
        world.run().await;
        world.sync.fields[0].from = "upper(a)".into();
        world.run().await;
        assert_eq!(world.vendor.value("bob", "a"), Value::Text("BAD".into()));
    });
}

#[test]
fn another_order_of_the_fields_is_no_other_mapping() {
    block_on(async {
        let mut world = one_bad().await;
        world.run().await;
        world.sync.fields.reverse();
        assert_eq!(world.run().await.counts.to_send, 0);
    });
}

#[test]
fn a_refused_change_of_a_known_record_leaves_what_was_confirmed() {
    block_on(async {
        let mut world = World::with(&FIVE).await;
        world.run().await;
        world.customer("bob", "'bad'", "1");
        assert_eq!(world.run().await.folded.rejected, 1);
        world.customer("bob", "'one'", "1");
        let ran = world.run().await;
        assert_eq!((ran.counts.to_send, ran.counts.held), (0, 0), "it wants what is confirmed");
        assert_eq!(world.count("SELECT count(*) FROM rejections").await, 0);
    });
}

#[test]
fn what_a_busy_vendor_refuses_is_tried_again_apart_and_in_smaller_batches() {
    block_on(async {
        let mut world = World::with(&["ada", "bob", "cyd", "dan"]).await;
        world.vendor.script([BUSY, Act::Confirm, BUSY]);
        let ran = world.run().await;
        assert_eq!((ran.folded.confirmed, ran.folded.rejected), (4, 0));
        let sizes: Vec<usize> = world.vendor.seen().iter().map(|seen| seen.records.len()).collect();
        assert_eq!(sizes, [4, 2, 2, 1, 1], "half of them again, then a quarter of those refused twice");
        assert_eq!(world.count("SELECT count(*) FROM rejections").await, 0);
    });
}

#[test]
fn looking_at_a_plan_forgets_no_rejection() {
    block_on(async {
        let mut world = one_bad().await;
        world.run().await;
        let rows = std::mem::take(&mut world.rows);
        let planned = world.plan().await.unwrap();
        world.abandon(planned.0.tables.sync_id).await.unwrap();
        world.rows = rows;
        let ran = world.run().await;
        assert_eq!((ran.counts.held, ran.counts.to_send), (1, 0));
    });
}

#[test]
fn a_value_cannot_pass_for_another_in_what_is_held_back() {
    block_on(async {
        let mut world = World::with(&["ada"]).await;
        world.sync.fields = vec![Field::new("x", "split_part(a, '|', 1)"), Field::new("y", "split_part(a, '|', 2)")];
        world.vendor.script([Act::RejectAll { retryable: false }]);
        world.customer("ada", "'one' || chr(31) || '2=two|three'", "1");
        world.run().await;
        world.customer("ada", "'one|two' || chr(31) || '2=three'", "1");
        assert_eq!(world.run().await.counts.to_send, 1);
    });
}

#[test]
fn too_many_refusals_stop_the_run_and_the_rest_is_sent_next_time() {
    block_on(async {
        let keys: Vec<String> = (0..40).map(|n| format!("k{n:02}")).collect();
        let mut world = World::with(&keys.iter().map(String::as_str).collect::<Vec<_>>()).await;
        world.vendor.capabilities.concurrency = 1;
        world.vendor.capabilities.records_per_request = 10;
        world.max_reject_pct = Some(5.0);
        world.vendor.script([Act::RejectAll { retryable: false }]);
        let ran = world.run().await;
        assert!(matches!(&ran.delivered.stopped_by, Some(StopReason::Guard(trip)) if trip.guard == "max_reject_pct"));
        assert_eq!((ran.folded.rejected, ran.folded.unsent, world.vendor.seen().len()), (10, 30, 1));
        let ran = world.run().await;
        assert_eq!((ran.folded.confirmed, ran.counts.held), (30, 10));
    });
}

#[test]
fn a_leave_that_is_refused_is_kept_with_its_reason() {
    block_on(async {
        let mut world = World::with(&["ada"]).await;
        world.sync.on_leave = lapwing_contract::OnLeave::Delete;
        world.run().await;
        world.rows.clear();
        world.vendor.script([BUSY; 4]);
        assert_eq!(world.run().await.folded.rejected, 1);
        assert_eq!(world.run().await.folded.confirmed, 1);
        assert!(world.vendor.records().is_empty());
    });
}
