//! The sync file as a whole: the design's example, every kind of mistake, and no panic on any input.

mod config_tables;
mod example;
mod faces;
mod findings;
mod mistakes;
mod mistakes_in_syncs;
mod robustness;
mod secrets;
mod support;
