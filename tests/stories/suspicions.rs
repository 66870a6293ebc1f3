//! Data that looks wrong: each warning where there is a reason for it, and none where there is not.

use serde_json::{Value as Json, json};

use crate::project::{Project, Ran};

/// The codes of what a command warns of, in its JSON document.
fn codes(ran: &Ran) -> Vec<String> {
    let document = ran.json();
    let warnings = document["warnings"].as_array().unwrap_or_else(|| panic!("{document:#}"));
    warnings.iter().map(|warning| warning["code"].as_str().unwrap().to_owned()).collect()
}

fn attributes(project: &Project, more: &[&str]) -> Ran {
    project.lapwing(&[&["attributes", "--json"], more].concat()).ended(0)
}

/// Changes a file of the project.
fn edit(project: &Project, file: &str, change: impl Fn(&str) -> String) {
    let path = project.path().join(file);
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(path, change(&text)).unwrap();
}

/// Adds a column with one value to all rows of a CSV file.
fn add_column(project: &Project, file: &str, name: &str, value: &str) {
    edit(project, file, |text| {
        let added = |(line, row): (usize, &str)| format!("{row},{}\n", if line == 0 { name } else { value });
        text.lines().enumerate().map(added).collect()
    });
}

fn written() -> Project {
    let project = Project::new();
    project.write();
    project
}

fn with_pack(pack: &str) -> Project {
    let mut project = Project::new();
    project.destination.push(pack.to_owned());
    project.write();
    project
}

#[test]
fn sound_data_has_no_warning() {
    let ran = attributes(&written(), &[]);
    assert_eq!(codes(&ran), Vec::<String>::new());
    assert_eq!(ran.stderr, "");
}

#[test]
fn a_customer_with_most_of_the_revenue_is_told_by_every_command() {
    let mut project = Project::new();
    project.customer("dan").orders[0].1 = 600.0;
    project.write();
    let warning = json!([{
        "code": "one-customer",
        "message": "one customer has 83 % of the revenue of all",
        "hint": "look for an account that collects the orders of many, such as walk-in sales, and leave it out",
    }]);
    for command in [&["attributes"][..], &["plan"], &["sync", "--dry-run"], &["sync"]] {
        let ran = project.lapwing(&[command, &["--json"]].concat()).ended(0);
        assert_eq!(ran.json()["warnings"], warning, "{command:?}");
        assert!(ran.talk().contains("warning[one-customer]: one customer has 83 %"), "{}", ran.stderr);
        assert!(!ran.stderr.contains("dan"), "{}", ran.stderr);
    }
}

#[test]
fn a_sent_plan_reads_nothing_and_warns_of_nothing() {
    let mut project = Project::new();
    project.customer("dan").orders[0].1 = 600.0;
    project.write();
    project.lapwing(&["plan"]).ended(0);
    assert_eq!(project.lapwing(&["apply", "--json"]).ended(0).json()["warnings"], json!([]));
}

#[test]
fn the_revenue_of_a_customer_is_that_of_the_orders_where_no_pack_says_it() {
    let mut project = Project::new();
    project.customer("dan").orders[0].1 = 600.0;
    project.fields = vec!["cycle_status = \"cycle_status\"".into()];
    project.write();
    edit(&project, "sync.toml", |text| text.replace("[attributes.rfm]\n", ""));
    assert_eq!(codes(&attributes(&project, &[])), ["one-customer"]);
}

#[test]
fn half_of_the_revenue_is_nothing_to_wonder_at_among_two() {
    let mut project = Project::new();
    project.customers.truncate(2);
    project.write();
    assert_eq!(codes(&attributes(&project, &[])), Vec::<String>::new());
}

#[test]
fn orders_later_than_as_of_are_told() {
    let project = written();
    let ran = attributes(&project, &["--as-of", "2026-01-16"]);
    assert_eq!(codes(&ran), ["later-orders"]);
    let message = "export `orders`: 2 of 11 rows are later than as_of (2026-01-16 00:00 UTC) and do not count";
    assert_eq!(ran.json()["warnings"][0]["message"], message);
    assert_eq!(codes(&attributes(&project, &["--as-of", "2026-01-30T12:00:00Z"])), Vec::<String>::new());
}

