//! Packs side by side: one row for each customer of the population, whatever a pack knows about them.

use std::fmt::Write as _;

use super::pack::{AttributeColumn, WithoutOrders};
use super::sql::identifier;

/// A pack's relation and the columns to take from it.
#[derive(Debug, Clone)]
pub(super) struct Source {
    pub(super) relation: String,
    pub(super) columns: Vec<AttributeColumn>,
}

/// A SELECT of all columns of all sources. A customer whom a pack does not know has NULL there, and 0 in counts.
pub(super) fn select_joined(sources: &[Source]) -> String {
    let mut columns = String::from("    population.customer_id");
    let mut joins = String::new();
    for Source { relation, columns: wanted } in sources {
        for column in wanted {
            columns += ",\n    ";
            columns += &value(relation, column);
        }
        let _ = writeln!(joins, "left join {relation} on {relation}.customer_id = population.customer_id");
    }
    format!("select\n{columns}\nfrom population\n{joins}")
}

fn value(relation: &str, column: &AttributeColumn) -> String {
    let name = identifier(&column.name);
    match column.without_orders {
        WithoutOrders::Zero => format!("coalesce({relation}.{name}, 0) as {name}"),
        WithoutOrders::Null | WithoutOrders::Known => format!("{relation}.{name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_zero_and_the_rest_is_null_for_customers_a_pack_does_not_know() {
        let columns = vec![
            AttributeColumn::new("frequency", "BIGINT", "", "").count(),
            AttributeColumn::new("monetary", "DECIMAL(24,4)", "", ""),
        ];
        let sql = select_joined(&[Source { relation: "attributes_rfm".to_owned(), columns }]);
        assert_eq!(
            sql,
            "select\n    population.customer_id,\n    coalesce(attributes_rfm.\"frequency\", 0) as \"frequency\",\n    \
             attributes_rfm.\"monetary\"\nfrom population\nleft join attributes_rfm on \
             attributes_rfm.customer_id = population.customer_id\n"
        );
    }
}
