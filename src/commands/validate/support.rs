//! What a sync file may say and this version does not do: said at once, rather than done halfway.

use lapwing_contract::Finding;

use crate::config::diagnostics::{Diagnostic, Diagnostics};
use crate::config::sync_file::SyncFile;

/// Names of the one time zone that exports are read in.
const UTC: [&str; 4] = ["UTC", "Etc/UTC", "Z", "GMT"];

/// The connector that nobody waits for.
const FILE: &str = "file";

/// What this version cannot do, and whether a run must stop for it. Runs ask once variables are put in.
pub(in crate::commands) fn unsupported(file: &SyncFile) -> Diagnostics {
    let mut findings = Diagnostics::new();
    for export in &file.exports {
        let timezone = export.timezone.value.as_str();
        // A variable that is not put in says nothing yet.
        if timezone.contains("${") || UTC.contains(&timezone) {
            continue;
        }
        let message = format!("export `{}`: times in `{timezone}` can't be read yet, only UTC", export.relation.value);
        findings.push(
            Diagnostic::error("export-timezone", message)
                .at(file.place(export.timezone.span))
                .with_hint("write times with their offset (2026-03-31T08:00:00+02:00) or in UTC; remove `timezone`"),
        );
    }
    for destination in file.destinations.iter().filter(|destination| destination.pace.is_some()) {
        if destination.connector.value == FILE {
            let name = &destination.name.value;
            let finding = Finding::warning("unused-pace", format!("destination `{name}`: files have no pace"));
            findings.push(file.diagnose(name, finding.at(["pace"]).with_hint("remove `pace`")));
        }
    }
    for sync in &file.syncs {
        let name = &sync.name.value;
        if let Some(schedule) = &sync.schedule {
            let message = format!("sync `{name}`: nothing starts it at `{}` yet", schedule.cron.value);
            findings.push(
                Diagnostic::warning("schedule", message)
                    .at(file.place(schedule.cron.span))
                    .with_hint(format!("let cron or your orchestrator run `lapwing sync --sync {name}`")),
            );
        }
    }
    findings
}
