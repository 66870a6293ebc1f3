//! `lapwing validate` through the real binary: one story a kind of mistake, with all that a person gets to see.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic anywhere")]

mod apply;
mod connectors;
mod custom;
mod exports;
mod expressions;
mod formats;
mod hostile;
mod hostile_paths;
mod names;
mod policies;
mod project;
mod readme;
mod segments;
mod unsupported;
