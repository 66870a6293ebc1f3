//! Tables that other floors read, through serde, with places.

use std::collections::BTreeMap;

use super::support::parse;
use crate::config::diagnostics::TextStyle;
use crate::config::sync_file::{ConfigTable, SqlText};

#[derive(Debug, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
enum Method {
    Quantiles,
    Thresholds { cuts: Vec<f64> },
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Rfm {
    bins: u8,
    #[serde(default)]
    excluded: Vec<String>,
    method: Option<Method>,
    #[serde(default)]
    custom: BTreeMap<String, SqlText>,
    day: Option<chrono::NaiveDate>,
    weights: Option<Weights>,
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Weights {
    orders: f64,
}

fn table(body: &str) -> ConfigTable {
    let parsed = parse(&format!("version = 1\n[attributes.rfm]\n{body}"));
    assert!(parsed.diagnostics.is_empty(), "{}", parsed.diagnostics.to_text(TextStyle::plain()));
    parsed.file.unwrap().attribute("rfm").unwrap().clone()
}

#[test]
fn tables_become_types_and_expressions_keep_their_place() {
    let table = table(
        "bins = 6\nexcluded = [\"void\"]\nmethod = { thresholds = { cuts = [1, 2.5] } }\nday = 2026-01-31\nweights.orders = 1\n[attributes.rfm.custom]\nbig = \"monetary > 100\"\n",
    );
    let rfm: Rfm = table.deserialize().unwrap();
    assert_eq!((rfm.bins, rfm.excluded.len()), (6, 1));
    assert!(matches!(rfm.method, Some(Method::Thresholds { cuts }) if cuts == [1.0, 2.5]));
    assert_eq!(rfm.day, chrono::NaiveDate::from_ymd_opt(2026, 1, 31));
    assert!((rfm.weights.unwrap().orders - 1.0).abs() < f64::EPSILON);
    let big = &rfm.custom["big"];
    let source = table.place_of(&["custom"]).source;
    assert_eq!(source.slice(big.span_of(11..14)), "100");
    assert!(matches!(
        self::table("bins = 1\nmethod = \"quantiles\"").deserialize::<Rfm>().unwrap().method,
        Some(Method::Quantiles)
    ));
}

#[test]
fn every_mistake_of_a_table_is_reported_at_its_place() {
    let table = table(
        "binz = 6\nexcluded = [1]\nmethod = \"quantile\"\nday = \"soon\"\nweights = { orders = \"many\", ordres = 1 }\n",
    );
    let diagnostics = table.deserialize::<Rfm>().unwrap_err().sorted();
    insta::assert_snapshot!(diagnostics.to_text(TextStyle::plain()), @r#"
    error[missing-key]: [attributes.rfm] has no `bins`
      ╭─[conf/sync.toml:2:1]
    2 │ [attributes.rfm]
      · ────────────────
      ╰────

    error[unknown-key]: unknown key `binz` in [attributes.rfm]
      ╭─[conf/sync.toml:3:1]
    3 │ binz = 6
      · ────
      ╰────
    help: did you mean `bins`?

    error[wrong-type]: `excluded` must be a string, not a whole number
      ╭─[conf/sync.toml:4:13]
    4 │ excluded = [1]
      ·             ─
      ╰────

    error[bad-value]: `method` must be `quantiles` or `thresholds`
      ╭─[conf/sync.toml:5:10]
    5 │ method = "quantile"
      ·          ──────────
      ╰────

    error[bad-value]: `day` is not accepted: input contains invalid characters
      ╭─[conf/sync.toml:6:7]
    6 │ day = "soon"
      ·       ──────
      ╰────

    error[wrong-type]: `orders` must be a number, not a string
      ╭─[conf/sync.toml:7:22]
    7 │ weights = { orders = "many", ordres = 1 }
      ·                      ──────
      ╰────

    error[unknown-key]: unknown key `ordres` in [attributes.rfm]
      ╭─[conf/sync.toml:7:30]
    7 │ weights = { orders = "many", ordres = 1 }
      ·                              ──────
      ╰────
    help: did you mean `orders`?
    "#);
}

#[test]
fn a_number_out_of_range_does_not_hide_as_a_missing_key() {
    let diagnostics = table("bins = 300").deserialize::<Rfm>().unwrap_err();
    insta::assert_snapshot!(diagnostics.to_text(TextStyle::plain()), @r"
    error[bad-value]: `bins` is out of range
      ╭─[conf/sync.toml:3:8]
    3 │ bins = 300
      ·        ───
      ╰────
    ");
}

#[test]
fn places_of_paths_end_where_the_path_does() {
    let table = table("bins = 6\nweights = { orders = 1 }");
    let text = |path: &[&str]| {
        let place = table.place_of(path);
        place.source.slice(place.span).to_owned()
    };
    assert_eq!(text(&["weights", "orders"]), "1");
    assert_eq!(text(&["bins", "deeper"]), "6");
    assert_eq!(text(&["weights", "nothing"]), "{ orders = 1 }");
}
