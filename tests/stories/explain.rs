//! `explain`: one customer, what is sent, what is not, and why; in agreement with the plan, and without a trace.

use serde_json::{Value as Json, json};

use crate::project::{Project, customer};

/// What is told of a customer in the one sync.
#[track_caller]
fn explain(project: &Project, key: &str) -> Json {
    project.write();
    look(project, key)
}

/// The same over the exports as they lie there.
#[track_caller]
fn look(project: &Project, key: &str) -> Json {
    project.lapwing(&["explain", key, "--json"]).ended(0).json()["syncs"][0]["records"].clone()
}

#[track_caller]
fn standing(project: &Project, key: &str) -> String {
    let records = explain(project, key);
    records[0]["standing"]["code"].as_str().unwrap_or_else(|| panic!("{records:#}")).to_owned()
}

#[track_caller]
fn verdict(project: &Project, key: &str, field: &str) -> String {
    let records = explain(project, key);
    let fields = records[0]["fields"].as_array().unwrap_or_else(|| panic!("{records:#}"));
    let found = fields.iter().find(|told| told["field"] == field).unwrap();
    found["verdict"].as_str().unwrap().to_owned()
}

#[test]
fn a_customer_is_told_on_a_screen() {
    let mut project = Project::new();
    project.fields.push("revenue = { from = \"monetary\", tolerance = 5 }".into());
    project.fields.push("score = { from = \"rfm_index\", trigger = false, null = \"keep\" }".into());
    project.sync().ended(0);
    project.customer("eve").orders.push((20, 3.5));
    project.write();
    let shown = project.lapwing(&["explain", "eve"]).ended(0).stdout;
    assert!(shown.lines().all(|line| line.chars().count() <= 80), "{shown}");
    insta::with_settings!({ filters => vec![(r"\(\d{4}-\d\d-\d\d \d\d:\d\d\)", "(WHEN)")] }, {
        insta::assert_snapshot!(shown);
    });
}

#[test]
fn a_key_in_any_case_and_a_customer_id_mean_the_same() {
    let project = Project::new();
    let by_id = explain(&project, "ada");
    assert_eq!(by_id, explain(&project, "ADA@Example.com"));
    assert_eq!((&by_id[0]["customer_id"], &by_id[0]["key"]), (&json!("ada"), &json!("ada@example.com")));
    let nobody = project.lapwing(&["explain", "nobody"]).ended(2);
    assert!(nobody.talk().contains("nobody has this key"), "{}", nobody.stderr);
    assert!(!nobody.stderr.contains("\"nobody\""), "what was asked for is not repeated: {}", nobody.stderr);
}

#[test]
fn what_is_told_is_what_the_plan_does() {
    let mut project = Project::new();
    project.sync.push("on_leave = \"clear\"".into());
    project.sync.push("audience = \"frequency > 0\"".into());
    project.sync().ended(0);
    project.customer("bob").orders.push((3, 1.0));
    project.customers.retain(|customer| customer.id != "cyd");
    project.customers.push(customer("fay", &[(10, 3.0)]));
    let keys = ["ada", "bob", "cyd", "dan", "eve", "fay"].map(|id| format!("{id}@example.com"));
    let told: Vec<String> = keys.iter().map(|key| standing(&project, key)).collect();
    assert_eq!(told, ["same", "sent", "sent", "same", "same", "sent"]);
    assert_eq!(explain(&project, &keys[2])[0]["standing"]["kind"], "left");
    assert_eq!(verdict(&project, &keys[2], "orders_count"), "not_wanted", "a number cannot be emptied");
    assert_eq!(verdict(&project, &keys[2], "first_name"), "emptied");
    assert_eq!(verdict(&project, "bob", "orders_count"), "differs");
    assert_eq!(verdict(&project, "bob", "first_name"), "same");
    assert_eq!(verdict(&project, "fay", "first_name"), "new");
    let plan = project.lapwing(&["plan", "--json"]).ended(0);
    plan.figures(&[("added", 1), ("changed", 1), ("left", 1), ("unchanged", 3)]);
    // A plan that was staged before is still there to be applied, and no run was entered.
    assert_eq!(look(&project, "bob")[0]["standing"]["code"], "sent");
    project.lapwing(&["apply", "--json"]).ended(0).figures(&[("confirmed", 3)]);
    let runs = project.lapwing(&["status", "--json"]).ended(0).json();
    assert!(runs["runs"].as_array().unwrap().iter().all(|run| run["command"] != "explain"), "{runs:#}");
    assert_eq!(standing(&project, &keys[2]), "not_in_exports");
}

