//! Whether a sync can be trusted: ledger, plan and delivery as they are, against a vendor that does what the test says.
#![expect(clippy::unwrap_used, reason = "a test whose set-up fails has nothing to say")]

mod acts;
mod crash;
mod doubt;
mod draft;
mod flat;
mod hurried;
mod kill;
mod kill_between;
mod leaving;
mod meeting;
mod plans;
mod policies;
mod property;
mod readback;
mod receipts;
mod rejections;
mod remade;
mod retries;
mod rows;
mod segments;
mod served;
mod values;
mod vendor;
mod world;
