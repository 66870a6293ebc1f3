//! Whether a sync can be trusted: ledger, plan and delivery as they are, against a vendor that does what the test says.
#![expect(clippy::unwrap_used, reason = "a test whose set-up fails has nothing to say")]

mod crash;
mod doubt;
mod draft;
mod flat;
mod kill;
mod leaving;
mod plans;
mod property;
mod receipts;
mod rejections;
mod rows;
mod segments;
mod vendor;
mod world;
