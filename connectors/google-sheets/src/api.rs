//! The routes of Google Sheets that the connector uses, and the shapes of their answers. Those that hold cells have no
//! `Debug` form: nothing can print what people wrote.

use std::collections::HashMap;
use std::time::Duration;

use lapwing_contract::{DestinationError, Quota};
use lapwing_http::{ApiRequest, ApiResponse, Client, QuotaRule};
use serde::Deserialize;
use serde_json::{Value as Json, json};

use crate::{a1, response};

const SPREADSHEETS: &str = "/v4/spreadsheets";
const READS: &str = "reads";
const WRITES: &str = "writes";

/// Requests a minute and user, of reads and of writes each (documented). No header tells how many are left (recorded), so
/// the pace is kept without one.
pub(crate) const QUOTA: Quota = Quota { requests: 60, per: Duration::from_secs(60) };

/// The two quotas.
pub(crate) fn quotas() -> Vec<QuotaRule> {
    [READS, WRITES].map(|name| QuotaRule { name, quota: QUOTA }).to_vec()
}

/// One spreadsheet, reached.
#[derive(Debug)]
pub(crate) struct Sheets {
    pub(crate) client: Client,
    pub(crate) id: String,
    /// Whom the spreadsheet has to be shared with, where it is known.
    pub(crate) email: Option<String>,
}

/// `GET /v4/spreadsheets/{id}`.
#[derive(Deserialize)]
pub(crate) struct Book {
    #[serde(default)]
    pub(crate) properties: BookProperties,
    pub(crate) sheets: Vec<Sheet>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct BookProperties {
    pub(crate) title: String,
}

#[derive(Deserialize)]
pub(crate) struct Sheet {
    pub(crate) properties: SheetProperties,
    #[serde(default)]
    pub(crate) data: Vec<GridData>,
}

/// Zeros are left out, as protobuf does.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct SheetProperties {
    pub(crate) sheet_id: i64,
    pub(crate) title: String,
    pub(crate) grid_properties: GridProperties,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(clippy::struct_field_names, reason = "these are the names of the vendor")]
