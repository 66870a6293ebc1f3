//! Batch to request body: checks every record, puts the others in a good order, and writes them as one JSON document.

use std::collections::HashSet;

use lapwing_contract::{Batch, DestinationError, ErrorKind, Outcome, Prepared, Record, Rejection, Value};
use serde::ser::{SerializeMap, SerializeSeq, SerializeStruct};
use serde::{Serialize, Serializer};

use crate::check::{flaw, vendor_types};
use crate::encode::{Cell, folded};
use crate::fields::VendorType;

/// Which records of a batch are sent, in which order, and which are held back.
#[derive(Debug)]
pub(crate) struct Sorted {
    pub(crate) types: Vec<VendorType>,
    /// Indexes in the batch, in the order of the request.
    pub(crate) sent: Vec<usize>,
    /// Index in the batch, and why.
    held: Vec<(usize, Rejection)>,
}

/// Sorts the records of a batch. The same batch is always sorted in the same way, so that a job that is followed after
/// a crash needs no memory of what was held back.
pub(crate) fn sort(batch: &Batch) -> Sorted {
    sort_with(batch, |_, _| None)
}

/// The same, with one more reason to hold records back.
pub(crate) fn sort_with(batch: &Batch, more: impl Fn(&Record, &[VendorType]) -> Option<Rejection>) -> Sorted {
    let types = vendor_types(&batch.target);
    let is_number = is_numeric_key(&batch.target);
    let mut seen = HashSet::with_capacity(batch.records.len());
    let (mut sent, mut held) = (Vec::with_capacity(batch.records.len()), Vec::new());
    for (index, record) in batch.records.iter().enumerate() {
        let flaw = flaw(record, &types, &batch.target).or_else(|| more(record, &types));
        match flaw.or_else(|| (!seen.insert(folded(&record.key.to_text(), is_number))).then(twice)) {
            None => sent.push(index),
            Some(rejection) => held.push((index, rejection)),
        }
    }
    // Rows of one parent side by side: fewer transactions want the same lock (recommended against UNABLE_TO_LOCK_ROW).
    if let Some(parent) = types.iter().position(|kind| *kind == VendorType::Reference) {
        sent.sort_by_cached_key(|index| batch.records.get(*index).and_then(|record| parent_of(record, parent)));
    }
    Sorted { types, sent, held }
}

/// Salesforce refuses a key that comes twice in a request. The caller's duty is that none does.
fn twice() -> Rejection {
    Rejection::permanent("duplicate_key", "another record of the batch has the same key")
        .with_hint("make the sync's rows unique by their key, without regard to case")
}

fn parent_of(record: &Record, field: usize) -> Option<String> {
    record.fields.iter().find(|(index, _)| *index == field).map(|(_, value)| value.to_text())
}

/// Whether keys are numbers at Salesforce.
pub(crate) fn is_numeric_key(target: &Prepared) -> bool {
    matches!(VendorType::parse(&target.key.vendor_type), Some(VendorType::Number { .. }))
}

impl Sorted {
    /// Outcomes for the whole batch: rejections for the records held back, and those of the request for the others.
    /// Where the request tells fewer, the rest is unknown.
    pub(crate) fn outcomes(&self, of_sent: impl IntoIterator<Item = Outcome>) -> Vec<Outcome> {
        let mut outcomes = vec![Outcome::Unknown; self.sent.len() + self.held.len()];
        for (index, rejection) in &self.held {
            if let Some(outcome) = outcomes.get_mut(*index) {
                *outcome = Outcome::Rejected(Box::new(rejection.clone()));
            }
        }
        for (index, told) in self.sent.iter().zip(of_sent) {
            if let Some(outcome) = outcomes.get_mut(*index) {
                *outcome = told;
            }
        }
        outcomes
    }

    /// The body of `PATCH …/composite/sobjects/{Object}/{Field}` for the records that are sent.
    pub(crate) fn body(&self, batch: &Batch) -> Result<Vec<u8>, DestinationError> {
        serde_json::to_vec(&Upsert { batch, sorted: self }).map_err(|error| {
            // Writing to memory cannot fail, and every value can be written.
            DestinationError::new(ErrorKind::Protocol, "writing a batch", "the batch cannot be written")
                .with_source(error)
        })
    }
}

struct Upsert<'a> {
    batch: &'a Batch,
    sorted: &'a Sorted,
}

impl Serialize for Upsert<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut body = serializer.serialize_struct("upsert", 2)?;
        body.serialize_field("allOrNone", &false)?;
        body.serialize_field("records", &Records(self))?;
        body.end()
    }
}

struct Records<'a>(&'a Upsert<'a>);

impl Serialize for Records<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Upsert { batch, sorted } = self.0;
        let mut records = serializer.serialize_seq(Some(sorted.sent.len()))?;
        for record in sorted.sent.iter().filter_map(|index| batch.records.get(*index)) {
            records.serialize_element(&Row { batch, record, types: &sorted.types })?;
        }
        records.end()
    }
}

struct Row<'a> {
    batch: &'a Batch,
    record: &'a Record,
    types: &'a [VendorType],
}

/// Comes first in every record: recorded errors say that Salesforce's parser wants it so.
#[derive(Serialize)]
struct Attributes<'a> {
    r#type: &'a str,
}

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let target = &self.batch.target;
        let mut row = serializer.serialize_map(None)?;
        row.serialize_entry("attributes", &Attributes { r#type: &target.target.object })?;
        row.serialize_entry(&target.key.id, &Cell::of_key(&self.record.key, is_numeric_key(&self.batch.target)))?;
        for (index, value) in &self.record.fields {
            if let (Some(binding), Some(cell)) = (target.fields.get(*index), self.cell(*index, value)) {
                row.serialize_entry(&binding.id, &cell)?;
            }
        }
        row.end()
    }
}

impl Row<'_> {
    fn cell<'v>(&self, index: usize, value: &'v Value) -> Option<Cell<'v>> {
        Cell::of(value, *self.types.get(index)?)
    }
}
