//! What every destination must do, as functions that its connector's tests call.
//!
//! # Promise
//! Each case takes a [`Harness`], stages a fresh account, delivers records through the [`driver`], and panics where the
//! destination breaks the contract. The measure is always the same: what was reported as confirmed is at the vendor,
//! to the letter; what was not has a reason; nothing is left open.
//!
//! # Use
//! ```ignore
//! mod conformance {
//!     lapwing_sandbox::conformance_tests!(super::MyHarness);
//! }
//! ```
//! makes one test of every case, on the harness that the expression gives.
//!
//! # Errors
//! Panics, as tests do. Messages name cases, records by number and fields, never values.

// These are assertions that live outside a test, because other crates' tests call them.
#![expect(clippy::missing_panics_doc, reason = "to panic is what a case does where a destination breaks the contract")]

pub mod driver;
pub mod faults;
pub mod jobs;
pub mod reads;
pub mod removals;
pub mod values;
pub mod writes;

mod play;
mod samples;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use lapwing_contract::{Clock, Destination, FieldSpec, Operation, Target, Value};
use serde_json::Value as Json;

pub use samples::{fields_of_every_type, holds};

use crate::Sandbox;

/// Which credentials a destination is connected with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// They work, and everything is allowed.
    Full,
    /// The vendor does not know them.
    Wrong,
    /// The vendor knows them, and they may read but not write.
    ReadOnly,
}

/// A fresh account and the clock that it shares with its destinations.
pub struct Stage {
    /// The account.
    pub sandbox: Sandbox,
    /// The clock of both sides; a simulated one.
    pub clock: Arc<dyn Clock>,
}

/// A record as the vendor has it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Stored {
    /// Its values by the destination's field names. What the vendor does not have is missing or null.
    pub fields: BTreeMap<String, Json>,
    /// The names of its lists, in any order.
    pub lists: Vec<String>,
}

/// What a connector brings to be examined.
pub trait Harness: Send + Sync {
    /// A fresh account, in which credentials of every [`Access`] behave as they are called.
    fn stage(&self) -> Stage;

    /// A destination connected to a staged account, with retries and pace as in production. May be called several
    /// times for one stage: a process that starts again.
    fn connect(&self, stage: &Stage, access: Access) -> Box<dyn Destination>;

    /// Where the cases write: an object, its key, and fields of as many types as the vendor has, a text among them.
    /// Not lists: see [`Harness::list`].
    fn target(&self) -> Target;

    /// The name of a list that `prepare` finds or creates; none where the object has no lists.
    fn list(&self) -> Option<String> {
        None
    }

    /// The places in the target of fields without which the vendor creates no record: a name. Records with a single
    /// field get them too, with the value of the `n`-th sample.
    fn required(&self) -> Vec<usize> {
        Vec::new()
    }

    /// The key of the `n`-th sample record, different for each `n`, in lower case.
    fn key(&self, n: u64) -> Value;

    /// A key that the vendor refuses; none where it takes every text.
    fn bad_key(&self) -> Option<Value>;

    /// Several keys that the vendor refuses, each for itself. The default knows the one of [`Harness::bad_key`].
    fn bad_keys(&self) -> Vec<Value> {
        self.bad_key().into_iter().collect()
    }

    /// Whether the credentials of [`Access::Full`] can be renewed: a token, not a key.
    fn renews(&self) -> bool {
        false
    }

    /// The method and path (`*` for any text) of the request that writes a batch.
    fn write_route(&self, operation: Operation) -> (&'static str, &'static str);

    /// Whether batches as small as those of the cases are jobs, where the destination has jobs. Not so where it has them
    /// only at scale; then its tests examine that way with a harness of its own.
    fn small_batches_are_jobs(&self) -> bool {
        true
    }

    /// The record with this key as the vendor has it now.
    fn stored(&self, sandbox: &Sandbox, key: &Value) -> Option<Stored>;

    /// Whether the vendor holds the value that was sent. The default compares by meaning: dates as days, numbers as
    /// numbers to the last digit, an empty text as no value.
    fn holds(&self, field: &FieldSpec, sent: &Value, stored: Option<&Json>) -> bool {
        let _ = field;
        holds(sent, stored)
    }
}

/// Makes one `#[tokio::test]` of every case of the suite. The expression gives a [`Harness`].
#[macro_export]
macro_rules! conformance_tests {
    ($harness:expr) => {
        $crate::conformance_tests! { @each $harness;
            writes:
                creates_records_with_all_their_fields,
                updates_one_field_and_leaves_the_others,
                clears_a_field_and_leaves_the_others,
                makes_no_request_for_an_empty_batch,
                writes_the_same_values_twice_without_harm,
                prepares_twice_and_creates_once,
                describes_the_fields_it_prepared,
                makes_a_bad_record_cost_itself_only,
                explains_every_record_where_all_are_bad;
            reads:
                reads_back_what_it_wrote,
                agrees_with_what_it_wrote_and_with_nothing_else,
                reads_back_what_was_emptied,
                reads_more_keys_than_a_request_takes,
                reads_keys_in_the_case_that_it_says,
                reads_odd_keys_to_the_letter,
                locates_without_creating,
                refuses_to_read_where_it_cannot;
            faults:
                tells_wrong_credentials,
                renews_refused_credentials_once,
                tells_missing_permissions,
                tells_a_missing_object,
                tells_a_404_on_a_write_and_confirms_nothing,
                waits_as_long_as_retry_after_says,
                waits_after_a_429_without_a_header,
                survives_a_500_and_a_503,
                gives_up_on_an_outage_as_unavailable,
                survives_a_refused_connection,
                survives_a_connection_cut_before_the_work,
                survives_a_connection_cut_after_the_work,
                survives_a_500_after_the_work,
                survives_a_slow_answer,
                calls_wrong_json_a_protocol_error,
                calls_a_huge_answer_a_protocol_error;
            jobs:
                keeps_records_pending_until_their_job_ends,
                follows_a_job_from_its_text_in_another_process,
                sends_again_what_a_failed_job_did_not_do,
                tells_apart_what_half_a_job_did,
                sends_again_what_a_lost_job_may_have_done,
                gives_up_on_a_job_that_never_ends;
            values:
                keeps_texts_to_the_letter,
                keeps_or_refuses_huge_texts,
                keeps_or_refuses_very_long_keys,
                keeps_or_refuses_numbers_beyond_two_to_the_fifty_third,
                never_confirms_a_number_that_is_none,
                keeps_dates_before_1970,
                compares_keys_as_it_says;
            removals:
                deletes_records_and_leaves_the_others,
                deletes_what_is_not_there_without_harm,
                takes_records_off_lists_and_keeps_them;
        }
    };
    (@each $harness:expr; $($group:ident: $($case:ident),+;)+) => {
        $($(
            #[tokio::test]
            async fn $case() {
                $crate::conformance::$group::$case(&$harness).await;
            }
        )+)+
    };
}
