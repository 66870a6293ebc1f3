//! What the cases have in common: a staged account, a connected destination, and the measure of an outcome.

use std::sync::Arc;

use lapwing_contract::{
    Capabilities, Clearing, Destination, FieldType, Operation, Outcome, Prepared, Record, Target, Value,
};

use super::driver::{Delivery, deliver};
use super::{Access, Harness, Stage, Stored};
use crate::{Action, Fault, LoggedRequest};

pub(super) struct Play<'a> {
    pub(super) harness: &'a dyn Harness,
    pub(super) stage: Stage,
    pub(super) destination: Box<dyn Destination>,
    pub(super) target: Arc<Prepared>,
    pub(super) capabilities: Capabilities,
}

impl<'a> Play<'a> {
    /// Stages an account, connects, and prepares the harness's target.
    pub(super) async fn open(harness: &'a dyn Harness) -> Self {
        Self::open_with(harness, harness.target()).await
    }

    pub(super) async fn open_with(harness: &'a dyn Harness, target: Target) -> Self {
        let stage = harness.stage();
        let destination = harness.connect(&stage, Access::Full);
        let target = Arc::new(destination.prepare(&target).await.expect_that("prepare"));
        let capabilities = destination.capabilities(&target.target.object);
        Self { harness, stage, destination, target, capabilities }
    }

    pub(super) async fn deliver(&self, operation: Operation, records: Vec<Record>) -> Delivery {
        deliver(&*self.destination, &*self.stage.clock, operation, &self.target, records).await
    }

    pub(super) async fn upsert(&self, records: Vec<Record>) -> Delivery {
        self.deliver(Operation::Upsert, records).await
    }

    /// Upserts and wants all of it confirmed and at the vendor.
    pub(super) async fn upsert_all(&self, records: Vec<Record>) {
        let delivery = self.upsert(records.clone()).await;
        self.assert_settled(&records, &delivery);
        assert!(delivery.is_complete(), "all records are confirmed: {:?}", delivery.outcomes);
    }

    /// The measure: confirmed values are at the vendor to the letter, and nothing is left open.
    pub(super) fn assert_settled(&self, records: &[Record], delivery: &Delivery) {
        for record in records {
            match &delivery.outcomes[&record.seq] {
                Outcome::Confirmed | Outcome::Created | Outcome::Unchanged => self.assert_holds(record),
                Outcome::Rejected(rejection) => {
                    assert!(!rejection.code.is_empty(), "record #{}: a rejection has a code", record.seq);
                }
                open @ (Outcome::Pending(_) | Outcome::Unknown) => {
                    panic!("record #{} is left open: {open:?}; {:?}", record.seq, delivery.failures)
                }
            }
        }
    }

    pub(super) fn assert_holds(&self, record: &Record) {
        let stored = self.stored(&record.key);
        let stored = stored.unwrap_or_else(|| panic!("record #{} is confirmed and not at the vendor", record.seq));
        for (at, value) in &record.fields {
            let field = &self.target.target.fields[*at];
            if value.is_null() && (self.capabilities.clearing)(&field.field_type) == Clearing::Impossible {
                continue;
            }
            assert!(
                self.harness.holds(field, value, stored.fields.get(&field.name)),
                "record #{}: field `{}` is confirmed and differs at the vendor",
                record.seq,
                field.name
            );
        }
    }

    pub(super) fn stored(&self, key: &Value) -> Option<Stored> {
        self.harness.stored(&self.stage.sandbox, key)
    }

    /// The `n`-th sample record with all fields.
    pub(super) fn full(&self, n: u64) -> Record {
        super::samples::full_record(self.harness, &self.target.target, n)
    }

    /// The `n`-th sample record with one field, and with those that every new record needs.
    pub(super) fn only(&self, n: u64, field: usize, value: Value) -> Record {
        super::samples::record_with(self.harness, &self.target.target, n, field, value)
    }

    /// The place of the first text field; every target has one.
    pub(super) fn text_field(&self) -> usize {
        let found = self.field(|of| *of == FieldType::Text);
        found.unwrap_or_else(|| panic!("the harness's target has a text field"))
    }

    pub(super) fn field(&self, wanted: impl Fn(&FieldType) -> bool) -> Option<usize> {
        super::samples::field_of(&self.target.target, wanted)
    }

    /// Scripts a fault for the next write.
    pub(super) fn trouble(&self, action: Action) {
        self.stage.sandbox.script([self.fault(action)]);
    }

    pub(super) fn fault(&self, action: Action) -> Fault {
        let (method, path) = self.harness.write_route(Operation::Upsert);
        Fault::on(method, path, action)
    }

    /// The write requests since a number of the log.
    pub(super) fn writes_since(&self, number: u64) -> Vec<LoggedRequest> {
        let (method, path) = self.harness.write_route(Operation::Upsert);
        let all = self.stage.sandbox.requests(number).into_iter();
        all.filter(|request| request.method == method && crate::faults::glob(path, &request.path)).collect()
    }

    /// The number of the latest request.
    pub(super) fn latest(&self) -> u64 {
        self.stage.sandbox.requests(0).last().map_or(0, |request| request.number)
    }
}

/// Unwraps what a case needs in order to go on.
pub(super) trait ExpectThat<T> {
    fn expect_that(self, what: &str) -> T;
}

impl<T, E: std::fmt::Display> ExpectThat<T> for Result<T, E> {
    fn expect_that(self, what: &str) -> T {
        self.unwrap_or_else(|error| panic!("{what} works: {error}"))
    }
}
