//! The pack `rfm`: how recently, how often and for how much a customer bought, and how that compares with others.

use chrono::TimeDelta;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::about::{About, PackParameter, parameters};
use super::base::{CUSTOMER_ORDERS_SQL, customer_orders};
use super::pack::{AttributeColumn, Context, Pack, Parameter, Problem, Relations, require};
use super::rfm_columns::{figure_columns, score_columns};
use super::sql::{chain, step};
use super::step::Step;

/// The most cut points that rfm_scores_thresholds.sql has room for.
const MAX_CUT_POINTS: usize = 8;

/// `[attributes.rfm]`: recency, frequency, money and the scores made of them.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RfmSettings {
    /// How many scores there are: each dimension goes from 1 (worst) to this number. 2 to 9.
    pub bins: u8,
    /// What a score is measured by: `quantiles` compares a customer with all others, `thresholds` with fixed cut points.
    pub method: ScoreMethod,
    /// What happens to equal values under `quantiles`: `equal` gives them equal scores, `ntile` makes groups of equal
    /// size.
    pub ties: Ties,
    /// The cut points of `method = "thresholds"`: `{ recency_days, frequency, monetary }`, ascending lists with one cut
    /// point fewer than there are scores.
    pub thresholds: Option<Thresholds>,
    /// Looks only at orders of the last so many days; at all of them where it is left out.
    pub window_days: Option<u32>,
    /// The preset that names the segments: `classic`, `cells` or `grid6`. Left out, it is `classic` where bins = 5 and
    /// `grid6` where bins = 6, as long as there are no `[[segments]]`; where there are, they come before the preset's.
    pub segments: Option<String>,
    /// The segment of customers that no rule matches; `segments_fallback` at the top of the file goes before it.
    pub fallback: String,
}

/// What a score is measured by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ScoreMethod {
    /// The share of customers who are worse.
    #[default]
    Quantiles,
    /// Fixed cut points.
    Thresholds,
}

/// What happens to equal values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Ties {
    /// Equal values, equal scores.
    #[default]
    Equal,
    /// Groups of equal size; the smaller customer_id gets the lower score.
    Ntile,
}

/// `thresholds`: ascending cut points, one fewer than there are scores.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Thresholds {
    /// Days since the last order, as ascending cut points, one fewer than `bins`. Who is within a cut point passes it:
    /// within the smallest is the best score.
    pub recency_days: Vec<u32>,
    /// Counted orders, as ascending cut points, one fewer than `bins`. Reaching a cut point passes it.
    pub frequency: Vec<u32>,
    /// Money spent, in the currency of the export, as ascending cut points, one fewer than `bins`. Reaching a cut point
    /// passes it.
    pub monetary: Vec<f64>,
}

impl Default for RfmSettings {
    fn default() -> Self {
        Self {
            bins: 5,
            method: ScoreMethod::Quantiles,
            ties: Ties::Equal,
            thresholds: None,
            window_days: None,
            segments: None,
            fallback: "Other".to_owned(),
        }
    }
}

impl Pack for RfmSettings {
    fn name(&self) -> &'static str {
        "rfm"
    }

    fn about(&self) -> About {
        About {
            title: "Recency, frequency, money",
            text: "How recently, how often and for how much a customer bought, and how that compares with all others. \
                   Needs orders.",
            table: "[attributes.rfm]",
        }
    }

    fn parameters(&self) -> Vec<PackParameter> {
        parameters::<Self>()
    }

    fn check(&self, has: &Relations) -> Vec<Problem> {
        let mut problems = Vec::new();
        let found = &mut problems;
        require(found, has.has("orders"), "attributes.rfm", "needs the export orders", "add [exports.orders]");
        require(
            found,
            (2..=9).contains(&self.bins),
            "attributes.rfm.bins",
            format!("{} is out of range", self.bins),
            "choose a number from 2 to 9; 5 is usual",
        );
        require(
            found,
            self.window_days != Some(0),
            "attributes.rfm.window_days",
            "0 days leave no order",
            "give at least 1 day, or leave it out for no limit",
        );
        require(
            found,
            !self.fallback.trim().is_empty(),
            "attributes.rfm.fallback",
            "is empty",
            "name the segment of customers that no rule matches, such as \"Other\"",
        );
        self.check_thresholds(found);
        problems
    }

    fn columns(&self, _: &Relations) -> Vec<AttributeColumn> {
        let mut columns = figure_columns(self.window_days);
        columns.extend(score_columns(self));
        columns
    }

    fn steps(&self, context: &Context<'_>) -> Vec<Step> {
        let mut parameters = vec![("bins", Parameter::Int(self.bins.into()))];
        let cut_points = self.cut_points();
        parameters.extend(cut_points.iter().map(|(name, value)| (name.as_str(), value.clone())));
        let recent = CUSTOMER_ORDERS_SQL.replace("from orders", "from recent_orders");
        let mut steps = Vec::new();
        let mut queries = Vec::new();
        if let Some(days) = self.window_days {
            let after = context.as_of.checked_sub_signed(TimeDelta::days(days.into())).unwrap_or_default();
            parameters.push(("orders_after", Parameter::Timestamp(after)));
            steps.push(("recent_orders", include_str!("base/recent_orders.sql")));
            steps.push(("customer_orders", recent.as_str()));
        } else {
            queries.push(customer_orders(context));
        }
        steps.push(("rfm_scores", self.scores_sql()));
        queries.push(step(&self.relation(), &chain(&steps, include_str!("rfm.sql")), context, parameters));
        queries
    }
}

