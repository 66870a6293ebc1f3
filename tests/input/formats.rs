//! Files of every kind that a warehouse writes.

use lapwing::exports::{Export, Relation};

use super::support::{Folder, export, lines};

const NOW: &str = "2026-01-01T00:00:00Z";
const ROWS: &str =
    "SELECT order_id, customer_id, ordered_at, net_amount, discount_amount, status FROM orders ORDER BY 1";
const HEADER: &str = "order_id,customer_id,ordered_at,net_amount";
const WANTED: [&str; 2] = [
    "007 | 0042 | 2025-01-02 03:04:05 | 12.5000 | NULL | NULL",
    "008 | 43 | 2025-02-01 00:00:00 | 7.0000 | NULL | NULL",
];

fn csv_rows(delimiter: &str) -> String {
    format!("{HEADER}\n007,0042,2025-01-02 03:04:05,12.5\n008,43,2025-02-01,7\n").replace(',', delimiter)
}

fn orders(path: impl Into<std::path::PathBuf>) -> Export {
    export(Relation::Orders, path, &[])
}

fn rows_of(folder: &Folder, export: Export) -> Vec<String> {
    folder.bind(vec![export], NOW, &[ROWS]).answers.remove(0)
}

#[test]
fn the_delimiter_is_told_from_the_header_line() {
    let folder = Folder::new();
    for (name, delimiter) in [("a.csv", ","), ("b.csv", ";"), ("c.tsv", "\t"), ("d.csv", "|")] {
        let path = folder.write(name, csv_rows(delimiter));
        assert_eq!(rows_of(&folder, orders(path)), WANTED, "{name}");
    }
}

#[test]
fn a_stated_delimiter_and_quote_are_taken() {
    let folder = Folder::new();
    let text =
        "order_id,customer_id,ordered_at,net_amount,status\n1,'Doe, Ada',2025-01-01,5,'it''s paid'\n".replace(',', "~");
    let mut export = orders(folder.write("a.csv", text.replace("Doe~", "Doe,~")));
    export.csv.delimiter = Some("~".to_owned());
    export.csv.quote = Some("'".to_owned());
    assert_eq!(rows_of(&folder, export), ["1 | Doe,~ Ada | 2025-01-01 00:00:00 | 5.0000 | NULL | it's paid"]);
}

#[test]
fn quotes_are_quotes_even_where_the_first_thousands_of_rows_have_none() {
    let folder = Folder::new();
    let header = format!("{HEADER},status");
    let mut text = lines(&header, (0..30_000).map(|number| format!("{number},c{number},2025-01-01,1,paid")));
    text.push_str("\"x1\",\"Doe, \"\"Ada\"\"\",2025-01-01,1,\"two\nlines\"\n");
    let export = orders(folder.write("orders.csv", text));
    let bound = folder.bind(vec![export], NOW, &["SELECT order_id, customer_id FROM orders WHERE status <> 'paid'"]);
    assert_eq!(bound.answers[0], ["x1 | Doe, \"Ada\""]);
    assert_eq!(bound.counts("orders"), (30_001, 30_001, 0, vec![]));
}

#[test]
fn a_line_that_begins_like_a_comment_is_a_row() {
    let folder = Folder::new();
    let export = orders(folder.write("orders.csv", format!("{HEADER}\n#1,a,2025-01-01,1\n#2,b,2025-01-01,2\n")));
    assert_eq!(folder.bind(vec![export], NOW, &[]).counts("orders").1, 2);
}

#[test]
fn headers_may_have_spaces_a_byte_order_mark_and_windows_line_ends() {
    let folder = Folder::new();
    let text = "\u{feff}Order No,Client Id,When,Total\r\n007,0042,2025-01-02T03:04:05Z,12.5\r\n008,43,2025-02-01,7\r\n";
    let columns = [
        ("order_id", "\"Order No\""),
        ("customer_id", "\"client id\""),
        ("ordered_at", "\"When\""),
        ("net_amount", "Total"),
    ];
    let export = export(Relation::Orders, folder.write("orders.csv", text), &columns);
    assert_eq!(rows_of(&folder, export), WANTED);
}

