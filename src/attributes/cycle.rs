//! The pack `cycle`: how late a customer is, measured by the customer's own purchase cycle.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::about::{About, PackParameter, parameters};
use super::cycle_columns;
use super::pack::{AttributeColumn, Context, Pack, Parameter, Problem, Relations, require};
use super::sql::{chain, step};
use super::step::Step;

/// `[attributes.cycle]`: lateness against the customer's own purchase cycle.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CycleSettings {
    /// How a cycle is taken from the gaps between purchase days: `mean`, or `median`, which forgives a single long pause.
    pub method: CycleMethod,
    /// Purchase days a customer needs for a cycle of their own. At least 2.
    pub min_purchase_days: u32,
    /// What customers with fewer purchase days get: `none`, or `population`, the median cycle of all others.
    pub fallback: CycleFallback,
    /// The four lateness ratios from which a customer is soon, late, very late and inactive; 1 is one cycle since the
    /// last purchase.
    pub cut_points: [f64; 4],
    /// Whether lateness is told by category, too. Left out, it is where the exports have order lines with categories.
    pub by_category: Option<bool>,
    /// Categories that get a status column of their own, `cycle_status_<category>`.
    pub categories: Vec<String>,
}

/// How a cycle is taken from the gaps between purchase days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CycleMethod {
    /// The mean gap.
    #[default]
    Mean,
    /// The median gap.
    Median,
}

/// What customers without a cycle of their own get.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CycleFallback {
    /// No cycle.
    #[default]
    None,
    /// The median cycle of all customers who have one.
    Population,
}

impl Default for CycleSettings {
    fn default() -> Self {
        Self {
            method: CycleMethod::Mean,
            min_purchase_days: 3,
            fallback: CycleFallback::None,
            cut_points: [0.75, 1.0, 2.0, 3.0],
            by_category: None,
            categories: Vec::new(),
        }
    }
}

/// Keys of `[attributes.cycle]` that are about categories.
pub(super) const OF_CATEGORIES: [&str; 2] = ["by_category", "categories"];

impl Pack for CycleSettings {
    fn name(&self) -> &'static str {
        "cycle"
    }

    fn about(&self) -> About {
        About {
            title: "Purchase cycle",
            text: "How late a customer is, measured by the customer's own purchase cycle instead of one number of days \
                   for everybody. Needs orders.",
            table: "[attributes.cycle]",
        }
    }

    fn parameters(&self) -> Vec<PackParameter> {
        parameters::<Self>().into_iter().filter(|one| !OF_CATEGORIES.contains(&one.key.as_str())).collect()
    }

    fn check(&self, has: &Relations) -> Vec<Problem> {
        let mut problems = Vec::new();
        let found = &mut problems;
        require(found, has.has("orders"), "attributes.cycle", "needs the export orders", "add [exports.orders]");
        require(
            found,
            self.min_purchase_days >= 2,
            "attributes.cycle.min_purchase_days",
            format!("{} is too few: a single day has no gap", self.min_purchase_days),
            "choose 2 or more; 3 is usual",
        );
        let ascending = self.cut_points.windows(2).all(|pair| pair[0] < pair[1]);
        require(
            found,
            ascending && self.cut_points[0] > 0.0 && self.cut_points[3].is_finite(),
            "attributes.cycle.cut_points",
            "are not four ascending numbers above 0",
            "give where soon, late, very late and inactive begin, such as [0.75, 1, 2, 3]",
        );
        problems
    }

    fn columns(&self, _: &Relations) -> Vec<AttributeColumn> {
        cycle_columns::columns(self)
    }

    fn steps(&self, context: &Context<'_>) -> Vec<Step> {
        let sql = self.lateness_of(&[("purchases", include_str!("base/purchases.sql"))], include_str!("cycle.sql"));
        vec![step(&self.relation(), &sql, context, self.parameters())]
    }
}

impl CycleSettings {
    /// The way from `purchases`, which the first steps make, over gaps and lateness to a last query.
    pub(super) fn lateness_of(&self, first: &[(&str, &str)], last: &str) -> String {
        let median_gaps = match self.method {
            CycleMethod::Mean => include_str!("base/median_gaps_none.sql"),
            CycleMethod::Median => include_str!("base/median_gaps.sql"),
        };
        let mut steps = first.to_vec();
        steps.push(("purchase_gaps", include_str!("base/purchase_gaps.sql")));
        steps.push(("median_gaps", median_gaps));
        steps.push(("lateness", include_str!("base/lateness.sql")));
        chain(&steps, last)
    }

    pub(super) fn parameters(&self) -> Vec<(&'static str, Parameter)> {
        let [soon, late, very_late, inactive] = self.cut_points;
        vec![
            ("min_purchase_days", Parameter::Int(self.min_purchase_days.into())),
            ("use_median", Parameter::Bool(self.method == CycleMethod::Median)),
            ("use_population", Parameter::Bool(self.fallback == CycleFallback::Population)),
            ("soon_from", Parameter::Float(soon)),
            ("late_from", Parameter::Float(late)),
            ("very_late_from", Parameter::Float(very_late)),
            ("inactive_from", Parameter::Float(inactive)),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(toml: &str) -> Vec<String> {
        let settings: CycleSettings = toml::from_str(toml).unwrap();
        let has = Relations::default().with("orders", &[]);
        settings.check(&has).into_iter().map(|problem| problem.key).collect()
    }

    #[test]
    fn the_defaults_are_sound() {
        assert!(problems("").is_empty());
    }

    #[test]
    fn one_purchase_day_cannot_make_a_cycle() {
        assert_eq!(problems("min_purchase_days = 1"), ["attributes.cycle.min_purchase_days"]);
    }

    #[test]
    fn cut_points_are_four_in_ascending_order() {
        assert_eq!(problems("cut_points = [1.0, 0.5, 2.0, 3.0]"), ["attributes.cycle.cut_points"]);
        assert!(toml::from_str::<CycleSettings>("cut_points = [1.0, 2.0]").is_err());
    }

    #[test]
    fn only_the_median_reads_the_gaps_one_by_one() {
        let mut settings = CycleSettings::default();
        assert!(!settings.lateness_of(&[], "").contains("row_number"));
        settings.method = CycleMethod::Median;
        assert!(settings.lateness_of(&[], "").contains("row_number"));
    }
}
