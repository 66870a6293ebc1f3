//! `write = "if_empty"`: what somebody else has written stays.

use serde_json::json;

use crate::project::{Project, customer};

/// A destination where everybody but bob has a city, and a ledger that knows nothing of it.
fn settled() -> Project {
    let mut project = Project::new();
    project.fields = vec!["city = \"nullif(first_name, 'BOB')\"".into()];
    project.sync().ended(0);
    std::fs::remove_file(project.state().join("ledger.duckdb")).unwrap();
    project.fields = vec![
        "city = { from = \"'new ' || first_name\", write = \"if_empty\" }".into(),
        "last_name = \"customer_id\"".into(),
    ];
    project.sync.push("on_leave = \"delete\"".into());
    project.write();
    project
}

fn city(project: &Project, id: &str) -> String {
    project.contacts()[&format!("{id}@example.com")]["city"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn only_what_is_empty_is_filled_and_everybody_is_looked_at_once() {
    let mut project = settled();
    let plan = project.lapwing(&["plan", "--json"]).ended(0);
    assert_eq!(plan.sync()["fields"][0]["created"], 1, "bob");
    assert_eq!(project.writes(), Vec::<serde_json::Value>::new(), "a plan only looks");
    project.sync().ended(0).figures(&[("added", 5), ("confirmed", 5)]);
    assert_eq!((city(&project, "ada"), city(&project, "bob")), ("ADA".into(), "new BOB".into()));
    project.customer("bob").first_name = "Robert".into();
    project.sync().ended(0).figures(&[("changed", 0), ("requests", 0)]);
    project.customers.push(customer("fay", &[(1, 1.0)]));
    let ran = project.sync().ended(0);
    ran.figures(&[("added", 1), ("changed", 0)]);
    let searches =
        project.requests().into_iter().filter(|request| request["path"].as_str().unwrap().contains("/search"));
    assert!(searches.count() >= 1);
    assert_eq!(ran.sync()["requests"], project.requests().len(), "looks are counted");
    assert_eq!(city(&project, "fay"), "new FAY");
}

#[test]
fn who_comes_back_is_looked_at_anew() {
    let mut project = settled();
    project.sync().ended(0);
    let ada = project.customers.remove(0);
    project.sync().ended(0).figures(&[("left", 1), ("confirmed", 1)]);
    project.customers.push(ada);
    project.sync().ended(0).figures(&[("added", 1)]);
    assert_eq!(city(&project, "ada"), "new ADA");
}

#[test]
fn what_somebody_else_wrote_stays_theirs_when_it_is_adopted() {
    let mut project = settled();
    project.sync.last_mut().unwrap().replace_range(.., "on_leave = \"clear\"");
    project.write();
    project.lapwing(&["adopt"]).ended(0);
    project.sync().ended(0);
    project.customers.retain(|customer| !["ada", "bob"].contains(&customer.id));
    project.sync().ended(0).figures(&[("left", 2), ("confirmed", 2)]);
    assert_eq!((city(&project, "ada"), city(&project, "bob")), ("ADA".into(), String::new()), "ours is emptied");
}

#[test]
fn a_record_that_somebody_deleted_is_looked_at_anew_once_that_is_known() {
    let project = settled();
    project.sync().ended(0);
    project.meddle(|line| if line.contains("ada@example.com") { String::new() } else { line.to_owned() });
    project.lapwing(&["verify", "--repair"]).ended(1);
    project.sync().ended(0).figures(&[("added", 1), ("confirmed", 1)]);
    assert_eq!((city(&project, "ada"), city(&project, "cyd")), ("new ADA".into(), "CYD".into()));
}

#[test]
fn a_destination_that_cannot_be_read_gets_nothing() {
    let project = settled();
    project.faults(&json!([{
        "when": { "method": "POST", "path": "/v3/marketing/contacts/search/emails", "times": 100 },
        "then": { "action": "status", "status": 500 }
    }]));
    let failed = project.lapwing(&["sync", "--json"]).ended(4);
    assert_eq!(failed.json()["syncs"], json!([]));
    assert!(failed.talk().contains("destination `crm` failed"), "{}", failed.stderr);
    assert_eq!(project.writes(), Vec::<serde_json::Value>::new());
    project.no_faults();
    project.sync().ended(0).figures(&[("added", 5), ("confirmed", 5)]);
    assert_eq!(city(&project, "ada"), "ADA");
}

#[test]
fn what_depends_on_the_destination_is_told_as_open_and_nobody_is_asked() {
    let mut project = settled();
    let told = |project: &Project, id: &str| {
        let records = project.lapwing(&["explain", id, "--json"]).ended(0).json()["syncs"][0]["records"].clone();
        let fields = records[0]["fields"].as_array().unwrap_or_else(|| panic!("{records:#}")).clone();
        let of = |field: &serde_json::Value| (field["verdict"].as_str().unwrap().to_owned(), field["sent"].clone());
        (records[0]["reason"].as_str().unwrap().to_owned(), fields.iter().map(of).collect::<Vec<_>>())
    };
    let open = |verdict: &str| (verdict.to_owned(), serde_json::Value::Null);
    let (sent, left_alone) = (json!(true), json!(false));
    let before = project.requests().len();
    let (reason, fields) = told(&project, "ada");
    assert_eq!(reason, "to be sent: new, with 1 field, and 1 more if it is empty there");
    assert_eq!(fields, [open("if_found_empty"), ("new".into(), sent)]);
    assert_eq!(project.requests().len(), before, "nobody is asked");
    project.sync().ended(0);
    assert_eq!(told(&project, "ada").1[0], ("if_empty_only".into(), left_alone), "a look has found a value");
    // A field that is mapped later has never been looked at, and another goes along with it only.
    project.fields.push("country = { from = \"first_name\", write = \"if_empty\" }".into());
    project.fields.push("visits = { from = \"frequency\", trigger = false }".into());
    project.write();
    let (reason, fields) = told(&project, "ada");
    assert_eq!(reason, "to be sent: 1 field if it is empty there");
    assert_eq!(fields[2..], [open("if_found_empty"), open("if_others_are")]);
    let shown = project.lapwing(&["explain", "ada"]).ended(0).stdout;
    assert!(shown.contains("explain` asks no destination") && shown.contains("sent if empty there"), "{shown}");
    assert!(shown.lines().all(|line| line.chars().count() <= 80), "{shown}");
}
