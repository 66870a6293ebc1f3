//! The pack `recommend`, on a catalogue of a few products.

use lapwing::exports::Relation;

use super::shop::Shop;

const AS_OF: &str = "2026-01-31T00:00:00Z";
const PRODUCTS: &str = "product_id,category,name,active
    p1,Tea,Green,true
    p2,Tea,Black,
    p3,Cake,Plum,true
    p4,,Mug,true";
/// Two of the three buyers of p1 bought p2, too: their cosine is 2 / sqrt(3 * 2), that is 0.8165.
const LINES: &str = "order_id,customer_id,ordered_at,product_id,net_amount
    1,a,2026-01-30 12:00:00,p1,5
    1,a,2026-01-30 12:00:00,p2,5
    2,b,2026-01-30 12:00:00,p1,5
    3,b,2026-01-30 12:00:00,p2,5
    4,c,2026-01-30 12:00:00,p1,5
    5,e,2026-01-30 12:00:00,p3,5";
const CUSTOMERS: &str = "customer_id\na\nb\nc\nd\ne";
const PAIRS_OF_TWO: &str = "[attributes.recommend]\nmin_support = 2\n";
const COLUMNS: &str = "recommended_product_ids, rec_source";

fn shop(products: &str, lines: &str, events: &str) -> Shop {
    let events = format!("customer_id,occurred_at,event,product_id\n{events}");
    Shop::new(
        AS_OF,
        &[
            (Relation::Customers, CUSTOMERS),
            (Relation::Products, products),
            (Relation::OrderLines, lines),
            (Relation::Events, &events),
        ],
    )
}

#[test]
fn similar_products_first_and_best_sellers_for_the_rest() {
    assert_eq!(
        shop(PRODUCTS, LINES, "").rows(PAIRS_OF_TWO, COLUMNS),
        [
            // has both, and gets the best sellers that are left
            "a | [p3] | popular",
            "b | [p3] | popular",
            "c | [p2] | similar",
            // never bought
            "d | [p1, p2, p3] | popular",
            "e | [p1, p2] | popular",
        ]
    );
}

#[test]
fn pairs_that_too_few_customers_share_say_nothing() {
    let rows = shop(PRODUCTS, LINES, "").rows("[attributes.recommend]\nmin_support = 3\n", COLUMNS);
    assert_eq!(rows[2], "c | [p2, p3] | popular");
}

#[test]
fn inactive_and_unknown_products_never_appear() {
    let products = PRODUCTS.replace("p2,Tea,Black,", "p2,Tea,Black,false").replace("p3,Cake,Plum,true", "");
    let rows = shop(&products, LINES, "").rows(PAIRS_OF_TWO, COLUMNS);
    assert_eq!(
        rows,
        ["a | NULL | NULL", "b | NULL | NULL", "c | NULL | NULL", "d | [p1] | popular", "e | [p1] | popular"]
    );
}

#[test]
fn views_add_a_share_of_the_largest_score() {
    let events = "c,2026-01-30 00:00:00,view,p4
        c,2026-01-01 00:00:00,view,p3
        d,2026-01-30 00:00:00,Product_View,p4
        d,2026-01-30 00:00:00,add_to_cart,p3
        e,2026-01-30 00:00:00,,p3
        e,2026-01-31 00:00:00,view,unheard-of";
    let rows = shop(PRODUCTS, LINES, events).rows(PAIRS_OF_TWO, COLUMNS);
    // What c looked at adds half of what speaks for p2; thirty days ago is too long ago. e owns p3.
    assert_eq!(rows[2..], ["c | [p2, p4] | similar", "d | [p4] | viewed", "e | [p1, p2] | popular"]);
    let rows = shop(PRODUCTS, LINES, events).rows(&format!("{PAIRS_OF_TWO}view_boost = 2.0"), COLUMNS);
    assert_eq!(rows[2], "c | [p4, p2] | viewed");
    let named = format!("{PAIRS_OF_TWO}view_events = [\"add_to_cart\"]");
    assert_eq!(shop(PRODUCTS, LINES, events).rows(&named, COLUMNS)[3], "d | [p3] | viewed");
}

#[test]
fn what_can_be_bought_again_is_recommended_again() {
    let rows = shop(PRODUCTS, LINES, "c,2026-01-30 18:00:00,view,p1\na,2026-01-30 11:00:00,view,p1")
        .rows(&format!("{PAIRS_OF_TWO}repurchasable = true"), COLUMNS);
    // a bought p1 after looking at it, c looked at it once more.
    assert_eq!(rows[0], "a | [p1, p2] | similar");
    assert_eq!(rows[2], "c | [p2, p1] | similar");
    assert_eq!(rows[4], "e | [p1, p2, p3] | popular");
}

