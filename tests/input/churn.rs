//! The pack `churn`, from orders to columns.

use std::fmt::Write as _;

use lapwing::exports::Relation;

use super::shop::Shop;
use super::support::{Folder, export, golden};

const COLUMNS: &[(&str, &str)] = &[("ordered_at", "\"date\""), ("net_amount", "amount"), ("discount_amount", "0")];

#[test]
fn the_calibration_sample_is_as_alive_as_the_literature_says() {
    let exports = vec![export(Relation::Orders, golden("cdnow_sample_orders.parquet"), COLUMNS)];
    let questions = [
        "SELECT count(*), count(p_alive), count(expected_orders_90d) FROM attributes",
        // customers of one purchase day, of whom the model cannot tell
        "SELECT count(*) FROM attributes WHERE p_alive IS NULL AND purchase_days > 1",
        "SELECT min(p_alive) > 0 AND max(p_alive) < 1, min(expected_orders_90d) > 0 FROM attributes",
        // Of the 39 weeks after this sample the model is known to expect about 1,783 purchases; in 90 days a third of it.
        "SELECT CAST(sum(expected_orders_90d) AS BIGINT) BETWEEN 600 AND 720 FROM attributes",
        // 0225: (x, t, T) = (2, 30.43, 38.86)
        "SELECT DISTINCT CAST(p_alive AS DECIMAL(4,3)) FROM attributes WHERE purchase_days = 3
         AND last_order_at - first_order_at = INTERVAL 213 DAY AND first_order_at = DATE '1997-01-01'",
    ];
    let toml = "[attributes.churn]\n[attributes.cycle]\n[attributes.rfm]";
    let answers = Folder::new().attributes(exports, "1997-09-30T00:00:00Z", toml, &questions);
    assert_eq!(answers, [["2357 | 946 | 2357"], ["0"], ["true | true"], ["true"], ["0.727"]]);
}

#[test]
fn the_order_of_orders_does_not_matter_to_the_byte() {
    let folder = Folder::new();
    let from = format!("read_parquet('{}')", golden("cdnow_sample_orders.parquet").display());
    let shuffled = folder.parquet(&format!("SELECT * FROM {from} ORDER BY md5(order_id)"), "shuffled.parquet");
    let question = "SELECT md5(string_agg(CAST(a AS VARCHAR), chr(10) ORDER BY customer_id)), count(p_alive)
                    FROM attributes AS a";
    let computed = |path| {
        let exports = vec![export(Relation::Orders, path, COLUMNS)];
        folder.attributes(exports, "1997-09-30T00:00:00Z", "[attributes.churn]", &[question])
    };
    assert_eq!(computed(shuffled), computed(golden("cdnow_sample_orders.parquet")));
}

#[test]
fn a_hundred_customers_are_enough_and_one_less_is_not() {
    let too_few = |customers: u32| {
        let mut text = String::from("order_id,customer_id,ordered_at,net_amount\n");
        for customer in 0..customers {
            writeln!(text, "{customer},c{customer:04},2025-01-{:02},10", 1 + customer % 28).unwrap();
        }
        let shop = Shop::new("2025-06-01T00:00:00Z", &[(Relation::Orders, text.as_str())]);
        let warnings = shop.warnings("[attributes.churn]");
        assert_eq!((warnings.len(), warnings[0].key.as_str()), (1, "attributes.churn"));
        warnings[0].message.contains(&format!("{customers} customers with orders are too few"))
    };
    assert!(too_few(99));
    // A hundred who never came back are enough customers, and fit nothing all the same.
    assert!(!too_few(100));
}

#[test]
fn a_fit_that_does_not_converge_leaves_nulls_and_says_so() {
    let mut once = String::from("order_id,customer_id,ordered_at,net_amount\n");
    for customer in 0..200 {
        writeln!(once, "{customer},c{customer:04},2025-01-{:02},10", 1 + customer % 28).unwrap();
    }
    let shop = Shop::new("2025-06-01T00:00:00Z", &[(Relation::Orders, once.as_str())]);
    let warnings = shop.warnings("[attributes.churn]");
    assert!(warnings[0].message.contains("no parameters of the model explain"), "{}", warnings[0].message);
    let answers = shop.answers("[attributes.churn]", &["SELECT count(expected_orders_90d) FROM attributes"]);
    assert_eq!(answers, [["0"]]);
}

#[test]
fn no_orders_at_all_are_no_failure() {
    let shop = Shop::new("2025-06-01T00:00:00Z", &[(Relation::Orders, "order_id,customer_id,ordered_at,net_amount")]);
    assert_eq!(shop.rows("[attributes.churn]", "p_alive"), Vec::<String>::new());
    assert_eq!(shop.shape("[attributes.churn]").len(), 3);
}
