//! Policies that meet: each does what it says, and none speaks for the other.

use chrono::TimeDelta;
use lapwing::config::sync_file::{Hold, Spelling, Tolerance};
use lapwing::ledger::{RunSummary, finish_run};
use lapwing::plan::{Guards, check_guards, field_shapes};
use lapwing_contract::{ErrorKind, NullPolicy, Value, WritePolicy};

use crate::draft::Field;
use crate::vendor::Act;
use crate::world::{World, block_on};

#[test]
fn a_list_that_everybody_joins_lets_no_held_value_go() {
    block_on(async {
        let mut world = World::with(&["ada"]).await;
        world.sync.fields[1].hold = Some(Hold { runs: 3, margin: None });
        world.run().await;
        world.customer("ada", "'one'", "2");
        world.as_of += TimeDelta::days(1);
        assert_eq!(world.run().await.counts.to_send, 0, "the first run that says so");
        world.sync.has_lists = true;
        world.as_of += TimeDelta::days(1);
        assert_eq!(world.run().await.counts.to_send, 1, "it joins the list");
        assert!(world.vendor.list().contains("ada"));
        assert_eq!(world.vendor.value("ada", "b"), Value::Int(1), "the second run that says so");
        world.as_of += TimeDelta::days(1);
        world.run().await;
        assert_eq!(world.vendor.value("ada", "b"), Value::Int(2), "the third");
    });
}

#[test]
fn a_list_that_everybody_joins_writes_nothing_that_is_for_new_records() {
    block_on(async {
        let mut world = World::with(&["ada"]).await;
        world.sync.fields[1].write = WritePolicy::OnCreate;
        world.customer("ada", "'one'", "NULL");
        world.run().await;
        world.vendor.set("ada", "b", Value::Int(7));
        world.customer("ada", "'one'", "1");
        world.sync.has_lists = true;
        world.run().await;
        assert_eq!(world.vendor.value("ada", "b"), Value::Int(7), "somebody has filled it in since");
    });
}

#[test]
fn a_field_that_was_dropped_and_had_another_type_meanwhile_is_sent_again_when_it_is_put_back() {
    block_on(async {
        let mut world = World::with(&["ada"]).await;
        let mappings: [(&[&str], Value); 5] = [
            (&["b"], Value::Int(1)),
            (&[], Value::Int(1)),
            (&["CAST(b AS VARCHAR)"], Value::Text("1".into())),
            (&[], Value::Text("1".into())),
            (&["b"], Value::Int(1)),
        ];
        for (mapping, there) in mappings {
            world.sync.fields = mapping.iter().map(|from| Field::new("b", from)).collect();
            world.run().await;
            assert_eq!(world.vendor.value("ada", "b"), there, "{mapping:?}");
        }
        assert_eq!(world.run().await.counts.to_send, 0);
    });
}

#[test]
fn who_comes_back_to_a_record_that_somebody_deleted_meanwhile_gets_back_what_it_lost() {
    block_on(async {
        let mut world = World::with(&["ada", "bob"]).await;
        world.run().await;
        let ada = world.rows.remove("ada").unwrap();
        world.run().await;
        world.vendor.lose("ada");
        world.rows.insert("ada".into(), ada);
        world.customer("ada", "'two'", "1");
        world.customer("cyd", "'one'", "1");
        let ran = world.run().await;
        assert_eq!((ran.folded.confirmed, ran.folded.remade), (2, 1), "a record that is new was not made anew");
        world.run().await;
        assert_eq!(world.vendor.value("ada", "b"), Value::Int(1));
        assert_eq!(world.run().await.counts.to_send, 0);
    });
}

#[test]
fn the_pause_of_a_refusal_counts_from_the_run_that_was_refused_not_from_the_plan() {
    block_on(async {
        let mut world = World::with(&["ada"]).await;
        let planned = world.plan().await.unwrap();
        let day = std::time::Duration::from_secs(24 * 3600);
        world.wait(5 * day);
        world.start_apply().await;
        world.vendor.script([Act::RejectAll { retryable: false }]);
        world.deliver(&planned).await;
        assert_eq!(world.fold(&planned.0.tables).await.rejected, 1);
        world.wait(day / 2);
        assert_eq!(world.run().await.counts.to_send, 0, "a day has to pass");
        world.wait(day);
        assert_eq!(world.run().await.folded.confirmed, 1);
    });
}

