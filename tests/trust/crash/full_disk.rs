//! The disk fills up in the middle of a run: sending stops, and the next run finds out what arrived.
#![cfg(target_os = "linux")]

use std::process::{Child, Command};
use std::time::Duration;

use lapwing_sandbox::Fault;

use crate::hurried::late;
use crate::kill::project;
use crate::served::{Stage, UPSERT, end, play, until};

/// Ignores the signal that a file has grown too long, so that the writer is told, as it is of a full disk.
fn lapwing(stage: &Stage) -> Child {
    let mut shell = Command::new("sh");
    shell.args(["-c", "trap '' XFSZ; exec \"$@\"", "sh", env!("CARGO_BIN_EXE_lapwing")]);
    stage.start_through(shell, &[])
}

/// From now on no file of the process may grow.
fn fill_the_disk(child: &Child) {
    let done =
        Command::new("prlimit").args([format!("--pid={}", child.id()), "--fsize=0".to_owned()]).status().unwrap();
    assert!(done.success());
}

/// A second sync of the destination, which goes out after the first.
fn another_sync(stage: &Stage) {
    let path = stage.path().join("sync.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    let (_, sync) = text.split_once("[[syncs]]").unwrap();
    let second = sync.replace("\"contacts\"\ndestination", "\"later\"\ndestination").replace("first_name", "last_name");
    let second = second.replace("= \"last_name\"", "= \"first_name\"");
    std::fs::write(&path, format!("{text}[[syncs]]{second}")).unwrap();
}

#[test]
fn a_disk_that_fills_up_while_sending_stops_it_and_the_next_run_goes_on() {
    play(async {
        let stage = Stage::new().await;
        project(&stage);
        another_sync(&stage);

        // The request has come, and its answer takes long enough for the disk to fill up before its receipt.
        stage.sandbox.script([Fault::on("PUT", UPSERT, late(Duration::from_secs(2), true))]);
        let mut child = lapwing(&stage);
        until(&mut child, || stage.upserts() == 1).await;
        fill_the_disk(&child);
        let ended = end(child).await;
        assert_eq!(ended.exit, Some(2), "{}", ended.stderr);
        for words in ["its receipts can't be kept", "File too large", "free some space on the disk"] {
            assert!(ended.stderr.contains(words), "{words}?\n{}", ended.stderr);
        }
        assert_eq!(stage.upserts(), 1, "nothing more goes out where no receipt can be kept");

        let next = end(lapwing(&stage)).await;
        assert_eq!(next.exit, Some(0), "{}", next.stderr);
        assert!(next.stderr.contains("sync `contacts` picked up"), "{}", next.stderr);
        assert_eq!(next.total("confirmed"), 6);
        let contacts = stage.sandbox.state()["contacts"].clone();
        for contact in contacts.as_array().unwrap() {
            assert_eq!(contact["first_name"], contact["last_name"]);
        }
        assert_eq!(stage.upserts(), 3, "the one in flight once more, and the other sync");
    });
}
