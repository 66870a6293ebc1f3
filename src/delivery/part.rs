//! A part of a batch, and the pure decisions about it.

use lapwing_contract::{Outcome, Receipt, Record, Rejection};

use crate::ledger::SeqRange;

/// Some of the records of a batch, in their order, that travel in one request.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) records: Vec<Record>,
}

impl Part {
    /// The seq numbers that it spans; refused records in between are not meant.
    pub(super) fn range(&self) -> SeqRange {
        let first = self.records.first().map_or(0, |record| record.seq);
        SeqRange { first, last: self.records.last().map_or(first, |record| record.seq) }
    }

    /// Two halves, the first not smaller than the second.
    pub(super) fn halves(mut self) -> (Self, Self) {
        let second = self.records.split_off(self.records.len().div_ceil(2));
        (self, Self { records: second })
    }

    /// Takes the records at `indexes` out, with their reasons.
    pub(super) fn cut_out(&mut self, named: Vec<(usize, Rejection)>) -> Vec<(u64, Rejection)> {
        let mut refused: Vec<(u64, Rejection)> = Vec::with_capacity(named.len());
        for (index, rejection) in named {
            let seq = self.records.get(index).map(|record| record.seq);
            if let Some(seq) = seq.filter(|seq| refused.iter().all(|(other, _)| other != seq)) {
                refused.push((seq, rejection));
            }
        }
        self.records.retain(|record| refused.iter().all(|(seq, _)| *seq != record.seq));
        refused
    }
}

/// A receipt, sorted by what it says.
#[derive(Debug, Default)]
pub(super) struct Sorted {
    pub(super) confirmed: usize,
    pub(super) rejected: Vec<(u64, Rejection)>,
    pub(super) unknown: Vec<u64>,
    pub(super) pending: usize,
}

/// Sorts the outcomes of a receipt. A receipt that does not have one outcome a record tells nothing about any.
pub(super) fn sort(part: &Part, receipt: Receipt) -> Sorted {
    let mut sorted = Sorted::default();
    if receipt.outcomes.len() != part.records.len() {
        sorted.unknown = part.records.iter().map(|record| record.seq).collect();
        return sorted;
    }
    for (record, outcome) in part.records.iter().zip(receipt.outcomes) {
        match outcome {
            Outcome::Confirmed | Outcome::Unchanged => sorted.confirmed += 1,
            Outcome::Rejected(rejection) => sorted.rejected.push((record.seq, *rejection)),
            Outcome::Pending(_) => sorted.pending += 1,
            Outcome::Unknown => sorted.unknown.push(record.seq),
        }
    }
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;
    use lapwing_contract::{ChangeKind, Value};

    fn part(seqs: std::ops::RangeInclusive<u64>) -> Part {
        let record = |seq| Record { seq, kind: ChangeKind::Added, key: Value::Text(format!("k{seq}")), fields: vec![] };
        Part { records: seqs.map(record).collect() }
    }

    fn seqs(part: &Part) -> Vec<u64> {
        part.records.iter().map(|record| record.seq).collect()
    }

    #[test]
    fn a_named_record_is_cut_out_once_and_its_mates_stay() {
        let mut part = part(10..=13);
        let reason = Rejection::permanent("bad", "bad");
        let refused = part.cut_out(vec![(1, reason.clone()), (1, reason.clone()), (9, reason)]);
        assert_eq!(refused.iter().map(|(seq, _)| *seq).collect::<Vec<_>>(), [11]);
        assert_eq!(seqs(&part), [10, 12, 13]);
    }

    #[test]
    fn halves_lose_nobody() {
        let (first, second) = part(1..=5).halves();
        assert_eq!((seqs(&first), seqs(&second)), (vec![1, 2, 3], vec![4, 5]));
    }

    #[test]
    fn a_receipt_of_another_length_confirms_nothing() {
        let sorted = sort(&part(1..=3), Receipt::all(&Outcome::Confirmed, 2));
        assert_eq!((sorted.confirmed, sorted.unknown), (0, vec![1, 2, 3]));
    }
}
