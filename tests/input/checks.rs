//! What is wrong with rows is counted by name; nothing is dropped in silence, and nothing bad gets through.

use lapwing::exports::{Export, Relation};

use super::support::{Bound, Folder, export, lines};

const NOW: &str = "2026-01-01T00:00:00Z";
const HEADER: &str = "order_id,customer_id,ordered_at,net_amount,discount_amount";

/// An export that lets all rows be bad, so that reports can be looked at.
fn lenient(relation: Relation, path: impl Into<std::path::PathBuf>, columns: &[(&str, &str)]) -> Export {
    Export { max_bad_rows_pct: 100.0, ..export(relation, path, columns) }
}

/// The same orders as CSV and as Parquet whose columns are all texts.
fn bind_both(rows: &str, columns: &[(&str, &str)], question: &str) -> [Bound; 2] {
    let folder = Folder::new();
    let csv = folder.write("orders.csv", format!("{HEADER}\n{rows}"));
    let parquet = folder.parquet(
        &format!("SELECT * FROM read_csv('{}', all_varchar = true, header = true)", csv.display()),
        "orders.parquet",
    );
    [csv, parquet].map(|path| folder.bind(vec![lenient(Relation::Orders, path, columns)], NOW, &[question]))
}

fn assert_both(rows: &str, columns: &[(&str, &str)], used: u64, reasons: &[(&str, u64)]) {
    for bound in bind_both(rows, columns, "SELECT 1") {
        let (_, used_rows, _, bad) = bound.counts("orders");
        assert_eq!((used_rows, bad.as_slice()), (used, reasons));
    }
}

#[test]
fn missing_keys_times_and_amounts_are_counted_by_name() {
    let rows = "1,a,2025-01-01,5,\n,a,2025-01-01,5,\n  ,a,2025-01-01,5,\n3,,2025-01-01,5,\n4,a,,5,\n5,a,2025-01-01,,\n";
    let reasons =
        [("missing order_id", 2), ("missing customer_id", 1), ("missing net_amount", 1), ("missing ordered_at", 1)];
    assert_both(rows, &[], 1, &reasons);
}

#[test]
fn unparsable_times_and_amounts_are_counted_by_name() {
    let rows = "1,a,2025-01-01,5,0\n2,a,yesterday,5,0\n3,a,2025-13-01,5,0\n4,a,2025-01-01,\"1,50\",0\n5,a,2025-01-01,5,none\n\
                6,a,2025-01-01,1e30,0\n7,a,2025-01-01,NaN,0\n";
    let reasons = [("unparsable net_amount", 3), ("unparsable ordered_at", 2), ("unparsable discount_amount", 1)];
    assert_both(rows, &[], 1, &reasons);
}

#[test]
fn an_empty_optional_amount_is_none_and_no_fault() {
    assert_both("1,a,2025-01-01,5,\n2,a,2025-01-01,5,\" \"\n", &[], 2, &[]);
}

#[test]
fn a_broken_coupon_is_counted_and_does_not_become_zero() {
    let mapping = [("discount_amount", "coalesce(discount_amount, 0)")];
    let rows = "1,a,2025-01-01,5,2.5\n2,a,2025-01-01,5,\n3,a,2025-01-01,5,2.5O\n4,a,2025-01-01,5,1\n";
    let question = "SELECT order_id, discount_amount FROM orders ORDER BY 1";
    for bound in bind_both(rows, &mapping, question) {
        assert_eq!(bound.counts("orders"), (4, 3, 0, vec![("unparsable discount_amount", 1)]));
        assert_eq!(bound.answers[0], ["1 | 2.5000", "2 | 0.0000", "4 | 1.0000"]);
    }
}

#[test]
fn a_broken_coupon_is_counted_in_every_csv_expression_that_swallows_it() {
    for swallow in [
        "coalesce(try_cast(discount_amount AS DECIMAL(18,2)), 0)",
        "greatest(discount_amount, 0)",
        "CASE WHEN discount_amount > 1 THEN discount_amount ELSE 0 END",
        "discount_amount * 1",
    ] {
        let folder = Folder::new();
        let rows = "1,a,2025-01-01,5,2.5\n2,a,2025-01-01,5,10\n3,a,2025-01-01,5,2.5O\n4,a,2025-01-01,5,1\n";
        let path = folder.write("orders.csv", format!("{HEADER}\n{rows}"));
        let mapping = [("discount_amount", swallow)];
        let bound = folder.bind(vec![lenient(Relation::Orders, path, &mapping)], NOW, &[]);
        assert_eq!(bound.counts("orders").3, [("unparsable discount_amount", 1)], "{swallow}");
    }
}

