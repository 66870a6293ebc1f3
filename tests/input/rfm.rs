//! The packs `rfm`, `priority` and `reach`, on customers whose figures can be counted by hand.

use lapwing::exports::Relation;

use super::shop::Shop;

const AS_OF: &str = "2026-01-31T00:00:00Z";
const CUSTOMERS: &str = "customer_id\na\nb\nc\nd\ne\nf";
/// Of a and b the last orders were at the same time; b took something back; c bought twice in a day, once for nothing; an
/// order of d was cancelled; e only took something back; of f nothing is known yet; z is not among the customers.
const ORDERS: &str = "order_id,customer_id,ordered_at,net_amount,status
    1,a,2026-01-21 00:00:00,10,
    2,a,2026-01-01 12:00:00,20,
    3,b,2026-01-21 00:00:00,30,paid
    4,b,2026-01-25 00:00:00,-5,
    5,c,2026-01-11 12:00:00,30,
    6,c,2026-01-11 18:00:00,0,
    7,d,2025-12-02 00:00:00,100,
    8,d,2026-01-30 00:00:00,50,VOID
    9,e,2026-01-15 00:00:00,-20,
    10,f,2026-02-01 00:00:00,10,
    11,z,2026-01-30 00:00:00,999,";

fn shop(customers: &str, orders: &str) -> Shop {
    Shop::new(AS_OF, &[(Relation::Customers, customers), (Relation::Orders, orders)]).with_bad_rows()
}

#[test]
fn scores_are_places_among_customers_and_ties_share_them() {
    // Of four customers, the place of one is those strictly worse: 1 + floor(5 * place / 4).
    let columns = "recency_days, frequency, CAST(monetary AS DECIMAL(9,2)), rfm_cell, fm_score, fxm_score,
                   round(rfm_value, 4), rfm_index";
    assert_eq!(
        shop(CUSTOMERS, ORDERS).rows("[attributes.rfm]", columns),
        [
            "a | 10 | 2 | 30.00 | 332 | 3 | 3 | 6.0 | 5.0",
            "b | 10 | 1 | 25.00 | 311 | 1 | 1 | 2.5 | 1.67",
            "c | 19 | 2 | 30.00 | 232 | 3 | 3 | 3.1579 | 3.33",
            "d | 60 | 1 | 100.00 | 114 | 3 | 2 | 1.6667 | 0.0",
            "e | NULL | 0 | NULL | NULL | NULL | NULL | NULL | NULL",
            "f | NULL | 0 | NULL | NULL | NULL | NULL | NULL | NULL",
        ]
    );
}

#[test]
fn a_window_looks_at_recent_orders_alone() {
    let toml = "[attributes.rfm]\nwindow_days = 15";
    let rows = shop(CUSTOMERS, ORDERS).rows(toml, "recency_days, frequency, CAST(monetary AS DECIMAL(9,2))");
    assert_eq!(rows[..3], ["a | 10 | 1 | 10.00", "b | 10 | 1 | 25.00", "c | NULL | 0 | NULL"]);
}

#[test]
fn one_customer_alone_is_worse_than_nobody() {
    let rows = shop("customer_id\na", ORDERS).rows("[attributes.rfm]", "rfm_cell, fxm_score, rfm_index, segment");
    assert_eq!(rows, ["a | 111 | 1 | 0.0 | Lost"]);
}

#[test]
fn whoever_has_no_segment_of_their_own_has_the_fallback_and_ranks_go_by_the_id() {
    let orders = "order_id,customer_id,ordered_at,net_amount\n1,a,2026-01-01,10\n2,c,2026-01-01,10\n3,b,2026-01-01,30";
    let toml = "[attributes.rfm]\n[attributes.priority]\n[[segments]]\nname = \"Buyers\"\nwhen = \"frequency > 0\"";
    let columns = "segment, CAST(priority_score AS DECIMAL(9,2)), priority_rank";
    assert_eq!(
        shop("customer_id\na\nb\nc\nd", orders).rows(toml, columns),
        ["a | Buyers | 10.00 | 2", "b | Buyers | 30.00 | 1", "c | Buyers | 10.00 | 3", "d | Other | NULL | NULL"]
    );
}

#[test]
fn consent_is_a_yes_that_nobody_took_back() {
    let customers = "customer_id,email,email_opt_in,phone,mobile
        a,a@example.com,true,1,2
        b,b@example.com,,1,
        c,,true,,2
        d,d@example.com,true,,
        e,e@example.com,true,,
        f,e@example.com,false,,";
    let messages = "message_id,customer_id,channel,sent_at,unsubscribed_at
        1,d,Email,2026-01-01,2026-01-02
        2,e,email,2026-01-01,2026-02-02
        3,a,pigeon,2026-01-01,2026-01-02";
    let shop = Shop::new(AS_OF, &[(Relation::Customers, customers), (Relation::Messages, messages)]);
    let toml = "[attributes.reach]\nchannels = [\"sms\", \"email\"]";
    assert_eq!(
        shop.rows(toml, "reachable_email, reachable_sms, best_channel"),
        [
            "a | true | true | sms",
            // nobody asked, and a number that is no mobile gets no text message
            "b | false | false | NULL",
            "c | false | true | sms",
            // took it back
            "d | false | false | NULL",
            // will take it back later
            "e | true | false | email",
            // said no
            "f | false | false | NULL",
        ]
    );
}

#[test]
fn empty_exports_are_no_failure() {
    let empty = shop("customer_id\na", "order_id,customer_id,ordered_at,net_amount");
    let rows = empty.rows("[attributes.rfm]\n[attributes.priority]", "frequency, rfm_cell, segment, priority_rank");
    assert_eq!(rows, ["a | 0 | NULL | Other | NULL"]);
}
