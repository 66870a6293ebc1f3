//! What is in the rows: values, fields, types.

use lapwing::config::sync_file::Tolerance;
use lapwing_contract::{NullPolicy, Value};

use crate::draft::Field;
use crate::world::{World, block_on};

#[test]
fn text_that_looks_like_sql_is_text() {
    block_on(async {
        let nasty = ["'; DROP TABLE rejected; --", "{staged}", "$key", "a\u{1f}b", "\u{0}", "%s", "\"", "\\", "🦆"];
        let mut world = World::new().await;
        for (n, text) in nasty.iter().enumerate() {
            let literal =
                if *text == "\u{0}" { "chr(0)".to_owned() } else { format!("'{}'", text.replace('\'', "''")) };
            let key = format!("'{}{n}'", text.replace('\'', "''").replace('\u{0}', "nul"));
            world.rows.insert(n.to_string(), [key, literal, "1".into(), "NULL".into()]);
        }
        world.sync.fields[0].name = "na'me\"; {n} $x".into();
        world.run().await;
        for (n, text) in nasty.iter().enumerate() {
            let key = format!("{}{n}", text.replace('\u{0}', "nul"));
            assert_eq!(world.vendor.value(&key, "na'me\"; {n} $x"), Value::Text((*text).to_owned()), "{text}");
        }
        assert_eq!(world.run().await.counts.to_send, 0);
        assert_eq!(world.count("SELECT count(*) FROM deliveries").await, 2 * nasty.len() as u64);
    });
}

#[test]
fn a_refused_record_with_nasty_text_is_held_like_any_other() {
    block_on(async {
        let mut world = World::with(&["'; DELETE FROM rejected; --"]).await;
        world.vendor.script([crate::vendor::Act::RejectAll { retryable: false }]);
        world.run().await;
        assert_eq!(world.run().await.counts.held, 1);
    });
}

#[test]
fn a_hundred_fields_are_a_hundred_fields() {
    block_on(async {
        let mut world = World::with(&["ada", "bob"]).await;
        world.sync.fields = (0..100).map(|n| Field::new(&format!("f{n}"), &format!("b + {n}"))).collect();
        assert_eq!(world.run().await.folded.confirmed, 2);
        assert_eq!(world.vendor.value("ada", "f99"), Value::Int(100));
        world.sync.fields[50].from = "b + 1000".into();
        world.vendor.seen();
        world.run().await;
        let sent = world.vendor.seen();
        assert_eq!(sent[0].records[0].2.keys().collect::<Vec<_>>(), ["f50"]);
        assert_eq!(world.count("SELECT count(*) FROM deliveries WHERE known").await, 200);
    });
}

#[test]
fn a_sync_without_fields_makes_records_and_nothing_else() {
    block_on(async {
        let mut world = World::with(&["ada"]).await;
        world.sync.fields.clear();
        assert_eq!(world.run().await.folded.confirmed, 1);
        assert_eq!(world.vendor.records().len(), 1);
        assert_eq!(world.run().await.counts.to_send, 0);
    });
}

#[test]
fn a_type_that_changes_and_changes_back_is_sent_twice() {
    block_on(async {
        let mut world = World::with(&["ada"]).await;
        world.run().await;
        for (from, value) in [("CAST(b AS VARCHAR)", Value::Text("1".into())), ("b", Value::Int(1))] {
            world.sync.fields[1].from = from.into();
            assert_eq!(world.run().await.counts.changed, 1);
            assert_eq!(world.vendor.value("ada", "b"), value);
            assert_eq!(world.run().await.counts.to_send, 0);
        }
    });
}

#[test]
fn the_views_still_work_after_every_change_of_the_mapping() {
    block_on(async {
        let mut world = World::with(&["ada"]).await;
        let mappings = [vec!["a", "b"], vec!["b"], vec!["b", "c"], vec![], vec!["a"]];
        for mapping in mappings {
            world.sync.fields = mapping.iter().map(|name| Field::new(name, name)).collect();
            world.run().await;
            assert_eq!(world.count("SELECT count(*) FROM deliveries WHERE known").await, mapping.len() as u64);
            assert_eq!(world.count("SELECT count(*) FROM rejections").await, 0);
        }
    });
}

#[test]
fn a_null_clears_or_keeps_and_neither_is_sent_twice() {
    block_on(async {
        let mut world = World::with(&["ada"]).await;
        world.sync.fields[1].null = NullPolicy::Keep;
        world.run().await;
        world.customer("ada", "NULL", "NULL");
        assert_eq!(world.run().await.counts.to_send, 1);
        assert_eq!(world.vendor.value("ada", "a"), Value::Null);
        assert_eq!(world.vendor.value("ada", "b"), Value::Int(1));
        assert_eq!(world.run().await.counts.to_send, 0);
        world.customer("ada", "NULL", "1");
        assert_eq!(world.run().await.counts.to_send, 0, "the destination has kept it");
    });
}

#[test]
fn tolerance_counts_from_what_was_confirmed_and_never_hides_doubt() {
    block_on(async {
        let mut world = World::with(&["ada"]).await;
        world.sync.fields[1].tolerance = Some(Tolerance::Size(5.0));
        world.run().await;
        for (b, to_send) in
            [("4", 0), ("6", 0), ("7", 1), ("12", 0), ("NULL", 1), ("1", 1), ("-9223372036854775807", 1)]
        {
            world.customer("ada", "'one'", b);
            assert_eq!(world.run().await.counts.to_send, to_send, "{b}");
        }
        world.customer("ada", "'one'", "9223372036854775807");
        world.vendor.capabilities.idempotent = false;
        world.vendor.script([crate::vendor::Act::Unknown { applied: true }]);
        assert_eq!(world.run().await.folded.unknown, 1, "the longest way there is");
        world.customer("ada", "'one'", "-9223372036854775806");
        assert_eq!(world.run().await.counts.to_send, 1, "close to what was confirmed, but nobody knows what is there");
    });
}

#[test]
fn a_field_that_does_not_trigger_goes_along_with_those_that_do() {
    block_on(async {
        let mut world = World::with(&["ada"]).await;
        world.sync.fields[1].trigger = false;
        world.run().await;
        world.customer("ada", "'one'", "2");
        assert_eq!(world.run().await.counts.to_send, 0);
        world.customer("ada", "'two'", "2");
        world.run().await;
        assert_eq!(world.vendor.value("ada", "b"), Value::Int(2));
    });
}
