use std::error::Error as _;

use super::*;

fn told(kind: io::ErrorKind) -> DestinationError {
    failure(Path::new("/out/crm"), io::Error::from(kind).into())
}

#[test]
fn what_the_system_said_becomes_the_folder_and_a_fix() {
    for (kind, problem, fix) in [
        (io::ErrorKind::StorageFull, "no space left", "free some space"),
        (io::ErrorKind::QuotaExceeded, "no space left", "free some space"),
        (io::ErrorKind::PermissionDenied, "may not be written", "let this user write"),
        (io::ErrorKind::ReadOnlyFilesystem, "read-only", "mount"),
        (io::ErrorKind::NotFound, "not there", "create it"),
        (io::ErrorKind::NotADirectory, "not a folder", "remove"),
        (io::ErrorKind::Other, "cannot be used", "the cause"),
    ] {
        let error = told(kind);
        assert_eq!(error.kind, ErrorKind::Local);
        assert!(error.message.contains("/out/crm") && error.message.contains(problem), "{}", error.message);
        assert!(error.message.contains(fix) && error.message.contains("`folder`"), "{}", error.message);
        assert!(error.source().is_some());
    }
}

#[test]
fn leading_out_and_a_taken_name_are_mistakes_of_the_configuration() {
    assert_eq!(failure(Path::new("x"), FolderError::Outside).kind, ErrorKind::Configuration);
    assert_eq!(failure(Path::new("x"), FolderError::Taken).kind, ErrorKind::Configuration);
}

#[test]
fn an_empty_base_is_the_current_folder() {
    let clock = Arc::new(lapwing_contract::SimulatedClock::starting_at(chrono::DateTime::UNIX_EPOCH));
    let env = Env { base: PathBuf::new(), clock, run_label: "run1".into() };
    let config = Config { folder: "out".into(), format: crate::Format::Jsonl, guard_formulas: None };
    assert_eq!(FileDestination::new(config, env).unwrap().shared.folder(), Path::new("./out"));
}
