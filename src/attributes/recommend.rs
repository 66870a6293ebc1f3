//! The pack `recommend`: the products to offer a customer next.

mod best;

use std::fmt::Write as _;
use std::sync::Arc;

use chrono::TimeDelta;
use schemars::JsonSchema;
use serde::Deserialize;

use super::about::{About, PackParameter, parameters};
use super::pack::{AttributeColumn, Context, Pack, Parameter, Problem, Relations};
use super::recommend_columns::{self, FLAT_COLUMNS};
use super::sql::{query, step};
use super::step::Step;
use best::BestProducts;

const FLAT_PLACE: &str = "    /* the columns of each product that has columns of its own */\n";
const VIEWS_PLACE: &str = "/* the names of a view */";

/// Pairs of products in the histories that similarity is learnt from: what two processors count in half a minute.
const MOST_PAIRS: i64 = 400_000_000;

/// Candidates that are scored together: what half a gibibyte holds with room to spare. One customer alone can have more,
/// but never more than `seeds` times `neighbours`.
const BATCH_CANDIDATES: i64 = 10_000_000;

/// The most recommendations a customer can get.
pub(super) const MOST_TOP: u32 = 50;

/// `[attributes.recommend]`: next products.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RecommendSettings {
    /// How many products a customer gets. 1 to 50.
    pub top: u32,
    /// How many of them get columns of their own: `rec_1_id`, `rec_1_name`, … At most `top`.
    pub flat: u32,
    /// Customers that two products must share to count as similar. At least 1.
    pub min_support: u32,
    /// How many similar products are kept of each. 1 to 1000.
    pub neighbours: u32,
    /// How many of the latest products that a customer bought speak for others: nobody has more candidates than this
    /// times `neighbours`. 1 to 2000.
    pub seeds: u32,
    /// After how many days a purchase speaks half as strongly. Above 0.
    pub half_life_days: f64,
    /// With how many of the latest products a customer takes part in telling which are similar. 2 to 2000.
    pub history: u32,
    /// What a view adds, as a share of the customer's largest score. 0 to 100.
    pub view_boost: f64,
    /// Views of the last so many days count. 1 to 3650.
    pub view_days: u32,
    /// The names that events have where they are product views, in any case; events without a name are, too.
    pub view_events: Vec<String>,
    /// Whether what a customer owns is recommended again.
    pub repurchasable: bool,
    /// Best sellers, for customers of whom nothing else is known, are those of the last so many days. 1 to 3650.
    pub window_days: u32,
}

impl Default for RecommendSettings {
    fn default() -> Self {
        Self {
            top: 5,
            flat: 3,
            min_support: 5,
            neighbours: 50,
            seeds: 200,
            half_life_days: 180.0,
            history: 150,
            view_boost: 0.5,
            view_days: 30,
            view_events: ["view", "product_view"].map(str::to_owned).to_vec(),
            repurchasable: false,
            window_days: 90,
        }
    }
}

impl Pack for RecommendSettings {
    fn name(&self) -> &'static str {
        "recommend"
    }

    fn about(&self) -> About {
        About {
            title: "Recommendations",
            text: "The products to offer a customer next: like what the customer bought, looked at lately, or else best \
                   sellers. Needs order lines and products, and looks at views in events.",
            table: "[attributes.recommend]",
        }
    }

    fn parameters(&self) -> Vec<PackParameter> {
        parameters::<Self>()
    }

    fn check(&self, has: &Relations) -> Vec<Problem> {
        let mut problems = Vec::new();
        for relation in ["order_lines", "products"].into_iter().filter(|relation| !has.has(relation)) {
            let hint = format!("add [exports.{relation}]");
            problems.push(Problem::new("attributes.recommend", format!("needs the export {relation}"), hint));
        }
        let ranges = [
            ("top", self.top, 1, MOST_TOP),
            ("flat", self.flat, 0, self.top),
            ("min_support", self.min_support, 1, u32::MAX),
            ("neighbours", self.neighbours, 1, 1000),
            ("seeds", self.seeds, 1, 2000),
            ("history", self.history, 2, 2000),
            ("view_days", self.view_days, 1, 3650),
            ("window_days", self.window_days, 1, 3650),
        ];
        for (key, value, least, most) in ranges {
            if !(least..=most).contains(&value) {
                problems.push(out_of_range(key, &value.to_string(), &format!("choose {least} to {most}")));
            }
        }
        if !(self.half_life_days > 0.0 && self.half_life_days <= 36_500.0) {
            let hint = "give days above 0, up to 36500; 180 is usual";
            problems.push(out_of_range("half_life_days", &self.half_life_days.to_string(), hint));
        }
        if !(0.0..=100.0).contains(&self.view_boost) {
            let hint = "give 0 to leave views out, up to 100; 0.5 is usual";
            problems.push(out_of_range("view_boost", &self.view_boost.to_string(), hint));
        }
        problems
    }

    fn columns(&self, _: &Relations) -> Vec<AttributeColumn> {
        recommend_columns::columns(self)
    }

    fn steps(&self, context: &Context<'_>) -> Vec<Step> {
        let looks_at_views = context.has.has("events");
        let views =
            if looks_at_views { include_str!("recommend/views.sql") } else { include_str!("recommend/views_none.sql") };
        let names: Vec<String> = (1..=self.view_events.len()).map(|number| format!("view_event_{number}")).collect();
        // A list needs a member, and an empty name is none that an event has.
        let listed: Vec<String> = names.iter().map(|name| format!("${name}")).collect();
        let listed = if listed.is_empty() { "''".to_owned() } else { listed.join(", ") };
        let views = views.replace(VIEWS_PLACE, &listed);
        let steps = [
            ("recommend_purchases", include_str!("recommend/purchases.sql")),
            ("recommend_histories", include_str!("recommend/histories.sql")),
            ("recommend_customers", include_str!("recommend/customers.sql")),
            ("recommend_numbers", include_str!("recommend/numbers.sql")),
            ("recommend_pairs", include_str!("recommend/pairs.sql")),
            ("recommend_neighbours", include_str!("recommend/neighbours.sql")),
            ("recommend_owned", include_str!("recommend/owned.sql")),
            ("recommend_seeds", include_str!("recommend/seeds.sql")),
            ("recommend_batches", include_str!("recommend/batches.sql")),
            ("recommend_views", &views),
            ("recommend_popular", include_str!("recommend/popular.sql")),
        ];
        let parameters = self.parameters(context, &names);
        let mut taken: Vec<Step> =
            steps.iter().map(|(relation, sql)| step(relation, sql, context, parameters.clone())).collect();
        let best = query("recommend_best", include_str!("recommend/best.sql"), context, parameters.clone());
        taken.push(Step::Calculation(Arc::new(BestProducts(best))));
        taken.push(step("recommend_chosen", include_str!("recommend/chosen.sql"), context, parameters.clone()));
        let sql = include_str!("recommend.sql").replace(FLAT_PLACE, &self.flat_columns());
        taken.push(step(&self.relation(), &sql, context, parameters));
        taken
    }
}

