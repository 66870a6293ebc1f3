//! The published golden values hold through the real pipeline: bind, plan, compute.

use std::fmt::Write as _;
use std::path::PathBuf;

use lapwing::exports::{Export, Relation};

use super::support::{Folder, export, golden};

const AS_OF: &str = "1998-07-01T00:00:00Z";
const CUSTOMERS: &str = "23570";
const COLUMNS: &[(&str, &str)] = &[("ordered_at", "\"date\""), ("net_amount", "amount"), ("discount_amount", "0")];
const ALL_PACKS: &str = "[attributes.rfm]\n[attributes.cycle]\n[attributes.promo]\n[attributes.priority]";
/// One text for all rows and columns, in the order of the customers.
const EVERYTHING: &str = "SELECT count(*), md5(string_agg(CAST(a AS VARCHAR), chr(10) ORDER BY customer_id))
                          FROM attributes AS a";

fn orders(path: impl Into<PathBuf>) -> Vec<Export> {
    vec![export(Relation::Orders, path, COLUMNS)]
}

/// Compares columns of `attributes` with those of a golden file, given as pairs of the one name and the other.
fn assert_golden(toml: &str, file: &str, exact: &[(&str, &str)], reals: &[(&str, &str)]) {
    let file = golden(file);
    let both =
        format!("attributes AS a FULL JOIN read_parquet('{}') AS e ON a.customer_id = e.customer_id", file.display());
    let mut differences =
        format!("SELECT 'a customer is missing' FROM {both} WHERE a.customer_id IS NULL OR e.customer_id IS NULL");
    for (ours, theirs) in exact {
        let differs = format!("a.{ours} IS DISTINCT FROM e.{theirs}");
        write!(differences, " UNION ALL SELECT '{ours} of ' || a.customer_id FROM {both} WHERE {differs}").unwrap();
    }
    for (ours, theirs) in reals {
        let differs = format!("(a.{ours} IS NULL) <> (e.{theirs} IS NULL) OR abs(a.{ours} - e.{theirs}) > 0.0001");
        write!(differences, " UNION ALL SELECT '{ours} of ' || a.customer_id FROM {both} WHERE {differs}").unwrap();
    }
    let questions = ["SELECT count(*) FROM attributes", differences.as_str()];
    let answers = Folder::new().attributes(orders(golden("cdnow_orders.parquet")), AS_OF, toml, &questions);
    assert_eq!(answers[0], [CUSTOMERS]);
    assert_eq!(answers[1], Vec::<String>::new());
}

/// A column that has the same name on both sides.
fn same<'a>(names: &[&'a str]) -> Vec<(&'a str, &'a str)> {
    names.iter().map(|name| (*name, *name)).collect()
}

const RFM: [&str; 7] = ["recency_days", "frequency", "r_score", "f_score", "m_score", "rfm_cell", "fm_score"];
const RFM_REALS: [&str; 4] = ["monetary", "rfm_value", "rfm_index", "priority_score"];

fn assert_rfm(toml: &str, file: &str, segment: &str) {
    let toml = format!("[attributes.priority]\n[attributes.rfm]\n{toml}");
    let mut exact = same(&RFM);
    exact.extend([("fxm_score", "fxm_score"), ("segment", segment)]);
    assert_golden(&toml, file, &exact, &same(&RFM_REALS));
}

#[test]
fn five_bins_give_the_golden_scores_and_classic_segments() {
    assert_rfm("bins = 5\nsegments = \"classic\"", "cdnow_rfm5.parquet", "segment_classic");
}

#[test]
fn five_bins_give_the_golden_cell_segments() {
    assert_rfm("bins = 5\nsegments = \"cells\"", "cdnow_rfm5.parquet", "segment_cells");
}

#[test]
fn six_bins_give_the_golden_scores_and_grid_segments() {
    assert_rfm("bins = 6\nsegments = \"grid6\"", "cdnow_rfm6.parquet", "segment_grid6");
}

