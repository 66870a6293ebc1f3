//! Google Sheets as a destination: a living list that people work in.
//!
//! # What it does
//! Keeps the rows of a tab in step, found by the key in one column. The header row names the fields. People sort, filter,
//! insert rows, add and move columns meanwhile; what they write beside Lapwing's columns is never touched.
//!
//! # How Google Sheets behaves, and what follows
//! * There is no lock and no version: rows may move between a read and a write. So header and keys are read before every
//!   write, and the keys come back with the answer to it; see `upsert.rs` and `repair.rs`.
//! * Appending looks for a table and finds the wrong one (recorded), and a repeat appends twice. So every range is
//!   explicit; see `place.rs`.
//! * `null` skips a cell and `""` clears it; a text is stored as it is with `RAW`, so that nothing becomes a formula; see
//!   `cell.rs`.
//! * Numbers are doubles, and dates are days since 1899-12-30; see `cell.rs` and `serial.rs`.
//! * 60 reads and 60 writes a minute, and no header that tells how many are left; see `api.rs`.
//!
//! # Sources
//! The discovery document of sheets v4 (revision 20261019), Google's documentation, recorded traffic of gspread and
//! Grouparoo, issues of gspread and pygsheets. What is known from none of them is marked *unverified* where it is used.

mod a1;
mod api;
mod assertion;
mod auth;
mod cell;
mod check;
mod config;
mod default_credentials;
mod destination;
mod lookup;
mod order;
mod place;
mod prepare;
mod ranges;
mod removal;
mod repair;
mod response;
mod serial;
mod tab;
mod token;
mod upsert;
mod validate;

pub use config::Config;

use lapwing_contract::{Connector, Destination, DestinationError, Finding, RateScope, Target};
use lapwing_http::HttpEnv;

/// The connector for Google Sheets.
#[derive(Debug, Clone, Copy)]
pub struct GoogleSheets;

impl Connector for GoogleSheets {
    const KIND: &'static str = "google_sheets";
    const SECRETS: &'static [&'static str] = &["service_account_key", "client_secret", "refresh_token"];
    const ACCOUNT: &'static [&'static str] = &["spreadsheet", "base_url"];
    const KEEPS_ORDER: bool = true;
    type Config = Config;
    type Env = HttpEnv;

    fn validate(config: &Config, targets: &[Target]) -> Vec<Finding> {
        validate::validate(config, targets)
    }

    fn rate_scope(config: &Config) -> RateScope {
        config.rate_scope()
    }

    fn connect(config: Config, env: HttpEnv) -> Result<Box<dyn Destination>, DestinationError> {
        Ok(Box::new(destination::Spreadsheet::connect(&config, &env)?))
    }
}
