//! `[attributes]`: what all packs share, and which of them are computed. The parameters of a pack, in
//! `[attributes.<pack>]`, are read by the pack itself.

use super::config_table::ConfigTable;
use super::context::Context;
use super::limits;
use super::reader::{TableReader, named_entries, wrong_type};
use super::tree::{Spanned, Table, Value};
use crate::config::diagnostics::{did_you_mean, one_of};

/// One pack with its parameters.
#[derive(Debug, Clone, serde::Serialize)]
pub struct AttributePack {
    /// Its name, at the table's header.
    pub pack: Spanned<String>,
    /// Its parameters.
    pub config: ConfigTable,
}

/// The key that all packs share.
const EXCLUDED_STATUSES: &str = "excluded_statuses";

/// `[[attributes.custom]]`: a list of tables where packs have one.
const CUSTOM: &str = "custom";

/// `[attributes]`.
#[derive(Debug, Default)]
pub(super) struct Attributes {
    pub(super) packs: Vec<AttributePack>,
    pub(super) custom: Vec<ConfigTable>,
    pub(super) excluded_statuses: Option<Vec<String>>,
}

pub(super) fn read(value: &Spanned<Value>, cx: &mut Context<'_>) -> Attributes {
    let Some(table) = named_entries(value, "`attributes`", cx) else { return Attributes::default() };
    let statuses = TableReader::new(table, value.span, "[attributes]").texts(EXCLUDED_STATUSES, false, cx);
    let excluded_statuses = statuses.map(|statuses| statuses.into_iter().map(|status| status.value).collect());
    Attributes { packs: read_packs(table, cx), custom: read_custom(table, cx), excluded_statuses }
}

fn read_custom(table: &Table, cx: &mut Context<'_>) -> Vec<ConfigTable> {
    let Some(value) = table.get(CUSTOM) else { return Vec::new() };
    let Value::Array(items) = &value.value else {
        wrong_type(value, "`custom`", "a list of [[attributes.custom]] tables", cx);
        return Vec::new();
    };
    if items.len() > limits::CUSTOM_ATTRIBUTES {
        let message = format!("there are more than {} custom attributes", limits::CUSTOM_ATTRIBUTES);
        cx.error(value.span, "too-many", message);
    }
    let what = "[[attributes.custom]]";
    let mut tables = Vec::new();
    for item in items.iter().take(limits::CUSTOM_ATTRIBUTES) {
        if let Some(table) = named_entries(item, what, cx) {
            let table = Spanned::new(table.clone(), item.span);
            tables.push(ConfigTable::new(&cx.source, table, what.to_owned(), &[]));
        }
    }
    tables
}

fn read_packs(table: &Table, cx: &mut Context<'_>) -> Vec<AttributePack> {
    let known = cx.catalog.packs();
    let mut packs = Vec::new();
    for entry in table.entries.iter().filter(|entry| ![EXCLUDED_STATUSES, CUSTOM].contains(&entry.key.value.as_str())) {
        let pack = &entry.key;
        let what = format!("[attributes.{}]", pack.value);
        if !known.contains(&pack.value.as_str()) {
            let hint = did_you_mean(pack, known.iter().copied().chain([EXCLUDED_STATUSES, CUSTOM])).map_or_else(
                || format!("packs are {}", one_of(known.iter().copied())),
                |name| format!("did you mean `{name}`?"),
            );
            cx.error(pack.span, "unknown-pack", format!("unknown attribute pack `{}`", pack.value)).hint(hint);
        } else if let Some(table) = named_entries(&entry.value, &what, cx) {
            let table = Spanned::new(table.clone(), entry.value.span);
            packs.push(AttributePack { pack: pack.clone(), config: ConfigTable::new(&cx.source, table, what, &[]) });
        }
    }
    packs
}
