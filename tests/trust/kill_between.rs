//! The real binary, killed when the history of segments has moved and nothing has been sent yet.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use lapwing::engine::{Engine, EngineOptions};
use lapwing::ledger;
use lapwing_http::SystemClock;
use lapwing_sandbox::{Action, Fault, Sandbox, Settings, serve, vendors};
use serde_json::{Value as Json, json};

use crate::kill::{until, upserts};

/// What a run asks for before its first batch, to prepare the fields.
const FIELDS: &str = "/v3/marketing/field_definitions";

fn write(folder: &Path, address: SocketAddr, orders: &str) {
    let write = |name: &str, text: &str| std::fs::write(folder.join(name), text).unwrap();
    write("customers.csv", "customer_id,email\nada,ada@example.com\nbob,bob@example.com\ncyd,cyd@example.com\n");
    write("orders.csv", &format!("order_id,customer_id,ordered_at,net_amount\n{orders}"));
    write(
        "sync.toml",
        &format!(
            "version = 1\n[exports.customers]\npath = \"customers.csv\"\n[exports.orders]\npath = \"orders.csv\"\n\
             [attributes.rfm]\n[[segments]]\nname = \"Twice\"\nwhen = \"frequency >= 2\"\n\
             [destinations.crm]\nconnector = \"sendgrid\"\napi_key = \"${{SENDGRID_API_KEY}}\"\n\
             base_url = \"http://{address}\"\n[[syncs]]\nname = \"contacts\"\ndestination = \"crm\"\n\
             object = \"contacts\"\nkey = {{ email = \"email\" }}\nguards = {{ max_shift_points = 100 }}\n\
             [syncs.fields]\nsegment = \"segment\"\nsegment_since = \"segment_entered_on\"\n\
             segment_before = \"previous_segment\"\n"
        ),
    );
}

fn sync(folder: &Path, day: u32) -> Child {
    Command::new(env!("CARGO_BIN_EXE_lapwing"))
        .args(["sync", "--json", "--as-of", &format!("2026-02-{day:02}T06:00:00Z")])
        .current_dir(folder)
        .env_clear()
        .env("SENDGRID_API_KEY", "SG.any")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// A run that goes through: the figures of its sync.
async fn synced(folder: &Path, day: u32) -> Json {
    let child = sync(folder, day);
    let ended = tokio::task::spawn_blocking(move || child.wait_with_output().unwrap()).await.unwrap();
    assert_eq!(ended.status.code(), Some(0), "{}", String::from_utf8_lossy(&ended.stderr));
    serde_json::from_slice::<Json>(&ended.stdout).unwrap()["syncs"][0].clone()
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
    let vendor = vendors::by_kind("sendgrid", 7).unwrap();
    let sandbox = Sandbox::in_memory(vendor, Settings::default(), Arc::new(SystemClock::new()));
    let served = serve(sandbox.clone(), ([127, 0, 0, 1], 0).into()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let once = "1,ada,2026-01-05,10\n2,bob,2026-01-06,10\n3,cyd,2026-01-07,10\n";

    write(folder, served.address(), once);
    assert_eq!(synced(folder, 1).await["confirmed"], 3);
    assert_eq!(history(folder).await, ["ada Other 02-01 -", "bob Other 02-01 -", "cyd Other 02-01 -"]);

    // The run asks which fields there are, and hears nothing.
    write(folder, served.address(), &format!("{once}4,cyd,2026-02-04,10\n"));
    let asked = || sandbox.requests(0).iter().filter(|request| request.path == FIELDS).count();
    let (asked_before, sent_before) = (asked(), upserts(&sandbox));
    sandbox.script([Fault::on("GET", FIELDS, Action::delay(Duration::from_secs(3600)))]);
    let mut killed = sync(folder, 5);
    until(&mut killed, || asked() > asked_before).await;
    killed.kill().unwrap();
    killed.wait().unwrap();
    sandbox.clear_faults();
    let moved = ["ada Other 02-01 -", "bob Other 02-01 -", "cyd Twice 02-05 Other"];
    assert_eq!(history(folder).await, moved, "the history has moved");
    assert_eq!(upserts(&sandbox), sent_before, "and nothing was sent");
    at_the_vendor(&sandbox, "Other", 1, "");

    // What is due is delivered, with the day on which cyd moved, and the history stays where it is.
    let next = synced(folder, day).await;
    assert_eq!((&next["changed"], &next["confirmed"]), (&json!(1), &json!(1)), "{next:#}");
    assert_eq!(upserts(&sandbox), sent_before + 1);
    at_the_vendor(&sandbox, "Twice", 5, "Other");
    assert_eq!(history(folder).await, moved);

    let last = synced(folder, day).await;
    assert_eq!((&last["changed"], upserts(&sandbox)), (&json!(0), sent_before + 1), "nothing changed, nothing is sent");
    assert_eq!(history(folder).await, moved);
}

#[test]
fn a_run_killed_after_the_history_moved_is_made_up_for_and_moves_nothing_twice() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(async {
        story(5).await;
        story(7).await;
    });
}
