//! Leaving, coming back, and fields written on creation.

use lapwing_contract::OnLeave;
use lapwing_contract::{ErrorKind, Operation, Value, WritePolicy};

use crate::draft::Field;
use crate::vendor::Act;
use crate::world::{Crash, World, block_on};

fn text(value: &str) -> Value {
    Value::Text(value.to_owned())
}

#[test]
fn a_leave_that_is_not_confirmed_is_asked_for_again() {
    block_on(async {
        for (on_leave, operation) in [
            (OnLeave::Clear, Operation::Upsert),
            (OnLeave::Delete, Operation::Delete),
            (OnLeave::RemoveFromList, Operation::RemoveFromLists),
        ] {
            let mut world = World::with(&["ada"]).await;
            world.sync.on_leave = on_leave;
            world.sync.has_lists = true;
            world.run().await;
            world.rows.clear();
            world.vendor.script([Act::Fail { kind: ErrorKind::Unavailable, applied: false }]);
            world.run().await;
            world.vendor.seen();
            assert_eq!(world.run().await.folded.confirmed, 1, "{on_leave:?}");
            assert_eq!(world.vendor.seen()[0].operation, operation);
            assert_eq!(world.run().await.counts.to_send, 0, "{on_leave:?}");
        }
    });
}

#[test]
fn who_comes_back_finds_every_field_again() {
    block_on(async {
        for (on_leave, sent) in
            [(OnLeave::Keep, 0), (OnLeave::Clear, 1), (OnLeave::Delete, 1), (OnLeave::RemoveFromList, 1)]
        {
            let mut world = World::with(&["ada", "bob"]).await;
            world.sync.on_leave = on_leave;
            world.sync.has_lists = on_leave == OnLeave::RemoveFromList;
            world.run().await;
            let row = world.rows.remove("ada").unwrap();
            world.run().await;
            world.rows.insert("ada".into(), row);
            let ran = world.run().await;
            assert_eq!((ran.counts.added, ran.counts.to_send), (1, sent), "{on_leave:?}");
            assert_eq!(world.vendor.value("ada", "a"), text("one"), "{on_leave:?}");
            assert_eq!(world.vendor.value("ada", "b"), Value::Int(1), "{on_leave:?}");
            assert_eq!(world.run().await.counts.to_send, 0, "{on_leave:?}");
        }
    });
}

#[test]
fn a_leave_empties_fields_that_never_cause_a_request_too() {
    block_on(async {
        let mut world = World::with(&["ada"]).await;
        world.sync.on_leave = OnLeave::Clear;
        world.customer("ada", "NULL", "1");
        world.sync.fields[1].trigger = false;
        world.run().await;
        world.rows.clear();
        assert_eq!(world.run().await.counts.to_send, 1);
        assert_eq!(world.vendor.value("ada", "b"), Value::Null);
    });
}

#[test]
fn a_leave_does_not_empty_a_field_that_was_never_sent() {
    block_on(async {
        let mut world = World::with(&["ada", "bob"]).await;
        world.sync.on_leave = OnLeave::Clear;
        world.run().await;
        world.vendor.set("ada", "notes", text("call her on Monday"));
        world.rows.remove("ada");
        world.sync.fields.push(Field::new("notes", "a"));
        world.run().await;
        assert_eq!(world.vendor.value("ada", "a"), Value::Null);
        assert_eq!(world.vendor.value("ada", "notes"), text("call her on Monday"));
    });
}

#[test]
fn a_leave_empties_a_field_whose_type_changed_since() {
    block_on(async {
        let mut world = World::with(&["ada", "bob"]).await;
        world.sync.on_leave = OnLeave::Clear;
        world.run().await;
        world.rows.remove("ada");
        world.sync.fields[1].from = "CAST(b AS VARCHAR)".into();
        world.run().await;
        assert_eq!(world.vendor.value("ada", "b"), Value::Null);
        assert_eq!(world.vendor.value("bob", "b"), text("1"));
    });
}

#[test]
fn a_field_that_does_not_trigger_goes_along_with_a_return_to_a_list() {
    block_on(async {
        let mut world = World::with(&["ada"]).await;
        world.sync.on_leave = OnLeave::RemoveFromList;
        world.sync.has_lists = true;
        world.sync.fields[1].trigger = false;
        world.run().await;
        world.rows.clear();
        world.run().await;
        world.customer("ada", "'one'", "2");
        world.run().await;
        assert_eq!(world.vendor.value("ada", "b"), Value::Int(2));
    });
}

