//! Reading records back.

use lapwing_contract::{DestinationError, FieldBinding, FieldSpec, Prepared, Value, agree};
use serde_json::Value as Json;

use crate::api::Sheets;
use crate::cell;
use crate::tab::{Keys, Tab};

/// The fields of these keys, in order; nothing for a key that has no row. Of a key with several rows, the first.
pub(crate) async fn read(
    sheets: &Sheets,
    target: &Prepared,
    keys: &[Value],
    header_rows: usize,
) -> Result<Vec<Option<Vec<Value>>>, DestinationError> {
    if keys.is_empty() || target.key.is_missing() {
        return Ok(vec![None; keys.len()]);
    }
    let title = &target.target.object;
    let tab = Tab::read(sheets, title, header_rows).await?;
    let there = |binding: &FieldBinding| !binding.is_missing();
    let layout = tab.layout(&Prepared {
        fields: target.fields.iter().filter(|binding| there(binding)).cloned().collect(),
        ..target.clone()
    })?;
    let wanted = std::iter::once(layout.key).chain(layout.fields.iter().copied());
    let columns = sheets.columns(title, wanted).await?;
    let stands = Keys::new(columns.get(&layout.key).map(Vec::as_slice).unwrap_or_default(), header_rows);
    let row = |key: &Value| {
        let row = stands.first(&key.to_text())?;
        let mut standing = layout.fields.iter();
        let value = |(binding, spec): (&FieldBinding, &FieldSpec)| {
            let column = if there(binding) { standing.next() } else { None };
            let cell = column.and_then(|column| columns.get(column)).and_then(|cells| cells.get(row));
            cell::to_value(cell.unwrap_or(&Json::Null), &spec.field_type)
        };
        Some(target.fields.iter().zip(&target.target.fields).map(value).collect())
    };
    Ok(keys.iter().map(row).collect())
}

/// Whether what was read is what a cell shows of a value: long numbers are texts, and days are numbers.
pub(crate) fn agrees(target: &Prepared, field: usize, confirmed: &Value, read: &Value) -> bool {
    match target.target.fields.get(field) {
        Some(spec) => agree(&cell::to_value(&cell::of_value(confirmed), &spec.field_type), read),
        None => agree(confirmed, read),
    }
}
