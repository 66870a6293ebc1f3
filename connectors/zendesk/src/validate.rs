//! What can be said about a sync before anybody is asked: pure, without network and secrets.

mod account;

use std::collections::HashMap;

use lapwing_contract::{FieldSpec, FieldType, Finding, NullPolicy, OnLeave, Target, WritePolicy};

use crate::config::Config;
use crate::fields::{Form, System, VendorType, is_field_key, system_named};

/// The only object.
pub(crate) const OBJECT: &str = "users";

/// All findings, in the order of the sync file.
pub(crate) fn validate(config: &Config, targets: &[Target]) -> Vec<Finding> {
    let mut findings = account::findings(config);
    let mut custom = HashMap::new();
    for target in targets {
        let start = findings.len();
        findings.extend(object(target));
        findings.extend(key(&target.key));
        findings.extend(lists(target));
        findings.extend(needs_external_id(config, target));
        findings.extend(name(config, target));
        fields(config, target, &mut custom, &mut findings);
        for finding in findings.iter_mut().skip(start) {
            finding.sync = Some(target.sync.clone());
        }
    }
    findings
}

fn object(target: &Target) -> Option<Finding> {
    (target.object != OBJECT).then(|| {
        Finding::error("zendesk-object-unknown", format!("Zendesk has no object `{}` here", target.object))
            .with_hint("use object = \"users\"")
            .at(["object"])
    })
}

fn is_email(key: &FieldSpec) -> bool {
    key.name.eq_ignore_ascii_case("email")
}

fn key(key: &FieldSpec) -> Option<Finding> {
    let is_id = key.name.eq_ignore_ascii_case("external_id");
    if !is_id && !is_email(key) {
        let message = format!("users are keyed by `external_id` or `email`, not by `{}`", key.name);
        let hint = "use key = { external_id = … }; Zendesk compares both in any case";
        return Some(Finding::error("zendesk-key", message).with_hint(hint).at(["key", &key.name]));
    }
    let is_right = key.field_type == FieldType::Text || (is_id && key.field_type == FieldType::Int);
    (!is_right).then(|| {
        let message = format!("the key `{}` is mapped to a {}, not to a text", key.name, key.field_type);
        Finding::error("zendesk-key-type", message).with_hint("cast it to text").at(["key", &key.name])
    })
}

fn lists(target: &Target) -> Option<Finding> {
    let is_named = !target.lists.is_empty() || target.on_leave == OnLeave::RemoveFromList;
    is_named.then(|| {
        Finding::error("zendesk-no-lists", "Zendesk has no lists of users")
            .with_hint("map `tags`: views, triggers and searches go by them")
            .at(["lists"])
    })
}

/// What is looked up before it is written, is looked up by external id: an address is found only in an index that lags
/// behind.
fn needs_external_id(config: &Config, target: &Target) -> Option<Finding> {
    if !is_email(&target.key) {
        return None;
    }
    let has = |name: &str| target.fields.iter().any(|field| field.name.eq_ignore_ascii_case(name));
    let (what, place) = if target.on_leave == OnLeave::Delete {
        ("on_leave = \"delete\"", "on_leave")
    } else if has("tags") {
        ("`tags`", "fields")
    } else if !config.create {
        ("`create = false`", "key")
    } else {
        return None;
    };
    let message =
        format!("{what} needs users that are keyed by external id: by address they cannot be looked up safely");
    Some(Finding::error("zendesk-needs-external-id", message).with_hint("use key = { external_id = … }").at([place]))
}

fn name(config: &Config, target: &Target) -> Option<Finding> {
    let is_mapped = target.fields.iter().any(|field| field.name.eq_ignore_ascii_case("name"));
    (config.create && !is_mapped && target.object == OBJECT).then(|| {
        let message = "`name` is not mapped: customers whom Zendesk does not know yet will be rejected";
        Finding::warning("zendesk-name-not-mapped", message)
            .with_hint("map `name`, or set `create = false` for the destination: then only known users are updated")
            .at(["fields"])
    })
}

/// `custom` remembers the user fields of all targets: key in lower case, type, first sync.
fn fields(
    config: &Config,
    target: &Target,
    custom: &mut HashMap<String, (VendorType, String)>,
    findings: &mut Vec<Finding>,
) {
    let mut seen = HashMap::from([(target.key.name.to_lowercase(), &target.key.name)]);
    for spec in &target.fields {
        let mut add = |finding: Finding| findings.push(finding.at(["fields", &spec.name]));
        if let Some(first) = seen.insert(spec.name.to_lowercase(), &spec.name) {
            let message = format!("`{}` and `{first}` are one field", spec.name);
            add(Finding::error("zendesk-field-clash", message).with_hint("map one of them to another name"));
            continue;
        }
        match system_named(&spec.name) {
            Some(field) => own_field(config, spec, field).into_iter().for_each(add),
            None => user_field(spec, &target.sync, custom).into_iter().for_each(add),
        }
    }
}

