//! Sync files: whatever they hold, every finding has its place, and the same file means the same thing.

use lapwing::config::sync_file::SyncFile;
use lapwing::registry::{self, Registry};

use super::edits::Edited;
use super::explore::Target;
use super::findings;

/// Reads a text in all ways that need no engine.
pub(crate) fn exercise(text: &str) {
    let parsed = SyncFile::parse("sync.toml", text, &Registry);
    findings::check(&parsed.diagnostics, text);
    assert!(parsed.file.is_some() || parsed.diagnostics.has_errors(), "nothing is there, and nothing is said");
    let again = SyncFile::parse("sync.toml", text, &Registry);
    assert_eq!(parsed.diagnostics.to_json(), again.diagnostics.to_json());
    let (Some(file), Some(same)) = (parsed.file, again.file) else { return };
    assert_eq!(file.fingerprint(), same.fingerprint());
    for destination in &file.destinations {
        let (kind, name) = (&destination.connector.value, &destination.name.value);
        let _ = registry::account(kind, &destination.config, destination.sandbox);
        match registry::validate(kind, &destination.config, &[]) {
            Ok(found) => {
                findings::check(&found.into_iter().map(|finding| file.diagnose(name, finding)).collect(), text);
            }
            Err(found) => findings::check(&found, text),
        }
    }
    match file.resolve(&Registry, &|name| Some(name.to_lowercase())) {
        Ok(resolved) => assert_eq!(resolved.syncs.len(), file.syncs.len()),
        Err(found) => findings::check(&found, text),
    }
    if let Err(found) = file.resolve(&Registry, &|_| None) {
        findings::check(&found, text);
    }
}

#[test]
fn text() {
    Target { name: "sync_file::text", cases: 400, also: &["../sync.example.toml"] }.over_bytes(|bytes| {
        // What is no UTF-8 is refused before it is parsed.
        exercise(&String::from_utf8_lossy(bytes));
    });
}

#[test]
fn edits() {
    Target { name: "sync_file::edits", cases: 250, also: &[] }.over(|edited: &Edited| exercise(&edited.text()));
}
