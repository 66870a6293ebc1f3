//! What the columns of the pack `promo` mean.

use super::column::AttributeColumn;
use super::promo::{PromoSettings, PromoWeights};

const NEVER_BOUGHT: &str = "The customer never bought.";

/// All columns, in order.
pub(super) fn columns(settings: &PromoSettings) -> Vec<AttributeColumn> {
    let mut columns = Vec::from(counts(settings));
    columns.extend(shares());
    columns.extend(scores(settings));
    columns
}

fn counts(settings: &PromoSettings) -> [AttributeColumn; 2] {
    let column = AttributeColumn::new;
    [
        column("orders", "BIGINT", "How often the customer bought.", "counted orders").unit("orders").count(),
        column(
            "discounted_orders",
            "BIGINT",
            "How many orders were bought at a discount.",
            &format!("counted orders with discount / gross of at least {}", settings.min_depth),
        )
        .unit("orders")
        .count(),
    ]
}

fn shares() -> [AttributeColumn; 3] {
    let share = |name, meaning, formula| {
        AttributeColumn::new(name, "DOUBLE", meaning, formula)
            .unit("share")
            .range("0 (none) to 1 (all)")
            .null(NEVER_BOUGHT)
    };
    [
        share("promo_order_share", "Which share of orders was discounted.", "discounted_orders / orders"),
        share(
            "promo_value_share",
            "Which share of the money was spent on discounted orders.",
            "net of discounted orders / net of counted orders; 0 where nothing was spent",
        ),
        share(
            "promo_depth",
            "How large discounts are, compared with the price before them.",
            "discount / gross, summed over counted orders; 0 where there is no gross",
        ),
    ]
}

fn scores(settings: &PromoSettings) -> [AttributeColumn; 3] {
    let PromoWeights { orders, value, depth } = settings.weights;
    let (enough, promophile, full_price) = (settings.min_orders, settings.promophile_from, settings.full_price_to);
    let drawn = match settings.prior_orders {
        0.0 => String::new(),
        prior => format!(", each share first drawn to that of all customers by {prior} orders"),
    };
    let too_few = format!("The customer bought fewer than {enough} times.");
    let column = AttributeColumn::new;
    [
        column(
            "promo_score",
            "BIGINT",
            "How sensitive to promotions the customer is, from 0 to 100.",
            &format!(
                "100 * mean of promo_order_share (weight {orders}), promo_value_share ({value}) and promo_depth \
                 ({depth}){drawn}, rounded half up; from {enough} orders on"
            ),
        )
        .unit("score")
        .range("0 (always full price) to 100 (always on promotion)")
        .null(too_few.as_str()),
        column(
            "promo_decile",
            "BIGINT",
            "The tenth of all scored customers that the customer is in; 10 is the most sensitive.",
            "1 + floor(10 * customers with a smaller score before rounding / scored customers)",
        )
        .unit("decile")
        .range("1 (least sensitive) to 10 (most sensitive)")
        .null(too_few.as_str()),
        column(
            "promo_class",
            "VARCHAR",
            "Whether the customer buys on promotion or at full price.",
            &format!("promophile from promo_score {promophile} on, full_price up to {full_price}, mixed between"),
        )
        .values([
            ("promophile", format!("buys on promotion: promo_score of {promophile} or more")),
            ("mixed", "buys either way".to_owned()),
            ("full_price", format!("buys without promotions: promo_score of {full_price} or less")),
            ("unknown", format!("bought fewer than {enough} times")),
        ])
        .null(NEVER_BOUGHT),
    ]
}
