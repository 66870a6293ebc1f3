//! Every connector that talks over HTTP, on a scripted wire, with what it would write.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use lapwing_contract::{
    Batch, ChangeKind, Connector, Decimal, Destination, FieldBinding, FieldSpec, FieldType, NullPolicy, OnLeave,
    Operation, Prepared, Record, SimulatedClock, SyncMode, Target, Value, WritePolicy,
};
use lapwing_http::scripted::{Reply, ScriptedTransport};
use lapwing_http::{HttpEnv, Transport, TransportError};
use serde_json::json;

pub(crate) const KINDS: [&str; 4] = ["sendgrid", "salesforce", "google_sheets", "zendesk"];

/// A question that takes more requests than this takes them without an end.
const MOST_REQUESTS: usize = 3000;

/// Answers with what it has, and then with 599, or with its last answer for ever.
#[derive(Debug)]
struct Wire {
    script: ScriptedTransport,
    replies: usize,
    for_ever: Option<Reply>,
}

#[async_trait]
impl Transport for Wire {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let sent = self.script.sent().len();
        assert!(sent < MOST_REQUESTS, "asked {sent} times");
        if let Some(last) = self.for_ever.as_ref().filter(|_| sent >= self.replies) {
            self.script.push(last.clone());
        }
        self.script.send(request).await
    }
}

/// The destination, answered by these replies and then by 599, or by the last of them for ever.
pub(crate) fn connect(kind: &str, replies: &[Reply], for_ever: bool) -> Box<dyn Destination> {
    let for_ever = replies.last().filter(|_| for_ever).cloned();
    let wire = Wire { script: ScriptedTransport::new(replies.iter().cloned()), replies: replies.len(), for_ever };
    let clock = SimulatedClock::starting_at("2026-05-04T08:00:00Z".parse().unwrap());
    let env = HttpEnv::new(Arc::new(wire), Arc::new(clock));
    match kind {
        "sendgrid" => {
            lapwing_sendgrid::SendGrid::connect(serde_json::from_value(json!({ "api_key": "SG.x" })).unwrap(), env)
        }
        "salesforce" => {
            let table =
                json!({ "login_url": "https://acme.my.salesforce.com", "client_id": "c", "client_secret": "s" });
            lapwing_salesforce::Salesforce::connect(serde_json::from_value(table).unwrap(), env)
        }
        "google_sheets" => {
            let table = json!({ "spreadsheet": "1AbC", "client_id": "c", "client_secret": "s", "refresh_token": "r" });
            lapwing_google_sheets::GoogleSheets::connect(serde_json::from_value(table).unwrap(), env)
        }
        _ => {
            let table = json!({ "subdomain": "acme", "email": "ada@example.com", "api_token": "t" });
            lapwing_zendesk::Zendesk::connect(serde_json::from_value(table).unwrap(), env)
        }
    }
    .unwrap()
}

/// What lets each connector in, where it asks for a token first.
pub(crate) fn token() -> Reply {
    let body = json!({ "access_token": "t", "instance_url": "https://acme.my.salesforce.com", "token_type": "Bearer",
        "issued_at": "1777881600000", "expires_in": 3599, "refresh_token": "r2" });
    Reply::new(200, body.to_string())
}

fn spec(name: &str, field_type: FieldType) -> FieldSpec {
    FieldSpec { name: name.to_owned(), field_type, null: NullPolicy::Clear, write: WritePolicy::Always }
}

/// An object of the vendor with a field of each plain type.
pub(crate) fn target(kind: &str) -> Target {
    let (object, key) = match kind {
        "sendgrid" => ("contacts", "email"),
        "salesforce" => ("Contact", "Ext__c"),
        "google_sheets" => ("Calls", "id"),
        _ => ("users", "external_id"),
    };
    Target {
        sync: "fuzz".to_owned(),
        object: object.to_owned(),
        key: spec(key, FieldType::Text),
        fields: vec![
            spec("name", FieldType::Text),
            spec("score", FieldType::Int),
            spec("total", FieldType::Decimal),
            spec("ratio", FieldType::Float),
            spec("since", FieldType::Date),
            spec("seen_at", FieldType::Timestamp),
            spec("late", FieldType::Bool),
        ],
        lists: Vec::new(),
        mode: SyncMode::Upsert,
        on_leave: OnLeave::Delete,
    }
}

/// The target as the vendor would have named its fields.
pub(crate) fn prepared(kind: &str) -> Prepared {
    let target = target(kind);
    let types = match kind {
        "sendgrid" => ["Text", "Number", "Number", "Number", "Date", "Date", "Text"],
        "salesforce" => ["string", "double(18,0)", "double(16,2)", "double(16,2)", "date", "datetime", "boolean"],
        "google_sheets" => [""; 7],
        _ => ["text", "integer", "decimal", "decimal", "date", "text", "checkbox"],
    };
    let bind = |id: &str, kind: &str| FieldBinding {
        id: id.to_owned(),
        vendor_type: kind.to_owned(),
        ..FieldBinding::default()
    };
    let fields = target.fields.iter().zip(types).map(|(field, kind)| bind(&field.name, kind)).collect();
    let key = bind(&target.key.name, if kind == "salesforce" { "string" } else { "Text" });
    Prepared { fields, key, list_ids: Vec::new(), target }
}

/// A batch of records with these texts and numbers in their fields.
pub(crate) fn batch(kind: &str, operation: Operation, values: &[(String, i64, f64)]) -> Batch {
    let record = |(number, (text, whole, ratio)): (usize, &(String, i64, f64))| Record {
        seq: number as u64 + 1,
        kind: if operation == Operation::Upsert { ChangeKind::Changed } else { ChangeKind::Left },
        key: Value::Text(format!(
            "k{number}{}@example.com",
            text.chars().filter(char::is_ascii).take(5).collect::<String>()
        )),
        fields: if operation == Operation::Upsert { fields(text, *whole, *ratio) } else { Vec::new() },
    };
    let records = values.iter().enumerate().map(record).collect();
    Batch { number: 1, operation, target: Arc::new(prepared(kind)), records }
}

fn fields(text: &str, whole: i64, ratio: f64) -> Vec<(usize, Value)> {
    let day = chrono::NaiveDate::default() + chrono::TimeDelta::days(whole % 100_000);
    let all = [
        Value::Text(text.to_owned()),
        Value::Int(whole),
        Value::Decimal(Decimal {
            unscaled: i128::from(whole) * 7,
            scale: u8::try_from(whole.unsigned_abs() % 19).unwrap_or(0),
        }),
        Value::Float(ratio),
        Value::Date(day),
        Value::Timestamp(day.and_hms_opt(1, 2, 3).unwrap().and_utc()),
        Value::Bool(whole % 2 == 0),
    ];
    all.into_iter().enumerate().collect()
}
