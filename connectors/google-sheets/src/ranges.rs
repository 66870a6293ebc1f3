//! Cells to ranges: as few as possible, and requests of at most 2 MB (recommended by Google's page on limits).

use serde_json::Value as Json;

use crate::a1;

/// Most bytes of a request's body.
pub(crate) const MAX_BYTES: usize = 2_000_000;

/// What a request has beside its ranges: options, and the key column that is asked back.
const ENVELOPE_BYTES: usize = 1_024;

/// What a range costs beside its values, roughly: `{"range":"'…'!AA1000:AB2000","values":[]},`.
const RANGE_BYTES: usize = 44;

/// What it costs to skip a cell within a row, and a row within a range: `null,` and `[null],`.
const NULL_BYTES: usize = 5;
const EMPTY_ROW_BYTES: usize = 7;

/// Ranges that a row may still join. More would make a scattered batch slow and few ranges fewer.
const OPEN_RANGES: usize = 8;

/// One cell that is written.
#[derive(Clone, PartialEq)]
pub(crate) struct Cell {
    /// From 0, as the column.
    pub(crate) row: usize,
    pub(crate) column: usize,
    pub(crate) value: Json,
    /// The index of its record in the batch.
    pub(crate) record: usize,
}

/// One request's worth of ranges.
#[derive(Default)]
pub(crate) struct Request {
    /// The ranges as JSON, with commas between them.
    data: String,
    /// The cells of each range.
    pub(crate) ranges: Vec<Vec<Cell>>,
}

/// A rectangle that is being put together. Cells within it that nobody writes are skipped.
struct Rectangle {
    first_column: usize,
    last_column: usize,
    first_row: usize,
    /// From `first_row` on; an empty one is skipped.
    rows: Vec<Vec<Cell>>,
}

impl Request {
    /// The body: the ranges, and last the key column, of which nothing is written (`null` skips) and all is shown: the
    /// answer holds the whole range that was asked for, where less was written (documented,
    /// `includeValuesInResponse`). So the answer tells in which rows the values have landed.
    pub(crate) fn body(&self, title: &str, key_column: usize) -> String {
        let keys = Json::from(a1::columns(title, key_column, key_column));
        format!(
            "{{\"valueInputOption\":\"RAW\",\"data\":[{},{{\"range\":{keys},\"values\":[[null]]}}],\
             \"includeValuesInResponse\":true,\"responseValueRenderOption\":\"UNFORMATTED_VALUE\",\
             \"responseDateTimeRenderOption\":\"SERIAL_NUMBER\"}}",
            self.data
        )
    }

    pub(crate) fn cells(&self) -> impl Iterator<Item = &Cell> {
        self.ranges.iter().flatten()
    }

    /// The record of a range, where it holds no other.
    pub(crate) fn record_of(&self, range: usize) -> Option<usize> {
        let cells = self.ranges.get(range)?;
        let first = cells.first()?.record;
        cells.iter().all(|cell| cell.record == first).then_some(first)
    }

    fn add(&mut self, piece: &str, cells: Vec<Cell>) {
        if !self.data.is_empty() {
            self.data.push(',');
        }
        self.data.push_str(piece);
        self.ranges.push(cells);
    }
}

/// Puts cells into requests. Only columns that are mapped are bridged: those of others are never part of a range.
pub(crate) fn requests(title: &str, mut cells: Vec<Cell>, is_mapped: impl Fn(usize) -> bool) -> Vec<Request> {
    cells.sort_by_key(|cell| (cell.row, cell.column));
    let overhead = RANGE_BYTES + 2 * title.len();
    let mut requests: Vec<Request> = Vec::new();
    for rectangle in rectangles(cells, &is_mapped, overhead) {
        for (piece, cells) in rectangle.pieces(title) {
            let room = MAX_BYTES - ENVELOPE_BYTES;
            if requests.last().is_none_or(|open| open.data.len() + piece.len() >= room) {
                requests.push(Request::default());
            }
            if let Some(open) = requests.last_mut() {
                open.add(&piece, cells);
            }
        }
    }
    requests
}

