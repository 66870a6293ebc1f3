//! Sync files: whatever they hold, every error has its place, and every way of telling it works.

use lapwing::config::diagnostics::{Severity, TextStyle};
use lapwing::config::sync_file::SyncFile;
use lapwing::registry::Registry;
use proptest::prelude::*;

use super::spoil::spoiled;
use super::{cases, corpus};

fn texts() -> Vec<String> {
    let mut texts = corpus("sync_file");
    let example = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("sync.example.toml");
    texts.push(std::fs::read_to_string(example).unwrap());
    texts
}

fn exercise(text: &str) -> Result<(), TestCaseError> {
    let parsed = SyncFile::parse("sync.toml", text, &Registry);
    for finding in parsed.diagnostics.iter().filter(|finding| finding.severity == Severity::Error) {
        prop_assert!(finding.place.is_some(), "no place: {}", finding.message);
    }
    let told = parsed.diagnostics.to_text(TextStyle::plain());
    let _ = (parsed.diagnostics.to_json(), parsed.diagnostics.to_github(), parsed.diagnostics.to_sarif());
    prop_assert_eq!(told.is_empty(), parsed.diagnostics.is_empty());
    prop_assert!(parsed.file.is_some() || parsed.diagnostics.has_errors(), "nothing is there, and nothing is said");
    if let Some(file) = parsed.file {
        let _ = file.fingerprint();
        for destination in &file.destinations {
            // Mistakes are findings or errors with places, never a panic.
            let _ = lapwing::registry::validate(&destination.connector.value, &destination.config, &[]);
        }
        let _ = file.resolve(&Registry, &|name| Some(name.to_lowercase()));
    }
    Ok(())
}

#[test]
fn the_corpus_does_no_harm() {
    for text in texts() {
        exercise(&text).unwrap();
    }
}

proptest! {
    #![proptest_config(cases(150))]

    #[test]
    fn spoiled_files_do_no_harm(text in spoiled(texts(), 6)) {
        exercise(&text)?;
    }
}
