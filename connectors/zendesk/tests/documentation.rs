//! The page about the connector says what the code does.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail their test")]

use std::path::Path;

use lapwing_contract::{Connector, FieldSpec, FieldType, NullPolicy, Target, WritePolicy};
use lapwing_zendesk::{Config, Zendesk};

fn page() -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/connectors/zendesk.md")).unwrap()
}

/// The sync file of the page.
fn example() -> toml::Table {
    let page = page();
    let block = page.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    block.parse().unwrap()
}

#[test]
fn the_example_is_a_destination_without_findings() {
    let file = example();
    let mut destination = file["destinations"]["helpdesk"].as_table().unwrap().clone();
    // What all destinations share.
    assert_eq!(destination.remove("connector").unwrap().as_str(), Some(Zendesk::KIND));
    assert_eq!(destination.remove("sandbox").unwrap().as_bool(), Some(true));
    let config: Config = toml::Value::Table(destination).try_into().unwrap();
    let sync = file["syncs"][0].as_table().unwrap();
    let spec = |name: &str, field: &toml::Value, field_type| FieldSpec {
        name: name.into(),
        field_type,
        null: if field.get("null").is_some() { NullPolicy::Keep } else { NullPolicy::Clear },
        write: if field.get("write").is_some() { WritePolicy::OnCreate } else { WritePolicy::Always },
    };
    let (key, column) = sync["key"].as_table().unwrap().iter().next().unwrap();
    let typed = |name: &str| if name == "days_late" { FieldType::Int } else { FieldType::Text };
    let fields = sync["fields"].as_table().unwrap();
    let target = Target::new(
        sync["name"].as_str().unwrap(),
        sync["object"].as_str().unwrap(),
        spec(key, column, FieldType::Text),
        fields.iter().map(|(name, field)| spec(name, field, typed(name))).collect(),
    );
    let findings = Zendesk::validate(&config, &[target]);
    assert!(findings.is_empty(), "{findings:?}");
}

/// Every Rust file of the crate, without its tests.
fn sources(folder: &Path, all: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, all);
        } else if !path.ends_with("tests.rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            all.push_str(text.split("#[cfg(test)]").next().unwrap());
        }
    }
}

#[test]
fn every_code_of_a_rejection_is_explained() {
    let mut all = String::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut all);
    let (page, mut codes) = (page(), Vec::new());
    for start in ["Rejection::permanent(\"", "Rejection::retryable(\"", "invalid(\""] {
        codes.extend(all.split(start).skip(1).map(|rest| rest.split('"').next().unwrap()));
    }
    assert!(codes.len() >= 20, "the codes are found: {codes:?}");
    for code in codes {
        assert!(page.contains(&format!("`{code}`")), "{code} is not on the page");
    }
}

#[test]
fn every_key_of_the_table_is_explained() {
    let page = page();
    let wrong = toml::toml! { not_a_key = 1 };
    let error = toml::Value::Table(wrong).try_into::<Config>().unwrap_err().to_string();
    let keys = error.split("expected one of").nth(1).unwrap();
    let keys: Vec<&str> = keys.split('`').skip(1).step_by(2).collect();
    assert!(keys.len() >= 12, "{keys:?}");
    for key in keys {
        assert!(page.contains(&format!("`{key}`")), "{key} is not on the page");
    }
}
