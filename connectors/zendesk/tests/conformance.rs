//! The suite that every connector passes.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail their test")]

use std::sync::Arc;

use lapwing_contract::{Connector, Destination, FieldSpec, FieldType, Operation, SimulatedClock, Target, Value};
use lapwing_http::HttpEnv;
use lapwing_sandbox::conformance::{Access, Harness, Stage, Stored, fields_of_every_type, holds};
use lapwing_sandbox::openapi::Checked;
use lapwing_sandbox::vendors::zendesk::{OauthClient, Options, Zendesk as Fake};
use lapwing_sandbox::{InProcess, Sandbox, Settings};
use lapwing_zendesk::Zendesk;
use serde_json::{Value as Json, json};

/// The part of Zendesk's OpenAPI file that the connector uses.
const OPENAPI: &str = include_str!("openapi.json");

struct ZendeskHarness;

/// The place of `name` in the target.
const NAME: usize = 8;

impl Harness for ZendeskHarness {
    fn stage(&self) -> Stage {
        let clock = Arc::new(SimulatedClock::starting_at("2026-05-04T08:00:00Z".parse().unwrap()));
        let clients = vec![OauthClient { id: "lapwing".into(), secret: "right".into(), refresh_token: None }];
        let fake = Fake::new(1, Options { clients, ..Options::default() });
        Stage { sandbox: Sandbox::in_memory(Box::new(fake), Settings::default(), clock.clone()), clock }
    }

    fn connect(&self, stage: &Stage, access: Access) -> Box<dyn Destination> {
        let (secret, scope) = match access {
            Access::Full => ("right", "read write"),
            Access::Wrong => ("wrong", "read write"),
            Access::ReadOnly => ("right", "read"),
        };
        let config = json!({
            "subdomain": "example", "client_id": "lapwing", "client_secret": secret, "scope": scope,
        });
        let env = HttpEnv::new(
            Arc::new(Checked::new(OPENAPI, Arc::new(InProcess::new(stage.sandbox.clone())))),
            stage.clock.clone(),
        );
        Zendesk::connect(serde_json::from_value(config).unwrap(), env).unwrap()
    }

    fn target(&self) -> Target {
        let mut fields = fields_of_every_type("a_");
        fields.push(FieldSpec::new("name", FieldType::Text));
        Target::new("conformance", "users", FieldSpec::new("external_id", FieldType::Text), fields)
    }

    fn required(&self) -> Vec<usize> {
        vec![NAME]
    }

    fn key(&self, n: u64) -> Value {
        Value::Text(format!("customer {n} é"))
    }

    fn bad_keys(&self) -> Vec<Value> {
        ["x", "y", "z"].map(|letter| Value::Text(letter.repeat(256))).into()
    }

    fn renews(&self) -> bool {
        true
    }

    fn bad_key(&self) -> Option<Value> {
        Some(Value::Text("x".repeat(256)))
    }

    fn write_route(&self, operation: Operation) -> (&'static str, &'static str) {
        match operation {
            Operation::Upsert => ("POST", "/api/v2/users/create_or_update_many"),
            Operation::Delete | Operation::RemoveFromLists => ("DELETE", "/api/v2/users/destroy_many"),
        }
    }

    fn stored(&self, sandbox: &Sandbox, key: &Value) -> Option<Stored> {
        let account = sandbox.state();
        let wanted = key.to_text().to_lowercase();
        let is_meant = |user: &&Json| {
            user["active"] == true && user["external_id"].as_str().is_some_and(|id| id.to_lowercase() == wanted)
        };
        let user = account["users"].as_array()?.iter().find(is_meant)?;
        let custom = user["user_fields"].as_object().into_iter().flatten();
        let fields = user.as_object()?.iter().chain(custom).map(|(name, value)| (name.clone(), value.clone()));
        Some(Stored { fields: fields.collect(), lists: Vec::new() })
    }

    fn holds(&self, field: &FieldSpec, sent: &Value, stored: Option<&Json>) -> bool {
        match sent {
            // Zendesk keeps the day.
            Value::Timestamp(at) => holds(&Value::Date(at.date_naive()), stored),
            // The empty state of a checkbox.
            Value::Null if field.field_type == FieldType::Bool => stored == Some(&json!(false)),
            // A name cannot be emptied: null keeps it.
            Value::Null if field.name == "name" => true,
            _ => holds(sent, stored),
        }
    }
}

lapwing_sandbox::conformance_tests!(ZendeskHarness);
