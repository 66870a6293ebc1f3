//! What the columns of the pack `cycle` mean.

use super::column::AttributeColumn;
use super::cycle::{CycleFallback, CycleMethod, CycleSettings};

const NEVER_BOUGHT: &str = "The customer never bought.";

/// The values of every cycle status, from early to late.
pub(super) fn statuses(settings: &CycleSettings) -> [(&'static str, String); 6] {
    let cycles = |ratio: f64| format!("{ratio} cycle{}", if (ratio - 1.0).abs() < f64::EPSILON { "" } else { "s" });
    let [soon, late, very_late, inactive] = settings.cut_points.map(cycles);
    [
        ("recent", format!("silent for less than {soon}")),
        ("soon", format!("silent for {soon} or more: the next order is due soon")),
        ("late", format!("silent for {late} or more: the next order is overdue")),
        ("very_late", format!("silent for {very_late} or more")),
        ("inactive", format!("silent for {inactive} or more: lost rather than late")),
        ("unknown", "bought too seldom to have a cycle".to_owned()),
    ]
}

/// All columns, in order.
pub(super) fn columns(settings: &CycleSettings) -> Vec<AttributeColumn> {
    let mut columns = cycles(settings);
    columns.extend(lateness(settings));
    columns
}

/// Who has no cycle.
fn without_cycle(settings: &CycleSettings) -> String {
    match settings.fallback {
        CycleFallback::None => format!("The customer bought on fewer than {} days.", settings.min_purchase_days),
        CycleFallback::Population => "The customer never bought, or nobody has a cycle.".to_owned(),
    }
}

fn cycles(settings: &CycleSettings) -> Vec<AttributeColumn> {
    let cycle = match settings.method {
        CycleMethod::Mean => "(last - first purchase day) / (purchase_days - 1)",
        CycleMethod::Median => "median of the gaps between purchase days",
    };
    let fallback = match settings.fallback {
        CycleFallback::None => "none",
        CycleFallback::Population => "the median of all customers",
    };
    let own = settings.min_purchase_days;
    let column = AttributeColumn::new;
    vec![
        column(
            "purchase_days",
            "BIGINT",
            "On how many days the customer bought.",
            "distinct dates (UTC) of counted orders",
        )
        .unit("days")
        .count(),
        column(
            "cycle_days",
            "DOUBLE",
            "How many days usually lie between two purchases of this customer.",
            &format!("{cycle}; below {own} purchase days: {fallback}"),
        )
        .unit("days")
        .null(without_cycle(settings)),
        column(
            "cycle_source",
            "VARCHAR",
            "Whose cycle it is: the customer's own, that of all customers, or none.",
            "own from min_purchase_days on, else the fallback",
        )
        .values([
            ("own", "the customer's own cycle"),
            ("population", "the median cycle of all customers"),
            ("none", "there is no cycle"),
        ])
        .null(NEVER_BOUGHT),
        column(
            "cycle_stddev_days",
            "DOUBLE",
            "How irregular the customer's purchases are.",
            "sample standard deviation of the gaps between purchase days",
        )
        .unit("days")
        .range("0 (like clockwork) or more")
        .null("The customer bought on fewer than 3 days."),
    ]
}

fn lateness(settings: &CycleSettings) -> Vec<AttributeColumn> {
    let [soon, late, very_late, inactive] = settings.cut_points;
    let column = AttributeColumn::new;
    vec![
        column(
            "lateness_ratio",
            "DOUBLE",
            "How many of their own cycles the customer has been silent for; late from 1 on.",
            "days since the last purchase / cycle_days",
        )
        .unit("cycles")
        .range("0 or more")
        .null(without_cycle(settings)),
        column(
            "lateness_days",
            "DOUBLE",
            "How many days past the expected next order; negative before.",
            "days since the last purchase - cycle_days",
        )
        .unit("days")
        .null(without_cycle(settings)),
        column(
            "lateness_z",
            "DOUBLE",
            "Lateness compared with how irregular the customer is anyway.",
            "lateness_days / max(cycle_stddev_days, 1)",
        )
        .unit("standard deviations")
        .null("The customer has no cycle, or bought on fewer than 3 days."),
        column(
            "cycle_status",
            "VARCHAR",
            "Where the customer stands in their own purchase cycle.",
            &format!(
                "by lateness_ratio: soon from {soon}, late from {late}, very_late from {very_late}, inactive from \
                 {inactive}"
            ),
        )
        .values(statuses(settings))
        .null(NEVER_BOUGHT),
        column(
            "expected_next_order_on",
            "DATE",
            "When the customer would usually buy next.",
            "last purchase day + cycle_days, rounded half up",
        )
        .null(without_cycle(settings)),
    ]
}
