//! `write = "if_empty"`: a look at the destination before a sync is planned.

use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use lapwing_contract::{Target, Value, WritePolicy, agree};

use super::connections::destination_failure;
use super::planning::{Planning, PlanningError, Snapped, snap};
use super::{Failure, targets};
use crate::ledger::{self, Migration, SyncTables};

/// Records that are held at a time, where one call does not take more.
const PAGE: usize = 10_000;

/// What a look did.
pub(super) struct Look {
    /// Requests that it took.
    pub(super) requests: u64,
    /// What registering the sync did to its tables: the plan that follows finds it done.
    pub(super) migration: Migration,
}

/// Notes which fields have a value at the destination, of those that are written only where there is none. None where the
/// sync has no such field, or its destination cannot be read, which its connector tells.
pub(super) async fn look(planning: &Planning<'_>) -> Result<Option<Look>, Failure> {
    let Planning { engine, file, sync, connected, columns, .. } = planning;
    let destination = connected.destination.as_ref();
    let capabilities = destination.capabilities(&sync.object.value);
    let is_careful = |index: usize| sync.fields.get(index).is_some_and(|field| field.write == WritePolicy::IfEmpty);
    let (true, Some(reading)) = ((0..sync.fields.len()).any(is_careful), capabilities.reading) else { return Ok(None) };
    let before = connected.traffic.requests().total();
    let (for_file, for_sync) = ((*file).clone(), (*sync).clone());
    let at_once = capabilities.concurrency.max(1);
    let listed = engine.run(move |session| {
        let Snapped { shapes, mut tables, migration, .. } = snap(session, &for_file, &for_sync, &capabilities)?;
        let mut target = targets::target(&for_sync, &shapes);
        let careful: Vec<bool> = target.fields.iter().map(|field| field.write == WritePolicy::IfEmpty).collect();
        keep_where(&mut tables.fields, &careful);
        keep_where(&mut target.fields, &careful);
        let unseen = ledger::list_unseen(session, &tables)?;
        Ok::<_, PlanningError>((target, tables, migration, unseen))
    });
    let (target, tables, migration, unseen): (Target, SyncTables, Migration, u64) =
        listed.await.map_err(|error| error.into_failure(file, columns))?;
    if unseen > 0 {
        let failed = |error| destination_failure(&sync.destination.value, error);
        let located = destination.locate(&target).await.map_err(failed)?;
        let page = PAGE.max(reading.keys_per_call) as u64;
        for first in (1..=unseen).step_by(usize::try_from(page).unwrap_or(PAGE)) {
            let last = first + page - 1;
            let keys = engine.run(move |session| ledger::unseen(session, first, last)).await?;
            let keys: Vec<Value> = keys.into_iter().map(Value::Text).collect();
            let calls = keys.chunks(reading.keys_per_call.max(1)).map(|keys| destination.read(&located, keys));
            let records: Vec<_> = stream::iter(calls).buffered(at_once).try_collect().await.map_err(failed)?;
            let found = occupied(&keys, records.into_iter().flatten(), &tables);
            let sync_id = tables.sync_id;
            engine.run(move |session| ledger::note_occupied(session, sync_id, found)).await?;
        }
    }
    Ok(Some(Look { requests: connected.traffic.requests().total() - before, migration }))
}

fn keep_where<T>(items: &mut Vec<T>, keep: &[bool]) {
    let mut keep = keep.iter();
    items.retain(|_| keep.next().copied().unwrap_or_default());
}

/// The fields that have a value, by key and column.
fn occupied(
    keys: &[Value],
    records: impl Iterator<Item = Option<Vec<Value>>>,
    tables: &SyncTables,
) -> Vec<(String, i64)> {
    let mut found = Vec::new();
    for (key, record) in keys.iter().zip(records) {
        for (field, value) in tables.fields.iter().zip(record.into_iter().flatten()) {
            // Vendors do not tell nothing from an empty text.
            if !agree(&value, &Value::Null) {
                found.push((key.to_text(), field.column_no));
            }
        }
    }
    found
}
