//! Guards: what looks like an accident is not sent.

use crate::project::Project;

#[test]
fn too_many_leaves_stop_the_run_before_anything_is_sent() {
    let mut project = Project::new();
    project.sync = vec!["on_leave = \"delete\"\nguards = { max_leave_pct = 30 }".into()];
    project.sync().ended(0);
    project.customers.truncate(3);
    let ran = project.sync().ended(3);
    ran.figures(&[("left", 2), ("confirmed", 0), ("requests", 0)]);
    assert!(ran.talk().contains("2 of 5 records would leave (40.0 %), more than 30 %"), "{}", ran.stderr);
    assert_eq!(project.contacts().len(), 5);
    let allowed = project.lapwing(&["sync", "--json", "--allow", "max_leave_pct"]).ended(0);
    allowed.figures(&[("left", 2), ("confirmed", 2)]);
    assert_eq!(project.contacts().len(), 3);
}

#[test]
fn an_empty_snapshot_is_not_meant() {
    let mut project = Project::new();
    project.sync().ended(0);
    project.sync.push("audience = \"frequency > 1000\"".into());
    let ran = project.sync().ended(3);
    assert!(ran.talk().contains("the snapshot is empty, and 5 records are at the destination"), "{}", ran.stderr);
}

#[test]
fn a_shift_in_a_distribution_stops_the_run() {
    let mut project = Project::new();
    project.fields = vec!["city = \"case when frequency > 1 then 'many' else 'one' end\"".into()];
    project.sync = vec!["guards = { max_change_pct = 100, max_shift_points = 15 }".into()];
    project.sync().ended(0);
    project.customer("bob").orders.push((3, 1.0));
    let ran = project.sync().ended(3);
    let told = "`city`: one value 60.0 % → 80.0 %, a shift of more than 15 points";
    assert!(ran.talk().contains(told), "a value of five people is not named: {}", ran.stderr);
    project.lapwing(&["sync", "--json", "--allow", "max_shift_points"]).ended(0).figures(&[("changed", 1)]);
}

#[test]
fn an_unknown_guard_is_a_mistake() {
    let project = Project::new();
    project.write();
    let ran = project.lapwing(&["sync", "--allow", "max_everything"]).ended(2);
    assert!(ran.talk().contains("guards are max_leave_pct"), "{}", ran.stderr);
}

#[test]
fn bad_rows_are_told_and_too_many_stop_the_run() {
    let project = Project::new();
    project.write();
    let orders = project.path().join("orders.csv");
    let more = format!("{}o99,ada,yesterday,5\n", std::fs::read_to_string(&orders).unwrap());
    std::fs::write(&orders, more).unwrap();
    let ran = project.lapwing(&["sync", "--json"]).ended(3);
    assert!(ran.talk().contains("1 unparsable ordered_at"), "{}", ran.stderr);
    assert!(ran.talk().contains("raise `max_bad_rows_pct` of [exports.orders]"), "{}", ran.stderr);
    let file = project.sync_file().replace("path = \"orders.csv\"", "path = \"orders.csv\"\nmax_bad_rows_pct = 20");
    std::fs::write(project.path().join("sync.toml"), file).unwrap();
    let ran = project.lapwing(&["sync", "--json"]).ended(0);
    assert!(ran.talk().contains("1 of 12 rows are set aside: 1 unparsable ordered_at"), "{}", ran.stderr);
}

#[test]
fn filling_a_new_field_in_for_everybody_is_no_accident() {
    let mut project = Project::new();
    project.sync = vec!["guards = { max_change_pct = 10 }".into()];
    project.sync().ended(0);
    project.fields.push("last_name = \"upper(customer_id)\"".into());
    project.sync().ended(0).figures(&[("changed", 5), ("confirmed", 5)]);
    project.fields[0] = "first_name = \"lower(first_name)\"".into();
    let ran = project.sync().ended(3);
    assert!(ran.talk().contains("5 of 5 records would change (100.0 %), more than 10 %"), "{}", ran.stderr);
}

#[test]
fn one_bad_record_does_not_trip_a_guard_whatever_its_share() {
    let mut project = Project::new();
    project.sync.clear();
    project.customer("bob").first_name = "B".repeat(60);
    project.sync().ended(1).figures(&[("confirmed", 4), ("rejected", 1), ("unsent", 0)]);
}

#[test]
fn a_segment_condition_sees_its_row_and_nothing_else() {
    let project = Project::new();
    project.write();
    let hostile =
        "[[segments]]\nname = \"All\"\nwhen = \"frequency > (SELECT count(*) FROM read_text('customers.csv'))\"\n";
    std::fs::write(project.path().join("sync.toml"), format!("{}{hostile}", project.sync_file())).unwrap();
    let ran = project.lapwing(&["sync"]).ended(2);
    assert!(ran.talk().contains("a subquery can't stand here"), "{}", ran.stderr);
}
