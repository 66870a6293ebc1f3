//! The suite that every connector passes.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail their test")]

use std::sync::Arc;

use lapwing_contract::{Connector, Destination, FieldSpec, FieldType, Operation, SimulatedClock, Target, Value};
use lapwing_http::HttpEnv;
use lapwing_sandbox::conformance::{Access, Harness, Stage, Stored, fields_of_every_type};
use lapwing_sandbox::openapi::Checked;
use lapwing_sandbox::vendors::sendgrid::{ApiKey, Options, SendGrid as Fake};
use lapwing_sandbox::{InProcess, Sandbox, Settings};
use lapwing_sendgrid::SendGrid;
use serde_json::{Value as Json, json};

/// The part of SendGrid's OpenAPI files that the connector uses.
const OPENAPI: &str = include_str!("openapi.json");

struct SendGridHarness;

impl Harness for SendGridHarness {
    fn stage(&self) -> Stage {
        let clock = Arc::new(SimulatedClock::starting_at("2026-05-04T08:00:00Z".parse().unwrap()));
        let keys = vec![ApiKey::with_all_scopes("SG.full"), ApiKey::with_scopes("SG.read", &["marketing.read"])];
        let fake = Fake::new(1, Options { keys, ..Options::default() });
        Stage { sandbox: Sandbox::in_memory(Box::new(fake), Settings::default(), clock.clone()), clock }
    }

    fn connect(&self, stage: &Stage, access: Access) -> Box<dyn Destination> {
        let key = match access {
            Access::Full => "SG.full",
            Access::Wrong => "SG.wrong",
            Access::ReadOnly => "SG.read",
        };
        let env = HttpEnv::new(
            Arc::new(Checked::new(OPENAPI, Arc::new(InProcess::new(stage.sandbox.clone())))),
            stage.clock.clone(),
        );
        SendGrid::connect(serde_json::from_value(json!({ "api_key": key })).unwrap(), env).unwrap()
    }

    fn target(&self) -> Target {
        let email = FieldSpec::new("email", FieldType::Text);
        Target::new("conformance", "contacts", email, fields_of_every_type("a_"))
    }

    fn list(&self) -> Option<String> {
        Some("Lapsed customers".into())
    }

    fn key(&self, n: u64) -> Value {
        Value::Text(format!("customer.{n}@example.com"))
    }

    fn bad_key(&self) -> Option<Value> {
        // Passes the connector's own check, so that the vendor has to name it.
        Some(Value::Text("customer@example.1".into()))
    }

    fn bad_keys(&self) -> Vec<Value> {
        (1..=3).map(|n| Value::Text(format!("customer{n}@example.1"))).collect()
    }

    fn write_route(&self, operation: Operation) -> (&'static str, &'static str) {
        match operation {
            Operation::Upsert => ("PUT", "/v3/marketing/contacts"),
            Operation::Delete => ("DELETE", "/v3/marketing/contacts"),
            Operation::RemoveFromLists => ("DELETE", "/v3/marketing/lists/*/contacts"),
        }
    }

    fn stored(&self, sandbox: &Sandbox, key: &Value) -> Option<Stored> {
        let account = sandbox.state();
        let email = Json::from(key.to_text().to_lowercase());
        let contact = account["contacts"].as_array()?.iter().find(|contact| contact["email"] == email)?;
        let custom = contact["custom_fields"].as_object().into_iter().flatten();
        let fields = contact.as_object()?.iter().chain(custom).map(|(name, value)| (name.clone(), value.clone()));
        let name_of = |id: &Json| {
            let list = account["lists"].as_array()?.iter().find(|list| list["id"] == *id)?;
            Some(list["name"].as_str()?.to_owned())
        };
        let lists = contact["list_ids"].as_array()?.iter().filter_map(name_of).collect();
        Some(Stored { fields: fields.collect(), lists })
    }
}

lapwing_sandbox::conformance_tests!(SendGridHarness);
