//! Reading and writing values: `spreadsheets.values`.

use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::a1::{self, Area};
use super::account::{Account, Book};
use super::answers::{Answer, Refusal, body_as, changed, ok};
use super::cell::{CellValue, Input, Render, Write, write};
use super::route::Call;
use super::sheet::Span;
use super::{Echo, Options};

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Major {
    #[default]
    Rows,
    Columns,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ValueRange {
    #[serde(default)]
    range: String,
    #[serde(default)]
    major_dimension: Major,
    #[serde(default)]
    values: Vec<Vec<Json>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct BatchUpdate {
    #[serde(default)]
    value_input_option: Option<String>,
    #[serde(default)]
    data: Vec<ValueRange>,
    #[serde(default)]
    include_values_in_response: bool,
    #[serde(default)]
    response_value_render_option: Option<String>,
    #[serde(default)]
    #[expect(dead_code, reason = "the fake renders dates as serial numbers only")]
    response_date_time_render_option: Option<String>,
}

/// One range of a write, checked and not yet applied.
struct Planned {
    sheet: usize,
    rows: Span,
    columns: Span,
    /// How many rows and columns values were given for.
    given: (usize, usize),
    /// Row, column, value. Without skipped cells.
    cells: Vec<(usize, usize, Option<CellValue>)>,
}

/// `GET …/values/{range}`.
pub(super) fn get(account: &mut Account, options: &Options, call: &Call, range: Option<&str>) -> Answer {
    let book = account.book(&call.book, options)?;
    Ok(ok(&read(book, call, range.unwrap_or_default())?))
}

/// `GET …/values:batchGet?ranges=&ranges=`.
pub(super) fn batch_get(account: &mut Account, options: &Options, call: &Call, _: Option<&str>) -> Answer {
    let book = account.book(&call.book, options)?;
    let ranges = call.parameters("ranges").map(|range| read(book, call, range)).collect::<Result<Vec<_>, _>>()?;
    Ok(ok(&json!({ "spreadsheetId": call.book, "valueRanges": ranges })))
}

fn read(book: &Book, call: &Call, range: &str) -> Result<Json, Refusal> {
    let render = render(call.parameter("valueRenderOption"))?;
    let (at, reference) = book.refer(range)?;
    let sheet = &book.sheets[at];
    let (rows, columns) = sheet.bounds(&reference.area, range)?;
    let values = sheet.values(rows, columns, render);
    let shown = a1::write(&sheet.title, rows, columns);
    let (major, values) = match call.parameter("majorDimension") {
        None | Some("ROWS") => ("ROWS", values),
        Some("COLUMNS") => ("COLUMNS", turned(&values)),
        Some(_) => return Err(Refusal::invalid("Invalid value at 'major_dimension'")),
    };
    let mut answer = json!({ "range": shown, "majorDimension": major });
    // An empty range has no values at all (recorded).
    if !values.is_empty() {
        answer["values"] = json!(values);
    }
    Ok(answer)
}

/// Rows as columns, without empty ends.
fn turned(rows: &[Vec<Json>]) -> Vec<Vec<Json>> {
    let width = rows.iter().map(Vec::len).max().unwrap_or(0);
    let column = |at: usize| {
        let mut column: Vec<Json> = rows.iter().map(|row| row.get(at).cloned().unwrap_or_else(|| json!(""))).collect();
        while column.last().is_some_and(|value| value == "") {
            column.pop();
        }
        column
    };
    (0..width).map(column).collect()
}

fn render(option: Option<&str>) -> Result<Render, Refusal> {
    match option {
        None | Some("FORMATTED_VALUE") => Ok(Render::Formatted),
        Some("UNFORMATTED_VALUE") => Ok(Render::Unformatted),
        Some("FORMULA") => Ok(Render::Formula),
        Some(_) => Err(Refusal::invalid("Invalid value at 'value_render_option'")),
    }
}

fn input(option: Option<&str>) -> Result<Input, Refusal> {
    match option {
        Some("RAW") => Ok(Input::Raw),
        Some("USER_ENTERED") => Ok(Input::UserEntered),
        _ => Err(Refusal::invalid("'valueInputOption' is required but not specified")),
    }
}

/// `PUT …/values/{range}?valueInputOption=`.
pub(super) fn update(account: &mut Account, options: &Options, call: &Call, range: Option<&str>) -> Answer {
    let input = input(call.parameter("valueInputOption"))?;
    let mut body: ValueRange = body_as(&call.body)?;
    let range = range.unwrap_or_default();
    if !body.range.is_empty() && body.range != range {
        return Err(Refusal::invalid("Requested writing within another range than the path names"));
    }
    range.clone_into(&mut body.range);
    let book = account.book(&call.book, options)?;
    let planned = plan(book, input, &body, call.is_owner)?;
    apply(book, &planned);
    Ok(changed(&updated(book, call, &planned, None)))
}

/// `POST …/values:batchUpdate`: all ranges or none.
pub(super) fn batch_update(account: &mut Account, options: &Options, call: &Call, _: Option<&str>) -> Answer {
    let body: BatchUpdate = body_as(&call.body)?;
    let input = input(body.value_input_option.as_deref())?;
    let shown = render(body.response_value_render_option.as_deref())?;
    let book = account.book(&call.book, options)?;
    let mut planned = Vec::with_capacity(body.data.len());
    for (at, data) in body.data.iter().enumerate() {
        planned.push(plan(book, input, data, call.is_owner).map_err(|refusal| refusal.of(&format!("data[{at}]")))?);
    }
    for planned in &planned {
        apply(book, planned);
    }
    let echo = body.include_values_in_response.then_some((shown, options.echo));
    let responses: Vec<Json> = planned.iter().map(|planned| updated(book, call, planned, echo)).collect();
    let cells: usize = planned.iter().map(|planned| planned.cells.len()).sum();
    Ok(changed(&json!({ "spreadsheetId": call.book, "totalUpdatedCells": cells, "responses": responses })))
}

fn plan(book: &Book, input: Input, data: &ValueRange, is_owner: bool) -> Result<Planned, Refusal> {
    let (at, reference) = book.refer(&data.range)?;
    let sheet = &book.sheets[at];
    let (rows, columns) = sheet.bounds(&reference.area, &data.range)?;
    let mut cells = Vec::new();
    for (first, line) in data.values.iter().enumerate() {
        for (second, value) in line.iter().enumerate() {
            let (down, right) = if data.major_dimension == Major::Rows { (first, second) } else { (second, first) };
            let (row, column) = (rows.0 + down, columns.0 + right);
            outside(data, ("row", row, rows.1), row + 1)?;
            outside(data, ("column", column, columns.1), a1::column_name(column))?;
            let value = write(input, value).map_err(|refusal| refusal.of(&format!("values[{first}][{second}]")))?;
            if let Write::Put(value) = value {
                let area =
                    Area { first_row: row, end_row: Some(row + 1), first_column: column, end_column: Some(column + 1) };
                sheet.may_edit(&area, is_owner)?;
                cells.push((row, column, value));
            }
        }
    }
    let (down, right) = (data.values.len(), data.values.iter().map(Vec::len).max().unwrap_or(0));
    let given = if data.major_dimension == Major::Rows { (down, right) } else { (right, down) };
    Ok(Planned { sheet: at, rows, columns, given, cells })
}

/// Refuses what does not fit into its range (the words are recorded).
fn outside(data: &ValueRange, place: (&str, usize, usize), name: impl std::fmt::Display) -> Result<(), Refusal> {
    let (what, at, end) = place;
    if at < end {
        return Ok(());
    }
    let range = &data.range;
    Err(Refusal::invalid(format!("Requested writing within range [{range}], but tried writing to {what} [{name}]")))
}

fn apply(book: &mut Book, planned: &Planned) {
    let sheet = &mut book.sheets[planned.sheet];
    for (row, column, value) in &planned.cells {
        sheet.put(*row, *column, value.clone());
    }
}

/// The part of the answer for one range. With `echo` it holds the values of the whole range that was asked for, also
/// where fewer were written (documented, `includeValuesInResponse`).
fn updated(book: &Book, call: &Call, planned: &Planned, echo: Option<(Render, Echo)>) -> Json {
    let sheet = &book.sheets[planned.sheet];
    let distinct = |of: fn(&(usize, usize, Option<CellValue>)) -> usize| {
        planned.cells.iter().map(of).collect::<std::collections::BTreeSet<_>>().len()
    };
    let range = a1::write(&sheet.title, planned.rows, planned.columns);
    let mut answer = json!({
        "spreadsheetId": call.book,
        "updatedRange": range,
        "updatedRows": distinct(|cell| cell.0),
        "updatedColumns": distinct(|cell| cell.1),
        "updatedCells": planned.cells.len(),
    });
    if let Some((render, echo)) = echo.filter(|(_, echo)| *echo != Echo::Nothing) {
        let (mut rows, mut columns) = (planned.rows, planned.columns);
        if echo == Echo::Written {
            rows.1 = rows.1.min(rows.0 + planned.given.0);
            columns.1 = columns.1.min(columns.0 + planned.given.1);
        }
        let values = sheet.values(rows, columns, render);
        let range = a1::write(&sheet.title, rows, columns);
        answer["updatedData"] = json!({ "range": range, "majorDimension": "ROWS" });
        if !values.is_empty() {
            answer["updatedData"]["values"] = json!(values);
        }
    }
    answer
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct BatchClear {
    #[serde(default)]
    ranges: Vec<String>,
}

/// `POST …/values:batchClear`: values go, formats stay.
pub(super) fn batch_clear(account: &mut Account, options: &Options, call: &Call, _: Option<&str>) -> Answer {
    let body: BatchClear = body_as(&call.body)?;
    let book = account.book(&call.book, options)?;
    let mut areas = Vec::new();
    for range in &body.ranges {
        let (at, reference) = book.refer(range)?;
        let (rows, columns) = book.sheets[at].bounds(&reference.area, range)?;
        book.sheets[at].may_edit(&reference.area, call.is_owner)?;
        areas.push((at, rows, columns));
    }
    let mut cleared = Vec::new();
    for (at, rows, columns) in areas {
        let sheet = &mut book.sheets[at];
        for row in sheet.rows.iter_mut().take(rows.1).skip(rows.0) {
            row.iter_mut().take(columns.1).skip(columns.0).for_each(|cell| cell.value = None);
        }
        cleared.push(a1::write(&sheet.title, rows, columns));
    }
    Ok(changed(&json!({ "spreadsheetId": call.book, "clearedRanges": cleared })))
}
