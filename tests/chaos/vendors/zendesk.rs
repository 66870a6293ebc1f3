//! Zendesk: users by job.

use std::time::Duration;

use lapwing_contract::{Connector, Destination, Value};
use lapwing_http::HttpEnv;
use lapwing_sandbox::Vendor as Fake;
use lapwing_sandbox::vendors::zendesk::{OauthClient, Options, RateSpelling, ResultShape, Zendesk as Vendor};
use lapwing_zendesk::Zendesk;
use serde_json::{Value as Json, json};

use super::{Account, Mapped, Stored, Temper, Window, fields, mapped};

pub(super) struct Users;

pub(super) const ZENDESK: Users = Users;

/// Documented for the smallest plan.
const WINDOWS: &[Window] = &[Window {
    name: "account",
    requests: 200,
    per: Duration::from_secs(60),
    counts: |request| request.path.starts_with("/api/v2/"),
}];

impl Account for Users {
    fn name(&self) -> &'static str {
        "zendesk"
    }

    fn fake(&self, temper: &Temper) -> Box<dyn Fake> {
        let variant = usize::try_from(temper.variant).unwrap();
        let spellings = [RateSpelling::Classic, RateSpelling::Documented, RateSpelling::Recorded];
        let results = [ResultShape::Recorded, ResultShape::Indexed, ResultShape::Summary];
        let options = Options {
            clients: vec![OauthClient { id: "chaos".into(), secret: "right".into(), refresh_token: None }],
            rate_headers: spellings[variant % 3],
            results: results[variant / 3 % 3],
            job_queue: Duration::from_secs(1) + temper.job_jitter,
            ..Options::default()
        };
        Box::new(Vendor::new(temper.seed, options))
    }

    fn connect(&self, env: HttpEnv) -> Box<dyn Destination> {
        let table = json!({ "subdomain": "example", "client_id": "chaos", "client_secret": "right" });
        Zendesk::connect(serde_json::from_value(table).unwrap(), env).unwrap()
    }

    fn object(&self) -> &'static str {
        "users"
    }

    fn key_field(&self) -> &'static str {
        "external_id"
    }

    fn fields(&self) -> &'static [Mapped] {
        const { &[mapped("name", "name"), mapped("tier", "a"), mapped("days_late", "b"), mapped("last_order", "c")] }
    }

    fn key(&self, number: u64) -> String {
        format!("customer {number} é")
    }

    fn bad_key(&self, number: u64) -> String {
        format!("customer {number} {}", "x".repeat(256))
    }

    fn stored(&self, state: &Json) -> Vec<(String, Stored)> {
        let users = state["users"].as_array().into_iter().flatten().filter(|user| user["active"] == true);
        let stored = |user: &Json| {
            let key = user["external_id"].as_str()?.to_owned();
            let mut all = fields(user);
            all.extend(fields(&user["user_fields"]));
            Some((key, Stored { fields: all, lists: 0 }))
        };
        users.filter_map(stored).collect()
    }

    fn holds(&self, field: &str, sent: &Value, stored: Option<&Json>) -> bool {
        // A name cannot be emptied: null keeps it.
        (field == "name" && *sent == Value::Null) || lapwing_sandbox::conformance::holds(sent, stored)
    }

    fn windows(&self) -> &'static [Window] {
        WINDOWS
    }

    fn job_routes(&self) -> &'static [(&'static str, &'static str)] {
        &[("POST", "/api/v2/users/create_or_update_many*"), ("DELETE", "/api/v2/users/destroy_many*")]
    }
}
