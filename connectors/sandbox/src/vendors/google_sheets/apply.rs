//! The changes that `spreadsheets.batchUpdate` makes, one by one.

use serde_json::{Value as Json, json};

use super::Options;
use super::a1::Area;
use super::account::{Book, NEW_COLUMNS, NEW_ROWS};
use super::answers::Refusal;
use super::cell::CellValue;
use super::changes::{CellFormat, Change, Corner, ExtendedValue, GridRange, Lines, Properties, RowData};
use super::sheet::{Dimension, Sheet};

/// Most columns of a tab (documented: ZZZ).
const MAX_COLUMNS: usize = 18_278;

/// Applies one change and gives its reply.
pub(super) fn apply(book: &mut Book, change: &Change, options: &Options, is_owner: bool) -> Result<Json, Refusal> {
    match change {
        Change::AppendDimension { sheet_id, dimension, length } => {
            grow(book, options, *sheet_id, *dimension, *length)?;
            sheet(book, *sheet_id)?.append(*dimension, *length);
        }
        Change::InsertDimension { range, inherit_from_before } => {
            insert(book, options, range, *inherit_from_before)?;
        }
        Change::DeleteDimension { range } => delete(sheet(book, range.sheet_id)?, range, is_owner)?,
        Change::MoveDimension { source, destination_index } => {
            shift(sheet(book, source.sheet_id)?, source, *destination_index, is_owner)?;
        }
        Change::AddSheet { properties } => return add_sheet(book, options, properties),
        Change::UpdateSheetProperties { properties, fields } => update(book, options, properties, fields)?,
        Change::RepeatCell { range, cell, fields } => repeat(book, range, cell, fields, is_owner)?,
        Change::UpdateCells { rows, fields, start } => update_cells(book, rows, fields, start, is_owner)?,
        Change::SortRange { range, sort_specs } => {
            let sheet = sheet(book, range.sheet_id)?;
            let (rows, columns) = sheet.bounds(&range.area(), "the range to sort")?;
            sheet.may_edit(&range.area(), is_owner)?;
            for spec in sort_specs.iter().rev() {
                sheet.sort(rows, columns, spec.dimension_index, spec.sort_order == "DESCENDING");
            }
        }
        Change::AddProtectedRange { protected_range } => {
            if !protected_range.warning_only {
                sheet(book, protected_range.range.sheet_id)?.protected.push(protected_range.range.area());
            }
        }
    }
    Ok(json!({}))
}

fn sheet(book: &mut Book, id: i64) -> Result<&mut Sheet, Refusal> {
    let found = book.sheets.iter_mut().find(|sheet| sheet.id == id);
    found.ok_or_else(|| Refusal::invalid(format!("No grid with id: {id}")))
}

/// Refuses what would go beyond the limits of columns and cells (reported: pygsheets#589).
fn grow(book: &mut Book, options: &Options, id: i64, dimension: Dimension, length: usize) -> Result<(), Refusal> {
    let all = book.cell_count();
    let sheet = sheet(book, id)?;
    if length == 0 {
        return Err(Refusal::invalid("length must be greater than 0."));
    }
    if dimension == Dimension::Columns && sheet.column_count + length > MAX_COLUMNS {
        let message = format!("This action would increase the number of columns above the limit of {MAX_COLUMNS}.");
        return Err(Refusal::invalid(message));
    }
    let other = sheet.length(if dimension == Dimension::Rows { Dimension::Columns } else { Dimension::Rows });
    fits(all.saturating_add((length as u64).saturating_mul(other as u64)), options)
}

fn fits(cells: u64, options: &Options) -> Result<(), Refusal> {
    if cells > options.cells {
        let most = options.cells;
        let message =
            format!("This action would increase the number of cells in the workbook above the limit of {most} cells.");
        return Err(Refusal::invalid(message));
    }
    Ok(())
}

