//! The suite against a tiny vendor, once with answers at once and once with jobs; and against destinations that break
//! the contract, which it has to find out.

mod destination;
mod vendor;

use std::sync::Arc;

use chrono::DateTime;
use lapwing_contract::{Destination, FieldSpec, FieldType, Operation, SimulatedClock, Target, Value};
use lapwing_http::HttpEnv;

use super::{Access, Harness, Stage, Stored};
use crate::{InProcess, Sandbox, Settings};
use destination::{Flaw, Shelf};
use vendor::ShelfVendor;

struct ShelfHarness {
    jobs: bool,
    flaw: Option<Flaw>,
}

impl Harness for ShelfHarness {
    fn stage(&self) -> Stage {
        let clock = Arc::new(SimulatedClock::starting_at(DateTime::from_timestamp(1_800_000_000, 0).unwrap()));
        let vendor = Box::new(ShelfVendor::new(self.jobs));
        Stage { sandbox: Sandbox::in_memory(vendor, Settings::default(), clock.clone()), clock }
    }

    fn connect(&self, stage: &Stage, access: Access) -> Box<dyn Destination> {
        let key = match access {
            Access::Full => "full",
            Access::Wrong => "wrong",
            Access::ReadOnly => "read",
        };
        let env = HttpEnv::new(Arc::new(InProcess::new(stage.sandbox.clone())), stage.clock.clone());
        Box::new(Shelf::connect(&env, key, self.jobs, self.flaw))
    }

    fn target(&self) -> Target {
        let types = [
            FieldType::Text,
            FieldType::Int,
            FieldType::Decimal,
            FieldType::Float,
            FieldType::Bool,
            FieldType::Date,
            FieldType::Timestamp,
        ];
        Target::new(
            "conformance",
            "records",
            FieldSpec::new("key", FieldType::Text),
            types.into_iter().map(|of| FieldSpec::new(format!("a_{of}"), of)).collect(),
        )
    }

    fn list(&self) -> Option<String> {
        Some("vip".into())
    }

    fn key(&self, n: u64) -> Value {
        Value::Text(format!("key-{n}"))
    }

    fn bad_key(&self) -> Option<Value> {
        Some(Value::Text("bad".into()))
    }

    fn write_route(&self, operation: Operation) -> (&'static str, &'static str) {
        match operation {
            Operation::Upsert => ("PUT", "/records"),
            Operation::Delete => ("DELETE", "/records"),
            Operation::RemoveFromLists => ("DELETE", "/members"),
        }
    }

    fn stored(&self, sandbox: &Sandbox, key: &Value) -> Option<Stored> {
        let state = sandbox.state();
        let record = state["records"].get(key.to_text())?;
        let fields = record["fields"].as_object()?;
        Some(Stored {
            fields: fields.iter().map(|(name, value)| (name.clone(), value.clone())).collect(),
            lists: serde_json::from_value(record["lists"].clone()).unwrap(),
        })
    }
}

mod at_once {
    crate::conformance_tests!(super::ShelfHarness { jobs: false, flaw: None });
}

mod by_jobs {
    crate::conformance_tests!(super::ShelfHarness { jobs: true, flaw: None });
}

/// Each of these breaks one promise, and a case notices.
mod finds_out {
    use super::{Flaw, ShelfHarness};
    use crate::conformance::{faults, jobs, reads, removals, values, writes};

    fn with(flaw: Flaw) -> ShelfHarness {
        ShelfHarness { jobs: true, flaw: Some(flaw) }
    }

    #[tokio::test]
    #[should_panic(expected = "Confirmed")]
    async fn a_destination_that_confirms_what_was_only_accepted() {
        jobs::keeps_records_pending_until_their_job_ends(&with(Flaw::ConfirmsAtOnce)).await;
    }

    #[tokio::test]
    #[should_panic(expected = "differs at the vendor")]
    async fn a_destination_that_loses_digits() {
        values::keeps_or_refuses_numbers_beyond_two_to_the_fifty_third(&with(Flaw::RoundsNumbers)).await;
    }

    #[tokio::test]
    #[should_panic(expected = "differs at the vendor")]
    async fn a_destination_that_sends_all_fields_when_one_changed() {
        writes::updates_one_field_and_leaves_the_others(&with(Flaw::SendsAllFields)).await;
    }

    #[tokio::test]
    #[should_panic(expected = "no request was made")]
    async fn a_destination_that_sends_empty_batches() {
        writes::makes_no_request_for_an_empty_batch(&with(Flaw::SendsEmptyBatches)).await;
    }

    #[tokio::test]
    #[should_panic(expected = "confirmed and not at the vendor")]
    async fn a_destination_that_takes_a_lost_job_for_done() {
        jobs::sends_again_what_a_lost_job_may_have_done(&with(Flaw::ConfirmsLostJobs)).await;
    }

    #[tokio::test]
    #[should_panic(expected = "read")]
    async fn a_destination_that_takes_nonsense_for_success() {
        faults::calls_wrong_json_a_protocol_error(&with(Flaw::ConfirmsNonsense)).await;
    }

    #[tokio::test]
    #[should_panic(expected = "not at the vendor")]
    async fn a_destination_that_deletes_instead_of_taking_off_a_list() {
        removals::takes_records_off_lists_and_keeps_them(&with(Flaw::DeletesMembers)).await;
    }

    #[tokio::test]
    #[should_panic(expected = "agrees with another value")]
    async fn a_destination_that_finds_no_difference() {
        reads::agrees_with_what_it_wrote_and_with_nothing_else(&with(Flaw::AgreesWithAnything)).await;
    }

    #[tokio::test]
    #[should_panic(expected = "a look changes nothing")]
    async fn a_destination_that_creates_fields_while_it_looks() {
        reads::locates_without_creating(&with(Flaw::CreatesWhileLooking)).await;
    }
}
