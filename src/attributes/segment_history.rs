//! The pack `segment_history`: since when each customer is in the segment, and which was the one before.
//!
//! The history itself is handed down in two relations, where somebody keeps one: `segments_before` (`customer_id`,
//! `segment`, `entered_on`, `previous_segment`), with the customers whom the last run saw, and `segments_known`, whose
//! one row has the `as_of` of that run. Without them everybody enters on the day of as_of.

use super::about::{About, PackParameter};
use super::pack::{AttributeColumn, Context, Pack, Problem, Relations};
use super::sql::{chain, step};
use super::step::Step;

/// The relation with the segment that each customer was in.
pub(super) const BEFORE: &str = "segments_before";

/// The relation with the time that the history was kept for last.
pub(super) const KNOWN: &str = "segments_known";

/// Goes with the pack `segment`. It has no settings.
pub(super) struct SegmentHistoryPack;

impl Pack for SegmentHistoryPack {
    fn name(&self) -> &'static str {
        "segment_history"
    }

    fn about(&self) -> About {
        About {
            title: "History of segments",
            text: "Since when a customer is in the segment, and which was the one before. Comes with segments; the \
                   ledger keeps it from run to run.",
            table: "[[segments]]",
        }
    }

    fn parameters(&self) -> Vec<PackParameter> {
        Vec::new()
    }

    fn check(&self, _: &Relations) -> Vec<Problem> {
        Vec::new()
    }

    fn columns(&self, _: &Relations) -> Vec<AttributeColumn> {
        vec![
            AttributeColumn::new(
                "segment_entered_on",
                "DATE",
                "The day on which the customer entered the segment.",
                "the date of the first run that found the customer in it; NULL where the run is for an earlier time \
                 than the history, which then does not reach that far",
            )
            .known_or_null("The run is for an earlier time than the history, which does not reach that far."),
            AttributeColumn::new(
                "previous_segment",
                "VARCHAR",
                "The segment that the customer was in before.",
                "the segment of the run before the customer entered this one; NULL for who was in no other",
            )
            .known_or_null("The customer has been in no other segment since the history began."),
            AttributeColumn::new(
                "days_in_segment",
                "BIGINT",
                "For how many days the customer has been in the segment.",
                "days from segment_entered_on to the date of as_of",
            )
            .unit("days")
            .range("0 or more")
            .known_or_null("The run is for an earlier time than the history, which does not reach that far."),
        ]
    }

    fn steps(&self, context: &Context<'_>) -> Vec<Step> {
        let handed_down = context.has.has(BEFORE) && context.has.has(KNOWN);
        let empty = [
            (BEFORE, include_str!("segment_history/before_none.sql")),
            (KNOWN, include_str!("segment_history/known_none.sql")),
        ];
        let before = if handed_down { &[][..] } else { &empty[..] };
        vec![step(&self.relation(), &chain(before, include_str!("segment_history.sql")), context, Vec::new())]
    }
}
