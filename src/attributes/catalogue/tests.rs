//! Nothing is delivered that nobody explains.

use std::collections::BTreeSet;

use crate::engine::field_type;
use lapwing_contract::FieldType;

use super::*;

/// Settings that give other columns, or other texts, than the defaults.
const VARIANTS: [&str; 4] = [
    "[attributes.rfm]\nties = \"ntile\"\nwindow_days = 365\n[attributes.cycle]\nfallback = \"population\"\n\
     method = \"median\"\ncategories = [\"Beef\"]\n[attributes.activity]\ninactive_after = { cycles = 3 }\n\
     [attributes.promo]\nprior_orders = 5.0\n[attributes.recommend]\nrepurchasable = true\n\
     [[attributes.custom]]\nname = \"n\"\nrelation = \"orders\"\naggregate = \"count(*)\"",
    "[attributes.rfm]\nbins = 3\nmethod = \"thresholds\"\nthresholds = { recency_days = [30, 90], frequency = [2, 5], \
     monetary = [10, 100] }\n[[segments]]\nname = \"Late\"\nwhen = \"r_score = 1\"",
    "[attributes.rfm]\nbins = 6\nsegments = \"grid6\"",
    "[attributes.rfm]\nsegments = \"cells\"",
];

fn all() -> Vec<DescribedPack> {
    let mut packs = catalogue();
    let variant = |toml: &&str| described(&toml::from_str(toml).unwrap(), &all_exports());
    packs.extend(VARIANTS.iter().flat_map(variant));
    packs.extend(VARIANTS.iter().map(|toml| {
        DescribedPack {
            columns: described(&toml::from_str(toml).unwrap(), &Relations::default().with("orders", &["order_id"]))
                .into_iter()
                .flat_map(|pack| pack.columns)
                .collect(),
            ..catalogue().remove(0)
        }
    }));
    packs
}

/// What is not told about a column.
fn untold(column: &AttributeColumn) -> Vec<&'static str> {
    let field_type = field_type(column.sql_type);
    let is_number = matches!(field_type, Some(FieldType::Int | FieldType::Decimal | FieldType::Float));
    let is_sentence = |text: &str| text.ends_with('.') && text.starts_with(char::is_uppercase) && text.len() > 9;
    let values = column.values.listed();
    let truths: Vec<&str> = values.iter().map(|one| one.value.as_str()).collect();
    [
        ("meaning", is_sentence(&column.meaning)),
        ("formula", column.formula.len() > 3),
        ("unit", !is_number || column.unit.is_some()),
        ("null", column.null.as_deref().map_or(!column.nullable, |null| column.nullable && is_sentence(null))),
        ("values", values.iter().all(|one| !one.value.is_empty() && one.meaning.len() > 2)),
        ("true and false", field_type != Some(FieldType::Bool) || truths == ["true", "false"]),
    ]
    .into_iter()
    .filter_map(|(what, is_told)| (!is_told).then_some(what))
    .collect()
}

#[test]
fn every_column_has_a_meaning_a_formula_a_unit_and_a_text_for_null() {
    for column in all().iter().flat_map(|pack| &pack.columns) {
        assert_eq!(untold(column), [""; 0], "{}: {column:#?}", column.name);
    }
}

#[test]
fn a_column_that_says_nothing_is_found() {
    let column = AttributeColumn::new("x", "BIGINT", "", "");
    assert_eq!(untold(&column), ["meaning", "formula", "unit", "null"]);
    let column = AttributeColumn::new("x", "BOOLEAN", "It is always so.", "a > b").known().null("Never.");
    assert_eq!(untold(&column), ["null", "true and false"]);
}

#[test]
fn every_pack_says_what_it_is_for_and_what_its_keys_do() {
    for pack in all() {
        assert!(pack.about.title.len() > 3 && pack.about.text.ends_with('.'), "{}", pack.name);
        for parameter in &pack.parameters {
            assert!(parameter.meaning.ends_with('.'), "{}.{}", pack.name, parameter.key);
            assert!(!parameter.meaning.contains("by default"), "{}.{}: told twice", pack.name, parameter.key);
        }
    }
}

#[test]
fn the_defaults_that_are_told_are_those_that_hold() {
    for name in ["rfm", "cycle", "cycle_by_category", "promo", "reach", "activity", "pressure", "recommend"] {
        let pack = catalogue().into_iter().find(|pack| pack.name == name).unwrap();
        let table = pack.about.table;
        let keys = pack.parameters.iter().filter_map(|one| Some(format!("{} = {}", one.key, one.default.as_ref()?)));
        let told = format!("{table}\n{}", keys.collect::<Vec<_>>().join("\n"));
        assert!(told.lines().count() > 1, "{told}");
        let settings = |toml: &str| toml::from_str::<AttributeSettings>(toml).unwrap();
        assert_eq!(settings(&told), settings(table), "{told}");
    }
}

#[test]
fn the_catalogue_has_every_pack_once_and_no_name_twice() {
    let packs = catalogue();
    let names: BTreeSet<&str> = packs.iter().map(|pack| pack.name).collect();
    assert_eq!((names.len(), packs.len()), (13, 13));
    let columns: Vec<&str> = packs.iter().flat_map(|pack| &pack.columns).map(|column| column.name.as_str()).collect();
    assert_eq!(columns.iter().collect::<BTreeSet<_>>().len(), columns.len());
}
