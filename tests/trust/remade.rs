//! A record that somebody deleted at the vendor: the next change makes it anew, and what it lost is sent after it.

use lapwing_contract::{OnLeave, Value, WritePolicy};

use crate::draft::Field;
use crate::vendor::Act;
use crate::world::{World, block_on};

#[test]
fn a_record_that_had_to_be_made_anew_gets_back_what_it_lost() {
    block_on(async {
        let mut world = World::with(&["ada", "bob"]).await;
        world.run().await;
        world.vendor.lose("ada");
        world.customer("ada", "'two'", "1");
        let ran = world.run().await;
        assert_eq!((ran.folded.confirmed, ran.folded.remade), (1, 1));
        assert_eq!(world.vendor.value("ada", "b"), Value::Null, "only what changed went out");
        let ran = world.run().await;
        assert_eq!((ran.counts.to_send, ran.folded.confirmed, ran.folded.remade), (1, 1, 0));
        assert_eq!(world.vendor.value("ada", "a"), Value::Text("two".into()));
        assert_eq!(world.vendor.value("ada", "b"), Value::Int(1));
        assert_eq!(world.run().await.counts.to_send, 0);
        assert_eq!(world.vendor.repeated(), Vec::<String>::new());
    });
}

#[test]
fn fields_that_cause_no_request_and_those_of_new_records_come_back_too() {
    block_on(async {
        let mut world = World::with(&["ada"]).await;
        world.sync.fields = vec![
            Field::new("a", "a"),
            Field { trigger: false, ..Field::new("b", "b") },
            Field { write: WritePolicy::OnCreate, ..Field::new("c", "c") },
        ];
        world.run().await;
        world.vendor.lose("ada");
        world.customer("ada", "'two'", "1");
        world.run().await;
        world.run().await;
        assert_eq!(world.vendor.value("ada", "b"), Value::Int(1));
        assert!(matches!(world.vendor.value("ada", "c"), Value::Date(_)));
        assert_eq!(world.run().await.counts.to_send, 0);
    });
}

#[test]
fn a_record_that_lost_nothing_is_not_sent_again() {
    block_on(async {
        let mut world = World::with(&["ada"]).await;
        world.sync.fields.truncate(1);
        world.run().await;
        world.vendor.lose("ada");
        world.customer("ada", "'two'", "1");
        assert_eq!(world.run().await.folded.remade, 1);
        assert_eq!(world.run().await.counts.to_send, 0);
    });
}

#[test]
fn what_a_job_made_anew_is_noticed_by_the_run_after_a_death() {
    block_on(async {
        let mut world = World::with(&["ada"]).await;
        world.sync.on_leave = OnLeave::Delete;
        world.run().await;
        world.vendor.lose("ada");
        world.customer("ada", "'two'", "1");
        world.vendor.capabilities.jobs_in_flight = 1;
        world.vendor.script([Act::Job(3)]);
        assert!(world.crash(crate::world::Crash::AfterPolls(40)).await);
        world.run().await;
        world.run().await;
        assert_eq!(world.vendor.value("ada", "b"), Value::Int(1));
        assert_eq!(world.run().await.counts.to_send, 0);
    });
}
