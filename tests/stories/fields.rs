//! Field policies: nulls, tolerance, fields that go along.

use crate::project::Project;

#[test]
fn a_null_empties_a_text_and_leaves_a_number_that_the_vendor_cannot_empty() {
    let mut project = Project::new();
    project.fields = vec!["city = \"nullif(first_name, 'NONE')\"".into(), "visits = \"nullif(frequency, 2)\"".into()];
    project.sync().ended(0);
    project.customer("bob").first_name = "NONE".into();
    project.customer("bob").orders.push((3, 1.0));
    project.sync().ended(0).figures(&[("changed", 1)]);
    let sent = project.sent();
    assert_eq!(sent[0]["city"], "");
    assert!(sent[0].get("custom_fields").is_none(), "{}", sent[0]);
    project.sync().ended(0).figures(&[("changed", 0), ("requests", 0)]);
}

#[test]
fn a_null_keeps_what_is_there_where_the_sync_file_says_so() {
    let mut project = Project::new();
    project.fields = vec!["city = { from = \"nullif(first_name, 'NONE')\", null = \"keep\" }".into()];
    project.sync().ended(0);
    project.customer("bob").first_name = "NONE".into();
    project.sync().ended(0).figures(&[("changed", 0), ("requests", 0)]);
    assert_eq!(project.contacts()["bob@example.com"]["city"], "BOB");
}

#[test]
fn small_moves_cost_nothing_until_they_add_up_against_what_was_confirmed() {
    let mut project = Project::new();
    project.fields = vec!["revenue = { from = \"monetary\", tolerance = 5 }".into()];
    project.sync().ended(0);
    for (amount, changed) in [(3.0, 0), (2.0, 0), (1.0, 1)] {
        project.customer("eve").orders.push((10, amount));
        project.sync().ended(0).figures(&[("changed", changed)]);
    }
}

#[test]
fn a_field_that_does_not_trigger_goes_along_and_never_alone() {
    let mut project = Project::new();
    project.fields = vec!["city = \"first_name\"".into(), "visits = { from = \"frequency\", trigger = false }".into()];
    project.sync().ended(0);
    project.customer("eve").orders.push((10, 1.0));
    project.sync().ended(0).figures(&[("changed", 0), ("requests", 0)]);
    project.customer("eve").first_name = "Eva".into();
    project.sync().ended(0).figures(&[("changed", 1)]);
    assert_eq!(project.sent()[0]["custom_fields"].as_object().unwrap().values().collect::<Vec<_>>(), [2]);
}

#[test]
fn a_field_written_on_create_is_never_written_again() {
    let mut project = Project::new();
    project.fields = vec!["city = { from = \"first_name\", write = \"on_create\" }".into()];
    project.sync().ended(0);
    project.customer("eve").first_name = "Eva".into();
    project.sync().ended(0).figures(&[("changed", 0), ("requests", 0)]);
    assert_eq!(project.contacts()["eve@example.com"]["city"], "EVE");
}

#[test]
fn every_type_arrives_as_it_is() {
    let mut project = Project::new();
    project.destination = vec!["connector = \"file\"".into(), "folder = \"out\"".into()];
    project.customers.truncate(1);
    project.fields = [
        "flag = \"frequency > 1\"",
        "whole = \"CAST(9007199254740993 AS BIGINT)\"",
        "money = \"monetary\"",
        "ratio = \"1e0 / 3\"",
        "day = \"DATE '1969-07-20'\"",
        "moment = \"last_order_at\"",
        "tags = \"['a', 'b\\\"c']\"",
        "empty_list = \"CAST([] AS VARCHAR[])\"",
        "document = \"CAST('{\\\"a\\\": [1, null]}' AS JSON)\"",
        "text = \"'Zoë 😀, \\\"quoted\\\"' || chr(10) || 'line two'\"",
        "nothing = \"CAST(NULL AS VARCHAR)\"",
        "not_a_number = \"CAST('nan' AS DOUBLE)\"",
        "huge = \"CAST(170141183460469231731687303715884105727 AS HUGEINT)\"",
    ]
    .map(str::to_owned)
    .to_vec();
    project.sync().ended(0).figures(&[("confirmed", 1)]);
    let file = std::fs::read_dir(project.path().join("out")).unwrap().next().unwrap().unwrap();
    insta::assert_snapshot!(std::fs::read_to_string(file.path()).unwrap());
    project.sync().ended(0).figures(&[("changed", 0), ("unchanged", 1)]);
}

