//! Stories through the real binary: a sync file, a few exports, the sandboxed vendor, and what arrives there.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic anywhere")]

mod broken_state;
mod delivery;
mod face;
mod fields;
mod guards;
mod leaving;
mod ledger;
mod plans;
mod project;
mod segments;
mod sending;
mod summary;
mod suspicions;
mod transfer;
mod vendors;
