use super::*;
use lapwing_contract::FieldSpec;
use serde_json::json;

fn spec(name: &str, field_type: FieldType) -> FieldSpec {
    FieldSpec::new(name, field_type)
}

fn target(sync: &str) -> Target {
    Target::new(
        sync,
        "Call list",
        spec("customer_id", FieldType::Text),
        vec![spec("Segment ☂", FieldType::Text), spec("days late", FieldType::Int)],
    )
}

fn about(table: serde_json::Value, targets: &[Target]) -> Vec<(&'static str, String)> {
    let config: Config = serde_json::from_value(table).unwrap();
    validate(&config, targets).into_iter().map(|finding| (finding.code, finding.path.join("."))).collect()
}

fn found(targets: &[Target]) -> Vec<(&'static str, String)> {
    about(json!({ "spreadsheet": "1AbC", "service_account_key": "${KEY}" }), targets)
}

#[test]
fn a_good_sync_has_no_findings_and_a_tab_may_be_shared() {
    assert_eq!(found(&[target("a"), target("b")]), []);
}

#[test]
fn the_table_is_looked_at_without_its_secrets() {
    let code = |table: serde_json::Value| about(table, &[]).first().map(|(code, _)| *code);
    assert_eq!(code(json!({ "spreadsheet": "${SHEET}", "base_url": "${URL}" })), None);
    assert_eq!(code(json!({ "spreadsheet": "not an id" })), Some("google-sheets-spreadsheet"));
    assert_eq!(code(json!({ "spreadsheet": "x", "base_url": "http://proxy.example" })), Some("google-sheets-address"));
    assert_eq!(code(json!({ "spreadsheet": "x", "token_url": "ftp://x" })), Some("google-sheets-address"));
    assert_eq!(code(json!({ "spreadsheet": "x", "header_row": 0 })), Some("google-sheets-header-row"));
    assert_eq!(code(json!({ "spreadsheet": "x", "refresh_token": "${T}" })), Some("google-sheets-half-a-login"));
    let both = json!({ "spreadsheet": "x", "refresh_token": "${T}", "service_account_key": "${K}" });
    assert_eq!(code(both), Some("google-sheets-two-logins"));
}

#[test]
fn a_list_deletes_who_leaves_and_has_its_tab_alone() {
    let mut list = target("a");
    list.mode = SyncMode::List;
    assert_eq!(found(&[list.clone()]), [("google-sheets-list-keeps", "on_leave".into())]);
    list.on_leave = OnLeave::Delete;
    assert_eq!(found(&[list.clone()]), []);
    assert_eq!(found(&[list, target("b")]), [("google-sheets-list-shared", "object".into())]);
}

#[test]
fn what_a_tab_cannot_do_is_found() {
    let mut wrong = target("a");
    wrong.on_leave = OnLeave::RemoveFromList;
    assert_eq!(found(&[wrong]), [("google-sheets-no-lists", String::new())]);
    let mut wrong = target("a");
    wrong.object = " ".into();
    wrong.key.field_type = FieldType::Float;
    assert_eq!(
        found(&[wrong]),
        [("google-sheets-tab-title", "object".into()), ("google-sheets-key-type", "key.customer_id".into())]
    );
    let mut wrong = target("a");
    wrong.fields = ["customer_id", " x", ""].map(|name| spec(name, FieldType::Text)).to_vec();
    let codes: Vec<_> = found(&[wrong]).into_iter().map(|(_, path)| path).collect();
    assert_eq!(codes, ["fields.customer_id", "fields. x", "fields."]);
}
