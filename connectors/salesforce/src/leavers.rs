//! Who left and is to be emptied (`on_leave = "clear"`). An upsert makes a record where there is none; somebody who left
//! must not come back that way, once people have deleted the record. So leavers are looked up before they are written.

use std::collections::HashSet;

use lapwing_contract::{Batch, ChangeKind, DestinationError, Outcome, Receipt, Record};

use crate::lookup;
use crate::org::Org;

/// The records of a batch that left and are not there: their indexes. One query for about 200 of those who left.
pub(crate) async fn gone(org: &Org, batch: &Batch) -> Result<HashSet<usize>, DestinationError> {
    let is_leaver = |(_, record): &(usize, &Record)| record.kind == ChangeKind::Left;
    let (indexes, records): (Vec<usize>, Vec<Record>) =
        batch.records.iter().enumerate().filter(is_leaver).map(|(index, record)| (index, record.clone())).unzip();
    if records.is_empty() {
        return Ok(HashSet::new());
    }
    let found = lookup::ids(org, &part(batch, records)).await?;
    Ok(indexes.into_iter().zip(found).filter(|(_, ids)| ids.is_empty()).map(|(index, _)| index).collect())
}

/// The batch without those who are gone.
pub(crate) fn without(batch: &Batch, gone: &HashSet<usize>) -> Batch {
    let rest = batch.records.iter().enumerate().filter(|(index, _)| !gone.contains(index));
    part(batch, rest.map(|(_, record)| record.clone()).collect())
}

/// The receipt of the whole batch, from that of the others. Who is gone has nothing to be emptied.
pub(crate) fn receipt(gone: &HashSet<usize>, records: usize, others: Receipt) -> Receipt {
    let mut told = others.outcomes.into_iter();
    let outcome = |index| {
        if gone.contains(&index) { Outcome::Unchanged } else { told.next().unwrap_or(Outcome::Unknown) }
    };
    Receipt { outcomes: (0..records).map(outcome).collect() }
}

fn part(batch: &Batch, records: Vec<Record>) -> Batch {
    Batch { number: batch.number, operation: batch.operation, target: batch.target.clone(), records }
}
