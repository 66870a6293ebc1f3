//! What must hold for every pack, whatever the rows are.

use std::fmt::Write as _;

use lapwing::exports::Relation;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;

use super::shop::Shop;

const AS_OF: &str = "2026-01-31T12:00:00Z";
const PACKS: &str = "[attributes.rfm]\n[attributes.cycle]\n[attributes.promo]\n[attributes.priority]\n[attributes.reach]\n\
    [attributes.churn]\n[attributes.pressure]\nweeks = 8\n[attributes.recommend]\nmin_support = 2\n\
    [attributes.activity]\ninactive_after = { cycles = 3 }\n\
    [[attributes.custom]]\nname = \"spent\"\nrelation = \"orders\"\naggregate = \"sum(net_amount)\"\nwindow_days = 100";

/// A line of an order, a message and a view: who, what, how many hours ago, and a number to vary the rest by.
type Happening = (u8, u8, u32, u8);

fn happening() -> impl Strategy<Value = Vec<Happening>> {
    vec((0_u8..12, 0_u8..9, 0_u32..9_000, 0_u8..20), 0..120)
}

fn time(hours: u32) -> String {
    let at = super::support::at(AS_OF) - chrono::Duration::hours(hours.into());
    at.format("%Y-%m-%d %H:%M:%S").to_string()
}

/// A shop of what happened, and of customers who did nothing at all.
fn shop(happened: &[Happening], idle: &[&str]) -> Shop {
    let mut customers = String::from("customer_id,email,email_opt_in\n");
    for customer in 0..12 {
        writeln!(customers, "c{customer:02},c{customer}@example.com,{}", customer != 5).unwrap();
    }
    for customer in idle {
        writeln!(customers, "{customer},,").unwrap();
    }
    let mut products = String::from("product_id,category,active\n");
    for product in 0..9 {
        writeln!(products, "p{product},k{},{}", product % 3, product != 4).unwrap();
    }
    let mut lines = String::from("order_id,customer_id,ordered_at,product_id,net_amount,discount_amount,status\n");
    let mut messages = String::from("message_id,customer_id,channel,sent_at,opened_at,unsubscribed_at\n");
    let mut events = String::from("customer_id,occurred_at,event,product_id\n");
    for (customer, product, hours, number) in happened {
        let (customer, at) = (format!("c{customer:02}"), time(*hours));
        // Orders of one customer and time are one order; some are refunds, some are cancelled.
        let net = if *number == 0 { -5 } else { i32::from(*number) };
        let status = if *number == 1 { "void" } else { "" };
        writeln!(lines, "{customer}-{hours},{customer},{at},p{product},{net},{},{status}", number % 3).unwrap();
        let channel = ["email", "sms", "pigeon"][usize::from(number % 3)];
        let opened = if number % 4 == 0 { at.as_str() } else { "" };
        let gone = if *number == 19 { at.as_str() } else { "" };
        writeln!(messages, "{customer}-{hours}-{product}-{number},{customer},{channel},{at},{opened},{gone}").unwrap();
        writeln!(events, "{customer},{at},view,p{product}").unwrap();
    }
    let tables = [
        (Relation::Customers, customers.as_str()),
        (Relation::Products, products.as_str()),
        (Relation::OrderLines, lines.as_str()),
        (Relation::Messages, messages.as_str()),
        (Relation::Events, events.as_str()),
    ];
    Shop::new(AS_OF, &tables)
}

fn unique(mut happened: Vec<Happening>) -> Vec<Happening> {
    happened.sort_unstable();
    happened.dedup();
    happened
}

fn order_does_not_matter(happened: &[Happening], turn: usize) -> TestCaseResult {
    let mut turned = happened.to_vec();
    turned.reverse();
    let length = turned.len().max(1);
    turned.rotate_left(turn % length);
    let everything = "CAST(attributes AS VARCHAR)";
    prop_assert_eq!(shop(happened, &[]).rows(PACKS, everything), shop(&turned, &[]).rows(PACKS, everything));
    Ok(())
}

/// Figures of a customer alone; places among others may move when there are more of those.
const OWN: &str = "frequency, monetary, recency_days, cycle_days, cycle_status, promo_score, messages_sent, \
    pressure_slope, pressure_response, recommended_product_ids, recommended_categories, rec_source, \
    orders_last_90d, one_time_user, reachable_email, spent";