fn insert(book: &mut Book, options: &Options, range: &Lines, inherit_from_before: bool) -> Result<(), Refusal> {
    let length = range.end_index.saturating_sub(range.start_index);
    grow(book, options, range.sheet_id, range.dimension, length)?;
    let sheet = sheet(book, range.sheet_id)?;
    let end = sheet.length(range.dimension);
    if range.start_index > end || (range.start_index == end && !inherit_from_before) {
        let (start, word) = (range.start_index, if inherit_from_before { "true" } else { "false" });
        let message = format!(
            "range.startIndex[{start}] must be less than the grid size ({end}) if inheritFromBefore is {word}."
        );
        return Err(Refusal::invalid(message));
    }
    sheet.insert(range.dimension, range.start_index, length);
    Ok(())
}

fn lines(sheet: &Sheet, range: &Lines) -> Result<Area, Refusal> {
    if range.start_index >= range.end_index || range.end_index > sheet.length(range.dimension) {
        return Err(Refusal::invalid("Cannot use lines that are not there: the range is outside of the grid."));
    }
    let (first, end) = (range.start_index, Some(range.end_index));
    Ok(match range.dimension {
        Dimension::Rows => Area { first_row: first, end_row: end, ..Area::default() },
        Dimension::Columns => Area { first_column: first, end_column: end, ..Area::default() },
    })
}

fn delete(sheet: &mut Sheet, range: &Lines, is_owner: bool) -> Result<(), Refusal> {
    sheet.may_edit(&lines(sheet, range)?, is_owner)?;
    let kept = sheet.length(range.dimension) - (range.end_index - range.start_index);
    if range.dimension == Dimension::Rows && kept <= sheet.frozen_rows {
        return Err(Refusal::invalid("Sorry, it is not possible to delete all non-frozen rows."));
    }
    if kept == 0 {
        return Err(Refusal::invalid("You can't delete all the columns on the sheet."));
    }
    sheet.delete(range.dimension, range.start_index, range.end_index);
    Ok(())
}

fn shift(sheet: &mut Sheet, source: &Lines, destination: usize, is_owner: bool) -> Result<(), Refusal> {
    sheet.may_edit(&lines(sheet, source)?, is_owner)?;
    let is_inside = destination > source.start_index && destination < source.end_index;
    if is_inside || destination > sheet.length(source.dimension) {
        return Err(Refusal::invalid("The destination lies within the source or outside of the grid."));
    }
    let frozen = sheet.frozen_rows;
    if source.dimension == Dimension::Rows && (source.start_index < frozen) != (destination < frozen) {
        return Err(Refusal::invalid("Sorry, frozen and unfrozen rows cannot be mixed."));
    }
    sheet.shift(source.dimension, source.start_index, source.end_index, destination);
    Ok(())
}

fn is_taken(book: &Book, title: &str, but: Option<i64>) -> bool {
    book.sheets.iter().any(|sheet| Some(sheet.id) != but && sheet.title.to_lowercase() == title.to_lowercase())
}

fn taken(title: &str) -> Refusal {
    let message = format!("A sheet with the name \"{title}\" already exists. Please enter another name.");
    Refusal::invalid(message)
}

fn add_sheet(book: &mut Book, options: &Options, properties: &Properties) -> Result<Json, Refusal> {
    let next = book.sheets.iter().map(|sheet| sheet.id).max().unwrap_or(0) + 1;
    let id = properties.sheet_id.unwrap_or(next);
    let title = properties.title.clone().unwrap_or_else(|| format!("Sheet{}", book.sheets.len() + 1));
    if is_taken(book, &title, None) {
        return Err(taken(&title));
    }
    if id < 0 || title.is_empty() || book.sheets.iter().any(|sheet| sheet.id == id) {
        return Err(Refusal::invalid("A sheet needs a title and an id of its own."));
    }
    let grid = &properties.grid_properties;
    let rows = grid.row_count.unwrap_or(NEW_ROWS);
    let mut sheet = Sheet::new(id, &title, rows, grid.column_count.unwrap_or(NEW_COLUMNS));
    if sheet.column_count > MAX_COLUMNS || sheet.cell_count() == 0 {
        return Err(Refusal::invalid("The grid has no cell, or too many columns."));
    }
    sheet.frozen_rows = grid.frozen_row_count.unwrap_or(0);
    if sheet.frozen_rows >= rows {
        return Err(Refusal::invalid("You can't freeze all visible rows on the sheet."));
    }
    fits(book.cell_count().saturating_add(sheet.cell_count()), options)?;
    book.sheets.push(sheet);
    Ok(json!({ "addSheet": { "properties": { "sheetId": id, "title": title } } }))
}

