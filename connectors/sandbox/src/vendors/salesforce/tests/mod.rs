//! The fake against the facts, through the same door as everybody: [`Sandbox::exchange`].

mod bulk;
mod collections;
mod persistence;
mod queries;
mod signing_in;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chrono::DateTime;
use http::{Request, Response};
use lapwing_contract::SimulatedClock;
use serde_json::{Value as Json, json};

use super::{Options, Salesforce};
use crate::{Sandbox, Settings};

const HOST: &str = "https://lapwing-dev-ed.my.salesforce.com";
const DATA: &str = "/services/data/v67.0";
const CONTACTS: &str = "/services/data/v67.0/composite/sobjects/Contact/Lapwing_Id__c";

/// An org, its clock, a session, and short ways to talk to it.
struct Org {
    sandbox: Sandbox,
    clock: SimulatedClock,
    token: String,
}

/// Status and body of an answer.
type Answer = (u16, Json);

fn options() -> Options {
    Options { job_jitter: Duration::ZERO, ..Options::default() }
}

impl Org {
    async fn new() -> Self {
        Self::with(options()).await
    }

    async fn with(options: Options) -> Self {
        let clock = SimulatedClock::starting_at(DateTime::from_timestamp(1_800_000_000, 0).unwrap());
        let vendor = Box::new(Salesforce::new(7, options));
        let sandbox = Sandbox::in_memory(vendor, Settings::default(), Arc::new(clock.clone()));
        Self::around(sandbox, clock).await
    }

    /// Signs in as anybody.
    async fn around(sandbox: Sandbox, clock: SimulatedClock) -> Self {
        let mut org = Self { sandbox, clock, token: String::new() };
        let (_, body) = org.sign_in(HOST, "grant_type=client_credentials&client_id=app&client_secret=s").await;
        org.token = body["access_token"].as_str().unwrap_or_default().to_owned();
        org
    }

    async fn sign_in(&self, host: &str, form: &str) -> Answer {
        let request = Request::post(format!("{host}/services/oauth2/token"))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Bytes::from(form.to_owned()))
            .unwrap();
        read(&self.sandbox.exchange(request).await.unwrap())
    }

    async fn send(&self, method: &str, path: &str, kind: &str, body: impl Into<Bytes>) -> Response<Bytes> {
        let request = Request::builder()
            .method(method)
            .uri(format!("{HOST}{path}"))
            .header("authorization", format!("Bearer {}", self.token))
            .header("content-type", kind)
            .body(body.into())
            .unwrap();
        self.sandbox.exchange(request).await.unwrap()
    }

    async fn call(&self, method: &str, path: &str, body: Json) -> Answer {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        read(&self.send(method, path, "application/json", body).await)
    }

    async fn get(&self, path: &str) -> Answer {
        self.call("GET", path, Json::Null).await
    }

    /// Upserts contacts by `Lapwing_Id__c`.
    async fn upsert(&self, records: &[Json]) -> Answer {
        self.call("PATCH", CONTACTS, json!({ "allOrNone": false, "records": records })).await
    }

    fn contact(&self, key: &str) -> Json {
        let state = self.sandbox.state();
        let found = state["records"]["Contact"].as_array().unwrap().iter().find(|row| row["Lapwing_Id__c"] == key);
        found.cloned().unwrap_or_default()
    }
}

fn read(response: &Response<Bytes>) -> Answer {
    (response.status().as_u16(), serde_json::from_slice(response.body()).unwrap_or(Json::Null))
}

/// A record with `attributes` first.
fn contact(key: &str, mut fields: Json) -> Json {
    let mut record = json!({ "attributes": { "type": "Contact" }, "Lapwing_Id__c": key });
    record.as_object_mut().unwrap().append(fields.as_object_mut().unwrap());
    record
}

fn code(row: &Json) -> &str {
    row["errors"][0]["statusCode"].as_str().unwrap_or("none")
}
