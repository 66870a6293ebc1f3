//! The pack `churn`: how probable it is that a customer will buy again, and how often.
//!
//! The model is BG/NBD (Fader, Hardie & Lee, "Counting your customers" the easy way, Marketing Science 24, 2005): each
//! customer buys at a rate of their own and, after each purchase, may leave for good.

mod calculation;
mod climb;
mod coarse;
mod fit;
mod forecast;
mod likelihood;
mod slope;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;

use super::about::{About, PackParameter, parameters};
use super::pack::{AttributeColumn, Context, Pack, Problem, Relations, require};
use super::sql::{chain, step};
use super::step::Step;
use calculation::ChurnForecasts;

/// `[attributes.churn]`: the probability of being alive. It has no settings.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ChurnSettings {}

/// The parameters of the model: rates of buying are gamma(r, alpha) among customers, in purchases a week; chances to
/// leave after a purchase are beta(a, b).
#[derive(Debug, Clone, Copy, PartialEq)]
struct Parameters {
    r: f64,
    alpha: f64,
    a: f64,
    b: f64,
}

/// What the model knows of a customer, in whole days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct History {
    /// Purchase days after the first one.
    repeats: u32,
    /// Days from the first purchase to the last.
    span_days: u32,
    /// Days from the first purchase to as_of.
    age_days: u32,
}

/// The same in weeks, as the model counts.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Told {
    repeats: f64,
    span: f64,
    age: f64,
}

impl From<History> for Told {
    fn from(history: History) -> Self {
        Self { repeats: f64::from(history.repeats), span: weeks(history.span_days), age: weeks(history.age_days) }
    }
}

fn weeks(days: u32) -> f64 {
    f64::from(days) / 7.0
}

impl Pack for ChurnSettings {
    fn name(&self) -> &'static str {
        "churn"
    }

    fn about(&self) -> About {
        About {
            title: "Probability of buying again",
            text: "How probable it is that a customer is still one, and how often the customer will buy. By the model \
                   BG/NBD (Fader, Hardie & Lee, Marketing Science 24, 2005), fitted to the orders of all customers. \
                   Needs orders of at least 100 customers.",
            table: "[attributes.churn]",
        }
    }

    fn parameters(&self) -> Vec<PackParameter> {
        parameters::<Self>()
    }

    fn check(&self, has: &Relations) -> Vec<Problem> {
        let mut problems = Vec::new();
        require(
            &mut problems,
            has.has("orders"),
            "attributes.churn",
            "needs the export orders",
            "add [exports.orders]",
        );
        problems
    }

    fn columns(&self, _: &Relations) -> Vec<AttributeColumn> {
        vec![
            AttributeColumn::new(
                "p_alive",
                "DOUBLE",
                "How probable it is that the customer has not left for good, from 0 to 1.",
                "BG/NBD, fitted to the purchase days of all customers; null for customers of one purchase day, of whom \
                 the model cannot tell",
            )
            .unit("probability")
            .range("0 (gone) to 1 (still a customer)")
            .null(
                "The customer bought on one day only, or never; or the model could not be fitted to the orders, which \
                 a run says.",
            ),
            AttributeColumn::new(
                "expected_orders_90d",
                "DOUBLE",
                "On how many days the customer is expected to buy in the next 90 days.",
                "conditional expectation of BG/NBD",
            )
            .unit("purchase days")
            .range("0 or more")
            .null("The customer never bought, or the model could not be fitted to the orders, which a run says."),
        ]
    }

    fn steps(&self, context: &Context<'_>) -> Vec<Step> {
        let histories = chain(
            &[
                ("purchases", include_str!("base/purchases.sql")),
                ("purchase_gaps", include_str!("base/purchase_gaps.sql")),
            ],
            include_str!("churn/histories.sql"),
        );
        vec![
            step("churn_histories", &histories, context, Vec::new()),
            Step::Calculation(Arc::new(ChurnForecasts)),
            step(&self.relation(), include_str!("churn.sql"), context, Vec::new()),
        ]
    }
}
