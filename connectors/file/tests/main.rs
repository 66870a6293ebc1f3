//! The connector through its public face, in real folders.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic like the tests themselves")]

use std::fs;
use std::path::Path;
use std::sync::Arc;

use chrono::DateTime;
use lapwing_contract::{
    Batch, ChangeKind, Connector, Destination, DestinationError, ErrorKind, FieldSpec, FieldType, JobRef, Operation,
    Outcome, Prepared, Receipt, Record, SimulatedClock, Target, Value, WriteError,
};
use lapwing_file::{Config, Env, File, Format};
use tempfile::TempDir;

fn config(folder: impl AsRef<Path>) -> Config {
    Config { folder: folder.as_ref().to_owned(), format: Format::Jsonl, guard_formulas: None }
}

fn connect(base: &Path, config: Config) -> Box<dyn Destination> {
    connect_as(base, config, "run1").unwrap()
}

fn connect_as(base: &Path, config: Config, run: &str) -> Result<Box<dyn Destination>, DestinationError> {
    let clock = Arc::new(SimulatedClock::starting_at(DateTime::UNIX_EPOCH));
    File::connect(config, Env { base: base.to_owned(), clock, run_label: run.into() })
}

fn field(name: &str) -> FieldSpec {
    FieldSpec::new(name, FieldType::Text)
}

fn target(object: &str) -> Target {
    Target::new("sync", object, field("email"), vec![field("segment")])
}

fn batch(prepared: &Prepared, number: u64, segments: &[&str]) -> Batch {
    let records = segments.iter().zip(1..).map(|(segment, seq)| Record {
        seq,
        kind: ChangeKind::Added,
        key: Value::Text(format!("{seq}@example.com")),
        fields: vec![(0, Value::Text((*segment).into()))],
    });
    let target = Arc::new(prepared.clone());
    Batch { number, operation: Operation::Upsert, target, records: records.collect() }
}

/// The names in a folder, hidden ones too.
fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn failed(result: Result<Receipt, WriteError>) -> DestinationError {
    match result.unwrap_err() {
        WriteError::Failed(error) => error,
        WriteError::Refused { .. } => panic!("a folder refuses no records"),
    }
}

#[tokio::test]
async fn a_batch_becomes_one_complete_file_and_every_record_is_confirmed() {
    let base = TempDir::new().unwrap();
    let destination = connect(base.path(), config("out/crm"));
    let prepared = destination.prepare(&target("contacts")).await.unwrap();
    let receipt = destination.write(&batch(&prepared, 3, &["best 🐦", "lost"])).await.unwrap();
    assert_eq!(receipt.outcomes, [Outcome::Confirmed, Outcome::Confirmed]);
    let folder = base.path().join("out/crm");
    assert_eq!(names(&folder), ["contacts-run1-00003.jsonl"]);
    let content = fs::read_to_string(folder.join("contacts-run1-00003.jsonl")).unwrap();
    assert_eq!(content.lines().count(), 2);
    assert!(content.contains("best 🐦"));
}

#[tokio::test]
async fn writing_the_same_batch_again_leads_to_the_same_file() {
    let base = TempDir::new().unwrap();
    let first = connect(base.path(), config("out"));
    let prepared = first.prepare(&target("contacts")).await.unwrap();
    first.write(&batch(&prepared, 1, &["best", "lost"])).await.unwrap();
    let path = base.path().join("out/contacts-run1-00001.jsonl");
    let before = fs::read(&path).unwrap();

    // The process died before it noted the receipt; the next one sends the batch again.
    let second = connect(base.path(), config("out"));
    let prepared = second.prepare(&target("contacts")).await.unwrap();
    let receipt = second.write(&batch(&prepared, 1, &["best", "lost"])).await.unwrap();
    assert_eq!(receipt.outcomes, [Outcome::Confirmed, Outcome::Confirmed]);
    assert_eq!(fs::read(&path).unwrap(), before);
    assert_eq!(names(&base.path().join("out")), ["contacts-run1-00001.jsonl"]);
}

#[tokio::test]
async fn a_name_that_holds_another_content_is_never_overwritten() {
    let base = TempDir::new().unwrap();
    let destination = connect(base.path(), config("out"));
    let prepared = destination.prepare(&target("contacts")).await.unwrap();
    destination.write(&batch(&prepared, 1, &["best"])).await.unwrap();
    for other in ["lost", "a longer text"] {
        let error = failed(destination.write(&batch(&prepared, 1, &[other])).await);
        assert_eq!(error.kind, ErrorKind::Configuration);
        assert_eq!(error.operation, "write contacts-run1-00001.jsonl");
        assert!(error.message.contains("another content"), "{}", error.message);
    }
    let content = fs::read_to_string(base.path().join("out/contacts-run1-00001.jsonl")).unwrap();
    assert!(content.contains("best"));
    assert_eq!(names(&base.path().join("out")).len(), 1, "the second attempt leaves nothing behind");
}

