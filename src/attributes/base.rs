//! Relations that several packs read: who gets a row, and all that orders tell about a customer, in one pass.

use super::pack::Context;
use super::sql::step;
use super::step::Step;

pub(super) const CUSTOMER_ORDERS_SQL: &str = include_str!("base/customer_orders.sql");

/// `population`: one row for each customer who gets attributes.
pub(super) fn population(context: &Context<'_>) -> Step {
    let sql = if context.has.has("customers") {
        include_str!("base/population_customers.sql")
    } else {
        include_str!("base/population_orders.sql")
    };
    step("population", sql, context, Vec::new())
}

/// `customer_orders`: one row for each customer with at least one counted order.
pub(super) fn customer_orders(context: &Context<'_>) -> Step {
    step("customer_orders", CUSTOMER_ORDERS_SQL, context, Vec::new())
}
