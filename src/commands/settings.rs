//! `lapwing settings`: every setting with its value and origin.

use crate::cli::{GlobalOptions, SettingsArguments};
use crate::report::{Printer, history_text};

use super::project::load_settings;
use super::{Exit, Failure};

pub(super) fn run(global: &GlobalOptions, own: &SettingsArguments, printer: &Printer) -> Result<Exit, Failure> {
    let settings = load_settings(global, &own.sync_file.file)?;
    let entries = settings.entries();
    if own.json {
        printer.json(&serde_json::json!({ "settings": entries }));
    } else {
        let rows: Vec<[String; 3]> =
            entries.iter().map(|entry| [entry.key.clone(), entry.value.clone(), entry.origin.to_string()]).collect();
        printer.result(&history_text::settings(&rows, printer.style()));
    }
    Ok(Exit::Done)
}
