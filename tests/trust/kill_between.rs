//! The real binary, killed when the history of segments has moved and nothing has been sent yet.

use std::path::Path;

use lapwing::engine::{Engine, EngineOptions};
use lapwing::ledger;
use lapwing_sandbox::{Fault, Sandbox};
use serde_json::{Value as Json, json};

use crate::hurried::{NEVER, late};
use crate::served::{Stage, play};

/// What a run asks for before its first batch, to prepare the fields.
const FIELDS: &str = "/v3/marketing/field_definitions";

fn write(stage: &Stage, orders: &str) {
    stage.write("customers.csv", "customer_id,email\nada,ada@example.com\nbob,bob@example.com\ncyd,cyd@example.com\n");
    stage.write("orders.csv", &format!("order_id,customer_id,ordered_at,net_amount\n{orders}"));
    stage.write_sync_file(
        "[exports.customers]\npath = \"customers.csv\"\n[exports.orders]\npath = \"orders.csv\"\n\
         [attributes.rfm]\n[[segments]]\nname = \"Twice\"\nwhen = \"frequency >= 2\"\n",
        "guards = { max_shift_points = 100 }\n[syncs.fields]\nsegment = \"segment\"\n\
         segment_since = \"segment_entered_on\"\nsegment_before = \"previous_segment\"\n",
    );
}

fn as_of(day: u32) -> String {
    format!("2026-02-{day:02}T06:00:00Z")
}

/// A run that goes through: the figures of its sync.
async fn synced(stage: &Stage, day: u32) -> Json {
    let ended = stage.run(&["--as-of", &as_of(day)]).await;
    assert_eq!(ended.exit, Some(0), "{}", ended.stderr);
    serde_json::from_str::<Json>(&ended.stdout).unwrap()["syncs"][0].clone()
}

/// The history in a copy of the ledger: `cyd Twice 02-05 Other`.
async fn history(folder: &Path) -> Vec<String> {
    let copy = tempfile::tempdir().unwrap();
    for name in ["ledger.duckdb", "ledger.duckdb.wal"] {
        let from = folder.join(".lapwing").join(name);
        if from.exists() {
            std::fs::copy(from, copy.path().join(name)).unwrap();
        }
    }
    let options = EngineOptions { database: Some(ledger::database_path(copy.path())), ..EngineOptions::default() };
    let sql =
        "SELECT concat_ws(' ', customer_id, segment, strftime(entered_on, '%m-%d'), coalesce(previous_segment, '-'))
               FROM segment_history ORDER BY customer_id";
    let engine = Engine::open(options).await.unwrap();
    engine.run(move |session| session.rows(sql, &[], |row| Ok(row.text(0)?.unwrap_or_default()))).await.unwrap()
}

/// What the vendor has of cyd: the segment, the day of entering it and the one before.
fn at_the_vendor(sandbox: &Sandbox, segment: &str, day: u32, before: &str) {
    let state = sandbox.state();
    let contacts = state["contacts"].as_array().unwrap();
    let cyd = &contacts.iter().find(|contact| contact["email"] == "cyd@example.com").unwrap()["custom_fields"];
    assert_eq!((&cyd["segment"], &cyd["segment_before"]), (&json!(segment), &json!(before)), "{cyd:#}");
    let since = cyd["segment_since"].to_string();
    let days = [format!("2026-02-{day:02}"), format!("02/{day:02}/2026")];
    assert!(days.iter().any(|day| since.contains(day)), "{since}");
}

/// cyd bought a second time before the fifth; that day's run dies. The next one comes on `day`.
async fn story(day: u32) {
    let stage = Stage::new().await;
    let (folder, sandbox) = (stage.path(), &stage.sandbox);
    let once = "1,ada,2026-01-05,10\n2,bob,2026-01-06,10\n3,cyd,2026-01-07,10\n";

    write(&stage, once);
    assert_eq!(synced(&stage, 1).await["confirmed"], 3);
    assert_eq!(history(folder).await, ["ada Other 02-01 -", "bob Other 02-01 -", "cyd Other 02-01 -"]);

    // The run asks which fields there are, and hears nothing.
    write(&stage, &format!("{once}4,cyd,2026-02-04,10\n"));
    let asked = || sandbox.requests(0).iter().filter(|request| request.path == FIELDS).count();
    let (asked_before, sent_before) = (asked(), stage.upserts());
    sandbox.script([Fault::on("GET", FIELDS, late(NEVER, false))]);
    stage.killed_when(&["--as-of", &as_of(5)], || asked() > asked_before).await;
    sandbox.clear_faults();
    let moved = ["ada Other 02-01 -", "bob Other 02-01 -", "cyd Twice 02-05 Other"];
    assert_eq!(history(folder).await, moved, "the history has moved");
    assert_eq!(stage.upserts(), sent_before, "and nothing was sent");
    at_the_vendor(sandbox, "Other", 1, "");

    // What is due is delivered, with the day on which cyd moved, and the history stays where it is.
    let next = synced(&stage, day).await;
    assert_eq!((&next["changed"], &next["confirmed"]), (&json!(1), &json!(1)), "{next:#}");
    assert_eq!(stage.upserts(), sent_before + 1);
    at_the_vendor(sandbox, "Twice", 5, "Other");
    assert_eq!(history(folder).await, moved);

    let last = synced(&stage, day).await;
    assert_eq!((&last["changed"], stage.upserts()), (&json!(0), sent_before + 1), "nothing changed, nothing is sent");
    assert_eq!(history(folder).await, moved);
}

#[test]
fn a_run_killed_after_the_history_moved_is_made_up_for_and_moves_nothing_twice() {
    // Both wait for jobs most of the time: side by side they take as long as one.
    play(async {
        tokio::join!(story(5), story(7));
    });
}
