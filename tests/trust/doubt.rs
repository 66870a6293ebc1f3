//! What nobody can tell is sent again, and what can be told is not.

use lapwing_contract::{ErrorKind, Value};

use crate::vendor::Act;
use crate::world::{Crash, World, block_on};

fn text(value: &str) -> Value {
    Value::Text(value.to_owned())
}

/// What can go wrong with a write that the vendor may have applied.
const UNCLEAR: [Act; 5] = [
    Act::Fail { kind: ErrorKind::Unavailable, applied: true },
    Act::Fail { kind: ErrorKind::Ambiguous, applied: true },
    Act::Fail { kind: ErrorKind::Protocol, applied: true },
    Act::Unknown { applied: true },
    Act::WrongLength { applied: true },
];

#[test]
fn a_value_that_may_have_arrived_is_sent_again_even_if_it_goes_back_to_the_old_one() {
    block_on(async {
        for act in UNCLEAR {
            let mut world = World::with(&["ada"]).await;
            world.vendor.capabilities.idempotent = false;
            world.run().await;
            world.customer("ada", "'two'", "1");
            world.vendor.script([act]);
            assert_eq!(world.run().await.folded.unknown, 1, "{act:?}");
            assert_eq!(world.vendor.value("ada", "a"), text("two"));
            world.customer("ada", "'one'", "1");
            world.vendor.seen();
            world.run().await;
            assert_eq!(world.vendor.value("ada", "a"), text("one"), "{act:?}");
            let fields: Vec<_> = world.vendor.seen()[0].records[0].2.keys().cloned().collect();
            assert_eq!(fields, ["a"], "only the field in doubt is sent");
        }
    });
}

#[test]
fn the_same_holds_when_the_run_was_killed_before_the_answer() {
    block_on(async {
        for applied in [true, false] {
            let mut world = World::with(&["ada"]).await;
            world.run().await;
            world.customer("ada", "'two'", "1");
            world.vendor.script([Act::Stall { applied }]);
            assert!(world.crash(Crash::AtStall).await);
            world.customer("ada", "'one'", "1");
            assert_eq!(world.run().await.counts.to_send, 1);
            assert_eq!(world.vendor.value("ada", "a"), text("one"));
        }
    });
}

#[test]
fn a_second_request_that_is_held_back_does_not_hide_the_first_that_was_never_answered() {
    block_on(async {
        let mut world = World::with(&["ada", "bob"]).await;
        world.run().await;
        for customer in ["ada", "bob"] {
            world.customer(customer, "'two'", "1");
        }
        // The first is never answered, the vendor then certainly refuses the next.
        let limited = Act::Fail { kind: ErrorKind::QuotaExhausted, applied: false };
        world.vendor.script([Act::Unknown { applied: true }, limited]);
        let ran = world.run().await;
        assert_eq!((ran.folded.unknown, ran.folded.unsent), (2, 0));
        for customer in ["ada", "bob"] {
            world.customer(customer, "'one'", "1");
        }
        world.run().await;
        assert_eq!(world.vendor.value("ada", "a"), text("one"));
        assert_eq!(world.vendor.value("bob", "a"), text("one"));
    });
}

#[test]
fn a_kill_after_a_refused_record_was_cut_out_leaves_its_mates_in_doubt() {
    block_on(async {
        let mut world = World::with(&["ada", "bob"]).await;
        world.run().await;
        world.customer("ada", "'two'", "1");
        world.customer("bob", "'bad'", "1");
        world.vendor.script([Act::RefuseNamed, Act::Stall { applied: true }]);
        assert!(world.crash(Crash::AtStall).await);
        assert_eq!(world.vendor.value("ada", "a"), text("two"));
        world.customer("ada", "'one'", "1");
        world.run().await;
        assert_eq!(world.vendor.value("ada", "a"), text("one"));
    });
}

#[test]
fn a_confirmed_record_stays_confirmed_when_its_neighbours_are_sent_again() {
    block_on(async {
        let mut world = World::with(&["ada", "bob", "cyd", "dan"]).await;
        let limited = Act::Fail { kind: ErrorKind::QuotaExhausted, applied: false };
        world.vendor.script([Act::UnknownForSome, limited]);
        let ran = world.run().await;
        assert_eq!((ran.folded.confirmed, ran.folded.unknown), (2, 2));
        world.vendor.seen();
        world.run().await;
        let again: Vec<_> = world.vendor.seen()[0].records.iter().map(|(key, ..)| key.clone()).collect();
        assert_eq!(again, ["ada", "cyd"]);
        assert_eq!(world.vendor.repeated(), Vec::<String>::new());
    });
}

