//! The pack `cycle`, on customers whose figures can be counted by hand.

use lapwing::exports::Relation;

use super::shop::Shop;

const AS_OF: &str = "2026-01-31T00:00:00Z";
const CUSTOMERS: &str = "customer_id\na\nb\nc\nd\ne\nf";
/// Of a, two orders are of one day; c has two purchase days; d bought once and took it back; of e one order of three was
/// cancelled; f never bought.
const ORDERS: &str = "order_id,customer_id,ordered_at,net_amount,status
    1,a,2026-01-01 08:00:00,10,
    2,a,2026-01-01 20:00:00,10,
    3,a,2026-01-11 00:00:00,10,
    4,a,2026-01-21 00:00:00,10,
    5,b,2026-01-01 00:00:00,10,
    6,b,2026-01-02 00:00:00,10,
    7,b,2026-01-04 00:00:00,10,
    8,b,2026-01-12 12:00:00,10,
    9,c,2026-01-01 00:00:00,10,
    10,c,2026-01-11 00:00:00,10,
    11,d,2026-01-01 00:00:00,10,
    12,d,2026-01-05 00:00:00,-10,
    13,e,2026-01-01 00:00:00,10,
    14,e,2026-01-02 00:00:00,10,void
    15,e,2026-01-03 00:00:00,10,
    16,z,2026-01-03 00:00:00,10,";
const COLUMNS: &str = "purchase_days, round(cycle_days, 4), cycle_source, round(lateness_ratio, 4),
    round(lateness_days, 4), cycle_status, expected_next_order_on";

fn shop(orders: &str) -> Shop {
    Shop::new(AS_OF, &[(Relation::Customers, CUSTOMERS), (Relation::Orders, orders)]).with_bad_rows()
}

#[test]
fn a_cycle_is_the_mean_gap_between_purchase_days() {
    assert_eq!(
        shop(ORDERS).rows("[attributes.cycle]", COLUMNS),
        [
            // 20 days in 2 gaps, and 10 days of silence: late from 1 on
            "a | 3 | 10.0 | own | 1.0 | 0.0 | late | 2026-01-31",
            // 11 days in 3 gaps; 18 whole days of silence; 12 January and 4 days
            "b | 4 | 3.6667 | own | 4.9091 | 14.3333 | inactive | 2026-01-16",
            "c | 2 | NULL | none | NULL | NULL | unknown | NULL",
            "d | 1 | NULL | none | NULL | NULL | unknown | NULL",
            "e | 2 | NULL | none | NULL | NULL | unknown | NULL",
            "f | 0 | NULL | NULL | NULL | NULL | NULL | NULL",
        ]
    );
}

#[test]
fn deviations_are_those_of_a_sample_and_never_below_a_day() {
    // b: gaps 1, 2 and 8, (7.1111 + 2.7778 + 18.7778) / 2 = 14.3333. a: no deviation at all, which counts as a day.
    let columns = "round(cycle_stddev_days, 4), round(lateness_z, 4)";
    let rows = shop(ORDERS).rows("[attributes.cycle]", columns);
    assert_eq!(rows[..3], ["a | 0.0 | 0.0", "b | 3.7859 | 3.7859", "c | NULL | NULL"]);
}

#[test]
fn a_median_is_the_gap_in_the_middle() {
    let rows = shop(ORDERS).rows("[attributes.cycle]\nmethod = \"median\"", COLUMNS);
    assert_eq!(rows[1], "b | 4 | 2.0 | own | 9.0 | 16.0 | inactive | 2026-01-14");
}

#[test]
fn where_asked_for_the_cycle_of_all_stands_in() {
    // The median of 10 and 11 / 3 is 6.8333: 11 January and 7 days.
    let rows = shop(ORDERS).rows("[attributes.cycle]\nfallback = \"population\"", COLUMNS);
    assert_eq!(rows[2], "c | 2 | 6.8333 | population | 2.9268 | 13.1667 | very_late | 2026-01-18");
    assert_eq!(rows[0], "a | 3 | 10.0 | own | 1.0 | 0.0 | late | 2026-01-31");
}

#[test]
fn empty_exports_are_no_failure() {
    let rows =
        shop("order_id,customer_id,ordered_at,net_amount").rows("[attributes.cycle]", "purchase_days, cycle_days");
    assert_eq!(rows[0], "a | 0 | NULL");
}

#[test]
fn categories_have_cycles_of_their_own() {
    let lines = "order_id,customer_id,ordered_at,product_id,category,net_amount
        1,a,2026-01-01,p1,,5
        2,a,2026-01-03,p1,,5
        3,a,2026-01-05,p1,,5
        1,a,2026-01-01,p2,Cake,5
        4,a,2026-01-11,p2,Cake,5
        5,a,2026-01-21,p2,Cake,5
        6,a,2026-01-30,p2,Cake,-5
        6,a,2026-01-30,p3,,9
        7,b,2026-01-30,p3,,9";
    let tables = [
        (Relation::Customers, "customer_id\na\nb\nc"),
        (Relation::Products, "product_id,category\np1,Tea\np2,Cups\np3,"),
        (Relation::OrderLines, lines),
    ];
    // Tea every 2 days, and none for 26: no longer late, but inactive. Cake every 10, and none for 10; what went back is no
    // purchase.
    let rows = Shop::new(AS_OF, &tables).rows("[attributes.cycle]", "late_categories, top_late_category");
    assert_eq!(rows, ["a | Cake | Cake", "b | NULL | NULL", "c | NULL | NULL"]);
}
