//! The part of the sync file that is about attributes.

use serde::Deserialize;

use crate::segments::{Rules, SegmentRule, preset_for_bins};

use super::activity::ActivitySettings;
use super::churn::ChurnSettings;
use super::custom::CustomAttribute;
use super::cycle::CycleSettings;
use super::pack::{Problem, require};
use super::pressure::PressureSettings;
use super::priority::PrioritySettings;
use super::promo::PromoSettings;
use super::reach::ReachSettings;
use super::recommend::RecommendSettings;
use super::rfm::RfmSettings;

/// `[attributes.*]` and `[[segments]]`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AttributeSettings {
    /// The packs, and what they share.
    pub attributes: PackSettings,
    /// Segment rules, tried in this order, and before those of a preset.
    pub segments: Vec<SegmentRule>,
    /// The segment of customers that no rule matches, whatever `[attributes.rfm]` says. None by default.
    pub segments_fallback: Option<String>,
}

/// `[attributes]`: a pack is calculated where it has a table, even an empty one.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PackSettings {
    /// Statuses of orders that do not count, in any case. `["cancelled", "refunded", "void"]` by default. Orders below 0
    /// are refunds whatever their status.
    pub excluded_statuses: Vec<String>,
    /// Recency, frequency and money.
    pub rfm: Option<RfmSettings>,
    /// Lateness against the customer's own purchase cycle.
    pub cycle: Option<CycleSettings>,
    /// Promotion sensitivity.
    pub promo: Option<PromoSettings>,
    /// An order of customers within their segment.
    pub priority: Option<PrioritySettings>,
    /// Who can be reached, and how.
    pub reach: Option<ReachSettings>,
    /// The probability of being alive.
    pub churn: Option<ChurnSettings>,
    /// Recent orders, and who has gone.
    pub activity: Option<ActivitySettings>,
    /// Marketing pressure.
    pub pressure: Option<PressureSettings>,
    /// Next products.
    pub recommend: Option<RecommendSettings>,
    /// Attributes of the user's own.
    pub custom: Vec<CustomAttribute>,
}

impl Default for PackSettings {
    fn default() -> Self {
        Self {
            excluded_statuses: ["cancelled", "refunded", "void"].map(str::to_owned).to_vec(),
            rfm: None,
            cycle: None,
            promo: None,
            priority: None,
            reach: None,
            churn: None,
            activity: None,
            pressure: None,
            recommend: None,
            custom: Vec::new(),
        }
    }
}

impl AttributeSettings {
    /// The segment rules as they are to be used: the sync file's, then those of the preset it names or, where it has
    /// neither, the preset that fits the number of scores.
    ///
    /// # Errors
    /// Everything that is wrong with the rules.
    pub fn rules(&self) -> Result<Rules, Vec<Problem>> {
        let fallen_back = RfmSettings::default();
        let rfm = self.attributes.rfm.as_ref();
        let bins = rfm.unwrap_or(&fallen_back).bins;
        let usual = if self.segments.is_empty() && rfm.is_some() { preset_for_bins(bins) } else { None };
        let preset = rfm.and_then(|rfm| rfm.segments.as_deref()).or(usual);
        let fallback = self.segments_fallback.as_ref().unwrap_or(&rfm.unwrap_or(&fallen_back).fallback);
        Rules::new(&self.segments, preset, fallback, bins)
            .map_err(|found| found.iter().map(|one| Problem::new(&one.key, one.to_string(), one.hint())).collect())
    }

    /// What is wrong with tables that depend on each other.
    pub(super) fn check_together(&self, rules: Option<&Rules>) -> Vec<Problem> {
        let mut problems = Vec::new();
        if self.attributes.priority.is_some() {
            require(
                &mut problems,
                self.attributes.rfm.is_some(),
                "attributes.priority",
                "is made of frequency and money, which nothing calculates",
                "add [attributes.rfm]",
            );
            require(
                &mut problems,
                rules.is_none_or(|rules| !rules.is_empty()),
                "attributes.priority",
                "ranks within segments, and there are none",
                "name a preset with segments = \"classic\" in [attributes.rfm], or add [[segments]]",
            );
        }
        if self.attributes.activity.as_ref().is_some_and(ActivitySettings::reads_segments) {
            let key = "attributes.activity.inactive_after";
            require(
                &mut problems,
                self.attributes.cycle.is_some(),
                key,
                "counts in purchase cycles, which nothing calculates",
                "add [attributes.cycle], or give a number of days",
            );
            require(
                &mut problems,
                rules.is_none_or(|rules| !rules.is_empty()),
                key,
                "takes the mean cycle of a segment, and there are none",
                "add [attributes.rfm] or [[segments]], or give a number of days",
            );
        }
        problems
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fallback(toml: &str) -> String {
        let settings: AttributeSettings = toml::from_str(toml).unwrap();
        settings.rules().unwrap().names().pop().unwrap()
    }

    #[test]
    fn the_fallback_of_the_file_holds_with_and_without_rfm() {
        let own = "[[segments]]\nname = \"Late\"\nwhen = \"lateness_ratio > 2\"\n";
        assert_eq!(fallback(own), "Other");
        assert_eq!(fallback(&format!("segments_fallback = \"Rest\"\n{own}[attributes.cycle]")), "Rest");
        assert_eq!(fallback(&format!("segments_fallback = \"Rest\"\n{own}[attributes.rfm]")), "Rest");
    }
}
