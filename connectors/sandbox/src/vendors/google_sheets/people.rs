//! The people who work in the spreadsheet, for tests: they edit, sort and move things while a sync runs.

use serde_json::{Value as Json, json};

use super::Shared;
use super::answers::Refusal;
use super::route::Call;
use super::{structure, values};
use crate::sandbox::lock;

/// Somebody at the spreadsheet's window: its owner, whom no protection stops. What they do counts against no quota and is
/// in no journal, so it is for accounts in memory.
#[derive(Clone)]
pub struct People {
    pub(super) shared: Shared,
    pub(super) book: String,
}

impl People {
    /// Types values into cells, as `USER_ENTERED` does: `"00123"` becomes a number.
    ///
    /// # Errors
    /// What Google would say.
    pub fn types(&self, range: &str, rows: &Json) -> Result<(), String> {
        self.writes(range, rows, "USER_ENTERED")
    }

    /// Puts values into cells as they are.
    ///
    /// # Errors
    /// What Google would say.
    pub fn puts(&self, range: &str, rows: &Json) -> Result<(), String> {
        self.writes(range, rows, "RAW")
    }

    fn writes(&self, range: &str, rows: &Json, input: &str) -> Result<(), String> {
        let body = json!({ "valueInputOption": input, "data": [{ "range": range, "values": rows }] });
        let call = self.call(&body);
        let mut account = lock(&self.shared.account);
        values::batch_update(&mut account, &self.shared.options, &call, None).map(drop).map_err(words)
    }

    /// Changes the structure: the requests of `spreadsheets.batchUpdate`.
    ///
    /// # Errors
    /// What Google would say.
    pub fn restructure(&self, requests: &Json) -> Result<(), String> {
        let call = self.call(&json!({ "requests": requests }));
        let mut account = lock(&self.shared.account);
        structure::batch_update(&mut account, &self.shared.options, &call, None).map(drop).map_err(words)
    }

    /// Sorts all rows below a header by one column, from 0.
    ///
    /// # Errors
    /// What Google would say.
    pub fn sort(&self, tab: &str, header_rows: usize, column: usize, is_descending: bool) -> Result<(), String> {
        let order = if is_descending { "DESCENDING" } else { "ASCENDING" };
        let range = json!({ "sheetId": self.sheet_id(tab)?, "startRowIndex": header_rows });
        let specs = json!([{ "dimensionIndex": column, "sortOrder": order }]);
        self.restructure(&json!([{ "sortRange": { "range": range, "sortSpecs": specs } }]))
    }

    /// Inserts an empty row before the row with this index, from 0.
    ///
    /// # Errors
    /// What Google would say.
    pub fn insert_row(&self, tab: &str, row: usize) -> Result<(), String> {
        self.insert(tab, "ROWS", row)
    }

    /// Inserts an empty column before the column with this index, from 0.
    ///
    /// # Errors
    /// What Google would say.
    pub fn insert_column(&self, tab: &str, column: usize) -> Result<(), String> {
        self.insert(tab, "COLUMNS", column)
    }

    fn insert(&self, tab: &str, dimension: &str, at: usize) -> Result<(), String> {
        let range =
            json!({ "sheetId": self.sheet_id(tab)?, "dimension": dimension, "startIndex": at, "endIndex": at + 1 });
        self.restructure(&json!([{ "insertDimension": { "range": range, "inheritFromBefore": false } }]))
    }

    /// Renames a tab.
    ///
    /// # Errors
    /// What Google would say.
    pub fn rename(&self, tab: &str, to: &str) -> Result<(), String> {
        let properties = json!({ "sheetId": self.sheet_id(tab)?, "title": to });
        self.restructure(&json!([{ "updateSheetProperties": { "properties": properties, "fields": "title" } }]))
    }

    /// The id of a tab.
    ///
    /// # Errors
    /// That there is no such tab.
    pub fn sheet_id(&self, tab: &str) -> Result<i64, String> {
        let mut account = lock(&self.shared.account);
        let book = account.book(&self.book, &self.shared.options).map_err(words)?;
        let at = book.titled(tab).ok_or_else(|| format!("no tab {tab}"))?;
        Ok(book.sheets[at].id)
    }

    fn call(&self, body: &Json) -> Call {
        Call { book: self.book.clone(), is_owner: true, query: Vec::new(), body: body.to_string().into() }
    }
}

fn words(refusal: Refusal) -> String {
    refusal.message
}
