//! The command line: what can be typed, as data. Parsing does nothing but parse.

mod ledger;
mod readback;
mod selection;

use std::net::SocketAddr;
use std::path::PathBuf;

use chrono::{DateTime, Utc};
use clap::builder::PossibleValuesParser;
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::registry;
use crate::segments::PRESET_NAMES;

pub use ledger::{LedgerCommand, LedgerDistrustArguments, LedgerExportArguments, LedgerImportArguments};
pub use readback::{AdoptArguments, ExplainArguments, VerifyArguments};
pub use selection::{LedgerOptions, SyncFileArgument, SyncSelection};

/// Brings lapsed customers back: keeps CRM tools in step with attributes derived from warehouse exports.
#[derive(Debug, Parser)]
#[command(
    name = "lapwing",
    version,
    max_term_width = 100,
    after_help = "\
Exit codes: 0 done, 1 done with rejections or drift, 2 bad sync file or usage, 3 a guard stopped it,
            4 a destination or its credentials failed, 5 the ledger is in use"
)]
pub struct Arguments {
    /// What holds for all commands.
    #[command(flatten)]
    pub global: GlobalOptions,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Options of all commands. They win over lapwing.toml and LAPWING_* variables.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Options of all commands")]
pub struct GlobalOptions {
    /// Settings file [default: lapwing.toml beside the sync file]
    #[arg(long, global = true, value_name = "FILE")]
    pub settings: Option<PathBuf>,
    /// Where the ledger lives [default: .lapwing beside the sync file]
    #[arg(long, global = true, value_name = "FOLDER")]
    pub state_folder: Option<PathBuf>,
    /// Most memory for the engine, such as 2GiB or 75%
    #[arg(long, global = true, value_name = "SIZE")]
    pub memory_limit: Option<String>,
    /// Threads of the engine [default: all cores]
    #[arg(long, global = true, value_name = "N")]
    pub threads: Option<usize>,
    /// What is logged to stderr: error, warn, info, debug, trace
    #[arg(long, global = true, value_name = "LEVEL")]
    pub log_level: Option<String>,
    /// Colours: auto, always, never
    #[arg(long, global = true, value_name = "WHEN")]
    pub colours: Option<String>,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Check sync files, without network and secrets
    Validate(ValidateArguments),
    /// Compute the attributes; sum them up and show a sample, or write them to a file
    Attributes(AttributesArguments),
    /// Explain every delivered column to those who receive it
    Dictionary(DictionaryArguments),
    /// Stage the changes and show what would be sent
    Plan(PlanArguments),
    /// Send what `plan` staged, unless something moved since
    Apply(ApplyArguments),
    /// Plan and send in one
    Sync(SyncArguments),
    /// Show the latest runs
    Status(StatusArguments),
    /// Show the records that a destination refused, and why
    Rejections(RejectionsArguments),
    /// Show for one customer what is sent, what is not, and why
    Explain(ExplainArguments),
    /// Read back what destinations hold, and compare it with the ledger
    Verify(VerifyArguments),
    /// Fill the ledger of new syncs from what destinations hold already
    Adopt(AdoptArguments),
    /// Export the ledger, import it elsewhere, or let it count as unknown
    #[command(subcommand)]
    Ledger(LedgerCommand),
    /// Serve a fake vendor on loopback
    Sandbox(SandboxArguments),
    /// Print every setting with its value and origin
    Settings(SettingsArguments),
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// Arguments of `validate`.
#[derive(Debug, Args)]
pub struct ValidateArguments {
    /// The sync files
    #[arg(value_name = "FILE", default_value = "sync.toml")]
    pub files: Vec<PathBuf>,
    /// How findings are printed
    #[arg(long, value_enum, default_value_t = FindingFormat::Text)]
    pub format: FindingFormat,
}

/// How `validate` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FindingFormat {
    /// For people
    Text,
    /// One JSON document
    Json,
    /// Annotations of a GitHub workflow
    Github,
    /// SARIF 2.1.0
    Sarif,
}

/// Arguments of `attributes`.
#[derive(Debug, Args)]
pub struct AttributesArguments {
    /// The sync file
    #[command(flatten)]
    pub sync_file: SyncFileArgument,
    /// Compute for this time instead of now, such as 2026-03-31T00:00:00Z
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub as_of: Option<DateTime<Utc>>,
    /// Write all rows to this file (.parquet or .csv) instead of showing a sample
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// How many customers the sample shows
    #[arg(long, value_name = "N", default_value_t = 5)]
    pub sample: u32,
    /// Show who moved between segments since the last run instead
    #[arg(long, conflicts_with_all = ["output", "sample", "preset"])]
    pub migration: bool,
    /// Show only the segments that this preset would give, whatever the sync file says of segments
    #[arg(long, value_name = "NAME", conflicts_with = "output", value_parser = PossibleValuesParser::new(PRESET_NAMES))]
    pub preset: Option<String>,
    /// How the ledger is opened.
    #[command(flatten)]
    pub ledger: LedgerOptions,
}

/// Arguments of `dictionary`.
#[derive(Debug, Args)]
pub struct DictionaryArguments {
    /// The sync file [default: sync.toml, or none with --all]
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Tell every attribute that the packs offer, instead of what the sync file delivers
    #[arg(long)]
    pub all: bool,
    /// How it is written [default: what the ending of --output says, else markdown]
    #[arg(long, value_enum)]
    pub format: Option<DictionaryFormat>,
    /// Write it to this file; with --all to this folder, one Markdown page a pack
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// How `dictionary` writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DictionaryFormat {
    /// Headings and lists
    Markdown,
    /// One row a column, for spreadsheets
    Csv,
    /// One page for a browser
    Html,
}

/// What `plan` and `sync` have in common.
#[derive(Debug, Clone, Args)]
pub struct RunOptions {
    /// Which syncs.
    #[command(flatten)]
    pub selection: SyncSelection,
    /// Compute for this time instead of now, such as 2026-03-31T00:00:00Z
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub as_of: Option<DateTime<Utc>>,
    /// Let this guard pass once, such as max_leave_pct; may be given several times
    #[arg(long = "allow", value_name = "GUARD")]
    pub allow: Vec<String>,
    /// How the ledger is opened.
    #[command(flatten)]
    pub ledger: LedgerOptions,
}

/// Arguments of `plan`.
#[derive(Debug, Args)]
pub struct PlanArguments {
    /// What is planned.
    #[command(flatten)]
    pub run: RunOptions,
    /// Show values in the samples, instead of masking them
    #[arg(long)]
    pub show_values: bool,
}

/// Arguments of `apply`.
#[derive(Debug, Args)]
pub struct ApplyArguments {
    /// The sync file
    #[command(flatten)]
    pub sync_file: SyncFileArgument,
    /// Let this guard pass once; `max_reject_pct` alone is left to watch
    #[arg(long = "allow", value_name = "GUARD")]
    pub allow: Vec<String>,
    /// How the ledger is opened.
    #[command(flatten)]
    pub ledger: LedgerOptions,
}

/// Arguments of `sync`.
#[derive(Debug, Args)]
pub struct SyncArguments {
    /// What is sent.
    #[command(flatten)]
    pub run: RunOptions,
    /// Plan only, and leave nothing behind
    #[arg(long)]
    pub dry_run: bool,
}

/// Arguments of `status`.
#[derive(Debug, Args)]
pub struct StatusArguments {
    /// The sync file
    #[command(flatten)]
    pub sync_file: SyncFileArgument,
    /// How many runs
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub runs: u64,
    /// How the ledger is opened.
    #[command(flatten)]
    pub ledger: LedgerOptions,
}

/// Arguments of `rejections`.
#[derive(Debug, Args)]
pub struct RejectionsArguments {
    /// The sync file
    #[command(flatten)]
    pub sync_file: SyncFileArgument,
    /// Only this sync
    #[arg(long, value_name = "NAME")]
    pub sync: Option<String>,
    /// Only this reason, as the vendor or Lapwing calls it
    #[arg(long, value_name = "CODE")]
    pub code: Option<String>,
    /// Only the record with this key
    #[arg(long, value_name = "KEY")]
    pub key: Option<String>,
    /// Let the next run try these records again, those that were given up too
    #[arg(long)]
    pub retry: bool,
    /// How many records
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub limit: u64,
    /// How the ledger is opened.
    #[command(flatten)]
    pub ledger: LedgerOptions,
}

/// Arguments of `sandbox`.
#[derive(Debug, Args)]
pub struct SandboxArguments {
    /// The vendor
    #[arg(value_name = "VENDOR", default_value = "sendgrid", value_parser = PossibleValuesParser::new(registry::FAKES))]
    pub vendor: String,
    /// Where to listen; loopback only
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:4010")]
    pub listen: SocketAddr,
    /// Keep the fake's state in this folder, instead of forgetting it
    #[arg(long, value_name = "FOLDER")]
    pub state: Option<PathBuf>,
    /// Decides the fake's ids
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
}

/// Arguments of `settings`.
#[derive(Debug, Args)]
pub struct SettingsArguments {
    /// The sync file
    #[command(flatten)]
    pub sync_file: SyncFileArgument,
    /// Print one JSON document
    #[arg(long)]
    pub json: bool,
}

fn time(text: &str) -> Result<DateTime<Utc>, String> {
    let midnight = format!("{text}T00:00:00Z");
    [text, &midnight]
        .into_iter()
        .find_map(|text| DateTime::parse_from_rfc3339(text).ok())
        .map(|time| time.with_timezone(&Utc))
        .ok_or_else(|| "write it as 2026-03-31 or 2026-03-31T00:00:00Z".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        use clap::CommandFactory as _;
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_date_alone_means_its_midnight() {
        assert_eq!(time("2026-03-31").unwrap(), time("2026-03-31T00:00:00Z").unwrap());
        assert!(time("yesterday").is_err());
    }
}
