//! Parts of results, on their way out of the engine.

use duckdb::arrow::record_batch::RecordBatch;
use lapwing_contract::{FieldType, Value};

use super::{EngineError, values};

/// A bounded part of a result, column by column.
#[derive(Debug, Default)]
pub struct Page {
    batches: Vec<RecordBatch>,
    /// How many rows it has.
    pub rows: usize,
}

impl Page {
    pub(super) fn of(batch: RecordBatch) -> Self {
        Self { rows: batch.num_rows(), batches: vec![batch] }
    }

    /// Puts another part behind.
    pub(super) fn append(&mut self, part: Self) {
        self.rows += part.rows;
        self.batches.extend(part.batches);
    }

    /// The column at `index` as values of `field_type`, in row order.
    ///
    /// # Errors
    /// [`EngineErrorKind::Internal`] where the column does not hold that type.
    pub fn column(&self, index: usize, field_type: &FieldType) -> Result<Vec<Value>, EngineError> {
        let mut column = Vec::with_capacity(self.rows);
        for batch in &self.batches {
            values::extend(&mut column, batch.column(index), field_type)?;
        }
        Ok(column)
    }

    /// The column at `index` as booleans; NULL is false.
    ///
    /// # Errors
    /// As [`Page::column`].
    pub fn flags(&self, index: usize) -> Result<Vec<bool>, EngineError> {
        let column = self.column(index, &FieldType::Bool)?;
        Ok(column.iter().map(|value| matches!(value, Value::Bool(true))).collect())
    }

    /// The column at `index` as whole numbers; NULL is 0.
    ///
    /// # Errors
    /// As [`Page::column`].
    pub fn ints(&self, index: usize) -> Result<Vec<i64>, EngineError> {
        let column = self.column(index, &FieldType::Int)?;
        Ok(column.iter().map(|value| if let Value::Int(number) = value { *number } else { 0 }).collect())
    }
}
