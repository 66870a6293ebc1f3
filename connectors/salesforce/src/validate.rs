//! What can be said about a sync before anybody is asked: pure, without network and secrets.

use std::collections::HashMap;

use lapwing_contract::{Clearing, FieldSpec, FieldType, Finding, NullPolicy, Target};

use lapwing_http::api_address;

use crate::config::{Auth, BadAddress, Config};
use crate::destination::clearing;
use crate::fields::is_api_name;

/// The first version that has upserts of collections (documented).
const OLDEST_VERSION: u32 = 46;

/// All findings, in the order of the sync file.
pub(crate) fn validate(config: &Config, targets: &[Target]) -> Vec<Finding> {
    let mut findings = table(config);
    for target in targets {
        let start = findings.len();
        findings.extend(object(target));
        findings.extend(key(&target.key));
        findings.extend(lists(target));
        fields(target, &mut findings);
        for finding in findings.iter_mut().skip(start) {
            finding.sync = Some(target.sync.clone());
        }
    }
    findings
}

/// The destination's own table.
fn table(config: &Config) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(base(config));
    findings.extend(login(config));
    findings.extend(sign_in(config));
    let version = config.api_version.strip_suffix(".0").and_then(|number| number.parse::<u32>().ok());
    if !is_open(&config.api_version) && version.is_none_or(|version| version < OLDEST_VERSION) {
        let message = format!("`{}` is not a version of the API that Lapwing can use", config.api_version);
        let hint = format!("write it as \"67.0\"; {OLDEST_VERSION}.0 is the oldest");
        findings.push(Finding::error("salesforce-api-version", message).with_hint(hint).at(["api_version"]));
    }
    if !(1..=100).contains(&config.api_budget_pct) {
        let message = format!("a share of {} percent of the org's API calls makes no sense", config.api_budget_pct);
        findings
            .push(Finding::error("salesforce-api-budget", message).with_hint("give 1 to 100").at(["api_budget_pct"]));
    }
    if config.bulk_from == 0 {
        let finding = Finding::error("salesforce-bulk-from", "bulk_from counts changes from 1");
        findings
            .push(finding.with_hint("leave it out for 2,000; 1 sends everything by the Bulk API").at(["bulk_from"]));
    }
    findings
}

/// A variable that is not resolved says nothing yet.
fn is_open(text: &str) -> bool {
    text.contains("${")
}

fn base(config: &Config) -> Option<Finding> {
    let given = config.base_url.as_deref().filter(|given| !is_open(given))?;
    let bad = api_address(given).err()?;
    let finding = Finding::error("salesforce-base-url", format!("base_url {bad}"));
    Some(finding.with_hint(bad.hint()).at(["base_url"]))
}

fn login(config: &Config) -> Option<Finding> {
    if config.base_url.is_some() || config.login_url.as_deref().is_some_and(is_open) {
        return None;
    }
    let bad = config.address().err()?;
    let message = format!("login_url {bad}");
    Some(Finding::error("salesforce-login-url", message).with_hint(address_hint(bad)).at(["login_url"]))
}

fn address_hint(bad: BadAddress) -> &'static str {
    match bad {
        BadAddress::Address(bad) => bad.hint(),
        BadAddress::Missing | BadAddress::CommonHost => {
            "give the org's own address, from Setup → My Domain: \"https://acme.my.salesforce.com\""
        }
    }
}