#[test]
fn one_broken_value_among_the_first_rows_costs_itself_alone() {
    let folder = Folder::new();
    let path = folder.write(
        "orders.csv",
        "id,who,at,total,tax\n1,a,2025-01-01,free,0\n2,a,2025-01-01,12.10,2.10\n3,a,2025-01-01,6,1\n",
    );
    let columns = [("order_id", "id"), ("customer_id", "who"), ("ordered_at", "\"at\""), ("net_amount", "total - tax")];
    let question = "SELECT order_id, net_amount FROM orders ORDER BY 1";
    let bound = folder.bind(vec![lenient(Relation::Orders, path, &columns)], NOW, &[question]);
    assert_eq!(bound.counts("orders"), (3, 2, 0, vec![("unparsable net_amount", 1)]));
    assert_eq!(bound.answers[0], ["2 | 10.0000", "3 | 5.0000"]);
}

#[test]
fn a_null_that_the_expression_means_is_no_fault() {
    let mapping = [("discount_amount", "nullif(CAST(discount_amount AS DECIMAL(18,2)), 0)")];
    assert_both("1,a,2025-01-01,5,0\n2,a,2025-01-01,5,1\n", &mapping, 2, &[]);
    let mapping = [("discount_amount", "CASE WHEN customer_id = 'b' THEN CAST(discount_amount AS DOUBLE) END")];
    assert_both("1,a,2025-01-01,5,3\n2,b,2025-01-01,5,1\n", &mapping, 2, &[]);
}

#[test]
fn an_amount_that_overflows_in_parquet_is_a_bad_row() {
    let folder = Folder::new();
    let query = "SELECT * FROM (VALUES (1, 'a', DATE '2025-01-01', 1e300::DOUBLE), (2, 'a', DATE '2025-01-01', 2.5),
                 (3, 'a', DATE '2025-01-01', 'nan'::DOUBLE)) AS t(order_id, customer_id, ordered_at, net_amount)";
    let path = folder.parquet(query, "orders.parquet");
    for columns in [&[][..], &[("net_amount", "net_amount * 2")]] {
        let bound = folder.bind(vec![lenient(Relation::Orders, path.clone(), columns)], NOW, &[]);
        assert_eq!(bound.counts("orders"), (3, 1, 0, vec![("unparsable net_amount", 2)]));
    }
}

#[test]
fn of_rows_that_repeat_a_key_the_same_one_stays_whatever_their_order() {
    let rows = ["1,b,2025-01-02,5,", "1,a,2025-01-01,7,", "1,a,2025-01-01,6,", "2,c,2025-01-01,1,"];
    let folder = Folder::new();
    let question = "SELECT order_id, customer_id, net_amount FROM orders ORDER BY 1";
    for order in [[0, 1, 2, 3], [3, 2, 1, 0], [1, 3, 0, 2]] {
        let text: Vec<&str> = order.iter().map(|row| rows[*row]).collect();
        let path = folder.write("orders.csv", format!("{HEADER}\n{}\n", text.join("\n")));
        let bound = folder.bind(vec![lenient(Relation::Orders, path, &[])], NOW, &[question]);
        assert_eq!(bound.counts("orders"), (4, 2, 0, vec![("duplicate order_id", 2)]));
        assert_eq!(bound.answers[0], ["1 | a | 6.0000", "2 | c | 1.0000"]);
    }
}

#[test]
fn every_relation_with_a_key_is_held_to_it() {
    let folder = Folder::new();
    for (relation, header, row) in [
        (Relation::Customers, "customer_id,email", "1,x"),
        (Relation::Products, "product_id,name", "1,x"),
        (Relation::Messages, "message_id,customer_id,channel,sent_at", "1,c,email,2025-01-01"),
    ] {
        let path = folder.write("file.csv", format!("{header}\n{row}\n{row}\n"));
        let bound = folder.bind(vec![lenient(relation, path, &[])], NOW, &[]);
        let key = format!("duplicate {}", relation.unique_key().unwrap());
        assert_eq!(bound.counts(relation.name()), (2, 1, 0, vec![(key.as_str(), 1)]));
    }
}

#[test]
fn events_and_order_lines_may_repeat() {
    let folder = Folder::new();
    let events = folder.write("events.csv", "customer_id,occurred_at,event\na,2025-01-01,view\na,2025-01-01,view\n");
    let bound = folder.bind(vec![export(Relation::Events, events, &[])], NOW, &[]);
    assert_eq!(bound.counts("events"), (2, 2, 0, vec![]));
}

