//! The log: events of the floors below, on stderr. Names and counts only; values are in the ledger.

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;

use crate::config::settings::{LogFormat, Settings};

/// Our own crates.
const OWN: [&str; 8] = [
    "lapwing",
    "lapwing_http",
    "lapwing_sendgrid",
    "lapwing_salesforce",
    "lapwing_google_sheets",
    "lapwing_zendesk",
    "lapwing_file",
    "lapwing_sandbox",
];

/// Starts the log by the settings. Only the first call counts: one process has one log.
pub(crate) fn start_log(settings: &Settings) {
    // Libraries below talk of requests and their bytes: only our own crates are let in beyond warnings.
    let level = settings.log_level.as_str();
    let filter: Vec<String> =
        std::iter::once("warn".to_owned()).chain(OWN.map(|name| format!("{name}={level}"))).collect();
    let log = fmt().with_writer(std::io::stderr).with_env_filter(EnvFilter::new(filter.join(",")));
    let started = match settings.log_format {
        LogFormat::Text => log.with_target(false).with_ansi(false).try_init(),
        LogFormat::Json => log.json().try_init(),
    };
    // It fails where a log was started before.
    drop(started);
}
