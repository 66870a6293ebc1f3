//! Google Sheets: the rows of a tab by key, and a list in order.

use std::time::Duration;

use chrono::{NaiveDate, TimeDelta};
use lapwing_contract::{Connector, Destination, OnLeave, SyncMode, Value};
use lapwing_google_sheets::GoogleSheets;
use lapwing_http::HttpEnv;
use lapwing_sandbox::Vendor as Fake;
use lapwing_sandbox::vendors::google_sheets::{Echo, GoogleSheets as Vendor, Login, Options, Role};
use serde_json::{Value as Json, json};

use super::{Account, Mapped, Stored, Temper, Window, mapped};

pub(super) struct Tab {
    name: &'static str,
    mode: SyncMode,
}

pub(super) const UPSERT: Tab = Tab { name: "google sheets", mode: SyncMode::Upsert };
pub(super) const LIST: Tab = Tab { name: "google sheets list", mode: SyncMode::List };

const TITLE: &str = "Call list";
const MINUTE: Duration = Duration::from_secs(60);

/// Documented: 60 of each a minute and user.
const WINDOWS: &[Window] = &[
    Window {
        name: "reads",
        requests: 60,
        per: MINUTE,
        counts: |request| request.path.starts_with("/v4/") && request.method == "GET",
    },
    Window {
        name: "writes",
        requests: 60,
        per: MINUTE,
        counts: |request| request.path.starts_with("/v4/") && request.method != "GET",
    },
];

impl Account for Tab {
    fn name(&self) -> &'static str {
        self.name
    }

    fn fake(&self, temper: &Temper) -> Box<dyn Fake> {
        let variant = usize::try_from(temper.variant).unwrap();
        let options = Options {
            logins: vec![Login::user("chaos", Role::Editor)],
            echo: [Echo::Whole, Echo::Written, Echo::Nothing][variant % 3],
            ..Options::default()
        };
        Box::new(Vendor::new(options))
    }

    fn connect(&self, env: HttpEnv) -> Box<dyn Destination> {
        let table = json!({ "spreadsheet": "book", "client_id": "id", "client_secret": "s", "refresh_token": "chaos" });
        GoogleSheets::connect(serde_json::from_value(table).unwrap(), env).unwrap()
    }

    fn object(&self) -> &'static str {
        TITLE
    }

    fn key_field(&self) -> &'static str {
        "customer"
    }

    fn fields(&self) -> &'static [Mapped] {
        const { &[mapped("segment", "a"), mapped("days late", "b"), mapped("last order", "c")] }
    }

    fn mode(&self) -> SyncMode {
        self.mode
    }

    fn leaves(&self) -> &'static [OnLeave] {
        match self.mode {
            SyncMode::Upsert => &[OnLeave::Keep, OnLeave::Clear, OnLeave::Delete],
            SyncMode::List => &[OnLeave::Delete],
        }
    }

    fn key(&self, number: u64) -> String {
        format!("customer {number}")
    }

    fn bad_key(&self, number: u64) -> String {
        format!("customer {number} {}", "x".repeat(50_001))
    }

    fn stored(&self, state: &Json) -> Vec<(String, Stored)> {
        let tabs = state["spreadsheets"][0]["tabs"].as_array().into_iter().flatten();
        let rows =
            tabs.filter(|tab| tab["title"] == TITLE).flat_map(|tab| tab["rows"].as_array().into_iter().flatten());
        let mut rows = rows.filter_map(Json::as_array);
        let Some(header) = rows.next() else { return Vec::new() };
        let stored = |row: &Vec<Json>| {
            let key = row.first()?.as_str().filter(|key| !key.is_empty())?;
            let named =
                header.iter().zip(row).filter_map(|(name, value)| Some((name.as_str()?.to_owned(), value.clone())));
            Some((key.to_owned(), Stored { fields: named.collect(), lists: 0 }))
        };
        rows.filter_map(stored).collect()
    }

    fn holds(&self, field: &str, sent: &Value, stored: Option<&Json>) -> bool {
        let _ = field;
        let day = |serial: f64| {
            #[expect(clippy::cast_possible_truncation, reason = "days of this era")]
            let days = TimeDelta::days(serial as i64);
            NaiveDate::from_ymd_opt(1899, 12, 30).unwrap() + days
        };
        match (sent, stored.and_then(Json::as_f64)) {
            (Value::Date(date), Some(serial)) => day(serial) == *date,
            _ => lapwing_sandbox::conformance::holds(sent, stored),
        }
    }

    fn windows(&self) -> &'static [Window] {
        WINDOWS
    }
}
