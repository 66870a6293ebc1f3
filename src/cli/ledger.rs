//! What can be typed after `lapwing ledger`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{LedgerOptions, SyncFileArgument};

/// What is done with the ledger as a whole.
#[derive(Debug, Subcommand)]
pub enum LedgerCommand {
    /// Write the ledger to a folder of Parquet files, to take it to another machine
    Export(LedgerExportArguments),
    /// Take over a ledger that `export` wrote
    Import(LedgerImportArguments),
    /// Let all that the ledger holds count as unknown: the next run sends it once more
    Distrust(LedgerDistrustArguments),
}

/// Arguments of `ledger export`.
#[derive(Debug, Args)]
pub struct LedgerExportArguments {
    /// The folder, which is new or empty
    #[arg(value_name = "FOLDER")]
    pub folder: PathBuf,
    /// The sync file
    #[command(flatten)]
    pub sync_file: SyncFileArgument,
    /// How the ledger is opened.
    #[command(flatten)]
    pub ledger: LedgerOptions,
}

/// Arguments of `ledger import`.
#[derive(Debug, Args)]
pub struct LedgerImportArguments {
    /// The folder that `export` wrote
    #[arg(value_name = "FOLDER")]
    pub folder: PathBuf,
    /// The sync file
    #[command(flatten)]
    pub sync_file: SyncFileArgument,
    /// Put it in the place of a ledger that knows something
    #[arg(long)]
    pub replace: bool,
    /// How the ledger is opened.
    #[command(flatten)]
    pub ledger: LedgerOptions,
}

/// Arguments of `ledger distrust`.
#[derive(Debug, Args)]
pub struct LedgerDistrustArguments {
    /// The sync file
    #[command(flatten)]
    pub sync_file: SyncFileArgument,
    /// How the ledger is opened.
    #[command(flatten)]
    pub ledger: LedgerOptions,
}
