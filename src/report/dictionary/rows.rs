//! The dictionary as CSV: one row a column, complete by itself, for whoever filters and sorts.

use super::escape::cell;
use super::{DestinationPart, Dictionary, FieldPart, SyncPart, Told};
use crate::attributes::Values;

const OF_FIELDS: [&str; 7] = ["destination", "connector", "sync", "object", "field", "key", "from"];
const OF_PACKS: [&str; 2] = ["pack", "attribute"];
const OF_ALL: [&str; 6] = ["meaning", "type", "unit", "formula", "values", "empty"];
const WRITTEN: &str = "written";

pub(crate) fn csv(dictionary: &Dictionary) -> Result<String, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    if dictionary.destinations.is_empty() {
        writer.write_record(OF_PACKS.into_iter().chain(OF_ALL))?;
        for pack in &dictionary.packs {
            for attribute in &pack.attributes {
                let named = [pack.name.as_str(), &attribute.name].map(cell);
                writer.write_record(named.iter().chain(&cells(&attribute.told)))?;
            }
        }
    } else {
        writer.write_record(OF_FIELDS.into_iter().chain(OF_ALL).chain([WRITTEN]).chain(OF_PACKS))?;
        for destination in &dictionary.destinations {
            for sync in &destination.syncs {
                for field in &sync.fields {
                    let named = of_field(destination, sync, field);
                    let behind = [field.written.join(" "), field.packs.join(", "), field.attributes.join(", ")]
                        .map(|text| cell(&text));
                    writer.write_record(named.iter().chain(&cells(&field.told)).chain(&behind))?;
                }
            }
        }
    }
    let written = writer.into_inner().map_err(|error| csv::Error::from(error.into_error()))?;
    Ok(String::from_utf8_lossy(&written).into_owned())
}

fn of_field(destination: &DestinationPart, sync: &SyncPart, field: &FieldPart) -> [String; 7] {
    let key = if field.is_key { "key" } else { "" };
    let (name, connector) = (destination.name.as_str(), destination.connector.as_str());
    [name, connector, &sync.name, &sync.object, &field.name, key, &field.from].map(cell)
}

fn cells(told: &Told) -> [String; 6] {
    let unit = told.unit.as_deref().unwrap_or_default();
    let values = values(&told.values);
    [&told.meaning, told.type_name.as_str(), unit, &told.formula, &values, told.null_in_words()].map(cell)
}

fn values(values: &Values) -> String {
    match values {
        Values::Any => String::new(),
        Values::Range(range) => range.clone(),
        Values::Listed(values) => {
            let one = values.iter().map(|one| format!("{}: {}", one.value, one.meaning));
            one.collect::<Vec<_>>().join("\n")
        }
    }
}