#[test]
fn a_file_without_a_header_has_numbered_columns() {
    let folder = Folder::new();
    let columns =
        [("order_id", "column0"), ("customer_id", "column1"), ("ordered_at", "column2"), ("net_amount", "column3")];
    let text = csv_rows(",");
    let mut export = export(Relation::Orders, folder.write("orders.csv", text.split_once('\n').unwrap().1), &columns);
    export.csv.header = Some(false);
    assert_eq!(rows_of(&folder, export), WANTED);
}

#[test]
fn empty_and_stated_nulls_are_null() {
    let folder = Folder::new();
    let text = format!(
        "{HEADER},discount_amount,status\n1,a,2025-01-01,1,,\n2,a,2025-01-01,1,\\N,\\N\n3,a,2025-01-01,1,\" \",\"\"\n"
    );
    let mut export = orders(folder.write("orders.csv", text));
    export.csv.null = Some("\\N".to_owned());
    let sql = "SELECT count(*), count(discount_amount), count(status) FROM orders";
    let bound = folder.bind(vec![export], NOW, &[sql]);
    assert_eq!(bound.answers[0], ["3 | 0 | 0"]);
    assert_eq!(bound.counts("orders").3, []);
}

#[test]
fn json_comes_as_lines_or_as_one_array() {
    let folder = Folder::new();
    let row = |id: &str, rest: &str| format!("{{\"order_id\": \"{id}\", {rest}}}");
    let first = row("007", "\"customer_id\": \"0042\", \"ordered_at\": \"2025-01-02T03:04:05Z\", \"net_amount\": 12.5");
    let second = row("008", "\"customer_id\": \"43\", \"ordered_at\": \"2025-02-01\", \"net_amount\": 7");
    let lines = folder.write("a.jsonl", format!("{first}\n{second}\n"));
    let array = folder.write("b.json", format!("[{first},\n {second}]"));
    assert_eq!(rows_of(&folder, orders(lines)), WANTED);
    assert_eq!(rows_of(&folder, orders(array)), WANTED);
}

#[test]
fn json_ids_that_are_texts_here_and_numbers_there_lose_nothing() {
    let folder = Folder::new();
    let row = |id: &str| {
        format!("{{\"order_id\": {id}, \"customer_id\": 1, \"ordered_at\": \"2025-01-01\", \"net_amount\": 1}}\n")
    };
    let path = folder.write("orders.jsonl", format!("{}{}{}", row("7"), row("\"007\""), row("12345678901234567890")));
    let bound = folder.bind(vec![orders(path)], NOW, &["SELECT order_id FROM orders ORDER BY 1"]);
    assert_eq!(bound.answers[0], ["007", "12345678901234567890", "7"]);
}

#[test]
fn json_times_with_offsets_become_utc() {
    let folder = Folder::new();
    for times in [
        ["2025-06-01T12:00:00+02:00", "2025-06-01T01:00:00-05:00"],
        ["2025-06-01T12:00:00+02:00", "2025-06-01 06:00:00"],
    ] {
        let row = |id: usize| {
            format!("{{\"order_id\": {id}, \"customer_id\": 1, \"ordered_at\": \"{}\", \"net_amount\": 1}}", times[id])
        };
        let path = folder.write("orders.jsonl", lines(&row(0), [row(1)]));
        let bound = folder.bind(vec![orders(path)], NOW, &["SELECT ordered_at FROM orders ORDER BY order_id"]);
        assert_eq!(bound.answers[0], ["2025-06-01 10:00:00", "2025-06-01 06:00:00"]);
    }
}

#[test]
fn parquet_times_with_a_zone_become_utc() {
    let folder = Folder::new();
    let query = "SELECT 1 AS order_id, 'a' AS customer_id, 5 AS net_amount,
                        TIMESTAMPTZ '2025-06-01 12:00:00+02:00' AS ordered_at";
    let path = folder.parquet(query, "orders.parquet");
    let bound = folder.bind(vec![orders(path)], NOW, &["SELECT ordered_at FROM orders"]);
    assert_eq!(bound.answers[0], ["2025-06-01 10:00:00"]);
}

