//! What happens to those who leave the audience, and to those who come back.

use crate::project::Project;

fn without_bob(on_leave: &str) -> Project {
    let mut project = Project::new();
    project.sync.push(format!("audience = \"frequency <> 2\"\non_leave = \"{on_leave}\""));
    if on_leave == "remove_from_list" {
        project.sync.push("lists = [\"Win-back\"]".into());
    }
    project.customers.retain(|customer| customer.id != "cyd");
    project.sync().ended(0).figures(&[("added", 4)]);
    project.customer("bob").orders.push((3, 1.0));
    project
}

fn lists(project: &Project, email: &str) -> usize {
    project.contacts()[email]["list_ids"].as_array().map_or(0, Vec::len)
}

#[test]
fn keep_leaves_the_record_and_makes_no_request() {
    let project = without_bob("keep");
    project.sync().ended(0).figures(&[("rows", 3), ("left", 1), ("requests", 0)]);
    project.sync().ended(0).figures(&[("left", 0), ("requests", 0)]);
    assert_eq!(project.contacts()["bob@example.com"]["first_name"], "BOB");
}

#[test]
fn clear_empties_what_the_sync_wrote_once() {
    let project = without_bob("clear");
    project.sync().ended(0).figures(&[("left", 1), ("confirmed", 1)]);
    assert_eq!(project.sent()[0]["first_name"], "");
    project.sync().ended(0).figures(&[("left", 0), ("requests", 0)]);
}

#[test]
fn delete_removes_the_record() {
    let project = without_bob("delete");
    project.sync().ended(0).figures(&[("left", 1), ("confirmed", 1)]);
    assert!(!project.contacts().contains_key("bob@example.com"));
    project.sync().ended(0).figures(&[("left", 0), ("requests", 0)]);
}

#[test]
fn who_is_taken_off_a_list_joins_it_again_when_he_comes_back() {
    let mut project = without_bob("remove_from_list");
    assert_eq!(lists(&project, "bob@example.com"), 1);
    project.sync().ended(0).figures(&[("left", 1), ("confirmed", 1)]);
    assert_eq!(lists(&project, "bob@example.com"), 0);
    project.sync().ended(0).figures(&[("left", 0), ("requests", 0)]);
    project.customer("bob").orders.pop();
    project.sync().ended(0).figures(&[("added", 1), ("confirmed", 1)]);
    assert_eq!(lists(&project, "bob@example.com"), 1);
}

#[test]
fn a_list_that_is_added_is_joined_by_everybody() {
    let mut project = Project::new();
    project.sync.push("lists = [\"Win-back\"]".into());
    project.sync().ended(0);
    project.sync[1] = "lists = [\"Win-back\", \"VIP\"]".into();
    project.sync().ended(0).figures(&[("changed", 0), ("confirmed", 5)]);
    assert_eq!(lists(&project, "bob@example.com"), 2);
    project.sync().ended(0).figures(&[("unchanged", 5), ("requests", 0)]);
}
