//! The fake against the facts, through the same door as everybody: [`Sandbox::exchange`].

mod fields;
mod gate;
mod jobs;
mod oauth;
mod persistence;
mod users;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chrono::DateTime;
use http::{Request, Response};
use lapwing_contract::{Clock, SimulatedClock};
use serde_json::{Value as Json, json};

use super::{Options, Role, Seed, Zendesk};
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
        Self::with(Options::default())
    }

    fn with(options: Options) -> Self {
        let clock = SimulatedClock::starting_at(DateTime::from_timestamp(1_800_000_000, 0).unwrap());
        let vendor = Box::new(Zendesk::new(7, options));
        let sandbox = Sandbox::in_memory(vendor, Settings::default(), Arc::new(clock.clone()));
        Self { sandbox, clock }
    }

    async fn send(&self, method: &str, path: &str, authorization: &str, body: &str) -> Response<Bytes> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("https://example.zendesk.com{path}"))
            .header("content-type", "application/json");
        if !authorization.is_empty() {
            request = request.header("authorization", authorization);
        }
        self.sandbox.exchange(request.body(Bytes::from(body.to_owned())).unwrap()).await.unwrap()
    }

    async fn call(&self, method: &str, path: &str, body: Json) -> Answer {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let response = self.send(method, &format!("/api/v2{path}"), "Bearer any", &body).await;
        (response.status().as_u16(), serde_json::from_slice(response.body()).unwrap_or(Json::Null))
    }

    async fn get(&self, path: &str) -> Answer {
        self.call("GET", path, Json::Null).await
    }

    async fn field(&self, field: Json) {
        let (status, body) = self.call("POST", "/user_fields", json!({ "user_field": field })).await;
        assert_eq!(status, 201, "{body}");
    }

    /// Starts a job and gives its id, not waiting for it.
    async fn submit(&self, users: Json) -> String {
        let (status, body) = self.call("POST", "/users/create_or_update_many", json!({ "users": users })).await;
        assert_eq!(status, 200, "{body}");
        body["job_status"]["id"].as_str().unwrap().to_owned()
    }

    /// Creates or updates users and gives the job at its end.
    async fn upsert(&self, users: Json) -> Json {
        let job = self.submit(users).await;
        self.finished(&job).await
    }

    async fn finished(&self, job: &str) -> Json {
        self.clock.sleep(Duration::from_secs(60)).await;
        self.job(job).await
    }

    async fn job(&self, job: &str) -> Json {
        let (status, mut body) = self.get(&format!("/job_statuses/{job}")).await;
        assert_eq!(status, 200, "{body}");
        body["job_status"].take()
    }

    /// The user with this external id, or null.
    async fn user(&self, external_id: &str) -> Json {
        let (_, mut body) = self.get(&format!("/users/show_many.json?external_ids={external_id}")).await;
        body["users"].as_array_mut().unwrap().pop().unwrap_or_default()
    }
}

/// A user that is there from the beginning.
fn seed(role: Role, email: &str, external_id: Option<&str>) -> Seed {
    let external_id = external_id.map(str::to_owned);
    Seed { role, name: "Somebody".into(), email: Some(email.into()), external_id, tags: vec!["vip".into()] }
}
