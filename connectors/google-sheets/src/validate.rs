//! What can be said about a sync before anybody is asked: pure, without network and secrets.

use std::collections::{HashMap, HashSet};

use lapwing_contract::{FieldType, Finding, OnLeave, SyncMode, Target};

use crate::check::MAX_CHARS;
use lapwing_http::api_address;

use crate::config::{Config, MAX_HEADER_ROW};

/// Most characters of a tab's title. *Unverified*, as the window of a browser has it.
const MAX_TITLE_CHARS: usize = 100;

/// All findings, in the order of the sync file.
pub(crate) fn validate(config: &Config, targets: &[Target]) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(spreadsheet(config));
    findings.extend(url("base_url", config.base_url.as_deref()));
    findings.extend(url("token_url", config.token_url.as_deref()));
    findings.extend(credentials(config));
    findings.extend(header_row(config));
    let mut tabs = HashMap::new();
    for target in targets {
        let start = findings.len();
        findings.extend(object(target));
        findings.extend(shared_tab(target, &mut tabs));
        findings.extend(key(target));
        findings.extend(leaving(target));
        fields(target, &mut findings);
        for finding in findings.iter_mut().skip(start) {
            finding.sync = Some(target.sync.clone());
        }
    }
    findings
}

/// A variable that is not resolved says nothing yet.
fn is_open(text: &str) -> bool {
    text.contains("${")
}

fn spreadsheet(config: &Config) -> Option<Finding> {
    (!is_open(&config.spreadsheet) && config.spreadsheet_id().is_none()).then(|| {
        let message = "`spreadsheet` is neither the id of a spreadsheet nor its address in the browser";
        Finding::error("google-sheets-spreadsheet", message)
            .with_hint("copy the address of the open spreadsheet: https://docs.google.com/spreadsheets/d/…/edit")
            .at(["spreadsheet"])
    })
}

fn url(key: &'static str, given: Option<&str>) -> Option<Finding> {
    let bad = api_address(given.filter(|text| !is_open(text))?).err()?;
    Some(Finding::error("google-sheets-address", format!("`{key}` {bad}")).with_hint(bad.hint()).at([key]))
}

fn credentials(config: &Config) -> Option<Finding> {
    let user = [
        ("client_id", config.client_id.is_some()),
        ("client_secret", config.client_secret.is_some()),
        ("refresh_token", config.refresh_token.is_some()),
    ];
    let given = user.iter().filter(|(_, is_given)| *is_given).count();
    if config.service_account_key.is_some() && given > 0 {
        let message = "a service account's key and a user's credentials are both given";
        let hint = "keep `service_account_key`, or `client_id`, `client_secret` and `refresh_token`";
        return Some(Finding::error("google-sheets-two-logins", message).with_hint(hint).at(["service_account_key"]));
    }
    let (missing, _) = user.iter().find(|(_, is_given)| given > 0 && !is_given)?;
    let message = format!("`{missing}` is missing: a user's credentials consist of three parts");
    let hint = "give `client_id`, `client_secret` and `refresh_token`, or none of them";
    Some(Finding::error("google-sheets-half-a-login", message).with_hint(hint))
}

fn header_row(config: &Config) -> Option<Finding> {
    let is_right = usize::try_from(config.header_row).is_ok_and(|row| (1..=MAX_HEADER_ROW).contains(&row));
    (!is_right).then(|| {
        let message = format!("`header_row` is {}; rows count from 1, up to {MAX_HEADER_ROW}", config.header_row);
        Finding::error("google-sheets-header-row", message).at(["header_row"])
    })
}

fn object(target: &Target) -> Option<Finding> {
    let chars = target.object.chars().count();
    let message = if target.object.trim().is_empty() {
        "the tab has no title".to_owned()
    } else if chars > MAX_TITLE_CHARS {
        format!("the title of the tab has {chars} characters; Google takes {MAX_TITLE_CHARS}")
    } else {
        return None;
    };
    Some(Finding::error("google-sheets-tab-title", message).with_hint("use object = \"Call list\"").at(["object"]))
}

/// Two syncs may fill columns of one tab, but only one can keep its order.
fn shared_tab<'a>(target: &'a Target, tabs: &mut HashMap<&'a str, &'a Target>) -> Option<Finding> {
    let first = *tabs.entry(&target.object).or_insert(target);
    let is_list = target.mode == SyncMode::List || first.mode == SyncMode::List;
    (first.sync != target.sync && is_list).then(|| {
        let message = format!("the tab `{}` is a list of the sync `{}` already", target.object, first.sync);
        Finding::error("google-sheets-list-shared", message)
            .with_hint("give each list a tab of its own: two syncs cannot both keep the order")
            .at(["object"])
    })
}

fn key(target: &Target) -> Option<Finding> {
    let key = &target.key;
    if let Some(message) = bad_name(&key.name) {
        return Some(Finding::error("google-sheets-column-name", message).at(["key", &key.name]));
    }
    let is_right = !matches!(key.field_type, FieldType::Float | FieldType::List(_) | FieldType::Json);
    (!is_right).then(|| {
        let message = format!("the key `{}` is a {}, which has no one way of being written", key.name, key.field_type);
        Finding::error("google-sheets-key-type", message).with_hint("cast the key to text").at(["key", &key.name])
    })
}

fn leaving(target: &Target) -> Option<Finding> {
    if target.on_leave == OnLeave::RemoveFromList || !target.lists.is_empty() {
        return Some(
            Finding::error("google-sheets-no-lists", "a tab has no lists to join or leave")
                .with_hint("use on_leave = \"keep\", \"clear\" or \"delete\", and leave `lists` out"),
        );
    }
    (target.mode == SyncMode::List && target.on_leave != OnLeave::Delete).then(|| {
        Finding::error("google-sheets-list-keeps", "a list equals its audience, so who leaves is deleted")
            .with_hint("set on_leave = \"delete\"")
            .at(["on_leave"])
    })
}

fn fields(target: &Target, findings: &mut Vec<Finding>) {
    let mut seen = HashSet::from([target.key.name.as_str()]);
    for spec in &target.fields {
        let message = if seen.insert(&spec.name) {
            bad_name(&spec.name)
        } else {
            Some(format!("two columns are called `{}`", spec.name))
        };
        let finding = message.map(|message| Finding::error("google-sheets-column-name", message));
        findings.extend(finding.map(|finding| finding.at(["fields", &spec.name])));
    }
}

/// Why a text cannot be the header of a column: headers are compared without the spaces around them.
fn bad_name(name: &str) -> Option<String> {
    if name.is_empty() {
        Some("a column has no name".to_owned())
    } else if name.trim() != name {
        Some(format!("`{name}` begins or ends with a space, which nobody sees in a header"))
    } else if name.encode_utf16().count() > MAX_CHARS || name.contains('\0') {
        Some(format!("the name of a column is longer than {MAX_CHARS} characters, or holds U+0000"))
    } else {
        None
    }
}

#[cfg(test)]
mod tests;
