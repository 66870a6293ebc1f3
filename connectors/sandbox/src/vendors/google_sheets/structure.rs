//! Tabs, rows and columns: `spreadsheets.get` and `spreadsheets.batchUpdate`.

use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::Options;
use super::account::{Account, Book};
use super::answers::{Answer, Refusal, body_as, changed, ok};
use super::apply::apply;
use super::changes::Change;
use super::mask;
use super::route::Call;
use super::sheet::Sheet;

/// `GET /v4/spreadsheets/{id}?ranges=&includeGridData=&fields=`. With ranges, only their tabs are shown.
pub(super) fn get(account: &mut Account, options: &Options, call: &Call, _: Option<&str>) -> Answer {
    let book = account.book(&call.book, options)?;
    let fields = call.parameter("fields");
    // A field mask overrules `includeGridData` (documented).
    let with_data = match fields {
        Some(fields) => fields.contains("data"),
        None => call.parameter("includeGridData") == Some("true"),
    };
    let mut shown: Vec<Vec<Json>> = vec![Vec::new(); book.sheets.len()];
    let ranges: Vec<&str> = call.parameters("ranges").collect();
    for range in &ranges {
        let (at, reference) = book.refer(range)?;
        let (rows, columns) = book.sheets[at].bounds(&reference.area, range)?;
        shown[at].push(grid_data(&book.sheets[at], rows, columns));
    }
    let mut sheets = Vec::new();
    for (at, (sheet, data)) in book.sheets.iter().zip(shown).enumerate() {
        if !ranges.is_empty() && data.is_empty() {
            continue;
        }
        let mut answer = json!({ "properties": properties(sheet, at) });
        if with_data {
            let whole = || vec![grid_data(sheet, (0, sheet.row_count), (0, sheet.column_count))];
            answer["data"] = json!(if ranges.is_empty() { whole() } else { data });
        }
        sheets.push(answer);
    }
    let whole = json!({ "spreadsheetId": call.book, "properties": { "title": book.title }, "sheets": sheets });
    match fields {
        None => Ok(ok(&whole)),
        Some(fields) => Ok(ok(&mask::Mask::parse(fields)?.keep(&whole))),
    }
}

fn properties(sheet: &Sheet, at: usize) -> Json {
    let mut grid = json!({ "rowCount": sheet.row_count, "columnCount": sheet.column_count });
    // Zero is left out, as protobuf does.
    if sheet.frozen_rows > 0 {
        grid["frozenRowCount"] = json!(sheet.frozen_rows);
    }
    json!({
        "sheetId": sheet.id,
        "title": sheet.title,
        "index": at,
        "sheetType": "GRID",
        "gridProperties": grid,
    })
}

/// Cells as `GridData`: zeros are left out, rows without cells are empty objects.
fn grid_data(sheet: &Sheet, rows: (usize, usize), columns: (usize, usize)) -> Json {
    let cell = |row: usize, column: usize| {
        let cell = sheet.rows.get(row).and_then(|cells| cells.get(column));
        let mut shown = json!({});
        if let Some(value) = cell.and_then(super::cell::Cell::extended) {
            shown["effectiveValue"] = value;
        }
        if let Some(format) = cell.and_then(|cell| cell.format.as_ref()) {
            shown["userEnteredFormat"] = json!({ "numberFormat": format });
        }
        shown
    };
    let last = rows.1.min(sheet.rows.len());
    let row = |row: usize| {
        let width = sheet.rows.get(row).map_or(0, Vec::len).min(columns.1);
        let values: Vec<Json> = (columns.0..width).map(|column| cell(row, column)).collect();
        if values.is_empty() { json!({}) } else { json!({ "values": values }) }
    };
    let mut data = json!({ "rowData": (rows.0..last).map(row).collect::<Vec<_>>() });
    for (name, first) in [("startRow", rows.0), ("startColumn", columns.0)] {
        if first > 0 {
            data[name] = json!(first);
        }
    }
    data
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct BatchUpdate {
    #[serde(default)]
    requests: Vec<Json>,
}

/// `POST /v4/spreadsheets/{id}:batchUpdate`: all changes, in their order, or none. Replies stand parallel to requests.
pub(super) fn batch_update(account: &mut Account, options: &Options, call: &Call, _: Option<&str>) -> Answer {
    let body: BatchUpdate = body_as(&call.body)?;
    if body.requests.is_empty() {
        return Err(Refusal::invalid("Must specify at least one request."));
    }
    let book = account.book(&call.book, options)?;
    let mut draft: Book = book.clone();
    let mut replies = Vec::with_capacity(body.requests.len());
    for (at, request) in body.requests.iter().enumerate() {
        let name = request.as_object().and_then(|request| request.keys().next()).cloned().unwrap_or_default();
        let change: Change = serde_json::from_value(request.clone()).map_err(|_| {
            Refusal::invalid(format!("Invalid JSON payload received. Unknown name or value at 'requests[{at}].{name}'"))
        })?;
        let reply = apply(&mut draft, &change, options, call.is_owner);
        replies.push(reply.map_err(|refusal| refusal.of(&format!("requests[{at}].{name}")))?);
    }
    *book = draft;
    Ok(changed(&json!({ "spreadsheetId": call.book, "replies": replies })))
}
