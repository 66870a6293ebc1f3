//! Salesforce: a custom object, by sObject Collections and by the Bulk API.

use std::time::Duration;

use lapwing_contract::{Connector, Destination};
use lapwing_http::HttpEnv;
use lapwing_salesforce::Salesforce;
use lapwing_sandbox::Vendor as Fake;
use lapwing_sandbox::vendors::salesforce::{Client, FieldDef, Kind, ObjectDef, Options, Salesforce as Vendor};
use serde_json::{Value as Json, json};

use super::{Account, Mapped, Stored, Temper, fields, mapped};

pub(super) struct Profiles {
    name: &'static str,
    /// Plans of so many changes go by job.
    bulk_from: u64,
}

pub(super) const COLLECTIONS: Profiles = Profiles { name: "salesforce by collections", bulk_from: 2_000 };
pub(super) const BULK: Profiles = Profiles { name: "salesforce by bulk", bulk_from: 1 };

const OBJECT: &str = "Loyalty_Profile__c";

impl Account for Profiles {
    fn name(&self) -> &'static str {
        self.name
    }

    fn fake(&self, temper: &Temper) -> Box<dyn Fake> {
        let fields = [
            FieldDef::new("Name", Kind::AutoNumber),
            FieldDef::new("Key__c", Kind::Text(80)).external_id(),
            FieldDef::new("Text__c", Kind::Text(255)),
            FieldDef::new("Int__c", Kind::Number { precision: 18, scale: 0 }),
            FieldDef::new("Date__c", Kind::Date),
        ];
        let options = Options {
            clients: vec![Client::with_secret("chaos", "s")],
            objects: vec![ObjectDef::new(OBJECT, "a01", fields)],
            // Sessions end in the middle of runs.
            session_lifetime: Duration::from_secs(900),
            job_jitter: temper.job_jitter,
            locked_rows: temper.locked_rows,
            api_calls_per_day: temper.calls_a_day.unwrap_or(15_000),
            ..Options::default()
        };
        Box::new(Vendor::new(temper.seed, options))
    }

    fn connect(&self, env: HttpEnv) -> Box<dyn Destination> {
        let table = json!({ "login_url": "https://acme.my.salesforce.com", "client_id": "chaos", "client_secret": "s",
            "bulk_from": self.bulk_from, "api_budget_pct": 90 });
        Salesforce::connect(serde_json::from_value(table).unwrap(), env).unwrap()
    }

    fn object(&self) -> &'static str {
        OBJECT
    }

    fn key_field(&self) -> &'static str {
        "Key__c"
    }

    fn fields(&self) -> &'static [Mapped] {
        const { &[mapped("Text__c", "a"), mapped("Int__c", "b"), mapped("Date__c", "c")] }
    }

    fn key(&self, number: u64) -> String {
        format!("customer-{number}")
    }

    fn bad_key(&self, number: u64) -> String {
        format!("customer-{number}-{}", "x".repeat(80))
    }

    fn stored(&self, state: &Json) -> Vec<(String, Stored)> {
        let records = state["records"][OBJECT].as_array().into_iter().flatten();
        let stored = |record: &Json| {
            let key = record["Key__c"].as_str().unwrap_or_default().to_owned();
            (key, Stored { fields: fields(record), lists: 0 })
        };
        records.map(stored).collect()
    }

    fn job_routes(&self) -> &'static [(&'static str, &'static str)] {
        if self.bulk_from == 1 { &[("PATCH", "/services/data/v67.0/jobs/ingest/*")] } else { &[] }
    }
}
