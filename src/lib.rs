//! Lapwing brings lapsed customers back: it derives customer attributes from warehouse exports and keeps the tools people
//! work in up to date, sending only what changed.
//!
//! # The way of the data
//! [`exports`] → [`attributes`] → [`plan`] (snapshot, diff against the [`ledger`], batches, guards) → [`delivery`] →
//! receipts → [`ledger`]. One direction, no way back. [`engine`] is the seam in front of DuckDB, [`config`] what the
//! user wrote, [`registry`] the connectors that exist, [`commands`] and [`report`] the face.
//!
//! Beside that way, [`readback`] compares what destinations hold with the ledger.
//!
//! A module depends only on lower floors; `tests/architecture.rs` holds that.

pub mod attributes;
pub mod cli;
pub mod commands;
pub mod config;
pub mod delivery;
pub mod engine;
pub mod exports;
pub mod ledger;
pub mod plan;
pub mod readback;
pub mod registry;
pub mod report;
pub mod segments;