pub(crate) struct GridProperties {
    pub(crate) row_count: usize,
    pub(crate) column_count: usize,
    pub(crate) frozen_row_count: usize,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct GridData {
    row_data: Vec<RowData>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RowData {
    values: Vec<CellData>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct CellData {
    effective_value: serde_json::Map<String, Json>,
}

impl GridData {
    /// The values of the first row; null for an empty cell.
    pub(crate) fn first_row(&self) -> Vec<Json> {
        let cells = self.row_data.first().map(|row| row.values.as_slice()).unwrap_or_default();
        // An extended value has one field, named after its type.
        cells.iter().map(|cell| cell.effective_value.values().next().cloned().unwrap_or(Json::Null)).collect()
    }
}

/// A range with its values: ragged, and without values where it is empty.
#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ValueRange {
    pub(crate) major_dimension: String,
    pub(crate) values: Vec<Vec<Json>>,
}

impl ValueRange {
    /// The cells of a single column.
    pub(crate) fn into_column(self) -> Vec<Json> {
        if self.major_dimension == "COLUMNS" {
            return self.values.into_iter().next().unwrap_or_default();
        }
        self.values.into_iter().map(|row| row.into_iter().next().unwrap_or(Json::Null)).collect()
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BatchGet {
    value_ranges: Vec<ValueRange>,
}

/// The answer to `values:batchUpdate`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Updated {
    pub(crate) responses: Vec<UpdatedRange>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct UpdatedRange {
    pub(crate) updated_data: Option<ValueRange>,
}

/// Longest list of ranges in an address. *Unverified* where Google's limit lies; others refuse 8 kB.
const ADDRESS_BYTES: usize = 6_000;

/// The statuses that `response.rs` reads.
const READ_HERE: &[u16] = &[400, 403, 404, 413];

impl Sheets {
    /// Reads about the spreadsheet itself: `fields` is a field mask, `ranges` pick tabs.
    pub(crate) async fn book(&self, fields: &str, range: Option<&str>) -> Result<Book, DestinationError> {
        let mut request = ApiRequest::get(SPREADSHEETS).id(&self.id).query("fields", fields);
        if let Some(range) = range {
            request = request.query("ranges", range);
        }
        self.read(request).await?.json()
    }

    /// Reads values as they are stored, column by column or row by row, one answer a range.
    pub(crate) async fn values(&self, ranges: &[String], major: &str) -> Result<Vec<ValueRange>, DestinationError> {
        let mut request = ApiRequest::get(SPREADSHEETS).id(&self.id).then("values:batchGet");
        for range in ranges {
            request = request.query("ranges", range);
        }
        let request = request
            .query("majorDimension", major)
            .query("valueRenderOption", "UNFORMATTED_VALUE")
            .query("dateTimeRenderOption", "SERIAL_NUMBER");
        let answer = self.read(request).await?;
        let found = answer.json::<BatchGet>()?.value_ranges;
        if found.len() != ranges.len() {
            let message = format!("{} ranges were asked for, and {} came back", ranges.len(), found.len());
            return Err(answer.error(lapwing_contract::ErrorKind::Protocol, message));
        }
        Ok(found)
    }

    /// Reads whole columns as they are stored: one request, but for a target so wide or a title so long that the
    /// address would be too long.
    pub(crate) async fn columns(
        &self,
        title: &str,
        wanted: impl IntoIterator<Item = usize>,
    ) -> Result<HashMap<usize, Vec<Json>>, DestinationError> {
        let mut wanted: Vec<usize> = wanted.into_iter().collect();
        wanted.sort_unstable();
        wanted.dedup();
        // Neighbours are one range.
        let spans: Vec<(usize, usize)> = wanted
            .chunk_by(|column, next| column + 1 == *next)
            .filter_map(|span| Some((*span.first()?, *span.last()?)))
            .collect();
        let mut columns: HashMap<usize, Vec<Json>> = wanted.iter().map(|column| (*column, Vec::new())).collect();
        // A byte takes up to three in an address.
        let ranges_at_once = (ADDRESS_BYTES / (3 * title.len() + 40)).max(1);
        for spans in spans.chunks(ranges_at_once) {
            let ranges: Vec<String> = spans.iter().map(|(first, last)| a1::columns(title, *first, *last)).collect();
            for ((first, last), found) in spans.iter().zip(self.values(&ranges, "COLUMNS").await?) {
                columns.extend((*first..=*last).zip(found.values));
            }
        }
        Ok(columns)
    }

    async fn read(&self, request: ApiRequest) -> Result<ApiResponse, DestinationError> {
        let answer = self.client.send(request.quota(READS).expect(READ_HERE)).await?;
        if answer.is_success() { Ok(answer) } else { Err(response::failure(&answer, self.email.as_deref())) }
    }

    /// Writes values: explicit ranges and explicit values, so a repeat writes the same into the same cells.
    pub(crate) async fn write_values(&self, body: String) -> Result<ApiResponse, DestinationError> {
        let request = ApiRequest::post(SPREADSHEETS).id(&self.id).then("values:batchUpdate");
        let request = request.body("application/json", body).idempotent(true);
        self.client.send(request.quota(WRITES).expect(READ_HERE)).await
    }

    /// Changes rows, columns or tabs: all requests or none. Never repeated, because positions mean something else
    /// afterwards.
    pub(crate) async fn restructure(&self, requests: &[Json]) -> Result<ApiResponse, DestinationError> {
        let request = ApiRequest::post(SPREADSHEETS).id(&self.id).verb("batchUpdate");
        let request = request.json(&json!({ "requests": requests }));
        let answer = self.client.send(request.quota(WRITES).expect(READ_HERE)).await?;
        if answer.is_success() {
            // An answer that cannot be read is no success.
            answer.json::<serde_json::Map<String, Json>>()?;
        }
        Ok(answer)
    }
}
