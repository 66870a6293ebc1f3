//! Making a tab ready: the tab itself, and the columns that a sync names and the header lacks.

use lapwing_contract::{
    DestinationError, ErrorKind, FieldBinding, FieldSpec, FieldType, ObjectDescription, Prepared, RemoteField, Target,
};
use serde_json::{Value as Json, json};

use crate::api::{SheetProperties, Sheets};
use crate::check::MAX_CHARS;
use crate::config::Config;
use crate::place::not_done;
use crate::tab::{Tab, missing};
use crate::{a1, response};

/// Most columns of a tab (documented: ZZZ).
const MAX_COLUMNS: usize = 18_278;

/// What a new tab has, as Google makes them.
const NEW_ROWS: usize = 1_000;
const NEW_COLUMNS: usize = 26;

/// What may be created, and where the header is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rules {
    pub(crate) create_tab: bool,
    pub(crate) create_columns: bool,
    pub(crate) header_rows: usize,
}

impl Rules {
    pub(crate) fn of(config: &Config) -> Self {
        let header_rows = config.header_rows();
        Self { create_tab: config.create_tab, create_columns: config.create_columns, header_rows }
    }
}

/// Makes a target ready.
pub(crate) async fn prepare(sheets: &Sheets, target: &Target, rules: Rules) -> Result<Prepared, DestinationError> {
    let specs: Vec<&FieldSpec> = std::iter::once(&target.key).chain(&target.fields).collect();
    let all = tabs(sheets).await?;
    let missing = match all.iter().find(|tab| tab.title == target.object) {
        Some(known) => add_columns(sheets, target, known, rules, &specs).await?,
        None if rules.create_tab => {
            // Among one more number than there are tabs, one is free.
            let numbers = 1..=i64::try_from(all.len() + 1).unwrap_or(i64::MAX);
            let is_free = |id: &i64| all.iter().all(|tab| tab.sheet_id != *id);
            let id = numbers.into_iter().find(is_free).unwrap_or_default();
            add_tab(sheets, target, id, rules, &specs).await?;
            specs.iter().map(|spec| spec.name.clone()).collect()
        }
        None => return Err(missing(&target.object)),
    };
    let mut bindings = specs.iter().map(|spec| binding(spec, missing.contains(&spec.name)));
    let key = bindings.next().unwrap_or_default();
    Ok(Prepared { target: target.clone(), key, fields: bindings.collect(), list_ids: Vec::new() })
}

/// Finds a target's columns as they are; an empty binding for each that `prepare` would create.
pub(crate) async fn locate(sheets: &Sheets, target: &Target, rules: Rules) -> Result<Prepared, DestinationError> {
    let specs: Vec<&FieldSpec> = std::iter::once(&target.key).chain(&target.fields).collect();
    let all = tabs(sheets).await?;
    let known = all.iter().find(|tab| tab.title == target.object);
    let header = match known {
        Some(known) if known.grid_properties.row_count >= rules.header_rows => {
            Tab::read(sheets, &target.object, rules.header_rows).await?.header
        }
        None if !rules.create_tab => return Err(missing(&target.object)),
        _ => Vec::new(),
    };
    let tab = Tab { properties: known.cloned().unwrap_or_default(), header };
    let mut bindings = Vec::with_capacity(specs.len());
    let mut absent = Vec::new();
    for spec in &specs {
        let is_there = tab.column(&spec.name)?.is_some();
        absent.extend((!is_there).then_some(spec.name.as_str()));
        bindings.push(if is_there { binding(spec, false) } else { FieldBinding::default() });
    }
    if !absent.is_empty() {
        if absent.contains(&target.key.name.as_str()) && tab.header.iter().any(|name| !name.is_empty()) {
            return Err(no_key(target, rules.header_rows));
        }
        allowed(target, absent.into_iter(), specs.len(), rules.create_columns)?;
    }
    let mut bindings = bindings.into_iter();
    let key = bindings.next().unwrap_or_default();
    Ok(Prepared { target: target.clone(), key, fields: bindings.collect(), list_ids: Vec::new() })
}

