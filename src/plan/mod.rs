//! The plan of a sync: what the destination should hold, what differs from the ledger, and in which batches it goes.
//!
//! * **Promise**: the same input, `as_of` and ledger give the same plan, to the byte. Only keys that were added, changed
//!   or left are in it, each with only the fields that differ. Nothing is sent from here.
//! * **Inputs**: the relation `attributes`, a [`SyncSpec`], the confirmed state of the sync, and what the destination
//!   can do.
//! * **Outputs**: the staged plan in the ledger, its [`Counts`], its batches, and the guards that it trips.
//! * **Errors**: [`PlanError`]: an expression that does not bind, a value type that no vendor takes.

mod batches;
mod changes;
mod comparison;
mod diff;
mod error;
mod guards;
mod hold;
mod sample;
mod snapshot;
mod spec;
mod spelling;
mod stage;
mod summary;
mod trace;

pub use batches::{BatchRange, Limits, batch_ranges};
pub use changes::{read_changes, staged_operation};
pub use comparison::is_measurable;
pub use error::PlanError;
pub use guards::{GUARD_NAMES, GuardTrip, Guards, check_guards};
pub use sample::{MASK, SampleChange, SampleField, sample_changes};
pub use snapshot::{FieldShape, Snapshot, field_shapes, take_snapshot};
pub use spec::{MappedField, SyncSpec};
pub use stage::{Counts, PlanOrigin, Route, StagedPlan, route, stage, staged_batches};
pub use summary::{FieldCounts, field_counts};
pub use trace::{FieldTrace, Held, Standing, Trace, Verdict, is_customer, trace};