#[test]
fn files_come_one_by_one_as_a_glob_a_folder_or_several_paths() {
    let folder = Folder::new();
    let (first, second) = (format!("{HEADER}\n1,a,2025-01-01,1\n"), format!("{HEADER}\n2,a,2025-01-01,1\n"));
    folder.write("in/2025/01.csv", first);
    folder.write("in/2025/02.csv", second);
    folder.write("in/README.md", "not a table");
    folder.write("in/README.txt", "not a table either");
    folder.write("in/_SUCCESS", "");
    folder.write("in/_temporary/part.csv", "half a table");
    folder.write("in/2025/.02.csv.swp", "");
    folder.write("in/.hidden.csv", "");
    let count = |export: Export| folder.bind(vec![export], NOW, &["SELECT count(*) FROM orders"]);
    for (paths, files) in [
        (vec!["in"], 2),
        (vec!["in/2*/*.csv"], 2),
        (vec!["in/**/0*.csv"], 2),
        (vec!["in/2025/01.csv", "in/2025/02.csv"], 2),
        (vec!["in/2025/01.csv", "in/2025/*.csv"], 2),
        (vec!["in/2025/01.csv"], 1),
    ] {
        let mut export = orders(folder.path());
        export.paths = paths.iter().map(|path| folder.join(path)).collect();
        let bound = count(export);
        assert_eq!(bound.answers[0], [files.to_string()], "{paths:?}");
        assert_eq!(bound.report.files.len(), files, "{paths:?}");
    }
}

#[test]
fn a_stated_format_reads_files_whose_names_tell_none() {
    let folder = Folder::new();
    folder.write("in/part-00000", format!("{HEADER}\n1,a,2025-01-01,1\n"));
    folder.write("in/_SUCCESS", "");
    let mut export = orders(folder.join("in"));
    export.format = Some("csv".to_owned());
    assert_eq!(folder.bind(vec![export], NOW, &[]).counts("orders").1, 1);
    folder.write("mixed/orders.csv", format!("{HEADER}\n1,a,2025-01-01,1\n"));
    folder.write("mixed/NOTES", "words");
    let mut export = orders(folder.join("mixed"));
    export.format = Some("csv".to_owned());
    assert_eq!(folder.bind(vec![export], NOW, &[]).counts("orders").1, 1);
}

#[test]
fn names_with_the_signs_of_a_glob_are_names() {
    let folder = Folder::new();
    let row = |id: u8| format!("{HEADER}\n{id},a,2025-01-01,1\n");
    let path = folder.write("in [new]/orders[1] it's.csv", row(1));
    folder.write("in [new]/orders1.csv", row(2));
    assert_eq!(folder.bind(vec![orders(path)], NOW, &[]).counts("orders").0, 1);
    let both = folder.bind(vec![orders(folder.join("in [new]"))], NOW, &[]);
    assert_eq!(both.report.files.len(), 2);
}

#[test]
fn columns_of_several_csv_files_are_matched_by_name() {
    let folder = Folder::new();
    folder.write("in/a.csv", format!("{HEADER}\n1,a,2025-01-01,1\n"));
    folder.write("in/b.csv", "net_amount,ordered_at,customer_id,order_id,new\n2,2025-01-01,b,2,x\n");
    let bound =
        folder.bind(vec![orders(folder.join("in"))], NOW, &["SELECT order_id, customer_id FROM orders ORDER BY 1"]);
    assert_eq!(bound.answers[0], ["1 | a", "2 | b"]);
}

#[test]
fn a_later_parquet_file_with_wider_types_loses_nothing() {
    let folder = Folder::new();
    let query = |id: &str, net: &str| {
        format!("SELECT {id} AS order_id, 'a' AS customer_id, DATE '2025-01-01' AS ordered_at, {net} AS net_amount")
    };
    folder.parquet(&query("1::INTEGER", "7::INTEGER"), "a.parquet");
    folder.parquet(&query("12345678901::BIGINT", "7.6::DOUBLE"), "b.parquet");
    folder.parquet(&query("'007'", "9.25::DECIMAL(10,2)"), "c.parquet");
    let bound = folder.bind(
        vec![orders(folder.join("*.parquet"))],
        NOW,
        &["SELECT order_id, net_amount FROM orders ORDER BY net_amount"],
    );
    assert_eq!(bound.answers[0], ["1 | 7.0000", "12345678901 | 7.6000", "007 | 9.2500"]);
}

#[test]
fn a_header_without_rows_is_an_empty_export() {
    let folder = Folder::new();
    let bound = folder.bind(vec![orders(folder.write("orders.csv", format!("{HEADER}\n")))], NOW, &[ROWS]);
    assert_eq!(bound.counts("orders"), (0, 0, 0, vec![]));
    assert!(bound.answers[0].is_empty());
}
