//! What can be said about a configuration and its syncs without touching a disk.

use std::collections::{HashMap, HashSet};
use std::path::Component;

use lapwing_contract::{Finding, Target, WritePolicy};

use crate::config::{Config, Format};
use crate::request;

/// The longest object name, in bytes: with run label, number and ending it fits every file system.
const MAX_OBJECT: usize = 100;

/// The longest run label.
const MAX_RUN_LABEL: usize = 64;

pub(crate) fn findings(config: &Config, targets: &[Target]) -> Vec<Finding> {
    let mut findings = folder(config);
    if config.guard_formulas.is_some() && config.format != Format::Csv {
        findings.push(
            Finding::warning("file-guard-without-csv", "`guard_formulas` has no effect on JSON Lines")
                .at(["guard_formulas"])
                .with_hint("remove it, or set format = \"csv\""),
        );
    }
    let mut owners = HashMap::new();
    for target in targets {
        findings.extend(object(target, &mut owners));
        findings.extend(fields(target));
        if config.format == Format::Csv {
            findings.extend(columns(target));
        }
    }
    findings
}

/// Whether `name` may start a file name: letters, digits, `.`, `_`, `-`; it begins with a letter, a digit or `_`. So it
/// can be neither a path, nor hidden, nor `..`.
pub(crate) fn is_object_name(name: &str) -> bool {
    name.len() <= MAX_OBJECT
        && name.starts_with(|first: char| first.is_alphanumeric() || first == '_')
        && name.chars().all(|c| c.is_alphanumeric() || "._-".contains(c))
}

/// Whether `label` may stand in file names.
pub(crate) fn is_run_label(label: &str) -> bool {
    !label.is_empty()
        && label.len() <= MAX_RUN_LABEL
        && label.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
}

fn folder(config: &Config) -> Vec<Finding> {
    let folder = &config.folder;
    let error = |code, message: String, hint| vec![Finding::error(code, message).at(["folder"]).with_hint(hint)];
    if folder.as_os_str().is_empty() {
        return error("file-folder-empty", "`folder` is empty".into(), "name a folder, such as \"out\"");
    }
    if folder.starts_with("~") {
        return error(
            "file-folder-home",
            format!("`{}` would be a folder called `~`", folder.display()),
            "write the whole path, or \"${HOME}/…\"",
        );
    }
    if folder.is_relative() && folder.components().any(|part| part == Component::ParentDir) {
        return error(
            "file-folder-outside",
            format!("`{}` leaves the sync file's folder", folder.display()),
            "write an absolute path for a folder elsewhere",
        );
    }
    Vec::new()
}

/// Two syncs with one object would write files of the same names; names that differ in case are one name on some disks.
fn object<'a>(target: &'a Target, owners: &mut HashMap<String, &'a str>) -> Option<Finding> {
    let name = &target.object;
    let finding = if !is_object_name(name) {
        Finding::error("file-object-name", format!("`{}` cannot start a file name", name.escape_debug()))
            .with_hint(format!("use letters, digits, `.`, `_` and `-`, at most {MAX_OBJECT} bytes, no path"))
    } else if let Some(owner) = owners.insert(name.to_lowercase(), &target.sync) {
        Finding::error("file-object-shared", format!("`{name}` is the object of the sync `{owner}` too"))
            .with_hint("give each sync an object of its own: it starts the names of its files")
    } else {
        return None;
    };
    Some(finding.at(["object"]).in_sync(&target.sync))
}

fn fields(target: &Target) -> Vec<Finding> {
    let mut findings = Vec::new();
    if !target.lists.is_empty() {
        findings.push(Finding::error("file-no-lists", "files know no lists").at(["lists"]).with_hint("remove `lists`"));
    }
    for field in target.fields.iter().filter(|field| field.write == WritePolicy::IfEmpty) {
        findings.push(
            Finding::error("file-if-empty", format!("nobody can tell whether `{}` is empty in a file", field.name))
                .at(["fields", &field.name])
                .with_hint("write = \"on_create\" or \"always\""),
        );
    }
    findings.into_iter().map(|finding| finding.in_sync(&target.sync)).collect()
}

/// CSV has one column a field beside those of every file, and names fields in lists.
fn columns(target: &Target) -> Vec<Finding> {
    let mut taken: HashSet<&str> = request::FIXED_COLUMNS.into();
    let key = (vec!["key", target.key.name.as_str()], &target.key.name);
    let fields = target.fields.iter().map(|field| (vec!["fields", field.name.as_str()], &field.name));
    let mut findings = Vec::new();
    for (path, name) in std::iter::once(key).chain(fields) {
        let finding = if !taken.insert(name) {
            Finding::error("file-column-taken", format!("the CSV file already has a column `{name}`"))
                .with_hint("rename the field, or set format = \"jsonl\"")
        } else if name.contains(request::NAME_SEPARATOR) {
            Finding::error("file-column-name", format!("`{name}` holds a `{}`", request::NAME_SEPARATOR))
                .with_hint("rename the field, or set format = \"jsonl\"")
        } else {
            continue;
        };
        findings.push(finding.at(path).in_sync(&target.sync));
    }
    findings
}

#[cfg(test)]
mod tests;
