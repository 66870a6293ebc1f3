//! `adopt`: a new ledger learns what the destination holds, so that the first run sends differences only.

use serde_json::{Value as Json, json};

use crate::project::{Project, customer};
use crate::vendors::{VENDORS, Vendor};

const SALESFORCE: &Vendor = &VENDORS[0];
const SHEETS: &Vendor = &VENDORS[1];

#[track_caller]
fn adopt(project: &Project, expected: [u64; 3]) -> Json {
    project.write();
    let document = project.lapwing(&["adopt", "--json"]).ended(0).json();
    let sync = &document["syncs"][0];
    let found = ["looked_for", "found", "same"].map(|figure| sync[figure].as_u64().unwrap_or(u64::MAX));
    assert_eq!(found, expected, "{document:#}");
    assert!(project.only_read(), "{:#?}", project.writes());
    document
}

#[test]
fn a_first_run_over_a_full_destination_sends_differences_only() {
    let mut projects: Vec<Project> = VENDORS.iter().map(Vendor::project).collect();
    projects.push(Project::new());
    for mut project in projects {
        let fields = project.fields.len() as u64;
        project.sync().ended(0);
        project.lose_the_ledger();
        project.customer("bob").orders.push((3, 1.0));
        project.customers.push(customer("fay", &[(10, 3.0)]));
        // Bob's count is another one now, and fay is not there.
        adopt(&project, [6, 5, 5 * fields - 1]);
        project.sync().ended(0).figures(&[("added", 1), ("changed", 1), ("unchanged", 4), ("confirmed", 2)]);
        project.sync().ended(0).figures(&[("unchanged", 6), ("requests", 0)]);
    }
}

#[test]
fn where_nobody_is_known_there_is_nothing_to_adopt() {
    for vendor in &VENDORS {
        let project = vendor.project();
        adopt(&project, [5, 0, 0]);
        project.sync().ended(0).figures(&[("added", 5), ("confirmed", 5)]);
        vendor.holds(&project, &[("ada", 3), ("bob", 1), ("cyd", 2), ("dan", 4), ("eve", 1)]);
    }
}

#[test]
fn what_was_confirmed_is_never_overwritten() {
    let mut project = SALESFORCE.project();
    project.sync().ended(0);
    project.meddle(|line| line.replace("\"Call_Rank__c\":3", "\"Call_Rank__c\":77"));
    adopt(&project, [0, 0, 0]);
    project.lapwing(&["verify"]).ended(1);
    // A new field is adopted by itself: the others stay as they were confirmed.
    project.fields.push("Promo_Score__c = \"frequency\"".into());
    let document = adopt(&project, [5, 5, 0]);
    assert_eq!(document["syncs"][0]["values"], 5);
    project.lapwing(&["verify"]).ended(1);
    project.sync().ended(0).figures(&[("changed", 5), ("confirmed", 5)]);
}

#[test]
fn adopting_twice_finds_nothing_more() {
    let project = SHEETS.project();
    project.sync().ended(0);
    project.lose_the_ledger();
    adopt(&project, [5, 5, 10]);
    adopt(&project, [0, 0, 0]);
    project.sync().ended(0).figures(&[("unchanged", 5)]);
}

#[test]
fn a_cell_that_holds_something_else_is_in_doubt_and_is_written_over() {
    let project = SHEETS.project();
    project.sync().ended(0);
    project.lose_the_ledger();
    project.meddle(|line| {
        let is_ada = line.contains("{\"text\":\"ada\"}");
        if is_ada { line.replace("{\"number\":3.0}", "{\"text\":\"many\"}") } else { line.to_owned() }
    });
    adopt(&project, [5, 5, 9]);
    project.sync().ended(0).figures(&[("added", 0), ("changed", 1), ("unchanged", 4)]);
    SHEETS.holds(&project, &[("ada", 3), ("bob", 1), ("cyd", 2), ("dan", 4), ("eve", 1)]);
}

#[test]
fn who_is_on_a_list_is_not_known_so_everybody_is_sent_once() {
    let mut project = Project::new();
    project.sync.push("lists = [\"Win-back\"]".into());
    project.sync().ended(0);
    project.lose_the_ledger();
    project.write();
    insta::with_settings!({ filters => vec![("Run \\d+", "Run N")] }, {
        insta::assert_snapshot!(project.lapwing(&["adopt"]).ended(0).stdout);
    });
    project.sync().ended(0).figures(&[("confirmed", 5), ("unchanged", 0)]);
    let sent = project.sent();
    assert!(sent.iter().all(|contact| contact.as_object().unwrap().len() == 1), "no value is sent again: {sent:#?}");
    project.sync().ended(0).figures(&[("unchanged", 5), ("requests", 0)]);
}

#[test]
fn an_adopted_record_that_leaves_is_treated_like_any_other() {
    let mut project = SALESFORCE.project();
    project.sync.push("on_leave = \"delete\"".into());
    project.sync().ended(0);
    project.lose_the_ledger();
    adopt(&project, [5, 5, 10]);
    project.customers.retain(|customer| customer.id != "cyd");
    project.sync().ended(0).figures(&[("left", 1), ("confirmed", 1)]);
    SALESFORCE.holds(&project, &[("ada", 3), ("bob", 1), ("dan", 4), ("eve", 1)]);
}

#[test]
fn files_hold_nothing_to_adopt() {
    let mut project = Project::new();
    project.destination = vec!["connector = \"file\"".into(), "folder = \"outbox\"".into()];
    project.write();
    let document = project.lapwing(&["adopt", "--json"]).ended(0).json();
    assert_eq!(document["syncs"][0]["can_be_read"], json!(false));
    project.sync().ended(0).figures(&[("added", 5)]);
}
