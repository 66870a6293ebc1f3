//! Files and mappings that can't be used: the error names the file or the column, and the way out.

use lapwing::exports::{Export, Relation};

use super::support::{Folder, export, lines};

const HEADER: &str = "order_id,customer_id,ordered_at,net_amount";

fn orders(path: impl Into<std::path::PathBuf>) -> Vec<Export> {
    vec![export(Relation::Orders, path, &[])]
}

fn mapped(folder: &Folder, columns: &[(&str, &str)]) -> Vec<Export> {
    let query = "SELECT 1 AS id, 'c' AS client_id, TIMESTAMP '2025-01-01' AS created, 5.0 AS total, 1.0 AS tax,
                        'x' AS coupon, 1735689600::BIGINT AS epoch, [1, 2] AS tags";
    let path = folder.parquet(query, "orders.parquet");
    let mut all =
        vec![("order_id", "id"), ("customer_id", "client_id"), ("ordered_at", "created"), ("net_amount", "total")];
    all.retain(|(name, _)| !columns.iter().any(|(given, _)| given == name));
    all.extend(columns);
    vec![export(Relation::Orders, path, &all)]
}

/// What binding says; validation says the same.
fn refusal(folder: &Folder, exports: Vec<Export>) -> String {
    let text = folder.refusal(exports.clone());
    assert_eq!(folder.shapes(exports), std::slice::from_ref(&text));
    text
}