impl RecommendSettings {
    fn parameters<'a>(&self, context: &Context<'_>, view_names: &'a [String]) -> Vec<(&'a str, Parameter)> {
        let after = |days: u32| {
            Parameter::Timestamp(context.as_of.checked_sub_signed(TimeDelta::days(days.into())).unwrap_or_default())
        };
        let mut parameters = vec![
            ("top", Parameter::Int(self.top.into())),
            ("min_support", Parameter::Int(self.min_support.into())),
            ("neighbours", Parameter::Int(self.neighbours.into())),
            ("seeds", Parameter::Int(self.seeds.into())),
            ("half_life_days", Parameter::Float(self.half_life_days)),
            ("history", Parameter::Int(self.history.into())),
            ("most_pairs", Parameter::Int(MOST_PAIRS)),
            ("batch_candidates", Parameter::Int(BATCH_CANDIDATES)),
            ("view_boost", Parameter::Float(self.view_boost)),
            ("repurchasable", Parameter::Bool(self.repurchasable)),
            ("viewed_after", after(self.view_days)),
            ("sold_after", after(self.window_days)),
        ];
        let events = self.view_events.iter().map(|event| Parameter::Text(event.trim().to_lowercase()));
        parameters.extend(view_names.iter().map(String::as_str).zip(events));
        parameters
    }

    fn flat_columns(&self) -> String {
        let mut columns = String::new();
        for position in 1..=self.flat {
            for (name, source) in FLAT_COLUMNS {
                // Writing into a text cannot fail.
                let _ = writeln!(
                    columns,
                    "    max(case when position = {position} then {source} end) as rec_{position}_{name},"
                );
            }
        }
        columns
    }
}

fn out_of_range(key: &str, value: &str, hint: &str) -> Problem {
    Problem::new(format!("attributes.recommend.{key}"), format!("{value} is out of range"), hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(toml: &str) -> Vec<String> {
        let settings: RecommendSettings = toml::from_str(toml).unwrap();
        let has = Relations::default().with("order_lines", &[]).with("products", &[]);
        settings.check(&has).into_iter().map(|problem| problem.key).collect()
    }

    #[test]
    fn the_defaults_are_sound() {
        assert!(problems("").is_empty());
    }

    #[test]
    fn settings_out_of_range_are_reported_by_key() {
        for (toml, key) in [
            ("top = 0\nflat = 0", "top"),
            ("flat = 6", "flat"),
            ("min_support = 0", "min_support"),
            ("neighbours = 0", "neighbours"),
            ("seeds = 0", "seeds"),
            ("seeds = 2001", "seeds"),
            ("half_life_days = 0.0", "half_life_days"),
            ("history = 1", "history"),
            ("view_boost = -0.1", "view_boost"),
            ("view_days = 0", "view_days"),
            ("window_days = 4000", "window_days"),
        ] {
            assert_eq!(problems(toml), [format!("attributes.recommend.{key}")], "{toml}");
        }
    }

    #[test]
    fn both_exports_are_needed() {
        let problems = RecommendSettings::default().check(&Relations::default());
        assert_eq!(problems.len(), 2);
    }

    #[test]
    fn the_sql_files_have_the_places_to_fill_in() {
        assert!(include_str!("recommend.sql").contains(FLAT_PLACE));
        assert!(include_str!("recommend/views.sql").contains(VIEWS_PLACE));
    }
}
