//! What can be said about a sync before anybody is asked: pure, without network and secrets.

use std::collections::HashMap;

use lapwing_contract::{Clearing, FieldSpec, FieldType, Finding, NullPolicy, Target};

use crate::config::{Config, Region};
use crate::destination::clearing;
use crate::fields::{Form, MAX_CUSTOM_FIELDS, MAX_NAME_CHARS, VendorType, is_custom_name, reserved_named};
use crate::lists;

/// The only object.
pub(crate) const OBJECT: &str = "contacts";

/// All findings, in the order of the sync file.
pub(crate) fn validate(config: &Config, targets: &[Target]) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(base(config));
    let mut custom = HashMap::new();
    for target in targets {
        let start = findings.len();
        findings.extend(object(target));
        findings.extend(key(&target.key));
        findings.extend(target.lists.iter().filter_map(|name| list(name)));
        fields(target, &mut custom, &mut findings);
        for finding in findings.iter_mut().skip(start) {
            finding.sync = Some(target.sync.clone());
        }
    }
    findings
}

fn base(config: &Config) -> Option<Finding> {
    let given = config.base_url.as_deref()?;
    // A variable that is not resolved says nothing yet.
    if given.contains("${") {
        return None;
    }
    let finding = match config.base() {
        Err(bad) => Finding::error("sendgrid-base-url", format!("base_url {bad}")).with_hint(bad.hint()),
        Ok(url) => {
            let is_of = |region: Region| url.as_str().trim_end_matches('/') == region.base();
            let other = if config.region == Region::Eu { Region::Global } else { Region::Eu };
            if !is_of(other) {
                return None;
            }
            Finding::error("sendgrid-region", "base_url is the address of the other region")
                .with_hint("leave base_url out: `region` chooses the address")
        }
    };
    Some(finding.at(["base_url"]))
}

fn object(target: &Target) -> Option<Finding> {
    (target.object != OBJECT).then(|| {
        Finding::error("sendgrid-object-unknown", format!("SendGrid has no object `{}` here", target.object))
            .with_hint("use object = \"contacts\"")
            .at(["object"])
    })
}

fn key(key: &FieldSpec) -> Option<Finding> {
    if !key.name.eq_ignore_ascii_case("email") {
        let message = format!("contacts are keyed by `email`, not by `{}`", key.name);
        return Some(
            Finding::error("sendgrid-key-not-email", message)
                .with_hint("use key = { email = … }; SendGrid matches addresses in any case")
                .at(["key", &key.name]),
        );
    }
    (key.field_type != FieldType::Text).then(|| {
        let message = format!("the key `email` is mapped to a {}, not to a text", key.field_type);
        Finding::error("sendgrid-key-not-text", message).at(["key", &key.name])
    })
}

fn list(name: &str) -> Option<Finding> {
    let chars = name.chars().count();
    let message = if name.trim().is_empty() {
        "a list has no name".to_owned()
    } else if chars > lists::MAX_NAME_CHARS {
        format!("a list's name has {chars} characters; SendGrid takes {}", lists::MAX_NAME_CHARS)
    } else {
        return None;
    };
    Some(Finding::error("sendgrid-list-name", message).at(["lists"]))
}

/// `custom` remembers the custom fields of all targets: name in lower case, type, first sync.
fn fields(target: &Target, custom: &mut HashMap<String, (VendorType, String)>, findings: &mut Vec<Finding>) {
    let mut seen = HashMap::from([(target.key.name.to_lowercase(), &target.key.name)]);
    for spec in &target.fields {
        let mut add = |finding: Finding| findings.push(finding.at(["fields", &spec.name]));
        if let Some(first) = seen.insert(spec.name.to_lowercase(), &spec.name) {
            let message = format!("`{}` and `{first}` are one field: SendGrid compares names in any case", spec.name);
            add(Finding::error("sendgrid-field-clash", message).with_hint("map one of them to another name"));
            continue;
        }
        if let Some(finding) = name(spec).or_else(|| reserved_type(spec)) {
            add(finding);
            continue;
        }
        if spec.null == NullPolicy::Clear && clearing(&spec.field_type) == Clearing::Impossible {
            add(null_keeps(spec));
        }
        if reserved_named(&spec.name).is_some() {
            continue;
        }
        let vendor_type = VendorType::of(&spec.field_type);
        let known = custom.len();
        let entry = custom.entry(spec.name.to_lowercase()).or_insert((vendor_type, target.sync.clone()));
        if entry.0 != vendor_type {
            add(two_types(spec, vendor_type, entry));
        } else if known == MAX_CUSTOM_FIELDS && custom.len() > known {
            let message = format!("`{}` is one custom field too many: SendGrid allows {MAX_CUSTOM_FIELDS}", spec.name);
            add(Finding::error("sendgrid-too-many-fields", message));
        }
    }
}

