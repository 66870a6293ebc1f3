//! The real binary, killed without warning while a request is under way.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use lapwing_http::SystemClock;
use lapwing_sandbox::{Action, Fault, Sandbox, Settings, serve, vendors};

pub(crate) const UPSERT: &str = "/v3/marketing/contacts";

pub(crate) fn project(folder: &Path, address: SocketAddr) {
    let write = |name: &str, text: String| std::fs::write(folder.join(name), text).unwrap();
    let (mut customers, mut orders) = (String::from("customer_id,email,first_name\n"), String::new());
    orders.push_str("order_id,customer_id,ordered_at,net_amount\n");
    for name in ["ada", "bob", "cyd"] {
        writeln!(customers, "{name},{name}@example.com,{name}").unwrap();
        writeln!(orders, "o-{name},{name},2026-01-05 12:00:00,10").unwrap();
    }
    write("customers.csv", customers);
    write("orders.csv", orders);
    write(
        "sync.toml",
        format!(
            "version = 1\nas_of = 2026-01-31T00:00:00Z\n[exports.customers]\npath = \"customers.csv\"\n\
             [exports.orders]\npath = \"orders.csv\"\n[attributes.rfm]\n[destinations.crm]\nconnector = \"sendgrid\"\n\
             api_key = \"${{SENDGRID_API_KEY}}\"\nbase_url = \"http://{address}\"\n[[syncs]]\nname = \"contacts\"\n\
             destination = \"crm\"\nobject = \"contacts\"\nkey = {{ email = \"email\" }}\n[syncs.fields]\n\
             first_name = \"first_name\"\n"
        ),
    );
}

fn lapwing(folder: &Path) -> Child {
    Command::new(env!("CARGO_BIN_EXE_lapwing"))
        .args(["sync", "--json"])
        .current_dir(folder)
        .env_clear()
        .env("SENDGRID_API_KEY", "SG.any")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

pub(crate) fn upserts(sandbox: &Sandbox) -> usize {
    sandbox.requests(0).iter().filter(|request| request.method == "PUT" && request.path == UPSERT).count()
}

/// Waits until `happened`, and gives the child up to a generous deadline to get there.
pub(crate) async fn until(child: &mut Child, happened: impl Fn() -> bool) {
    let started = Instant::now();
    while !happened() {
        assert!(started.elapsed() < Duration::from_secs(60), "it never got there");
        assert!(child.try_wait().unwrap().is_none(), "it ended before it got there");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[test]
fn a_process_killed_while_its_request_is_under_way_loses_nothing() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(async {
        let vendor = vendors::by_kind("sendgrid", 7).unwrap();
        let sandbox = Sandbox::in_memory(vendor, Settings::default(), Arc::new(SystemClock::new()));
        let served = serve(sandbox.clone(), ([127, 0, 0, 1], 0).into()).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        project(folder.path(), served.address());

        // The request is there, its answer is not: an hour of waiting, cut short.
        sandbox.script([Fault::on("PUT", UPSERT, Action::delay(Duration::from_secs(3600)))]);
        let mut first = lapwing(folder.path());
        until(&mut first, || upserts(&sandbox) == 1).await;
        first.kill().unwrap();
        first.wait().unwrap();

        // Killed once more, when the vendor has answered and its job runs: the ledger has the job by then or has not.
        sandbox.clear_faults();
        let mut second = lapwing(folder.path());
        until(&mut second, || {
            sandbox
                .requests(0)
                .iter()
                .any(|request| request.method == "PUT" && request.path == UPSERT && request.status == Some(202))
        })
        .await;
        second.kill().unwrap();
        second.wait().unwrap();

        let third = lapwing(folder.path());
        let ended = tokio::task::spawn_blocking(move || third.wait_with_output().unwrap()).await.unwrap();
        let told = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(ended.status.code(), Some(0), "{told}");
        assert!(told.contains("ended early: sync `contacts` picked up"), "{told}");
        assert_eq!(sandbox.state()["contacts"].as_array().unwrap().len(), 3);
        assert!(upserts(&sandbox) <= 3, "what was in flight goes once more, at most");

        let writes = upserts(&sandbox);
        let fourth = lapwing(folder.path());
        let ended = tokio::task::spawn_blocking(move || fourth.wait_with_output().unwrap()).await.unwrap();
        assert_eq!(ended.status.code(), Some(0));
        assert_eq!(upserts(&sandbox), writes, "nothing changed, nothing is sent");
    });
}

#[test]
fn nothing_is_sent_where_the_ledger_cannot_be_written() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(async {
        let vendor = vendors::by_kind("sendgrid", 7).unwrap();
        let sandbox = Sandbox::in_memory(vendor, Settings::default(), Arc::new(SystemClock::new()));
        let served = serve(sandbox.clone(), ([127, 0, 0, 1], 0).into()).await.unwrap();
        // Not permissions, which mean nothing to root: a file where the folder should be, a folder where the file should.
        for is_folder in [false, true] {
            let folder = tempfile::tempdir().unwrap();
            project(folder.path(), served.address());
            if is_folder {
                std::fs::create_dir_all(folder.path().join(".lapwing/ledger.duckdb")).unwrap();
            } else {
                std::fs::write(folder.path().join(".lapwing"), "in the way").unwrap();
            }
            let child = lapwing(folder.path());
            let ended = tokio::task::spawn_blocking(move || child.wait_with_output().unwrap()).await.unwrap();
            assert_ne!(ended.status.code(), Some(0));
            assert!(!String::from_utf8_lossy(&ended.stderr).contains("panicked"));
            assert_eq!(sandbox.requests(0).len(), 0, "not even a look");
        }
    });
}
