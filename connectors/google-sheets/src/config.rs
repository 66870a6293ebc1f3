//! The destination's table in the sync file.

use lapwing_contract::{Connector, DestinationError, ErrorKind, RateScope};
use lapwing_http::{BadAddress, api_address};
use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use url::Url;

use crate::GoogleSheets;

/// Where the API lives.
const BASE: &str = "https://sheets.googleapis.com";

/// The lowest header row that is taken: a table that starts further down is a mistake.
pub(crate) const MAX_HEADER_ROW: usize = 1_000;

/// Google Sheets.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The spreadsheet: its address in the browser, or its id.
    pub(crate) spreadsheet: String,

    /// The JSON key of a service account: `"${GOOGLE_SERVICE_ACCOUNT_KEY}"`. Without it and without `refresh_token`, the
    /// application default credentials of the machine are used.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub(crate) service_account_key: Option<SecretString>,

    /// The id of an OAuth client, with `client_secret` and `refresh_token`: then Lapwing works as that user.
    #[serde(default)]
    pub(crate) client_id: Option<String>,

    /// The secret of the OAuth client: `"${GOOGLE_CLIENT_SECRET}"`.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub(crate) client_secret: Option<SecretString>,

    /// The user's refresh token: `"${GOOGLE_REFRESH_TOKEN}"`.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub(crate) refresh_token: Option<SecretString>,

    /// The address of the API, where it is not Google's own: a proxy, or a test double. Plain `http` works for this
    /// machine only.
    #[serde(default)]
    pub(crate) base_url: Option<String>,

    /// The address that gives access tokens, where it is not the one of the credentials.
    #[serde(default)]
    pub(crate) token_url: Option<String>,

    /// Whether a tab that a sync names and the spreadsheet lacks is created. Default: `true`.
    #[serde(default = "yes")]
    pub(crate) create_tab: bool,

    /// Whether columns that a sync names and the tab lacks are added at the right. Default: `true`. With `false` they are
    /// errors, before anything is sent.
    #[serde(default = "yes")]
    pub(crate) create_columns: bool,

    /// The row that holds the names of the columns, from 1. Default: 1. Rows above it are left alone.
    #[serde(default = "first")]
    pub(crate) header_row: u32,
}

impl Config {
    /// The address of the API.
    pub(crate) fn base(&self) -> Result<Url, BadAddress> {
        api_address(self.base_url.as_deref().unwrap_or(BASE))
    }

    /// Google counts by user (documented), in whatever spreadsheet.
    pub(crate) fn rate_scope(&self) -> RateScope {
        let base = self.base().map(String::from).unwrap_or_default();
        let user = self.service_account_key.as_ref().or(self.refresh_token.as_ref());
        // Without either, all are the one user of the machine's own credentials.
        RateScope::of([GoogleSheets::KIND, &base, user.map_or("", ExposeSecret::expose_secret)])
    }

    /// The id of the spreadsheet; none where the text is neither an id nor an address of one.
    pub(crate) fn spreadsheet_id(&self) -> Option<&str> {
        let text = self.spreadsheet.trim();
        let id = match text.split_once("/spreadsheets/d/") {
            Some((_, rest)) => rest.split(['/', '?', '#']).next().unwrap_or_default(),
            None => text,
        };
        let is_id = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        (!id.is_empty() && id.len() <= 200 && id.bytes().all(is_id)).then_some(id)
    }

    /// Rows from the top of the grid to the first record.
    pub(crate) fn header_rows(&self) -> usize {
        usize::try_from(self.header_row).unwrap_or(usize::MAX).clamp(1, MAX_HEADER_ROW)
    }
}

/// The error for an address that cannot be used.
pub(crate) fn unusable(key: &str, bad: BadAddress) -> DestinationError {
    DestinationError::new(ErrorKind::Configuration, "connecting to Google Sheets", format!("{key} {bad}"))
}

fn yes() -> bool {
    true
}

fn first() -> u32 {
    1
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn config(table: serde_json::Value) -> Result<Config, String> {
        serde_json::from_value(table).map_err(|error| error.to_string())
    }

    #[test]
    fn a_spreadsheet_is_enough() {
        let config = config(json!({ "spreadsheet": "1AbC_d-9" })).unwrap();
        assert_eq!(config.base().unwrap().as_str(), "https://sheets.googleapis.com/");
        assert!(config.create_tab && config.create_columns);
        assert_eq!((config.header_rows(), config.spreadsheet_id()), (1, Some("1AbC_d-9")));
    }

    #[test]
    fn requests_count_by_user_in_whatever_spreadsheet() {
        let scope = |table| config(table).unwrap().rate_scope();
        let one = scope(json!({ "spreadsheet": "a", "service_account_key": "k" }));
        assert_eq!(one, scope(json!({ "spreadsheet": "b", "service_account_key": "k" })));
        assert_ne!(one, scope(json!({ "spreadsheet": "a", "service_account_key": "another" })));
        assert_ne!(one, scope(json!({ "spreadsheet": "a" })));
    }

    #[test]
    fn an_address_of_the_browser_is_its_id() {
        let id = |text: &str| config(json!({ "spreadsheet": text })).unwrap().spreadsheet_id().map(str::to_owned);
        for address in [
            "https://docs.google.com/spreadsheets/d/1AbC/edit?gid=0#gid=0",
            "https://docs.google.com/spreadsheets/d/1AbC",
            " 1AbC ",
        ] {
            assert_eq!(id(address).as_deref(), Some("1AbC"), "{address}");
        }
        for wrong in ["", "https://docs.google.com/spreadsheets/d/", "https://example.com/1AbC", "a/../b", "é"] {
            assert_eq!(id(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn an_unknown_key_is_an_error() {
        let error = config(json!({ "spreadsheet": "x", "spreadsheet_id": "x" })).unwrap_err();
        assert!(error.contains("spreadsheet_id"), "{error}");
    }

    #[test]
    fn plain_http_is_for_this_machine_only() {
        assert!(api_address("http://127.0.0.1:4010").is_ok());
        assert_eq!(api_address("http://sheets.googleapis.com"), Err(BadAddress::PlainText));
        assert_eq!(api_address("sheets.googleapis.com"), Err(BadAddress::NotAnAddress));
        assert_eq!(api_address("https://user:secret@proxy.example"), Err(BadAddress::Extras));
    }

    #[test]
    fn debug_shows_no_secret() {
        let table = json!({ "spreadsheet": "x", "service_account_key": "sec-ret", "client_secret": "sec-ret",
            "refresh_token": "sec-ret" });
        let config = config(table).unwrap();
        assert!(!format!("{config:?}").contains("sec-ret"), "{config:?}");
    }
}