#[test]
fn without_a_ledger_none_is_made_and_no_vendor_is_asked() {
    let project = Project::new();
    assert_eq!(standing(&project, "ada"), "sent");
    assert!(!project.state().join("ledger.duckdb").exists());
    assert!(!project.state().join("sandbox/crm/requests.json").exists());
}

#[test]
fn who_is_not_in_the_audience_is_told_what_it_reads() {
    let mut project = Project::new();
    project.sync.push("audience = \"frequency >= 2 AND monetary > 5\"".into());
    let records = explain(&project, "bob");
    assert_eq!(
        records[0]["standing"],
        json!({
            "code": "not_in_audience", "audience": "frequency >= 2 AND monetary > 5",
            "reads": [["frequency", "1"], ["monetary", "15.0000"]]
        })
    );
}

#[test]
fn who_is_beyond_the_limit_is_told_the_place() {
    let mut project = Project::new();
    project.sync.extend(["order_by = \"frequency DESC\"".into(), "limit = 2".into()]);
    assert_eq!(explain(&project, "cyd")[0]["standing"], json!({ "code": "outside_limit", "limit": 2, "place": 3 }));
    assert_eq!(standing(&project, "dan"), "sent");
}

#[test]
fn a_key_that_is_missing_or_shared_is_told() {
    let mut project = Project::new();
    project.customer("bob").email = String::new();
    project.customer("cyd").email = "ada@example.com".into();
    assert_eq!(standing(&project, "bob"), "without_key");
    let records = explain(&project, "ada@example.com");
    assert_eq!(records.as_array().unwrap().len(), 2, "both customers");
    assert_eq!(records[1]["standing"], json!({ "code": "shared_key", "customers": 2 }));
    project.sync.extend(["order_by = \"frequency DESC\"".into(), "on_duplicate_key = \"first\"".into()]);
    assert_eq!(standing(&project, "ada"), "sent");
    assert_eq!(standing(&project, "cyd"), "not_first_of_shared_key");
}

#[test]
fn a_refused_record_is_held_with_its_reason() {
    let mut project = Project::new();
    project.customer("bob").email = "no address".into();
    project.sync().ended(1);
    let records = explain(&project, "bob");
    assert_eq!(records[0]["standing"]["code"], "held");
    assert_eq!(records[0]["refused"]["code"], "invalid_email");
    assert_eq!(verdict(&project, "bob", "first_name"), "held");
}

#[test]
fn a_refusal_is_told_with_its_next_try() {
    let mut project = Project::new();
    project.customer("bob").email = "no address".into();
    project.sync().ended(1);
    let refused = &explain(&project, "bob")[0]["refused"];
    assert_eq!((&refused["attempts"], &refused["first_run"]), (&json!(1), &json!(1)));
    let listed = project.lapwing(&["rejections", "--json"]).ended(0).json();
    assert_eq!(refused, &listed["rejections"][0], "as it stands in the list");
    let shown = project.lapwing(&["explain", "bob"]).ended(0).stdout;
    assert!(shown.lines().all(|line| line.chars().count() <= 80), "{shown}");
    let shown = &shown[..shown.find("\nWhat customer").unwrap()];
    insta::with_settings!({ filters => vec![(r"from \d{4}-\d\d-\d\d \d\d:\d\d", "from (WHEN)")] }, {
        insta::assert_snapshot!(shown);
    });
    project.lapwing(&["rejections", "--retry", "--key", "no address"]).ended(0);
    assert_eq!(standing(&project, "bob"), "sent");
    let asked_for = project.lapwing(&["explain", "bob"]).ended(0).stdout;
    assert!(asked_for.contains("\ntried again by the next run\n"), "{asked_for}");
}

