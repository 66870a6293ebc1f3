//! What comes from outside, made up in every way: nothing panics, nothing hangs, nothing is invented.
//!
//! A target is a test. As such it runs for seconds: over its folder of `corpus/`, and over as many inputs of its own,
//! the same ones every time. Built for libFuzzer, by `.ci/fuzz`, it runs for as long as one wants, and looks for what
//! has not been reached (docs/testing.md).
#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic anywhere")]

mod answers;
mod cells;
mod conversation;
mod edits;
mod explore;
mod expressions;
mod findings;
mod plans;
mod spoil;
mod sync_file;
mod vendors;
