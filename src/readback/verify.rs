//! Does the destination still hold what it confirmed?

use lapwing_contract::{Prepared, WritePolicy};

use super::pages::{Pair, ReadBackError, Readable};
use crate::ledger::{self, Drift};

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Drifted {
    /// Records looked at.
    pub records: u64,
    /// Records that are there with another value in some field.
    pub differing: u64,
    /// Records that are not there.
    pub missing: u64,
    /// The compared fields, in the order of the sync file.
    pub fields: Vec<FieldDrift>,
}

impl Drifted {
    /// Whether anything is not as it was confirmed.
    pub fn is_any(&self) -> bool {
        self.differing + self.missing > 0
    }
}

/// What was found of one field, in records that are there.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct FieldDrift {
    /// The destination's name of it.
    pub field: String,
    /// Whether the destination has no such field any more.
    pub gone: bool,
    /// Records whose confirmed value is known, and was compared.
    pub compared: u64,
    /// Records with another value there.
    pub changed: u64,
    /// Records with no value there.
    pub emptied: u64,
}

/// Compares what the destination has with what it confirmed, of all records of a sync or of `sample` of them. The
/// differences stand in the engine afterwards, for [`ledger::forget_drift`].
///
/// # Errors
/// [`ReadBackError`]; a failed look marks nothing.
pub async fn verify(readable: &Readable<'_>, sample: Option<u64>) -> Result<Drifted, ReadBackError> {
    let tables = readable.tables.clone();
    let records = readable.engine.run(move |session| ledger::stage_look(session, &tables, sample)).await?;
    let fields = readable.target.fields.iter().filter(|field| field.write == WritePolicy::Always);
    let mut drifted = Drifted { records, ..Drifted::default() };
    drifted.fields = fields.map(|field| FieldDrift { field: field.name.clone(), ..FieldDrift::default() }).collect();
    if records == 0 {
        return Ok(drifted);
    }
    readable.let_writes_show().await?;
    let located = readable.destination.locate(&readable.target).await?;
    for (binding, spec) in located.fields.iter().zip(&readable.target.fields) {
        if let Some(field) = drifted.fields.iter_mut().find(|field| field.field == spec.name) {
            field.gone = binding.is_missing();
        }
    }
    let page = readable.page();
    let mut first = 1;
    while first <= records {
        let pairs = readable.pairs(&located, first, first + page - 1).await?;
        let drifts = compare(readable, &located, &pairs, &mut drifted);
        if !drifts.is_empty() {
            readable.engine.run(move |session| ledger::note_drift(session, drifts)).await?;
        }
        first += page;
    }
    Ok(drifted)
}

fn compare(readable: &Readable<'_>, located: &Prepared, pairs: &[Pair], drifted: &mut Drifted) -> Vec<Drift> {
    let mut drifts = Vec::new();
    for (record, found) in pairs {
        let key = record.key.to_text();
        let Some(found) = found else {
            drifted.missing += 1;
            drifts.push(Drift { key, column_no: None });
            continue;
        };
        let before = drifts.len();
        let mut counts = drifted.fields.iter_mut();
        for (at, ((confirmed, known), there)) in record.fields.iter().zip(found).enumerate() {
            // People may go on with what is written once.
            if readable.target.fields[at].write != WritePolicy::Always {
                continue;
            }
            let Some(count) = counts.next() else { break };
            if !known {
                continue;
            }
            count.compared += 1;
            if readable.destination.agrees(located, at, confirmed, there) {
                continue;
            }
            if there.is_null() {
                count.emptied += 1;
            } else {
                count.changed += 1;
            }
            drifts.push(Drift { key: key.clone(), column_no: Some(readable.tables.fields[at].column_no) });
        }
        drifted.differing += u64::from(drifts.len() > before);
    }
    drifts
}
