//! Plans that are open: staged, or under way when their run died.

use lapwing::ledger::LedgerError;
use lapwing::plan::PlanError;
use lapwing_contract::Value;

use crate::draft::Field;
use crate::vendor::Act;
use crate::world::{Crash, World, block_on};

/// A run that confirmed one of two batches and died in the second.
async fn half_sent() -> World {
    let mut world = World::with(&["ada", "bob", "cyd", "dan", "eve"]).await;
    world.vendor.capabilities.concurrency = 1;
    world.vendor.script([Act::Confirm, Act::Stall { applied: false }]);
    assert!(world.crash(Crash::AtStall).await);
    world
}

#[test]
fn a_plan_under_way_is_neither_dropped_nor_planned_over() {
    block_on(async {
        let mut world = half_sent().await;
        let refused = world.abandon(1).await.unwrap_err();
        assert!(matches!(&refused, LedgerError::UnderWay { sync } if sync == "contacts"), "{refused}");
        let refused = world.plan().await.unwrap_err();
        assert!(matches!(&refused, PlanError::Ledger(LedgerError::UnderWay { .. })), "{refused}");
        assert!(refused.hint().is_some());
        world.vendor.seen();
        let ran = world.run().await;
        assert_eq!((ran.counts.unchanged, ran.folded.confirmed), (4, 1));
        assert_eq!(world.vendor.repeated(), Vec::<String>::new());
    });
}

#[test]
fn a_mapping_that_changes_meanwhile_waits_for_the_plan_under_way() {
    block_on(async {
        let mut world = half_sent().await;
        world.sync.fields = vec![Field::new("a", "a"), Field::new("c", "c")];
        assert!(world.plan().await.is_err(), "no column moves under an unfolded plan");
        let ran = world.run().await;
        assert_eq!((ran.counts.changed, ran.counts.added), (4, 1), "four get the new field, one gets all");
        assert_eq!(world.run().await.counts.to_send, 0);
    });
}

#[test]
fn a_plan_that_was_staged_for_other_columns_is_gone() {
    block_on(async {
        let mut world = World::with(&["ada"]).await;
        world.plan().await.unwrap();
        world.sync.fields.pop();
        world.plan().await.unwrap();
        assert_eq!(world.count("SELECT count(*) FROM plans").await, 1);
        assert_eq!(world.run().await.folded.confirmed, 1);
        assert_eq!(world.vendor.value("ada", "b"), Value::Null);
    });
}

#[test]
fn killed_after_sending_and_before_folding_nothing_is_sent_again() {
    block_on(async {
        let mut world = World::with(&["ada", "bob", "cyd", "dan", "eve"]).await;
        let planned = world.plan().await.unwrap();
        world.deliver(&planned).await;
        world.killed().await;
        world.vendor.seen();
        assert_eq!(world.run().await.counts.unchanged, 5);
        assert!(world.vendor.seen().is_empty());
    });
}

#[test]
fn killed_while_picking_up_the_next_run_picks_up_what_is_left() {
    block_on(async {
        let mut world = World::with(&["ada", "bob", "cyd", "dan", "eve"]).await;
        world.vendor.capabilities.jobs_in_flight = 2;
        world.vendor.script([Act::Job(0), Act::Job(0)]);
        world.vendor.follow_fails(true);
        world.run().await;
        assert!(!world.recover().await, "the vendor can't be asked");
        world.killed().await;
        world.vendor.follow_fails(false);
        world.vendor.seen();
        assert_eq!(world.run().await.counts.unchanged, 5);
        assert!(world.vendor.seen().is_empty());
    });
}

#[test]
fn a_kill_at_any_turn_of_a_delivery_loses_nothing() {
    block_on(async {
        for polls in (1..60).step_by(3) {
            let keys: Vec<String> = (0..10).map(|n| format!("k{n}")).collect();
            let mut world = World::with(&keys.iter().map(String::as_str).collect::<Vec<_>>()).await;
            world.customer("k3", "'bad'", "1");
            world.vendor.script([Act::RefuseNamed, Act::Job(1), Act::UnknownForSome]);
            let crashed = world.crash(Crash::AfterPolls(polls)).await;
            // Two batches of four in flight.
            world.vendor.crashed(if crashed { 8 } else { 0 });
            world.vendor.seen();
            world.vendor.script([]);
            world.run().await;
            assert_eq!(world.vendor.records().len(), 9, "after {polls} polls");
            assert_eq!(world.vendor.repeated(), Vec::<String>::new(), "after {polls} polls");
            assert_eq!(world.run().await.counts.to_send, 0, "after {polls} polls");
        }
    });
}

#[test]
fn upserts_go_before_removals_and_both_in_the_order_of_their_keys() {
    block_on(async {
        let mut world = World::with(&["ada", "bob", "eve"]).await;
        world.sync.on_leave = lapwing_contract::OnLeave::Delete;
        world.vendor.capabilities.records_per_request = 1;
        world.vendor.capabilities.concurrency = 1;
        world.run().await;
        world.vendor.seen();
        world.rows.remove("ada");
        world.customer("dan", "'one'", "1");
        world.customer("bob", "'two'", "1");
        world.run().await;
        let keys: Vec<String> = world.vendor.seen().into_iter().map(|seen| seen.records[0].0.clone()).collect();
        assert_eq!(keys, ["bob", "dan", "ada"]);
    });
}
