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
    // The difference of two whole numbers may not fit their type.
    let wide = if shape.field_type == FieldType::Int { "::HUGEINT" } else { "" };
    format!("abs({left}{wide} - {right}{wide}) > {size}")
}

/// Whether a difference of two such values has a size.
pub fn is_measurable(field_type: &FieldType) -> bool {
    matches!(field_type, FieldType::Int | FieldType::Decimal | FieldType::Float | FieldType::Date)
}
