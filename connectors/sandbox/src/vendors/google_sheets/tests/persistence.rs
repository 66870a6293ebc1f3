use std::path::Path;
use std::sync::Arc;

use chrono::DateTime;
use lapwing_contract::SimulatedClock;
use serde_json::{Value as Json, json};

use super::Account;
use crate::vendors::google_sheets::{GoogleSheets, Options};
use crate::{Sandbox, SandboxError, Settings};

fn open(folder: &Path) -> Result<Account, SandboxError> {
    let clock = SimulatedClock::starting_at(DateTime::from_timestamp(1_800_000_000, 0).unwrap());
    let fake = GoogleSheets::new(Options::default());
    let people = fake.people("book");
    let sandbox = Sandbox::open(folder, Box::new(fake), Settings::default(), Arc::new(clock.clone()))?;
    Ok(Account { sandbox, clock, people })
}

fn state(account: &Account) -> Json {
    account.sandbox.state()["spreadsheets"].clone()
}

#[tokio::test]
async fn a_spreadsheet_outlives_its_process_saved_or_killed() {
    let folder = tempfile::tempdir().unwrap();
    let account = open(folder.path()).unwrap();
    account.restructure(json!([{ "addSheet": { "properties": { "title": "It's ☂" } } }])).await;
    account.write("'It''s ☂'!B2:C2", json!([["=1", 0.1]])).await;
    let before = state(&account);
    drop(account);
    let account = open(folder.path()).unwrap();
    assert_eq!(state(&account), before, "from the journal");
    account.sandbox.save().unwrap();
    drop(account);
    let account = open(folder.path()).unwrap();
    assert_eq!(state(&account), before, "from the state");
    assert_eq!(account.sandbox.summary(), "1 spreadsheet, 2 tabs, 1 row");
}

#[tokio::test]
async fn a_damaged_state_is_refused_by_line_and_without_its_content() {
    let folder = tempfile::tempdir().unwrap();
    let header = r#"{"format":1,"kind":"google_sheets","generation":0,"saved_at":"2027-01-15T08:00:00Z"}"#;
    for line in [r#"{"row":"ada@example.com"}"#, r#"{"row":{"book":"none","sheet":0,"row":0,"cells":[]}}"#] {
        std::fs::write(folder.path().join("state.jsonl"), format!("{header}\n{line}\n")).unwrap();
        let error = open(folder.path()).err().unwrap();
        assert!(matches!(&error, SandboxError::State { line: 2, .. }), "{error}");
        assert!(!error.to_string().contains("ada"), "{error}");
    }
}
