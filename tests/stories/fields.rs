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
