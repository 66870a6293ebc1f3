//! What `spreadsheets.batchUpdate` takes: the shapes of its requests.

use serde::Deserialize;

use super::a1::Area;
use super::cell::NumberFormat;
use super::sheet::Dimension;

/// One change, named by its only key.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) enum Change {
    #[serde(rename_all = "camelCase")]
    AppendDimension {
        sheet_id: i64,
        dimension: Dimension,
        length: usize,
    },
    #[serde(rename_all = "camelCase")]
    InsertDimension {
        range: Lines,
        #[serde(default)]
        inherit_from_before: bool,
    },
    DeleteDimension {
        range: Lines,
    },
    #[serde(rename_all = "camelCase")]
    MoveDimension {
        source: Lines,
        destination_index: usize,
    },
    AddSheet {
        #[serde(default)]
        properties: Properties,
    },
    UpdateSheetProperties {
        properties: Properties,
        fields: String,
    },
    RepeatCell {
        range: GridRange,
        cell: CellFormat,
        fields: String,
    },
    UpdateCells {
        rows: Vec<RowData>,
        fields: String,
        start: Corner,
    },
    #[serde(rename_all = "camelCase")]
    SortRange {
        range: GridRange,
        sort_specs: Vec<SortSpec>,
    },
    #[serde(rename_all = "camelCase")]
    AddProtectedRange {
        protected_range: ProtectedRange,
    },
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Lines {
    pub(super) sheet_id: i64,
    pub(super) dimension: Dimension,
    #[serde(default)]
    pub(super) start_index: usize,
    pub(super) end_index: usize,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[expect(clippy::struct_field_names, reason = "these are the names of the vendor")]
pub(super) struct Properties {
    pub(super) sheet_id: Option<i64>,
    pub(super) title: Option<String>,
    pub(super) grid_properties: GridProperties,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[expect(clippy::struct_field_names, reason = "these are the names of the vendor")]
pub(super) struct GridProperties {
    pub(super) row_count: Option<usize>,
    pub(super) column_count: Option<usize>,
    pub(super) frozen_row_count: Option<usize>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct GridRange {
    pub(super) sheet_id: i64,
    #[serde(default)]
    pub(super) start_row_index: usize,
    pub(super) end_row_index: Option<usize>,
    #[serde(default)]
    pub(super) start_column_index: usize,
    pub(super) end_column_index: Option<usize>,
}

impl GridRange {
    pub(super) fn area(&self) -> Area {
        Area {
            first_row: self.start_row_index,
            end_row: self.end_row_index,
            first_column: self.start_column_index,
            end_column: self.end_column_index,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Corner {
    pub(super) sheet_id: i64,
    #[serde(default)]
    pub(super) row_index: usize,
    #[serde(default)]
    pub(super) column_index: usize,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RowData {
    #[serde(default)]
    pub(super) values: Vec<CellData>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct CellData {
    pub(super) user_entered_value: Option<ExtendedValue>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(clippy::enum_variant_names, reason = "these are the names of the vendor")]
pub(super) enum ExtendedValue {
    NumberValue(f64),
    StringValue(String),
    BoolValue(bool),
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct CellFormat {
    pub(super) user_entered_format: UserEnteredFormat,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct UserEnteredFormat {
    pub(super) number_format: NumberFormat,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct SortSpec {
    pub(super) dimension_index: usize,
    #[serde(default)]
    pub(super) sort_order: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ProtectedRange {
    pub(super) range: GridRange,
    #[serde(default)]
    pub(super) warning_only: bool,
}
