//! `lapwing settings`: every setting with its value and origin.

use crate::cli::{GlobalOptions, SettingsArguments};
use crate::report::{Printer, history_text};

use super::project::load_settings;
use super::{Exit, Failure};

pub(super) fn run(global: &GlobalOptions, own: &SettingsArguments, printer: &Printer) -> Result<Exit, Failure> {
    let settings = load_settings(global, &own.sync_file.file, printer)?;
    let rows: Vec<[String; 3]> = settings
        .entries()
        .iter()
        .map(|entry| [entry.key.clone(), entry.value.clone(), entry.origin.to_string()])
        .collect();
    if own.json {
        let entry = |[key, value, from]: &[String; 3]| serde_json::json!({ "key": key, "value": value, "from": from });
        printer.json(&serde_json::json!({ "settings": rows.iter().map(entry).collect::<Vec<_>>() }));
    } else {
        printer.result(&history_text::settings(&rows, printer.style()));
    }
    Ok(Exit::Done)
}
