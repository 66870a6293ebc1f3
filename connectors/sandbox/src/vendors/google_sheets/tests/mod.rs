//! The fake against the facts, through the same door as everybody: [`Sandbox::exchange`].

mod gate;
mod people;
mod persistence;
mod structure;
mod values;

use std::sync::Arc;

use bytes::Bytes;
use chrono::DateTime;
use http::{Request, Response};
use lapwing_contract::SimulatedClock;
use serde_json::{Value as Json, json};

use super::{GoogleSheets, Options, People};
use crate::{Sandbox, Settings};

/// A spreadsheet, its clock, its people, and short ways to talk to it.
struct Account {
    sandbox: Sandbox,
    clock: SimulatedClock,
    people: People,
}

/// Status and body of an answer.
type Answer = (u16, Json);

impl Account {
    fn new() -> Self {
        Self::with(Options { reads_per_minute: 1_000, writes_per_minute: 1_000, ..Options::default() })
    }

    fn with(options: Options) -> Self {
        let clock = SimulatedClock::starting_at(DateTime::from_timestamp(1_800_000_000, 0).unwrap());
        let fake = GoogleSheets::new(options);
        let people = fake.people("book");
        let sandbox = Sandbox::in_memory(Box::new(fake), Settings::default(), Arc::new(clock.clone()));
        Self { sandbox, clock, people }
    }

    async fn send(&self, token: &str, method: &str, path: &str, body: &str) -> Response<Bytes> {
        let request = Request::builder()
            .method(method)
            .uri(format!("https://sheets.googleapis.com{path}"))
            .header("authorization", format!("Bearer {token}"))
            .body(Bytes::from(body.to_owned()))
            .unwrap();
        self.sandbox.exchange(request).await.unwrap()
    }

    async fn call(&self, method: &str, path: &str, body: Json) -> Answer {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let response = self.send("any", method, &format!("/v4/spreadsheets/book{path}"), &body).await;
        (response.status().as_u16(), serde_json::from_slice(response.body()).unwrap_or(Json::Null))
    }

    async fn get(&self, path: &str) -> Answer {
        self.call("GET", path, Json::Null).await
    }

    /// Writes one range RAW.
    async fn write(&self, range: &str, values: Json) -> Answer {
        let body = json!({ "valueInputOption": "RAW", "data": [{ "range": range, "values": values }] });
        self.call("POST", "/values:batchUpdate", body).await
    }

    /// The values of a range; nothing where it is empty.
    async fn values(&self, range: &str) -> Json {
        let (status, mut body) =
            self.get(&format!("/values:batchGet?valueRenderOption=UNFORMATTED_VALUE&ranges={range}")).await;
        assert_eq!(status, 200, "{body}");
        body["valueRanges"][0]["values"].take()
    }

    async fn restructure(&self, requests: Json) -> Answer {
        self.call("POST", ":batchUpdate", json!({ "requests": requests })).await
    }
}

/// The message of an error.
fn words(answer: &Answer) -> (u16, &str) {
    (answer.0, answer.1["error"]["message"].as_str().unwrap_or_default())
}