fn idle_customers_change_nobody(happened: &[Happening]) -> TestCaseResult {
    let alone = shop(happened, &[]).rows(PACKS, OWN);
    let mut joined = shop(happened, &["x1", "x2", "x3"]).rows(PACKS, OWN);
    joined.retain(|row| !row.starts_with('x'));
    prop_assert_eq!(alone, joined);
    Ok(())
}

fn shares_are_shares(happened: &[Happening]) -> TestCaseResult {
    let outside = "SELECT count(*) FROM attributes WHERE pressure_percentile NOT BETWEEN 0 AND 1 OR engagement_rate NOT BETWEEN 0 AND 1
                   OR messages_sent < messages_opened OR orders_last_30d > orders_last_90d OR orders_last_90d > orders_last_365d
                   OR (inactive AND inactive_since > DATE '2026-01-31') OR (inactive_since IS NULL) = coalesce(inactive, false)";
    let wrong = "SELECT count(*) FROM attributes WHERE len(recommended_product_ids) > 5 OR list_contains(recommended_product_ids, 'p4')
                 OR len(list_distinct(recommended_product_ids)) <> len(recommended_product_ids)
                 OR rec_1_id IS DISTINCT FROM recommended_product_ids[1]";
    let customers = "SELECT count(*), count(DISTINCT customer_id) FROM attributes";
    let answers = shop(happened, &[]).answers(PACKS, &[outside, wrong, customers]);
    prop_assert_eq!(answers, [["0"], ["0"], ["12 | 12"]]);
    Ok(())
}

fn scores_are_places(happened: &[Happening]) -> TestCaseResult {
    let outside = "SELECT count(*) FROM attributes WHERE least(r_score, f_score, m_score, fm_score, fxm_score) < 1
                   OR greatest(r_score, f_score, m_score, fm_score, fxm_score) > 5 OR promo_score NOT BETWEEN 0 AND 100
                   OR promo_decile NOT BETWEEN 1 AND 10 OR rfm_index NOT BETWEEN 0 AND 5 OR p_alive NOT BETWEEN 0 AND 1
                   OR least(promo_order_share, promo_value_share, promo_depth) < 0
                   OR greatest(promo_order_share, promo_value_share, promo_depth) > 1
                   OR (frequency = 0) <> (rfm_cell IS NULL)";
    // Equal values share a score, and a larger value never has a smaller one.
    let disorder = |value: &str, score: &str| {
        format!(
            "SELECT count(*) FROM attributes AS a JOIN attributes AS b
             ON (a.{value} = b.{value} AND a.{score} <> b.{score}) OR (a.{value} > b.{value} AND a.{score} < b.{score})"
        )
    };
    let pairs =
        [("last_order_at", "r_score"), ("frequency", "f_score"), ("monetary", "m_score"), ("rfm_value", "rfm_index")];
    let disorders = pairs.map(|(value, score)| disorder(value, score));
    let ranks = "SELECT count(*) FROM (SELECT priority_rank, row_number() OVER (
                     PARTITION BY segment ORDER BY priority_score DESC NULLS LAST, customer_id) AS place
                 FROM attributes WHERE frequency > 0) WHERE priority_rank <> place";
    let questions: Vec<&str> = [outside, ranks].into_iter().chain(disorders.iter().map(String::as_str)).collect();
    prop_assert_eq!(shop(happened, &[]).answers(PACKS, &questions), vec![["0"]; questions.len()]);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_rows_does_not_matter_to_the_byte(happened in happening(), turn in 0_usize..100) {
        order_does_not_matter(&unique(happened), turn)?;
    }

    #[test]
    fn customers_without_data_change_nobody_else(happened in happening()) {
        idle_customers_change_nobody(&unique(happened))?;
    }

    #[test]
    fn figures_stay_in_their_ranges(happened in happening()) {
        shares_are_shares(&unique(happened))?;
    }

    #[test]
    fn scores_are_in_the_order_of_what_they_score(happened in happening()) {
        scores_are_places(&unique(happened))?;
    }
}

#[test]
fn every_pack_binds_over_exports_without_a_row() {
    // The type of a custom attribute is only known by looking.
    let (packs, _) = PACKS.split_once("[[attributes.custom]]").unwrap();
    assert!(shop(&[], &[]).shape(packs).len() > 60);
}
