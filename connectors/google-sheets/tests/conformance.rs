//! The suite that every connector passes.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail their test")]

use std::sync::Arc;

use chrono::{NaiveDate, TimeDelta};
use lapwing_contract::{Connector, Destination, FieldSpec, FieldType, Operation, SimulatedClock, Target, Value};
use lapwing_google_sheets::GoogleSheets;
use lapwing_http::HttpEnv;
use lapwing_sandbox::conformance::{Access, Harness, Stage, Stored, fields_of_every_type, holds};
use lapwing_sandbox::vendors::google_sheets::{GoogleSheets as Fake, Login, Options, Role};
use lapwing_sandbox::{InProcess, Sandbox, Settings};
use serde_json::{Value as Json, json};

struct SheetsHarness;

/// A serial number as the instant it stands for.
fn instant(serial: f64) -> String {
    let day_zero = NaiveDate::from_ymd_opt(1899, 12, 30).unwrap().and_hms_opt(0, 0, 0).unwrap().and_utc();
    #[expect(clippy::cast_possible_truncation, reason = "seconds of this era")]
    let seconds = (serial * 86_400.0).round() as i64;
    (day_zero + TimeDelta::seconds(seconds)).to_rfc3339()
}

impl Harness for SheetsHarness {
    fn stage(&self) -> Stage {
        let clock = Arc::new(SimulatedClock::starting_at("2026-05-04T08:00:00Z".parse().unwrap()));
        let logins = vec![Login::user("full", Role::Editor), Login::user("read", Role::Viewer)];
        let fake = Fake::new(Options { logins, ..Options::default() });
        Stage { sandbox: Sandbox::in_memory(Box::new(fake), Settings::default(), clock.clone()), clock }
    }

    fn connect(&self, stage: &Stage, access: Access) -> Box<dyn Destination> {
        let token = match access {
            Access::Full => "full",
            Access::Wrong => "wrong",
            Access::ReadOnly => "read",
        };
        let env = HttpEnv::new(Arc::new(InProcess::new(stage.sandbox.clone())), stage.clock.clone());
        let config = json!({ "spreadsheet": "book", "client_id": "id", "client_secret": "s", "refresh_token": token });
        GoogleSheets::connect(serde_json::from_value(config).unwrap(), env).unwrap()
    }

    fn target(&self) -> Target {
        let mut fields = fields_of_every_type("a ");
        fields.push(FieldSpec::new("a list", FieldType::List(Box::new(FieldType::Int))));
        Target::new("conformance", "Ada's customers", FieldSpec::new("customer", FieldType::Text), fields)
    }

    fn key(&self, n: u64) -> Value {
        Value::Text(format!("customer {n}"))
    }

    fn bad_key(&self) -> Option<Value> {
        Some(Value::Text("x".repeat(50_001)))
    }

    fn bad_keys(&self) -> Vec<Value> {
        ["x", "y", "z"].map(|letter| Value::Text(letter.repeat(50_001))).into()
    }

    fn renews(&self) -> bool {
        true
    }

    fn write_route(&self, operation: Operation) -> (&'static str, &'static str) {
        match operation {
            Operation::Upsert => ("POST", "/v4/spreadsheets/*/values:batchUpdate"),
            Operation::Delete | Operation::RemoveFromLists => ("POST", "/v4/spreadsheets/*:batchUpdate"),
        }
    }

    fn stored(&self, sandbox: &Sandbox, key: &Value) -> Option<Stored> {
        let state = sandbox.state();
        let tabs = state["spreadsheets"][0]["tabs"].as_array()?;
        let rows = tabs.iter().find(|tab| tab["title"] == "Ada's customers")?["rows"].as_array()?;
        let header = rows.first()?.as_array()?;
        let key = Json::from(key.to_text());
        let mut found = rows.iter().skip(1).filter(|row| row[0] == key);
        let row = found.next()?.as_array()?;
        assert!(found.next().is_none(), "a key stands in one row");
        let named = header.iter().zip(row).filter_map(|(name, value)| Some((name.as_str()?.to_owned(), value.clone())));
        Some(Stored { fields: named.collect(), lists: Vec::new() })
    }

    fn holds(&self, field: &FieldSpec, sent: &Value, stored: Option<&Json>) -> bool {
        let is_date = matches!(field.field_type, FieldType::Date | FieldType::Timestamp);
        match stored.and_then(Json::as_f64).filter(|_| is_date) {
            Some(serial) => holds(sent, Some(&json!(instant(serial)))),
            None => holds(sent, stored),
        }
    }
}

lapwing_sandbox::conformance_tests!(SheetsHarness);
