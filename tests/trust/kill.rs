//! The real binary, killed without warning while a request is under way.

use std::fmt::Write as _;

use lapwing_sandbox::Fault;

use crate::hurried::{NEVER, late};
use crate::served::{Stage, UPSERT, play};

/// Three customers with a name each.
pub(crate) fn project(stage: &Stage) {
    let (mut customers, mut orders) = (String::from("customer_id,email,first_name\n"), String::new());
    orders.push_str("order_id,customer_id,ordered_at,net_amount\n");
    for name in ["ada", "bob", "cyd"] {
        writeln!(customers, "{name},{name}@example.com,{name}").unwrap();
        writeln!(orders, "o-{name},{name},2026-01-05 12:00:00,10").unwrap();
    }
    stage.write("customers.csv", &customers);
    stage.write("orders.csv", &orders);
    stage.write_sync_file(
        "as_of = 2026-01-31T00:00:00Z\n[exports.customers]\npath = \"customers.csv\"\n\
         [exports.orders]\npath = \"orders.csv\"\n[attributes.rfm]\n",
        "[syncs.fields]\nfirst_name = \"first_name\"\n",
    );
}

#[test]
fn a_process_killed_while_its_request_is_under_way_loses_nothing() {
    play(async {
        let stage = Stage::new().await;
        project(&stage);

        // The request is there, its answer is not: an hour of waiting, cut short.
        stage.sandbox.script([Fault::on("PUT", UPSERT, late(NEVER, false))]);
        stage.killed_when(&[], || stage.upserts() == 1).await;

        // Killed once more, when the vendor has answered and its job runs: the ledger has the job by then or has not.
        stage.sandbox.clear_faults();
        let is_accepted = |request: &lapwing_sandbox::LoggedRequest| {
            request.method == "PUT" && request.path == UPSERT && request.status == Some(202)
        };
        stage.killed_when(&[], || stage.sandbox.requests(0).iter().any(is_accepted)).await;

        let third = stage.run(&[]).await;
        assert_eq!(third.exit, Some(0), "{}", third.stderr);
        assert!(third.stderr.contains("ended early: sync `contacts` picked up"), "{}", third.stderr);
        assert_eq!(stage.sandbox.state()["contacts"].as_array().unwrap().len(), 3);
        assert!(stage.upserts() <= 3, "what was in flight goes once more, at most");

        let writes = stage.upserts();
        assert_eq!(stage.run(&[]).await.exit, Some(0));
        assert_eq!(stage.upserts(), writes, "nothing changed, nothing is sent");
    });
}

#[test]
fn nothing_is_sent_where_the_ledger_cannot_be_written() {
    play(async {
        let mut stage = Stage::new().await;
        // Not permissions, which mean nothing to root: a file where the folder should be, a folder where the file should.
        for is_folder in [false, true] {
            stage.moves();
            project(&stage);
            if is_folder {
                std::fs::create_dir_all(stage.path().join(".lapwing/ledger.duckdb")).unwrap();
            } else {
                stage.write(".lapwing", "in the way");
            }
            let ended = stage.run(&[]).await;
            assert_ne!(ended.exit, Some(0));
            assert!(!ended.stderr.contains("panicked"));
            assert_eq!(stage.sandbox.requests(0).len(), 0, "not even a look");
        }
    });
}
