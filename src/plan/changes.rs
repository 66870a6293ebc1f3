//! From the staged plan to the records that connectors take.

use lapwing_contract::{ChangeKind, FieldType, Operation, Record, Value};

use crate::engine::{EngineError, EngineErrorKind, Session};
use crate::ledger::{SeqRange, SyncTables};

/// Reads the changes of a range that have not been refused, in order, each with the fields that are sent.
///
/// # Errors
/// [`EngineError`] where the staged table is not what the ledger says.
pub fn read_changes(
    session: &Session,
    tables: &SyncTables,
    types: &[FieldType],
    range: SeqRange,
) -> Result<Vec<Record>, EngineError> {
    let fields: Vec<String> =
        tables.fields.iter().map(|field| format!(", v{0}, coalesce(c{0}, false)", field.column_no)).collect();
    let fields = fields.concat();
    let sql = format!(
        "SELECT seq, kind, key{fields} FROM {} WHERE seq BETWEEN {} AND {} AND route = 'send' AND seq NOT IN (
             SELECT seq FROM exceptions WHERE sync_id = {} AND outcome = 'rejected')",
        tables.staged(),
        range.first,
        range.last,
        tables.sync_id
    );
    let page = session.page(&sql, &[])?;
    let kinds = page.column(1, &FieldType::Text)?;
    let keys = page.column(2, &FieldType::Text)?;
    let seqs = page.ints(0)?;
    let mut records = Vec::with_capacity(page.rows);
    for ((seq, kind), key) in seqs.iter().zip(&kinds).zip(keys) {
        records.push(Record {
            seq: seq.unsigned_abs(),
            kind: kind_of(kind)?,
            key,
            fields: Vec::with_capacity(types.len()),
        });
    }
    for (index, field_type) in types.iter().enumerate() {
        let values = page.column(3 + 2 * index, field_type)?;
        let sent = page.flags(4 + 2 * index)?;
        for ((record, value), is_sent) in records.iter_mut().zip(values).zip(sent) {
            if is_sent {
                record.fields.push((index, value));
            }
        }
    }
    // The parts of a streamed result come in any order, even where the query has one.
    records.sort_unstable_by_key(|record| record.seq);
    Ok(records)
}

fn kind_of(kind: &Value) -> Result<ChangeKind, EngineError> {
    match kind {
        Value::Text(text) if text == "added" => Ok(ChangeKind::Added),
        Value::Text(text) if text == "changed" => Ok(ChangeKind::Changed),
        Value::Text(text) if text == "left" => Ok(ChangeKind::Left),
        _ => Err(EngineError::new(EngineErrorKind::Database, "the staged plan has a change of an unknown kind")),
    }
}

/// The operation of a batch, from its name in the ledger.
pub fn staged_operation(name: &str) -> Operation {
    match name {
        "delete" => Operation::Delete,
        "remove_from_lists" => Operation::RemoveFromLists,
        _ => Operation::Upsert,
    }
}
