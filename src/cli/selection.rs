//! What many commands have in common: the sync file, the syncs of it, and how the ledger is opened.

use std::path::PathBuf;

use clap::Args;

/// A sync file.
#[derive(Debug, Clone, Args)]
pub struct SyncFileArgument {
    /// The sync file
    #[arg(value_name = "FILE", default_value = "sync.toml")]
    pub file: PathBuf,
}

/// Which syncs of a file are meant: all, where none is named.
#[derive(Debug, Clone, Args)]
pub struct SyncSelection {
    /// The sync file
    #[command(flatten)]
    pub sync_file: SyncFileArgument,
    /// Only this sync; may be given several times
    #[arg(long = "sync", value_name = "NAME")]
    pub syncs: Vec<String>,
}

/// How a command that opens the ledger waits for it, and prints.
#[derive(Debug, Clone, Copy, Args)]
pub struct LedgerOptions {
    /// Wait while another process holds the ledger
    #[arg(long)]
    pub wait: bool,
    /// Print one JSON document
    #[arg(long)]
    pub json: bool,
}
