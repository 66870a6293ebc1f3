//! Secrets never stand in the sync file: they are `"${VAR}"` or `{ file = "…" }`. Where one stands there all the same,
//! excerpts show stars.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use secrecy::SecretString;

use super::context::Context;
use super::tree::{Spanned, Table, Text, Value};
use super::variables::is_one_variable;
use super::{Catalog, limits};
use crate::config::diagnostics::Span;

/// Parts of key names that mostly hold secrets; used for masking only.
const TELLING: [&str; 5] = ["key", "token", "secret", "password", "credential"];

/// How a secret is given.
enum Given<'a> {
    Variable,
    File(&'a str),
    Otherwise,
}

fn given(value: &Value) -> Given<'_> {
    match value {
        Value::Text(Text::Substituted(_)) => Given::Variable,
        Value::Text(text) if is_one_variable(text.expose()) => Given::Variable,
        Value::Table(table) => match table.entries.as_slice() {
            [only] if only.key.value == "file" => match &only.value.value {
                Value::Text(path) => Given::File(path.expose()),
                _ => Given::Otherwise,
            },
            _ => Given::Otherwise,
        },
        _ => Given::Otherwise,
    }
}

/// Reports every secret of a destination that is written out. `typed` is the table before variables are put in.
pub(super) fn check(destination: &str, typed: &Table, secrets: &[&str], cx: &mut Context<'_>) {
    for secret in secrets {
        let Some(entry) = typed.entry(secret) else { continue };
        if matches!(given(&entry.value.value), Given::Otherwise) {
            let variable = format!("{destination}_{secret}").to_uppercase();
            let variable: String =
                variable.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '_' }).collect();
            let message = format!("the secret `{secret}` is written in the sync file");
            cx.error(entry.value.span, "literal-secret", message)
                .label("must come from outside")
                .hint(format!("write {secret} = \"${{{variable}}}\" or {secret} = {{ file = \"…\" }}; then replace the secret, since whoever read this file knows it"));
        }
    }
}

/// Puts the content of secret files in place of `{ file = "…" }`. Without a folder nothing is read: the secret stays
/// open, as an unset variable does.
pub(super) fn fill(table: &mut Table, secrets: &[&str], folder: Option<&Path>, cx: &mut Context<'_>) {
    for entry in table.entries.iter_mut().filter(|entry| secrets.contains(&entry.key.value.as_str())) {
        let Given::File(path) = given(&entry.value.value) else { continue };
        let text = match folder {
            None => Text::Unresolved(format!("{{ file = \"{path}\" }}")),
            Some(folder) => match read(&folder.join(path)) {
                Ok(secret) => Text::Substituted(secret),
                Err(problem) => {
                    let message = format!("the secret file for `{}` {problem}", entry.key.value);
                    cx.error(entry.value.span, "secret-file", message);
                    continue;
                }
            },
        };
        entry.value.value = Value::Text(text);
    }
}

/// Reads a secret file of bounded size; the line break that editors add at the end is no part of the secret.
fn read(path: &Path) -> Result<SecretString, String> {
    let mut text = String::new();
    let limit = limits::FILE_BYTES as u64;
    File::open(path)
        // A pipe or device would block or never end.
        .and_then(
            |file| if file.metadata()?.is_file() { Ok(file) } else { Err(std::io::ErrorKind::InvalidInput.into()) },
        )
        .and_then(|file| file.take(limit + 1).read_to_string(&mut text))
        .map_err(|error| format!("cannot be read: {}", error.kind()))?;
    if text.len() > limits::FILE_BYTES {
        return Err(format!("is larger than {}", limits::FILE_BYTES_WORDS));
    }
    let secret = text.trim_end_matches(['\r', '\n']);
    if secret.is_empty() { Err("is empty".to_owned()) } else { Ok(SecretString::from(secret)) }
}

/// The spans of all texts in `[destinations]` that are, or look like, secrets written out.
pub(super) fn masks(root: &Table, catalog: &dyn Catalog) -> Vec<Span> {
    let mut spans = Vec::new();
    let declared = declared(catalog);
    if let Some(Spanned { value: Value::Table(destinations), .. }) = root.get("destinations") {
        collect(destinations, &declared, false, &mut spans);
    }
    spans
}

fn collect(table: &Table, declared: &[String], secret: bool, spans: &mut Vec<Span>) {
    for entry in &table.entries {
        let secret = secret || is_secret_key(&entry.key.value, declared);
        match &entry.value.value {
            Value::Text(text) if secret && !is_one_variable(text.expose()) => spans.push(entry.value.span),
            Value::Table(table) => collect(table, declared, secret, spans),
            Value::Array(items) if secret => spans.extend(items.iter().map(|item| item.span)),
            _ => {}
        }
    }
}

/// The rest of each line behind a key that is, or looks like, a secret: for files that are no valid TOML.
pub(super) fn masks_in_broken(text: &str, catalog: &dyn Catalog) -> Vec<Span> {
    let declared = declared(catalog);
    let mut start = 0;
    let mut spans = Vec::new();
    for line in text.split_inclusive('\n') {
        if let Some((before, after)) = line.split_once('=')
            && is_secret_key(before.trim(), &declared)
            && !after.trim().starts_with("\"${")
        {
            spans.push(Span::new(start + before.len() + 1, start + line.len()));
        }
        start += line.len();
    }
    spans
}

fn declared(catalog: &dyn Catalog) -> Vec<String> {
    let secrets = |kind| catalog.secrets(kind).into_iter().map(str::to_owned).collect::<Vec<_>>();
    catalog.connectors().into_iter().flat_map(secrets).collect()
}

fn is_secret_key(key: &str, declared: &[String]) -> bool {
    let key = key.to_ascii_lowercase();
    declared.contains(&key) || TELLING.iter().any(|telling| key.contains(telling))
}