#[tokio::test]
async fn batches_runs_and_objects_have_files_of_their_own() {
    let base = TempDir::new().unwrap();
    let first = connect(base.path(), config("out"));
    let contacts = first.prepare(&target("contacts")).await.unwrap();
    let calls = first.prepare(&target("calls")).await.unwrap();
    let (one, two) = (batch(&contacts, 1, &["a"]), batch(&contacts, 2, &["b"]));
    let calls = batch(&calls, 1, &["c"]);
    let (one, two, three) = tokio::join!(first.write(&one), first.write(&two), first.write(&calls));
    assert!(one.is_ok() && two.is_ok() && three.is_ok());
    let second = connect_as(base.path(), config("out"), "run2").unwrap();
    second.write(&batch(&contacts, 1, &["d"])).await.unwrap();
    assert_eq!(
        names(&base.path().join("out")),
        [
            "calls-run1-00001.jsonl",
            "contacts-run1-00001.jsonl",
            "contacts-run1-00002.jsonl",
            "contacts-run2-00001.jsonl",
        ]
    );
}

#[tokio::test]
async fn what_a_killed_run_left_is_hidden_and_then_removed() {
    let base = TempDir::new().unwrap();
    let folder = base.path().join("out");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join(".contacts~Ab12Cd.partial"), "{\"change\":").unwrap();
    fs::write(folder.join(".contacts-late~Ab12Cd.partial"), "another object's").unwrap();
    fs::write(folder.join("contacts~notes.partial"), "the user's").unwrap();
    assert!(names(&folder).iter().all(|name| !name.contains(".jsonl")));

    connect(base.path(), config("out")).prepare(&target("contacts")).await.unwrap();
    assert_eq!(names(&folder), [".contacts-late~Ab12Cd.partial", "contacts~notes.partial"]);
}

#[tokio::test]
async fn an_empty_batch_writes_nothing() {
    let base = TempDir::new().unwrap();
    let destination = connect(base.path(), config("out"));
    let prepared = destination.prepare(&target("contacts")).await.unwrap();
    let receipt = destination.write(&batch(&prepared, 1, &[])).await.unwrap();
    assert!(receipt.outcomes.is_empty());
    assert!(names(&base.path().join("out")).is_empty());
}

#[tokio::test]
async fn csv_files_have_a_header_and_their_own_ending() {
    let base = TempDir::new().unwrap();
    let destination = connect(base.path(), Config { format: Format::Csv, ..config("out") });
    let prepared = destination.prepare(&target("contacts")).await.unwrap();
    destination.write(&batch(&prepared, 1, &["=1+2"])).await.unwrap();
    assert_eq!(
        fs::read_to_string(base.path().join("out/contacts-run1-00001.csv")).unwrap(),
        "change,operation,email,segment,cleared,blank\nadded,upsert,1@example.com,'=1+2,,\n"
    );
}

#[tokio::test]
async fn a_check_creates_nothing_and_leaves_nothing() {
    let base = TempDir::new().unwrap();
    let missing = connect(base.path(), config("out/crm")).check().await.unwrap();
    assert!(missing.summary.contains("can be created"), "{}", missing.summary);
    assert!(names(base.path()).is_empty());

    fs::create_dir_all(base.path().join("out/crm")).unwrap();
    let there = connect(base.path(), config("out/crm")).check().await.unwrap();
    assert!(there.summary.contains("can be written"), "{}", there.summary);
    assert!(names(&base.path().join("out/crm")).is_empty());
}

#[tokio::test]
async fn a_folder_that_is_a_file_fails_check_and_prepare_with_its_name() {
    let base = TempDir::new().unwrap();
    fs::write(base.path().join("out"), "").unwrap();
    for folder in ["out", "out/crm"] {
        let destination = connect(base.path(), config(folder));
        for error in
            [destination.check().await.unwrap_err(), destination.prepare(&target("contacts")).await.unwrap_err()]
        {
            assert_eq!(error.kind, ErrorKind::Local);
            assert!(error.message.contains("out") && error.message.contains("not a folder"), "{}", error.message);
        }
    }
}

