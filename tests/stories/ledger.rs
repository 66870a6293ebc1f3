//! The ledger: one process at a time, nothing lost, and a key that does not move.

use chrono::Utc;
use lapwing::ledger::LedgerLock;
use serde_json::json;

use crate::project::Project;
use crate::segments::{alter_ledger, ledger};

#[test]
fn a_second_process_is_told_who_holds_the_ledger() {
    let project = Project::new();
    project.sync().ended(0);
    let _held = LedgerLock::take(&project.state(), "sync by somebody", Utc::now()).unwrap();
    let refused = project.lapwing(&["sync"]).ended(5);
    assert!(refused.talk().contains("is in use by process"), "{}", refused.stderr);
    assert!(refused.talk().contains("--wait"), "{}", refused.stderr);
}

#[test]
fn another_key_is_refused_with_the_way_out() {
    let mut project = Project::new();
    project.sync().ended(0);
    project.key = "key = { email = \"lower(email)\" }".into();
    let refused = project.sync().ended(2);
    assert!(refused.talk().contains("the ledger holds key expression `email`"), "{}", refused.stderr);
    assert!(refused.talk().contains("new name"), "{}", refused.stderr);
}

#[test]
fn a_job_that_was_running_is_followed_and_not_sent_again() {
    let project = Project::new();
    project.write();
    project.faults(&json!([{
        "when": { "method": "GET", "path": "/v3/marketing/contacts/imports/*", "times": 100 },
        "then": { "action": "status", "status": 500 }
    }]));
    let failed = project.lapwing(&["sync", "--json"]).ended(4);
    failed.figures(&[("pending", 5), ("confirmed", 0)]);
    let still_down = project.sync().ended(4);
    assert_eq!(still_down.json()["syncs"], json!([]), "nobody knows yet what arrived, so nothing is planned");
    assert_eq!(project.writes(), Vec::<serde_json::Value>::new());
    project.no_faults();
    let picked_up = project.sync().ended(0);
    picked_up.figures(&[("added", 0), ("unchanged", 5)]);
    assert!(picked_up.talk().contains("5 confirmed, 0 to be sent again, 1 job followed"), "{}", picked_up.stderr);
    assert_eq!(project.writes(), Vec::<serde_json::Value>::new());
}

#[test]
fn a_damaged_ledger_is_an_error_and_nothing_is_sent() {
    let project = Project::new();
    project.sync().ended(0);
    std::fs::write(project.state().join("ledger.duckdb"), b"no database").unwrap();
    let refused = project.lapwing(&["sync"]).ended(2);
    assert!(refused.talk().contains("damaged"), "{}", refused.stderr);
}

#[test]
fn the_views_tell_what_was_delivered() {
    let project = Project::new();
    project.sync().ended(0);
    let status = project.lapwing(&["status", "--json"]).ended(0).json();
    assert_eq!(status["runs"][0]["sync"], "contacts");
    assert_eq!(status["runs"][0]["confirmed"], 5);
    assert_eq!(status["runs"][0]["outcome"], "done");
}

#[test]
fn what_the_sandbox_confirmed_says_nothing_about_the_vendor() {
    let mut project = Project::new();
    project.sync().ended(0);
    let dead = "base_url = \"http://127.0.0.1:9\"";
    project.destination = vec!["connector = \"sendgrid\"".into(), "api_key = \"${KEY}\"".into(), dead.into()];
    project.write();
    let plan = project.lapwing_with(&["plan", "--json"], &[("KEY", "SG.a.b")]).ended(0);
    plan.figures(&[("added", 5), ("unchanged", 0)]);
}

#[test]
fn a_mapping_that_was_taken_out_for_a_look_costs_nothing_when_it_is_put_back() {
    let mut project = Project::new();
    project.sync().ended(0);
    let field = project.fields.remove(0);
    project.write();
    project.lapwing(&["sync", "--dry-run"]).ended(0);
    project.fields.insert(0, field);
    project.sync().ended(0).figures(&[("changed", 0), ("unchanged", 5), ("requests", 0)]);
}

/// `first_name 1, orders_count 2`: each field of one record with the run that confirmed its value.
fn confirmed_in(project: &Project) -> Vec<String> {
    let sql = "SELECT field || ' ' || coalesce(CAST(confirmed_run AS VARCHAR), '?') FROM deliveries
               WHERE key = 'bob@example.com' ORDER BY field";
    ledger(project, sql)
}

#[test]
fn each_field_has_the_run_that_confirmed_its_value() {
    let mut project = Project::new();
    project.sync().ended(0);
    assert_eq!(confirmed_in(&project), ["cycle_status 1", "first_name 1", "orders_count 1"]);
    project.customer("bob").first_name = "Robert".into();
    project.sync().ended(0).figures(&[("changed", 1)]);
    assert_eq!(confirmed_in(&project), ["cycle_status 1", "first_name 2", "orders_count 1"]);
    project.fields.push("revenue = \"monetary\"".into());
    project.sync().ended(0).figures(&[("changed", 5)]);
    assert_eq!(confirmed_in(&project), ["cycle_status 1", "first_name 2", "orders_count 1", "revenue 3"]);
}

#[test]
fn of_a_ledger_from_before_nobody_can_tell_which_run_confirmed_a_field() {
    let mut project = Project::new();
    project.sync().ended(0);
    alter_ledger(
        &project,
        "DROP VIEW deliveries;
         ALTER TABLE confirmed_1 DROP COLUMN r1; ALTER TABLE confirmed_1 DROP COLUMN r2;
         ALTER TABLE confirmed_1 DROP COLUMN r3; UPDATE ledger_format SET version = 4",
    );
    project.sync().ended(0).figures(&[("unchanged", 5), ("requests", 0)]);
    assert_eq!(confirmed_in(&project), ["cycle_status ?", "first_name ?", "orders_count ?"]);
    project.customer("bob").first_name = "Robert".into();
    project.sync().ended(0).figures(&[("changed", 1)]);
    assert_eq!(confirmed_in(&project), ["cycle_status ?", "first_name 3", "orders_count ?"]);
}
