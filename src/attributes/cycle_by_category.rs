//! The pack `cycle_by_category`: lateness in each category that a customer buys from. Set with `[attributes.cycle]`.

use std::collections::BTreeMap;

use super::about::{About, PackParameter};
use super::cycle::{CycleSettings, OF_CATEGORIES};
use super::cycle_columns::statuses;
use super::pack::{AttributeColumn, Context, Pack, Parameter, Problem, Relations};
use super::sql::{identifier, slug, step};
use super::step::Step;

const STATUS_COLUMNS: &str = "    /* and one status column for each category that the sync file names */\n";

/// The part of `[attributes.cycle]` that is about categories.
#[derive(Debug, Clone, Copy)]
pub(super) struct CycleByCategory<'a>(pub(super) &'a CycleSettings);

impl CycleByCategory<'_> {
    /// Whether the pack is to be calculated: where it is asked for, or nothing stands against it.
    pub(super) fn is_wanted(self, has: &Relations) -> bool {
        self.0.by_category.unwrap_or_else(|| !self.0.categories.is_empty() || has_categories(has))
    }

    fn status_columns(self) -> String {
        self.0
            .categories
            .iter()
            .enumerate()
            .map(|(number, category)| {
                format!(
                    "    , coalesce(max(case when category = $category_{} then cycle_status end), 'unknown') as {}\n",
                    number + 1,
                    identifier(&status_column(category))
                )
            })
            .collect::<Vec<_>>()
            .concat()
    }
}

impl Pack for CycleByCategory<'_> {
    fn name(&self) -> &'static str {
        "cycle_by_category"
    }

    fn about(&self) -> About {
        About {
            title: "Purchase cycle by category",
            text: "Which categories a customer is late in, each measured by the customer's cycle in it. Comes with \
                   `cycle`, and takes its settings, where order lines have categories.",
            table: "[attributes.cycle]",
        }
    }

    fn parameters(&self) -> Vec<PackParameter> {
        let mut parameters = super::about::parameters::<CycleSettings>();
        parameters.retain(|one| OF_CATEGORIES.contains(&one.key.as_str()));
        parameters
    }

    fn check(&self, has: &Relations) -> Vec<Problem> {
        let mut problems = Vec::new();
        if !has_categories(has) {
            problems.push(Problem::new(
                "attributes.cycle.by_category",
                "needs order lines with a category, or with products that have one",
                "map category in [exports.order_lines], or product_id there and category in [exports.products]",
            ));
        }
        if self.0.by_category == Some(false) && !self.0.categories.is_empty() {
            problems.push(Problem::new(
                "attributes.cycle.categories",
                "have no effect with by_category = false",
                "leave one of the two out",
            ));
        }
        let mut seen = BTreeMap::new();
        for (number, category) in self.0.categories.iter().enumerate() {
            let key = format!("attributes.cycle.categories[{number}]");
            let column = status_column(category);
            if slug(category).is_empty() {
                let message = format!("{category:?} has no letter or digit to make a column name of");
                problems.push(Problem::new(key, message, "column names are made of a-z and 0-9"));
            } else if let Some(other) = seen.insert(column.clone(), category) {
                let message = format!("{category:?} would get the column {column}, as {other:?} does");
                problems.push(Problem::new(key, message, "name one of them only"));
            }
        }
        problems
    }

    fn columns(&self, _: &Relations) -> Vec<AttributeColumn> {
        let mut columns = vec![
            AttributeColumn::new(
                "cycle_by_category",
                "VARCHAR",
                "The purchase cycle in each category that the customer has one in, as a JSON object.",
                "category: {purchase_days, recency_days, cycle_days, cycle_source, cycle_stddev_days, lateness_ratio, \
                 lateness_days, lateness_z, cycle_status, expected_next_order_on}",
            )
            .null("The customer never bought from a category; who has no cycle in any has {}."),
            AttributeColumn::new(
                "late_categories",
                "VARCHAR",
                "The categories that the customer is late in, the latest first, with \", \" between them.",
                "categories with the status late or very_late by lateness_ratio, then name; 5 at most",
            )
            .null("The customer is late in no category."),
            AttributeColumn::new(
                "top_late_category",
                "VARCHAR",
                "The category that the customer is latest in.",
                "the first of late_categories",
            )
            .null("The customer is late in no category."),
        ];
        columns.extend(self.0.categories.iter().map(|category| {
            AttributeColumn::new(
                &status_column(category),
                "VARCHAR",
                &format!("Where the customer stands in their purchase cycle for {category}."),
                &format!("cycle_status, from order lines of the category {category}"),
            )
            .values(statuses(self.0))
            .null("The customer never bought from any category.")
        }));
        columns
    }

    fn steps(&self, context: &Context<'_>) -> Vec<Step> {
        let product_categories = if knows_product_categories(context.has) {
            include_str!("base/product_categories.sql")
        } else {
            include_str!("base/product_categories_none.sql")
        };
        let first =
            [("product_categories", product_categories), ("purchases", include_str!("base/category_purchases.sql"))];
        let last = include_str!("cycle_by_category.sql").replace(STATUS_COLUMNS, &self.status_columns());
        let names: Vec<String> = (1..=self.0.categories.len()).map(|number| format!("category_{number}")).collect();
        let mut parameters = self.0.parameters();
        parameters.extend(
            names
                .iter()
                .zip(&self.0.categories)
                .map(|(name, category)| (name.as_str(), Parameter::Text(category.clone()))),
        );
        vec![step(&self.relation(), &self.0.lateness_of(&first, &last), context, parameters)]
    }
}

