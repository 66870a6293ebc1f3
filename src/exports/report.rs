//! What was read, and what was set aside.

use chrono::{DateTime, Utc};

use super::InputFile;

/// What became of the rows of one export.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct RelationReport {
    /// The name of the relation.
    pub relation: &'static str,
    /// How many files were read; 0 for orders derived from order lines.
    pub files: usize,
    /// Rows read.
    pub rows: u64,
    /// Rows that attributes see.
    pub used_rows: u64,
    /// Rows later than `as_of`: they do not exist yet, and are no fault.
    pub later_rows: u64,
    /// Rows set aside, by reason, most frequent first.
    pub bad_rows: Vec<(String, u64)>,
    /// The earliest and the latest time among the rows used.
    pub time_range: Option<(DateTime<Utc>, DateTime<Utc>)>,
}

impl RelationReport {
    /// All rows set aside.
    pub fn bad_row_count(&self) -> u64 {
        self.bad_rows.iter().map(|(_, count)| count).sum()
    }
}

/// What was read for a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InputReport {
    /// One entry a relation, in the order of binding.
    pub relations: Vec<RelationReport>,
    /// Every file, sorted, for fingerprints.
    pub files: Vec<InputFile>,
}
