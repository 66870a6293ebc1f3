//! Batch to CSV: the file of a job. Its columns are the key and every field that any of its records carries. An empty
//! cell leaves a field alone, `#N/A` clears it (documented).

use std::collections::BTreeSet;

use lapwing_contract::{Batch, DestinationError, ErrorKind, Record, Rejection};

use crate::encode::Cell;
use crate::fields::VendorType;
use crate::request::Sorted;

/// What clears a field.
const CLEARS: &str = "#N/A";
/// Longest value of a cell, in characters (documented).
const CELL_CHARS: usize = 32_000;
/// Longest record, in characters (documented).
const RECORD_CHARS: usize = 400_000;

/// The reason why a record cannot go by a file although Salesforce could hold it. Another try may succeed: what is
/// sent again goes in a smaller batch, and a small one goes another way.
pub(crate) fn flaw(record: &Record, types: &[VendorType]) -> Option<Rejection> {
    let mut length = 0;
    let values = record.fields.iter().filter_map(|(index, value)| Cell::of(value, *types.get(*index)?));
    for cell in values.chain([Cell::of_key(&record.key, false)]) {
        let text = cell.to_text().unwrap_or_default();
        if text == CLEARS {
            let message = "the Bulk API takes the text `#N/A` for an order to clear the field";
            return Some(small(Rejection::retryable("text_means_clear", message)));
        }
        // Bytes are never fewer than characters, so most texts need no counting.
        let chars = if text.len() > CELL_CHARS { text.chars().count() } else { text.len() };
        length += chars + 1;
        if chars > CELL_CHARS || length > RECORD_CHARS {
            let message = format!("the Bulk API takes {CELL_CHARS} characters a value and {RECORD_CHARS} a record");
            return Some(small(Rejection::retryable("too_long_for_bulk", message)));
        }
    }
    None
}

fn small(rejection: Rejection) -> Rejection {
    rejection.with_hint("it is sent again in a small request; where that does not help, raise bulk_from")
}

/// The file for the records that are sent.
pub(crate) fn upserts(batch: &Batch, sorted: &Sorted) -> Result<Vec<u8>, DestinationError> {
    let target = &batch.target;
    let records = || sorted.sent.iter().filter_map(|index| batch.records.get(*index));
    let columns: BTreeSet<usize> = records().flat_map(|record| record.fields.iter().map(|(index, _)| *index)).collect();
    let columns: Vec<usize> = columns.into_iter().filter(|index| *index < target.fields.len()).collect();
    let mut out = csv::WriterBuilder::new().terminator(csv::Terminator::Any(b'\n')).from_writer(Vec::new());
    let ids = columns.iter().filter_map(|index| target.fields.get(*index)).map(|binding| binding.id.as_str());
    out.write_record([target.key.id.as_str()].into_iter().chain(ids)).map_err(unwritten)?;
    for record in records() {
        let key = Cell::of_key(&record.key, false);
        out.write_field(key.to_text().unwrap_or_default().as_bytes()).map_err(unwritten)?;
        let mut fields = record.fields.iter().peekable();
        for column in &columns {
            // Both ascend, so one look ahead finds every value.
            let value = fields.next_if(|(index, _)| index == column).map(|(_, value)| value);
            let cell = value.and_then(|value| Cell::of(value, *sorted.types.get(*column)?));
            let text = cell.as_ref().map(|cell| cell.to_text().unwrap_or(CLEARS.into())).unwrap_or_default();
            out.write_field(text.as_bytes()).map_err(unwritten)?;
        }
        out.write_record(None::<&[u8]>).map_err(unwritten)?;
    }
    out.into_inner().map_err(|error| unwritten(error.into_error().into()))
}

/// The file that deletes records: their ids and nothing else.
pub(crate) fn deletions<'a>(ids: impl Iterator<Item = &'a str>) -> Vec<u8> {
    let mut file = String::from("Id\n");
    for id in ids {
        file.push_str(id);
        file.push('\n');
    }
    file.into_bytes()
}

/// Writing to memory cannot fail; an error here would be the writer's.
fn unwritten(error: csv::Error) -> DestinationError {
    DestinationError::new(ErrorKind::Protocol, "writing a file", "the batch cannot be written").with_source(error)
}