#[test]
fn rows_of_customers_that_nobody_knows_are_counted() {
    let folder = Folder::new();
    let customers = folder.write("customers.csv", "customer_id\na\n007\n");
    let orders = folder.write(
        "orders.csv",
        format!("{HEADER}\n1,a,2025-01-01,1,\n2,7,2025-01-01,1,\n3,007,2025-01-01,1,\n4,zz,2027-01-01,1,\n"),
    );
    let messages = folder.write("messages.csv", "message_id,customer_id,channel,sent_at\n1,b,email,2025-01-01\n");
    let exports = vec![
        lenient(Relation::Messages, messages, &[]),
        lenient(Relation::Orders, orders, &[]),
        lenient(Relation::Customers, customers, &[]),
    ];
    let bound = folder.bind(exports, NOW, &["SELECT order_id FROM orders ORDER BY 1"]);
    assert_eq!(bound.counts("orders"), (4, 2, 1, vec![("unknown customer_id", 1)]));
    assert_eq!(bound.counts("messages"), (1, 0, 0, vec![("unknown customer_id", 1)]));
    assert_eq!(bound.answers[0], ["1", "3"]);
}

#[test]
fn without_a_customers_export_every_customer_counts() {
    assert_both("1,a,2025-01-01,1,\n2,b,2025-01-01,1,\n", &[], 2, &[]);
}

#[test]
fn later_rows_do_not_exist_and_are_no_fault() {
    let rows = "1,a,2025-12-31T23:59:59Z,1,\n2,a,2026-01-01,1,\n3,a,2026-01-01T00:00:00.000001,1,\n4,a,2026-01-01T00:30:00+01:00,1,\n";
    for bound in bind_both(rows, &[], "SELECT order_id FROM orders ORDER BY 1") {
        assert_eq!(bound.counts("orders"), (4, 3, 1, vec![]));
        assert_eq!(bound.answers[0], ["1", "2", "4"]);
        let range = bound.report.relations[0].time_range.unwrap();
        assert_eq!(range.1, super::support::at(NOW));
    }
}

