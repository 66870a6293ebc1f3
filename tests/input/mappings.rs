//! Expressions that map columns: over texts where texts are wanted, over types elsewhere.

use lapwing::exports::Relation;

use super::support::{Folder, export};

const NOW: &str = "2026-01-01T00:00:00Z";

/// Maps one CSV row with `columns` and gives back `question`.
fn one(header: &str, row: &str, relation: Relation, columns: &[(&str, &str)], question: &str) -> String {
    let folder = Folder::new();
    let path = folder.write("file.csv", format!("{header}\n{row}\n"));
    folder.bind(vec![export(relation, path, columns)], NOW, &[question]).answers.remove(0).remove(0)
}

fn order(columns: &[(&str, &str)], question: &str) -> String {
    let mut all = vec![("order_id", "id"), ("customer_id", "who"), ("ordered_at", "moment"), ("net_amount", "total")];
    all.retain(|(name, _)| !columns.iter().any(|(given, _)| given == name));
    all.extend(columns);
    let header = "id;who;moment;total;tax;paid_on;state";
    let row = "007;0042;2025-03-01 10:00:00;1234.50;34.50;31/01/2025;Paid";
    one(header, row, Relation::Orders, &all, question)
}

#[test]
fn a_text_made_of_an_id_keeps_its_zeros_even_where_numbers_are_made_of_it_too() {
    let columns = [("order_id", "'A-' || id"), ("net_amount", "total + 0 * id")];
    assert_eq!(order(&columns, "SELECT order_id, net_amount FROM orders"), "A-007 | 1234.5000");
}

#[test]
fn amounts_are_subtracted_exactly() {
    assert_eq!(order(&[("net_amount", "total - tax")], "SELECT net_amount FROM orders"), "1200.0000");
    assert_eq!(order(&[("net_amount", "(total - tax) / 100 * 100")], "SELECT net_amount FROM orders"), "1200.0000");
}

#[test]
fn functions_of_texts_take_texts_where_the_column_looks_like_a_number_or_a_date() {
    let columns = [
        ("net_amount", "CAST(replace(total, '.50', '.75') AS DECIMAL(18,2))"),
        ("ordered_at", "strptime(paid_on, '%d/%m/%Y')"),
        ("status", "lower(state)"),
    ];
    let question = "SELECT net_amount, ordered_at, status FROM orders";
    assert_eq!(order(&columns, question), "1234.7500 | 2025-01-31 00:00:00 | paid");
    let columns = [("ordered_at", "strptime(moment, '%Y-%m-%d %H:%M:%S')")];
    assert_eq!(order(&columns, "SELECT ordered_at FROM orders"), "2025-03-01 10:00:00");
}

#[test]
fn times_are_computed_with_as_times() {
    let columns = [("ordered_at", "moment + INTERVAL '2' HOUR")];
    assert_eq!(order(&columns, "SELECT ordered_at FROM orders"), "2025-03-01 12:00:00");
}

#[test]
fn a_text_that_needs_numbers_gets_them() {
    let columns = [("status", "CASE WHEN total - tax > 1000 THEN 'big' ELSE 'small' END")];
    assert_eq!(order(&columns, "SELECT status FROM orders"), "big");
}

#[test]
fn a_column_without_any_value_fits_every_expression() {
    let folder = Folder::new();
    let header = "order_id,customer_id,moment,paid_at,net_amount,coupon";
    let path = folder.write("orders.csv", format!("{header}\n1,a,2025-01-01,,5,\n2,a,2025-01-02,,5,\n"));
    let columns = [("ordered_at", "coalesce(paid_at, moment)"), ("discount_amount", "coalesce(coupon, 0) + 1")];
    let question = "SELECT order_id, ordered_at, discount_amount FROM orders ORDER BY 1";
    let bound = folder.bind(vec![export(Relation::Orders, path, &columns)], NOW, &[question]);
    assert_eq!(bound.answers[0], ["1 | 2025-01-01 00:00:00 | 1.0000", "2 | 2025-01-02 00:00:00 | 1.0000"]);
    assert_eq!(bound.counts("orders").3, []);
}

