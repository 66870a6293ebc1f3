//! How this machine runs Lapwing: defaults, the user's `lapwing.toml`, variables, flags. The later wins.
//!
//! Defaults stand once, in `config/default.toml`, which is compiled in and is the documentation of every key.

mod layers;
mod reader;
mod values;

#[cfg(test)]
mod tests;

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::diagnostics::Diagnostics;
use layers::Layers;
pub use values::{LogFormat, LogLevel, MemoryLimit, When};

/// The defaults, as text.
pub const DEFAULTS: &str = include_str!("../../../config/default.toml");

/// The name of the user's settings file.
pub const FILE_NAME: &str = "lapwing.toml";

/// What settings are made from.
#[derive(Debug, Clone, Copy)]
pub struct SettingsInput<'a> {
    /// The folder of the sync file; relative folders among the defaults start here.
    pub folder: &'a Path,
    /// The user's settings file, from [`find_file`] or a flag.
    pub file: Option<&'a Path>,
    /// The environment. Only variables that begin with `LAPWING_` are looked at.
    pub variables: &'a [(String, String)],
    /// Settings from flags: dotted key and value. The keys are the program's own, so an unknown one is ignored.
    pub flags: &'a [(&'a str, String)],
}

/// Every setting.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The folder of the ledger and of staged plans.
    pub state_folder: PathBuf,
    /// The folders that exports may be read from.
    pub export_roots: Vec<PathBuf>,
    /// The longest file of an export, in bytes.
    pub max_file_bytes: u64,
    /// The most memory for queries.
    pub memory_limit: MemoryLimit,
    /// Threads for queries; none for one a core.
    pub threads: Option<usize>,
    /// How long one query may take.
    pub time_limit: Duration,
    /// Where queries spill to. Default: `tmp` in the state folder.
    pub temp_folder: PathBuf,
    /// How log lines look.
    pub log_format: LogFormat,
    /// The least important lines that are written.
    pub log_level: LogLevel,
    /// When a request is tried again.
    pub retry: RetrySettings,
    /// Whether to use colours.
    pub colours: When,
    /// Whether to draw progress bars.
    pub progress: When,
    entries: Vec<SettingEntry>,
}

/// When a request is tried again, and when not any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetrySettings {
    /// Tries at most, the first included.
    pub max_attempts: u32,
    /// The end, from the first try on.
    pub deadline: Duration,
    /// The wait before the second try.
    pub first_wait: Duration,
    /// The longest wait between two tries.
    pub longest_wait: Duration,
}

/// Where a setting comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SettingOrigin {
    /// `config/default.toml`, compiled in.
    Default,
    /// The user's file.
    File(PathBuf),
    /// A variable, by its name.
    Variable(String),
    /// A flag.
    Flag,
}

impl fmt::Display for SettingOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Variable(name) => f.write_str(name),
            Self::Flag => f.write_str("flag"),
        }
    }
}

/// One line of `lapwing settings`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingEntry {
    /// The dotted key: `retry.max_attempts`.
    pub key: String,
    /// The value as it was written.
    pub value: String,
    /// Where it comes from.
    pub origin: SettingOrigin,
}

impl Settings {
    /// Joins all layers. Reads `input.file`, and nothing else. The diagnostics beside the settings are warnings.
    ///
    /// # Errors
    /// Every unknown key of the file and every value out of form or range, each at its place where it has one.
    pub fn load(input: SettingsInput<'_>) -> Result<(Self, Diagnostics), Diagnostics> {
        let mut diagnostics = Diagnostics::new();
        let layers = Layers::join(input, &mut diagnostics);
        let settings = layers.and_then(|layers| reader::read(&layers, input.folder, &mut diagnostics));
        match settings {
            Some(settings) if !diagnostics.has_errors() => Ok((settings, diagnostics.sorted())),
            _ => Err(diagnostics.sorted()),
        }
    }

    /// Every setting with its origin, in the order of `config/default.toml`.
    pub fn entries(&self) -> &[SettingEntry] {
        &self.entries
    }
}

/// The user's settings file: beside the sync file, else in the current folder, else none.
pub fn find_file(folder: &Path) -> Option<PathBuf> {
    [folder.join(FILE_NAME), PathBuf::from(FILE_NAME)].into_iter().find(|path| path.is_file())
}
