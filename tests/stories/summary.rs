//! What `lapwing attributes` tells of all customers together, with every pack on.

use std::fmt::Write as _;

use serde_json::json;

use crate::project::Project;

/// Orders by customer: month and day of 2026, amount, discount, product.
type Order = (u32, u32, u32, u32, &'static str);
const CUSTOMERS: [(&str, &str, &[Order]); 10] = [
    ("ann", "ann@example.com", &[(1, 5, 30, 0, "p1"), (2, 4, 40, 0, "p2"), (3, 6, 35, 0, "p1"), (4, 5, 30, 0, "p3")]),
    ("ben", "ben@example.com", &[(1, 9, 20, 5, "p1"), (3, 9, 20, 5, "p2"), (5, 9, 20, 5, "p1"), (6, 25, 25, 5, "p2")]),
    ("cat", "", &[(6, 20, 80, 0, "p2")]),
    (
        "dora",
        "dora@example.com",
        &[(1, 2, 10, 1, "p3"), (1, 20, 12, 0, "p3"), (2, 11, 9, 0, "p1"), (6, 2, 15, 2, "p3")],
    ),
    ("eli", "eli@example.com", &[(2, 14, 55, 0, "p2"), (4, 14, 65, 0, "p2"), (6, 14, 60, 0, "p3")]),
    ("fay", "", &[(1, 30, 12, 3, "p1")]),
    (
        "gus",
        "gus@example.com",
        &[(3, 3, 22, 0, "p3"), (3, 17, 21, 0, "p1"), (3, 31, 20, 0, "p3"), (4, 14, 23, 0, "p1")],
    ),
    ("hal", "hal@example.com", &[(5, 1, 18, 6, "p2"), (5, 15, 19, 6, "p2"), (6, 1, 17, 6, "p1"), (6, 28, 21, 6, "p2")]),
    ("ida", "ida@example.com", &[(6, 29, 33, 0, "p1")]),
    ("jon", "jon@example.com", &[]),
];

const SYNC_FILE: &str = r#"version = 1
as_of = 2026-07-01T00:00:00Z
[exports.customers]
path = "customers.csv"
[exports.order_lines]
path = "order_lines.csv"
[exports.products]
path = "products.csv"
[exports.messages]
path = "messages.csv"
[attributes.rfm]
segments = "classic"
[attributes.cycle]
[attributes.promo]
[attributes.churn]
[attributes.activity]
windows = [30, 90]
inactive_after = 120
[attributes.reach]
channels = ["email", "phone"]
[attributes.pressure]
[attributes.recommend]
min_support = 2
[attributes.priority]
[[attributes.custom]]
name = "bought_p3"
relation = "order_lines"
aggregate = "count(*) > 0"
filter = "product_id = 'p3'"
"#;

fn shop() -> Project {
    let mut customers = "customer_id,email,phone\n".to_owned();
    let mut lines = "order_id,customer_id,ordered_at,product_id,category,net_amount,discount_amount\n".to_owned();
    let mut messages = "message_id,customer_id,channel,sent_at,opened_at\n".to_owned();
    for (number, (id, email, orders)) in CUSTOMERS.iter().enumerate() {
        let phone = if number % 3 == 0 { "+4930123" } else { "" };
        let _ = writeln!(customers, "{id},{email},{phone}");
        for (month, day, amount, discount, product) in *orders {
            let order = format!("{id}-{month:02}{day:02},{id},2026-{month:02}-{day:02} 10:00:00");
            let _ = writeln!(lines, "{order},{product},Food,{amount},{discount}");
        }
        for message in 0..number {
            let sent = format!("2026-06-{:02} 08:00:00", 10 + message);
            let _ = writeln!(messages, "{id}-{message},{id},email,{sent},");
        }
    }
    let products = "product_id,category,name\np1,Food,Bread\np2,Food,Cheese\np3,Food,Wine\n";
    let project = Project::new();
    let files = [
        ("customers", &customers),
        ("order_lines", &lines),
        ("messages", &messages),
        ("products", &products.to_owned()),
    ];
    for (name, text) in files {
        std::fs::write(project.path().join(format!("{name}.csv")), text).unwrap();
    }
    std::fs::write(project.path().join("sync.toml"), SYNC_FILE).unwrap();
    project
}

#[test]
fn every_pack_is_summed_up_in_text_that_fits_eighty_columns() {
    let shown = shop().lapwing(&["attributes", "--sample", "3"]).ended(0).stdout;
    assert!(shown.lines().all(|line| line.chars().count() <= 80), "{shown}");
    insta::assert_snapshot!(shown);
}

#[test]
fn the_document_has_the_same_figures() {
    let ran = shop().lapwing(&["attributes", "--sample", "1", "--json"]).ended(0);
    let document = ran.json();
    for (section, groups) in document["summary"].as_object().unwrap() {
        let overlapping = ["activity", "reach"].contains(&section.as_str());
        let all: u64 = groups.as_array().unwrap().iter().map(|group| group["customers"].as_u64().unwrap()).sum();
        assert!(overlapping || all == 10, "{section}: {all} of 10 customers");
    }
    insta::assert_json_snapshot!(document);
}

#[test]
fn two_runs_tell_the_same_to_the_byte() {
    let project = shop();
    let run = || project.lapwing(&["attributes", "--json"]).ended(0).stdout;
    assert_eq!(run(), run());
}

#[test]
fn a_dumb_terminal_gets_plain_signs() {
    let ran = shop().lapwing_with(&["attributes", "--sample", "0"], &[("TERM", "dumb")]).ended(0);
    assert!(ran.stdout.contains("####") && !ran.stdout.contains('█'), "{}", ran.stdout);
}

#[test]
fn a_preset_is_shown_without_touching_the_sync_file() {
    let project = shop();
    let shown = |preset: &str| project.lapwing(&["attributes", "--preset", preset]).ended(0).stdout;
    insta::assert_snapshot!(shown("grid6"));
    assert!(shown("cells").starts_with("Preset `cells` over 10 customers"));
    assert_eq!(std::fs::read_to_string(project.path().join("sync.toml")).unwrap(), SYNC_FILE);
    let document = project.lapwing(&["attributes", "--preset", "cells", "--json"]).ended(0).json();
    assert_eq!((&document["preset"], &document["sample"]), (&json!("cells"), &json!([])));
    assert!(document["summary"].as_object().unwrap().keys().eq(["segments"]));
}

#[test]
fn a_preset_does_away_with_rules_that_need_other_packs() {
    let project = shop();
    let rules = "[[segments]]\nname = \"Late\"\nwhen = \"lateness_ratio > 2\"\n";
    std::fs::write(project.path().join("sync.toml"), format!("{SYNC_FILE}{rules}")).unwrap();
    let own = project.lapwing(&["attributes", "--sample", "0"]).ended(0).stdout;
    let preset = project.lapwing(&["attributes", "--preset", "classic"]).ended(0).stdout;
    assert!(own.contains("\nLate ") && !preset.contains("\nLate "), "{own}{preset}");
}

#[test]
fn a_preset_that_there_is_not_is_refused_with_those_there_are() {
    let refused = shop().lapwing(&["attributes", "--preset", "clasic"]).ended(2);
    assert!(refused.stderr.contains("cells, classic, grid6"), "{}", refused.stderr);
}
