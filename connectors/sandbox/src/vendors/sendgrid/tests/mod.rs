//! The fake against the facts, through the same door as everybody: [`Sandbox::exchange`].

mod contacts;
mod fields;
mod gate;
mod jobs;
mod lists;
mod persistence;
mod search;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chrono::DateTime;
use http::{Request, Response};
use lapwing_contract::{Clock, SimulatedClock};
use serde_json::{Value as Json, json};

use super::{Options, SendGrid};
use crate::{Sandbox, Settings};

/// An account, its clock, and short ways to talk to it.
struct Account {
    sandbox: Sandbox,
    clock: SimulatedClock,
}

/// Status and body of an answer.
type Answer = (u16, Json);

impl Account {
    fn new() -> Self {
        Self::with(Options { job_jitter: Duration::ZERO, ..Options::default() })
    }

    fn with(options: Options) -> Self {
        let clock = SimulatedClock::starting_at(DateTime::from_timestamp(1_800_000_000, 0).unwrap());
        let vendor = Box::new(SendGrid::new(7, options));
        let sandbox = Sandbox::in_memory(vendor, Settings::default(), Arc::new(clock.clone()));
        Self { sandbox, clock }
    }

    async fn send(&self, method: &str, path: &str, body: &str) -> Response<Bytes> {
        let request = Request::builder()
            .method(method)
            .uri(format!("https://api.sendgrid.com{path}"))
            .header("authorization", "Bearer SG.any")
            .header("content-type", "application/json")
            .body(Bytes::from(body.to_owned()))
            .unwrap();
        self.sandbox.exchange(request).await.unwrap()
    }

    async fn call(&self, method: &str, path: &str, body: Json) -> Answer {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let response = self.send(method, path, &body).await;
        (response.status().as_u16(), serde_json::from_slice(response.body()).unwrap_or(Json::Null))
    }

    async fn get(&self, path: &str) -> Answer {
        self.call("GET", path, Json::Null).await
    }

    /// Creates a custom field and gives its id.
    async fn field(&self, name: &str, kind: &str) -> String {
        let body = json!({ "name": name, "field_type": kind });
        let (status, body) = self.call("POST", "/v3/marketing/field_definitions", body).await;
        assert_eq!(status, 200, "{body}");
        body["id"].as_str().unwrap().to_owned()
    }

    /// Creates a list and gives its id.
    async fn list(&self, name: &str) -> String {
        let (status, body) = self.call("POST", "/v3/marketing/lists", json!({ "name": name })).await;
        assert_eq!(status, 201, "{body}");
        body["id"].as_str().unwrap().to_owned()
    }

    async fn put(&self, body: Json) -> Answer {
        self.call("PUT", "/v3/marketing/contacts", body).await
    }

    /// Upserts contacts and gives the job, not waiting for it.
    async fn submit(&self, contacts: Json) -> String {
        let (status, body) = self.put(json!({ "contacts": contacts })).await;
        assert_eq!(status, 202, "{body}");
        body["job_id"].as_str().unwrap().to_owned()
    }

    /// Upserts contacts and gives the job's final status.
    async fn upsert(&self, contacts: Json) -> Json {
        let job = self.submit(contacts).await;
        self.finished(&job).await
    }

    async fn finished(&self, job: &str) -> Json {
        self.clock.sleep(Duration::from_secs(60)).await;
        self.job(job).await
    }

    async fn job(&self, job: &str) -> Json {
        let (status, body) = self.get(&format!("/v3/marketing/contacts/imports/{job}")).await;
        assert_eq!(status, 200, "{body}");
        body
    }

    /// The contact with this address, or null.
    async fn contact(&self, email: &str) -> Json {
        let (_, mut body) =
            self.call("POST", "/v3/marketing/contacts/search/emails", json!({ "emails": [email] })).await;
        body["result"][email.to_lowercase()]["contact"].take()
    }
}

/// The field and message of the first error.
fn first_error(body: &Json) -> (&str, &str) {
    let error = &body["errors"][0];
    (error["field"].as_str().unwrap_or_default(), error["message"].as_str().unwrap_or_default())
}
