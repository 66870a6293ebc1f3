//! One tab: a grid of cells, and what moves its rows and columns.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::a1::Area;
use super::answers::Refusal;
use super::cell::{Cell, CellValue, Render};

/// From the first to before the end.
pub(super) type Span = (usize, usize);

/// Rows or columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum Dimension {
    Rows,
    Columns,
}

/// A tab. Rows and cells beyond what was ever written are not stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Sheet {
    pub(super) id: i64,
    pub(super) title: String,
    pub(super) row_count: usize,
    pub(super) column_count: usize,
    pub(super) frozen_rows: usize,
    /// Areas that only the owner edits.
    pub(super) protected: Vec<Area>,
    #[serde(skip)]
    pub(super) rows: Vec<Vec<Cell>>,
}

impl Sheet {
    /// An empty tab.
    pub(super) fn new(id: i64, title: &str, row_count: usize, column_count: usize) -> Self {
        let title = title.to_owned();
        Self { id, title, row_count, column_count, frozen_rows: 0, protected: Vec::new(), rows: Vec::new() }
    }

    pub(super) fn cell_count(&self) -> u64 {
        (self.row_count as u64).saturating_mul(self.column_count as u64)
    }

    /// Rows and columns of an area, with open sides at the grid's edge. A side beyond it is refused (reported:
    /// gspread#1601).
    pub(super) fn bounds(&self, area: &Area, shown: &str) -> Result<(Span, Span), Refusal> {
        let (rows, columns) = (self.row_count, self.column_count);
        let end_row = area.end_row.unwrap_or(rows);
        let end_column = area.end_column.unwrap_or(columns);
        let is_inside =
            area.first_row < end_row && end_row <= rows && area.first_column < end_column && end_column <= columns;
        if !is_inside {
            let message = format!("Range ({shown}) exceeds grid limits. Max rows: {rows}, max columns: {columns}");
            return Err(Refusal::invalid(message));
        }
        Ok(((area.first_row, end_row), (area.first_column, end_column)))
    }

    /// The values of an area, without empty rows and cells at the end (documented, `ValueRange`).
    pub(super) fn values(&self, rows: Span, columns: Span, render: Render) -> Vec<Vec<Json>> {
        let mut values: Vec<Vec<Json>> = Vec::new();
        for row in self.rows.iter().take(rows.1).skip(rows.0) {
            let cells = row.iter().take(columns.1).skip(columns.0).map(|cell| cell.render(render));
            let mut cells: Vec<Option<Json>> = cells.collect();
            while cells.last().is_some_and(Option::is_none) {
                cells.pop();
            }
            values.push(cells.into_iter().map(|cell| cell.unwrap_or_else(|| Json::from(""))).collect());
        }
        while values.last().is_some_and(Vec::is_empty) {
            values.pop();
        }
        values
    }

    pub(super) fn cell_mut(&mut self, row: usize, column: usize) -> &mut Cell {
        if self.rows.len() <= row {
            self.rows.resize_with(row + 1, Vec::new);
        }
        let cells = &mut self.rows[row];
        if cells.len() <= column {
            cells.resize_with(column + 1, Cell::default);
        }
        &mut cells[column]
    }

    pub(super) fn put(&mut self, row: usize, column: usize, value: Option<CellValue>) {
        self.cell_mut(row, column).value = value;
    }

    /// Refuses a change of a protected area. The words are Google's as users report them; that the status is 400 is
    /// *unverified*.
    pub(super) fn may_edit(&self, area: &Area, is_owner: bool) -> Result<(), Refusal> {
        if !is_owner && self.protected.iter().any(|protected| protected.meets(area)) {
            let message = "You are trying to edit a protected cell or object. Please contact the spreadsheet owner to \
                           remove protection if you need to edit.";
            return Err(Refusal::invalid(message));
        }
        Ok(())
    }

    pub(super) fn length(&self, dimension: Dimension) -> usize {
        match dimension {
            Dimension::Rows => self.row_count,
            Dimension::Columns => self.column_count,
        }
    }

    pub(super) fn append(&mut self, dimension: Dimension, length: usize) {
        match dimension {
            Dimension::Rows => self.row_count += length,
            Dimension::Columns => self.column_count += length,
        }
    }

