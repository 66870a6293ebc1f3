//! What people see.

use crate::project::Project;

fn shown(text: &str) -> String {
    text.lines().flat_map(|line| [line.trim_end(), "\n"]).collect()
}

#[test]
fn a_sync_ends_in_one_table() {
    let project = Project::new();
    project.write();
    let ran = project.lapwing(&["sync"]).ended(0);
    insta::assert_snapshot!(shown(&ran.stdout));
}

#[test]
fn a_plan_shows_what_happens_to_each_field() {
    let project = Project::new();
    project.write();
    insta::assert_snapshot!(shown(&project.lapwing(&["plan"]).ended(0).stdout));
}

#[test]
fn rejections_are_told_by_reason_and_one_by_one() {
    let mut project = Project::new();
    project.customer("bob").first_name = "B".repeat(60);
    project.sync().ended(1);
    // The next try is a day from now, whenever that is.
    insta::with_settings!({ filters => [(r"\d\d-\d\d\x{a0}\d\d:\d\d", "MM-DD\u{a0}HH:MM")] }, {
        insta::assert_snapshot!(shown(&project.lapwing(&["rejections"]).ended(0).stdout));
    });
}

#[test]
fn attributes_fit_on_a_screen() {
    let project = Project::new();
    project.write();
    insta::assert_snapshot!(shown(&project.lapwing(&["attributes", "--sample", "2"]).ended(0).stdout));
}

#[test]
fn what_could_not_be_calculated_is_told_and_the_rest_goes_on() {
    let mut project = Project::new();
    project.destination.push("[attributes.churn]".into());
    project.fields.push("p_alive = \"p_alive\"".into());
    project.write();
    let told = project.lapwing(&["attributes"]).ended(0).talk();
    assert!(told.contains("warning[attribute-not-calculated]"), "{told}");
    assert!(told.contains("5 customers with orders are too few"), "{told}");
    assert!(told.contains("export the orders of at least 100 customers"), "{told}");
}

#[test]
fn a_variable_that_is_not_set_is_told_with_its_place() {
    let mut project = Project::new();
    project.destination.pop();
    project.write();
    insta::assert_snapshot!(shown(&project.lapwing(&["sync"]).ended(2).stderr));
}

#[test]
fn no_value_and_no_secret_is_in_the_log() {
    let mut project = Project::new();
    project.customer("bob").first_name = "Secretname".repeat(8);
    project.write();
    let ran =
        project.lapwing_with(&["sync", "--log-level", "trace"], &[("SENDGRID_API_KEY", "SG.very.secret")]).ended(1);
    for secret in ["SG.very.secret", "Secretname", "bob@example.com", "ADA"] {
        assert!(!ran.stderr.contains(secret) && !ran.stdout.contains(secret), "{secret} in {}", ran.stderr);
    }
}
