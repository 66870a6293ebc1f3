//! Custom attributes: each mistake at its place.

use crate::project::Project;

fn with(attribute: &str) -> String {
    Project::new()
        .replace("[attributes.cycle]", &format!("[attributes.cycle]\n\n[[attributes.custom]]\n{attribute}"))
        .validate()
}

#[track_caller]
fn assert_told(attribute: &str, parts: &[&str]) {
    // Long messages are wrapped.
    let told = with(attribute).replace("\n│ ", " ");
    for part in parts {
        assert!(told.contains(part), "{part} is not in\n{told}");
    }
}

#[test]
fn one_without_a_mistake_is_fine() {
    let good = "name = \"large_orders\"\nrelation = \"orders\"\naggregate = \"count(*)\"\nfilter = \"net_amount > 100\"\nwindow_days = 90";
    assert!(with(good).contains("no mistakes found"), "{}", with(good));
}

#[test]
fn an_unknown_relation_is_told_with_those_there_are() {
    assert_told(
        "name = \"visits\"\nrelation = \"visits\"\naggregate = \"count(*)\"",
        &["there is no relation `visits`", "[sync.toml:16:12]", "help: the exports give customers, orders"],
    );
    assert_told(
        "name = \"visits\"\nrelation = \"events\"\naggregate = \"count(*)\"",
        &["needs the export events", "help: the exports give customers, orders"],
    );
}

#[test]
fn an_unknown_column_is_told_at_its_place() {
    assert_told(
        "name = \"late\"\nrelation = \"orders\"\naggregate = \"count(*)\"\nfilter = \"net_amount > 1 and statu = 'x'\"",
        &["orders has no column `statu`", "[sync.toml:18:30]", "help: columns of orders are order_id, customer_id"],
    );
    assert_told(
        "name = \"late\"\nrelation = \"orders\"\naggregate = \"sum(amount)\"",
        &["orders has no column `amount`", "[sync.toml:17:18]"],
    );
}

#[test]
fn sql_that_does_not_parse_is_told() {
    assert_told(
        "name = \"late\"\nrelation = \"orders\"\naggregate = \"count(*\"",
        &["attributes.custom[0].aggregate", "sync.toml:17"],
    );
}

#[test]
fn an_aggregate_that_is_none_is_told() {
    assert_told(
        "name = \"late\"\nrelation = \"orders\"\naggregate = \"net_amount\"",
        &["it is no aggregate", "help: fold the rows: count(*)"],
    );
    assert_told(
        "name = \"late\"\nrelation = \"orders\"\naggregate = \"first(net_amount)\"",
        &["`first` depends on the order of rows", "[sync.toml:17:14]"],
    );
}

#[test]
fn a_filter_that_is_no_condition_is_told() {
    assert_told(
        "name = \"late\"\nrelation = \"orders\"\naggregate = \"count(*)\"\nfilter = \"net_amount\"",
        &["attributes.custom[0].filter", "must be true or false for each row"],
    );
}

#[test]
fn a_name_that_is_taken_is_told() {
    assert_told(
        "name = \"Frequency\"\nrelation = \"orders\"\naggregate = \"count(*)\"",
        &["`Frequency` is a column of another pack already", "[sync.toml:15:8]"],
    );
}

#[test]
fn keys_are_checked_like_all_others() {
    assert_told(
        "name = \"late\"\nrelation = \"orders\"\nagregate = \"count(*)\"",
        &["unknown key `agregate`", "did you mean `aggregate`?"],
    );
}