#[test]
fn more_bad_rows_than_allowed_stop_the_run() {
    let folder = Folder::new();
    let mut text = lines(HEADER, (0..98).map(|id| format!("{id},a,2025-01-01,1,")));
    text.push_str("0,a,2025-01-01,1,\n98,a,soon,1,\n");
    let path = folder.write("orders.csv", text);
    insta::assert_snapshot!(folder.refusal(vec![export(Relation::Orders, path.clone(), &[])]), @r"
    export `orders`: 2 of 100 rows fail the input checks (1 duplicate order_id, 1 unparsable ordered_at), more than the 1 % allowed
      hint: correct the export or its mapping, or raise `max_bad_rows_pct` of [exports.orders]
    ");
    let tolerant = Export { max_bad_rows_pct: 2.0, ..export(Relation::Orders, path, &[]) };
    assert_eq!(folder.bind(vec![tolerant], NOW, &[]).counts("orders").1, 98);
}

#[test]
fn amounts_with_decimals_after_twenty_thousand_whole_ones_lose_nothing() {
    let folder = Folder::new();
    let mut text = lines(HEADER, (0..20_500).map(|id| format!("{id},a,2025-01-01,1,")));
    text.push_str("x1,a,2025-01-01,0.25,0.1234\nx2,a,2025-01-01,99999999999999.9999,3\n");
    let path = folder.write("orders.csv", text);
    let question = "SELECT sum(net_amount), sum(discount_amount) FROM orders WHERE order_id LIKE 'x%'";
    for columns in
        [&[][..], &[("discount_amount", "coalesce(discount_amount, 0)"), ("net_amount", "net_amount + 0.0000")]]
    {
        let bound = folder.bind(vec![lenient(Relation::Orders, path.clone(), columns)], NOW, &[question]);
        if columns.is_empty() {
            assert_eq!(bound.counts("orders").3, []);
            assert_eq!(bound.answers[0], ["100000000000000.2499 | 3.1234"]);
        } else {
            // Computed amounts are exact to six decimals, and hold twelve digits before them.
            assert_eq!(bound.counts("orders").3, [("unparsable net_amount", 1)]);
            assert_eq!(bound.answers[0], ["0.2500 | 0.1234"]);
        }
    }
}

#[test]
fn orders_are_the_lines_summed_by_order_at_the_earliest_time() {
    let folder = Folder::new();
    let lines = "order_id,customer_id,ordered_at,product_id,net_amount,discount_amount\n\
                 1,a,2025-01-01T10:00:00,p,1.10,0.1\n1,a,2025-01-01T09:00:00,q,2.20,\n2,b,2025-02-01,p,5,\n";
    let exports = vec![lenient(Relation::OrderLines, folder.write("lines.csv", lines), &[])];
    let bound = folder.bind(exports.clone(), NOW, &["SELECT * FROM orders ORDER BY 1"]);
    assert_eq!(bound.counts("orders"), (2, 2, 0, vec![]));
    assert_eq!(
        bound.answers[0],
        ["1 | a | 2025-01-01 09:00:00 | 3.3000 | 0.1000 | NULL", "2 | b | 2025-02-01 00:00:00 | 5.0000 | NULL | NULL"]
    );
    assert_eq!(folder.shapes(exports), Vec::<String>::new());
}

#[test]
fn an_order_whose_lines_name_two_customers_belongs_to_nobody() {
    let folder = Folder::new();
    let lines = "order_id,customer_id,ordered_at,product_id,net_amount\n\
                 1,a,2025-01-01,p,1\n1,b,2025-01-01,q,2\n2,b,2025-02-01,p,5\n";
    let path = folder.write("lines.csv", lines);
    let bound =
        folder.bind(vec![lenient(Relation::OrderLines, path.clone(), &[])], NOW, &["SELECT order_id FROM orders"]);
    assert_eq!(bound.counts("orders"), (2, 1, 0, vec![("lines of several customers", 1)]));
    assert_eq!(bound.answers[0], ["2"]);
    insta::assert_snapshot!(folder.refusal(vec![export(Relation::OrderLines, path, &[])]), @r"
    export `order_lines`: 1 of 2 rows fail the input checks (1 lines of several customers), more than the 1 % allowed
      hint: correct the export or its mapping, or raise `max_bad_rows_pct` of [exports.order_lines]
    ");
}

#[test]
fn lines_without_an_amount_are_bad_only_where_orders_come_from_them() {
    let folder = Folder::new();
    let lines = folder.write(
        "lines.csv",
        "order_id,customer_id,ordered_at,product_id,net_amount\n1,a,2025-01-01,p,\n1,a,2025-01-01,q,2\n",
    );
    let orders = folder.write("orders.csv", format!("{HEADER}\n1,a,2025-01-01,2,\n"));
    let alone = folder.bind(vec![lenient(Relation::OrderLines, lines.clone(), &[])], NOW, &[]);
    assert_eq!(alone.counts("order_lines").3, [("missing net_amount", 1)]);
    let both = vec![lenient(Relation::OrderLines, lines, &[]), lenient(Relation::Orders, orders, &[])];
    assert_eq!(folder.bind(both, NOW, &[]).counts("order_lines").3, []);
}

#[test]
fn validation_wants_the_amounts_of_lines_that_orders_come_from() {
    let folder = Folder::new();
    let path = folder.write("lines.csv", "order_id,customer_id,ordered_at,product_id\n1,a,2025-01-01,p\n");
    insta::assert_snapshot!(folder.shapes(vec![export(Relation::OrderLines, path, &[])]).join("\n"), @r#"
    export `order_lines`: `net_amount` is neither mapped nor a column of the files
      hint: add `net_amount = "…"` to `columns` of [exports.order_lines]; the files have: order_id, customer_id, ordered_at, product_id
    "#);
}

#[test]
fn binding_again_takes_the_place_of_what_was_bound() {
    let folder = Folder::new();
    let clean = folder.parquet(
        "SELECT 1 AS order_id, 'a' AS customer_id, DATE '2025-01-01' AS ordered_at, 5 AS net_amount",
        "a.parquet",
    );
    let twice = folder.parquet(
        &format!("SELECT * FROM read_parquet('{0}') UNION ALL SELECT * FROM read_parquet('{0}')", clean.display()),
        "b.parquet",
    );
    let customers = folder.write("customers.csv", "customer_id\na\n");
    let rounds = [
        vec![lenient(Relation::Orders, clean.clone(), &[]), lenient(Relation::Customers, customers, &[])],
        vec![lenient(Relation::Orders, twice, &[])],
        vec![lenient(Relation::Orders, clean, &[])],
    ];
    let counts = folder.work::<_, super::support::TestError>(&[], move |session| {
        let mut counts = Vec::new();
        for exports in rounds {
            let report = lapwing::exports::bind(session, &exports, super::support::at(NOW))?;
            counts.push((report.relations.len(), session.has_relation("customers")?));
            assert_eq!(lapwing::exports::bind_shapes(session, &exports)?.len(), 0);
        }
        Ok(counts)
    });
    assert_eq!(counts.unwrap(), [(2, true), (1, false), (1, false)]);
}
