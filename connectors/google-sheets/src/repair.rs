//! After a write that met rows in other places than the look before it had shown.
//!
//! The answer tells whose row each cell has landed in, and the look before tells what that row held. So the values that
//! were overwritten are put back, and the records are sent again by the delivery floor.

use std::collections::{BTreeMap, HashSet};

use lapwing_contract::{Batch, DestinationError, ErrorKind, WriteError};
use serde_json::Value as Json;

use crate::ranges::{Cell, Request, requests};
use crate::tab::{Keys, Layout, Place};
use crate::upsert::{Before, Upsert};

/// What did not land where it should.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Moved {
    /// The records, by their index in the batch.
    pub(crate) records: HashSet<usize>,
    /// Those of them whose key Sheets keeps as another text.
    pub(crate) altered: HashSet<usize>,
    /// Rows whose key was overwritten by a new record, and where that row's record stood before.
    overwritten: BTreeMap<usize, usize>,
}

/// Compares where records were sent with where their keys stood at that moment.
pub(crate) fn moved(batch: &Batch, request: &Request, key_column: usize, before: &Keys, after: &Keys) -> Moved {
    let mut moved = Moved { overwritten: overwritten(request, key_column, before, after), ..Moved::default() };
    for cell in request.cells() {
        let key = batch.records.get(cell.record).map(|record| record.key.to_text());
        // The key was written into this very cell, and is not what stands there.
        if cell.column == key_column && after.at(cell.row) != key.as_deref() {
            moved.altered.insert(cell.record);
        }
        if after.at(cell.row) != key.as_deref() || moved.overwritten.contains_key(&cell.row) {
            moved.records.insert(cell.record);
        }
    }
    moved
}

/// Whether a new row stands twice.
pub(crate) fn is_written_twice(batch: &Batch, request: &Request, key_column: usize, after: &Keys) -> bool {
    let new = request.cells().filter(|cell| cell.column == key_column);
    let mut keys = new.filter_map(|cell| batch.records.get(cell.record)).map(|record| record.key.to_text());
    keys.any(|key| matches!(after.place(&key), Some(Place::Many(_))))
}

/// Rows that a new record was written over, because rows inserted above had pushed them down: keys that are gone, from
/// rows that now lie where new records were written.
fn overwritten(request: &Request, key_column: usize, before: &Keys, after: &Keys) -> BTreeMap<usize, usize> {
    let new: HashSet<usize> = request.cells().filter(|cell| cell.column == key_column).map(|cell| cell.row).collect();
    let was = || before.rows.iter().enumerate().rev().filter_map(|(row, key)| Some((row, key.as_deref()?)));
    if new.is_empty() {
        return BTreeMap::new();
    }
    let anchor = was().find_map(|(row, key)| Some((row, after.first(key)?)));
    let Some(shift) = anchor.and_then(|(row, now)| now.checked_sub(row)).filter(|shift| *shift > 0) else {
        return BTreeMap::new();
    };
    let gone = was().filter(|(_, key)| after.first(key).is_none());
    gone.map(|(row, _)| (row + shift, row)).filter(|(now, _)| new.contains(now)).collect()
}

/// Puts back what was overwritten. What the write meant to change is not lost: its records are sent again.
pub(crate) async fn put_back(
    upsert: &Upsert<'_>,
    request: &Request,
    layout: &Layout,
    before: &Before,
    after: &Keys,
    moved: &Moved,
) -> Result<(), WriteError> {
    let cells = cells_to_put_back(request, layout, before, after, moved);
    let title = &upsert.batch.target.target.object;
    let is_mapped = |column: usize| column == layout.key || layout.fields.contains(&column);
    for repair in requests(title, cells, is_mapped) {
        let answer = upsert.sheets.write_values(repair.body(title, layout.key)).await?;
        if !answer.is_success() {
            return Err(lost(upsert, moved.records.len()).into());
        }
        let is_in_place = |now: &Keys| {
            repair.cells().all(|cell| match moved.overwritten.get(&cell.row) {
                Some(row) => now.at(cell.row) == before.keys.at(*row),
                None if moved.altered.contains(&cell.record) => now.at(cell.row).is_none(),
                None => now.at(cell.row) == after.at(cell.row),
            })
        };
        if is_in_place(&upsert.keys_after(&answer, repair.ranges.len(), layout).await?) {
            continue;
        }
        let now = Keys::read(upsert.sheets, title, layout.key, upsert.header_rows).await?;
        if !is_in_place(&now) {
            return Err(lost(upsert, moved.records.len()).into());
        }
    }
    Ok(())
}

fn cells_to_put_back(request: &Request, layout: &Layout, before: &Before, after: &Keys, moved: &Moved) -> Vec<Cell> {
    let mut cells = Vec::new();
    for cell in request.cells().filter(|cell| moved.records.contains(&cell.record)) {
        let stood = match moved.overwritten.get(&cell.row) {
            Some(row) => Some(*row),
            // A row that nobody would find again is taken back whole.
            None if moved.altered.contains(&cell.record) => None,
            // A key that was just written here is no victim: its row was empty.
            None if cell.column == layout.key => continue,
            None => after.at(cell.row).and_then(|key| before.keys.first(key)),
        };
        // A row that nobody knows, such as one just inserted, was empty.
        let value = stood.map_or(&Json::Null, |row| before.cell(row, cell.column));
        let value = if value.is_null() { Json::from("") } else { value.clone() };
        cells.push(Cell { value, ..cell.clone() });
    }
    cells
}

/// The error for what cannot be put back.
pub(crate) fn lost(upsert: &Upsert<'_>, records: usize) -> DestinationError {
    let title = &upsert.batch.target.target.object;
    let message = format!(
        "rows were moved while {records} records were written, and once more before that could be put right: some of \
         their values may stand in other rows; compare with File → Version history, and let nobody sort during a sync"
    );
    DestinationError::new(ErrorKind::Ambiguous, format!("writing to the tab `{title}`"), message)
}
