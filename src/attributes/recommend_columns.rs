//! What the columns of the pack `recommend` mean.

use super::column::AttributeColumn;
use super::recommend::RecommendSettings;

/// The columns of one product: their names behind `rec_1_`, and the columns of the catalogue.
pub(super) const FLAT_COLUMNS: [(&str, &str); 6] = [
    ("id", "product_id"),
    ("name", "name"),
    ("category", "category"),
    ("image_url", "image_url"),
    ("url", "url"),
    ("description", "description"),
];

/// All columns, in order.
pub(super) fn columns(settings: &RecommendSettings) -> Vec<AttributeColumn> {
    let RecommendSettings { top, flat, seeds, half_life_days, view_boost, view_days, window_days, .. } = settings;
    let owned = if settings.repurchasable { "" } else { ", without owned ones" };
    let nothing = "There is nothing to recommend to the customer.";
    let mut columns = vec![
        known(
            "recommended_product_ids",
            "VARCHAR[]",
            "The products to offer the customer next, the best first.",
            &format!(
                "the {top} active products with the highest score{owned}: similarity (cosine of their customers) to each \
                 of the {seeds} products bought last, halved every {half_life_days} days, and {view_boost} of the highest score for those \
                 viewed in the last {view_days} days; else the best sellers of the last {window_days} days"
            ),
            nothing,
        ),
        known(
            "recommended_categories",
            "VARCHAR[]",
            "The categories of those products, each once.",
            "categories of recommended_product_ids, in their order",
            "There is nothing to recommend, or its products have no category.",
        ),
    ];
    for position in 1..=*flat {
        for (name, source) in FLAT_COLUMNS {
            columns.push(known(
                &format!("rec_{position}_{name}"),
                "VARCHAR",
                &format!("The {name} of recommended product number {position}."),
                &format!("{source} of the product, from the export products"),
                &format!("There are fewer than {position} products to recommend, or the product has no {name}."),
            ));
        }
    }
    let source = known(
        "rec_source",
        "VARCHAR",
        "What speaks for the first of those products.",
        "similar: what the customer bought; viewed: that the customer looked at it; popular: that others buy it",
        nothing,
    );
    columns.push(source.values([
        ("similar", "customers who bought what the customer bought also bought it"),
        ("viewed", "the customer looked at it"),
        ("popular", "it is a best seller: nothing else is known of the customer"),
    ]));
    columns
}

/// Customers who never bought get best sellers, too; null only where there is nothing to recommend.
fn known(name: &str, sql_type: &'static str, meaning: &str, formula: &str, null: &str) -> AttributeColumn {
    AttributeColumn::new(name, sql_type, meaning, formula).known_or_null(null)
}