fn knows_product_categories(has: &Relations) -> bool {
    has.has_column("products", "product_id") && has.has_column("products", "category")
}

fn has_categories(has: &Relations) -> bool {
    let by_product = has.has_column("order_lines", "product_id") && knows_product_categories(has);
    has.has("orders") && (has.has_column("order_lines", "category") || by_product)
}

fn status_column(category: &str) -> String {
    format!("cycle_status_{}", slug(category))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(toml: &str) -> CycleSettings {
        toml::from_str(toml).unwrap()
    }

    fn lines() -> Relations {
        Relations::default().with("orders", &["order_id"]).with("order_lines", &["order_id", "product_id", "category"])
    }

    #[test]
    fn it_is_on_by_itself_only_where_lines_have_categories() {
        let settings = settings("");
        let pack = CycleByCategory(&settings);
        assert!(pack.is_wanted(&lines()));
        assert!(!pack.is_wanted(&Relations::default().with("orders", &[])));
    }

    #[test]
    fn the_category_of_the_product_will_do() {
        let settings = settings("by_category = true");
        let lines = Relations::default().with("orders", &[]).with("order_lines", &["product_id"]);
        assert_eq!(CycleByCategory(&settings).check(&lines).len(), 1);
        let with_products = lines.with("products", &["product_id", "category"]);
        assert!(CycleByCategory(&settings).check(&with_products).is_empty());
    }

    #[test]
    fn a_category_becomes_a_plain_column_name() {
        assert_eq!(status_column(" Frozen Meat & Fish "), "cycle_status_frozen_meat_fish");
    }

    #[test]
    fn two_categories_cannot_share_a_column() {
        let settings = settings("categories = [\"Beef!\", \"beef\", \"€\"]");
        let keys: Vec<String> =
            CycleByCategory(&settings).check(&lines()).into_iter().map(|problem| problem.key).collect();
        assert_eq!(keys, ["attributes.cycle.categories[1]", "attributes.cycle.categories[2]"]);
    }

    #[test]
    fn each_named_category_gets_a_status_column() {
        let settings = settings("categories = [\"Beef\"]");
        let sql = CycleByCategory(&settings).status_columns();
        assert!(sql.contains("category = $category_1") && sql.contains("as \"cycle_status_beef\""), "{sql}");
        assert!(include_str!("cycle_by_category.sql").contains(STATUS_COLUMNS));
    }
}
