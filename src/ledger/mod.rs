//! The ledger: what each destination has confirmed, one row a key, one column a field.
//!
//! * **Promise**: a value is in the ledger only when a receipt said confirmed; a field whose state at the destination
//!   nobody can tell (a lost answer, a killed run) is marked unknown, and is sent again. Every commit leaves the ledger
//!   whole: a run killed at any instant is picked up by the next one through [`recovery`].
//! * **Inputs**: the staged plan of a sync, its batch numbers, and receipts.
//! * **Outputs**: the confirmed state that the diff compares with, and the views `deliveries`, `runs`, `rejections` and
//!   `segment_history` for whoever opens the file with DuckDB.
//! * **Errors**: [`LedgerError`]: held by another process, damaged or of a newer version, and a changed key.
//!
//! # Tables of a sync
//! `confirmed_<id>` holds the state: `key`, `present` (whether it is in the audience as the destination knows it; NULL where
//! nobody can tell), the runs that first and last confirmed it (`first_run` is 0 where nobody can tell whether there is
//! such a record), and for each field `v<n>` (the value), `k<n>`: true where the value is known, false where one was sent
//! and nobody can tell whether it arrived, NULL where none was ever sent, and `r<n>`: the run that confirmed the value, NULL
//! where that was before ledgers kept it. `staged_<id>` holds the plan: one row a change, with `v<n>` and `c<n>` (whether
//! the field is sent). Names of fields are in `sync_fields`, so that no name of a user's is ever part
//! of an identifier.

mod baseline;
mod confirmed;
mod distrust;
mod error;
mod fingerprint;
mod fold;
mod held_values;
mod list_order;
mod lock;
mod occupied;
mod open;
mod readback;
mod receipts;
mod recovery;
mod rejections;
mod runs;
mod segments;
mod state;
mod transfer;
mod views;

pub use baseline::{LastDelivery, last_delivery, note_exports, take_over_exports};
pub use confirmed::{FieldColumn, Migration, SyncIdentity, SyncTables, look_up, register};
pub use distrust::{Distrusted, distrust, note_run, refuse_older};
pub use error::LedgerError;
pub use fingerprint::Triggers;
pub(crate) use fingerprint::fingerprint;
pub use fold::{Folded, fold};
pub use held_values::{keep_held_values, waiting};
pub use list_order::{confirm_order, stage_order, staged_order};
pub use lock::{LedgerLock, LockHolder};
pub use occupied::{list_unseen, note_occupied, unseen};
pub use open::{checkpoint, database_path, open, prepare};
pub use readback::{
    Adopted, Candidate, Drift, forget_drift, keep_adopted, last_settled, note_drift, read_candidates, stage_adoption,
    stage_look,
};
pub(crate) use receipts::int;
pub use receipts::{PartOutcome, PartReceipt, ReceiptBook, SeqRange, announce, retract};
pub use recovery::{OpenPlan, PendingJob, abandon, open_plans, pending_jobs};
pub(crate) use rejections::has_refusals;
pub use rejections::{
    RejectedRow, RejectionCount, RejectionFilter, count_rejections, list_rejections, rejection, retry_rejections,
};
pub use runs::{AfterPlan, RunRow, RunSummary, after_plan, finish_run, latest_runs, start_run};
pub use segments::{SegmentMove, SegmentMoves, bind_segments, keep_segments, segment_moves, stage_segments};
pub use state::{note_basis, state_of};
pub use transfer::{Manifest, TransferError, Transferred, export, import, read_manifest};
