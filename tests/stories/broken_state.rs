//! State that cannot be used: a clear error with the way out, and nothing is sent on it.

use std::fs;
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use lapwing::engine::{Engine, EngineOptions, Session};
use lapwing::ledger;
use serde_json::Value as Json;

use crate::project::{Project, Ran};

/// A project whose first run went through, and the vendor as it was then.
struct Delivered {
    project: Project,
    vendor: Json,
}

impl Delivered {
    fn new() -> Self {
        let mut project = Project::new();
        project.sync().ended(0);
        // There is something to send, should anybody dare.
        project.customer("bob").orders.push((3, 1.0));
        project.write();
        fs::remove_file(project.state().join("sandbox/crm/requests.json")).unwrap();
        let vendor = timeless(&project);
        Self { project, vendor }
    }

    fn ledger(&self) -> PathBuf {
        ledger::database_path(&self.project.state())
    }

    /// The run ends with 2 and these words, and the vendor was asked for no change.
    #[track_caller]
    fn refuses(&self, words: &[&str]) {
        self.is_refused(self.project.lapwing(&["sync"]), words);
    }

    #[track_caller]
    fn is_refused(&self, ran: Ran, words: &[&str]) {
        let ran = ran.ended(2);
        for word in words {
            assert!(ran.talk().contains(word), "{word}?\n{}", ran.stderr);
        }
        assert!(!ran.stderr.contains("panicked"), "{}", ran.stderr);
        let was_asked = self.project.state().join("sandbox/crm/requests.json").exists();
        assert!(!was_asked || self.project.writes().is_empty(), "{:?}", self.project.writes());
        assert_eq!(timeless(&self.project), self.vendor);
    }

    /// What was in the way is gone: the next run sends what it wants.
    #[track_caller]
    fn goes_on(&self) {
        self.project.lapwing(&["sync", "--json"]).ended(0).figures(&[("changed", 1), ("confirmed", 1)]);
    }
}

/// Does a ledger's file some harm.
type Damage = fn(&Path);

fn timeless(project: &Project) -> Json {
    let mut state = project.vendor_state("sendgrid");
    state.as_object_mut().unwrap().remove("now");
    state
}

fn overwrite(path: &Path, at: u64) {
    let mut file = fs::OpenOptions::new().write(true).open(path).unwrap();
    file.seek(SeekFrom::Start(at)).unwrap();
    file.write_all(&[0xff; 64]).unwrap();
}

fn cut(path: &Path, length: u64) {
    fs::OpenOptions::new().write(true).open(path).unwrap().set_len(length).unwrap();
}

#[test]
fn a_truncated_or_overwritten_ledger_is_told_to_be_damaged() {
    let story = Delivered::new();
    let whole = fs::read(story.ledger()).unwrap();
    let damages: [(&str, Damage); 6] = [
        ("emptied", |path| cut(path, 0)),
        ("cut in its header", |path| cut(path, 100)),
        ("cut in half", |path| cut(path, fs::metadata(path).unwrap().len() / 2)),
        ("another header", |path| overwrite(path, 20)),
        ("both headers of the content", |path| {
            overwrite(path, 4_096 + 20);
            overwrite(path, 8_192 + 20);
        }),
        ("a page", |path| overwrite(path, 12_288 + 5_000)),
    ];
    for (damage, damaged) in damages {
        println!("{damage}");
        fs::write(story.ledger(), &whole).unwrap();
        damaged(&story.ledger());
        story.refuses(&["the file is damaged", "restore it from a copy"]);
    }
    fs::write(story.ledger(), &whole).unwrap();
    story.goes_on();
}

#[test]
fn a_ledger_of_a_newer_lapwing_is_left_alone() {
    let story = Delivered::new();
    let set = |version: i64| {
        let options = EngineOptions { database: Some(story.ledger()), ..EngineOptions::default() };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let engine = Engine::open(options).await.unwrap();
            let sql = format!("UPDATE ledger_format SET version = {version}");
            let before = "SELECT max(version) FROM ledger_format";
            let before = move |session: &mut Session| {
                let before = session.one(before, &[], |row| row.int(0))?;
                session.run_script(&sql)?;
                Ok::<_, lapwing::engine::EngineError>(before.unwrap())
            };
            let before = engine.run(before).await.unwrap();
            engine.close().await;
            before
        })
    };
    let format = set(99);
    story.refuses(&["the ledger has format 99", "install the Lapwing that wrote it"]);
    set(format);
    story.goes_on();
}

