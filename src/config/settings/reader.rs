//! From joined layers to types: every bad value is reported, at its place or with its variable.

use std::path::{Path, PathBuf};
use std::time::Duration;

use humantime_serde::Serde;
use serde::de::DeserializeOwned;

use super::layers::Layers;
use super::values::{Bytes, Folders, OrAuto};
use super::{MemoryLimit, RetrySettings, SettingOrigin, Settings};
use crate::config::diagnostics::{Diagnostic, Diagnostics};

struct Reader<'a> {
    layers: &'a Layers,
    diagnostics: &'a mut Diagnostics,
}

impl Reader<'_> {
    /// Reads one setting. `expected` finishes the sentence "must be …".
    fn get<T: DeserializeOwned>(&mut self, key: &str, expected: &str, allowed: impl Fn(&T) -> bool) -> Option<T> {
        let value = self.layers.config.get::<T>(key).ok().filter(allowed);
        if value.is_none() {
            let from = match self.layers.origin(key) {
                SettingOrigin::Variable(name) => format!(" (from the variable `{name}`)"),
                SettingOrigin::Flag => " (from a flag)".to_owned(),
                SettingOrigin::Default | SettingOrigin::File(_) => String::new(),
            };
            let message = format!("the setting `{key}`{from} must be {expected}");
            let diagnostic = Diagnostic::error("bad-setting", message);
            self.diagnostics.push(match self.layers.place(key) {
                Some(place) => diagnostic.at(place),
                None => diagnostic,
            });
        }
        value
    }

    fn duration(&mut self, key: &str) -> Option<Duration> {
        let expected = "a duration above zero, such as \"30s\" or \"5m\"";
        self.get::<Serde<Duration>>(key, expected, |duration| !duration.is_zero()).map(Serde::into_inner)
    }

    /// Folders, each named; at least one.
    fn folders(&mut self, key: &str, folder: &Path) -> Option<Vec<PathBuf>> {
        let named = |folders: &Folders| {
            let paths = folders.clone().into_paths();
            !paths.is_empty() && paths.iter().all(|path| !path.as_os_str().is_empty())
        };
        let folders = self.get::<Folders>(key, "a list of folders", named)?.into_paths();
        Some(folders.into_iter().map(|path| self.anchored(key, path, folder)).collect())
    }

    /// A folder. A relative one starts beside the file that names it; from a variable or a flag, where the user stands.
    fn anchored(&self, key: &str, path: PathBuf, folder: &Path) -> PathBuf {
        match self.layers.origin(key) {
            SettingOrigin::Default => folder.join(path),
            SettingOrigin::File(file) => file.parent().unwrap_or(Path::new("")).join(path),
            SettingOrigin::Variable(_) | SettingOrigin::Flag => path,
        }
    }
}

/// Reads every setting, the later ones also where an earlier one is bad.
pub(super) fn read(layers: &Layers, folder: &Path, diagnostics: &mut Diagnostics) -> Option<Settings> {
    let mut reader = Reader { layers, diagnostics };
    let named = |path: &PathBuf| !path.as_os_str().is_empty();
    let state_folder =
        reader.get("state_folder", "a folder", named).map(|path| reader.anchored("state_folder", path, folder));
    let export_roots = reader.folders("exports.roots", folder);
    let max_file_size = reader.get::<Bytes>("exports.max_file_size", "an amount such as \"100 GiB\"", |_| true);
    let memory_limit = reader.get::<MemoryLimit>(
        "engine.memory_limit",
        "a share such as \"75%\" or an amount such as \"2 GiB\"",
        |_| true,
    );
    let threads = reader.get::<OrAuto<usize>>("engine.threads", "\"auto\" or a number from 1 to 1024", |threads| {
        threads.given().is_none_or(|threads| (1..=1024).contains(&threads))
    });
    let time_limit = reader.duration("engine.time_limit");
    let temp_folder = reader
        .get::<OrAuto<PathBuf>>("engine.temp_folder", "\"auto\" or a folder", |folder| match folder {
            OrAuto::Auto => true,
            OrAuto::Given(path) => named(path),
        })
        .map(|temp| temp.given().map(|path| reader.anchored("engine.temp_folder", path, folder)));
    let log_format = reader.get("log.format", "\"text\" or \"json\"", |_| true);
    let log_level = reader.get("log.level", "\"error\", \"warn\", \"info\", \"debug\" or \"trace\"", |_| true);
    let max_attempts =
        reader.get("retry.max_attempts", "a whole number from 1 to 100", |tries: &u32| (1..=100).contains(tries));
    let deadline = reader.duration("retry.deadline");
    let first_wait = reader.duration("retry.first_wait");
    let longest_wait = reader.duration("retry.longest_wait");
    let when = "\"auto\", \"always\" or \"never\"";
    let colours = reader.get("output.colours", when, |_| true);
    let progress = reader.get("output.progress", when, |_| true);
    let state_folder = state_folder?;
    Some(Settings {
        temp_folder: temp_folder?.unwrap_or_else(|| state_folder.join("tmp")),
        state_folder,
        export_roots: export_roots?,
        max_file_bytes: max_file_size?.0,
        memory_limit: memory_limit?,
        threads: threads?.given(),
        time_limit: time_limit?,
        log_format: log_format?,
        log_level: log_level?,
        retry: RetrySettings {
            max_attempts: max_attempts?,
            deadline: deadline?,
            first_wait: first_wait?,
            longest_wait: longest_wait?,
        },
        colours: colours?,
        progress: progress?,
        entries: layers.entries.clone(),
    })
}