impl RfmSettings {
    fn scores_sql(&self) -> &'static str {
        match (self.method, self.ties) {
            (ScoreMethod::Thresholds, _) => include_str!("rfm_scores_thresholds.sql"),
            (ScoreMethod::Quantiles, Ties::Equal) => include_str!("rfm_scores.sql"),
            (ScoreMethod::Quantiles, Ties::Ntile) => include_str!("rfm_scores_ntile.sql"),
        }
    }

    fn check_thresholds(&self, problems: &mut Vec<Problem>) {
        let key = "attributes.rfm.thresholds";
        let hint =
            "set method = \"thresholds\" and thresholds = { recency_days = […], frequency = […], monetary = […] }";
        let given = match (&self.thresholds, self.method) {
            (Some(given), ScoreMethod::Thresholds) => given,
            (None, ScoreMethod::Quantiles) => return,
            (Some(_), ScoreMethod::Quantiles) => {
                return problems.push(Problem::new(key, "have no effect with method = \"quantiles\"", hint));
            }
            (None, ScoreMethod::Thresholds) => return problems.push(Problem::new(key, "are missing", hint)),
        };
        require(
            problems,
            self.ties == Ties::Equal,
            "attributes.rfm.ties",
            "\"ntile\" has no effect with method = \"thresholds\"",
            "leave ties out",
        );
        let numbers = |values: &[u32]| values.iter().copied().map(f64::from).collect::<Vec<_>>();
        let wanted = usize::from(self.bins.saturating_sub(1)).min(MAX_CUT_POINTS);
        for (name, points) in [
            ("recency_days", numbers(&given.recency_days)),
            ("frequency", numbers(&given.frequency)),
            ("monetary", given.monetary.clone()),
        ] {
            let sound = points.len() == wanted
                && points.iter().all(|point| point.abs() < 1e15)
                && points.windows(2).all(|pair| pair[0] < pair[1]);
            require(
                problems,
                sound,
                &format!("{key}.{name}"),
                format!("needs {wanted} ascending cut points for bins = {}", self.bins),
                "a score is 1 + the cut points passed, so there is one fewer than scores",
            );
        }
    }

    /// All parameters that rfm_scores_thresholds.sql names; the ones not in use are where nobody passes.
    fn cut_points(&self) -> Vec<(String, Parameter)> {
        let Some(given) = &self.thresholds else { return Vec::new() };
        let numbered = |name: &str, points: Vec<Parameter>, unused: Parameter| {
            let points = points.into_iter().chain(std::iter::repeat(unused)).take(MAX_CUT_POINTS).enumerate();
            points.map(|(number, point)| (format!("{name}_cut_{}", number + 1), point)).collect::<Vec<_>>()
        };
        let whole = |points: &[u32]| points.iter().map(|&point| Parameter::Int(point.into())).collect();
        let money = given.monetary.iter().copied().map(Parameter::Float).collect();
        [
            numbered("recency", whole(&given.recency_days), Parameter::Int(-1)),
            numbered("frequency", whole(&given.frequency), Parameter::Int(i64::MAX)),
            numbered("monetary", money, Parameter::Float(1e18)),
        ]
        .concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(toml: &str) -> Vec<String> {
        let settings: RfmSettings = toml::from_str(toml).unwrap();
        let has = Relations::default().with("orders", &["order_id"]);
        settings.check(&has).into_iter().map(|problem| problem.key).collect()
    }

    #[test]
    fn the_defaults_are_sound() {
        assert!(problems("").is_empty());
    }

    #[test]
    fn bins_go_from_2_to_9() {
        assert_eq!(problems("bins = 1"), ["attributes.rfm.bins"]);
        assert_eq!(problems("bins = 10"), ["attributes.rfm.bins"]);
        assert!(problems("bins = 9").is_empty());
    }

    #[test]
    fn thresholds_need_one_cut_point_fewer_than_scores_in_ascending_order() {
        let with = |recency: &str| {
            format!(
                "bins = 3\nmethod = \"thresholds\"\nthresholds = {{ recency_days = {recency}, frequency = [2, 5], monetary = [9.5, 100] }}"
            )
        };
        assert!(problems(&with("[30, 90]")).is_empty());
        assert_eq!(problems(&with("[30]")), ["attributes.rfm.thresholds.recency_days"]);
        assert_eq!(problems(&with("[90, 30]")), ["attributes.rfm.thresholds.recency_days"]);
    }

    #[test]
    fn thresholds_and_their_method_need_each_other() {
        assert_eq!(problems("method = \"thresholds\""), ["attributes.rfm.thresholds"]);
        assert_eq!(
            problems("thresholds = { recency_days = [], frequency = [], monetary = [] }"),
            ["attributes.rfm.thresholds"]
        );
    }

    #[test]
    fn unused_cut_points_are_bound_out_of_reach() {
        let settings = RfmSettings {
            thresholds: Some(Thresholds { recency_days: vec![30], frequency: vec![2], monetary: vec![5.0] }),
            ..RfmSettings::default()
        };
        let points = settings.cut_points();
        assert_eq!(points.len(), 24);
        assert_eq!(points[0], ("recency_cut_1".to_owned(), Parameter::Int(30)));
        assert_eq!(points[1], ("recency_cut_2".to_owned(), Parameter::Int(-1)));
    }

    #[test]
    fn an_unknown_key_is_an_error() {
        assert!(toml::from_str::<RfmSettings>("bin = 5").is_err());
    }
}
