//! Exports: their files, their columns, and the expressions that map them.

use insta::assert_snapshot;

use crate::project::Project;

#[test]
fn no_file_there() {
    let project = Project::new().without("orders.csv");
    assert_snapshot!(project.validate(), @r#"
    exit 2
    --- stderr
    error[export-no-files]: export `orders`: no file matches `orders.csv`
      ╭─[sync.toml:7:8]
    7 │ path = "orders.csv"
      ·        ────────────
      ╰────
    help: paths are relative to the sync file; a folder, a file or a glob may be
          given

    --- stdout
    sync.toml: 1 error
    "#);
}

#[test]
fn a_file_without_a_byte() {
    let project = Project::new();
    project.file("orders.csv", "");
    assert_snapshot!(project.validate(), @r#"
    exit 2
    --- stderr
    error[export-empty-file]: export `orders`: the file orders.csv is empty
      ╭─[sync.toml:7:8]
    7 │ path = "orders.csv"
      ·        ────────────
      ╰────
    help: export the file again, or take it out of the folder

    --- stdout
    sync.toml: 1 error
    "#);
}

#[test]
fn a_file_that_is_not_what_its_name_says() {
    let project = Project::new().replace("\"orders.csv\"", "\"orders.parquet\"");
    project.file("orders.parquet", "this is no Parquet file");
    assert_snapshot!(project.validate(), @r#"
    exit 2
    --- stderr
    error[export-unreadable]: export `orders`: the files of this export can't be
    │ read: No magic bytes found at end of file 'orders.parquet'
      ╭─[sync.toml:7:8]
    7 │ path = "orders.parquet"
      ·        ────────────────
      ╰────
    help: export that file again; all files of an export need the same columns

    --- stdout
    sync.toml: 1 error
    "#);
}

#[test]
fn a_format_that_nobody_can_tell() {
    let project = Project::new().replace("\"orders.csv\"", "\"orders.xlsx\"");
    project.file("orders.xlsx", "whatever");
    assert_snapshot!(project.validate(), @r#"
    exit 2
    --- stderr
    error[export-unknown-format]: export `orders`: can't tell the format of
    │ orders.xlsx
      ╭─[sync.toml:7:8]
    7 │ path = "orders.xlsx"
      ·        ─────────────
      ╰────
    help: name all files of an export .parquet, .csv, .tsv, .json or .jsonl
          (also .gz or .zst), or set `format`

    --- stdout
    sync.toml: 1 error
    "#);
}

#[test]
fn a_required_column_that_is_not_there() {
    let project = Project::new().replace("ordered_at = \"created\", ", "");
    assert_snapshot!(project.validate(), @r#"
    exit 2
    --- stderr
    error[export-missing-column]: export `orders`: `ordered_at` is neither
    │ mapped nor a column of the files
      ╭─[sync.toml:6:10]
    6 │ [exports.orders]
      ·          ──────
      ╰────
    help: add `ordered_at = "…"` to `columns` of [exports.orders]; the files
          have: order_id, customer_id, created, total, tax

    --- stdout
    sync.toml: 1 error
    "#);
}

#[test]
fn an_unknown_column_in_an_expression() {
    let project = Project::new().replace("total - tax", "totl - tax");
    assert_snapshot!(project.validate(), @r#"
    exit 2
    --- stderr
    error[export-expression]: export `orders`: the files have no column `totl`
      ╭─[sync.toml:8:51]
    8 │ columns = { ordered_at = "created", net_amount = "totl - tax" }
      ·                                                   ────
      ╰────
    help: did you mean `total`? the files have: order_id, customer_id, created,
          total, tax

    --- stdout
    sync.toml: 1 error
    "#);
}

#[test]
fn sql_that_does_not_parse_in_a_column() {
    let project = Project::new().replace("total - tax", "total - ");
    assert_snapshot!(project.validate(), @r#"
    exit 2
    --- stderr
    error[export-expression]: export `orders`: syntax error at or near ")"
      ╭─[sync.toml:8:50]
    8 │ columns = { ordered_at = "created", net_amount = "total - " }
      ·                                                  ──────────
      ╰────
    help: the expression sees the columns of the files

    --- stdout
    sync.toml: 1 error
    "#);
}

#[test]
fn a_subquery_in_a_column() {
    let project = Project::new().replace("total - tax", "(SELECT 1)");
    assert_snapshot!(project.validate(), @r#"
    exit 2
    --- stderr
    error[export-expression]: export `orders`: a subquery can't stand here
      ╭─[sync.toml:8:51]
    8 │ columns = { ordered_at = "created", net_amount = "(SELECT 1)" }
      ·                                                   ─
      ╰────
    help: an expression sees the columns of its own row only

    --- stdout
    sync.toml: 1 error
    "#);
}

#[test]
fn every_export_and_the_table_of_the_destination_are_looked_at() {
    let project = Project::new()
        .without("orders.csv")
        .replace("\"customers.csv\"", "\"people.csv\"")
        .replace("api_key =", "base_url = \"ftp://example.com\"\napi_key =");
    assert_snapshot!(project.validate(), @r#"
    exit 2
    --- stderr
    error[export-no-files]: export `customers`: no file matches `people.csv`
      ╭─[sync.toml:4:8]
    4 │ path = "people.csv"
      ·        ────────────
      ╰────
    help: paths are relative to the sync file; a folder, a file or a glob may be
          given

    error[export-no-files]: export `orders`: no file matches `orders.csv`
      ╭─[sync.toml:7:8]
    7 │ path = "orders.csv"
      ·        ────────────
      ╰────
    help: paths are relative to the sync file; a folder, a file or a glob may be
          given

    error[sendgrid-base-url]: base_url is not an absolute https address
       ╭─[sync.toml:16:12]
    16 │ base_url = "ftp://example.com"
       ·            ───────────────────
       ╰────
    help: give scheme, host and path only, or leave it out

    --- stdout
    sync.toml: 3 errors
    "#);
}

#[test]
fn a_pack_that_needs_an_export() {
    let project = Project::new()
        .replace("[exports.orders]\npath = \"orders.csv\"\ncolumns = { ordered_at = \"created\", net_amount = \"total - tax\" }\n", "");
    assert_snapshot!(project.validate(), @r#"
    exit 2
    --- stderr
    error[attribute-setting]: `attributes.rfm`: needs the export orders
      ╭─[sync.toml:7:1]
    7 │ [attributes.rfm]
      · ────────────────
      ╰────
    help: add [exports.orders]

    error[attribute-setting]: `attributes.cycle`: needs the export orders
      ╭─[sync.toml:9:1]
    9 │ [attributes.cycle]
      · ──────────────────
      ╰────
    help: add [exports.orders]

    --- stdout
    sync.toml: 2 errors
    "#);
}
