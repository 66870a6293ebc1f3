//! Arguments of the commands that look at what destinations hold, and at what is known of it.

use chrono::{DateTime, Utc};
use clap::Args;

use super::{LedgerOptions, SyncSelection, time};

/// Arguments of `explain`.
#[derive(Debug, Args)]
pub struct ExplainArguments {
    /// The customer: a key of the sync, or a `customer_id` of the exports
    #[arg(value_name = "KEY")]
    pub key: String,
    /// Which syncs.
    #[command(flatten)]
    pub selection: SyncSelection,
    /// Compute for this time instead of now, such as 2026-03-31T00:00:00Z
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub as_of: Option<DateTime<Utc>>,
    /// How the ledger is opened.
    #[command(flatten)]
    pub ledger: LedgerOptions,
}

/// Arguments of `verify`.
#[derive(Debug, Args)]
pub struct VerifyArguments {
    /// Which syncs.
    #[command(flatten)]
    pub selection: SyncSelection,
    /// Look at so many records of each sync only, others with every run
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub sample: Option<u64>,
    /// Mark what differs as not known, so that it is sent again, and show that plan; nothing is sent
    #[arg(long)]
    pub repair: bool,
    /// How the ledger is opened.
    #[command(flatten)]
    pub ledger: LedgerOptions,
}

/// Arguments of `adopt`.
#[derive(Debug, Args)]
pub struct AdoptArguments {
    /// Which syncs.
    #[command(flatten)]
    pub selection: SyncSelection,
    /// Compute for this time instead of now, such as 2026-03-31T00:00:00Z
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub as_of: Option<DateTime<Utc>>,
    /// How the ledger is opened.
    #[command(flatten)]
    pub ledger: LedgerOptions,
}
