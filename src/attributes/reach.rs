//! The pack `reach`: the channels a customer may be written to.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::about::{About, PackParameter, parameters};
use super::pack::{AttributeColumn, Context, Pack, Problem, Relations, require};
use super::sql::{chain, step};
use super::step::Step;

const CHANNEL_COLUMNS: &str = "        /* one column for each channel */\n";
const CHANNEL_ORDER: &str = "        /* the channels, in the order of the sync file */\n";

/// `[attributes.reach]`: who can be reached, and how.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ReachSettings {
    /// The channels, the preferred one first: `best_channel` is the first of them that reaches a customer.
    pub channels: Vec<Channel>,
}

/// A way to reach a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// Needs `email`, and `email_opt_in` where it is mapped.
    Email,
    /// Needs `mobile`, or `phone` where that is not mapped, and `sms_opt_in` where it is mapped.
    Sms,
    /// Needs `phone`, and `phone_opt_in` where it is mapped.
    Phone,
    /// Needs `postal_address`, and `post_opt_in` where it is mapped.
    Post,
}

impl Channel {
    const ALL: [Self; 4] = [Self::Email, Self::Sms, Self::Phone, Self::Post];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Sms => "sms",
            Self::Phone => "phone",
            Self::Post => "post",
        }
    }

    /// What is written to.
    fn address_in_words(self) -> &'static str {
        match self {
            Self::Email => "the e-mail address",
            Self::Sms => "text messages to the mobile number",
            Self::Phone => "calls to the phone number",
            Self::Post => "letters to the postal address",
        }
    }

    /// The column of the customers export with the address, where there is one.
    fn address(self, has: &Relations) -> Option<&'static str> {
        let candidates: &[&'static str] = match self {
            Self::Email => &["email"],
            Self::Sms => &["mobile", "phone"],
            Self::Phone => &["phone"],
            Self::Post => &["postal_address"],
        };
        candidates.iter().copied().find(|column| has.has_column("customers", column))
    }

    fn opt_in(self, has: &Relations) -> Option<String> {
        Some(format!("{}_opt_in", self.name())).filter(|column| has.has_column("customers", column))
    }

    /// The condition for a customer to be reached; a NULL in it, such as no known consent, is a no.
    fn condition(self, has: &Relations) -> String {
        let Some(address) = self.address(has) else { return "1 = 0".to_owned() };
        let consent = self.opt_in(has).map(|column| format!(" and customers.{column}")).unwrap_or_default();
        let name = self.name();
        format!(
            "trim(cast(customers.{address} as varchar(1000))) <> ''{consent} and coalesce(unsubscribed_channels.{name}, 0) = 0"
        )
    }
}

impl Default for ReachSettings {
    fn default() -> Self {
        Self { channels: Channel::ALL.to_vec() }
    }
}

impl Pack for ReachSettings {
    fn name(&self) -> &'static str {
        "reach"
    }

    fn about(&self) -> About {
        About {
            title: "Reachability",
            text: "The channels a customer may be written to: where there is an address, consent, and no unsubscription. \
                   Needs customers, and looks at unsubscriptions in messages.",
            table: "[attributes.reach]",
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
            has.has("customers"),
            "attributes.reach",
            "needs the export customers",
            "add [exports.customers]",
        );
        let repeated =
            self.channels.iter().enumerate().any(|(number, channel)| self.channels[..number].contains(channel));
        require(
            found,
            !self.channels.is_empty() && !repeated,
            "attributes.reach.channels",
            "are empty, or name a channel twice",
            "list the channels you use, the preferred one first: [\"email\", \"sms\"]",
        );
        problems
    }

    fn columns(&self, has: &Relations) -> Vec<AttributeColumn> {
        let reachable = Channel::ALL.into_iter().map(|channel| {
            let name = channel.name();
            let formula = match (channel.address(has), channel.opt_in(has)) {
                (None, _) => "false: the customers export has no such address".to_owned(),
                (Some(address), None) => format!("{address} is given, and not unsubscribed from {name}"),
                (Some(address), Some(consent)) => {
                    format!("{address} is given, {consent} is true, and not unsubscribed from {name}")
                }
            };
            let meaning = format!("Whether the customer may be reached by {name}.");
            AttributeColumn::new(&format!("reachable_{name}"), "BOOLEAN", &meaning, &formula)
                .either(&format!("{name} may be used"), &format!("{name} must not be used"))
                .known()
        });
        let names: Vec<&str> = self.channels.iter().map(|channel| channel.name()).collect();
        let best = AttributeColumn::new(
            "best_channel",
            "VARCHAR",
            "The channel to prefer for this customer.",
            &format!("the first that reaches the customer, of {}", names.join(", ")),
        )
        .values(self.channels.iter().map(|channel| (channel.name(), channel.address_in_words())))
        .known_or_null("No channel reaches the customer.");
        reachable.chain([best]).collect()
    }

    fn steps(&self, context: &Context<'_>) -> Vec<Step> {
        let knows_unsubscribed =
            context.has.has_column("messages", "unsubscribed_at") && context.has.has_column("messages", "channel");
        let unsubscribed = if knows_unsubscribed {
            include_str!("base/unsubscribed_channels.sql")
        } else {
            include_str!("base/unsubscribed_channels_none.sql")
        };
        let columns: Vec<String> = Channel::ALL
            .into_iter()
            .map(|channel| {
                format!(
                    "        , coalesce({}, false) as reachable_{}\n",
                    channel.condition(context.has),
                    channel.name()
                )
            })
            .collect();
        let order: Vec<String> = self
            .channels
            .iter()
            .map(|channel| format!("        when reachable_{0} then '{0}'\n", channel.name()))
            .collect();
        let sql = include_str!("reach.sql")
            .replace(CHANNEL_COLUMNS, &columns.concat())
            .replace(CHANNEL_ORDER, &order.concat());
        vec![step(&self.relation(), &chain(&[("unsubscribed_channels", unsubscribed)], &sql), context, Vec::new())]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn customers(columns: &[&str]) -> Relations {
        Relations::default().with("customers", columns)
    }

    #[test]
    fn a_channel_without_an_address_column_reaches_nobody() {
        assert_eq!(Channel::Post.condition(&customers(&["email"])), "1 = 0");
    }

    #[test]
    fn consent_is_asked_for_only_where_it_is_mapped() {
        assert!(!Channel::Email.condition(&customers(&["email"])).contains("opt_in"));
        assert!(
            Channel::Email.condition(&customers(&["email", "email_opt_in"])).contains("and customers.email_opt_in")
        );
    }

    #[test]
    fn text_messages_prefer_the_mobile_number() {
        assert_eq!(Channel::Sms.address(&customers(&["phone"])), Some("phone"));
        assert_eq!(Channel::Sms.address(&customers(&["phone", "mobile"])), Some("mobile"));
    }

    #[test]
    fn a_channel_is_listed_once() {
        let settings: ReachSettings = toml::from_str("channels = [\"sms\", \"sms\"]").unwrap();
        assert_eq!(settings.check(&customers(&["phone"]))[0].key, "attributes.reach.channels");
        assert!(toml::from_str::<ReachSettings>("channels = [\"fax\"]").is_err());
    }

    #[test]
    fn the_sql_file_has_the_places_to_fill_in() {
        let sql = include_str!("reach.sql");
        assert!(sql.contains(CHANNEL_COLUMNS) && sql.contains(CHANNEL_ORDER));
    }
}
