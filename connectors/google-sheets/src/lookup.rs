//! Reading records back.

use lapwing_contract::{DestinationError, Prepared, Value};
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
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let title = &target.target.object;
    let tab = Tab::read(sheets, title, header_rows).await?;
    let layout = tab.layout(target)?;
    let wanted = std::iter::once(layout.key).chain(layout.fields.iter().copied());
    let columns = sheets.columns(title, wanted).await?;
    let stands = Keys::new(columns.get(&layout.key).map(Vec::as_slice).unwrap_or_default(), header_rows);
    let row = |key: &Value| {
        let row = stands.first(&key.to_text())?;
        let value = |(column, spec): (&usize, &lapwing_contract::FieldSpec)| {
            let cell = columns.get(column).and_then(|cells| cells.get(row));
            cell::to_value(cell.unwrap_or(&Json::Null), &spec.field_type)
        };
        Some(layout.fields.iter().zip(&target.target.fields).map(value).collect())
    };
    Ok(keys.iter().map(row).collect())
}
