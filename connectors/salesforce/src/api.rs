//! The shapes of Salesforce's answers. Nulls are taken as absent.

use serde::{Deserialize, Deserializer};

/// A fault of a whole request: `[{"message", "errorCode"}]` (recorded).
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Fault {
    #[serde(default, rename = "errorCode", deserialize_with = "or_default")]
    pub(crate) code: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) message: String,
}

impl Fault {
    /// The first fault of a body; an empty one where the body holds none.
    pub(crate) fn first(body: &[u8]) -> Self {
        serde_json::from_slice::<Vec<Self>>(body).unwrap_or_default().into_iter().next().unwrap_or_default()
    }
}

/// One row of an answer of sObject Collections. A failed one has no id (recorded).
#[derive(Debug, Deserialize)]
pub(crate) struct RowResult {
    pub(crate) success: bool,
    /// Whether an upsert made the record (recorded).
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) created: bool,
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) errors: Vec<RowFault>,
}

/// A fault of one row: its code has another name than that of a request (recorded).
#[derive(Debug, Default, Deserialize)]
pub(crate) struct RowFault {
    #[serde(default, rename = "statusCode", deserialize_with = "or_default")]
    pub(crate) code: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) message: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) fields: Vec<String>,
}

/// `GET …/sobjects/{Object}/describe`.
#[derive(Debug, Deserialize)]
pub(crate) struct Describe {
    pub(crate) name: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) createable: bool,
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) updateable: bool,
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) fields: Vec<DescribedField>,
}

/// A field as `describe` shows it (recorded).
#[expect(clippy::struct_excessive_bools, reason = "the vendor's form")]
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct DescribedField {
    pub(crate) name: String,
    #[serde(rename = "type")]
    pub(crate) vendor_type: String,
    pub(crate) length: usize,
    pub(crate) precision: u32,
    pub(crate) scale: u32,
    pub(crate) digits: u32,
    pub(crate) createable: bool,
    pub(crate) updateable: bool,
    pub(crate) external_id: bool,
    pub(crate) id_lookup: bool,
    pub(crate) unique: bool,
    pub(crate) case_sensitive: bool,
    pub(crate) restricted_picklist: bool,
    #[serde(deserialize_with = "or_default")]
    pub(crate) picklist_values: Vec<PicklistEntry>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct PicklistEntry {
    #[serde(deserialize_with = "or_default")]
    pub(crate) active: bool,
    #[serde(deserialize_with = "or_default")]
    pub(crate) value: String,
}

/// An ingest job.
#[derive(Debug, Deserialize)]
pub(crate) struct Job {
    pub(crate) id: String,
    pub(crate) state: String,
    #[serde(default, rename = "errorMessage", deserialize_with = "or_default")]
    pub(crate) error: String,
    #[serde(default, rename = "numberRecordsProcessed")]
    pub(crate) processed: Option<usize>,
    #[serde(default, rename = "numberRecordsFailed")]
    pub(crate) failed: Option<usize>,
}

/// One page of a query.
#[derive(Debug, Deserialize)]
pub(crate) struct Page {
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) records: Vec<serde_json::Map<String, serde_json::Value>>,
    #[serde(default, rename = "nextRecordsUrl")]
    pub(crate) next: Option<String>,
}

/// `GET …/limits`.
#[derive(Debug, Deserialize)]
pub(crate) struct Limits {
    #[serde(rename = "DailyApiRequests")]
    pub(crate) api_calls: Allotment,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Allotment {
    #[serde(rename = "Max")]
    pub(crate) most: u64,
    #[serde(rename = "Remaining")]
    pub(crate) left: u64,
}

/// `null` as the empty value.
fn or_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(from: D) -> Result<T, D::Error> {
    Option::deserialize(from).map(Option::unwrap_or_default)
}
