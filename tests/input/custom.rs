//! Custom attributes, from rows to columns.

use lapwing::exports::Relation;

use super::shop::Shop;

const AS_OF: &str = "2026-01-31T00:00:00Z";
const EVENTS: &str = "customer_id,occurred_at,event,product_id,category,seconds
    a,2026-01-30,view,p1,Insurance,10
    a,2025-06-01,view,p1,Insurance,20
    a,2026-01-29,view,p2,Travel,30
    b,2025-06-01,view,p1,Insurance,40";
const VIEWED: &str = "[[attributes.custom]]
    name = \"viewed_insurance\"
    relation = \"events\"
    aggregate = \"count(*) > 0\"
    filter = \"category = 'Insurance'\"
    window_days = 180\n";

fn shop(events: &str) -> Shop {
    Shop::new(AS_OF, &[(Relation::Customers, "customer_id,tier\na,gold\nb,\nc,"), (Relation::Events, events)])
}

#[test]
fn rows_are_filtered_and_folded_by_customer() {
    assert_eq!(shop(EVENTS).rows(VIEWED, "viewed_insurance"), ["a | true", "b | false", "c | false"]);
}

#[test]
fn customers_without_rows_have_what_the_aggregate_gives_over_none() {
    let toml = "[[attributes.custom]]\nname = \"views\"\nrelation = \"events\"\naggregate = \"count(*)\"\n\
                [[attributes.custom]]\nname = \"time spent\"\nrelation = \"events\"\naggregate = \"sum(CAST(seconds AS BIGINT)) -- all\"\n\
                [[attributes.custom]]\nname = \"is_gold\"\nrelation = \"customers\"\naggregate = \"bool_or(tier = 'gold')\"";
    assert_eq!(
        shop(EVENTS).rows(toml, "views, \"time spent\", is_gold"),
        ["a | 3 | 60 | true", "b | 1 | 40 | NULL", "c | 0 | NULL | NULL"]
    );
    let none = shop("customer_id,occurred_at,event,product_id,category,seconds");
    assert_eq!(none.rows(toml, "views, \"time spent\"")[0], "a | 0 | NULL");
}

#[test]
fn segments_may_read_them() {
    let toml = format!("{VIEWED}[[segments]]\nname = \"Hot\"\nwhen = \"viewed_insurance\"");
    assert_eq!(shop(EVENTS).rows(&toml, "segment"), ["a | Hot", "b | Other", "c | Other"]);
}
