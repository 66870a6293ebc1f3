//! What a mapped field means: that of its attribute, or what its expression makes of several.

use std::collections::BTreeMap;

use lapwing_contract::FieldType;

use crate::attributes::{DescribedPack, Values};
use crate::config::sync_file::SyncFile;
use crate::engine::Expression;
use crate::report::dictionary::{Told, type_in_words};

use super::customer_columns;

/// The name of the part that columns of the customers export are told in.
pub(super) const CUSTOMERS: &str = "customers";

/// A column of `attributes`, explained.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub(super) name: String,
    pub(super) pack: String,
    pub(super) told: Told,
}

/// All columns of `attributes`, with what is told about them.
pub(super) fn known(file: &SyncFile, packs: &[DescribedPack], types: &[(String, String)]) -> BTreeMap<String, Known> {
    let all = types.iter().map(|(name, sql_type)| {
        let described = packs
            .iter()
            .flat_map(|pack| pack.columns.iter().map(move |column| (pack.name, column)))
            .find(|(_, column)| column.name.eq_ignore_ascii_case(name));
        let (pack, told) = match described {
            Some((pack, column)) => (pack, Told::of(column, Some(sql_type.as_str()))),
            None => (CUSTOMERS, customer_columns::told(file, name, sql_type)),
        };
        (name.to_lowercase(), Known { name: name.clone(), pack: pack.to_owned(), told })
    });
    all.collect()
}

/// The columns that an expression reads.
pub(super) fn read<'a>(expression: &Expression, known: &'a BTreeMap<String, Known>) -> Vec<&'a Known> {
    expression.columns().iter().filter_map(|column| known.get(&column.to_lowercase())).collect()
}

/// What a field means. Rounding leaves an attribute what it is; what else an expression makes of attributes is for the
/// expression to say.
pub(super) fn told(expression: &Expression, field_type: &FieldType, known: &BTreeMap<String, Known>) -> Told {
    let read = read(expression, known);
    let type_name = type_in_words(Some(field_type));
    let text = expression.text().trim();
    match read.as_slice() {
        [one] if expression.bare_column().is_some() => Told { type_name, ..one.told.clone() },
        [one] if is_rounding(text, &one.name) => Told {
            type_name,
            meaning: format!("{} Rounded.", one.told.meaning),
            formula: format!("{text}, of {}: {}", one.name, one.told.formula),
            ..one.told.clone()
        },
        _ => computed(text, &read, type_name),
    }
}

fn computed(text: &str, read: &[&Known], type_name: String) -> Told {
    let names: Vec<&str> = read.iter().map(|one| one.name.as_str()).collect();
    let meaning = match names.as_slice() {
        [] => "The same for every record.".to_owned(),
        [name] => format!("Made of {name} by the sync file."),
        [names @ .., last] => format!("Made of {} and {last} by the sync file.", names.join(", ")),
    };
    let formulas = read.iter().map(|one| format!("; {}: {}", one.name, one.told.formula));
    Told {
        type_name,
        unit: None,
        meaning,
        formula: format!("{text}{}", formulas.collect::<String>()),
        values: Values::Any,
        null: Some("The expression gives no value.".to_owned()),
    }
}

/// Whether the text is `round(column)` or `round(column, digits)`.
fn is_rounding(text: &str, column: &str) -> bool {
    let lower = text.to_lowercase();
    let Some(inner) = lower.strip_prefix("round").and_then(|rest| rest.trim().strip_prefix('(')?.strip_suffix(')'))
    else {
        return false;
    };
    let (value, digits) = inner.split_once(',').unwrap_or((inner, "0"));
    value.trim() == column.to_lowercase() && digits.trim().parse::<u8>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::is_rounding;

    #[test]
    fn only_rounding_of_the_column_itself_is_rounding() {
        let of_days = |text| is_rounding(text, "lateness_days");
        assert!(["round(lateness_days)", "ROUND( lateness_days , 1 )"].into_iter().all(of_days));
        let others = ["round(lateness_days / 7)", "round(lateness_days) + 1", "-lateness_days", "round(other)"];
        assert!(!others.into_iter().any(of_days));
    }
}
