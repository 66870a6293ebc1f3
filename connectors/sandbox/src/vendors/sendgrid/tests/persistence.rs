use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::Request;
use lapwing_contract::{Clock, SimulatedClock};
use serde_json::{Value as Json, json};

use super::Account;
use crate::vendors::sendgrid::{Options, SendGrid};
use crate::{Sandbox, SandboxError, Settings};

fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

fn open_at(folder: &Path, now: DateTime<Utc>) -> Result<Account, SandboxError> {
    let clock = SimulatedClock::starting_at(now);
    let vendor = Box::new(SendGrid::new(7, Options { job_jitter: Duration::ZERO, ..Options::default() }));
    let sandbox = Sandbox::open(folder, vendor, Settings::default(), Arc::new(clock.clone()))?;
    Ok(Account { sandbox, clock })
}

/// Fills an account with some of everything, and leaves a job running.
async fn fill(account: &Account) -> String {
    let (score, list) = (account.field("score", "Number").await, account.list("vip").await);
    let due = account.field("due", "Date").await;
    let contacts = json!([
        { "email": "ada@example.com", "alternate_emails": ["a@b.io"], "custom_fields": { &score: 0.1, &due: "1921-05-06" } },
        { "external_id": "☂", "phone_number": "000" },
        { "external_id": "☂" },
    ]);
    account.put(json!({ "list_ids": [list], "contacts": contacts })).await;
    account.clock.sleep(Duration::from_secs(60)).await;
    account.submit(json!([{ "email": "late@example.com" }])).await
}

/// The state without the time it was taken at.
fn timeless(account: &Account) -> Json {
    let mut state = account.sandbox.state();
    state.as_object_mut().unwrap().remove("now");
    state
}

#[tokio::test]
async fn a_saved_account_comes_back_whole_and_its_jobs_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let account = open_at(folder.path(), start()).unwrap();
    let job = fill(&account).await;
    account.sandbox.save().unwrap();
    let (before, now) = (timeless(&account), account.clock.now());
    drop(account);
    let account = open_at(folder.path(), now).unwrap();
    assert_eq!(timeless(&account), before);
    account.clock.advance(Duration::from_secs(40));
    assert_eq!(account.job(&job).await["status"], "completed");
    assert_eq!(account.contact("late@example.com").await["email"], "late@example.com");
}

#[tokio::test]
async fn a_killed_process_loses_nothing_that_was_answered() {
    let folder = tempfile::tempdir().unwrap();
    let account = open_at(folder.path(), start()).unwrap();
    let job = fill(&account).await;
    let (before, now) = (timeless(&account), account.clock.now());
    drop(account);
    let account = open_at(folder.path(), now).unwrap();
    assert_eq!(timeless(&account), before);
    // And once more after a save, with the journal of the next generation.
    account.sandbox.save().unwrap();
    account.list("new").await;
    let before = timeless(&account);
    drop(account);
    let account = open_at(folder.path(), now).unwrap();
    assert_eq!(timeless(&account), before);
    account.clock.advance(Duration::from_secs(40));
    assert_eq!(account.job(&job).await["status"], "completed");
}

#[tokio::test]
async fn time_goes_on_from_the_saved_time_where_the_clock_is_behind_it() {
    let folder = tempfile::tempdir().unwrap();
    let account = open_at(folder.path(), start()).unwrap();
    fill(&account).await;
    let last = account.sandbox.now();
    drop(account);
    let account = open_at(folder.path(), DateTime::UNIX_EPOCH).unwrap();
    assert_eq!(account.sandbox.now(), last);
    account.clock.advance(Duration::from_secs(5));
    assert_eq!(account.sandbox.now(), last + Duration::from_secs(5));
}

#[tokio::test]
async fn a_folder_has_one_user_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let account = open_at(folder.path(), start()).unwrap();
    assert!(matches!(open_at(folder.path(), start()), Err(SandboxError::InUse { .. })));
    drop(account);
    open_at(folder.path(), start()).unwrap();
}

#[tokio::test]
async fn no_credential_is_written_to_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let account = open_at(folder.path(), start()).unwrap();
    fill(&account).await;
    account.sandbox.save().unwrap();
    account.list("new").await;
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        assert!(!text.contains("SG.any") && !text.to_lowercase().contains("bearer"));
    }
}

