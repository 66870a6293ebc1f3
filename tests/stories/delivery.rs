//! Delivery when the vendor has a bad day.

use serde_json::{Value, json};

use crate::project::Project;

fn on_upsert(then: &Value, times: u32) -> Value {
    json!([{ "when": { "method": "PUT", "path": "/v3/marketing/contacts", "times": times }, "then": then }])
}

#[test]
fn a_bad_record_costs_itself_only_and_is_tried_again_when_its_value_changes() {
    let mut project = Project::new();
    project.customer("bob").first_name = "B".repeat(60);
    let ran = project.sync().ended(1);
    ran.figures(&[("added", 5), ("confirmed", 4), ("rejected", 1)]);
    assert_eq!(project.contacts().len(), 4);
    let rejections = project.lapwing(&["rejections", "--json"]).ended(0).json();
    assert_eq!(rejections["rejections"][0]["key"], "bob@example.com");
    assert_eq!(rejections["rejections"][0]["field"], "first_name");
    project.sync().ended(1).figures(&[("added", 0), ("held", 1), ("requests", 0)]);
    project.customer("bob").first_name = "Bob".into();
    project.sync().ended(0).figures(&[("added", 1), ("confirmed", 1), ("held", 0)]);
    assert_eq!(project.contacts()["bob@example.com"]["first_name"], "Bob");
    assert_eq!(project.lapwing(&["rejections"]).ended(0).stdout, "no record is refused\n");
}

#[test]
fn who_has_mended_the_cause_asks_for_another_try() {
    let mut project = Project::new();
    project.customer("bob").first_name = "B".repeat(60);
    project.sync.push("max_attempts = 1".into());
    project.sync().ended(1).figures(&[("rejected", 1)]);
    let given_up = project.lapwing(&["rejections", "--json"]).ended(0).json();
    assert_eq!(
        (&given_up["reasons"][0]["given_up"], &given_up["rejections"][0]["retry_at"]),
        (&json!(1), &Value::Null)
    );
    let nobody = project.lapwing(&["rejections", "--retry", "--code", "another"]).ended(0);
    assert_eq!(nobody.stdout, "0 refused records are tried again by the next run\n");
    project.sync().ended(1).figures(&[("held", 1), ("requests", 0)]);
    let bob = project.lapwing(&["rejections", "--retry", "--key", "bob@example.com"]).ended(0);
    assert_eq!(bob.stdout, "1 refused record is tried again by the next run\n");
    project.sync().ended(1).figures(&[("held", 0), ("rejected", 1)]);
}

#[test]
fn an_address_that_is_none_is_refused_by_itself() {
    let mut project = Project::new();
    project.customer("eve").email = "not an address".into();
    project.sync().ended(1).figures(&[("confirmed", 4), ("rejected", 1)]);
    assert_eq!(project.contacts().len(), 4);
}

#[test]
fn a_vendor_that_stumbles_is_asked_again() {
    for then in [
        json!({ "action": "status", "status": 500 }),
        json!({ "action": "status", "status": 503 }),
        json!({ "action": "status", "status": 429, "headers": { "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "20" } }),
        json!({ "action": "cut" }),
        json!({ "action": "cut", "applied": true }),
        json!({ "action": "status", "status": 502, "applied": true }),
    ] {
        let project = Project::new();
        project.faults(&on_upsert(&then, 2));
        let ran = project.sync();
        assert_eq!(ran.exit, 0, "{then}: {}", ran.stderr);
        ran.figures(&[("confirmed", 5), ("rejected", 0)]);
        assert_eq!(project.contacts().len(), 5, "{then}");
    }
}

#[test]
fn a_vendor_that_stays_down_costs_nothing_but_time() {
    let project = Project::new();
    project.faults(&on_upsert(&json!({ "action": "status", "status": 503 }), 1000));
    let ran = project.sync().ended(4);
    ran.figures(&[("confirmed", 0), ("unknown", 5)]);
    assert!(ran.talk().contains("destination `crm` failed"), "{}", ran.stderr);
    project.no_faults();
    project.sync().ended(0).figures(&[("added", 5), ("confirmed", 5)]);
}

#[test]
fn credentials_that_are_refused_end_the_run_with_advice() {
    let project = Project::new();
    project.faults(&json!([{ "when": { "times": 1000 }, "then": { "action": "status", "status": 401 } }]));
    let ran = project.sync().ended(4);
    assert!(ran.talk().contains("check the destination's credentials"), "{}", ran.stderr);
    project.no_faults();
    project.sync().ended(0).figures(&[("added", 5), ("confirmed", 5)]);
}

#[test]
fn a_job_that_fails_is_halved_until_the_bad_record_stands_alone() {
    let project = Project::new();
    project.faults(&on_upsert(&json!({ "action": "job", "job": "fails" }), 1));
    let ran = project.sync().ended(0);
    ran.figures(&[("confirmed", 5), ("rejected", 0)]);
    assert_eq!(project.contacts().len(), 5);
}

#[test]
fn a_job_that_is_lost_is_sent_again() {
    let project = Project::new();
    project.faults(&on_upsert(&json!({ "action": "job", "job": "lost" }), 1));
    project.sync().ended(0).figures(&[("confirmed", 5)]);
    assert_eq!(project.contacts().len(), 5);
}
