use super::*;
use lapwing_contract::Severity;
use serde_json::json;

fn spec(name: &str, field_type: FieldType) -> FieldSpec {
    FieldSpec { null: NullPolicy::Keep, ..FieldSpec::new(name, field_type) }
}

fn target(fields: Vec<FieldSpec>) -> Target {
    Target::new("s", "Contact", spec("Lapwing_Id__c", FieldType::Text), fields)
}

fn config(more: &serde_json::Value) -> Config {
    let mut table = json!({ "client_id": "a", "login_url": "https://acme.my.salesforce.com" });
    for (key, value) in more.as_object().unwrap() {
        table[key] = value.clone();
    }
    serde_json::from_value(table).unwrap()
}

fn codes(table: &serde_json::Value, targets: &[Target]) -> Vec<(&'static str, String)> {
    let findings = validate(&config(table), targets).into_iter();
    findings.map(|finding| (finding.code, finding.path.join("."))).collect()
}

fn about(target: Target) -> Vec<(&'static str, String)> {
    codes(&json!({ "client_secret": "${S}" }), &[target])
}

#[test]
fn a_good_sync_has_no_findings() {
    let fields = vec![spec("RFM_Segment__c", FieldType::Text), spec("Days_Late__c", FieldType::Int)];
    assert_eq!(about(target(fields)), []);
}

#[test]
fn each_way_to_sign_in_has_its_keys() {
    let missing = |table| codes(&table, &[]);
    assert_eq!(missing(json!({})), [("salesforce-auth-key-missing", "auth".into())]);
    let table = json!({ "auth": "jwt", "username": "u", "private_key": "k", "client_secret": "s" });
    assert_eq!(missing(table), [("salesforce-auth-key-unused", "client_secret".into())]);
    assert_eq!(missing(json!({ "auth": "jwt", "username": "u", "private_key": "k" })), []);
    assert_eq!(missing(json!({ "auth": "refresh_token", "refresh_token": "r", "client_secret": "s" })), []);
    assert_eq!(missing(json!({ "auth": "refresh_token" })), [("salesforce-auth-key-missing", "auth".into())]);
}

#[test]
fn the_table_is_checked() {
    for (key, value, code) in [
        ("login_url", json!("https://login.salesforce.com"), "salesforce-login-url"),
        ("base_url", json!("http://proxy.example"), "salesforce-base-url"),
        ("api_version", json!("45.0"), "salesforce-api-version"),
        ("api_version", json!("67"), "salesforce-api-version"),
        ("api_budget_pct", json!(0), "salesforce-api-budget"),
        ("api_budget_pct", json!(101), "salesforce-api-budget"),
        ("bulk_from", json!(0), "salesforce-bulk-from"),
    ] {
        assert_eq!(codes(&json!({ "client_secret": "s", key: value }), &[]), [(code, key.to_owned())]);
    }
    let open = json!({ "client_secret": "s", "login_url": "${SALESFORCE_URL}" });
    assert_eq!(codes(&open, &[]), [], "a variable is not resolved yet");
}

#[test]
fn keys_objects_and_lists_are_checked() {
    let mut wrong = target(Vec::new());
    wrong.key = spec("id", FieldType::Text);
    assert_eq!(about(wrong.clone()), [("salesforce-key-is-id", "key.id".into())]);
    wrong.key = spec("Key Field", FieldType::Text);
    assert_eq!(about(wrong.clone()), [("salesforce-field-name", "key.Key Field".into())]);
    wrong.key = spec("Key__c", FieldType::Date);
    assert_eq!(about(wrong), [("salesforce-key-type", "key.Key__c".into())]);
    let wrong = Target { object: "Contact/../User".into(), ..target(Vec::new()) };
    assert_eq!(about(wrong), [("salesforce-object-name", "object".into())]);
    let wrong = Target { lists: vec!["VIP".into()], ..target(Vec::new()) };
    assert_eq!(about(wrong), [("salesforce-no-lists", "lists".into())]);
}

#[test]
fn fields_are_checked() {
    let field = |name: &str| about(target(vec![spec(name, FieldType::Text)]));
    assert_eq!(field("ID"), [("salesforce-field-id", "fields.ID".into())]);
    assert_eq!(field("RFM Segment"), [("salesforce-field-name", "fields.RFM Segment".into())]);
    assert_eq!(field("lapwing_id__C"), [("salesforce-field-clash", "fields.lapwing_id__C".into())]);
    let clearing = FieldSpec { null: NullPolicy::Clear, ..spec("Is_At_Risk__c", FieldType::Bool) };
    let findings = validate(&config(&json!({ "client_secret": "s" })), &[target(vec![clearing])]);
    assert_eq!((findings[0].severity, findings[0].code), (Severity::Warning, "salesforce-null-keeps"));
    assert_eq!(findings[0].sync.as_deref(), Some("s"));
}