/// What the header offers.
pub(crate) async fn describe(
    sheets: &Sheets,
    title: &str,
    rules: Rules,
) -> Result<ObjectDescription, DestinationError> {
    if !tabs(sheets).await?.iter().any(|tab| tab.title == title) {
        return Err(missing(title));
    }
    let tab = Tab::read(sheets, title, rules.header_rows).await?;
    let field = |name: &String| RemoteField {
        name: name.clone(),
        id: name.clone(),
        vendor_type: "column".to_owned(),
        writable: true,
        max_chars: Some(MAX_CHARS),
    };
    let fields = tab.header.iter().filter(|name| !name.is_empty()).map(field).collect();
    Ok(ObjectDescription { fields, can_create_fields: rules.create_columns })
}

async fn tabs(sheets: &Sheets) -> Result<Vec<SheetProperties>, DestinationError> {
    let fields = "sheets.properties(sheetId,title,gridProperties(rowCount,columnCount,frozenRowCount))";
    Ok(sheets.book(fields, None).await?.sheets.into_iter().map(|sheet| sheet.properties).collect())
}

fn binding(spec: &FieldSpec, created: bool) -> FieldBinding {
    let (vendor_type, _) = number_format(&spec.field_type);
    let max_chars = (vendor_type == "TEXT").then_some(MAX_CHARS);
    FieldBinding { id: spec.name.clone(), vendor_type: vendor_type.to_owned(), created, max_chars, allowed: Vec::new() }
}

/// How a column of a type is shown: the kind of format and its pattern; none for booleans. `TEXT` keeps what people type
/// there as they type it.
fn number_format(field_type: &FieldType) -> (&'static str, &'static str) {
    match field_type {
        FieldType::Int => ("NUMBER", "0"),
        FieldType::Decimal => ("NUMBER", "0.00########"),
        FieldType::Float => ("NUMBER", "0.##########"),
        FieldType::Date => ("DATE", "yyyy-mm-dd"),
        FieldType::Timestamp => ("DATE_TIME", "yyyy-mm-dd hh:mm:ss"),
        FieldType::Bool => ("BOOLEAN", ""),
        FieldType::Text | FieldType::List(_) | FieldType::Json => ("TEXT", "@"),
    }
}

/// The request that formats a column from a row on, where its type has a format.
pub(crate) fn formats(sheet_id: i64, field_type: &FieldType, column: usize, first_row: usize) -> Option<Json> {
    let (kind, pattern) = number_format(field_type);
    if pattern.is_empty() {
        return None;
    }
    let range = json!({
        "sheetId": sheet_id, "startRowIndex": first_row, "startColumnIndex": column, "endColumnIndex": column + 1,
    });
    let format = json!({ "userEnteredFormat": { "numberFormat": { "type": kind, "pattern": pattern } } });
    Some(json!({ "repeatCell": { "range": range, "cell": format, "fields": "userEnteredFormat.numberFormat" } }))
}

async fn add_tab(
    sheets: &Sheets,
    target: &Target,
    id: i64,
    rules: Rules,
    specs: &[&FieldSpec],
) -> Result<(), DestinationError> {
    let Rules { create_columns, header_rows, .. } = rules;
    allowed(target, specs.iter().map(|spec| spec.name.as_str()), specs.len(), create_columns)?;
    let grid = json!({
        "rowCount": NEW_ROWS + header_rows - 1, "columnCount": specs.len().max(NEW_COLUMNS),
        "frozenRowCount": header_rows,
    });
    let properties = json!({ "sheetId": id, "title": target.object, "gridProperties": grid });
    let mut requests = vec![json!({ "addSheet": { "properties": properties } })];
    let columns = specs.iter().enumerate();
    requests.extend(columns.filter_map(|(column, spec)| formats(id, &spec.field_type, column, header_rows)));
    requests.push(names(id, 0, header_rows, specs));
    make(sheets, target, header_rows, &requests, specs).await
}