#[test]
fn a_batch_that_was_announced_and_never_handed_out_counts_as_unsent() {
    block_on(async {
        let keys: Vec<String> = (0..40).map(|n| format!("k{n:02}")).collect();
        let mut world = World::with(&keys.iter().map(String::as_str).collect::<Vec<_>>()).await;
        world.vendor.capabilities.concurrency = 1;
        world.vendor.capabilities.jobs_in_flight = 8;
        let limited = Act::Fail { kind: ErrorKind::QuotaExhausted, applied: false };
        world.vendor.script([Act::Confirm, limited, limited, limited, limited, limited, limited, limited, limited]);
        let ran = world.run().await;
        assert_eq!((ran.folded.confirmed, ran.folded.unknown, ran.folded.unsent), (4, 0, 36));
    });
}

#[test]
fn a_retry_that_is_refused_for_now_leaves_the_first_request_in_doubt() {
    block_on(async {
        let mut world = World::with(&["ada"]).await;
        world.run().await;
        world.customer("ada", "'two'", "1");
        let busy = Act::RejectAll { retryable: true };
        world.vendor.script([Act::Unknown { applied: true }, busy, busy, busy, busy]);
        assert_eq!(world.run().await.folded.rejected, 1);
        world.customer("ada", "'one'", "1");
        world.run().await;
        assert_eq!(world.vendor.value("ada", "a"), text("one"));
    });
}

#[test]
fn a_creation_of_unknown_fate_that_is_no_longer_wanted_is_still_removed() {
    block_on(async {
        let mut world = World::with(&["ada", "bob"]).await;
        world.sync.on_leave = lapwing_contract::OnLeave::Delete;
        world.vendor.script([Act::Stall { applied: true }]);
        assert!(world.crash(Crash::AtStall).await);
        assert_eq!(world.vendor.records().len(), 2);
        world.rows.remove("bob");
        let ran = world.run().await;
        assert_eq!((ran.counts.added, ran.counts.left), (1, 1));
        assert_eq!(world.vendor.records().into_keys().collect::<Vec<_>>(), ["ada"]);
        assert_eq!(world.run().await.counts.to_send, 0);
    });
}

#[test]
fn a_deletion_of_unknown_fate_is_undone_when_the_key_comes_back() {
    block_on(async {
        for applied in [true, false] {
            let mut world = World::with(&["ada"]).await;
            world.sync.on_leave = lapwing_contract::OnLeave::Delete;
            world.vendor.capabilities.idempotent = false;
            world.run().await;
            let row = world.rows.remove("ada").unwrap();
            world.vendor.script([Act::Fail { kind: ErrorKind::Unavailable, applied }]);
            assert_eq!(world.run().await.folded.unknown, 1);
            world.rows.insert("ada".into(), row);
            let ran = world.run().await;
            assert_eq!((ran.counts.added, ran.folded.confirmed), (1, 1));
            assert_eq!(world.vendor.value("ada", "a"), text("one"), "applied: {applied}");
            assert_eq!(world.vendor.value("ada", "b"), Value::Int(1), "applied: {applied}");
            assert_eq!(world.run().await.counts.to_send, 0);
        }
    });
}

#[test]
fn a_removal_from_lists_of_unknown_fate_is_undone_when_the_key_comes_back() {
    block_on(async {
        let mut world = World::with(&["ada"]).await;
        world.sync.on_leave = lapwing_contract::OnLeave::RemoveFromList;
        world.sync.has_lists = true;
        world.vendor.capabilities.idempotent = false;
        world.run().await;
        let row = world.rows.remove("ada").unwrap();
        world.vendor.script([Act::Fail { kind: ErrorKind::Unavailable, applied: true }]);
        assert_eq!(world.run().await.folded.unknown, 1);
        world.rows.insert("ada".into(), row);
        world.vendor.seen();
        world.run().await;
        assert!(world.vendor.list().contains("ada"));
        assert!(world.vendor.seen()[0].records[0].2.is_empty(), "the fields are known; only the list is not");
    });
}