fn rectangles(cells: Vec<Cell>, is_mapped: &impl Fn(usize) -> bool, overhead: usize) -> Vec<Rectangle> {
    let mut all: Vec<Rectangle> = Vec::new();
    for run in runs(cells, is_mapped, overhead) {
        let open = all.len().saturating_sub(OPEN_RANGES);
        let (row, first, last) = run.extent();
        let joined = all.iter().skip(open).position(|known| known.cost(row, first, last, is_mapped) <= overhead);
        match joined.and_then(|at| all.get_mut(open + at)) {
            Some(known) => known.join(run),
            None => all.push(run),
        }
    }
    all
}

/// The cells of each row, cut where a gap is wider than a new range is long, or holds a column of others.
fn runs(cells: Vec<Cell>, is_mapped: &impl Fn(usize) -> bool, overhead: usize) -> Vec<Rectangle> {
    let mut runs: Vec<Rectangle> = Vec::new();
    for cell in cells {
        let fits = |run: &&mut Rectangle| {
            run.first_row == cell.row
                && (cell.column - run.last_column) * NULL_BYTES <= overhead
                && (run.last_column + 1..cell.column).all(is_mapped)
        };
        match runs.last_mut().filter(fits) {
            Some(run) => {
                run.last_column = cell.column;
                run.rows.iter_mut().for_each(|row| row.push(cell.clone()));
            }
            None => runs.push(Rectangle {
                first_column: cell.column,
                last_column: cell.column,
                first_row: cell.row,
                rows: vec![vec![cell]],
            }),
        }
    }
    runs
}

impl Rectangle {
    fn extent(&self) -> (usize, usize, usize) {
        (self.first_row, self.first_column, self.last_column)
    }

    /// What it costs in bytes to take a row in; more than any range where it cannot be taken in.
    fn cost(&self, row: usize, first: usize, last: usize, is_mapped: &impl Fn(usize) -> bool) -> usize {
        let next = self.first_row + self.rows.len();
        let (union_first, union_last) = (self.first_column.min(first), self.last_column.max(last));
        if row < next || !(union_first..=union_last).all(is_mapped) {
            return usize::MAX;
        }
        let skipped_here = first - union_first;
        // Cells at the end of a row are left out, so only those before the first one are skipped.
        let skipped_above = (self.first_column - union_first).saturating_mul(self.rows.len());
        (row - next).saturating_mul(EMPTY_ROW_BYTES).saturating_add((skipped_here + skipped_above) * NULL_BYTES)
    }

    fn join(&mut self, run: Self) {
        self.first_column = self.first_column.min(run.first_column);
        self.last_column = self.last_column.max(run.last_column);
        self.rows.resize_with(run.first_row - self.first_row, Vec::new);
        self.rows.extend(run.rows);
    }

    /// The rectangle as ranges that fit into a request each, with their cells. A row that is larger than a request goes
    /// alone: the limit is a recommendation.
    fn pieces(self, title: &str) -> Vec<(String, Vec<Cell>)> {
        let (first_column, last_column) = (self.first_column, self.last_column);
        let mut pieces = Vec::new();
        let mut open: Option<(usize, String, Vec<Cell>)> = None;
        let end = self.first_row + self.rows.len();
        let mut close = |open: (usize, String, Vec<Cell>), end: usize| {
            let (first_row, values, cells) = open;
            let range = Json::from(a1::cells(title, (first_row, end - 1), (first_column, last_column)));
            pieces.push((format!("{{\"range\":{range},\"values\":[{values}]}}"), cells));
        };
        for (row, cells) in (self.first_row..).zip(self.rows) {
            let line = line(&cells, first_column);
            let room = MAX_BYTES - 2 * ENVELOPE_BYTES;
            if let Some(full) = open.take_if(|(_, values, _)| values.len() + line.len() > room) {
                close(full, row);
            }
            let (_, values, known) = open.get_or_insert_with(|| (row, String::new(), Vec::new()));
            if !values.is_empty() {
                values.push(',');
            }
            values.push_str(&line);
            known.extend(cells);
        }
        if let Some(rest) = open {
            close(rest, end);
        }
        pieces
    }
}

/// One row of values: up to the last cell, with `null` for those that are skipped.
fn line(cells: &[Cell], first_column: usize) -> String {
    let mut line = String::from("[");
    let mut next = first_column;
    for cell in cells {
        while next < cell.column {
            line.push_str("null,");
            next += 1;
        }
        line.push_str(&cell.value.to_string());
        line.push(',');
        next = cell.column + 1;
    }
    if cells.is_empty() {
        line.push_str("null,");
    }
    line.pop();
    line.push(']');
    line
}

#[cfg(test)]
mod tests;
