//! The pack `pressure`: how much is sent to a customer, how much of it is engaged with, and what to do about it.

use std::fmt::Write as _;

use schemars::JsonSchema;
use serde::Deserialize;

use super::about::{About, PackParameter, parameters};
use super::pack::{AttributeColumn, Context, Pack, Parameter, Problem, Relations, require};
use super::pressure_columns;
use super::reach::ReachSettings;
use super::sql::{chain, identifier, slug, step};
use super::step::Step;

const CHANNEL_COUNTS: &str = "        /* one count for each channel */\n";
const CHANNEL_COLUMNS: &str = "    /* the count of each channel */\n";

/// `[attributes.pressure]`: marketing pressure.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PressureSettings {
    /// Messages of the last so many days count as pressure. 1 to 3650.
    pub window_days: u32,
    /// Channels with a column of their own, `messages_sent_<channel>`. Messages of other channels are in the total alone.
    pub channels: Vec<String>,
    /// How many weeks the response to pressure is measured over. 4 to 520.
    pub weeks: u32,
    /// Draws customers with few weeks of messages towards no response, as if they had so many weeks of it. At least
    /// 0.
    pub prior_weeks: f64,
    /// The slope from which on a customer is `responsive`. Above 0.
    pub responsive_from: f64,
}

impl Default for PressureSettings {
    fn default() -> Self {
        Self {
            window_days: 30,
            channels: ["email", "sms", "phone", "post"].map(str::to_owned).to_vec(),
            weeks: 26,
            prior_weeks: 8.0,
            responsive_from: 0.10,
        }
    }
}

impl Pack for PressureSettings {
    fn name(&self) -> &'static str {
        "pressure"
    }

    fn about(&self) -> About {
        About {
            title: "Marketing pressure",
            text: "How much is sent to a customer, how much of it is engaged with, and whether more or less would be \
                   better. Needs messages.",
            table: "[attributes.pressure]",
        }
    }

    fn parameters(&self) -> Vec<PackParameter> {
        parameters::<Self>()
    }

    fn check(&self, has: &Relations) -> Vec<Problem> {
        let mut problems = Vec::new();
        let found = &mut problems;
        require(
            found,
            has.has("messages"),
            "attributes.pressure",
            "needs the export messages",
            "add [exports.messages], or [exports.message_events]",
        );
        require(
            found,
            (1..=3650).contains(&self.window_days),
            "attributes.pressure.window_days",
            format!("{} is out of range", self.window_days),
            "choose 1 to 3650 days; 30 is usual",
        );
        require(
            found,
            (4..=520).contains(&self.weeks),
            "attributes.pressure.weeks",
            format!("{} is out of range: a response takes four weeks to be seen", self.weeks),
            "choose 4 to 520 weeks; 26 is usual",
        );
        require(
            found,
            self.prior_weeks.is_finite() && self.prior_weeks >= 0.0,
            "attributes.pressure.prior_weeks",
            "is negative or not finite",
            "give 0 for no prior, or a number of weeks such as 8",
        );
        require(
            found,
            self.responsive_from.is_finite() && self.responsive_from > 0.0,
            "attributes.pressure.responsive_from",
            "is not above 0",
            "give a slope, such as 0.1 for one engagement more in ten messages more",
        );
        let slugs: Vec<String> = self.channels.iter().map(|channel| slug(channel)).collect();
        let clear = |(number, slug): (usize, &String)| !slug.is_empty() && !slugs[..number].contains(slug);
        require(
            found,
            slugs.iter().enumerate().all(clear),
            "attributes.pressure.channels",
            "name a channel twice, or one without letters and digits",
            "list different channels, such as [\"email\", \"sms\"]",
        );
        problems
    }

    fn columns(&self, has: &Relations) -> Vec<AttributeColumn> {
        pressure_columns::columns(self, knows_addresses(has))
    }

    fn steps(&self, context: &Context<'_>) -> Vec<Step> {
        let names: Vec<String> = (1..=self.channels.len()).map(|number| format!("channel_{number}")).collect();
        let (mut counts, mut columns) = (String::new(), String::new());
        for (channel, name) in self.channels.iter().zip(&names) {
            let column = identifier(&channel_column(channel));
            // Writing into a text cannot fail.
            let _ = writeln!(
                counts,
                "        cast(sum(case when channel = ${name} then 1 else 0 end) as bigint) as {column},"
            );
            let _ = writeln!(columns, "    coalesce(recent_counts.{column}, 0) as {column},");
        }
        let mut parameters = vec![
            ("window_days", Parameter::Int(self.window_days.into())),
            ("weeks", Parameter::Int(self.weeks.into())),
            ("prior_weeks", Parameter::Float(self.prior_weeks)),
            ("responsive_from", Parameter::Float(self.responsive_from)),
        ];
        let lower = self.channels.iter().map(|channel| Parameter::Text(channel.trim().to_lowercase()));
        parameters.extend(names.iter().map(String::as_str).zip(lower));
        // Where the sync file has the pack reach, its steps are the same but for the preferred channel.
        let (mut steps, reachable) = if knows_addresses(context.has) {
            (ReachSettings::default().steps(context), include_str!("base/reachable_customers.sql"))
        } else {
            (Vec::new(), include_str!("base/reachable_customers_all.sql"))
        };
        let sql = include_str!("pressure.sql").replace(CHANNEL_COUNTS, &counts).replace(CHANNEL_COLUMNS, &columns);
        let sql = chain(&[("reachable_customers", reachable)], &sql);
        steps.push(step(&self.relation(), &sql, context, parameters));
        steps
    }
}

/// The column of a channel.
pub(super) fn channel_column(channel: &str) -> String {
    format!("messages_sent_{}", slug(channel))
}

/// Without a single address column nobody knows who can be reached, which is not the same as nobody.
fn knows_addresses(has: &Relations) -> bool {
    ["email", "mobile", "phone", "postal_address"].iter().any(|column| has.has_column("customers", column))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(toml: &str) -> Vec<String> {
        let settings: PressureSettings = toml::from_str(toml).unwrap();
        let has = Relations::default().with("messages", &[]);
        settings.check(&has).into_iter().map(|problem| problem.key).collect()
    }

    #[test]
    fn the_defaults_are_sound() {
        assert!(problems("").is_empty());
    }

    #[test]
    fn settings_out_of_range_are_reported_by_key() {
        assert_eq!(problems("window_days = 0"), ["attributes.pressure.window_days"]);
        assert_eq!(problems("weeks = 3"), ["attributes.pressure.weeks"]);
        assert_eq!(problems("prior_weeks = -1.0"), ["attributes.pressure.prior_weeks"]);
        assert_eq!(problems("responsive_from = 0.0"), ["attributes.pressure.responsive_from"]);
        assert_eq!(problems("channels = [\"Web push\", \"web-push\"]"), ["attributes.pressure.channels"]);
        assert_eq!(problems("channels = [\"??\"]"), ["attributes.pressure.channels"]);
    }

    #[test]
    fn the_sql_file_has_the_places_to_fill_in() {
        let sql = include_str!("pressure.sql");
        assert!(sql.contains(CHANNEL_COUNTS) && sql.contains(CHANNEL_COLUMNS));
    }
}