/// Each way to sign in has its keys; one that belongs to another way would be ignored in silence.
fn sign_in(config: &Config) -> Vec<Finding> {
    let given = [
        ("client_secret", config.client_secret.is_some()),
        ("username", config.username.is_some()),
        ("private_key", config.private_key.is_some()),
        ("refresh_token", config.refresh_token.is_some()),
    ];
    let (way, needs, may): (_, &[&str], &[&str]) = match config.auth {
        Auth::ClientCredentials => ("client_credentials", &["client_secret"], &[]),
        Auth::Jwt => ("jwt", &["username", "private_key"], &[]),
        Auth::RefreshToken => ("refresh_token", &["refresh_token"], &["client_secret"]),
    };
    let finding = |(key, is_given): (&'static str, bool)| match (needs.contains(&key), is_given) {
        (true, false) => Some(
            Finding::error("salesforce-auth-key-missing", format!("auth = \"{way}\" needs `{key}`"))
                .with_hint(format!("the keys of this way to sign in are client_id, {}", needs.join(", ")))
                .at(["auth"]),
        ),
        (false, true) if !may.contains(&key) => Some(
            Finding::error("salesforce-auth-key-unused", format!("auth = \"{way}\" does not use `{key}`"))
                .with_hint("take it out, or choose another `auth`")
                .at([key]),
        ),
        _ => None,
    };
    given.into_iter().filter_map(finding).collect()
}

fn object(target: &Target) -> Option<Finding> {
    (!is_api_name(&target.object)).then(|| {
        let message = format!("`{}` is not the API name of an object", target.object);
        let hint = "give the API name, from Setup → Object Manager: Contact, Lead, Account, or one that ends in __c";
        Finding::error("salesforce-object-name", message).with_hint(hint).at(["object"])
    })
}

fn key(key: &FieldSpec) -> Option<Finding> {
    let at = |finding: Finding| Some(finding.at(["key", &key.name]));
    if key.name.eq_ignore_ascii_case("Id") {
        let hint = "use an external id field: a record that is not there yet has no Salesforce id";
        return at(Finding::error("salesforce-key-is-id", "records cannot be created by `Id`").with_hint(hint));
    }
    if !is_api_name(&key.name) {
        return at(field_name(&key.name));
    }
    if !matches!(key.field_type, FieldType::Text | FieldType::Int) {
        let message = format!("the key `{}` is mapped to a {}", key.name, key.field_type);
        return at(Finding::error("salesforce-key-type", message).with_hint("map a text or a whole number"));
    }
    None
}

fn lists(target: &Target) -> Option<Finding> {
    (!target.lists.is_empty()).then(|| {
        Finding::error("salesforce-no-lists", "objects of Salesforce have no lists")
            .with_hint("take `lists` out; a field such as RFM_Segment__c can be used in list views and campaigns")
            .at(["lists"])
    })
}

fn fields(target: &Target, findings: &mut Vec<Finding>) {
    let mut seen = HashMap::from([(target.key.name.to_lowercase(), &target.key.name)]);
    for spec in &target.fields {
        let mut add = |finding: Finding| findings.push(finding.at(["fields", &spec.name]));
        if let Some(first) = seen.insert(spec.name.to_lowercase(), &spec.name) {
            let message = format!("`{}` and `{first}` are one field: Salesforce compares names in any case", spec.name);
            add(Finding::error("salesforce-field-clash", message).with_hint("map one of them to another field"));
        } else if spec.name.eq_ignore_ascii_case("Id") {
            let finding = Finding::error("salesforce-field-id", "`Id` is given by Salesforce");
            add(finding.with_hint("take it out of the mapping"));
        } else if !is_api_name(&spec.name) {
            add(field_name(&spec.name));
        } else if spec.null == NullPolicy::Clear && clearing(&spec.field_type) == Clearing::Impossible {
            let message =
                format!("`{}` is a bool, and a checkbox cannot be emptied: nulls keep the old value", spec.name);
            let hint = "set null = \"keep\" to accept it, or map coalesce(…, false)";
            add(Finding::warning("salesforce-null-keeps", message).with_hint(hint));
        }
    }
}

fn field_name(name: &str) -> Finding {
    Finding::error("salesforce-field-name", format!("`{name}` is not the API name of a field"))
        .with_hint("give the API name, not the label: LastName, RFM_Segment__c")
}

#[cfg(test)]
mod tests;