#[test]
fn a_state_folder_that_is_a_file_is_told_and_one_that_is_missing_is_made() {
    let project = Project::new();
    project.write();
    let blocked = project.path().join("file");
    fs::write(&blocked, "in the way").unwrap();
    let ran = project.lapwing(&["sync", "--state-folder", "file"]).ended(2);
    assert!(ran.talk().contains("file can't be used") && ran.talk().contains("LAPWING_STATE_FOLDER"), "{}", ran.stderr);
    assert_eq!(fs::read(&blocked).unwrap(), b"in the way");
    project.lapwing(&["sync", "--state-folder", "new/one"]).ended(0);
    assert!(project.path().join("new/one/ledger.duckdb").exists());
}

#[test]
fn a_run_leaves_its_ledger_in_one_file_that_can_be_copied() {
    let project = Project::new();
    project.sync().ended(0);
    assert!(!project.state().join("ledger.duckdb.wal").exists());
}

#[test]
fn a_ledger_without_its_log_or_an_older_one_is_refused_until_nobody_trusts_it() {
    let mut project = Project::new();
    project.sync().ended(0);
    let older = fs::read(project.state().join("ledger.duckdb")).unwrap();
    project.customer("bob").first_name = "Bobby".into();
    project.write();
    let died = project.lapwing_with(&["sync"], &[("FAILPOINTS", "folded=return")]);
    assert_eq!(died.exit, -1, "{}", died.stderr);
    fs::remove_file(project.state().join("ledger.duckdb.wal")).unwrap();
    // Back to the name that the older ledger knows: it would say that nothing differs, and Bobby stayed.
    project.customer("bob").first_name = "BOB".into();
    for ledger in [fs::read(project.state().join("ledger.duckdb")).unwrap(), older] {
        fs::write(project.state().join("ledger.duckdb"), ledger).unwrap();
        let refused = project.sync().ended(2);
        assert!(
            refused.talk().contains("the latest run that the ledger knows is 1, and run 2 was started with it"),
            "{}",
            refused.stderr
        );
        assert!(refused.talk().contains("lapwing ledger distrust"), "{}", refused.stderr);
        assert_eq!(project.contacts()["bob@example.com"]["first_name"], "Bobby");
    }
    let told = project.lapwing(&["ledger", "distrust"]).ended(0);
    assert_eq!(told.stdout, "5 records count as unknown now: the next `lapwing sync` sends them once more\n");
    project.sync().ended(0).figures(&[("confirmed", 5), ("rejected", 0)]);
    assert_eq!(project.contacts()["bob@example.com"]["first_name"], "BOB");
    project.sync().ended(0).figures(&[("unchanged", 5), ("requests", 0)]);
}

/// Root may write where permissions say that nobody may: unless the right to do so is taken from it.
#[cfg(target_os = "linux")]
const WITHOUT_PRIVILEGE: [&str; 2] = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"];

#[cfg(target_os = "linux")]
#[test]
fn a_folder_or_a_ledger_that_must_not_be_written_is_told() {
    use std::os::unix::fs::PermissionsExt;
    let story = Delivered::new();
    let allow = |path: &Path, mode: u32| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    let is_root = fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0);
    let sync = || {
        if is_root {
            story.project.lapwing_through(&WITHOUT_PRIVILEGE, &["sync"])
        } else {
            story.project.lapwing(&["sync"])
        }
    };
    for (path, closed, open) in [(story.project.state(), 0o555, 0o755), (story.ledger(), 0o444, 0o644)] {
        allow(&path, closed);
        let ran = sync();
        allow(&path, open);
        story.is_refused(ran, &["ermission denied", "writ"]);
    }
    story.goes_on();
}

/// A file that may not grow is a disk that is full, to whoever writes it.
#[cfg(target_os = "linux")]
#[test]
fn a_disk_that_is_full_is_told_wherever_it_is_met_and_the_next_run_goes_on() {
    let mut story = Delivered::new();
    let size = fs::metadata(story.ledger()).unwrap().len();
    for (bytes, name) in [(0, "Zero"), (4_096, "Four"), (size / 2, "Half"), (size + 16_384, "More")] {
        story.project.customer("bob").first_name = name.into();
        story.project.write();
        let limited = format!("trap '' XFSZ; ulimit -f {}; exec \"$@\"", bytes / 512);
        let ran = story.project.lapwing_through(&["sh", "-c", &limited, "sh"], &["sync"]);
        println!("{bytes} bytes of {size}: exit {}\n{}", ran.exit, ran.stderr);
        if bytes == 0 {
            story.is_refused(ran, &["free some space on the disk"]);
        } else {
            // How far it gets is the engine's affair: it may have sent what it could announce, and no more.
            assert!(ran.exit == 0 || ran.talk().contains("free some space on the disk"), "{}", ran.stderr);
        }
        story.project.sync().ended(0);
        assert_eq!(story.project.contacts()["bob@example.com"]["first_name"], name);
        story.project.sync().ended(0).figures(&[("unchanged", 5), ("requests", 0)]);
        story.vendor = timeless(&story.project);
        fs::remove_file(story.project.state().join("sandbox/crm/requests.json")).unwrap();
    }
}
