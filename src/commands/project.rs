//! A sync file with the settings that hold for it.

use std::path::{Path, PathBuf};

use crate::cli::GlobalOptions;
use crate::config::settings::{MemoryLimit, Settings, SettingsInput, find_file};
use crate::config::sync_file::{SyncFile, Text, Value};
use crate::engine::EngineOptions;
use crate::exports::Roots;
use crate::registry::Registry;

use super::Failure;
use crate::report::{Printer, start_log};

/// A sync file, read, with its settings.
pub(super) struct Project {
    pub(super) file: SyncFile,
    pub(super) settings: Settings,
    pub(super) path: PathBuf,
}

impl Project {
    /// Reads settings and sync file; warnings go to stderr.
    pub(super) fn load(global: &GlobalOptions, path: &Path, printer: &Printer) -> Result<Self, Failure> {
        let settings = load_settings(global, path, printer)?;
        let (file, warnings) = SyncFile::load(path, &Registry).into_result()?;
        printer.warnings(&warnings);
        let unsupported = super::validate::unsupported(&file);
        if unsupported.has_errors() {
            return Err(unsupported.into());
        }
        Ok(Self { file, settings, path: path.to_path_buf() })
    }

    /// The same with variables and secret files put in. A destination that talks to the built-in fake needs no secret.
    pub(super) fn resolve(mut self) -> Result<Self, Failure> {
        let unneeded = sandboxed_variables(&self.file);
        let look_up = |name: &str| {
            std::env::var(name)
                .ok()
                .or_else(|| unneeded.iter().any(|other| other == name).then(|| SANDBOX_KEY.to_owned()))
        };
        self.file = self.file.resolve(&Registry, &look_up)?;
        Ok(self)
    }

    pub(super) fn state_folder(&self) -> PathBuf {
        // A relative folder starts where the settings say; absolute, it means the same to every thread and tool.
        let folder = &self.settings.state_folder;
        std::path::absolute(folder).unwrap_or_else(|_| folder.clone())
    }

    /// How the engine is opened for this project; `extra` are folders that the command itself writes to.
    pub(super) fn engine_options(&self, database: Option<PathBuf>, extra: &[PathBuf]) -> EngineOptions {
        let patterns: Vec<PathBuf> =
            self.file.exports.iter().flat_map(|export| export.resolved_paths(&self.folder())).collect();
        let mut readable = self.roots().readable(patterns.iter().map(PathBuf::as_path));
        readable.extend(extra.iter().cloned());
        EngineOptions {
            database,
            readable,
            spill_folder: Some(self.settings.temp_folder.clone()),
            memory_limit: Some(match self.settings.memory_limit {
                MemoryLimit::Percent(share) => format!("{share}%"),
                MemoryLimit::Bytes(bytes) => format!("{bytes}B"),
            }),
            threads: self.settings.threads,
            time_limit: Some(self.settings.time_limit),
        }
    }

    /// Where exports may be read from. What Lapwing keeps for itself is no export.
    pub(super) fn roots(&self) -> Roots {
        Roots::new(&self.settings.export_roots, self.settings.max_file_bytes).without(&self.settings.state_folder)
    }

    /// The folder of the sync file, absolute, so that expressions of paths mean the same everywhere.
    pub(super) fn folder(&self) -> PathBuf {
        std::path::absolute(self.file.folder()).unwrap_or_else(|_| self.file.folder().to_path_buf())
    }
}

/// What a fake vendor accepts as a key.
const SANDBOX_KEY: &str = "SG.sandbox.key";

/// Joins the settings for a sync file, and starts the log by them.
pub(super) fn load_settings(global: &GlobalOptions, path: &Path, printer: &Printer) -> Result<Settings, Failure> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let file = global.settings.clone().or_else(|| find_file(folder));
    // A variable that is no Unicode is not one of ours.
    let variables: Vec<(String, String)> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    let flags: Vec<(&str, String)> = [
        ("state_folder", global.state_folder.as_ref().map(|folder| folder.display().to_string())),
        ("engine.memory_limit", global.memory_limit.clone()),
        ("engine.threads", global.threads.map(|threads| threads.to_string())),
        ("log.level", global.log_level.clone()),
        ("output.colours", global.colours.clone()),
    ]
    .into_iter()
    .filter_map(|(key, value)| Some((key, value?)))
    .collect();
    let input = SettingsInput { folder, file: file.as_deref(), variables: &variables, flags: &flags };
    let (settings, warnings) = Settings::load(input)?;
    printer.obey(&settings);
    printer.warnings(&warnings);
    start_log(&settings);
    Ok(settings)
}

/// The variables that only sandboxed destinations name.
fn sandboxed_variables(file: &SyncFile) -> Vec<String> {
    let mut names = Vec::new();
    for destination in file.destinations.iter().filter(|destination| destination.sandbox) {
        for entry in &destination.config.table().entries {
            if let Value::Text(Text::Unresolved(text)) = &entry.value.value {
                names.extend(text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')).map(str::to_owned));
            }
        }
    }
    names
}