fn update(book: &mut Book, options: &Options, properties: &Properties, fields: &str) -> Result<(), Refusal> {
    let id = properties.sheet_id.unwrap_or(0);
    for field in fields.split(',') {
        let grid = &properties.grid_properties;
        match field {
            "title" => {
                let title = properties.title.clone().unwrap_or_default();
                if title.is_empty() || is_taken(book, &title, Some(id)) {
                    return Err(taken(&title));
                }
                sheet(book, id)?.title = title;
            }
            "gridProperties.frozenRowCount" => sheet(book, id)?.frozen_rows = grid.frozen_row_count.unwrap_or(0),
            "gridProperties.rowCount" => {
                let wanted = grid.row_count.unwrap_or(0);
                let now = sheet(book, id)?.row_count;
                if wanted > now {
                    grow(book, options, id, Dimension::Rows, wanted - now)?;
                    sheet(book, id)?.append(Dimension::Rows, wanted - now);
                } else if wanted < now {
                    let cut = Lines { sheet_id: id, dimension: Dimension::Rows, start_index: wanted, end_index: now };
                    delete(sheet(book, id)?, &cut, false)?;
                }
            }
            _ => return Err(Refusal::invalid(format!("the fake does not update `{field}`"))),
        }
    }
    Ok(())
}

fn repeat(book: &mut Book, range: &GridRange, cell: &CellFormat, fields: &str, is_owner: bool) -> Result<(), Refusal> {
    if fields != "userEnteredFormat.numberFormat" {
        return Err(Refusal::invalid("the fake repeats number formats only"));
    }
    let format = &cell.user_entered_format.number_format;
    let kinds = ["TEXT", "NUMBER", "PERCENT", "CURRENCY", "DATE", "TIME", "DATE_TIME", "SCIENTIFIC"];
    if !kinds.contains(&format.kind.as_str()) {
        return Err(Refusal::invalid("Invalid value at 'cell.user_entered_format.number_format.type'"));
    }
    let sheet = sheet(book, range.sheet_id)?;
    let (rows, columns) = sheet.bounds(&range.area(), "the range of the format")?;
    sheet.may_edit(&range.area(), is_owner)?;
    for row in rows.0..rows.1 {
        for column in columns.0..columns.1 {
            sheet.cell_mut(row, column).format = Some(format.clone());
        }
    }
    Ok(())
}

/// Writes values as they are: a text never becomes a formula (documented, `ExtendedValue`). A cell without a value is
/// emptied.
fn update_cells(
    book: &mut Book,
    rows: &[RowData],
    fields: &str,
    start: &Corner,
    is_owner: bool,
) -> Result<(), Refusal> {
    if fields != "userEnteredValue" {
        return Err(Refusal::invalid("the fake updates the values of cells only"));
    }
    let sheet = sheet(book, start.sheet_id)?;
    for (row, data) in (start.row_index..).zip(rows) {
        for (column, cell) in (start.column_index..).zip(&data.values) {
            let area =
                Area { first_row: row, end_row: Some(row + 1), first_column: column, end_column: Some(column + 1) };
            sheet.bounds(&area, "the cells to update")?;
            sheet.may_edit(&area, is_owner)?;
            let value = match &cell.user_entered_value {
                None => None,
                Some(ExtendedValue::NumberValue(number)) => Some(CellValue::Number(*number)),
                Some(ExtendedValue::StringValue(text)) => Some(CellValue::Text(text.as_str().into())),
                Some(ExtendedValue::BoolValue(value)) => Some(CellValue::Bool(*value)),
            };
            sheet.put(row, column, value);
        }
    }
    Ok(())
}
