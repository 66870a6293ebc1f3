use super::*;
use lapwing_contract::Severity;
use serde_json::json;

fn spec(name: &str, field_type: FieldType) -> FieldSpec {
    FieldSpec { null: NullPolicy::Keep, write: WritePolicy::OnCreate, ..FieldSpec::new(name, field_type) }
}

fn target(sync: &str, mut fields: Vec<FieldSpec>) -> Target {
    fields.push(spec("name", FieldType::Text));
    Target::new(sync, "users", spec("external_id", FieldType::Text), fields)
}

fn config(more: &serde_json::Value) -> Config {
    let mut table =
        json!({ "subdomain": "example", "client_id": "c", "client_secret": "${S}", "tag_prefix": "lapwing_" });
    for (key, value) in more.as_object().unwrap() {
        if value.is_null() {
            table.as_object_mut().unwrap().remove(key)
        } else {
            table.as_object_mut().unwrap().insert(key.clone(), value.clone())
        };
    }
    serde_json::from_value(table).unwrap()
}

fn with(more: &serde_json::Value, targets: &[Target]) -> Vec<(&'static str, String)> {
    validate(&config(more), targets).into_iter().map(|finding| (finding.code, finding.path.join("."))).collect()
}

fn found(targets: &[Target]) -> Vec<(&'static str, String)> {
    with(&json!({}), targets)
}

fn about(field: FieldSpec) -> Vec<&'static str> {
    found(&[target("s", vec![field])]).into_iter().map(|(code, _)| code).collect()
}

#[test]
fn a_good_sync_has_no_findings() {
    let fields = vec![
        spec("rfm_segment", FieldType::Text),
        spec("phone", FieldType::Text),
        spec("email", FieldType::Text),
        spec("tags", FieldType::List(Box::new(FieldType::Text))),
        spec("organization_id", FieldType::Int),
    ];
    assert_eq!(found(&[target("a", fields.clone()), target("b", fields)]), []);
}

#[test]
fn the_key_is_an_external_id_or_an_address() {
    let mut wrong = target("s", Vec::new());
    wrong.key = spec("phone", FieldType::Text);
    assert_eq!(found(&[wrong.clone()]), [("zendesk-key", "key.phone".into())]);
    wrong.key = spec("email", FieldType::Int);
    assert_eq!(found(&[wrong.clone()]), [("zendesk-key-type", "key.email".into())]);
    for (name, of) in [("External_ID", FieldType::Int), ("email", FieldType::Text)] {
        wrong.key = spec(name, of);
        assert_eq!(found(&[wrong.clone()]), []);
    }
}

#[test]
fn what_is_looked_up_first_needs_an_external_id() {
    let email = |target: Target| Target { key: spec("email", FieldType::Text), ..target };
    let tags = email(target("s", vec![spec("tags", FieldType::Text)]));
    assert_eq!(found(&[tags]), [("zendesk-needs-external-id", "fields".into())]);
    let delete = Target { on_leave: OnLeave::Delete, ..email(target("s", Vec::new())) };
    assert_eq!(found(&[delete]), [("zendesk-needs-external-id", "on_leave".into())]);
    let plain = [email(target("s", Vec::new()))];
    assert_eq!(with(&json!({ "create": false }), &plain), [("zendesk-needs-external-id", "key".into())]);
    assert_eq!(found(&plain), []);
}

#[test]
fn other_objects_and_lists_are_unknown() {
    let wrong = Target { object: "tickets".into(), ..target("s", Vec::new()) };
    assert_eq!(found(&[wrong]), [("zendesk-object-unknown", "object".into())]);
    let listed = Target { lists: vec!["VIP".into()], ..target("s", Vec::new()) };
    assert_eq!(found(&[listed]), [("zendesk-no-lists", "lists".into())]);
}

#[test]
fn what_a_sync_must_not_touch_is_an_error() {
    for name in ["role", "Verified", "suspended", "password", "id", "user_fields", "skip_verify_email"] {
        assert_eq!(about(spec(name, FieldType::Text)), ["zendesk-field-closed"], "{name}");
    }
}

