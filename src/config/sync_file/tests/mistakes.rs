//! One snapshot a kind of mistake: message, place and hint as a log without colours shows them.

use super::support::{GOOD, broken, parse, report};

#[test]
fn the_unbroken_file_has_no_mistake() {
    assert_eq!(report(GOOD), "");
}

#[test]
fn syntax() {
    insta::assert_snapshot!(broken("path = \"orders.csv\"", "path = orders.csv"), @r"
    error[toml-syntax]: not valid TOML: string values must be quoted, expected
    │ literal string
      ╭─[conf/sync.toml:3:8]
    3 │ path = orders.csv
      ·        ──────────
      ╰────
    help: put the value in quotes
    ");
}

#[test]
fn a_key_that_stands_twice() {
    insta::assert_snapshot!(broken("object = \"contacts\"", "object = \"contacts\"\nobject = \"lists\""), @r#"
    error[toml-syntax]: not valid TOML: duplicate key
       ╭─[conf/sync.toml:11:1]
    11 │ object = "lists"
       · ──────
       ╰────
    help: a key may stand once in a table; a table header may stand once in a
          file
    "#);
}

#[test]
fn version_missing() {
    insta::assert_snapshot!(broken("version = 1\n", ""), @r"
    error[missing-key]: the sync file has no `version`
      ╭─[conf/sync.toml:1:1]
    1 │ [exports.orders]
      · ▲
      ╰────
    help: write version = 1 in the first line
    ");
}

#[test]
fn version_newer() {
    insta::assert_snapshot!(broken("version = 1", "version = 2"), @r"
    error[unsupported-version]: sync files of version 2 cannot be read
      ╭─[conf/sync.toml:1:11]
    1 │ version = 2
      ·           ─
      ╰────
    help: this Lapwing reads version 1; a newer one wrote this file: upgrade
          Lapwing
    ");
}

#[test]
fn version_older() {
    insta::assert_snapshot!(broken("version = 1", "version = 0"), @r"
    error[unsupported-version]: sync files of version 0 cannot be read
      ╭─[conf/sync.toml:1:11]
    1 │ version = 0
      ·           ─
      ╰────
    help: this Lapwing reads version 1
    ");
}

#[test]
fn a_file_of_another_version_is_not_read_any_further() {
    assert!(parse("version = 2\nnonsense = 1").file.is_none());
}

#[test]
fn unknown_key() {
    insta::assert_snapshot!(broken("path = ", "pth = "), @r#"
    error[missing-key]: [exports.orders] has no `path`
      ╭─[conf/sync.toml:2:1]
    2 │ [exports.orders]
      · ────────────────
      ╰────
    help: say where the files are: path = "exports/orders/*.parquet"

    error[unknown-key]: unknown key `pth` in [exports.orders]
      ╭─[conf/sync.toml:3:1]
    3 │ pth = "orders.csv"
      · ───
      ╰────
    help: did you mean `path`?
    "#);
}

#[test]
fn unknown_key_without_a_likely_one() {
    insta::assert_snapshot!(broken("path = \"orders.csv\"", "path = \"orders.csv\"\nzebra = 1"), @r"
    error[unknown-key]: unknown key `zebra` in [exports.orders]
      ╭─[conf/sync.toml:4:1]
    4 │ zebra = 1
      · ─────
      ╰────
    help: known keys are `path`, `format`, `columns`, `csv`, `max_bad_rows_pct`
          or `timezone`
    ");
}

#[test]
fn a_key_that_belongs_elsewhere() {
    insta::assert_snapshot!(broken("path = \"orders.csv\"", "path = \"orders.csv\"\non_leave = \"keep\""), @r#"
    error[unknown-key]: unknown key `on_leave` in [exports.orders]
      ╭─[conf/sync.toml:4:1]
    4 │ on_leave = "keep"
      · ────────
      ╰────
    help: `on_leave` belongs to `[[syncs]]`, above `[syncs.fields]`
    "#);
}

#[test]
fn unknown_relation() {
    insta::assert_snapshot!(broken("[exports.orders]", "[exports.ordres]"), @r"
    error[unknown-relation]: unknown relation `ordres`
      ╭─[conf/sync.toml:2:10]
    2 │ [exports.ordres]
      ·          ──────
      ╰────
    help: did you mean `orders`?
    ");
}

#[test]
fn a_path_that_is_a_url() {
    insta::assert_snapshot!(broken("orders.csv", "s3://bucket/orders.csv"), @r#"
    error[bad-value]: an export is a local file, not a URL
      ╭─[conf/sync.toml:3:8]
    3 │ path = "s3://bucket/orders.csv"
      ·        ────────────────────────
      ╰────
    help: copy the files first; Lapwing reads no network locations
    "#);
}

#[test]
fn a_path_with_too_many_wildcards() {
    insta::assert_snapshot!(broken("orders.csv", "*/*/*/*/*/*/*/*/*.csv"), @r#"
    error[too-many]: a path has at most 8 wildcards
      ╭─[conf/sync.toml:3:8]
    3 │ path = "*/*/*/*/*/*/*/*/*.csv"
      ·        ───────────────────────
      ╰────
    "#);
}

#[test]
fn empty_path() {
    insta::assert_snapshot!(broken("\"orders.csv\"", "\" \""), @r#"
    error[empty-value]: `path` is empty
      ╭─[conf/sync.toml:3:8]
    3 │ path = " "
      ·        ───
      ╰────
    "#);
}

#[test]
fn unknown_format() {
    insta::assert_snapshot!(broken("path = \"orders.csv\"", "path = \"orders\"\nformat = \"parket\""), @r#"
    error[bad-value]: `format` must be `parquet`, `csv` or `json`
      ╭─[conf/sync.toml:4:10]
    4 │ format = "parket"
      ·          ────┬───
      ·              ╰── not one of these
      ╰────
    help: did you mean `parquet`?
    "#);
}

#[test]
fn number_out_of_range() {
    insta::assert_snapshot!(broken("path = \"orders.csv\"", "path = \"orders.csv\"\nmax_bad_rows_pct = 120"), @r"
    error[bad-value]: `max_bad_rows_pct` must be from 0 to 100
      ╭─[conf/sync.toml:4:20]
    4 │ max_bad_rows_pct = 120
      ·                    ─┬─
      ·                     ╰── out of range
      ╰────
    ");
}

#[test]
fn csv_delimiter_of_two_characters() {
    insta::assert_snapshot!(broken("path = \"orders.csv\"", "path = \"orders.csv\"\ncsv = { delimiter = \";;\" }"), @r#"
    error[bad-value]: `delimiter` must be one character in quotes
      ╭─[conf/sync.toml:4:21]
    4 │ csv = { delimiter = ";;" }
      ·                     ────
      ╰────
    "#);
}

#[test]
fn as_of_that_is_no_time() {
    insta::assert_snapshot!(broken("version = 1", "version = 1\nas_of = \"yesterday\""), @r#"
    error[bad-value]: `as_of` is not a date and time
      ╭─[conf/sync.toml:2:9]
    2 │ as_of = "yesterday"
      ·         ───────────
      ╰────
    help: for example 2026-03-31T00:00:00Z; without an offset it is UTC
    "#);
}

#[test]
fn unknown_pack() {
    insta::assert_snapshot!(broken("[destinations", "[attributes.rmf]\n[destinations"), @r"
    error[unknown-pack]: unknown attribute pack `rmf`
      ╭─[conf/sync.toml:4:13]
    4 │ [attributes.rmf]
      ·             ───
      ╰────
    help: did you mean `rfm`?
    ");
}

#[test]
fn segments_with_one_name_and_without_a_rule() {
    let segments = "[[segments]]\nname = \"A\"\nwhen = \"true\"\n[[segments]]\nname = \"A\"\ncells = \"155\"\n[[segments]]\nname = \"B\"\n[destinations";
    insta::assert_snapshot!(broken("[destinations", segments), @r#"
    error[duplicate-name]: two segments are called `A`
      ╭─[conf/sync.toml:8:8]
    5 │ name = "A"
      ·        ─┬─
      ·         ╰── first here
    6 │ when = "true"
    7 │ [[segments]]
    8 │ name = "A"
      ·        ─┬─
      ·         ╰── again here
      ╰────
    help: join their rules with `or`, or give one another name

    error[missing-key]: the segment `B` has no rule
       ╭─[conf/sync.toml:10:1]
    10 │ [[segments]]
       · ────────────
       ╰────
    help: say which customers it takes: when = "r_score <= 2" or cells = "155
          145"
    "#);
}

#[test]
fn bad_variable() {
    insta::assert_snapshot!(broken("orders.csv", "${DATA DIR}/orders.csv"), @r#"
    error[bad-variable]: the name of a variable has only letters, digits and `_`
      ╭─[conf/sync.toml:3:9]
    3 │ path = "${DATA DIR}/orders.csv"
      ·         ───────────
      ╰────
    help: variables look like ${NAME}; write $${ where `${` itself is meant
    "#);
}

#[test]
fn all_mistakes_are_reported_in_one_pass_in_the_order_of_the_file() {
    let text = "version = 1\n[exports.orders]\npath = 5\nfromat = \"csv\"\n[destinations.m]\nconnector = \"sengrid\"\n[[syncs]]\nname = \"a\"\nlimit = \"5\"\n";
    let codes: Vec<_> = parse(text)
        .diagnostics
        .iter()
        .map(|item| format!("{}:{}", item.place.as_ref().unwrap().position().line, item.code))
        .collect();
    insta::assert_snapshot!(codes.join("\n"), @r"
    3:wrong-type
    4:unknown-key
    6:unknown-connector
    7:missing-key
    7:missing-key
    7:missing-key
    7:missing-key
    9:limit-without-order
    9:wrong-type
    ");
}

#[test]
fn statuses_that_are_no_list_of_texts() {
    let attributes = "[attributes]\nexcluded_statuses = \"void\"\nexcluded_status = [\"lost\"]\n[destinations";
    insta::assert_snapshot!(broken("[destinations", attributes), @r#"
    error[wrong-type]: `excluded_statuses` must be an array of strings, not a
    │ string
      ╭─[conf/sync.toml:5:21]
    5 │ excluded_statuses = "void"
      ·                     ───┬──
      ·                        ╰── expected an array of strings
      ╰────

    error[unknown-pack]: unknown attribute pack `excluded_status`
      ╭─[conf/sync.toml:6:1]
    6 │ excluded_status = ["lost"]
      · ───────────────
      ╰────
    help: did you mean `excluded_statuses`?
    "#);
}
