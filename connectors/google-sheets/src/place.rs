//! Which row a record goes to: the row of its key, or a new one below everything that stands in the tab.

use lapwing_contract::{Batch, ChangeKind, DestinationError, ErrorKind, Outcome, Record, Rejection};
use serde_json::{Value as Json, json};

use crate::a1;
use crate::api::Sheets;
use crate::check::Held;
use crate::prepare::formats;
use crate::response;
use crate::tab::{Keys, Layout, Place, Tab};

/// Most cells of a spreadsheet (reported: pygsheets#589). Here they are counted for the tab alone; Google counts all tabs.
const MAX_CELLS: usize = 10_000_000;

/// Rows are added by so many: each time is a request.
const ROWS_AT_ONCE: usize = 1_000;

/// What is to be done with one record.
#[derive(Debug)]
pub(crate) enum Spot {
    /// Nothing, for this reason.
    Settled(Outcome),
    /// Its row, from 0.
    Row(usize),
    /// The n-th new row.
    New(usize),
}

/// Finds the rows of a batch. New rows are numbered in the order of the records.
pub(crate) fn place(batch: &Batch, held: Held, keys: &Keys) -> (Vec<Spot>, usize) {
    let mut new_rows = 0;
    let spots = batch.records.iter().zip(held).map(|(record, held)| match held {
        Some(outcome) => Spot::Settled(outcome),
        None => spot(record, keys, &mut new_rows),
    });
    (spots.collect(), new_rows)
}

fn spot(record: &Record, keys: &Keys, new_rows: &mut usize) -> Spot {
    match keys.place(&record.key.to_text()) {
        Some(Place::One(row)) => Spot::Row(*row),
        Some(Place::Many(rows)) => Spot::Settled(Outcome::Rejected(Box::new(twice(rows)))),
        // Who left and has no row has nothing to be emptied.
        None if record.kind == ChangeKind::Left => Spot::Settled(Outcome::Unchanged),
        None => {
            *new_rows += 1;
            Spot::New(*new_rows - 1)
        }
    }
}

/// The rejection of a key that stands in several rows.
pub(crate) fn twice(rows: &[usize]) -> Rejection {
    let numbers: Vec<String> = rows.iter().take(5).map(|row| (row + 1).to_string()).collect();
    let more = if rows.len() > numbers.len() { " and more" } else { "" };
    Rejection::permanent("duplicate_key", format!("the key stands in the rows {}{more}", numbers.join(", ")))
        .with_hint("delete all of these rows but one")
}

/// The first row below everything in the tab, so that nobody's notes below the list are taken for a part of it. One
/// request, where the grid goes on below the keys.
pub(crate) async fn first_free(
    sheets: &Sheets,
    tab: &Tab,
    keys: &Keys,
    header_rows: usize,
) -> Result<usize, DestinationError> {
    let below = keys.rows.len().max(header_rows);
    let rows = tab.properties.grid_properties.row_count;
    if below >= rows {
        return Ok(below);
    }
    let found = sheets.values(&[a1::rows(&tab.properties.title, below, rows - 1)], "ROWS").await?;
    Ok(below + found.first().map_or(0, |range| range.values.len()))
}

/// Makes the grid large enough for `rows`, where it is not. New rows get the number formats of the target's columns.
pub(crate) async fn make_room(
    sheets: &Sheets,
    tab: &Tab,
    layout: &Layout,
    batch: &Batch,
    rows: usize,
) -> Result<(), DestinationError> {
    let grid = &tab.properties.grid_properties;
    if rows <= grid.row_count {
        return Ok(());
    }
    let missing = (rows - grid.row_count).next_multiple_of(ROWS_AT_ONCE);
    let most = MAX_CELLS / grid.column_count.max(1);
    if rows > most {
        let title = &tab.properties.title;
        let message = format!(
            "{rows} rows of {} columns are more than the 10,000,000 cells that Google allows; delete empty columns of \
             the tab `{title}`, or set a `limit`",
            grid.column_count
        );
        return Err(DestinationError::new(ErrorKind::Configuration, format!("adding rows to `{title}`"), message));
    }
    let missing = missing.min(most - grid.row_count);
    let sheet_id = tab.properties.sheet_id;
    let mut requests: Vec<Json> =
        vec![json!({ "appendDimension": { "sheetId": sheet_id, "dimension": "ROWS", "length": missing } })];
    let target = &batch.target.target;
    let columns =
        std::iter::once((&target.key, layout.key)).chain(target.fields.iter().zip(layout.fields.iter().copied()));
    requests.extend(columns.filter_map(|(field, column)| formats(sheet_id, &field.field_type, column, grid.row_count)));
    match sheets.restructure(&requests).await {
        Ok(answer) if answer.is_success() => Ok(()),
        Ok(answer) => Err(response::failure(&answer, sheets.email.as_deref())),
        // Nobody knows whether the rows are there: look, rather than add them twice.
        Err(error) if error.kind == ErrorKind::Ambiguous => {
            let now = Tab::read(sheets, &tab.properties.title, 1).await?;
            if now.properties.grid_properties.row_count >= rows { Ok(()) } else { Err(not_done(error)) }
        }
        Err(error) => Err(error),
    }
}

/// An unclear end that a look has cleared up: nothing was done.
pub(crate) fn not_done(error: DestinationError) -> DestinationError {
    DestinationError { kind: ErrorKind::Unavailable, ..error }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rows_of_a_key_that_stands_twice_are_told_as_people_count_them() {
        assert_eq!(twice(&[1, 16]).message, "the key stands in the rows 2, 17");
        assert!(twice(&[1, 2, 3, 4, 5, 6]).message.ends_with("2, 3, 4, 5, 6 and more"));
    }
}
