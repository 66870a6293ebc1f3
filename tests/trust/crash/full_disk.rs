//! The disk fills up in the middle of a run: sending stops, and the next run finds out what arrived.
#![cfg(target_os = "linux")]

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use lapwing_contract::Clock;
use lapwing_http::SystemClock;
use lapwing_sandbox::{Action, Fault, Sandbox, Settings, serve, vendors};

use super::shop::Ended;
use crate::kill::{UPSERT, project, until, upserts};

/// The vendor's time, in which a minute passes in a second: its jobs end while the client looks for the first time.
#[derive(Debug)]
struct Hurried {
    clock: SystemClock,
    since: DateTime<Utc>,
}

const FASTER: i32 = 60;

#[async_trait]
impl Clock for Hurried {
    fn now(&self) -> DateTime<Utc> {
        self.since + (self.clock.now() - self.since) * FASTER
    }

    fn elapsed(&self) -> Duration {
        self.clock.elapsed() * FASTER.unsigned_abs()
    }

    async fn sleep(&self, duration: Duration) {
        self.clock.sleep(duration / FASTER.unsigned_abs()).await;
    }
}

/// Ignores the signal that a file has grown too long, so that the writer is told, as it is of a full disk.
fn lapwing(folder: &Path) -> Child {
    Command::new("sh")
        .args(["-c", "trap '' XFSZ; exec \"$@\"", "sh", env!("CARGO_BIN_EXE_lapwing"), "sync", "--json"])
        .current_dir(folder)
        .env_clear()
        .envs([("SENDGRID_API_KEY", "SG.any"), ("PATH", "/usr/bin:/bin")])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// From now on no file of the process may grow.
fn fill_the_disk(child: &Child) {
    let done =
        Command::new("prlimit").args([format!("--pid={}", child.id()), "--fsize=0".to_owned()]).status().unwrap();
    assert!(done.success());
}

async fn end(child: Child) -> Ended {
    Ended::of(tokio::task::spawn_blocking(move || child.wait_with_output().unwrap()).await.unwrap())
}

/// A second sync of the destination, which goes out after the first.
fn another_sync(folder: &Path) {
    let path = folder.join("sync.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    let (_, sync) = text.split_once("[[syncs]]").unwrap();
    let second = sync.replace("\"contacts\"\ndestination", "\"later\"\ndestination").replace("first_name", "last_name");
    let second = second.replace("= \"last_name\"", "= \"first_name\"");
    std::fs::write(&path, format!("{text}[[syncs]]{second}")).unwrap();
}

#[test]
fn a_disk_that_fills_up_while_sending_stops_it_and_the_next_run_goes_on() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(async {
        let vendor = vendors::by_kind("sendgrid", 7).unwrap();
        let clock = SystemClock::new();
        let clock = Hurried { since: clock.now(), clock };
        let sandbox = Sandbox::in_memory(vendor, Settings::default(), Arc::new(clock));
        let served = serve(sandbox.clone(), ([127, 0, 0, 1], 0).into()).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        project(folder.path(), served.address());
        another_sync(folder.path());

        // The request has come, and its answer takes long enough for the disk to fill up before its receipt.
        let late = Action::Delay { seconds: 2.0 * f64::from(FASTER), applied: true };
        sandbox.script([Fault::on("PUT", UPSERT, late)]);
        let mut child = lapwing(folder.path());
        until(&mut child, || upserts(&sandbox) == 1).await;
        fill_the_disk(&child);
        let ended = end(child).await;
        assert_eq!(ended.exit, Some(2), "{}", ended.stderr);
        for words in ["its receipts can't be kept", "File too large", "free some space on the disk"] {
            assert!(ended.stderr.contains(words), "{words}?\n{}", ended.stderr);
        }
        assert_eq!(upserts(&sandbox), 1, "nothing more goes out where no receipt can be kept");

        let next = end(lapwing(folder.path())).await;
        assert_eq!(next.exit, Some(0), "{}", next.stderr);
        assert!(next.stderr.contains("sync `contacts` picked up"), "{}", next.stderr);
        assert_eq!(next.total("confirmed"), 6);
        let contacts = sandbox.state()["contacts"].clone();
        for contact in contacts.as_array().unwrap() {
            assert_eq!(contact["first_name"], contact["last_name"]);
        }
        assert_eq!(upserts(&sandbox), 3, "the one in flight once more, and the other sync");
    });
}
