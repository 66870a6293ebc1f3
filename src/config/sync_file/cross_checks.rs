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
    fields_have_one_writer(syncs, cx);
    deletes_are_not_shared(syncs, cx);
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

fn fields_have_one_writer(syncs: &[SyncSpec], cx: &mut Context<'_>) {
    let mut writers: HashMap<(&str, &str, String), (&SyncSpec, Span)> = HashMap::new();
    for sync in syncs {
        for field in &sync.fields {
            // Vendors take `Segment` and `segment` for one field.
            let target = (sync.destination.as_str(), sync.object.as_str(), field.name.to_lowercase());
            let Some((other, span)) = writers.get(&target) else {
                writers.insert(target, (sync, field.name.span));
                continue;
            };
            if std::ptr::eq(*other, sync) {
                continue;
            }
            let place = cx.place(*span);
            let message = format!(
                "`{}` and `{}` both write the field `{}` of {} at `{}`",
                other.name.value, sync.name.value, field.name.value, sync.object.value, sync.destination.value
            );
            cx.error(field.name.span, "two-writers", message)
                .label("written here, too")
                .related(place, "written here")
                .hint("each would undo the other's work, run after run; keep the field in one of them");
        }
    }
}

/// A record that one sync deletes is gone for the other, whose ledger still believes in it.
fn deletes_are_not_shared(syncs: &[SyncSpec], cx: &mut Context<'_>) {
    for deleting in syncs.iter().filter(|sync| sync.on_leave == OnLeave::Delete) {
        let shares = |other: &&SyncSpec| {
            other.name.value != deleting.name.value
                && other.destination.value == deleting.destination.value
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
