//! Packing: changes in their order, as many to a batch as the vendor takes.

use lapwing_contract::Operation;

/// The limits of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Most records.
    pub records: usize,
    /// Most bytes.
    pub bytes: usize,
}

/// A batch: a run of seq numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchRange {
    /// From 1, in the order of sending.
    pub number: u64,
    /// What it does.
    pub operation: Operation,
    /// The first change.
    pub first_seq: u64,
    /// The last change.
    pub last_seq: u64,
}

/// A packing under way.
pub struct Packing<L> {
    limits: L,
    done: Vec<BatchRange>,
    open: Option<OpenBatch>,
}

struct OpenBatch {
    range: BatchRange,
    group: i64,
    records: usize,
    bytes: usize,
}

/// Starts a packing; `limits` tells the limits of an operation.
pub fn batch_ranges<L: Fn(Operation) -> Limits>(limits: L) -> Packing<L> {
    Packing { limits, done: Vec::new(), open: None }
}

impl<L: Fn(Operation) -> Limits> Packing<L> {
    /// Adds the next change: to the open batch where operation and group are the same and there is room, else to a new
    /// one. A change larger than a whole request gets a batch of its own, which the vendor will refuse by itself.
    pub fn add(&mut self, seq: u64, operation: Operation, bytes: usize, group: i64) {
        let limits = (self.limits)(operation);
        if let Some(open) = &mut self.open {
            let fits = open.records < limits.records && open.bytes + bytes <= limits.bytes;
            if fits && open.range.operation == operation && open.group == group {
                open.range.last_seq = seq;
                open.records += 1;
                open.bytes += bytes;
                return;
            }
        }
        self.close();
        let number = self.done.len() as u64 + 1;
        let range = BatchRange { number, operation, first_seq: seq, last_seq: seq };
        self.open = Some(OpenBatch { range, group, records: 1, bytes });
    }

    /// The batches.
    pub fn finish(mut self) -> Vec<BatchRange> {
        self.close();
        self.done
    }

    fn close(&mut self) {
        self.done.extend(self.open.take().map(|open| open.range));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pack(limits: Limits, changes: &[(Operation, usize, i64)]) -> Vec<BatchRange> {
        let mut packing = batch_ranges(|_| limits);
        for (seq, (operation, bytes, group)) in (1..).zip(changes) {
            packing.add(seq, *operation, *bytes, *group);
        }
        packing.finish()
    }

    #[test]
    fn ten_thousand_changes_take_the_fewest_batches_there_are() {
        let changes = vec![(Operation::Upsert, 10, 0); 10_000];
        assert_eq!(pack(Limits { records: 200, bytes: 1_000_000 }, &changes).len(), 50);
        assert_eq!(pack(Limits { records: 30_000, bytes: 50_000 }, &changes).len(), 2);
    }

    #[test]
    fn another_operation_or_group_starts_another_batch() {
        let changes = [(Operation::Upsert, 1, 0), (Operation::Upsert, 1, 7), (Operation::Delete, 1, 7)];
        assert_eq!(pack(Limits { records: 9, bytes: 9 }, &changes).len(), 3);
    }

    proptest! {
        #[test]
        fn every_change_is_in_exactly_one_batch_and_no_batch_is_too_big(
            sizes in prop::collection::vec(1_usize..50, 0..300), records in 1_usize..20, bytes in 50_usize..200,
        ) {
            let changes: Vec<_> = sizes.iter().map(|size| (Operation::Upsert, *size, 0)).collect();
            let batches = pack(Limits { records, bytes }, &changes);
            let mut next = 1;
            for batch in &batches {
                prop_assert_eq!(batch.first_seq, next);
                let span = usize::try_from(batch.first_seq).unwrap() - 1..usize::try_from(batch.last_seq).unwrap();
                prop_assert!(span.len() <= records);
                prop_assert!(sizes[span].iter().sum::<usize>() <= bytes);
                next = batch.last_seq + 1;
            }
            prop_assert_eq!(next, sizes.len() as u64 + 1);
        }
    }
}