#[test]
fn cycles_are_the_golden_ones() {
    let exact = same(&["purchase_days", "cycle_status", "expected_next_order_on"]);
    let reals = same(&["cycle_days", "cycle_stddev_days", "lateness_ratio", "lateness_days", "lateness_z"]);
    assert_golden("[attributes.cycle]", "cdnow_cycle.parquet", &exact, &reals);
}

#[test]
fn median_cycles_are_the_golden_ones() {
    let reals = [("cycle_days", "cycle_days_median"), ("cycle_stddev_days", "cycle_stddev_days")];
    let exact = same(&["purchase_days"]);
    assert_golden("[attributes.cycle]\nmethod = \"median\"", "cdnow_cycle.parquet", &exact, &reals);
}

#[test]
fn promotion_scores_are_the_golden_ones() {
    let exact = same(&["promo_score", "promo_decile", "promo_class"]);
    let reals = same(&["promo_order_share", "promo_value_share", "promo_depth"]);
    assert_golden("[attributes.promo]", "cdnow_promo.parquet", &exact, &reals);
}

#[test]
fn every_format_gives_the_same_attributes_to_the_byte() {
    let folder = Folder::new();
    let query = format!("SELECT * FROM read_parquet('{}')", golden("cdnow_orders.parquet").display());
    let expected = folder.attributes(orders(golden("cdnow_orders.parquet")), AS_OF, ALL_PACKS, &[EVERYTHING]).remove(0);
    assert!(expected[0].contains(CUSTOMERS), "{expected:?}");
    for (name, options) in [
        ("orders.csv", "FORMAT csv, HEADER"),
        ("orders.csv.gz", "FORMAT csv, HEADER, COMPRESSION gzip"),
        ("orders.csv.zst", "FORMAT csv, HEADER, COMPRESSION zstd"),
        ("orders.tsv", "FORMAT csv, HEADER, DELIMITER '\t'"),
        ("orders.json", "FORMAT json, ARRAY"),
        ("orders.jsonl.gz", "FORMAT json, COMPRESSION gzip"),
    ] {
        let path = folder.copy(&query, name, options);
        let got = folder.attributes(orders(path), AS_OF, ALL_PACKS, &[EVERYTHING]).remove(0);
        assert_eq!(got, expected, "{name}");
    }
}

#[test]
fn the_order_of_rows_and_files_does_not_matter() {
    let folder = Folder::new();
    let from = format!("read_parquet('{}')", golden("cdnow_orders.parquet").display());
    folder.parquet(&format!("SELECT * FROM {from} WHERE hash(order_id) % 3 = 0 ORDER BY md5(order_id)"), "b/1.parquet");
    folder.parquet(&format!("SELECT * FROM {from} WHERE hash(order_id) % 3 > 0 ORDER BY amount"), "b/0.parquet");
    let whole = folder.attributes(orders(golden("cdnow_orders.parquet")), AS_OF, ALL_PACKS, &[EVERYTHING]);
    let parts = folder.attributes(orders(folder.join("b")), AS_OF, ALL_PACKS, &[EVERYTHING]);
    assert_eq!(parts, whole);
}

#[test]
fn rows_after_as_of_do_not_exist() {
    let folder = Folder::new();
    let from = format!("read_parquet('{}')", golden("cdnow_orders.parquet").display());
    let past = folder.parquet(&format!("SELECT * FROM {from} WHERE \"date\" <= DATE '1997-09-30'"), "past.parquet");
    let as_of = "1997-09-30T23:00:00Z";
    let cut = folder.attributes(orders(golden("cdnow_orders.parquet")), as_of, ALL_PACKS, &[EVERYTHING]);
    assert_eq!(cut, folder.attributes(orders(past), as_of, ALL_PACKS, &[EVERYTHING]));
    let bound = folder.bind(orders(golden("cdnow_orders.parquet")), as_of, &[]);
    let (rows, used, later, bad) = bound.counts("orders");
    assert_eq!((rows, used + later, bad), (69_659, 69_659, vec![]));
    assert!(later > 10_000, "{later}");
}
