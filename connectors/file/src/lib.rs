//! Changes as JSON Lines or CSV in a local folder: for tools that pick files up, for trials, and for a look at what a
//! sync would send.
//!
//! Each batch becomes one file, `<object>-<run label>-<batch number>.jsonl` or `.csv`. A file is complete or not there:
//! it is written under a hidden name in the same folder, flushed to the disk, renamed, and the folder is flushed too.
//! Only then are its records confirmed. The name and the bytes depend on the batch alone, so writing a batch again
//! after a crash leads to the same file.
//!
//! `docs/connectors/file.md` tells users what the files hold.

mod config;
mod destination;
mod folder;
mod request;
mod validate;

use std::path::PathBuf;
use std::sync::Arc;

use lapwing_contract::{Clock, Connector, Destination, DestinationError, Finding, RateScope, Target};

pub use config::{Config, Format};

/// What the connector needs from outside.
#[derive(Debug, Clone)]
pub struct Env {
    /// The folder that a relative `folder` starts from, and stays below.
    pub base: PathBuf,
    /// Measures how long a failed operation took.
    pub clock: Arc<dyn Clock>,
    /// The part of the file names that tells runs apart: ASCII letters, digits, `.`, `_` and `-`, at most 64. A run that
    /// goes on after a crash keeps its label; no two runs share one.
    pub run_label: String,
}

/// The connector `file`.
#[derive(Debug, Clone, Copy)]
pub struct File;

impl Connector for File {
    const KIND: &'static str = "file";
    const SECRETS: &'static [&'static str] = &[];
    const ACCOUNT: &'static [&'static str] = &["folder"];
    type Config = Config;
    type Env = Env;

    fn validate(config: &Config, targets: &[Target]) -> Vec<Finding> {
        validate::findings(config, targets)
    }

    fn rate_scope(config: &Config) -> RateScope {
        RateScope::of([Self::KIND, &config.folder.to_string_lossy()])
    }

    fn connect(config: Config, env: Env) -> Result<Box<dyn Destination>, DestinationError> {
        Ok(Box::new(destination::FileDestination::new(config, env)?))
    }
}
