//! Seeded chaos: the real connectors over the real transport, against the fakes, in simulated time.
//!
//! One number decides everything: the account, the edits of the exports, what goes wrong at the vendor and on the way,
//! when a process is killed and when somebody sets the wall clock. After every case the same few sentences have to be
//! true; see `check.rs`, `pace.rs` and `bound.rs`. docs/testing.md tells how to run more of it, and how to replay a seed.
#![expect(clippy::unwrap_used, reason = "a test whose set-up fails has nothing to say")]

mod bound;
mod campaign;
mod case;
mod check;
mod dice;
mod pace;
mod play;
mod replay;
mod simulation;
mod sync;
mod trouble;
mod vendors;
mod watch;
