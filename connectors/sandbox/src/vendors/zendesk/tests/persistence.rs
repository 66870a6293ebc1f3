use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use lapwing_contract::{Clock, SimulatedClock};
use serde_json::{Value as Json, json};

use super::Account;
use crate::vendors::zendesk::{Options, Zendesk};
use crate::{Sandbox, Settings};

fn open_at(folder: &Path, now: DateTime<Utc>) -> Account {
    let clock = SimulatedClock::starting_at(now);
    let vendor = Box::new(Zendesk::new(7, Options::default()));
    let sandbox = Sandbox::open(folder, vendor, Settings::default(), Arc::new(clock.clone())).unwrap();
    Account { sandbox, clock }
}

/// Fills an account with some of everything, and leaves a job half done.
async fn fill(account: &Account) -> String {
    account.field(json!({ "key": "tier", "type": "text", "title": "Tier" })).await;
    let user = json!({ "external_id": "☂", "name": "Ada", "email": "a@x.org", "tags": ["t"], "user_fields": { "tier": "gold" } });
    account.upsert(json!([user])).await;
    let body = json!({ "client_id": "c", "client_secret": "topsecret", "grant_type": "client_credentials" });
    account.send("POST", "/oauth/tokens", "", &body.to_string()).await;
    let users: Json = (0..50).map(|n| json!({ "external_id": format!("c{n}"), "name": "Bob" })).collect();
    let job = account.submit(users).await;
    account.clock.advance(Duration::from_secs(3));
    job
}

/// The state without the time it was taken at.
fn timeless(account: &Account) -> Json {
    let mut state = account.sandbox.state();
    state.as_object_mut().unwrap().remove("now");
    state
}

#[tokio::test]
async fn an_account_comes_back_whole_from_journal_and_state_and_its_jobs_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let account = open_at(folder.path(), DateTime::from_timestamp(1_800_000_000, 0).unwrap());
    let job = fill(&account).await;
    let (before, now) = (timeless(&account), account.clock.now());
    drop(account);
    // From the journal, then from the state file.
    for _ in 0..2 {
        let account = open_at(folder.path(), now);
        assert_eq!(timeless(&account), before);
        account.sandbox.save().unwrap();
    }
    let account = open_at(folder.path(), now);
    account.clock.advance(Duration::from_secs(10));
    assert_eq!(account.job(&job).await["status"], "completed");
    assert_eq!(account.user("c49").await["name"], "Bob");
}

#[tokio::test]
async fn no_credential_is_written_to_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let account = open_at(folder.path(), DateTime::from_timestamp(1_800_000_000, 0).unwrap());
    fill(&account).await;
    account.sandbox.save().unwrap();
    fill_again(&account).await;
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        assert!(!text.contains("topsecret") && !text.to_lowercase().contains("bearer"));
    }
}

async fn fill_again(account: &Account) {
    account.upsert(json!([{ "external_id": "new", "name": "New" }])).await;
}