#[test]
fn old_purchases_speak_less() {
    // s(p1, p2) = 2 / sqrt(4 * 2) = 0.71, s(p3, p4) = 2 / sqrt(3 * 2) = 0.82. c bought p3 180 days before p1.
    let lines = "order_id,customer_id,ordered_at,product_id,net_amount
        1,a,2026-01-01,p1,5
        1,a,2026-01-01,p2,5
        2,b,2026-01-01,p1,5
        2,b,2026-01-01,p2,5
        3,d,2026-01-01,p3,5
        3,d,2026-01-01,p4,5
        4,e,2026-01-01,p1,5
        4,e,2026-01-01,p3,5
        4,e,2026-01-01,p4,5
        5,c,2026-01-31,p1,5
        6,c,2025-08-04,p3,5";
    let with = |half_life: &str| {
        let toml = format!("{PAIRS_OF_TWO}half_life_days = {half_life}");
        shop(PRODUCTS, lines, "").rows(&toml, COLUMNS).remove(2)
    };
    assert_eq!(with("36500.0"), "c | [p4, p2] | similar");
    assert_eq!(with("180.0"), "c | [p2, p4] | similar");
    // Of the latest product alone, p3 has no say.
    assert_eq!(with("180.0\nseeds = 1"), "c | [p2] | similar");
}

#[test]
fn of_products_bought_at_once_the_first_by_id_are_seeds() {
    // e looks like b, who has p2 with p1, and like a, who has p4 with p3; both were bought at the same time.
    let lines = "order_id,customer_id,ordered_at,product_id,net_amount
        1,a,2026-01-01,p3,5
        1,a,2026-01-01,p4,5
        2,b,2026-01-01,p1,5
        2,b,2026-01-01,p2,5
        3,e,2026-01-01,p3,5
        3,e,2026-01-01,p1,5";
    let toml = |seeds: u32| format!("[attributes.recommend]\nmin_support = 1\nseeds = {seeds}");
    assert_eq!(shop(PRODUCTS, lines, "").rows(&toml(1), COLUMNS)[4], "e | [p2] | similar");
    assert_eq!(shop(PRODUCTS, lines, "").rows(&toml(2), COLUMNS)[4], "e | [p2, p4] | similar");
}

#[test]
fn ties_go_by_the_id() {
    let lines = "order_id,customer_id,ordered_at,product_id,net_amount
        1,a,2026-01-01,p1,5
        1,a,2026-01-01,p2,5
        1,a,2026-01-01,p3,5
        1,a,2026-01-01,p4,5
        2,b,2026-01-01,p1,5";
    let rows = shop(PRODUCTS, lines, "").rows("[attributes.recommend]\nmin_support = 1\ntop = 2\nflat = 2", COLUMNS);
    assert_eq!(rows[1], "b | [p2, p3] | similar");
}

#[test]
fn each_product_has_its_columns_and_each_category_stands_once() {
    let columns = "recommended_categories, rec_1_id, rec_1_name, rec_1_category, rec_1_url, rec_2_name, rec_3_name, rec_3_category";
    let rows = shop(PRODUCTS, LINES, "").rows(PAIRS_OF_TWO, columns);
    assert_eq!(rows[3], "d | [Tea, Cake] | p1 | Green | Tea | NULL | Black | Plum | Cake");
}

#[test]
fn refunds_and_cancelled_orders_are_no_purchases() {
    let lines = "order_id,customer_id,ordered_at,product_id,net_amount,status
        1,a,2026-01-30,p1,5,
        2,a,2026-01-30,p2,-5,
        3,b,2026-01-30,p3,5,void";
    let rows = shop(PRODUCTS, lines, "").rows(PAIRS_OF_TWO, COLUMNS);
    assert_eq!(rows[0], "a | NULL | NULL");
    assert_eq!(rows[1], "b | [p1] | popular");
}

#[test]
fn empty_exports_are_no_failure() {
    let empty = shop("product_id\n", "order_id,customer_id,ordered_at,product_id,net_amount\n", "");
    assert_eq!(empty.rows("[attributes.recommend]", COLUMNS)[0], "a | NULL | NULL");
    assert_eq!(empty.shape("[attributes.recommend]").len(), 1 + 2 + 18 + 1);
}
