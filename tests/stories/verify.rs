//! `verify`: what people changed at a vendor is found, told by field, and corrected by the next run alone.

use serde_json::{Value as Json, json};

use crate::project::Project;
use crate::vendors::{VENDORS, Vendor};

const SALESFORCE: &Vendor = &VENDORS[0];
const SHEETS: &Vendor = &VENDORS[1];
const ZENDESK: &Vendor = &VENDORS[2];

/// What was found in the one sync: records, differing, missing.
fn found(document: &Json) -> [u64; 3] {
    let sync = &document["syncs"][0];
    ["records", "differing", "missing"].map(|figure| sync[figure].as_u64().unwrap_or(u64::MAX))
}

/// Looks once, and wants the exit code that tells of drift, or of none.
#[track_caller]
fn verify(project: &Project, expected: [u64; 3]) -> Json {
    let drifted = expected[1] + expected[2] > 0;
    let document = project.lapwing(&["verify", "--json"]).ended(i32::from(drifted)).json();
    assert_eq!(found(&document), expected, "{document:#}");
    assert!(project.only_read(), "{:#?}", project.writes());
    document
}

/// Ada's count is another one now, and bob is gone.
fn meddled(vendor: &Vendor) -> Project {
    let project = vendor.project();
    project.sync().ended(0);
    project.meddle(|line| {
        let (ada, bob) = (line.contains("\"ada\""), line.contains("\"bob\""));
        match vendor.kind {
            "salesforce" if ada => line.replace("\"Call_Rank__c\":3", "\"Call_Rank__c\":77"),
            "zendesk" if ada => line.replace("\"fields\":{\"1\":3", "\"fields\":{\"1\":77"),
            _ if bob => String::new(),
            _ => line.to_owned(),
        }
    });
    project
}

#[test]
fn what_a_vendor_has_just_confirmed_has_not_drifted() {
    let mut projects: Vec<Project> = VENDORS.iter().map(Vendor::project).collect();
    projects.push(Project::new());
    for project in projects {
        project.sync().ended(0);
        verify(&project, [5, 0, 0]);
        project.sync().ended(0).figures(&[("unchanged", 5), ("requests", 0)]);
    }
}

#[test]
fn what_people_changed_is_found_and_nothing_is_marked() {
    for vendor in [SALESFORCE, ZENDESK] {
        let project = meddled(vendor);
        let document = verify(&project, [5, 1, 1]);
        let fields = document["syncs"][0]["fields"].as_array().unwrap();
        let changed: Vec<u64> = fields.iter().map(|field| field["changed"].as_u64().unwrap()).collect();
        assert_eq!(changed.iter().sum::<u64>(), 1, "{document:#}");
        project.sync().ended(0).figures(&[("unchanged", 5), ("requests", 0)]);
        verify(&project, [5, 1, 1]);
    }
}

#[test]
fn a_repair_sends_nothing_and_the_next_run_sends_what_differs_alone() {
    for vendor in [SALESFORCE, ZENDESK] {
        let project = meddled(vendor);
        let document = project.lapwing(&["verify", "--repair", "--json"]).ended(1).json();
        assert_eq!(found(&document), [5, 1, 1]);
        let plan = &document["plan"]["syncs"][0];
        assert_eq!((&plan["added"], &plan["changed"], &plan["unchanged"]), (&json!(1), &json!(1), &json!(3)));
        assert!(project.only_read(), "{:#?}", project.writes());
        project.lapwing(&["apply", "--json"]).ended(0).figures(&[("added", 1), ("changed", 1), ("confirmed", 2)]);
        vendor.holds(&project, &[("ada", 3), ("bob", 1), ("cyd", 2), ("dan", 4), ("eve", 1)]);
        verify(&project, [5, 0, 0]);
        project.sync().ended(0).figures(&[("unchanged", 5), ("requests", 0)]);
    }
}

