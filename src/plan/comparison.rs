//! Whether a value is another than the confirmed one, within the tolerance of its field.

use lapwing_contract::FieldType;

use super::spelling::spelt;
use super::{FieldShape, MappedField};
use crate::config::sync_file::Tolerance;

/// A condition that holds where `right` differs from `left` by more than the field tolerates. Both are SQL of the field's
/// type in the ledger. `left` is what the destination has: small moves are measured from there, so that they add up.
pub(super) fn moved(field: &MappedField, shape: &FieldShape, left: &str, right: &str) -> String {
    match field.tolerance {
        Some(Tolerance::Size(size)) if is_measurable(&shape.field_type) => format!(
            "CASE WHEN {left} IS NULL OR {right} IS NULL THEN {left} IS DISTINCT FROM {right} ELSE {} END",
            farther_than(size, shape, left, right)
        ),
        Some(Tolerance::Spelling(spelling)) if shape.field_type == FieldType::Text => {
            format!("{} IS DISTINCT FROM {}", spelt(left, spelling), spelt(right, spelling))
        }
        _ => format!("{left} IS DISTINCT FROM {right}"),
    }
}

/// A condition that holds where two numbers or dates are farther apart than `size`.
pub(super) fn farther_than(size: f64, shape: &FieldShape, left: &str, right: &str) -> String {
    match shape.field_type {
        // The difference of two whole numbers may not fit their type.
        FieldType::Int => format!("abs({left}::HUGEINT - {right}::HUGEINT) > {size}"),
        // 0.8 - 0.7 is a little more than 0.1: no more digits than are delivered.
        FieldType::Float => format!(
            "CASE WHEN abs({left}) < 1 AND abs({right}) < 1 THEN round(abs({left} - {right}), 12) \
             ELSE round(abs({left} - {right}), 6) END > {size}"
        ),
        _ => format!("abs({left} - {right}) > {size}"),
    }
}

/// Whether a difference of two such values has a size.
pub fn is_measurable(field_type: &FieldType) -> bool {
    matches!(field_type, FieldType::Int | FieldType::Decimal | FieldType::Float | FieldType::Date)
}
