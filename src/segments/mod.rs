//! Segments: names for groups of customers, given by an ordered list of rules.
//!
//! **Promise**: every customer gets exactly one segment, that of the first rule that matches, else the fallback. A rule
//! whose expression is NULL for a customer does not match.
//!
//! **Inputs**: the `[[segments]]` rules of the sync file and the name of a preset. **Outputs**: one SQL CASE expression
//! ([`Rules::case_expression`]), and the SQL that tells which rules and cells are never used ([`Coverage`]).
//!
//! **Errors**: [`RuleProblem`], one for each rule that cannot be compiled, with the key it is about and a hint.
//! Whether the columns of an expression exist is for the engine to say, when it binds the SQL.

mod coverage;
mod expression;
mod pattern;
mod preset;
mod problem;
mod rule;

pub use coverage::{Coverage, CoverageReport};
pub use preset::{PRESET_NAMES, preset_bins};
pub use problem::{RuleProblem, RuleProblemKind};
pub use rule::{Cells, Rules, SegmentRule};

pub(crate) use preset::preset_for_bins;
