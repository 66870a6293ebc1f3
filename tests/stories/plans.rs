//! `plan` and `apply`: what was looked at is what is sent.

use crate::project::Project;

#[test]
fn apply_sends_what_plan_staged() {
    let project = Project::new();
    project.write();
    let plan = project.lapwing(&["plan", "--json"]).ended(0);
    plan.figures(&[("added", 5), ("requests", 1)]);
    assert_eq!(plan.sync()["fields"][0]["created"], 5);
    project.lapwing(&["apply", "--json"]).ended(0).figures(&[("confirmed", 5)]);
    assert_eq!(project.contacts().len(), 5);
    let again = project.lapwing(&["apply"]).ended(2);
    assert!(again.talk().contains("there is no plan to apply"), "{}", again.stderr);
}

#[test]
fn apply_refuses_a_plan_whose_input_moved() {
    let mut project = Project::new();
    project.write();
    project.lapwing(&["plan"]).ended(0);
    project.customer("bob").orders.push((3, 1.0));
    project.write();
    let refused = project.lapwing(&["apply"]).ended(2);
    assert!(refused.talk().contains("the sync file or an export changed since"), "{}", refused.stderr);
    project.sync().ended(0).figures(&[("added", 5), ("confirmed", 5)]);
}

#[test]
fn apply_refuses_a_plan_whose_sync_file_moved() {
    let mut project = Project::new();
    project.write();
    project.lapwing(&["plan"]).ended(0);
    project.fields.pop();
    std::fs::write(project.path().join("sync.toml"), project.sync_file()).unwrap();
    project.lapwing(&["apply"]).ended(2);
}

#[test]
fn a_dry_run_leaves_nothing_behind() {
    let project = Project::new();
    project.write();
    project.lapwing(&["sync", "--dry-run", "--json"]).ended(0).figures(&[("added", 5)]);
    project.lapwing(&["apply"]).ended(2);
    project.sync().ended(0).figures(&[("added", 5), ("confirmed", 5)]);
}

#[test]
fn a_plan_made_after_fields_moved_is_applied_field_for_field() {
    let mut project = Project::new();
    project.fields = vec!["city = \"customer_id\"".into(), "last_name = \"first_name\"".into()];
    project.sync().ended(0);
    project.fields = vec![
        "address_line_1 = \"'street'\"".into(),
        "last_name = \"lower(first_name)\"".into(),
        "city = \"customer_id\"".into(),
    ];
    project.write();
    project.lapwing(&["plan"]).ended(0);
    project.lapwing(&["apply", "--json"]).ended(0).figures(&[("confirmed", 5)]);
    let ada = project.contacts()["ada@example.com"].clone();
    assert_eq!(
        (&ada["city"], &ada["last_name"], &ada["address_line_1"]),
        (&"ada".into(), &"ada".into(), &"street".into())
    );
}
