//! `[destinations.<name>]`: an account at a vendor.

use std::path::Path;

use super::config_table::ConfigTable;
use super::context::Context;
use super::reader::{TableReader, check_name, named_entries};
use super::tree::{Entry, Spanned, Table, Value};
use super::{limits, secrets};
use crate::config::diagnostics::{did_you_mean, one_of};

/// The keys that every destination has; all others belong to its connector.
pub const COMMON_KEYS: [&str; 3] = ["connector", "pace", "sandbox"];

/// How fast a destination may be spoken to; never faster than the vendor allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Pace {
    /// The most requests in a minute. Default: the vendor's own limit.
    pub requests_per_minute: Option<u32>,
}

/// One account.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Destination {
    /// Its name in the sync file.
    pub name: Spanned<String>,
    /// The kind of its connector.
    pub connector: Spanned<String>,
    /// How fast. Default: as fast as the vendor allows.
    #[serde(skip)]
    pub pace: Option<Pace>,
    /// Whether the built-in fake is spoken to instead of the vendor. Default: false.
    pub sandbox: bool,
    /// The connector's own keys.
    pub config: ConfigTable,
}

/// Reads `[destinations]`. With a folder, secret files are read from there.
pub(super) fn read(
    value: &Spanned<Value>,
    typed: Option<&Table>,
    folder: Option<&Path>,
    cx: &mut Context<'_>,
) -> Vec<Destination> {
    let Some(table) = named_entries(value, "`destinations`", cx) else { return Vec::new() };
    if table.entries.len() > limits::DESTINATIONS {
        cx.error(value.span, "too-many", format!("there are more than {} destinations", limits::DESTINATIONS));
    }
    let entries = table.entries.iter().take(limits::DESTINATIONS);
    entries
        .filter_map(|entry| {
            let typed = typed.and_then(|table| match table.get(&entry.key.value).map(|value| &value.value) {
                Some(Value::Table(table)) => Some(table),
                _ => None,
            });
            read_one(entry, typed, folder, cx)
        })
        .collect()
}

fn read_one(entry: &Entry, typed: Option<&Table>, folder: Option<&Path>, cx: &mut Context<'_>) -> Option<Destination> {
    let name = &entry.key;
    let named = check_name(name, cx);
    let what = format!("[destinations.{}]", name.value);
    let mut reader = TableReader::open(&entry.value, what.clone(), cx)?;
    let Value::Table(table) = &entry.value.value else { return None };
    let kinds = cx.catalog.connectors();
    let hint = format!("connectors are {}", one_of(kinds.iter().copied()));
    let connector = match reader.required("connector", &hint, cx) {
        Some(_) => reader.text("connector", cx),
        None => None,
    };
    let pace = reader.optional("pace").and_then(|pace| read_pace(pace, cx));
    let sandbox = reader.boolean("sandbox", cx).unwrap_or(false);
    let connector = connector?;
    if !kinds.contains(&connector.value.as_str()) && !connector.contains("${") {
        let hint = did_you_mean(&connector, kinds).map_or(hint, |kind| format!("did you mean `{kind}`?"));
        cx.error(connector.span, "unknown-connector", format!("unknown connector `{}`", connector.value)).hint(hint);
        return None;
    }
    let catalog = cx.catalog;
    let secret_keys = catalog.secrets(&connector);
    if let Some(typed) = typed {
        secrets::check(&name.value, typed, &secret_keys, cx);
    }
    if let Some(keys) = catalog.keys(&connector) {
        let keys: Vec<&str> = keys.iter().map(String::as_str).chain(secret_keys.iter().copied()).collect();
        reader.finish(&keys, cx);
    }
    let mut own = table.without(&COMMON_KEYS);
    secrets::fill(&mut own, &secret_keys, folder, cx);
    let config = ConfigTable::new(&cx.source, Spanned::new(own, entry.value.span), what, &secret_keys);
    named.then(|| Destination { name: name.clone(), connector, pace, sandbox, config })
}

fn read_pace(value: &Spanned<Value>, cx: &mut Context<'_>) -> Option<Pace> {
    let mut reader = TableReader::open(value, "`pace`", cx)?;
    let requests = reader.whole("requests_per_minute", 1..=1_000_000, cx);
    reader.finish(&[], cx);
    Some(Pace { requests_per_minute: requests.and_then(|requests| u32::try_from(requests).ok()) })
}
