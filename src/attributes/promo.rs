//! The pack `promo`: how much of what a customer buys was bought on promotion.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::about::{About, PackParameter, parameters};
use super::base::customer_orders;
use super::pack::{AttributeColumn, Context, Pack, Parameter, Problem, Relations, require};
use super::promo_columns;
use super::sql::step;
use super::step::Step;

/// `[attributes.promo]`: promotion sensitivity.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PromoSettings {
    /// The discount from which on an order counts as discounted, as a share of its gross. 0 to 1.
    pub min_depth: f64,
    /// Counted orders a customer needs for a score. At least 1.
    pub min_orders: u32,
    /// Draws customers with few orders towards the average, as if they had so many average orders more. At least 0.
    pub prior_orders: f64,
    /// How much each of the three shares weighs in the score; only proportions matter.
    pub weights: PromoWeights,
    /// The score from which on a customer is `promophile`. 0 to 100.
    pub promophile_from: i64,
    /// The score up to which a customer is `full_price`. 0 to 100, and below `promophile_from`.
    pub full_price_to: i64,
}

/// `weights`: relative weights; only their proportions matter.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PromoWeights {
    /// Weight of the share of orders that were discounted. At least 0.
    pub orders: f64,
    /// Weight of the share of money that was spent on discounted orders. At least 0.
    pub value: f64,
    /// Weight of the discount as a share of gross. At least 0.
    pub depth: f64,
}

impl Default for PromoWeights {
    fn default() -> Self {
        Self { orders: 0.5, value: 0.5, depth: 0.0 }
    }
}

impl Default for PromoSettings {
    fn default() -> Self {
        Self {
            min_depth: 0.05,
            min_orders: 4,
            prior_orders: 0.0,
            weights: PromoWeights::default(),
            promophile_from: 60,
            full_price_to: 20,
        }
    }
}

impl PromoSettings {
    /// `min_depth` as a whole number, which compares exactly with decimal money.
    #[allow(clippy::cast_possible_truncation)] // checked to be within 0 and 1
    pub(super) fn min_depth_millionths(&self) -> i64 {
        (self.min_depth.clamp(0.0, 1.0) * 1e6).round() as i64
    }
}

impl Pack for PromoSettings {
    fn name(&self) -> &'static str {
        "promo"
    }

    fn about(&self) -> About {
        About {
            title: "Promotion sensitivity",
            text: "How much of what a customer buys was bought on promotion: whom a discount wins, and whom it only \
                   costs. Needs orders with discounts.",
            table: "[attributes.promo]",
        }
    }

    fn parameters(&self) -> Vec<PackParameter> {
        parameters::<Self>()
    }

    fn check(&self, has: &Relations) -> Vec<Problem> {
        let mut problems = Vec::new();
        let found = &mut problems;
        require(found, has.has("orders"), "attributes.promo", "needs the export orders", "add [exports.orders]");
        require(
            found,
            (0.0..=1.0).contains(&self.min_depth),
            "attributes.promo.min_depth",
            format!("{} is no share of an order", self.min_depth),
            "give a number from 0 to 1, such as 0.05 for 5 percent",
        );
        require(
            found,
            self.min_orders >= 1,
            "attributes.promo.min_orders",
            "0 orders cannot be scored",
            "choose 1 or more; 4 is usual",
        );
        require(
            found,
            self.prior_orders.is_finite() && self.prior_orders >= 0.0,
            "attributes.promo.prior_orders",
            "is negative or not finite",
            "give 0 for no prior, or a number of orders such as 5",
        );
        let PromoWeights { orders, value, depth } = self.weights;
        require(
            found,
            [orders, value, depth].iter().all(|weight| weight.is_finite() && *weight >= 0.0)
                && orders + value + depth > 0.0,
            "attributes.promo.weights",
            "are negative, not finite or all 0",
            "give at least one weight above 0, such as { orders = 0.5, value = 0.5 }",
        );
        let classes = (0..=100).contains(&self.full_price_to)
            && (0..=100).contains(&self.promophile_from)
            && self.full_price_to < self.promophile_from;
        require(
            found,
            classes,
            "attributes.promo.promophile_from",
            "and full_price_to are not two scores with full_price_to the smaller one",
            "give scores from 0 to 100, such as full_price_to = 20 and promophile_from = 60",
        );
        problems
    }

    fn columns(&self, _: &Relations) -> Vec<AttributeColumn> {
        promo_columns::columns(self)
    }

    fn steps(&self, context: &Context<'_>) -> Vec<Step> {
        let parameters = vec![
            ("min_orders", Parameter::Int(self.min_orders.into())),
            ("prior_orders", Parameter::Float(self.prior_orders)),
            ("weight_orders", Parameter::Float(self.weights.orders)),
            ("weight_value", Parameter::Float(self.weights.value)),
            ("weight_depth", Parameter::Float(self.weights.depth)),
            ("promophile_from", Parameter::Int(self.promophile_from)),
            ("full_price_to", Parameter::Int(self.full_price_to)),
        ];
        let own = step(&self.relation(), include_str!("promo.sql"), context, parameters);
        vec![customer_orders(context), own]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(toml: &str) -> Vec<String> {
        let settings: PromoSettings = toml::from_str(toml).unwrap();
        let has = Relations::default().with("orders", &[]);
        settings.check(&has).into_iter().map(|problem| problem.key).collect()
    }

    #[test]
    fn the_defaults_are_sound() {
        assert!(problems("").is_empty());
    }

    #[test]
    fn settings_out_of_range_are_reported_by_key() {
        assert_eq!(problems("min_depth = 5.0"), ["attributes.promo.min_depth"]);
        assert_eq!(problems("min_orders = 0"), ["attributes.promo.min_orders"]);
        assert_eq!(problems("prior_orders = -1.0"), ["attributes.promo.prior_orders"]);
        assert_eq!(problems("weights = { orders = 0.0, value = 0.0 }"), ["attributes.promo.weights"]);
        assert_eq!(problems("promophile_from = 10"), ["attributes.promo.promophile_from"]);
    }

    #[test]
    fn depth_becomes_whole_millionths() {
        assert_eq!(PromoSettings::default().min_depth_millionths(), 50_000);
        let third = PromoSettings { min_depth: 1.0 / 3.0, ..PromoSettings::default() };
        assert_eq!(third.min_depth_millionths(), 333_333);
    }
}
