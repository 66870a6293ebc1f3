//! The pack `promo`, on customers whose figures can be counted by hand.

use lapwing::exports::Relation;

use super::shop::Shop;

const AS_OF: &str = "2026-01-31T00:00:00Z";
const CUSTOMERS: &str = "customer_id\na\nb\nc\nd\ne\nf\ng";
/// The first order of a is discounted by exactly the depth that counts; b gets everything cheaper, once for nothing; c and
/// e pay in full; d bought once; f only got presents; g never bought.
const ORDERS: &str = "order_id,customer_id,ordered_at,net_amount,discount_amount,status
    1,a,2026-01-01,95,5,
    2,a,2026-01-02,100,0,
    3,a,2026-01-02,50,,
    4,a,2026-01-03,-20,50,
    5,a,2026-01-04,10,90,cancelled
    6,b,2026-01-01,10,10,
    7,b,2026-01-01,0,5,
    8,c,2026-01-01,10,0,
    9,c,2026-01-02,10,,
    10,d,2026-01-01,10,10,
    11,e,2026-01-01,70,0,
    12,e,2026-01-02,1000,40,
    13,f,2026-01-01,0,0,
    14,f,2026-01-02,0,0,";
const COLUMNS: &str = "round(promo_order_share, 4), round(promo_value_share, 4), round(promo_depth, 4), promo_score,
    promo_decile, promo_class";

fn shop(orders: &str) -> Shop {
    Shop::new(AS_OF, &[(Relation::Customers, CUSTOMERS), (Relation::Orders, orders)])
}

#[test]
fn shares_and_scores_are_those_of_counted_orders() {
    assert_eq!(
        shop(ORDERS).rows("[attributes.promo]\nmin_orders = 2", COLUMNS),
        [
            // 1 of 3 orders, 95 of 245, 5 of 250; half of 0.3333 + 0.3878
            "a | 0.3333 | 0.3878 | 0.02 | 36 | 7 | mixed",
            "b | 1.0 | 1.0 | 0.6 | 100 | 9 | promophile",
            // equal scores, equal deciles; 40 of 1040 is below the depth
            "c | 0.0 | 0.0 | 0.0 | 0 | 1 | full_price",
            "d | 1.0 | 1.0 | 0.5 | NULL | NULL | unknown",
            "e | 0.0 | 0.0 | 0.036 | 0 | 1 | full_price",
            // where nothing was paid, nothing was saved
            "f | 0.0 | 0.0 | 0.0 | 0 | 1 | full_price",
            "g | NULL | NULL | NULL | NULL | NULL | NULL",
        ]
    );
}

#[test]
fn more_than_three_orders_are_needed_by_default() {
    let rows = shop(ORDERS).rows("[attributes.promo]", "promo_score, promo_class");
    assert_eq!(rows[..2], ["a | NULL | unknown", "b | NULL | unknown"]);
}

#[test]
fn empty_exports_are_no_failure() {
    let rows = shop("order_id,customer_id,ordered_at,net_amount,discount_amount").rows("[attributes.promo]", COLUMNS);
    assert_eq!(rows[0], "a | NULL | NULL | NULL | NULL | NULL | NULL");
}
