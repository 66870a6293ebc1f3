//! The pack `activity`, on customers whose figures can be counted by hand.

use lapwing::exports::Relation;

use super::shop::Shop;

const AS_OF: &str = "2025-12-31T00:00:00Z";
const COLUMNS: &str = "orders_last_30d, orders_last_90d, orders_last_365d, one_time_user, inactive, inactive_since";

fn shop(orders: &str) -> Shop {
    Shop::new(AS_OF, &[(Relation::Orders, &format!("order_id,customer_id,ordered_at,net_amount,status\n{orders}"))])
}

#[test]
fn orders_are_counted_by_window() {
    let shop = shop(
        "1,a,2025-12-20 09:00:00,10,
         2,a,2025-12-20 10:00:00,5,
         3,a,2025-10-15 10:00:00,5,
         4,a,2024-06-01 10:00:00,5,
         5,b,2024-11-01 10:00:00,20,
         6,b,2025-12-30 10:00:00,-20,
         7,c,2025-12-01 00:00:00,10,
         8,d,2025-12-30 10:00:00,10,Cancelled",
    );
    assert_eq!(
        shop.rows("[attributes.activity]", COLUMNS),
        [
            "a | 2 | 3 | 3 | false | false | NULL",
            // the refund is no order
            "b | 0 | 0 | 0 | true | true | 2025-11-02",
            // thirty days to the second are no longer in the last thirty
            "c | 0 | 1 | 1 | true | false | NULL",
            // never bought
            "d | 0 | 0 | 0 | NULL | NULL | NULL",
        ]
    );
}

#[test]
fn silence_is_measured_in_whole_days() {
    let shop = shop(
        "1,a,2024-12-31 00:00:00,10,
         2,b,2024-12-30 12:00:00,10,
         3,c,2024-12-30 00:00:00,10,",
    );
    let rows = shop.rows("[attributes.activity]\nwindows = []", "inactive, inactive_since");
    assert_eq!(rows, ["a | false | NULL", "b | false | NULL", "c | true | 2025-12-31"]);
}

#[test]
fn the_limit_can_be_counted_in_cycles_of_the_segment() {
    let orders = "order_id,customer_id,ordered_at,net_amount
        1,a,2025-01-01,10
        2,a,2025-01-11,10
        3,a,2025-01-21,10
        4,b,2025-01-01,10
        5,b,2025-01-21,10
        6,b,2025-02-10,10
        7,c,2025-01-01,10";
    let shop = Shop::new("2025-03-01T00:00:00Z", &[(Relation::Orders, orders)]);
    let toml = "[attributes.cycle]\n[attributes.activity]\ninactive_after = { cycles = 2 }\n\
                [[segments]]\nname = \"Regular\"\nwhen = \"purchase_days >= 3\"";
    // Cycles of 10 and 20 days: twice their mean is 30. The segment of c has no cycle.
    assert_eq!(
        shop.rows(toml, "segment, cycle_days, inactive, inactive_since"),
        [
            "a | Regular | 10.0 | true | 2025-02-21",
            "b | Regular | 20.0 | false | NULL",
            "c | Other | NULL | NULL | NULL"
        ]
    );
}

#[test]
fn cycles_need_the_pack_cycle_and_segments() {
    let settings = toml::from_str("[attributes.activity]\ninactive_after = {}").unwrap();
    let has = lapwing::attributes::Relations::default().with("orders", &[]);
    let problems = lapwing::attributes::plan(&settings, &has, chrono::DateTime::UNIX_EPOCH).unwrap_err().problems;
    let hints: Vec<&str> = problems.iter().map(|problem| problem.hint.as_str()).collect();
    assert_eq!(
        hints,
        [
            "add [attributes.cycle], or give a number of days",
            "add [attributes.rfm] or [[segments]], or give a number of days"
        ]
    );
}

#[test]
fn in_days_segments_may_read_it() {
    let toml = "[attributes.activity]\n[[segments]]\nname = \"Gone\"\nwhen = \"inactive\"";
    assert_eq!(shop("1,a,2020-01-01,10,").rows(toml, "segment"), ["a | Gone"]);
}

#[test]
fn no_orders_at_all_are_no_failure() {
    for toml in [
        "[attributes.activity]",
        "[attributes.cycle]\n[attributes.rfm]\n[attributes.activity]\ninactive_after = { cycles = 3 }",
    ] {
        assert_eq!(shop("").rows(toml, COLUMNS), Vec::<String>::new());
        assert!(shop("").shape(toml).len() > 6);
    }
}
