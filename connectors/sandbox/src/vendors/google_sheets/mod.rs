//! Google Sheets, as its discovery document, its documentation, recordings and issue threads know it.
//!
//! Here: the token endpoint (service accounts, refresh tokens), values (get, update, clear, alone and in batches), the
//! structure of tabs as far as rows, columns, titles, number formats and protection go, quotas and limits. Not here:
//! formulas (they keep their text and read as an error), appending by table detection, data filters, developer metadata,
//! styles; their routes answer 404, their requests 400.
//!
//! | file | holds |
//! |---|---|
//! | `route`, `limits`, `answers`, `tokens` | the way of a request: user, permission, quota, the error envelope |
//! | `values` | reading and writing cells |
//! | `structure`, `changes`, `apply`, `mask` | tabs, rows and columns |
//! | `account`, `sheet`, `cell`, `a1` | what a spreadsheet consists of |
//! | `people`, `options` | who works in it meanwhile, and how projects differ |

mod a1;
mod account;
mod answers;
mod apply;
mod cell;
mod changes;
mod limits;
mod mask;
mod options;
mod people;
mod route;
mod sheet;
mod structure;
#[cfg(test)]
mod tests;
mod tokens;
mod values;

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::DefaultBodyLimit;
use chrono::{DateTime, Utc};
use serde_json::Value as Json;

use account::Account;
pub use options::{Echo, Login, Options, Role};
pub use people::People;

use crate::Vendor;
use crate::sandbox::lock;

/// The connector's name for the vendor.
pub const KIND: &str = "google_sheets";

/// A fake Google project with its spreadsheets.
pub struct GoogleSheets {
    shared: Shared,
}

/// What the routes share.
type Shared = Arc<Inner>;

struct Inner {
    options: Options,
    account: Mutex<Account>,
}

impl GoogleSheets {
    /// A project with empty spreadsheets.
    pub fn new(options: Options) -> Self {
        Self { shared: Arc::new(Inner { options, account: Mutex::default() }) }
    }

    /// The people who work in one of its spreadsheets.
    pub fn people(&self, spreadsheet: &str) -> People {
        People { shared: Arc::clone(&self.shared), book: spreadsheet.to_owned() }
    }
}

impl Vendor for GoogleSheets {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn router(&self) -> Router {
        Router::new().fallback(route::serve).layer(DefaultBodyLimit::disable()).with_state(Arc::clone(&self.shared))
    }

    fn summary(&self, _now: DateTime<Utc>) -> String {
        let account = lock(&self.shared.account);
        let tabs = account.books.values().flat_map(|book| &book.sheets);
        let rows: usize = tabs.clone().map(|sheet| sheet.rows.iter().filter(|row| has_value(row)).count()).sum();
        let counted = |count: usize, noun: &str| format!("{count} {noun}{}", if count == 1 { "" } else { "s" });
        let books = counted(account.books.len(), "spreadsheet");
        format!("{books}, {}, {}", counted(tabs.count(), "tab"), counted(rows, "row"))
    }

    fn state(&self, now: DateTime<Utc>, limit: usize) -> Json {
        lock(&self.shared.account).to_json(now, limit)
    }

    fn save(&self, _now: DateTime<Utc>, out: &mut dyn Write) -> io::Result<()> {
        lock(&self.shared.account).save(out)
    }

    fn load(&self, line: &str) -> Result<(), String> {
        lock(&self.shared.account).load(line)
    }

    fn reset(&self) {
        *lock(&self.shared.account) = Account::default();
    }

    fn takes_credentials(&self, path: &str) -> bool {
        path == route::TOKEN
    }
}

fn has_value(row: &[cell::Cell]) -> bool {
    row.iter().any(|cell| cell.value.is_some())
}
