//! What is sent: everything once, then only what differs.

use crate::project::{Project, customer};

#[test]
fn the_first_sync_sends_everybody_and_the_second_asks_for_nothing() {
    let project = Project::new();
    project.sync().ended(0).figures(&[("rows", 5), ("added", 5), ("confirmed", 5), ("rejected", 0)]);
    let contacts = project.contacts();
    assert_eq!(contacts.len(), 5);
    assert_eq!(contacts["dan@example.com"]["first_name"], "DAN");
    project.sync().ended(0).figures(&[("rows", 5), ("added", 0), ("changed", 0), ("unchanged", 5), ("requests", 0)]);
}

#[test]
fn one_more_order_sends_one_contact_with_the_one_field_that_differs() {
    let mut project = Project::new();
    project.sync().ended(0);
    project.customer("bob").orders.push((3, 1.0));
    project.sync().ended(0).figures(&[("changed", 1), ("unchanged", 4), ("confirmed", 1)]);
    let sent = project.sent();
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0]["email"], "bob@example.com");
    let custom = sent[0]["custom_fields"].as_object().unwrap();
    assert_eq!(custom.values().collect::<Vec<_>>(), [2], "only the count of orders differs");
    assert_eq!(sent[0].as_object().unwrap().len(), 2, "email and custom_fields, nothing else: {}", sent[0]);
}

#[test]
fn a_newly_mapped_field_is_sent_alone_for_everybody() {
    let mut project = Project::new();
    project.sync().ended(0);
    project.fields.push("last_name = \"upper(customer_id)\"".into());
    project.sync().ended(0).figures(&[("added", 0), ("changed", 5), ("confirmed", 5)]);
    for contact in project.sent() {
        assert_eq!(contact.as_object().unwrap().keys().collect::<Vec<_>>(), ["email", "last_name"]);
    }
    project.sync().ended(0).figures(&[("changed", 0), ("requests", 0)]);
}

#[test]
fn a_field_that_is_no_longer_mapped_sends_nothing() {
    let mut project = Project::new();
    project.sync().ended(0);
    project.fields.pop();
    project.sync().ended(0).figures(&[("changed", 0), ("unchanged", 5), ("requests", 0)]);
}

#[test]
fn a_field_of_another_type_is_sent_again_for_everybody() {
    let mut project = Project::new();
    project.destination = vec!["connector = \"file\"".into(), "folder = \"out\"".into()];
    project.fields = vec!["city = \"customer_id\"".into()];
    project.sync().ended(0);
    project.fields = vec!["city = \"frequency\"".into()];
    project.sync().ended(0).figures(&[("changed", 5), ("confirmed", 5)]);
    project.sync().ended(0).figures(&[("changed", 0)]);
}

#[test]
fn a_new_customer_is_added_and_the_others_are_left_alone() {
    let mut project = Project::new();
    project.sync().ended(0);
    project.customers.push(customer("fay", &[(10, 3.0)]));
    project.sync().ended(0).figures(&[("rows", 6), ("added", 1), ("changed", 0), ("confirmed", 1)]);
    assert_eq!(project.sent()[0]["email"], "fay@example.com");
}

#[test]
fn addresses_that_differ_in_case_are_one_contact() {
    let mut project = Project::new();
    project.sync().ended(0);
    project.customer("bob").email = "Bob@Example.COM".into();
    project.sync().ended(0).figures(&[("added", 0), ("left", 0), ("unchanged", 5), ("requests", 0)]);
}

#[test]
fn customers_who_share_an_address_are_reported_and_none_of_them_is_sent_or_removed() {
    let mut project = Project::new();
    project.sync.push("on_leave = \"delete\"".into());
    project.sync().ended(0);
    project.customer("bob").email = "ada@example.com".into();
    project.customer("bob").first_name = "Robert".into();
    let ran = project.sync().ended(1);
    ran.figures(&[("rows", 5), ("changed", 0), ("left", 1), ("confirmed", 1)]);
    let contacts = project.contacts();
    assert_eq!(contacts["ada@example.com"]["first_name"], "ADA", "neither of the two is right for certain");
    assert!(!contacts.contains_key("bob@example.com"), "nobody has this address any more");
    project.sync.push("on_duplicate_key = \"first\"".into());
    project.sync().ended(0).figures(&[("rows", 4), ("unchanged", 4)]);
}

#[test]
fn the_first_of_an_order_are_sent_where_there_is_a_limit() {
    let mut project = Project::new();
    project.sync.push("order_by = \"monetary desc\"\nlimit = 2\non_leave = \"delete\"".into());
    project.sync().ended(0).figures(&[("rows", 2), ("added", 2)]);
    assert_eq!(project.contacts().into_keys().collect::<Vec<_>>(), ["ada@example.com", "dan@example.com"]);
    project.customer("eve").orders.push((10, 500.0));
    project.sync().ended(0).figures(&[("rows", 2), ("added", 1), ("left", 1), ("confirmed", 2)]);
    assert_eq!(project.contacts().into_keys().collect::<Vec<_>>(), ["dan@example.com", "eve@example.com"]);
}

#[test]
fn a_limit_counts_records_and_not_customers_without_an_address() {
    let mut project = Project::new();
    project.sync.push("order_by = \"monetary desc\"\nlimit = 2".into());
    project.customer("dan").email = String::new();
    project.sync().ended(0).figures(&[("rows", 2), ("added", 2)]);
    assert_eq!(project.contacts().into_keys().collect::<Vec<_>>(), ["ada@example.com", "eve@example.com"]);
}

#[test]
fn what_a_connector_refuses_to_write_is_not_sent() {
    let mut project = Project::new();
    project.fields.push("created_at = \"last_order_at\"".into());
    let ran = project.sync().ended(2);
    assert!(ran.talk().contains("created_at"), "{}", ran.stderr);
    assert!(!project.state().join("sandbox/crm/requests.json").exists() || project.writes().is_empty());
}
