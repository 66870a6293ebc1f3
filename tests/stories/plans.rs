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
    assert!(again.talk().contains("there is no plan to apply: run 2 (`apply`) came after it"), "{}", again.stderr);
}

#[test]
fn apply_refuses_a_plan_whose_input_moved() {
    let project = Project::new();
    project.write();
    project.lapwing(&["plan"]).ended(0);
    let orders = project.path().join("orders.csv");
    let more = format!("{}o99,bob,2026-01-03 12:00:00,1\n", std::fs::read_to_string(&orders).unwrap());
    std::fs::write(&orders, more).unwrap();
    let refused = project.lapwing(&["apply"]).ended(2);
    let told = "the plan of sync `contacts` is out of date: the export `orders` changed since";
    assert!(refused.talk().contains(told), "{}", refused.stderr);
    project.sync().ended(0).figures(&[("added", 5), ("confirmed", 5)]);
}

#[test]
fn apply_refuses_a_plan_whose_sync_file_moved() {
    let mut project = Project::new();
    project.write();
    project.lapwing(&["plan"]).ended(0);
    project.fields.pop();
    std::fs::write(project.path().join("sync.toml"), project.sync_file()).unwrap();
    let refused = project.lapwing(&["apply"]).ended(2);
    assert!(refused.talk().contains("is out of date: the sync file changed since"), "{}", refused.stderr);
}

#[test]
fn apply_refuses_a_plan_whose_ledger_moved() {
    let mut project = Project::new();
    project.customer("bob").first_name = "B".repeat(60);
    project.sync().ended(1);
    project.customer("eve").first_name = "Eva".into();
    project.write();
    project.lapwing(&["plan", "--json"]).ended(0).figures(&[("changed", 1), ("held", 1)]);
    project.lapwing(&["rejections", "--retry"]).ended(0);
    let refused = project.lapwing(&["apply"]).ended(2);
    assert!(refused.talk().contains("is out of date: the ledger changed since"), "{}", refused.stderr);
    assert_eq!(project.contacts()["eve@example.com"]["first_name"], "EVE");
}

#[test]
fn who_looks_for_a_plan_is_told_what_became_of_it() {
    let mut project = Project::new();
    project.write();
    let nobody = project.lapwing(&["apply"]).ended(2);
    assert!(!nobody.talk().contains("came after"), "{}", nobody.stderr);
    project.lapwing(&["plan"]).ended(0);
    project.sync().ended(0);
    let used_up = project.lapwing(&["apply"]).ended(2);
    assert!(used_up.talk().contains("run 3 (`sync`) came after it"), "{}", used_up.stderr);
    project.sync.push("audience = \"false\"".into());
    project.write();
    project.lapwing(&["plan"]).ended(3);
    let stopped = project.lapwing(&["apply"]).ended(2);
    assert!(stopped.talk().contains("run 5 left none"), "{}", stopped.stderr);
    let runs = project.lapwing(&["status", "--json"]).ended(0).json();
    assert_eq!(runs["runs"][1]["outcome"], "guarded");
}

/// A plan with all that can happen to a field: made, changed, emptied, emptied as the record leaves, and held.
fn eventful() -> Project {
    let mut project = Project::new();
    project.sync[0].push_str("\non_leave = \"clear\"");
    project.fields = vec![
        "first_name = { from = \"first_name\", hold = { runs = 2 } }".into(),
        "city = \"nullif(lower(first_name), 'none')\"".into(),
        "last_name = \"customer_id\"".into(),
        "orders_count = \"frequency\"".into(),
    ];
    project.sync().ended(0);
    project.customer("bob").first_name = "NONE".into();
    project.customer("cyd").first_name = "Cid".into();
    project.customer("cyd").orders.push((25, 1.0));
    project.customers.remove(0);
    project.customers.push(crate::project::customer("fay", &[(1, 1.0)]));
    project.write();
    project
}

#[test]
fn a_plan_counts_by_field_and_masks_its_samples() {
    let project = eventful();
    let plan = project.lapwing(&["plan"]).ended(0).stdout;
    for secret in ["NONE", "none", "Cid", "cid", "fay"] {
        assert!(!plan.contains(secret), "{plan}");
    }
    assert!(plan.lines().all(|line| line.chars().count() <= 80), "{plan}");
    insta::assert_snapshot!(plan);
}

#[test]
fn a_plan_shows_values_to_who_asks_for_them() {
    let project = eventful();
    let plan = project.lapwing(&["plan", "--show-values"]).ended(0).stdout;
    let samples: Vec<&str> = plan.lines().skip_while(|line| !line.starts_with("changed ")).collect();
    insta::assert_snapshot!(samples.join("\n"), @r"
    changed  bob@example.com  city: bob → (empty)
    changed  cyd@example.com  city: cyd → cid, orders_count: 2 → 3
    added    fay@example.com  first_name = FAY, city = fay, last_name = fay,
             orders_count = 1

    2 values wait until more runs agree (`hold`)
    ");
}

#[test]
fn the_document_of_a_plan_has_all_of_it() {
    let project = eventful();
    let mut plan = project.lapwing(&["plan", "--json"]).ended(0).sync();
    let samples = plan["samples"].take();
    assert_eq!(samples.as_array().map(Vec::len), Some(4), "{samples:#}");
    insta::assert_snapshot!(format!("{plan:#}"));
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
