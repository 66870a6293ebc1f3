//! SendGrid: contacts by job, on a list.

use std::time::Duration;

use lapwing_contract::{Connector, Destination, OnLeave};
use lapwing_http::HttpEnv;
use lapwing_sandbox::Vendor as Fake;
use lapwing_sandbox::vendors::sendgrid::{ApiKey, Options, SendGrid as Vendor};
use lapwing_sendgrid::SendGrid;
use serde_json::{Value as Json, json};

use super::{Account, Mapped, Stored, Temper, Window, fields, mapped};

pub(super) struct Contacts;

pub(super) const SENDGRID: Contacts = Contacts;

const MINUTE: Duration = Duration::from_secs(60);

/// Recorded: contacts 200 a minute, lists and field definitions 600.
const WINDOWS: &[Window] = &[
    Window {
        name: "contacts",
        requests: 200,
        per: MINUTE,
        counts: |request| request.path.starts_with("/v3/marketing/contacts"),
    },
    Window { name: "lists", requests: 600, per: MINUTE, counts: |request| request.path.contains("/marketing/lists") },
];

impl Account for Contacts {
    fn name(&self) -> &'static str {
        "sendgrid"
    }

    fn fake(&self, temper: &Temper) -> Box<dyn Fake> {
        let options = Options {
            keys: vec![ApiKey::with_all_scopes("SG.chaos")],
            job_jitter: temper.job_jitter,
            first_error_only: temper.variant % 2 == 1,
            reset_as_epoch: temper.variant / 2 % 2 == 1,
            ..Options::default()
        };
        Box::new(Vendor::new(temper.seed, options))
    }

    fn connect(&self, env: HttpEnv) -> Box<dyn Destination> {
        SendGrid::connect(serde_json::from_value(json!({ "api_key": "SG.chaos" })).unwrap(), env).unwrap()
    }

    fn object(&self) -> &'static str {
        "contacts"
    }

    fn key_field(&self) -> &'static str {
        "email"
    }

    fn fields(&self) -> &'static [Mapped] {
        const { &[mapped("first_name", "a"), mapped("days_late", "b"), mapped("last_order", "c")] }
    }

    fn lists(&self) -> &'static [&'static str] {
        &["Lapsed customers"]
    }

    fn leaves(&self) -> &'static [OnLeave] {
        &[OnLeave::Keep, OnLeave::Clear, OnLeave::Delete, OnLeave::RemoveFromList]
    }

    fn key(&self, number: u64) -> String {
        format!("customer.{number}@example.com")
    }

    fn bad_key(&self, number: u64) -> String {
        format!("customer.{number}@example.1")
    }

    fn stored(&self, state: &Json) -> Vec<(String, Stored)> {
        let contacts = state["contacts"].as_array().into_iter().flatten();
        let stored = |contact: &Json| {
            let mut all = fields(contact);
            all.extend(fields(&contact["custom_fields"]));
            let lists = contact["list_ids"].as_array().map_or(0, Vec::len);
            (contact["email"].as_str().unwrap().to_owned(), Stored { fields: all, lists })
        };
        contacts.map(stored).collect()
    }

    fn windows(&self) -> &'static [Window] {
        WINDOWS
    }

    fn job_routes(&self) -> &'static [(&'static str, &'static str)] {
        &[
            ("PUT", "/v3/marketing/contacts"),
            ("DELETE", "/v3/marketing/contacts"),
            ("DELETE", "/v3/marketing/lists/*/contacts"),
        ]
    }
}