#[test]
fn a_repair_where_nothing_differs_marks_nothing() {
    let project = SALESFORCE.project();
    project.sync().ended(0);
    let document = project.lapwing(&["verify", "--repair", "--json"]).ended(0).json();
    assert_eq!(document["plan"], Json::Null);
    project.sync().ended(0).figures(&[("unchanged", 5), ("requests", 0)]);
}

#[test]
fn a_repair_is_told_with_the_plan_that_corrects_it() {
    let project = meddled(SALESFORCE);
    insta::assert_snapshot!(project.lapwing(&["verify", "--repair"]).ended(1).stdout);
}

#[test]
fn contacts_that_somebody_edited_are_found_once_their_job_shows() {
    let project = Project::new();
    project.sync().ended(0);
    project.meddle(|line| {
        if line.contains("cyd@example.com") {
            line.replace("\"number\":2.0", "\"number\":9.0")
        } else {
            line.to_owned()
        }
    });
    let document = verify(&project, [5, 1, 0]);
    assert_eq!(
        document["syncs"][0]["fields"][1],
        json!({
            "field": "orders_count", "gone": false, "compared": 5, "changed": 1, "emptied": 0
        })
    );
    project.lapwing(&["verify", "--repair"]).ended(1);
    project.sync().ended(0).figures(&[("changed", 1), ("confirmed", 1)]);
    assert_eq!(project.sent().len(), 1);
    assert_eq!(project.sent()[0].as_object().unwrap().len(), 2, "the address and one field: {:#?}", project.sent());
    verify(&project, [5, 0, 0]);
}

#[test]
fn a_name_that_is_written_once_belongs_to_the_people_there() {
    let project = SALESFORCE.project();
    project.sync().ended(0);
    project.meddle(|line| line.replace("\"LastName\":\"ADA\"", "\"LastName\":\"Lovelace\""));
    verify(&project, [5, 0, 0]);
}

#[test]
fn a_column_that_somebody_renamed_is_told_and_made_again() {
    let project = SHEETS.project();
    project.sync().ended(0);
    project.meddle(|line| line.replace("{\"text\":\"Orders\"}", "{\"text\":\"Ours\"}"));
    let document = verify(&project, [5, 5, 0]);
    let field = &document["syncs"][0]["fields"][1];
    assert_eq!((&field["gone"], &field["emptied"]), (&json!(true), &json!(5)), "{document:#}");
    project.lapwing(&["verify", "--repair"]).ended(1);
    project.sync().ended(0).figures(&[("changed", 5), ("confirmed", 5)]);
    verify(&project, [5, 0, 0]);
}

#[test]
fn a_sample_looks_at_so_many() {
    let project = ZENDESK.project();
    project.sync().ended(0);
    let document = project.lapwing(&["verify", "--sample", "2", "--json"]).ended(0).json();
    assert_eq!(found(&document), [2, 0, 0]);
    project.lapwing(&["verify", "--sample", "0"]).ended(2);
}

#[test]
fn a_vendor_that_cannot_be_asked_is_a_failure_and_marks_nothing() {
    let project = meddled(SALESFORCE);
    project.faults(&json!([{
        "when": { "method": "GET", "path": "*/query*", "times": 100 }, "then": { "action": "status", "status": 500 }
    }]));
    let failed = project.lapwing(&["verify", "--repair"]).ended(4);
    assert!(failed.talk().contains("destination `crm` failed"), "{}", failed.stderr);
    project.no_faults();
    project.sync().ended(0).figures(&[("unchanged", 5), ("requests", 0)]);
    verify(&project, [5, 1, 1]);
}

#[test]
fn files_cannot_be_read_back_and_a_new_sync_has_nothing_to_compare() {
    let mut project = Project::new();
    project.write();
    let refused = project.lapwing(&["verify"]).ended(2);
    assert!(refused.talk().contains("there is no ledger yet"), "{}", refused.stderr);
    assert!(!project.state().exists(), "a look makes no ledger");
    project.destination = vec!["connector = \"file\"".into(), "folder = \"outbox\"".into()];
    project.sync().ended(0);
    assert_eq!(project.lapwing(&["verify"]).ended(0).stdout, "contacts: crm cannot be read back\n");
}
