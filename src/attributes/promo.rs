//! The pack `promo`: how much of what a customer buys was bought on promotion.

use serde::Deserialize;

use super::base::customer_orders;
use super::pack::{AttributeColumn, Context, Pack, Parameter, Problem, Relations, require};
use super::sql::step;
use super::step::Step;

/// `[attributes.promo]`: promotion sensitivity.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PromoSettings {
    /// The discount from which on an order counts as discounted, as a share of its gross. 0 to 1, 0.05 by default.
    pub min_depth: f64,
    /// Counted orders a customer needs for a score. At least 1, 4 by default.
    pub min_orders: u32,
    /// Draws customers with few orders towards the average, as if they had so many average orders more. 0 by default.
    pub prior_orders: f64,
    /// How much each of the three shares weighs in the score.
    pub weights: PromoWeights,
    /// The score from which on a customer is `promophile`. 0 to 100, 60 by default.
    pub promophile_from: i64,
    /// The score up to which a customer is `full_price`. 0 to 100, 20 by default.
    pub full_price_to: i64,
}

/// `weights`: relative weights; only their proportions matter.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PromoWeights {
    /// Weight of the share of orders that were discounted. 0.5 by default.
    pub orders: f64,
    /// Weight of the share of money that was spent on discounted orders. 0.5 by default.
    pub value: f64,
    /// Weight of the discount as a share of gross. 0 by default.
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
        let PromoWeights { orders, value, depth } = self.weights;
        let (enough, promophile, full_price) = (self.min_orders, self.promophile_from, self.full_price_to);
        let drawn = match self.prior_orders {
            0.0 => String::new(),
            prior => format!(", each share first drawn to that of all customers by {prior} orders"),
        };
        let column = AttributeColumn::new;
        vec![
            column("orders", "BIGINT", "How often the customer bought.", "counted orders").unit("orders").count(),
            column(
                "discounted_orders",
                "BIGINT",
                "How many orders were bought at a discount.",
                &format!("counted orders with discount / gross of at least {}", self.min_depth),
            )
            .unit("orders")
            .count(),
            column(
                "promo_order_share",
                "DOUBLE",
                "Which share of orders was discounted.",
                "discounted_orders / orders",
            ),
            column(
                "promo_value_share",
                "DOUBLE",
                "Which share of the money was spent on discounted orders.",
                "net of discounted orders / net of counted orders; 0 where nothing was spent",
            ),
            column(
                "promo_depth",
                "DOUBLE",
                "How large discounts are, compared with the price before them.",
                "discount / gross, summed over counted orders; 0 where there is no gross",
            ),
            column(
                "promo_score",
                "BIGINT",
                "How sensitive to promotions the customer is, from 0 to 100.",
                &format!(
                    "100 * mean of promo_order_share (weight {orders}), promo_value_share ({value}) and promo_depth \
                     ({depth}){drawn}, rounded half up; from {enough} orders on"
                ),
            ),
            column(
                "promo_decile",
                "BIGINT",
                "The tenth of all scored customers that the customer is in; 10 is the most sensitive.",
                "1 + floor(10 * customers with a smaller score before rounding / scored customers)",
            )
            .values((1..=10).map(|decile| decile.to_string())),
            column(
                "promo_class",
                "VARCHAR",
                "Whether the customer buys on promotion or at full price.",
                &format!("promophile from promo_score {promophile} on, full_price up to {full_price}, mixed between"),
            )
            .values(["promophile", "mixed", "full_price", "unknown"]),
        ]
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