#[test]
fn where_orders_are_derived_their_lines_tell_it() {
    let project = written();
    add_column(&project, "orders.csv", "product_id", "p1");
    edit(&project, "sync.toml", |text| text.replace("[exports.orders]", "[exports.order_lines]"));
    let ran = attributes(&project, &["--as-of", "2026-01-16"]);
    assert_eq!(codes(&ran), ["later-orders"]);
    assert!(ran.talk().contains("export `order_lines`: 2 of 11 rows"), "{}", ran.stderr);
    let ran = attributes(&project, &["--as-of", "2026-04-01"]);
    assert_eq!(codes(&ran), ["no-recent-orders"]);
    assert!(ran.talk().contains("[exports.order_lines]"), "{}", ran.stderr);
}

#[test]
fn a_month_without_orders_is_told() {
    let project = written();
    edit(&project, "orders.csv", |text| format!("{text}o90,ada,2025-12-03 12:00:00,1\n"));
    assert_eq!(codes(&attributes(&project, &[])), Vec::<String>::new());
    edit(&project, "orders.csv", |text| format!("{text}o91,ada,2025-09-30 23:59:59,1\n"));
    let ran = attributes(&project, &[]);
    assert_eq!(codes(&ran), ["month-without-orders"]);
    let message = "2 calendar months between the first and the last order have none; the first is 2025-10";
    assert_eq!(ran.json()["warnings"][0]["message"], message);
}

#[test]
fn an_export_that_ended_long_ago_is_told() {
    let project = written();
    let ran = attributes(&project, &["--as-of", "2026-04-01"]);
    assert_eq!(codes(&ran), ["no-recent-orders"]);
    assert!(ran.talk().contains("the latest order is 60 days older than as_of (2026-04-01)"), "{}", ran.stderr);
    assert_eq!(codes(&attributes(&project, &["--as-of", "2026-03-30"])), Vec::<String>::new());
}

#[test]
fn an_export_without_any_order_is_told() {
    let mut project = Project::new();
    for customer in &mut project.customers {
        customer.orders.clear();
    }
    project.write();
    let ran = attributes(&project, &[]);
    assert!(codes(&ran).contains(&"no-recent-orders".to_owned()), "{}", ran.stderr);
    assert!(ran.talk().contains("there is no order up to as_of"), "{}", ran.stderr);
}

#[test]
fn promotions_without_a_discount_are_told() {
    let project = with_pack("[attributes.promo]");
    assert_eq!(codes(&attributes(&project, &[])), ["no-discounts"]);
    add_column(&project, "orders.csv", "discount_amount", "0");
    assert_eq!(codes(&attributes(&project, &[])), ["no-discounts"]);
    edit(&project, "orders.csv", |text| text.replacen(",0\n", ",2.5\n", 1));
    assert_eq!(codes(&attributes(&project, &[])), Vec::<String>::new());
}

#[test]
fn one_segment_for_everybody_is_told() {
    let project = written();
    let rule = |when: &str| format!("[[segments]]\nname = \"All of them\"\nwhen = \"{when}\"\n");
    let sync_file = project.sync_file();
    edit(&project, "sync.toml", |_| format!("{sync_file}{}", rule("frequency > 0")));
    let ran = attributes(&project, &[]);
    assert_eq!(codes(&ran), ["one-segment"]);
    assert_eq!(ran.json()["warnings"][0]["message"], "all 5 customers are in the segment `All of them`");
    edit(&project, "sync.toml", |_| format!("{sync_file}{}", rule("frequency > 1")));
    assert_eq!(codes(&attributes(&project, &[])), Vec::<String>::new());
}

#[test]
fn customers_whom_no_channel_reaches_are_told() {
    let project = with_pack("[attributes.reach]");
    assert_eq!(codes(&attributes(&project, &[])), Vec::<String>::new());
    add_column(&project, "customers.csv", "email_opt_in", "false");
    let ran = attributes(&project, &[]);
    assert_eq!(codes(&ran), ["nobody-reachable"]);
    insta::assert_snapshot!(ran.stderr);
}

#[test]
fn other_warnings_of_the_input_are_in_the_document_too() {
    let project = with_pack("[attributes.churn]");
    let warnings: Json = attributes(&project, &[]).json()["warnings"].clone();
    assert_eq!(warnings[0]["code"], "attribute-not-calculated");
    assert!(warnings[0]["hint"].as_str().unwrap().contains("at least 100 customers"), "{warnings:#}");
}