#[tokio::test]
async fn a_job_that_was_seen_to_be_done_stays_done_however_the_process_ended() {
    let folder = tempfile::tempdir().unwrap();
    let account = open_at(folder.path(), start()).unwrap();
    let job = fill(&account).await;
    let sent = account.clock.now();
    account.clock.sleep(Duration::from_secs(40)).await;
    assert_eq!(account.job(&job).await["status"], "completed");
    // Nothing was saved, and the next process starts with the time at which the job was sent.
    drop(account);
    let account = open_at(folder.path(), sent).unwrap();
    assert_eq!(account.job(&job).await["status"], "completed");
}

#[tokio::test]
async fn a_torn_last_line_of_the_journal_is_left_out() {
    use std::io::Write;
    let folder = tempfile::tempdir().unwrap();
    let account = open_at(folder.path(), start()).unwrap();
    account.list("vip").await;
    let before = timeless(&account);
    drop(account);
    let journal = folder.path().join("journal-0.jsonl");
    let mut file = std::fs::OpenOptions::new().append(true).open(&journal).unwrap();
    file.write_all(b"{\"at\":\"2027-01-15T08:00:00Z\",\"meth").unwrap();
    drop(file);
    let account = open_at(folder.path(), start()).unwrap();
    assert_eq!(timeless(&account), before);
    account.list("new").await;
    drop(account);
    assert_eq!(open_at(folder.path(), start()).unwrap().sandbox.state()["lists"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn damaged_and_foreign_states_are_refused_by_line_and_without_their_content() {
    let folder = tempfile::tempdir().unwrap();
    drop(open_at(folder.path(), start()).unwrap());
    let header = |kind: &str, format: u32| {
        format!("{{\"format\":{format},\"kind\":\"{kind}\",\"generation\":0,\"saved_at\":\"2027-01-15T08:00:00Z\"}}\n")
    };
    for (text, line) in [
        (header("salesforce", 1), 1),
        (header("sendgrid", 2), 1),
        ("ada@example.com\n".to_owned(), 1),
        (header("sendgrid", 1) + "{\"contact\":[1,\"ada@example.com\"]}\n", 2),
    ] {
        std::fs::write(folder.path().join("state.jsonl"), text).unwrap();
        let error = open_at(folder.path(), start()).err().unwrap();
        assert!(matches!(&error, SandboxError::State { line: at, .. } if *at == line), "{error}");
        assert!(!error.to_string().contains("ada"), "{error}");
    }
}

#[tokio::test]
async fn the_same_requests_at_the_same_times_give_the_same_answers() {
    let runs = [Account::new(), Account::new()];
    let mut states = Vec::new();
    for account in &runs {
        fill(account).await;
        let request = Request::get("https://sandbox.test/_sandbox/state").body(Bytes::new()).unwrap();
        states.push(account.sandbox.exchange(request).await.unwrap().into_body());
    }
    assert_eq!(states[0], states[1]);
}

/// `cargo test -p lapwing-sandbox -- --ignored --nocapture million`
#[tokio::test]
#[ignore = "takes a minute and a gigabyte"]
async fn a_million_contacts_are_written_saved_and_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let account = open_at(folder.path(), start()).unwrap();
    let tier = account.field("tier", "Text").await;
    let clock = std::time::Instant::now();
    for batch in 0..40_u32 {
        let contacts = (0..25_000_u32).map(|n| {
            let n = batch * 25_000 + n;
            json!({ "email": format!("customer-{n}@example.com"), "first_name": "Ada", "custom_fields": { &tier: "gold" } })
        });
        account.submit(contacts.collect()).await;
        account.clock.sleep(Duration::from_secs(1)).await;
    }
    account.clock.sleep(Duration::from_secs(60)).await;
    assert_eq!(account.sandbox.summary(), "1,000,000 contacts, 1 custom field, 0 lists");
    println!("written and applied: {:?}", clock.elapsed());
    let now = account.clock.now();
    drop(account);
    let clock = std::time::Instant::now();
    let account = open_at(folder.path(), now).unwrap();
    assert_eq!(account.sandbox.state_up_to(0)["contact_count"], 1_000_000);
    println!("opened from the journal: {:?}", clock.elapsed());
    let clock = std::time::Instant::now();
    account.sandbox.save().unwrap();
    println!("saved: {:?}", clock.elapsed());
    drop(account);
    let clock = std::time::Instant::now();
    let account = open_at(folder.path(), now).unwrap();
    println!("opened from the state: {:?}", clock.elapsed());
    assert_eq!(account.contact("customer-999999@example.com").await["custom_fields"]["tier"], "gold");
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    println!("{}", status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default());
}
