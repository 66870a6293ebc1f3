//! Syncs that can be read back: what `verify` and `adopt` share.

use lapwing_contract::Target;

use crate::config::sync_file::{SyncFile, SyncSpec};
use crate::engine::{Engine, field_type};
use crate::ledger::{self, SyncTables};
use crate::plan::FieldShape;
use crate::readback::{ReadBackError, Readable};
use crate::registry::Connected;

use super::connections::destination_failure;
use super::planning::identity_of;
use super::{Failure, targets};

/// A sync that can be read; none where its destination cannot.
pub(super) fn of<'a>(
    engine: &'a Engine,
    connected: &'a Connected,
    target: Target,
    tables: SyncTables,
) -> Option<Readable<'a>> {
    let reading = connected.destination.capabilities(&target.object).reading?;
    let (destination, clock) = (connected.destination.as_ref(), connected.clock.as_ref());
    Some(Readable { engine, destination, clock, reading, target, tables })
}

/// The target and the tables of a sync as the ledger knows it, without the fields that it does not; none where it does not
/// know the sync. The ledger is not changed.
pub(super) async fn known_to_ledger(
    engine: &Engine,
    file: &SyncFile,
    sync: &SyncSpec,
) -> Result<Option<(Target, SyncTables)>, Failure> {
    let identity = identity_of(file, sync);
    let found = engine.run(move |session| ledger::look_up(session, &identity)).await?;
    let Some(mut tables) = found else { return Ok(None) };
    let mut mapped = sync.clone();
    let known = |name: &str| tables.fields.iter().find(|column| column.name == name).cloned();
    let columns: Vec<_> = sync.fields.iter().filter_map(|field| known(&field.name.value)).collect();
    mapped.fields.retain(|field| columns.iter().any(|column| column.name == field.name.value));
    let shapes: Option<Vec<FieldShape>> = columns
        .iter()
        .map(|column| Some(FieldShape { sql_type: column.sql_type.clone(), field_type: field_type(&column.sql_type)? }))
        .collect();
    // The ledger holds types of ours alone.
    let Some(shapes) = shapes else { return Ok(None) };
    tables.fields = columns;
    Ok(Some((targets::target(&mapped, &shapes), tables)))
}

/// Why reading back failed, with the destination's name.
pub(super) fn failure(destination: &str, error: ReadBackError) -> Failure {
    match error {
        ReadBackError::Destination(error) => destination_failure(destination, error),
        ReadBackError::Ledger(error) => error.into(),
    }
}
