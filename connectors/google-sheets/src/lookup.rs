//! Reading records back.

use lapwing_contract::{DestinationError, Prepared, Value};
use serde_json::Value as Json;

use crate::api::{Sheets, ValueRange};
use crate::tab::{Keys, Tab};
use crate::{a1, cell};

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
    let columns = std::iter::once(layout.key).chain(layout.fields.iter().copied());
    let ranges: Vec<String> = columns.map(|column| a1::columns(title, column, column)).collect();
    let mut found = sheets.values(&ranges, "COLUMNS").await?.into_iter().map(ValueRange::into_column);
    let stands = Keys::new(&found.next().unwrap_or_default(), header_rows);
    let columns: Vec<Vec<Json>> = found.collect();
    let row = |key: &Value| {
        let row = stands.first(&key.to_text())?;
        let value = |(cells, spec): (&Vec<Json>, &lapwing_contract::FieldSpec)| {
            cell::to_value(cells.get(row).unwrap_or(&Json::Null), &spec.field_type)
        };
        Some(columns.iter().zip(&target.target.fields).map(value).collect())
    };
    Ok(keys.iter().map(row).collect())
}
