//! The pack `priority`: who to turn to first within each segment.

use schemars::JsonSchema;
use serde::Deserialize;

use super::about::{About, PackParameter, parameters};
use super::pack::{AttributeColumn, Context, Pack, Problem, Relations};
use super::sql::step;
use super::step::Step;

/// `[attributes.priority]`: an order of customers within their segment. It has no settings.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PrioritySettings {}

impl Pack for PrioritySettings {
    fn name(&self) -> &'static str {
        "priority"
    }

    fn about(&self) -> About {
        About {
            title: "Priority",
            text: "Who to turn to first within each segment. Needs `rfm` and segments.",
            table: "[attributes.priority]",
        }
    }

    fn parameters(&self) -> Vec<PackParameter> {
        parameters::<Self>()
    }

    /// That there are rfm and segments to rank by is checked where all packs are known.
    fn check(&self, _: &Relations) -> Vec<Problem> {
        Vec::new()
    }

    fn columns(&self, _: &Relations) -> Vec<AttributeColumn> {
        vec![
            AttributeColumn::new(
                "priority_score",
                "DECIMAL(38,4)",
                "How much the customer is worth.",
                "monetary * frequency",
            )
            .unit("currency of the export times orders")
            .null("The customer never bought."),
            AttributeColumn::new(
                "priority_rank",
                "BIGINT",
                "The customer's place within the segment; 1 is the most valuable.",
                "row number within segment by priority_score from high to low, then customer_id",
            )
            .unit("place")
            .range("1 (first) or more")
            .null("The customer never bought."),
        ]
    }

    fn steps(&self, context: &Context<'_>) -> Vec<Step> {
        vec![step(&self.relation(), include_str!("priority.sql"), context, Vec::new())]
    }
}
