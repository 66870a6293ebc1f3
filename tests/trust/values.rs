//! Values through the ledger and back: what was confirmed is known again, whatever it is made of.

use lapwing_contract::Value;
use proptest::prelude::*;

use crate::draft::Field;
use crate::world::{World, block_on};

/// Texts of any letters, and of those that stand for something somewhere.
fn text() -> impl Strategy<Value = String> {
    prop_oneof!["\\PC{0,20}", "[\"'\\\\{}$%_;,\t\r\n\u{1f}\u{7f} a-c]{0,20}"]
}

fn number() -> impl Strategy<Value = i64> {
    prop_oneof![any::<i64>(), Just(i64::MIN), Just(i64::MAX), -3_i64..3]
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(4),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn what_was_confirmed_is_known_again(rows in prop::collection::vec((text(), text(), number()), 1..20)) {
        block_on(async {
            let mut world = World::new().await;
            world.sync.fields = [
                ("text", "a"),
                ("whole", "b"),
                ("huge", "CAST(b AS HUGEINT) * 3"),
                ("exact", "CAST(b % 1000000 AS DECIMAL(18,4)) / 8"),
                ("ratio", "CAST(b AS DOUBLE) / 7"),
                ("flag", "b % 2 = 0"),
                ("day", "c + CAST(b % 100000 AS INTEGER)"),
                ("moment", "CAST(c AS TIMESTAMP) + to_microseconds(b % 1000000000000)"),
                ("list", "[a, nullif(a, ''), 'x']"),
                ("document", "to_json({a: a, b: b})"),
                ("nothing", "nullif(a, a)"),
            ]
            .map(|(name, from)| Field::new(name, from))
            .to_vec();
            for (number, (key, text, whole)) in rows.iter().enumerate() {
                let key = format!("k{number}{key}.");
                let row = [quoted(&key), quoted(text), format!("({whole}::HUGEINT)"), "DATE '2026-01-01'".to_owned()];
                world.rows.insert(number.to_string(), row);
            }
            let first = world.run().await;
            assert_eq!(first.folded.confirmed, rows.len() as u64);
            for (number, (key, text, whole)) in rows.iter().enumerate() {
                let key = format!("k{number}{key}.");
                assert_eq!(world.vendor.value(&key, "text"), Value::Text(text.clone()), "a text arrived as another");
                assert_eq!(world.vendor.value(&key, "whole"), Value::Int(*whole));
            }
            assert_eq!(world.run().await.counts.to_send, 0, "something was taken for another value");
            assert_eq!(world.run().await.counts.to_send, 0);
        });
    }
}