    pub(super) fn insert(&mut self, dimension: Dimension, at: usize, length: usize) {
        self.each_line(dimension, |line| {
            if at < line.len() {
                line.splice_blank(at, length);
            }
        });
        self.append(dimension, length);
    }

    pub(super) fn delete(&mut self, dimension: Dimension, start: usize, end: usize) {
        self.each_line(dimension, |line| line.cut(start, end));
        match dimension {
            Dimension::Rows => self.row_count -= end - start,
            Dimension::Columns => self.column_count -= end - start,
        }
    }

    /// Moves lines to before `destination`, counted before they are taken out (documented, `moveDimension`).
    pub(super) fn shift(&mut self, dimension: Dimension, start: usize, end: usize, destination: usize) {
        let target = if destination >= end { destination - (end - start) } else { destination };
        self.each_line(dimension, |line| line.carry(start, end, destination, target));
    }

    /// Sorts rows by one column, as people do: numbers before texts, empty cells last, equal ones as they stood.
    pub(super) fn sort(&mut self, rows: Span, columns: Span, by: usize, is_descending: bool) {
        let end = rows.1.min(self.rows.len());
        if rows.0 >= end {
            return;
        }
        let mut taken: Vec<Vec<Cell>> = Vec::new();
        for row in &mut self.rows[rows.0..end] {
            row.resize_with(row.len().max(columns.1), Cell::default);
            taken.push(row[columns.0..columns.1].to_vec());
        }
        let of = |cells: &Vec<Cell>| cells.get(by.saturating_sub(columns.0)).and_then(|cell| cell.value.clone());
        taken.sort_by(|left, right| order(of(left).as_ref(), of(right).as_ref(), is_descending));
        for (row, cells) in self.rows[rows.0..end].iter_mut().zip(taken) {
            row.splice(columns.0..columns.1, cells);
        }
    }

    fn each_line(&mut self, dimension: Dimension, mut act: impl FnMut(&mut dyn Line)) {
        match dimension {
            Dimension::Rows => act(&mut self.rows),
            Dimension::Columns => self.rows.iter_mut().for_each(|row| act(row)),
        }
    }
}

fn order(left: Option<&CellValue>, right: Option<&CellValue>, is_descending: bool) -> std::cmp::Ordering {
    use std::cmp::Ordering::{Equal, Greater, Less};
    let found = match (left, right) {
        (None, None) => return Equal,
        // Empty cells come last either way.
        (None, _) => return Greater,
        (_, None) => return Less,
        (Some(CellValue::Number(left)), Some(CellValue::Number(right))) => left.total_cmp(right),
        (Some(CellValue::Text(left)), Some(CellValue::Text(right))) => left.to_lowercase().cmp(&right.to_lowercase()),
        (Some(left), Some(right)) => rank(left).cmp(&rank(right)),
    };
    if is_descending { found.reverse() } else { found }
}

fn rank(value: &CellValue) -> u8 {
    match value {
        CellValue::Number(_) => 0,
        CellValue::Text(_) | CellValue::Formula(_) => 1,
        CellValue::Bool(_) => 2,
    }
}

/// Rows of a tab, or cells of a row: both are inserted, deleted and moved alike.
trait Line {
    fn len(&self) -> usize;
    fn splice_blank(&mut self, at: usize, length: usize);
    fn cut(&mut self, start: usize, end: usize);
    fn carry(&mut self, start: usize, end: usize, reach: usize, target: usize);
}

impl<T: Default + Clone> Line for Vec<T> {
    fn len(&self) -> usize {
        Vec::len(self)
    }

    fn splice_blank(&mut self, at: usize, length: usize) {
        self.splice(at..at, std::iter::repeat_n(T::default(), length));
    }

    fn cut(&mut self, start: usize, end: usize) {
        let end = end.min(Vec::len(self));
        if start < end {
            self.drain(start..end);
        }
    }

    fn carry(&mut self, start: usize, end: usize, reach: usize, target: usize) {
        let needed = end.max(reach).max(Vec::len(self));
        self.resize_with(needed, T::default);
        let taken: Vec<T> = self.drain(start..end).collect();
        self.splice(target..target, taken);
    }
}
