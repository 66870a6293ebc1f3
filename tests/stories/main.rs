//! Stories through the real binary: a sync file, a few exports, the sandboxed vendor, and what arrives there.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic anywhere")]

mod accidents;
mod adopt;
mod broken_state;
mod delivery;
mod dictionary;
mod example;
mod explain;
mod face;
mod fields;
mod guards;
#[path = "../trust/hurried.rs"]
mod hurried;
mod if_empty;
mod leaving;
mod ledger;
mod plans;
mod project;
mod segments;
mod sending;
mod signals;
mod silence;
mod summary;
mod suspicions;
mod transfer;
mod vendors;
mod verify;
