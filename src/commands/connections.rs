//! The destinations of a run, connected once each and shared by their syncs.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use chrono::Utc;

use lapwing_http::{Limits, RetrySettings};

use crate::registry::{self, ConnectError, Connected, Surroundings};

use super::project::Project;
use super::{Exit, Failure};

/// What a fake in process was asked in the latest run: what `GET /_sandbox/requests` shows where it is served.
const REQUESTS_FILE: &str = "requests.json";

/// Destinations by name.
#[derive(Clone, Default)]
pub(super) struct Connections {
    by_name: BTreeMap<String, Arc<Connected>>,
}

impl Connections {
    /// Connects every destination that one of `names` is.
    pub(super) fn open<'a>(
        project: &Project,
        names: impl IntoIterator<Item = &'a str>,
        run_id: i64,
    ) -> Result<Self, Failure> {
        let mut connections = Self::default();
        let retry = project.settings.retry;
        let limits = Arc::new(Limits::default());
        for name in names {
            if connections.by_name.contains_key(name) {
                continue;
            }
            let Some(destination) = project.file.destination(name) else { continue };
            let surroundings = Surroundings {
                name: name.to_owned(),
                sandbox: destination.sandbox,
                requests_per_minute: destination.pace.and_then(|pace| pace.requests_per_minute),
                retry: RetrySettings {
                    max_attempts: retry.max_attempts,
                    deadline: retry.deadline,
                    first_wait: retry.first_wait,
                    longest_wait: retry.longest_wait,
                },
                state_folder: project.state_folder(),
                sync_folder: project.folder(),
                run_label: format!("{}-run{run_id}", Utc::now().format("%Y%m%dT%H%M%SZ")),
                limits: Arc::clone(&limits),
            };
            let connected = registry::connect(&destination.connector.value, &destination.config, &surroundings)
                .map_err(|error| failure(name, error))?;
            connections.by_name.insert(name.to_owned(), Arc::new(connected));
        }
        Ok(connections)
    }

    /// The destination of that name. Every sync's destination was opened before.
    pub(super) fn get(&self, name: &str) -> Result<Arc<Connected>, Failure> {
        let missing = || Failure::usage(format!("destination `{name}` is not connected"), "name it in [destinations]");
        self.by_name.get(name).cloned().ok_or_else(missing)
    }

    /// Keeps the state of the fakes for the next run, and what they were asked in this one.
    pub(super) fn save_sandboxes(&self, state_folder: &Path) -> Result<(), Failure> {
        for (name, connected) in &self.by_name {
            let Some(sandbox) = &connected.sandbox else { continue };
            let failed = |error: Box<dyn std::error::Error + Send + Sync>| {
                Failure::usage(error, format!("the state of the sandbox of `{name}` could not be kept"))
            };
            sandbox.save().map_err(|error| failed(error.into()))?;
            let requests = serde_json::to_vec_pretty(&sandbox.requests(0)).map_err(|error| failed(error.into()))?;
            let path = state_folder.join("sandbox").join(name).join(REQUESTS_FILE);
            std::fs::write(path, requests).map_err(|error| failed(error.into()))?;
        }
        Ok(())
    }
}

fn failure(name: &str, error: ConnectError) -> Failure {
    match error {
        ConnectError::Table(findings) => findings.into(),
        ConnectError::Destination(error) => destination_failure(name, error),
    }
}

/// A failed destination, with the advice for its kind.
pub(super) fn destination_failure(name: &str, error: lapwing_contract::DestinationError) -> Failure {
    let hint = error.kind.remedy().advice.to_owned();
    let error = NamedFailure { name: name.to_owned(), source: error };
    Failure::Error { error: Box::new(error), hint: Some(hint), exit: Exit::Destination }
}

#[derive(Debug, thiserror::Error)]
#[error("destination `{name}` failed")]
struct NamedFailure {
    name: String,
    source: lapwing_contract::DestinationError,
}
