//! What the columns of the pack `pressure` mean.

use super::column::AttributeColumn;
use super::pressure::{PressureSettings, channel_column};

const UNREACHABLE: &str = "The customer can't be reached on any channel.";

/// All columns, in order. Where no addresses are known, everybody counts as reachable.
pub(super) fn columns(settings: &PressureSettings, knows_addresses: bool) -> Vec<AttributeColumn> {
    let mut columns = counts(settings);
    columns.extend(judgements(settings, knows_addresses));
    columns
}

fn counts(settings: &PressureSettings) -> Vec<AttributeColumn> {
    let days = settings.window_days;
    let count = |name: &str, meaning: &str, formula: &str| {
        let formula = format!("{formula} less than {days} days before as_of");
        AttributeColumn::new(name, "BIGINT", meaning, &formula).unit("messages").count()
    };
    let mut columns = vec![count(
        "messages_sent",
        "How many messages the customer was sent lately.",
        "messages of any channel, sent",
    )];
    columns.extend(settings.channels.iter().map(|channel| {
        let meaning = format!("How many messages the customer was sent by {channel} lately.");
        count(&channel_column(channel), &meaning, &format!("messages of the channel {channel}, sent"))
    }));
    columns.extend([
        count("messages_opened", "How many of those the customer opened.", "messages with an opened_at, sent"),
        count("messages_clicked", "How many of those the customer clicked in.", "messages with a clicked_at, sent"),
        count(
            "messages_responded",
            "How many of those the customer responded to.",
            "messages with a responded_at, sent",
        ),
        AttributeColumn::new(
            "engagement_rate",
            "DOUBLE",
            "Which share of those the customer did anything with.",
            "messages opened, clicked or responded to / messages_sent; null where none was sent",
        )
        .unit("share")
        .range("0 (none) to 1 (all)")
        .null(format!("The customer was sent no message in the last {days} days.")),
    ]);
    columns
}

fn judgements(settings: &PressureSettings, knows_addresses: bool) -> Vec<AttributeColumn> {
    let PressureSettings { weeks, prior_weeks, responsive_from, .. } = settings;
    let among = if knows_addresses { "customers reachable on any channel" } else { "customers" };
    let column = AttributeColumn::new;
    vec![
        column(
            "pressure_percentile",
            "DOUBLE",
            "Which share of customers gets fewer messages, from 0 to below 1.",
            &format!("{among} with a smaller messages_sent / {among}; null for those who can't be reached"),
        )
        .unit("share of customers")
        .range("0 (nobody gets less) to below 1")
        .null(UNREACHABLE),
        column(
            "pressure_level",
            "VARCHAR",
            "How much the customer is sent compared with others.",
            "by pressure_percentile: under below 0.25, over above 0.75, normal between",
        )
        .values([
            ("under", "among the quarter that gets least"),
            ("normal", "between the two"),
            ("over", "among the quarter that gets most"),
        ])
        .null(UNREACHABLE),
        column(
            "pressure_slope",
            "DOUBLE",
            "How many engagements one message more a week brings.",
            &format!(
                "least-squares slope of messages engaged with on messages sent, by week over {weeks} weeks, times w / (w \
                 + {prior_weeks}), w = weeks with messages; null below 4 of them, or where every week has as many"
            ),
        )
        .unit("engagements a message")
        .null("The customer got messages in fewer than 4 weeks, or equally many every week."),
        column(
            "pressure_response",
            "VARCHAR",
            "How the customer takes more messages.",
            &format!("by pressure_slope: responsive from {responsive_from} on, saturated up to 0, neutral between"),
        )
        .values([
            ("responsive", format!("more messages bring more: {responsive_from} engagements or more for each")),
            ("neutral", "more messages bring a little".to_owned()),
            ("saturated", "more messages bring nothing, or less".to_owned()),
            ("unknown", "too few messages to tell".to_owned()),
        ])
        .known(),
        column(
            "pressure_advice",
            "VARCHAR",
            "What to do about the number of messages.",
            "stop: unsubscribed from every channel that messages came by; lower: over and not responsive; raise: under \
             and responsive; else hold",
        )
        .values([
            ("stop", "write no more: unsubscribed from every channel that messages came by"),
            ("lower", "write less: the customer gets a lot, and more of it brings little"),
            ("raise", "write more: the customer gets little, and responds to it"),
            ("hold", "go on as you do"),
        ])
        .known(),
    ]
}
