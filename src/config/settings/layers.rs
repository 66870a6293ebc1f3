//! Four layers, joined by the `config` crate; of each value it is known which layer it comes from.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use ::config::{Config, Environment, File, FileFormat, Source as _, Value as ConfigValue, ValueKind};

use super::{DEFAULTS, SettingEntry, SettingOrigin, SettingsInput};
use crate::config::diagnostics::{Diagnostic, Diagnostics, Place, Source, Span, did_you_mean, one_of};
use crate::config::sync_file::{Spanned, Table, Value, parse_toml};

const PREFIX: &str = "LAPWING";

/// The joined layers.
pub(super) struct Layers {
    /// The value that wins, key by key.
    pub(super) config: Config,
    /// Every key, in the order of the defaults.
    pub(super) entries: Vec<SettingEntry>,
    file: Option<UserFile>,
}

struct UserFile {
    source: Arc<Source>,
    spans: HashMap<String, Span>,
}

impl Layers {
    /// Joins the layers; reports unknown keys on the way. None where the user's file cannot be read at all.
    pub(super) fn join(input: SettingsInput<'_>, diagnostics: &mut Diagnostics) -> Option<Self> {
        let defaults = Arc::new(Source::new("config/default.toml", DEFAULTS));
        let keys = match parse_toml(&defaults) {
            Ok(table) => flatten(&table),
            Err(broken) => {
                diagnostics.extend(broken);
                return None;
            }
        };
        let known: Vec<&str> = keys.iter().map(|(key, _)| key.as_str()).collect();
        let mut builder = Config::builder().add_source(File::from_str(DEFAULTS, FileFormat::Toml));

        let mut file = None;
        if let Some(path) = input.file {
            let read = read_user_file(path.to_owned(), &known, diagnostics)?;
            builder = builder.add_source(File::from_str(read.source.text(), FileFormat::Toml));
            file = Some(read);
        }
        let variables = environment(input.variables, &known, diagnostics);
        let mut from_variables = HashMap::new();
        for (key, (name, value)) in &variables {
            from_variables.insert(key.clone(), name.clone());
            builder = builder.set_override(key, value.clone()).ok()?;
        }
        let flags = input.flags.iter().filter(|(key, _)| known.contains(key));
        for (key, value) in flags.clone() {
            // Set after the variables, so that flags win.
            builder = builder.set_override(*key, value.clone()).ok()?;
        }
        let config = match builder.build() {
            Ok(config) => config,
            Err(error) => {
                diagnostics.push(Diagnostic::error("bad-settings", format!("settings cannot be joined: {error}")));
                return None;
            }
        };
        let origin = |key: &str| {
            if flags.clone().any(|(flag, _)| *flag == key) {
                SettingOrigin::Flag
            } else if let Some(name) = from_variables.get(key) {
                SettingOrigin::Variable(name.clone())
            } else if let Some(file) = file.as_ref().filter(|file| file.spans.contains_key(key)) {
                SettingOrigin::File(file.source.path().to_owned())
            } else {
                SettingOrigin::Default
            }
        };
        let entry = |(key, _): &(String, Span)| SettingEntry {
            key: key.clone(),
            value: config.get::<ConfigValue>(key).map_or_else(|_| String::new(), |value| shown(&value)),
            origin: origin(key),
        };
        let entries = keys.iter().map(entry).collect();
        Some(Self { config, entries, file })
    }

    /// Where a setting comes from.
    pub(super) fn origin(&self, key: &str) -> SettingOrigin {
        let entry = self.entries.iter().find(|entry| entry.key == key);
        entry.map_or(SettingOrigin::Default, |entry| entry.origin.clone())
    }

    /// The place of a setting, where it stands in the user's file.
    pub(super) fn place(&self, key: &str) -> Option<Place> {
        let file = self.file.as_ref().filter(|_| matches!(self.origin(key), SettingOrigin::File(_)))?;
        file.spans.get(key).map(|span| Place::new(&file.source, *span))
    }
}

fn shown(value: &ConfigValue) -> String {
    match &value.kind {
        ValueKind::Nil => String::new(),
        other => other.to_string(),
    }
}

/// Every leaf with its dotted key, in the order of the file.
fn flatten(root: &Spanned<Table>) -> Vec<(String, Span)> {
    let mut leaves = Vec::new();
    let mut tables = vec![(String::new(), &root.value)];
    while let Some((prefix, table)) = tables.pop() {
        let mut inner = Vec::new();
        for entry in &table.entries {
            let key = format!("{prefix}{}", entry.key.value);
            match &entry.value.value {
                Value::Table(table) => inner.push((format!("{key}."), table)),
                _ => leaves.push((key, entry.value.span)),
            }
        }
        tables.extend(inner.into_iter().rev());
    }
    leaves
}

fn read_user_file(path: PathBuf, known: &[&str], diagnostics: &mut Diagnostics) -> Option<UserFile> {
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) => {
            let message = format!("cannot read the settings file {}: {error}", path.display());
            diagnostics.push(Diagnostic::error("unreadable-file", message));
            return None;
        }
    };
    let source = Arc::new(Source::new(path, text));
    let table = match parse_toml(&source) {
        Ok(table) => table,
        Err(broken) => {
            diagnostics.extend(broken);
            return None;
        }
    };
    let leaves = flatten(&table);
    for (key, span) in leaves.iter().filter(|(key, _)| !known.contains(&key.as_str())) {
        diagnostics.push(
            Diagnostic::error("unknown-setting", format!("unknown setting `{key}`"))
                .at(Place::new(&source, *span))
                .with_hint(suggestion(key, known)),
        );
    }
    Some(UserFile { source, spans: leaves.into_iter().collect() })
}

fn suggestion(key: &str, known: &[&str]) -> String {
    let last = |key: &str| key.rsplit('.').next().unwrap_or_default().to_owned();
    // A known name in the wrong table is the likelier slip: `max_attempts` above `[retry]`.
    let elsewhere = known.iter().find(|other| last(other) == last(key)).copied();
    elsewhere.or_else(|| did_you_mean(key, known.iter().copied())).map_or_else(
        || format!("settings are {}", one_of(known.iter().copied())),
        |close| format!("did you mean `{close}`?"),
    )
}

/// The settings among the variables: key → name and value. Others that begin like ours may be meant for a sync file's
/// `${…}`: a warning is enough.
fn environment(
    variables: &[(String, String)],
    known: &[&str],
    diagnostics: &mut Diagnostics,
) -> HashMap<String, (String, String)> {
    let mut found = HashMap::new();
    for (name, value) in variables {
        let one = HashMap::from([(name.clone(), value.clone())]);
        let source = Environment::with_prefix(PREFIX).prefix_separator("_").separator("__").source(Some(one));
        let Ok(collected) = source.collect() else { continue };
        for key in collected.into_keys() {
            if known.contains(&key.as_str()) {
                found.insert(key, (name.clone(), value.clone()));
            } else if let Some(close) = did_you_mean(&key, known.iter().copied()) {
                let close = format!("{PREFIX}_{}", close.to_uppercase().replace('.', "__"));
                diagnostics.push(
                    Diagnostic::warning("unknown-setting", format!("the variable `{name}` is no setting"))
                        .with_hint(format!("did you mean `{close}`?")),
                );
            }
        }
    }
    found
}