/// One of Zendesk's own fields.
fn own_field(config: &Config, spec: &FieldSpec, field: &System) -> Vec<Finding> {
    let is_list_of_text = matches!(&spec.field_type, FieldType::List(of) if **of == FieldType::Text);
    let (is_right, needs) = match field.form {
        Form::Closed => return vec![closed(spec)],
        Form::Tags => (is_list_of_text || spec.field_type == FieldType::Text, "a list of texts, or a text"),
        Form::Id => (spec.field_type == FieldType::Int, "a whole number: Zendesk's id"),
        Form::Text | Form::Name | Form::Email => (spec.field_type == FieldType::Text, "a text"),
    };
    let mut found = Vec::new();
    if !is_right {
        let message = format!("`{}` takes {needs}, and the sync maps a {}", spec.name, spec.field_type);
        found.push(Finding::error("zendesk-field-type", message).with_hint("cast the value in the mapping"));
    }
    if field.form == Form::Tags && config.tag_prefix.as_deref().is_none_or(|prefix| prefix.trim().is_empty()) {
        let message = "`tags` needs the destination's `tag_prefix`: Zendesk replaces all tags of a user";
        found.push(Finding::error("zendesk-tag-prefix", message).with_hint(
            "set tag_prefix = \"lapwing_\": tags that begin so are replaced, all others of a user are kept",
        ));
    }
    if matches!(field.form, Form::Name | Form::Email) && spec.null == NullPolicy::Clear {
        let message = format!("`{}` cannot be emptied at Zendesk: nulls keep the old value", spec.name);
        found.push(Finding::warning("zendesk-null-keeps", message).with_hint("set null = \"keep\" to accept it"));
    }
    if field.form == Form::Email && spec.write == WritePolicy::Always {
        let message = "a changed `email` is rejected: Zendesk would keep the old address beside it";
        found.push(
            Finding::warning("zendesk-email-changes", message)
                .with_hint("set write = \"on_create\", so that only new users get their address from the sync"),
        );
    }
    found
}

fn closed(spec: &FieldSpec) -> Finding {
    let name = spec.name.to_lowercase();
    let why = match name.as_str() {
        "role" | "custom_role_id" | "role_type" => "a sync never changes what somebody may do",
        "password" | "verified" | "suspended" | "identities" => "it decides who gets in: people set it at Zendesk",
        "user_fields" => "user fields are mapped one by one, by their keys",
        "skip_verify_email" => "it is always set: a sync never writes to customers",
        _ => "Zendesk writes it itself",
    };
    Finding::error("zendesk-field-closed", format!("`{}` cannot be written: {why}", spec.name))
        .with_hint("map to another name: a user field is created for it")
}

fn user_field(spec: &FieldSpec, sync: &str, custom: &mut HashMap<String, (VendorType, String)>) -> Vec<Finding> {
    if !is_field_key(&spec.name) {
        let message = format!("`{}` cannot be the key of a user field", spec.name);
        return vec![
            Finding::error("zendesk-field-name", message)
                .with_hint("letters a to z, digits and _ only, and not digits alone"),
        ];
    }
    let mut found = Vec::new();
    if spec.field_type == FieldType::Timestamp {
        let message = format!("`{}` becomes a date: Zendesk keeps no time of day", spec.name);
        found.push(
            Finding::warning("zendesk-time-dropped", message)
                .with_hint("cast it to a date, so that a change of the hour alone is not sent; or cast it to text"),
        );
    }
    let kind = VendorType::of(&spec.field_type);
    let entry = custom.entry(spec.name.to_lowercase()).or_insert((kind, sync.to_owned()));
    if entry.0 != kind {
        let (first, other) = entry;
        let message = format!(
            "`{}` needs a {} here and a {} in the sync `{other}`; a user field has one type",
            spec.name,
            kind.name(),
            first.name()
        );
        found.push(
            Finding::error("zendesk-field-two-types", message).with_hint("map one of them to another name, or cast it"),
        );
    }
    found
}

#[cfg(test)]
mod tests;
