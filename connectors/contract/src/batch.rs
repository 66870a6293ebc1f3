//! What is sent: changes, record by record, with only the fields that differ.

use std::fmt;
use std::sync::Arc;

use crate::{Operation, Prepared, Value};

/// Why a record is in the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// The key was never confirmed at this destination.
    Added,
    /// The key was confirmed before; some fields differ.
    Changed,
    /// The key is no longer in the snapshot.
    Left,
}

/// One change: the key, and the fields that differ from what the destination has confirmed.
#[derive(Clone, PartialEq)]
pub struct Record {
    /// The place of the change in its plan, from 1. Unique within a plan.
    pub seq: u64,
    /// Why it is sent.
    pub kind: ChangeKind,
    /// The value of the key field, never null or empty.
    pub key: Value,
    /// Index into [`Target::fields`](crate::Target) and the value to write there, ascending by index.
    /// `Value::Null` here always means "clear": fields to keep are left out.
    pub fields: Vec<(usize, Value)>,
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Record #{} {:?} with {} fields", self.seq, self.kind, self.fields.len())
    }
}

/// The changes of one request. All share an operation and a prepared target; no key appears twice.
#[derive(Debug, Clone)]
pub struct Batch {
    /// The number of the batch in its plan, from 1; with it the ledger finds the batch again.
    pub number: u64,
    /// What is to be done with every record.
    pub operation: Operation,
    /// Where it goes, with the vendor's field ids.
    pub target: Arc<Prepared>,
    /// The records, in plan order; outcomes come back in the same order.
    pub records: Vec<Record>,
}