fn name(spec: &FieldSpec) -> Option<Finding> {
    let name = &spec.name;
    match reserved_named(name).map(|field| field.form) {
        Some(Form::ReadOnly) => Some(
            Finding::error("sendgrid-field-read-only", format!("SendGrid writes `{name}` itself"))
                .with_hint("map to another name: a custom field is created for it"),
        ),
        Some(Form::Identifier) => Some(
            Finding::error(
                "sendgrid-field-identifier",
                format!("`{name}` identifies contacts and cannot be kept in step"),
            )
            .with_hint(
                "SendGrid wants every identifier of a contact in every update, and a sync sends only what differs; \
                     map to a custom field instead",
            ),
        ),
        None if !is_custom_name(name) => Some(
            Finding::error("sendgrid-field-name", format!("`{name}` cannot be the name of a custom field"))
                .with_hint("letters a to z, digits and _ only, and no digit first"),
        ),
        None if name.len() > MAX_NAME_CHARS => Some(Finding::error(
            "sendgrid-field-name",
            format!("the name has {} characters; SendGrid takes {MAX_NAME_CHARS}", name.len()),
        )),
        Some(Form::Text | Form::Email | Form::Phone | Form::Emails) | None => None,
    }
}

/// SendGrid's own fields are texts, and `alternate_emails` a list of them.
fn reserved_type(spec: &FieldSpec) -> Option<Finding> {
    let field = reserved_named(&spec.name)?;
    let needs = match (field.form, &spec.field_type) {
        (Form::Emails, FieldType::List(of)) if **of == FieldType::Text => return None,
        (Form::Emails, _) => "a list of texts",
        (_, FieldType::Text) => return None,
        _ => "a text",
    };
    let message = format!("`{}` takes {needs}, and the sync maps a {}", spec.name, spec.field_type);
    Some(Finding::error("sendgrid-field-type", message).with_hint("cast the value in the mapping"))
}

fn null_keeps(spec: &FieldSpec) -> Finding {
    let vendor_type = VendorType::of(&spec.field_type).name();
    let message = format!("`{}` is a {vendor_type}, which SendGrid cannot clear: nulls keep the old value", spec.name);
    Finding::warning("sendgrid-null-keeps", message)
        .with_hint("set null = \"keep\" to accept it, or cast the value to text")
}

fn two_types(spec: &FieldSpec, wanted: VendorType, known: &(VendorType, String)) -> Finding {
    let (first, sync) = known;
    let message = format!(
        "`{}` needs a {} here and a {} in the sync `{sync}`; a custom field has one type",
        spec.name,
        wanted.name(),
        first.name()
    );
    Finding::error("sendgrid-field-two-types", message).with_hint("map one of them to another name, or cast it")
}

#[cfg(test)]
mod tests {
    use super::*;
    use lapwing_contract::Severity;
    use serde_json::json;

    fn spec(name: &str, field_type: FieldType) -> FieldSpec {
        FieldSpec { null: NullPolicy::Keep, ..FieldSpec::new(name, field_type) }
    }

    fn target(sync: &str, fields: Vec<FieldSpec>) -> Target {
        let key = spec("email", FieldType::Text);
        Target::new(sync, "contacts", key, fields)
    }

    fn config(more: &serde_json::Value) -> Config {
        let mut table = json!({ "api_key": "${SENDGRID_API_KEY}" });
        for (key, value) in more.as_object().unwrap() {
            table[key] = value.clone();
        }
        serde_json::from_value(table).unwrap()
    }

    fn found(targets: &[Target]) -> Vec<(&'static str, String)> {
        let findings = validate(&config(&json!({})), targets);
        findings.into_iter().map(|finding| (finding.code, finding.path.join("."))).collect()
    }