#[test]
fn a_field_written_on_creation_goes_again_where_nobody_knows_whether_the_record_was_made() {
    block_on(async {
        let mut world = World::with(&["ada", "bob"]).await;
        world.sync.fields[1].write = WritePolicy::OnCreate;
        world.vendor.script([Act::Stall { applied: false }]);
        assert!(world.crash(Crash::AtStall).await);
        world.run().await;
        assert_eq!(world.vendor.value("ada", "b"), Value::Int(1));
        world.customer("ada", "'two'", "2");
        world.run().await;
        assert_eq!(world.vendor.value("ada", "b"), Value::Int(1), "the record is known to be there now");
    });
}

#[test]
fn a_field_written_on_creation_and_mapped_later_is_left_alone_on_known_records() {
    block_on(async {
        let mut world = World::with(&["ada"]).await;
        world.run().await;
        let mut owner = Field::new("owner", "a");
        owner.write = WritePolicy::OnCreate;
        world.sync.fields.push(owner);
        world.customer("bob", "'one'", "1");
        world.run().await;
        assert_eq!(world.vendor.value("ada", "owner"), Value::Null);
        assert_eq!(world.vendor.value("bob", "owner"), text("one"));
        assert_eq!(world.run().await.counts.to_send, 0);
    });
}

#[test]
fn a_field_written_on_creation_comes_back_after_a_leave_that_emptied_it() {
    block_on(async {
        let mut world = World::with(&["ada", "bob"]).await;
        world.sync.on_leave = OnLeave::Clear;
        world.sync.fields[1].write = WritePolicy::OnCreate;
        world.run().await;
        let row = world.rows.remove("ada").unwrap();
        world.run().await;
        world.rows.insert("ada".into(), row);
        world.run().await;
        assert_eq!(world.vendor.value("ada", "b"), Value::Int(1));
    });
}

#[test]
fn a_field_written_on_creation_comes_back_where_nobody_knows_whether_a_leave_emptied_it() {
    block_on(async {
        let mut world = World::with(&["ada"]).await;
        world.sync.on_leave = OnLeave::Clear;
        world.sync.fields[1].write = WritePolicy::OnCreate;
        world.run().await;
        let row = world.rows.remove("ada").unwrap();
        world.vendor.capabilities.idempotent = false;
        world.vendor.script([Act::Unknown { applied: true }]);
        assert_eq!(world.run().await.folded.unknown, 1);
        world.rows.insert("ada".into(), row);
        world.run().await;
        assert_eq!((world.vendor.value("ada", "a"), world.vendor.value("ada", "b")), (text("one"), Value::Int(1)));
        assert_eq!(world.run().await.counts.to_send, 0);
    });
}

#[test]
fn a_key_that_several_customers_share_neither_leaves_nor_changes_until_it_is_one_customers_again() {
    block_on(async {
        let mut world = World::with(&["ada", "bob"]).await;
        world.sync.on_leave = OnLeave::Delete;
        world.run().await;
        world.rows.insert("bob2".into(), ["'bob'".into(), "'other'".into(), "9".into(), "NULL".into()]);
        let ran = world.run().await;
        assert_eq!((ran.counts.shared_key, ran.counts.left, ran.counts.to_send), (2, 0, 0));
        assert_eq!(world.vendor.value("bob", "a"), text("one"));
        world.sync.keep_first = true;
        assert_eq!(world.run().await.counts.to_send, 0, "the first of them has what is confirmed");
        world.rows.remove("bob");
        world.sync.keep_first = false;
        world.run().await;
        assert_eq!(world.vendor.value("bob", "a"), text("other"));
    });
}

#[test]
fn rows_without_a_key_are_counted_and_cost_nothing() {
    block_on(async {
        let mut world = World::with(&["ada"]).await;
        world.rows.insert("x".into(), ["NULL".into(), "'one'".into(), "1".into(), "NULL".into()]);
        world.rows.insert("y".into(), ["'  '".into(), "'one'".into(), "1".into(), "NULL".into()]);
        let ran = world.run().await;
        assert_eq!((ran.counts.rows, ran.counts.without_key, ran.counts.to_send), (1, 2, 1));
    });
}
