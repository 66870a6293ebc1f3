//! A part of a batch, and the pure decisions about it.

use std::collections::{HashMap, HashSet};

use lapwing_contract::{JobRef, Outcome, Receipt, Record, Rejection};

use crate::ledger::SeqRange;

/// Some of the records of a batch, in their order, that travel in one request.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) records: Vec<Record>,
}

impl Part {
    /// The seq numbers of its records, and no others.
    pub(super) fn ranges(&self) -> Vec<SeqRange> {
        SeqRange::runs(self.records.iter().map(|record| record.seq))
    }

    /// Two halves, the first not smaller than the second.
    pub(super) fn halves(mut self) -> (Self, Self) {
        let second = self.records.split_off(self.records.len().div_ceil(2));
        (self, Self { records: second })
    }

    /// Takes the records at `indexes` out, with their reasons.
    pub(super) fn cut_out(&mut self, named: Vec<(usize, Rejection)>) -> Vec<(u64, Rejection)> {
        let mut reasons: HashMap<usize, Rejection> = HashMap::with_capacity(named.len());
        for (index, rejection) in named {
            reasons.entry(index).or_insert(rejection);
        }
        let mut refused = Vec::with_capacity(reasons.len());
        let mut index = 0;
        self.records.retain(|record| {
            let reason = reasons.remove(&index);
            index += 1;
            let stays = reason.is_none();
            refused.extend(reason.map(|reason| (record.seq, reason)));
            stays
        });
        refused
    }

    /// Takes the records out that the vendor refused for the moment only, with their reasons; their refusals are no
    /// longer in `sorted`.
    pub(super) fn set_aside(&mut self, sorted: &mut Sorted) -> Vec<(Record, Rejection)> {
        let (passing, lasting): (Vec<_>, Vec<_>) =
            std::mem::take(&mut sorted.rejected).into_iter().partition(|(_, reason)| reason.retryable);
        sorted.rejected = lasting;
        let seqs: Vec<u64> = passing.iter().map(|(seq, _)| *seq).collect();
        let records = self.take(&seqs).records;
        // Both are in the order of the part.
        records.into_iter().zip(passing.into_iter().map(|(_, reason)| reason)).collect()
    }

    /// Takes the records with these seq numbers out.
    pub(super) fn take(&mut self, seqs: &[u64]) -> Self {
        let wanted: HashSet<u64> = seqs.iter().copied().collect();
        let (taken, left) =
            std::mem::take(&mut self.records).into_iter().partition(|record| wanted.contains(&record.seq));
        self.records = left;
        Self { records: taken }
    }
}

/// A receipt, sorted by what it says, every list in the order of the part.
#[derive(Debug, Default)]
pub(super) struct Sorted {
    pub(super) confirmed: Vec<u64>,
    /// Confirmed, of records that the vendor had to make: new ones, and those that somebody had deleted. The ledger tells
    /// them apart.
    pub(super) remade: Vec<u64>,
    pub(super) rejected: Vec<(u64, Rejection)>,
    pub(super) unknown: Vec<u64>,
    pub(super) pending: Vec<(JobRef, Vec<u64>)>,
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
            Outcome::Created => sorted.remade.push(record.seq),
            Outcome::Confirmed | Outcome::Unchanged => sorted.confirmed.push(record.seq),
            Outcome::Rejected(rejection) => sorted.rejected.push((record.seq, *rejection)),
            Outcome::Pending(job) => match sorted.pending.iter_mut().find(|(other, _)| *other == job) {
                Some((_, seqs)) => seqs.push(record.seq),
                None => sorted.pending.push((job, vec![record.seq])),
            },
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
        assert_eq!((sorted.confirmed, sorted.unknown), (vec![], vec![1, 2, 3]));
    }

    #[test]
    fn what_the_vendor_had_to_make_is_told_whatever_the_change_was() {
        let mut part = part(1..=3);
        part.records[1].kind = ChangeKind::Changed;
        let outcomes = vec![Outcome::Created, Outcome::Created, Outcome::Confirmed];
        let sorted = sort(&part, Receipt { outcomes });
        assert_eq!((sorted.confirmed, sorted.remade), (vec![3], vec![1, 2]));
    }

    #[test]
    fn ranges_leave_out_who_is_not_in_the_part() {
        let mut part = part(1..=6);
        let taken = part.take(&[2, 3, 5]);
        assert_eq!(taken.ranges(), [SeqRange { first: 2, last: 3 }, SeqRange { first: 5, last: 5 }]);
        assert_eq!(seqs(&part), [1, 4, 6]);
    }

    #[test]
    fn every_job_of_a_receipt_keeps_its_own_records() {
        let job = |name: &str| Outcome::Pending(JobRef(name.into()));
        let outcomes = vec![job("a"), Outcome::Unchanged, job("b"), job("a")];
        let sorted = sort(&part(1..=4), Receipt { outcomes });
        assert_eq!(sorted.pending, [(JobRef("a".into()), vec![1, 4]), (JobRef("b".into()), vec![3])]);
        assert_eq!(sorted.confirmed, [2]);
    }
}
