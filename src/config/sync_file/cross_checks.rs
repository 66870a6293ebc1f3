//! What only the whole file can tell: names that stand for nothing, names that stand twice, fields with two writers.

use std::collections::HashMap;

use super::context::Context;
use super::destinations::Destination;
use super::syncs::SyncSpec;
use super::tree::{Spanned, Table, Value};
use crate::config::diagnostics::{Span, did_you_mean, one_of};
use lapwing_contract::OnLeave;

pub(super) fn check(root: &Table, destinations: &[Destination], syncs: &[SyncSpec], cx: &mut Context<'_>) {
    names_are_unique(syncs, cx);
    // Asked of the raw table: a destination with a mistake of its own is there all the same.
    let declared = match root.get("destinations") {
        Some(Spanned { value: Value::Table(table), .. }) => {
            table.entries.iter().map(|entry| entry.key.value.as_str()).collect()
        }
        _ => Vec::new(),
    };
    for sync in syncs.iter().filter(|sync| !declared.contains(&sync.destination.value.as_str())) {
        let hint = did_you_mean(&sync.destination, declared.iter().copied()).map_or_else(
            || match declared.as_slice() {
                [] => "add a [destinations.…] table".to_owned(),
                names => format!("destinations are {}", one_of(names.iter().copied())),
            },
            |name| format!("did you mean `{name}`?"),
        );
        let message =
            format!("the sync `{}` names the unknown destination `{}`", sync.name.value, sync.destination.value);
        cx.error(sync.destination.span, "unknown-destination", message).hint(hint);
    }
    // With errors about, a sync may only seem to be missing.
    if !cx.diagnostics.has_errors() {
        destinations_are_used(destinations, syncs, cx);
    }
    let accounts = Accounts::of(destinations, cx);
    fields_have_one_writer(syncs, &accounts, cx);
    deletes_are_not_shared(syncs, &accounts, cx);
}

/// Which destinations are known to lead to one account: those of one connector that agree in all that tells accounts apart,
/// credentials among it. A fake is the destination's own.
struct Accounts<'a> {
    by_destination: HashMap<&'a str, Vec<String>>,
}

impl<'a> Accounts<'a> {
    fn of(destinations: &'a [Destination], cx: &Context<'_>) -> Self {
        let account = |destination: &'a Destination| {
            let name = destination.name.as_str();
            let kind = destination.connector.as_str();
            let keys = cx.catalog.account(kind).into_iter().chain(cx.catalog.secrets(kind));
            let told = |key| {
                destination.config.table().get(key).map(|value: &Spanned<Value>| match &value.value {
                    Value::Text(text) => Some(format!("{key}={}", text.expose())),
                    _ => None,
                })
            };
            // What is no text says nothing that could be compared.
            let parts: Option<Vec<String>> = keys.filter_map(told).collect();
            let parts = parts.filter(|_| !destination.sandbox);
            (name, parts.map_or_else(|| vec![name.to_owned()], |parts| [vec![kind.to_owned()], parts].concat()))
        };
        Self { by_destination: destinations.iter().map(account).collect() }
    }

    /// Whether two syncs write to one account.
    fn are_one(&self, one: &SyncSpec, other: &SyncSpec) -> bool {
        let account = |sync: &SyncSpec| self.by_destination.get(sync.destination.as_str());
        one.destination.value == other.destination.value
            || matches!((account(one), account(other)), (Some(one), Some(other)) if one == other)
    }
}

/// Where two syncs meet, in words.
fn meeting(one: &SyncSpec, other: &SyncSpec) -> String {
    if one.destination.value == other.destination.value {
        return format!("at `{}`", one.destination.value);
    }
    format!("at the account of `{}` and `{}`", one.destination.value, other.destination.value)
}

fn destinations_are_used(destinations: &[Destination], syncs: &[SyncSpec], cx: &mut Context<'_>) {
    for destination in destinations {
        if !syncs.iter().any(|sync| sync.destination.value == destination.name.value) {
            let message = format!("no sync writes to the destination `{}`", destination.name.value);
            cx.warning(destination.name.span, "unused-destination", message);
        }
    }
}

fn names_are_unique(syncs: &[SyncSpec], cx: &mut Context<'_>) {
    let mut first: HashMap<&str, Span> = HashMap::new();
    for sync in syncs {
        if let Some(span) = first.get(sync.name.as_str()) {
            let place = cx.place(*span);
            cx.error(sync.name.span, "duplicate-name", format!("two syncs are called `{}`", sync.name.value))
                .label("again here")
                .related(place, "first here")
                .hint("the ledger remembers deliveries by the sync's name; give one another name");
        } else {
            first.insert(&sync.name, sync.name.span);
        }
    }
}

fn fields_have_one_writer(syncs: &[SyncSpec], accounts: &Accounts<'_>, cx: &mut Context<'_>) {
    // Vendors take `Segment` and `segment` for one field.
    let mut writers: HashMap<(&str, String), Vec<(&SyncSpec, Span)>> = HashMap::new();
    for sync in syncs {
        for field in &sync.fields {
            let known = writers.entry((sync.object.as_str(), field.name.to_lowercase())).or_default();
            let other = known.iter().find(|(other, _)| accounts.are_one(other, sync)).copied();
            let Some((other, span)) = other else {
                known.push((sync, field.name.span));
                continue;
            };
            if std::ptr::eq(other, sync) {
                continue;
            }
            let place = cx.place(span);
            let message = format!(
                "`{}` and `{}` both write the field `{}` of {} {}",
                other.name.value,
                sync.name.value,
                field.name.value,
                sync.object.value,
                meeting(other, sync)
            );
            cx.error(field.name.span, "two-writers", message)
                .label("written here, too")
                .related(place, "written here")
                .hint("each would undo the other's work, run after run; keep the field in one of them");
        }
    }
}

/// A record that one sync deletes is gone for the other, whose ledger still believes in it.
fn deletes_are_not_shared(syncs: &[SyncSpec], accounts: &Accounts<'_>, cx: &mut Context<'_>) {
    for deleting in syncs.iter().filter(|sync| sync.on_leave == OnLeave::Delete) {
        let shares = |other: &&SyncSpec| {
            other.name.value != deleting.name.value
                && accounts.are_one(other, deleting)
                && other.object.value == deleting.object.value
        };
        if let Some(other) = syncs.iter().find(shares) {
            let place = cx.place(other.name.span);
            let message = format!(
                "`{}` deletes {} that `{}` writes, too",
                deleting.name.value, deleting.object.value, other.name.value
            );
            cx.warning(deleting.name.span, "shared-delete", message)
                .related(place, "writes the same object")
                .hint("use on_leave = \"clear\", or make one sync of the two");
        }
    }
}
