//! Every guard: what trips it, what it says, that nothing is sent, and that `--allow` lets it pass once.

use crate::project::Project;

/// Runs a sync that `guard` stops before anything is sent, and then one that lets it pass.
#[track_caller]
fn stopped(project: &Project, guard: &str, message: &str) {
    let before = project.contacts();
    let ran = project.sync().ended(3);
    let told = ran.talk();
    assert!(told.contains(&format!("guard `{guard}`: {message}; `--allow {guard}` lets it pass once")), "{told}");
    assert_eq!(ran.sync()["stopped_by"], guard);
    ran.figures(&[("confirmed", 0), ("requests", 0)]);
    assert_eq!(project.requests(), Vec::<serde_json::Value>::new(), "nothing was asked of the vendor");
    assert_eq!(project.contacts(), before);
    assert_eq!(project.lapwing(&["apply"]).ended(2).stdout, "", "no plan is left");
    let allowed = project.lapwing(&["sync", "--json", "--allow", guard]).ended(0);
    assert_eq!(allowed.sync()["stopped_by"], serde_json::Value::Null);
}

fn cities(project: &mut Project) {
    project.fields = vec!["city = \"nullif(first_name, 'NONE')\"".into()];
}

#[test]
fn customers_who_leave_all_at_once() {
    let mut project = Project::of(40);
    project.sync().ended(0);
    project.customers.truncate(34);
    stopped(&project, "max_leave_pct", "6 of 40 records would leave (15.0 %), more than 10 %");
    project.customers.truncate(30);
    project.sync().ended(3);
}

#[test]
fn values_that_change_all_at_once() {
    let mut project = Project::of(40);
    cities(&mut project);
    project.sync.push("guards = { max_change_pct = 50 }".into());
    project.sync().ended(0);
    for customer in project.customers.iter_mut().take(21) {
        customer.first_name.push('!');
    }
    stopped(&project, "max_change_pct", "21 of 40 records would change (52.5 %), more than 50 %");
}

#[test]
fn a_column_that_an_export_lost() {
    let mut project = Project::of(60);
    cities(&mut project);
    project.fields.push("last_name = \"upper(customer_id)\"".into());
    project.sync().ended(0);
    for customer in project.customers.iter_mut().take(13) {
        customer.first_name = "NONE".into();
    }
    stopped(
        &project,
        "max_clear_pct",
        "`city` would be emptied in 13 of 60 records that have it (21.7 %), more than 20 %",
    );
}

#[test]
fn an_export_that_was_cut_off() {
    let mut project = Project::of(40);
    cities(&mut project);
    project.sync().ended(0);
    project.sync().ended(0);
    for customer in project.customers.iter_mut().take(10) {
        customer.orders.clear();
    }
    let told = "the export `orders` has 30 rows, and had 40 in run 2: 25.0 % fewer, more than 20 %";
    stopped(&project, "max_drop_pct", told);
    project.sync().ended(0);
}

#[test]
fn an_audience_that_shrank() {
    let mut project = Project::of(40);
    cities(&mut project);
    project.sync.push("audience = \"frequency > 0\"\nguards = { max_leave_pct = 100, max_drop_pct = 30 }".into());
    project.sync().ended(0);
    for customer in project.customers.iter_mut().take(13) {
        customer.orders = vec![(2, -1.0)];
    }
    stopped(&project, "max_drop_pct", "the snapshot has 27 rows, and had 40 in run 1: 32.5 % fewer, more than 30 %");
}

#[test]
fn a_segment_that_jumps_is_named() {
    let mut project = Project::of(40);
    project.fields = vec!["city = \"case when frequency > 1 then 'Champions' else 'Others' end\"".into()];
    for customer in project.customers.iter_mut().take(10) {
        customer.orders.push((3, 1.0));
    }
    project.sync().ended(0);
    for customer in project.customers.iter_mut().skip(10).take(9) {
        customer.orders.push((3, 1.0));
    }
    let told = "`city`: \"Champions\" 25.0 % → 47.5 %, a shift of more than 20 points";
    stopped(&project, "max_shift_points", told);
}

#[test]
fn a_value_of_few_people_is_not_named() {
    let mut project = Project::of(20);
    cities(&mut project);
    for customer in &mut project.customers {
        customer.first_name = "NONE".into();
    }
    project.sync().ended(0);
    for customer in project.customers.iter_mut().take(9) {
        customer.first_name = "Ada".into();
    }
    for customer in project.customers.iter_mut().skip(9).take(2) {
        customer.first_name = "Bob".into();
    }
    stopped(&project, "max_shift_points", "`city`: no value 100.0 % → 45.0 %, a shift of more than 20 points");
    for customer in project.customers.iter_mut().take(9) {
        customer.first_name = "Eve".into();
    }
    let told = "`city`: one value 45.0 % → 0.0 %, a shift of more than 20 points";
    stopped(&project, "max_shift_points", told);
}

#[test]
fn an_audience_of_nobody() {
    let mut project = Project::new();
    project.sync().ended(0);
    project.sync.push("audience = \"frequency > 1000\"".into());
    stopped(&project, "allow_empty", "the snapshot is empty, and 5 records are at the destination");
}

#[test]
fn refusals_stop_what_is_not_sent_yet() {
    let mut project = Project::of(40);
    project.fields = vec!["first_name = \"first_name\"".into()];
    for customer in project.customers.iter_mut().take(10) {
        customer.first_name = format!("{}{}", customer.id, "n".repeat(60));
    }
    let ran = project.sync().ended(3);
    assert!(ran.talk().contains("10 of 40 records were refused (25.0 %), more than 5 %"), "{}", ran.stderr);
    assert_eq!(ran.sync()["stopped_by"], "max_reject_pct");
    for customer in project.customers.iter_mut().take(10) {
        customer.first_name.push('n');
    }
    project.write();
    project.lapwing(&["plan", "--allow", "max_reject_pct"]).ended(0);
    project.lapwing(&["apply", "--json", "--allow", "max_reject_pct"]).ended(1).figures(&[("rejected", 10)]);
    assert_eq!(project.contacts().len(), 30);
}

#[test]
fn a_plan_that_was_let_pass_is_applied() {
    let mut project = Project::of(40);
    project.sync().ended(0);
    project.customers.truncate(30);
    project.write();
    assert!(project.lapwing(&["plan"]).ended(3).talk().contains("10 of 40 records would leave"));
    let told = project.lapwing(&["plan", "--allow", "max_leave_pct"]).ended(3).talk();
    assert!(told.contains("the export `customers` has 30 rows, and had 40 in run 1"), "{told}");
    project.lapwing(&["plan", "--allow", "max_leave_pct", "--allow", "max_drop_pct"]).ended(0);
    project.lapwing(&["apply", "--json"]).ended(0).figures(&[("left", 10)]);
    project.customers.truncate(28);
    project.sync().ended(0);
}