#[test]
fn texts_of_a_typed_file_are_typed_where_nothing_else_binds() {
    let folder = Folder::new();
    let query =
        "SELECT * FROM (VALUES ('01', '12.50', '2.5'), ('02', '7', 'x'), ('03', '8', '1')) AS t(id, total, tax)";
    let path = folder.parquet(
        &format!("SELECT *, 'a' AS customer_id, DATE '2025-01-01' AS ordered_at FROM ({query})"),
        "orders.parquet",
    );
    let mut export = export(Relation::Orders, path, &[("order_id", "id"), ("net_amount", "total - tax")]);
    export.max_bad_rows_pct = 50.0;
    let bound = folder.bind(vec![export], NOW, &["SELECT order_id, net_amount FROM orders ORDER BY 1"]);
    assert_eq!(bound.answers[0], ["01 | 10.0000", "03 | 7.0000"]);
    assert_eq!(bound.counts("orders").3, [("unparsable net_amount", 1)]);
}

#[test]
fn comments_line_breaks_and_odd_names_do_no_harm() {
    let columns = [("net_amount", "total -- without\n - tax -- tax"), ("STATUS", "\"state\"")];
    assert_eq!(order(&columns, "SELECT net_amount, status FROM orders"), "1200.0000 | Paid");
}

#[test]
fn the_columns_of_a_file_win_over_the_names_that_they_are_mapped_to() {
    let columns = [("customer_id", "email"), ("email", "customer_id")];
    let question = "SELECT customer_id, email FROM customers";
    assert_eq!(one("customer_id,email", "ada,bob", Relation::Customers, &columns, question), "bob | ada");
}

#[test]
fn customers_hand_on_all_their_columns_whatever_their_names() {
    let header = "customer_id,problem,known,segment,Age,zip";
    let question = "SELECT customer_id, problem, known, segment, age, zip FROM customers";
    let row = "1,none,yes,S,44,01234";
    assert_eq!(one(header, row, Relation::Customers, &[], question), "1 | none | yes | S | 44 | 01234");
    let columns = [("age", "CAST(\"Age\" AS INTEGER) + 1"), ("next_age", "\"Age\" + 1")];
    let question = "SELECT age, next_age FROM customers";
    assert_eq!(one(header, row, Relation::Customers, &columns, question), "45 | 45.000000");
}

#[test]
fn a_broken_value_in_a_column_of_ones_own_is_counted_too() {
    let folder = Folder::new();
    let path = folder.write("customers.csv", "customer_id,points\n1,5\n2,many\n3,\n");
    let mut export = export(Relation::Customers, path, &[("points", "CAST(points AS INTEGER)")]);
    export.max_bad_rows_pct = 100.0;
    let bound = folder.bind(vec![export], NOW, &[]);
    assert_eq!(bound.counts("customers"), (3, 2, 0, vec![("unparsable points", 1)]));
}

#[test]
fn consent_that_nobody_maps_does_not_exist() {
    let folder = Folder::new();
    let path = folder.write("customers.csv", "customer_id,email,email_opt_in\n1,a@x.example,yes\n2,b@x.example,\n");
    let bound = folder.bind(vec![export(Relation::Customers, path, &[])], NOW, &["SELECT * FROM customers ORDER BY 1"]);
    assert_eq!(bound.answers[0], ["1 | a@x.example | true", "2 | b@x.example | NULL"]);
}

#[test]
fn attributes_come_with_the_columns_of_the_customers_and_customers_without_orders() {
    let folder = Folder::new();
    let customers = folder.write("customers.csv", "customer_id,first_name,segment,Frequency\n1,Ada,x,9\n2,Bob,y,9\n");
    let orders = folder.write("orders.csv", "order_id,customer_id,ordered_at,net_amount\n1,1,2025-01-01,5\n");
    let exports = vec![export(Relation::Customers, customers, &[]), export(Relation::Orders, orders, &[])];
    let question = "SELECT customer_id, frequency, segment, first_name FROM attributes ORDER BY 1";
    let answers = folder.attributes(exports, NOW, "[attributes.rfm]", &[question]);
    assert_eq!(answers[0].len(), 2);
    assert!(answers[0][0].starts_with("1 | 1 | ") && answers[0][0].ends_with(" | Ada"), "{answers:?}");
    assert_eq!(answers[0][1], "2 | 0 | Other | Bob");
}
