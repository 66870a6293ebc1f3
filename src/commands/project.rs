//! A sync file with the settings that hold for it.

use std::path::{Path, PathBuf};

use crate::cli::GlobalOptions;
use crate::config::sync_file::{SyncFile, Text, Value};
use crate::engine::EngineOptions;
use crate::exports::readable_folders;
use crate::registry::Registry;
use crate::settings_stub::{Settings, SettingsFlags};

use super::Failure;
use crate::report::Printer;

/// A sync file, read, with its settings.
pub(super) struct Project {
    pub(super) file: SyncFile,
    pub(super) settings: Settings,
    pub(super) path: PathBuf,
}

impl Project {
    /// Reads settings and sync file; warnings go to stderr.
    pub(super) fn load(global: &GlobalOptions, path: &Path, printer: &Printer) -> Result<Self, Failure> {
        let settings = load_settings(global, path)?;
        let (file, warnings) = SyncFile::load(path, &Registry).into_result()?;
        printer.warnings(&warnings);
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
        state_folder(&self.settings, &self.path)
    }

    /// How the engine is opened for this project; `extra` are folders that the command itself writes to.
    pub(super) fn engine_options(&self, database: Option<PathBuf>, extra: &[PathBuf]) -> EngineOptions {
        let patterns: Vec<PathBuf> =
            self.file.exports.iter().flat_map(|export| export.resolved_paths(&self.folder())).collect();
        let mut readable = readable_folders(patterns.iter().map(PathBuf::as_path));
        readable.extend(extra.iter().cloned());
        EngineOptions {
            database,
            readable,
            spill_folder: Some(self.settings.spill_folder.clone().unwrap_or_else(|| self.state_folder().join("spill"))),
            memory_limit: self.settings.memory_limit.clone(),
            threads: self.settings.threads,
        }
    }

    /// The folder of the sync file, absolute, so that expressions of paths mean the same everywhere.
    pub(super) fn folder(&self) -> PathBuf {
        std::path::absolute(self.file.folder()).unwrap_or_else(|_| self.file.folder().to_path_buf())
    }
}

/// What a fake vendor accepts as a key.
const SANDBOX_KEY: &str = "SG.sandbox.key";

pub(super) fn load_settings(global: &GlobalOptions, path: &Path) -> Result<Settings, Failure> {
    let flags = SettingsFlags {
        state_folder: global.state_folder.clone(),
        memory_limit: global.memory_limit.clone(),
        threads: global.threads,
        log_level: global.log_level.clone(),
        colours: global.colours.clone(),
    };
    let beside = path.parent().unwrap_or(Path::new("")).join("lapwing.toml");
    Settings::load(global.settings.as_deref(), &beside, &flags)
        .map_err(|error| Failure::usage(error, "`lapwing settings` shows every setting and where it comes from"))
}

/// Where the ledger lives: relative to the sync file, so that two sync files in two folders do not share one.
pub(super) fn state_folder(settings: &Settings, sync_file: &Path) -> PathBuf {
    let folder = sync_file.parent().unwrap_or(Path::new("")).join(&settings.state_folder);
    std::path::absolute(&folder).unwrap_or(folder)
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