#[test]
fn what_was_given_up_says_so_and_how_to_try_it_all_the_same() {
    let mut project = Project::new();
    project.sync.push("max_attempts = 1".into());
    project.customer("bob").email = "no address".into();
    project.sync().ended(1);
    assert_eq!(explain(&project, "bob")[0]["refused"]["retry_at"], Json::Null);
    let shown = project.lapwing(&["explain", "bob"]).ended(0).stdout;
    let told = "given up after 1 attempt; to let the next run try the same values:\n  lapwing rejections --retry";
    assert!(shown.contains(told), "{shown}");
    project.customer("bob").first_name = "Robert".into();
    project.write();
    let other_values = project.lapwing(&["explain", "bob"]).ended(0).stdout;
    assert!(other_values.contains("\ntried again by the next run\n"), "{other_values}");
}

#[test]
fn a_policy_that_keeps_a_field_back_is_named() {
    let mut project = Project::new();
    project.fields = vec![
        "revenue = { from = \"monetary\", tolerance = 5 }".into(),
        "city = { from = \"nullif(first_name, 'NONE')\", null = \"keep\" }".into(),
        "country = { from = \"first_name\", write = \"on_create\" }".into(),
        "visits = { from = \"frequency\", trigger = false }".into(),
    ];
    project.sync().ended(0);
    project.customer("eve").orders.push((20, 3.0));
    project.customer("eve").first_name = "NONE".into();
    assert_eq!(standing(&project, "eve"), "same");
    let told = ["revenue", "city", "country", "visits"].map(|field| verdict(&project, "eve", field));
    assert_eq!(told, ["within_tolerance", "null_kept", "on_create_only", "no_trigger"]);
    project.customer("eve").orders.push((21, 30.0));
    let told = ["revenue", "city", "country", "visits"].map(|field| verdict(&project, "eve", field));
    assert_eq!(told, ["differs", "null_kept", "on_create_only", "differs"], "what does not trigger goes along");
}

#[test]
fn who_left_and_stays_is_told_and_what_is_in_doubt_is_sent_again() {
    let mut project = Project::new();
    project.sync.push("audience = \"frequency > 1\"".into());
    project.sync().ended(0);
    project.customer("cyd").orders.pop();
    let records = explain(&project, "cyd@example.com");
    assert_eq!(records[0]["standing"]["code"], "left");
    assert_eq!(records[0]["because"]["reads"], json!([["frequency", "1"]]), "{records:#}");
    project.sync().ended(0);
    assert_eq!(standing(&project, "cyd"), "not_in_audience");
    project.customer("ada").orders.push((16, 1.0));
    project.write();
    project.faults(&json!([{
        "when": { "method": "PUT", "path": "/v3/marketing/contacts", "times": 100 },
        "then": { "action": "cut", "applied": true }
    }]));
    project.lapwing(&["sync"]);
    project.no_faults();
    assert_eq!(verdict(&project, "ada", "orders_count"), "in_doubt");
}

#[test]
fn each_value_is_told_with_the_run_that_confirmed_it() {
    let mut project = Project::new();
    project.sync().ended(0);
    project.customer("bob").first_name = "Robert".into();
    project.sync().ended(0);
    project.customer("bob").orders.push((20, 3.5));
    project.sync().ended(0);
    let records = look(&project, "bob");
    let runs: Vec<(&str, u64)> = records[0]["fields"]
        .as_array()
        .unwrap()
        .iter()
        .map(|field| (field["field"].as_str().unwrap(), field["confirmed_run"].as_u64().unwrap()))
        .collect();
    assert_eq!(runs, [("first_name", 2), ("orders_count", 3), ("cycle_status", 1)]);
    assert!(records[0]["fields"][0]["confirmed_at"].is_string(), "{records:#}");
    let shown = project.lapwing(&["explain", "bob"]).ended(0).stdout;
    assert!(shown.contains("first_name    Robert   Robert     2       same"), "{shown}");
    assert!(shown.contains("in between: run 2 ("), "{shown}");
}