#[tokio::test]
async fn a_folder_that_went_away_is_reported_and_not_created_again() {
    let base = TempDir::new().unwrap();
    let destination = connect(base.path(), config("out"));
    let prepared = destination.prepare(&target("contacts")).await.unwrap();
    fs::remove_dir(base.path().join("out")).unwrap();
    let error = failed(destination.write(&batch(&prepared, 1, &["best"])).await);
    assert_eq!(error.kind, ErrorKind::Local);
    assert!(error.message.contains("is not there"), "{}", error.message);
    assert!(!base.path().join("out").exists());
}

#[tokio::test]
async fn an_absolute_folder_may_be_anywhere() {
    let (base, elsewhere) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let destination = connect(base.path(), config(elsewhere.path().join("new")));
    let prepared = destination.prepare(&target("contacts")).await.unwrap();
    destination.write(&batch(&prepared, 1, &["best"])).await.unwrap();
    assert_eq!(names(&elsewhere.path().join("new")), ["contacts-run1-00001.jsonl"]);
    assert!(names(base.path()).is_empty());
}

#[tokio::test]
async fn a_relative_folder_stays_below_its_base() {
    let (outer, base) = (TempDir::new().unwrap(), "base");
    fs::create_dir(outer.path().join(base)).unwrap();
    let destination = connect(&outer.path().join(base), config("../out"));
    for error in [destination.check().await.unwrap_err(), destination.prepare(&target("contacts")).await.unwrap_err()] {
        assert_eq!(error.kind, ErrorKind::Configuration);
    }
    assert_eq!(names(outer.path()), [base]);
}

#[cfg(unix)]
#[tokio::test]
async fn a_link_leads_no_relative_folder_out_of_its_base() {
    let (base, elsewhere) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    std::os::unix::fs::symlink(elsewhere.path(), base.path().join("link")).unwrap();
    for folder in ["link", "link/deeper"] {
        let destination = connect(base.path(), config(folder));
        assert_eq!(destination.check().await.unwrap_err().kind, ErrorKind::Configuration);
        let error = destination.prepare(&target("contacts")).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Configuration);
        assert!(error.message.contains("leads out"), "{}", error.message);
    }
    assert!(names(elsewhere.path()).is_empty());
}

#[cfg(unix)]
#[tokio::test]
async fn a_link_in_the_place_of_a_file_is_not_followed() {
    let base = TempDir::new().unwrap();
    let destination = connect(base.path(), config("out"));
    let prepared = destination.prepare(&target("contacts")).await.unwrap();
    let precious = base.path().join("precious");
    fs::write(&precious, "keep").unwrap();
    std::os::unix::fs::symlink(&precious, base.path().join("out/contacts-run1-00001.jsonl")).unwrap();
    let error = failed(destination.write(&batch(&prepared, 1, &["best"])).await);
    assert_eq!(error.kind, ErrorKind::Configuration);
    assert_eq!(fs::read_to_string(precious).unwrap(), "keep");
}

#[tokio::test]
async fn an_object_that_is_a_path_goes_nowhere() {
    let base = TempDir::new().unwrap();
    let destination = connect(base.path(), config("out"));
    let mut prepared = destination.prepare(&target("contacts")).await.unwrap();
    prepared.target.object = "../escaped".into();
    assert_eq!(failed(destination.write(&batch(&prepared, 1, &["best"])).await).kind, ErrorKind::Configuration);
    assert_eq!(destination.prepare(&target("../x")).await.unwrap_err().kind, ErrorKind::Configuration);
    assert_eq!(names(base.path()), ["out"]);
    assert!(names(&base.path().join("out")).is_empty());
}

#[test]
fn a_run_label_that_is_no_part_of_a_name_is_refused_at_once() {
    for label in ["", "a/b", "../x"] {
        let error = connect_as(Path::new("."), config("out"), label).err().unwrap();
        assert_eq!(error.kind, ErrorKind::Configuration);
    }
}

#[tokio::test]
async fn any_field_may_be_mapped_and_no_job_is_known() {
    let base = TempDir::new().unwrap();
    let destination = connect(base.path(), config("out"));
    let description = destination.describe("contacts").await.unwrap();
    assert!(description.fields.is_empty() && description.can_create_fields);
    let capabilities = destination.capabilities("contacts");
    assert!(capabilities.idempotent && capabilities.reading.is_none() && capabilities.jobs_in_flight == 0);
    assert!(capabilities.offers(Operation::Delete) && !capabilities.offers(Operation::RemoveFromLists));
    let prepared = destination.prepare(&target("contacts")).await.unwrap();
    let receipt = destination.follow(&JobRef("1".into()), &batch(&prepared, 1, &["best"])).await.unwrap();
    assert_eq!(receipt.outcomes, [Outcome::Unknown]);
}