#[test]
fn a_missing_file_is_named() {
    let folder = Folder::new();
    insta::assert_snapshot!(refusal(&folder, orders(folder.join("orders.parquet"))), @r"
    export `orders`: no file matches `[folder]/orders.parquet`
      hint: paths are relative to the sync file; a folder, a file or a glob may be given
    ");
}

#[test]
fn a_glob_or_folder_without_files_is_named() {
    let folder = Folder::new();
    folder.write("in/README.md", "nothing here");
    insta::assert_snapshot!(refusal(&folder, orders(folder.join("in/*.parquet"))), @r"
    export `orders`: no file matches `[folder]/in/*.parquet`
      hint: paths are relative to the sync file; a folder, a file or a glob may be given
    ");
    insta::assert_snapshot!(refusal(&folder, orders(folder.join("in"))), @r"
    export `orders`: no file matches `[folder]/in`
      hint: paths are relative to the sync file; a folder, a file or a glob may be given
    ");
}

#[test]
fn a_broken_glob_matches_nothing() {
    let folder = Folder::new();
    insta::assert_snapshot!(refusal(&folder, orders(folder.join("in/[a-.parquet"))), @r"
    export `orders`: no file matches `[folder]/in/[a-.parquet`
      hint: paths are relative to the sync file; a folder, a file or a glob may be given
    ");
}

#[test]
fn one_path_of_several_that_leads_nowhere_is_named() {
    let folder = Folder::new();
    let mut exports = orders(folder.write("a.csv", format!("{HEADER}\n")));
    exports[0].paths.push(folder.join("b.csv"));
    insta::assert_snapshot!(refusal(&folder, exports), @r"
    export `orders`: no file matches `[folder]/b.csv`
      hint: paths are relative to the sync file; a folder, a file or a glob may be given
    ");
}

#[test]
fn a_file_of_no_bytes_is_named() {
    let folder = Folder::new();
    folder.write("in/a.csv", format!("{HEADER}\n1,a,2025-01-01,1\n"));
    folder.write("in/b.csv", "");
    insta::assert_snapshot!(refusal(&folder, orders(folder.join("in"))), @r"
    export `orders`: the file [folder]/in/b.csv is empty
      hint: export the file again, or take it out of the folder
    ");
}

#[test]
fn a_format_that_no_name_tells_is_asked_for() {
    let folder = Folder::new();
    insta::assert_snapshot!(refusal(&folder, orders(folder.write("orders.dat", "x"))), @r"
    export `orders`: can't tell the format of [folder]/orders.dat
      hint: name all files of an export .parquet, .csv, .tsv, .json or .jsonl (also .gz or .zst), or set `format`
    ");
}

#[test]
fn files_of_two_formats_are_not_read_together() {
    let folder = Folder::new();
    folder.write("in/a.csv", format!("{HEADER}\n1,a,2025-01-01,1\n"));
    folder.write("in/b.jsonl", "{}");
    insta::assert_snapshot!(refusal(&folder, orders(folder.join("in"))), @r"
    export `orders`: can't tell the format of [folder]/in/b.jsonl
      hint: name all files of an export .parquet, .csv, .tsv, .json or .jsonl (also .gz or .zst), or set `format`
    ");
}

#[test]
fn a_truncated_parquet_file_is_named() {
    let folder = Folder::new();
    let whole = folder.parquet("SELECT range AS order_id FROM range(10000)", "whole.parquet");
    let bytes = std::fs::read(whole).unwrap();
    let path = folder.write("orders.parquet", &bytes[..bytes.len() / 2]);
    insta::assert_snapshot!(refusal(&folder, orders(path)), @r"
    export `orders`: the files of this export can't be read
      caused by: No magic bytes found at end of file '[folder]/orders.parquet'
      hint: export the file named below again; all files of an export need the same columns
    ");
}

#[test]
fn a_text_that_is_called_parquet_is_named() {
    let folder = Folder::new();
    let path = folder.write("orders.parquet", format!("{HEADER}\n1,ada@example.com,2025-01-01,5\n"));
    insta::assert_snapshot!(refusal(&folder, orders(path)), @r"
    export `orders`: the files of this export can't be read
      caused by: No magic bytes found at end of file '[folder]/orders.parquet'
      hint: export the file named below again; all files of an export need the same columns
    ");
    let path = folder.write("tiny.parquet", "hi");
    insta::assert_snapshot!(refusal(&folder, orders(path)), @r"
    export `orders`: the files of this export can't be read
      caused by: File '[folder]/tiny.parquet' too small to be a Parquet file
      hint: export the file named below again; all files of an export need the same columns
    ");
}

#[test]
fn a_truncated_compressed_file_is_named() {
    let folder = Folder::new();
    let rows = "SELECT range AS order_id, 'c' AS customer_id, DATE '2025-01-01' AS ordered_at, range AS net_amount
                FROM range(200000)";
    for (name, compression) in [("orders.csv.gz", "gzip"), ("orders.csv.zst", "zstd")] {
        let whole =
            folder.copy(rows, &format!("whole-{name}"), &format!("FORMAT csv, HEADER, COMPRESSION {compression}"));
        let bytes = std::fs::read(whole).unwrap();
        let path = folder.write(name, &bytes[..bytes.len() / 2]);
        let text = folder.refusal(orders(path));
        assert!(text.starts_with("export `orders`: the files of this export can't be read"), "{text}");
        assert!(text.contains(&format!("[folder]/{name}")), "{text}");
    }
    let path = folder.write("plain.csv.gz", format!("{HEADER}\n1,a,2025-01-01,1\n"));
    insta::assert_snapshot!(refusal(&folder, orders(path)), @r"
    export `orders`: the files of this export can't be read
      caused by: Input is not a GZIP stream: [folder]/plain.csv.gz
      hint: export the file named below again; all files of an export need the same columns
    ");
}

#[test]
fn a_line_of_another_length_is_named_by_file_and_number() {
    let folder = Folder::new();
    let mut text = lines(HEADER, (0..30_000).map(|id| format!("{id},ada@example.com,2025-01-01,1")));
    text.push_str("x,ada@example.com,2025-01-01,1,5\n");
    let path = folder.write("orders.csv", &text);
    insta::assert_snapshot!(folder.refusal(orders(path)), @r"
    export `orders`: the files of this export can't be read
      caused by: [folder]/orders.csv, line 30002: 5 values, where there are 4 columns
      hint: export the file named below again; all files of an export need the same columns
    ");
    let path = folder.write("early.csv", format!("{HEADER}\n1,ada@example.com,2025-01-01\n2,b,2025-01-01,1,5\n"));
    insta::assert_snapshot!(folder.refusal(orders(path)), @r"
    export `orders`: the files of this export can't be read
      caused by: [folder]/early.csv: lines differ in their number of values, or a quote is not closed
      hint: export the file named below again; all files of an export need the same columns
    ");
}

#[test]
fn a_quote_that_is_not_closed_is_named_by_file_and_number() {
    let folder = Folder::new();
    let mut text = lines(HEADER, (0..30_000).map(|id| format!("{id},c,2025-01-01,1")));
    text.push_str("x,\"ada@example.com,2025-01-01,1\n");
    insta::assert_snapshot!(folder.refusal(orders(folder.write("orders.csv", &text))), @r"
    export `orders`: the files of this export can't be read
      caused by: [folder]/orders.csv, line 30002: a quote is not closed
      hint: export the file named below again; all files of an export need the same columns
    ");
}

#[test]
fn a_file_that_is_not_utf8_is_named() {
    let folder = Folder::new();
    let mut bytes = format!("{HEADER}\n1,").into_bytes();
    bytes.extend(b"Zo\xe9 ada@example.com,2025-01-01,1\n");
    insta::assert_snapshot!(folder.refusal(orders(folder.write("orders.csv", bytes))), @r"
    export `orders`: the files of this export can't be read
      caused by: [folder]/orders.csv, line 2: it is not UTF-8
      hint: export the file named below again; all files of an export need the same columns
    ");
}

#[test]
fn broken_json_is_named() {
    let folder = Folder::new();
    let path = folder.write("orders.jsonl", "{\"order_id\": \"ada@example.com\"}\n{\"order_id\": \"bob@exam");
    insta::assert_snapshot!(refusal(&folder, orders(path)), @r#"
    export `orders`: the files of this export can't be read
      caused by: Malformed JSON in file "[folder]/orders.jsonl", at byte 23 in line 3: unexpected end of data
      hint: export the file named below again; all files of an export need the same columns
    "#);
}

#[test]
fn a_file_of_another_schema_is_named() {
    let folder = Folder::new();
    folder.write("csv/a.csv", format!("{HEADER}\n1,a,2025-01-01,1\n"));
    folder.write("csv/b.csv", "order_id,customer_id\n2,ada@example.com\n");
    insta::assert_snapshot!(folder.refusal(orders(folder.join("csv"))), @r"
    export `orders`: the files of this export can't be read
      caused by: [folder]/csv/b.csv has no column `ordered_at`, which [folder]/csv/a.csv has
      hint: export the file named below again; all files of an export need the same columns
    ");
    let row = "1 AS order_id, 'a' AS customer_id, DATE '2025-01-01' AS ordered_at";
    folder.parquet(&format!("SELECT {row}, 1 AS net_amount"), "parquet/a.parquet");
    folder.parquet(&format!("SELECT {row}"), "parquet/b.parquet");
    insta::assert_snapshot!(folder.refusal(orders(folder.join("parquet"))), @r#"
    export `orders`: the files of this export can't be read
      caused by: Failed to read file "[folder]/parquet/b.parquet": schema mismatch in glob: column "net_amount" was read from the original file "[folder]/parquet/a.parquet", but could not be found in file "[folder]/parquet/b.parquet"
      hint: export the file named below again; all files of an export need the same columns
    "#);
    folder.parquet(&format!("SELECT {row}, 1.5::DOUBLE AS net_amount"), "parquet/c.parquet");
    insta::assert_snapshot!(folder.refusal(orders(folder.join("parquet"))), @r"
    export `orders`: the files of this export can't be read
      caused by: [folder]/parquet/b.parquet has no column `net_amount`, which other files have
      hint: export the file named below again; all files of an export need the same columns
    ");
}

#[test]
fn an_unknown_column_is_told_with_its_place_and_its_likely_name() {
    let folder = Folder::new();
    insta::assert_snapshot!(refusal(&folder, mapped(&folder, &[("net_amount", "total - totl")])), @r"
    export `orders`: the files have no column `totl`
      in `net_amount`, position Some(8)
      hint: did you mean `total`? the files have: id, client_id, created, total, tax, coupon, epoch, tags
    ");
    let exports = mapped(&folder, &[("net_amount", "total\n  - (taxes)")]);
    insta::assert_snapshot!(refusal(&folder, exports), @r"
    export `orders`: the files have no column `taxes`
      in `net_amount`, position Some(11)
      hint: did you mean `tax`? the files have: id, client_id, created, total, tax, coupon, epoch, tags
    ");
}

#[test]
fn an_unknown_function_is_told_with_its_place() {
    let folder = Folder::new();
    insta::assert_snapshot!(refusal(&folder, mapped(&folder, &[("net_amount", "total - rounded(tax)")])), @r#"
    export `orders`: Scalar Function with name rounded does not exist
      in `net_amount`, position Some(8)
      hint: Did you mean "round"?
    "#);
}

#[test]
fn types_that_do_not_go_together_are_told_with_their_place() {
    let folder = Folder::new();
    insta::assert_snapshot!(refusal(&folder, mapped(&folder, &[("net_amount", "total - coupon")])), @r"
    export `orders`: No function matches the given name and argument types '-(DECIMAL(2,1), VARCHAR)'. You might need to add explicit type casts.
      in `net_amount`, position Some(6)
      hint: convert what it takes, as in CAST(… AS DECIMAL(18,2))
    ");
    insta::assert_snapshot!(refusal(&folder, mapped(&folder, &[("net_amount", "total - created")])), @r"
    export `orders`: No function matches the given name and argument types '-(DECIMAL(2,1), TIMESTAMP)'. You might need to add explicit type casts.
      in `net_amount`, position Some(6)
      hint: convert what it takes, as in CAST(… AS DECIMAL(18,2))
    ");
}

#[test]
fn an_expression_of_the_wrong_type_is_told_with_a_way_out() {
    let folder = Folder::new();
    insta::assert_snapshot!(refusal(&folder, mapped(&folder, &[("ordered_at", "epoch")])), @r"
    export `orders`: `ordered_at` is a time, and the expression gives BIGINT
      in `ordered_at`, position Some(0)
      hint: for a number since 1970 write make_timestamp_ms(milliseconds) or make_timestamp(microseconds)
    ");
    insta::assert_snapshot!(refusal(&folder, mapped(&folder, &[("net_amount", "total > 5")])), @r"
    export `orders`: `net_amount` is an amount, and the expression gives BOOLEAN
      in `net_amount`, position Some(0)
      hint: take the column that holds the number
    ");
    insta::assert_snapshot!(refusal(&folder, mapped(&folder, &[("order_id", "tags")])), @r"
    export `orders`: `order_id` is a text, and the expression gives INTEGER[]
      in `order_id`, position Some(0)
      hint: take one part of it, or CAST(… AS VARCHAR)
    ");
    let way_out = mapped(&folder, &[("ordered_at", "make_timestamp_ms(1000 * epoch)")]);
    let bound = folder.bind(way_out, "2030-01-01T00:00:00Z", &["SELECT ordered_at FROM orders"]);
    assert_eq!(bound.answers[0], ["2025-01-01 00:00:00"]);
}

#[test]
fn an_expression_that_does_not_parse_is_told_with_its_place() {
    let folder = Folder::new();
    insta::assert_snapshot!(refusal(&folder, mapped(&folder, &[("net_amount", "total - ")])), @r#"
    export `orders`: syntax error at or near ")"
      in `net_amount`, position Some(9)
      hint: the expression sees the columns of the files
    "#);
    insta::assert_snapshot!(refusal(&folder, mapped(&folder, &[("net_amount", "sum(total)")])), @r"
    export `orders`: `sum` is an aggregate over many rows
      in `net_amount`, position Some(0)
      hint: an expression sees the columns of its own row only
    ");
}

#[test]
fn a_required_column_that_is_missing_is_told_with_those_there_are() {
    let folder = Folder::new();
    insta::assert_snapshot!(refusal(&folder, orders(folder.write("orders.csv", "order_id,total\n1,5\n"))), @r#"
    export `orders`: `customer_id` is neither mapped nor a column of the files
      hint: add `customer_id = "…"` to `columns` of [exports.orders]; the files have: order_id, total
    "#);
}

#[test]
fn a_row_that_stands_where_the_header_should_be_is_not_shown() {
    let folder = Folder::new();
    let path = folder.write("customers.csv", "17,ada@example.com,true\n18,bob@example.com,false\n");
    let text = refusal(&folder, vec![export(Relation::Customers, path, &[])]);
    assert!(!text.contains("ada") && !text.contains("17"), "{text}");
}

#[test]
fn validation_tells_all_exports_that_are_wrong() {
    let folder = Folder::new();
    let mut exports = orders(folder.join("orders.csv"));
    exports.push(export(Relation::Customers, folder.write("customers.csv", "id\n1\n"), &[]));
    assert_eq!(folder.shapes(exports).len(), 2);
}