#[test]
fn names_and_types_that_cannot_be_written_are_found() {
    assert_eq!(about(spec("days late", FieldType::Int)), ["zendesk-field-name"]);
    assert_eq!(about(spec("123", FieldType::Int)), ["zendesk-field-name"]);
    assert_eq!(about(spec("External_Id", FieldType::Text)), ["zendesk-field-clash"]);
    assert_eq!(about(spec("phone", FieldType::Int)), ["zendesk-field-type"]);
    assert_eq!(about(spec("organization_id", FieldType::Text)), ["zendesk-field-type"]);
    assert_eq!(about(spec("tags", FieldType::Json)), ["zendesk-field-type"]);
    assert_eq!(about(spec("seen_at", FieldType::Timestamp)), ["zendesk-time-dropped"]);
}

#[test]
fn tags_need_a_prefix_that_can_begin_a_tag() {
    let tags = [target("s", vec![spec("tags", FieldType::Text)])];
    assert_eq!(with(&json!({ "tag_prefix": null }), &tags), [("zendesk-tag-prefix", "fields.tags".into())]);
    for wrong in ["", "Lapwing_", "lap wing"] {
        let first = with(&json!({ "tag_prefix": wrong }), &tags).remove(0);
        assert_eq!(first, ("zendesk-tag-prefix", "tag_prefix".into()), "{wrong}");
    }
}

#[test]
fn a_name_and_an_address_that_cannot_be_kept_in_step_are_warnings() {
    let email = FieldSpec { null: NullPolicy::Clear, write: WritePolicy::Always, ..spec("email", FieldType::Text) };
    assert_eq!(about(email), ["zendesk-null-keeps", "zendesk-email-changes"]);
    let nameless = Target { fields: Vec::new(), ..target("s", Vec::new()) };
    let findings = validate(&config(&json!({})), std::slice::from_ref(&nameless));
    assert_eq!((findings[0].code, findings[0].severity), ("zendesk-name-not-mapped", Severity::Warning));
    assert_eq!(with(&json!({ "create": false }), &[nameless]), []);
}

#[test]
fn one_field_of_two_syncs_has_one_type() {
    let targets = [target("a", vec![spec("score", FieldType::Int)]), target("b", vec![spec("Score", FieldType::Text)])];
    let findings = validate(&config(&json!({})), &targets);
    assert_eq!((findings.len(), findings[0].code), (1, "zendesk-field-two-types"));
    assert_eq!(findings[0].sync.as_deref(), Some("b"));
}

#[test]
fn an_api_token_is_a_warning_that_names_the_dates() {
    let more = json!({ "client_id": null, "client_secret": null, "email": "a@x.org", "api_token": "${T}" });
    let findings = validate(&config(&more), &[]);
    assert_eq!((findings[0].code, findings[0].severity), ("zendesk-api-token-ends", Severity::Warning));
    for date in ["2026-07-28", "2026-10-27", "2027-04-30"] {
        assert!(findings[0].message.contains(date), "{date}");
    }
}

#[test]
fn the_address_and_the_credentials_are_checked_unless_they_are_variables() {
    let first = |more: serde_json::Value| with(&more, &[]).first().cloned();
    assert_eq!(first(json!({ "subdomain": null })), Some(("zendesk-subdomain", "subdomain".into())));
    assert_eq!(first(json!({ "subdomain": "a.b" })), Some(("zendesk-subdomain", "subdomain".into())));
    assert_eq!(first(json!({ "subdomain": "${ZENDESK_SUBDOMAIN}" })), None);
    assert_eq!(first(json!({ "base_url": "http://example.org" })), Some(("zendesk-base-url", "base_url".into())));
    assert_eq!(first(json!({ "base_url": "${URL}" })), None);
    assert_eq!(first(json!({ "client_secret": null })), Some(("zendesk-credentials", "client_id".into())));
    assert_eq!(
        first(json!({ "email": "a@x.org", "api_token": "t" })),
        Some(("zendesk-credentials", "api_token".into()))
    );
}
