//! What the columns of the pack `activity` mean.

use super::activity::{ActivitySettings, InactiveAfter, window_column};
use super::column::AttributeColumn;

const NEVER_BOUGHT: &str = "The customer never bought.";

/// All columns, in order.
pub(super) fn columns(settings: &ActivitySettings) -> Vec<AttributeColumn> {
    let windows = settings.windows.iter().map(|days| {
        let meaning = format!("How often the customer bought in the last {days} days.");
        let formula = format!("counted orders less than {days} days before as_of");
        AttributeColumn::new(&window_column(*days), "BIGINT", &meaning, &formula).unit("orders").count()
    });
    windows.chain(judgements(settings)).collect()
}

fn judgements(settings: &ActivitySettings) -> [AttributeColumn; 3] {
    let limit = match settings.inactive_after {
        InactiveAfter::Days(days) => format!("{days}"),
        InactiveAfter::Cycles(cycles) => format!("{cycles} times the mean cycle_days of the customer's segment"),
    };
    let unknown = match settings.inactive_after {
        InactiveAfter::Days(_) => NEVER_BOUGHT,
        InactiveAfter::Cycles(_) => "The customer never bought, or nobody in the segment has a cycle.",
    };
    let column = AttributeColumn::new;
    [
        column(
            "one_time_user",
            "BOOLEAN",
            "Whether the customer bought at most once in the last year.",
            "at most one counted order in the last 365 days; null for customers who never bought",
        )
        .either("bought once or not at all in the last 365 days", "bought more than once in the last 365 days")
        .null(NEVER_BOUGHT),
        column(
            "inactive",
            "BOOLEAN",
            "Whether the customer has been silent for too long.",
            &format!("days since the last counted order > {limit}"),
        )
        .either("silent for longer than the limit", "bought within the limit")
        .null(unknown),
        column(
            "inactive_since",
            "DATE",
            "Since when the customer has been inactive; null for those who are not.",
            &format!("the first day on which days since the last counted order > {limit}"),
        )
        .null("The customer is not inactive, or nobody can tell."),
    ]
}
