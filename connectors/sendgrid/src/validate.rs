//! What can be said about a sync before anybody is asked: pure, without network and secrets.

use std::collections::HashMap;

use lapwing_contract::{Clearing, FieldSpec, FieldType, Finding, NullPolicy, Target};

use crate::config::{BadBase, Config, Region};
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
        Err(bad @ BadBase::PlainText) => Finding::error("sendgrid-base-url", bad.to_string())
            .with_hint("use https; plain http works for 127.0.0.1 and localhost only"),
        Err(bad) => Finding::error("sendgrid-base-url", bad.to_string())
            .with_hint("give scheme, host and path only, or leave base_url out"),
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