/// Adds the columns that are missing, and gives their names.
async fn add_columns(
    sheets: &Sheets,
    target: &Target,
    known: &SheetProperties,
    rules: Rules,
    specs: &[&FieldSpec],
) -> Result<Vec<String>, DestinationError> {
    let Rules { create_columns, header_rows, .. } = rules;
    let mut requests = Vec::new();
    let (sheet_id, grid) = (known.sheet_id, &known.grid_properties);
    let has_header = grid.row_count >= header_rows;
    let header = if has_header { Tab::read(sheets, &target.object, header_rows).await?.header } else { Vec::new() };
    let tab = Tab { properties: known.clone(), header };
    let mut absent = Vec::new();
    for spec in specs {
        if tab.column(&spec.name)?.is_none() {
            absent.push(*spec);
        }
    }
    if absent.is_empty() {
        return Ok(Vec::new());
    }
    let has_key = !absent.iter().any(|spec| spec.name == target.key.name);
    if !has_key && tab.header.iter().any(|name| !name.is_empty()) {
        return Err(no_key(target, header_rows));
    }
    let first = if has_header { first_free_column(sheets, &tab, header_rows).await? } else { 0 };
    allowed(target, absent.iter().map(|spec| spec.name.as_str()), first + absent.len(), create_columns)?;
    let mut grow = |dimension: &str, length: usize| {
        if length > 0 {
            let dimension = json!({ "sheetId": sheet_id, "dimension": dimension, "length": length });
            requests.push(json!({ "appendDimension": dimension }));
        }
    };
    grow("COLUMNS", (first + absent.len()).saturating_sub(grid.column_count));
    grow("ROWS", (header_rows + 1).saturating_sub(grid.row_count));
    let columns = (first..).zip(&absent);
    requests.extend(columns.filter_map(|(column, spec)| formats(sheet_id, &spec.field_type, column, header_rows)));
    requests.push(names(sheet_id, first, header_rows, &absent));
    make(sheets, target, header_rows, &requests, &absent).await?;
    Ok(absent.iter().map(|spec| spec.name.clone()).collect())
}

/// The first column right of everything from the header row on: notes without a header are somebody's too.
async fn first_free_column(sheets: &Sheets, tab: &Tab, header_rows: usize) -> Result<usize, DestinationError> {
    let named = tab.header.iter().rposition(|name| !name.is_empty()).map_or(0, |last| last + 1);
    let columns = tab.properties.grid_properties.column_count;
    if named >= columns {
        return Ok(named);
    }
    let range = a1::columns_below(&tab.properties.title, header_rows - 1, named, columns - 1);
    let found = sheets.values(&[range], "COLUMNS").await?;
    Ok(named + found.first().map_or(0, |range| range.values.len()))
}

/// The request that names columns, from `first` on. Its values are stored as they are.
fn names(sheet_id: i64, first: usize, header_rows: usize, specs: &[&FieldSpec]) -> Json {
    let cell = |spec: &&FieldSpec| json!({ "userEnteredValue": { "stringValue": spec.name } });
    let cells: Vec<Json> = specs.iter().map(cell).collect();
    let start = json!({ "sheetId": sheet_id, "rowIndex": header_rows - 1, "columnIndex": first });
    json!({ "updateCells": { "rows": [{ "values": cells }], "fields": "userEnteredValue", "start": start } })
}

/// Makes the changes, all or none. Where nobody knows whether they were made, a look at the header tells.
async fn make(
    sheets: &Sheets,
    target: &Target,
    header_rows: usize,
    requests: &[Json],
    specs: &[&FieldSpec],
) -> Result<(), DestinationError> {
    let error = match sheets.restructure(requests).await {
        Ok(answer) if answer.is_success() => return Ok(()),
        Ok(answer) => return Err(response::failure(&answer, sheets.email.as_deref())),
        Err(error) if error.kind == ErrorKind::Ambiguous => error,
        Err(error) => return Err(error),
    };
    let header = match Tab::read(sheets, &target.object, header_rows).await {
        Ok(tab) => tab.header,
        Err(missing) if missing.kind == ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(error),
    };
    if specs.iter().all(|spec| header.contains(&spec.name)) { Ok(()) } else { Err(not_done(error)) }
}

fn no_key(target: &Target, header_rows: usize) -> DestinationError {
    let message = format!(
        "row {header_rows} of the tab names no column `{}`, which is the sync's key; put that name back above the column \
         of the keys, or use an empty tab",
        target.key.name
    );
    configuration(target, message)
}

fn allowed<'a>(
    target: &Target,
    names: impl Iterator<Item = &'a str>,
    columns: usize,
    create: bool,
) -> Result<(), DestinationError> {
    let names = names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    if !create {
        let message = format!("the tab has no columns {names}; add them there, or set `create_columns = true`");
        return Err(configuration(target, message));
    }
    if columns > MAX_COLUMNS {
        let message = format!("with {names} the tab would have {columns} columns, and Google allows {MAX_COLUMNS}");
        return Err(configuration(target, message));
    }
    Ok(())
}

fn configuration(target: &Target, message: String) -> DestinationError {
    DestinationError::new(ErrorKind::Configuration, format!("preparing the tab `{}`", target.object), message)
}