/// The guards that the next plan trips, of those on emptied values and on shifts.
async fn trips(world: &mut World) -> Vec<&'static str> {
    let staged = world.plan().await.unwrap().0;
    let draft = world.sync.clone();
    let guards = Guards { max_clear_pct: Some(20.0), max_shift_points: Some(20.0), ..Guards::default() };
    let judged = world.engine().run(move |session| {
        let spec = draft.spec(session);
        let shapes = field_shapes(session, &spec).unwrap();
        check_guards(session, &guards, &staged.counts, &staged.tables, &spec, &shapes, &[])
    });
    judged.await.unwrap().into_iter().map(|trip| trip.guard).collect()
}

/// Twenty customers; the first four have `few`, the others `many`.
async fn twenty(few: &str, many: &str) -> World {
    let mut world = World::new().await;
    for number in 0..20 {
        world.customer(&format!("k{number:02}"), if number < 4 { few } else { many }, "1");
    }
    world
}

#[test]
fn nulls_that_a_destination_never_gets_are_no_shift() {
    block_on(async {
        let mut world = twenty("'one'", "NULL").await;
        world.sync.fields[0].null = NullPolicy::Keep;
        world.run().await;
        assert_eq!(trips(&mut world).await, [""; 0], "the same again");
        world.customer("k00", "NULL", "1");
        assert_eq!(trips(&mut world).await, [""; 0], "the destination keeps it");
    });
}

#[test]
fn a_spelling_that_is_tolerated_is_no_shift() {
    block_on(async {
        let mut world = twenty("'one'", "'one'").await;
        world.run().await;
        let both = Spelling { case: true, whitespace: true };
        world.sync.fields[0].from = "upper(a)".into();
        assert_eq!(trips(&mut world).await, ["max_shift_points"]);
        world.sync.fields[0].tolerance = Some(Tolerance::Spelling(both));
        assert_eq!(trips(&mut world).await, [""; 0]);
    });
}

#[test]
fn values_that_the_vendor_refused_before_are_no_shift() {
    block_on(async {
        let mut world = twenty("'one'", "'bad'").await;
        world.run().await;
        assert_eq!(trips(&mut world).await, [""; 0], "they are held back");
    });
}

#[test]
fn a_list_that_everybody_joins_hides_no_values_that_vanish() {
    block_on(async {
        let mut world = twenty("'one'", "'two'").await;
        world.run().await;
        world.sync.has_lists = true;
        world.sync.fields[0].from = "nullif(a, a)".into();
        assert_eq!(trips(&mut world).await, ["max_clear_pct", "max_shift_points"]);
    });
}

#[test]
fn a_first_run_that_was_cut_off_is_nothing_to_measure_a_shift_from() {
    block_on(async {
        let mut world = twenty("'one'", "'two'").await;
        world.vendor.capabilities.concurrency = 1;
        world.vendor.script([Act::Confirm, Act::Fail { kind: ErrorKind::Forbidden, applied: false }]);
        assert_eq!(world.run().await.folded.confirmed, 4);
        assert_eq!(trips(&mut world).await, [""; 0], "the others are still to come");
        world.customer("k00", "'three'", "1");
        world.customer("k01", "'three'", "1");
        assert_eq!(trips(&mut world).await, ["max_shift_points"], "two of the four that are there change");
        for number in 0..2 {
            world.customer(&format!("k{number:02}"), "'one'", "1");
        }
        let end = world.as_of;
        let sync = RunSummary { sync_id: 1, ..RunSummary::default() };
        let finish = world.engine().run(move |session| finish_run(session, 1, "done", end, &[sync]));
        finish.await.unwrap();
        assert_eq!(trips(&mut world).await, ["max_shift_points"], "had it gone through, they would be a flood");
    });
}
