//! What the columns of the pack `rfm` mean.

use super::column::AttributeColumn;
use super::rfm::{RfmSettings, ScoreMethod, Ties};

/// Who has no figures.
fn without_orders(window_days: Option<u32>) -> String {
    window_days.map_or_else(
        || "The customer never bought.".to_owned(),
        |days| format!("The customer did not buy in the last {days} days."),
    )
}

/// What the scores are made of.
pub(super) fn figure_columns(window_days: Option<u32>) -> Vec<AttributeColumn> {
    let within = window_days.map(|days| format!(", of the last {days} days")).unwrap_or_default();
    let column = |name, sql_type, meaning, formula: &str| {
        AttributeColumn::new(name, sql_type, meaning, &(formula.to_owned() + &within)).null(without_orders(window_days))
    };
    vec![
        column("first_order_at", "TIMESTAMP", "When the customer first bought (UTC).", "earliest counted order"),
        column("last_order_at", "TIMESTAMP", "When the customer last bought (UTC).", "latest counted order"),
        column(
            "recency_days",
            "BIGINT",
            "Days since the customer last bought.",
            "floor((as_of - last_order_at) / 24 h)",
        )
        .unit("days")
        .range("0 or more"),
        AttributeColumn::new(
            "frequency",
            "BIGINT",
            "How often the customer bought.",
            &format!("counted orders{within}"),
        )
        .unit("orders")
        .count(),
        column(
            "monetary",
            "DECIMAL(24,4)",
            "What the customer paid, refunds taken off.",
            "sum of net_amount of counted orders and refunds",
        )
        .unit("currency of the export"),
    ]
}

/// The scores and what is made of them.
pub(super) fn score_columns(settings: &RfmSettings) -> Vec<AttributeColumn> {
    let bins = settings.bins;
    let scored = |of: &str| match (settings.method, settings.ties) {
        (ScoreMethod::Thresholds, _) => format!("1 + cut points that {of} passes"),
        (ScoreMethod::Quantiles, Ties::Equal) => {
            format!("1 + floor({bins} * customers with a worse {of} / customers with orders)")
        }
        (ScoreMethod::Quantiles, Ties::Ntile) => format!("ntile({bins}) by {of}, then customer_id"),
    };
    let score = |name: &str, meaning: &str, formula: &str| {
        AttributeColumn::new(name, "BIGINT", meaning, formula)
            .unit("score")
            .range(format!("1 (worst) to {bins} (best)"))
            .null(without_orders(settings.window_days))
    };
    let last = if settings.method == ScoreMethod::Thresholds { "recency_days" } else { "last_order_at" };
    let mut columns = vec![
        score(
            "r_score",
            "How recent the last order is compared with others; the highest score is best.",
            &scored(last),
        ),
        score("f_score", "How often the customer buys compared with others.", &scored("frequency")),
        score("m_score", "How much the customer spends compared with others.", &scored("monetary")),
        AttributeColumn::new(
            "rfm_cell",
            "VARCHAR",
            "The three scores in one code.",
            "r_score, f_score, m_score joined",
        )
        .range(format!("111 (worst) to {bins}{bins}{bins} (best)"))
        .null(without_orders(settings.window_days)),
        score("fm_score", "Frequency and money in one score.", "(f_score + m_score) / 2, halves rounded up"),
        score(
            "fxm_score",
            "Frequency times money in one score: the second axis of the segment grid.",
            &match settings.ties {
                Ties::Equal => format!("1 + floor({bins} * customers with a smaller f_score * m_score / customers)"),
                Ties::Ntile => format!("ntile({bins}) by f_score * m_score, then customer_id"),
            },
        ),
    ];
    columns.extend(value_columns(settings.window_days));
    columns
}

fn value_columns(window_days: Option<u32>) -> [AttributeColumn; 2] {
    [
        AttributeColumn::new(
            "rfm_value",
            "DOUBLE",
            "Money and frequency, weighed down by the days of silence.",
            "monetary * frequency / max(recency_days, 1)",
        )
        .unit("currency of the export times orders a day")
        .null(without_orders(window_days)),
        AttributeColumn::new(
            "rfm_index",
            "DOUBLE",
            "The customer's place among all by rfm_value, from 0 (last) to 5 (first).",
            "5 * customers with a smaller rfm_value (in millionths) / (customers - 1), two decimals; 0 for a single customer",
        )
        .unit("index")
        .range("0 (last) to 5 (first)")
        .null(without_orders(window_days)),
    ]
}
