//! `[attributes.<pack>]`: which packs are computed, and their parameters, which the packs read themselves.

use super::config_table::ConfigTable;
use super::context::Context;
use super::reader::named_entries;
use super::tree::{Spanned, Value};
use crate::config::diagnostics::{did_you_mean, one_of};

/// One pack with its parameters.
#[derive(Debug, Clone, serde::Serialize)]
pub struct AttributePack {
    /// Its name, at the table's header.
    pub pack: Spanned<String>,
    /// Its parameters.
    pub config: ConfigTable,
}

pub(super) fn read(value: &Spanned<Value>, cx: &mut Context<'_>) -> Vec<AttributePack> {
    let Some(table) = named_entries(value, "`attributes`", cx) else { return Vec::new() };
    let known = cx.catalog.packs();
    let mut packs = Vec::new();
    for entry in &table.entries {
        let pack = &entry.key;
        let what = format!("[attributes.{}]", pack.value);
        if !known.contains(&pack.value.as_str()) {
            let hint = did_you_mean(pack, known.iter().copied()).map_or_else(
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