    fn about(field: FieldSpec) -> Vec<&'static str> {
        found(&[target("s", vec![field])]).into_iter().map(|(code, _)| code).collect()
    }

    #[test]
    fn a_good_sync_has_no_findings() {
        let fields = vec![
            spec("segment", FieldType::Text),
            spec("days_late", FieldType::Int),
            spec("first_name", FieldType::Text),
            spec("alternate_emails", FieldType::List(Box::new(FieldType::Text))),
        ];
        assert_eq!(found(&[target("a", fields.clone()), target("b", fields)]), []);
    }

    #[test]
    fn the_key_is_the_address() {
        let mut wrong = target("s", Vec::new());
        wrong.key = spec("external_id", FieldType::Text);
        assert_eq!(found(&[wrong.clone()]), [("sendgrid-key-not-email", "key.external_id".into())]);
        wrong.key = spec("Email", FieldType::Int);
        assert_eq!(found(&[wrong]), [("sendgrid-key-not-text", "key.Email".into())]);
    }

    #[test]
    fn another_object_is_unknown() {
        let mut wrong = target("s", Vec::new());
        wrong.object = "leads".into();
        assert_eq!(found(&[wrong]), [("sendgrid-object-unknown", "object".into())]);
    }

    #[test]
    fn names_that_cannot_be_written_are_found() {
        assert_eq!(about(spec("Last_Opened", FieldType::Text)), ["sendgrid-field-read-only"]);
        assert_eq!(about(spec("external_id", FieldType::Text)), ["sendgrid-field-identifier"]);
        assert_eq!(about(spec("days late", FieldType::Int)), ["sendgrid-field-name"]);
        assert_eq!(about(spec(&"x".repeat(101), FieldType::Int)), ["sendgrid-field-name"]);
        assert_eq!(about(spec("EMAIL", FieldType::Text)), ["sendgrid-field-clash"]);
        assert_eq!(about(spec("postal_code", FieldType::Int)), ["sendgrid-field-type"]);
        assert_eq!(about(spec("alternate_emails", FieldType::Text)), ["sendgrid-field-type"]);
    }

    #[test]
    fn names_that_differ_in_case_only_clash() {
        let fields = vec![spec("Segment", FieldType::Text), spec("segment", FieldType::Text)];
        assert_eq!(found(&[target("s", fields)]), [("sendgrid-field-clash", "fields.segment".into())]);
        let fields = vec![spec("first_name", FieldType::Text), spec("First_Name", FieldType::Text)];
        assert_eq!(found(&[target("s", fields)]), [("sendgrid-field-clash", "fields.First_Name".into())]);
    }

    #[test]
    fn one_field_of_two_syncs_has_one_type() {
        let targets =
            [target("a", vec![spec("score", FieldType::Int)]), target("b", vec![spec("Score", FieldType::Text)])];
        let findings = validate(&config(&json!({})), &targets);
        assert_eq!((findings.len(), findings[0].code), (1, "sendgrid-field-two-types"));
        assert_eq!(findings[0].sync.as_deref(), Some("b"));
        assert!(findings[0].message.contains("sync `a`"), "{}", findings[0].message);
    }

    #[test]
    fn a_null_that_cannot_clear_is_a_warning() {
        let clearing = |field_type| FieldSpec { null: NullPolicy::Clear, ..spec("x", field_type) };
        let findings = validate(&config(&json!({})), &[target("s", vec![clearing(FieldType::Date)])]);
        assert_eq!((findings[0].severity, findings[0].code), (Severity::Warning, "sendgrid-null-keeps"));
        assert_eq!(about(clearing(FieldType::Text)), Vec::<&str>::new());
    }

    #[test]
    fn the_five_hundred_and_first_custom_field_is_one_too_many() {
        let fields = |from: usize, to| (from..to).map(|n| spec(&format!("f{n}"), FieldType::Int)).collect::<Vec<_>>();
        assert_eq!(found(&[target("a", fields(0, 300)), target("b", fields(200, 500))]), []);
        assert_eq!(
            found(&[target("a", fields(0, 300)), target("b", fields(200, 501))]),
            [("sendgrid-too-many-fields", "fields.f500".into())]
        );
    }

    #[test]
    fn the_address_of_the_api_is_checked_unless_it_is_a_variable() {
        let code = |table: serde_json::Value| validate(&config(&table), &[]).first().map(|finding| finding.code);
        assert_eq!(code(json!({ "base_url": "http://api.sendgrid.com" })), Some("sendgrid-base-url"));
        assert_eq!(code(json!({ "base_url": "https://api.sendgrid.com", "region": "eu" })), Some("sendgrid-region"));
        assert_eq!(code(json!({ "base_url": "https://api.eu.sendgrid.com" })), Some("sendgrid-region"));
        assert_eq!(code(json!({ "base_url": "${SENDGRID_URL}" })), None);
        assert_eq!(code(json!({ "region": "eu" })), None);
    }
}
