//! Relations that several packs read: who gets a row, and all that orders tell about a customer, in one pass.

use super::pack::{Context, PackQuery};
use super::sql::query;

pub(super) const CUSTOMER_ORDERS_SQL: &str = include_str!("base/customer_orders.sql");

/// `population`: one row for each customer who gets attributes.
pub(super) fn population(context: &Context<'_>) -> PackQuery {
    let sql = if context.has.has("customers") {
        include_str!("base/population_customers.sql")
    } else {
        include_str!("base/population_orders.sql")
    };
    query("population", sql, context, Vec::new())
}

/// `customer_orders`: one row for each customer with at least one counted order.
pub(super) fn customer_orders(context: &Context<'_>) -> PackQuery {
    query("customer_orders", CUSTOMER_ORDERS_SQL, context, Vec::new())
}