#[test]
fn a_spelling_that_is_tolerated_is_no_change() {
    let mut project = Project::new();
    project.fields = vec!["city = { from = \"first_name\", tolerance = [\"case\", \"whitespace\"] }".into()];
    project.sync().ended(0);
    project.customer("eve").first_name = "  eve".into();
    project.sync().ended(0).figures(&[("changed", 0), ("requests", 0)]);
    project.customer("eve").first_name = "Eva".into();
    project.sync().ended(0).figures(&[("changed", 1)]);
    assert_eq!(project.contacts()["eve@example.com"]["city"], "Eva");
}

#[test]
fn a_change_goes_out_once_three_runs_in_a_row_say_so() {
    let mut project = Project::new();
    project.fields = vec!["city = { from = \"first_name\", hold = { runs = 3 } }".into()];
    let run = |project: &Project, command: &str, day: &str| {
        project.write();
        project.lapwing(&[command, "--json", "--as-of", day]).ended(0)
    };
    run(&project, "sync", "2026-02-01").figures(&[("added", 5)]);
    project.customer("eve").first_name = "Eva".into();
    run(&project, "sync", "2026-02-02").figures(&[("changed", 0), ("requests", 0)]);
    run(&project, "sync", "2026-02-02").figures(&[("changed", 0)]);
    let plan = run(&project, "plan", "2026-02-03");
    plan.figures(&[("changed", 0)]);
    assert_eq!(plan.sync()["fields"][0]["waiting"], 1);
    run(&project, "sync", "2026-02-03").figures(&[("changed", 0)]);
    run(&project, "plan", "2026-02-04").figures(&[("changed", 1)]);
    project.lapwing(&["apply", "--json"]).ended(0).figures(&[("confirmed", 1)]);
    assert_eq!(project.contacts()["eve@example.com"]["city"], "Eva");
    for (day, name) in [("2026-02-05", "Eve"), ("2026-02-06", "Eva"), ("2026-02-07", "Eve"), ("2026-02-08", "Eve")] {
        project.customer("eve").first_name = name.into();
        run(&project, "sync", day).figures(&[("changed", 0)]);
    }
    run(&project, "sync", "2026-02-09").figures(&[("changed", 1)]);
}

#[test]
fn a_hash_is_all_that_leaves_and_all_that_is_kept() {
    let mut project = Project::new();
    project.destination = vec!["connector = \"file\"".into(), "folder = \"out\"".into()];
    project.customers.truncate(1);
    project.customer("ada").first_name = "  ".into();
    project.key = "key = { email_hash = { from = \"upper(email)\", hash = \"sha256\" } }".into();
    project.fields = vec![
        "id = { from = \"customer_id || ' '\", hash = \"sha256\" }".into(),
        "name = { from = \"first_name\", hash = \"sha256\" }".into(),
    ];
    project.sync().ended(0).figures(&[("confirmed", 1)]);
    let file = std::fs::read_dir(project.path().join("out")).unwrap().next().unwrap().unwrap();
    // As `printf %s ada@example.com | sha256sum` and `printf %s ada | sha256sum` say; a blank text has no hash.
    insta::assert_snapshot!(std::fs::read_to_string(file.path()).unwrap(), @r#"{"change":"added","operation":"upsert","key":{"email_hash":"b5fc85e55755f9e0d030a10ab4429b6b2944855f9a0d60077fe832becbc41d72"},"fields":{"id":"fdee430d40bd57deeac186cd9790033d0f06f909a8806e7ce6e717ab7c7d5029","name":null}}"#);
    let kept = crate::segments::ledger(&project, "SELECT DISTINCT unnest([key, value]) FROM deliveries ORDER BY 1");
    let [ada, address] = [
        "fdee430d40bd57deeac186cd9790033d0f06f909a8806e7ce6e717ab7c7d5029",
        "b5fc85e55755f9e0d030a10ab4429b6b2944855f9a0d60077fe832becbc41d72",
    ];
    assert_eq!(kept, [address, ada, ""]);
    project.sync().ended(0).figures(&[("unchanged", 1)]);
    project.key = "key = { email_hash = \"upper(email)\" }".into();
    let refused = project.sync().ended(2);
    assert!(refused.talk().contains("the ledger holds key expression `sha256 of upper(email)`"), "{}", refused.stderr);
}

#[test]
fn a_limit_does_not_decide_whose_values_are_right() {
    let mut project = Project::new();
    project.sync.push("order_by = \"frequency DESC\"\nlimit = 3".into());
    project.customer("eve").email = "ada@example.com".into();
    project.sync().ended(1).figures(&[("rows", 3), ("added", 2), ("confirmed", 2)]);
    assert_eq!(project.contacts().into_keys().collect::<Vec<_>>(), ["cyd@example.com", "dan@example.com"]);
    project.customer("eve").email = "eve@example.com".into();
    project.sync().ended(0).figures(&[("rows", 3), ("added", 1), ("unchanged", 2)]);
}
