//! Deleting rows: from the bottom up, in one request, right after a look at where they are.

use std::collections::HashSet;

use lapwing_contract::{Batch, DestinationError, ErrorKind, Outcome, Receipt, WriteError};
use serde_json::{Value as Json, json};

use crate::api::Sheets;
use crate::check::held_back;
use crate::place::twice;
use crate::response::{Refusal, refused};
use crate::tab::{Keys, Place, Tab};

/// Deletes the rows of a batch's keys. What stands beside them goes with them.
pub(crate) async fn delete(sheets: &Sheets, batch: &Batch, header_rows: usize) -> Result<Receipt, WriteError> {
    let title = &batch.target.target.object;
    let tab = Tab::read(sheets, title, header_rows).await?;
    let column = tab.layout(&batch.target)?.key;
    let before = Keys::read(sheets, title, column, header_rows).await?;
    let mut rows = Vec::new();
    let mut outcomes = Vec::with_capacity(batch.records.len());
    for (record, held) in batch.records.iter().zip(held_back(batch)) {
        outcomes.push(match (held, before.place(&record.key.to_text())) {
            // Nor does a key that no cell takes: who left before the row was ever made is gone.
            (_, None) => Outcome::Unchanged,
            (Some(outcome), Some(_)) => outcome,
            (None, Some(Place::Many(rows))) => Outcome::Rejected(Box::new(twice(rows))),
            (None, Some(Place::One(row))) => {
                rows.push(*row);
                Outcome::Confirmed
            }
        });
    }
    if rows.is_empty() {
        return Ok(Receipt { outcomes });
    }
    let is_clear = send(sheets, &tab, rows, header_rows).await?;
    let after = Keys::read(sheets, title, column, header_rows).await?;
    let is_left = |key: &str| after.first(key).is_some();
    if is_clear {
        checked(batch, &outcomes, &before, &after)?;
    }
    for (record, outcome) in batch.records.iter().zip(&mut outcomes) {
        if *outcome == Outcome::Confirmed && is_left(&record.key.to_text()) {
            *outcome = Outcome::Unknown;
        }
    }
    Ok(Receipt { outcomes })
}

/// Sends the deletion. False where nobody knows whether it was done: another look tells.
async fn send(sheets: &Sheets, tab: &Tab, rows: Vec<usize>, header_rows: usize) -> Result<bool, WriteError> {
    let answer = match sheets.restructure(&deletions(tab, rows, header_rows)).await {
        Ok(answer) => answer,
        Err(error) if error.kind == ErrorKind::Ambiguous => return Ok(false),
        Err(error) => return Err(error.into()),
    };
    if answer.is_success() {
        return Ok(true);
    }
    match refused(&answer, sheets.email.as_deref(), |_| None) {
        Refusal::Outdated => Ok(false),
        Refusal::Error(error) => Err(error),
    }
}

/// The requests: neighbouring rows together, the last first, so that no deletion moves the next.
fn deletions(tab: &Tab, mut rows: Vec<usize>, header_rows: usize) -> Vec<Json> {
    let sheet_id = tab.properties.sheet_id;
    let grid = &tab.properties.grid_properties;
    rows.sort_unstable();
    rows.dedup();
    let mut requests = Vec::new();
    // A tab keeps one row below its header: Google refuses to delete the last that is not frozen.
    if grid.row_count.saturating_sub(rows.len()) <= header_rows.max(grid.frozen_row_count) {
        requests.push(json!({ "appendDimension": { "sheetId": sheet_id, "dimension": "ROWS", "length": 1 } }));
    }
    let blocks = rows.chunk_by(|row, next| row + 1 == *next).rev();
    requests.extend(blocks.filter_map(|block| {
        let (first, last) = (block.first()?, block.last()?);
        let range = json!({ "sheetId": sheet_id, "dimension": "ROWS", "startIndex": first, "endIndex": last + 1 });
        Some(json!({ "deleteDimension": { "range": range } }))
    }));
    requests
}

/// Where keys are left that should be gone while others are gone, rows had moved, and rows of others were deleted.
fn checked(batch: &Batch, outcomes: &[Outcome], before: &Keys, after: &Keys) -> Result<(), DestinationError> {
    let wanted = batch.records.iter().zip(outcomes).filter(|(_, outcome)| **outcome == Outcome::Confirmed);
    let wanted: HashSet<String> = wanted.map(|(record, _)| record.key.to_text()).collect();
    let left = wanted.iter().filter(|key| after.first(key).is_some()).count();
    let others =
        before.rows.iter().flatten().filter(|key| !wanted.contains(*key) && after.first(key).is_none()).count();
    let lost = left.min(others);
    if lost == 0 {
        return Ok(());
    }
    let title = &batch.target.target.object;
    let message = format!(
        "rows were moved while {} were deleted: {lost} rows of other records are gone instead; bring them back with \
         File → Version history, and let nobody sort during a sync",
        wanted.len()
    );
    Err(DestinationError::new(ErrorKind::Ambiguous, format!("deleting rows of the tab `{title}`"), message))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{GridProperties, SheetProperties};

    fn spans(rows: Vec<usize>, row_count: usize) -> Vec<(u64, u64)> {
        let grid_properties = GridProperties { row_count, column_count: 3, frozen_row_count: 1 };
        let properties = SheetProperties { sheet_id: 7, title: "List".into(), grid_properties };
        let requests = deletions(&Tab { properties, header: Vec::new() }, rows, 1);
        let span = |request: &Json| {
            let range = &request["deleteDimension"]["range"];
            (range["startIndex"].as_u64().unwrap_or_default(), range["endIndex"].as_u64().unwrap_or_default())
        };
        requests.iter().map(span).collect()
    }

    #[test]
    fn neighbours_go_together_and_the_last_go_first() {
        assert_eq!(spans(vec![4, 9, 2, 3, 20], 100), [(20, 21), (9, 10), (2, 5)]);
    }

    #[test]
    fn a_tab_that_would_be_left_without_rows_gets_one_first() {
        assert_eq!(spans(vec![1, 2], 3), [(0, 0), (1, 3)]);
    }
}
