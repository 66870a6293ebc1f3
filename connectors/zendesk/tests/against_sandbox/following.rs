//! Jobs: three shapes of results, jobs that are lost, and processes that start again.

use std::sync::Arc;
use std::time::Duration;

use lapwing_contract::{Batch, Connector, JobRef, Operation, Outcome, Prepared, Value};
use lapwing_sandbox::vendors::zendesk::{Options, ResultShape, Role};
use lapwing_sandbox::{Action, Fault, JobFault};
use lapwing_zendesk::Zendesk;
use serde_json::json;

use crate::{BULK, Stage, batch, config, env, said, seed, stage, stage_with, tags, text};

fn three(target: &Arc<Prepared>) -> Batch {
    let bad = vec![(1, text("b"))];
    batch(Operation::Upsert, target, vec![("a", vec![(0, text("A"))]), ("b", bad), ("c", vec![(0, text("C"))])])
}

#[tokio::test]
async fn failures_are_found_in_every_shape_of_results() {
    for results in [ResultShape::Recorded, ResultShape::Indexed, ResultShape::Summary] {
        let stage = stage_with(Options { results, ..Options::default() }, &json!({}));
        let target = stage.prepare().await;
        let expected = ["confirmed", "rejected: name_missing", "confirmed"];
        assert_eq!(said(&stage.deliver(&three(&target)).await), expected, "{results:?}");
        let good = vec![("a", vec![(1, text("x"))]), ("c", vec![(1, text("y"))])];
        assert_eq!(stage.upsert(&target, good).await, ["confirmed", "confirmed"], "{results:?}");
    }
}

#[tokio::test]
async fn a_running_job_is_pending_and_its_address_is_built_here() {
    let stage = stage();
    let target = stage.prepare().await;
    let batch = three(&target);
    let job = stage.destination.write(&batch).await.unwrap().job().unwrap().clone();
    assert_eq!(said(&stage.destination.follow(&job, &batch).await.unwrap()), ["pending"; 3]);
    let looks = stage.sandbox.requests(0).into_iter().filter(|sent| sent.path.starts_with("/api/v2/job_statuses/"));
    assert_eq!(looks.count(), 1);
}

/// Another process: it knows the batch from its ledger, and the job as text.
async fn follow_elsewhere(stage: &Stage, job: &JobRef, batch: &Batch) -> Vec<String> {
    let next = Zendesk::connect(config(&json!({})), env(&stage.sandbox, &stage.clock)).unwrap();
    said(&next.follow(&JobRef(Arc::from(job.0.to_string())), batch).await.unwrap())
}

#[tokio::test]
async fn after_a_crash_the_job_is_told_from_its_text_with_or_without_those_that_were_held_back() {
    let users = vec![seed(Role::Agent, None, Some("staff"), &[])];
    let stage = stage_with(Options { users, ..Options::default() }, &json!({}));
    let target = stage.prepare().await;
    let name = |name: &str| vec![(0, text(name))];
    let whole =
        vec![("bad", name("")), ("staff", name("S")), ("a", name("A")), ("b", vec![(1, text("b"))]), ("c", name("C"))];
    let whole = batch(Operation::Upsert, &target, whole);
    let first = stage.destination.write(&whole).await.unwrap();
    assert_eq!(said(&first)[..3], ["rejected: name_missing", "rejected: team_member", "pending"]);
    let job = first.job().unwrap().clone();
    stage.clock.advance(Duration::from_secs(30));
    let ends = ["confirmed", "rejected: name_missing", "confirmed"];
    assert_eq!(follow_elsewhere(&stage, &job, &whole).await[2..], ends);
    // The ledger keeps those that were pending, and hands back only them.
    let pending = Batch { records: whole.records[2..].to_vec(), ..whole.clone() };
    assert_eq!(follow_elsewhere(&stage, &job, &pending).await, ends);
    // A batch that does not fit confirms nobody.
    let odd = Batch { records: whole.records[3..].to_vec(), ..whole };
    assert_eq!(follow_elsewhere(&stage, &job, &odd).await, ["unknown", "unknown"]);
    assert_eq!(follow_elsewhere(&stage, &JobRef("odd".into()), &pending).await, ["unknown"; 3]);
}

#[tokio::test]
async fn users_tell_what_became_of_a_job_that_is_forgotten() {
    let stage = stage();
    let target = stage.prepare().await;
    let day = Value::Date("2026-05-01".parse().unwrap());
    let full =
        vec![(0, text("A")), (2, Value::Int(1)), (3, day), (4, Value::Null), (6, tags(&["x"])), (7, Value::Null)];
    let records = vec![("Comma, inside", full.clone()), ("a", full)];
    let batch = batch(Operation::Upsert, &target, records);
    let job = stage.destination.write(&batch).await.unwrap().job().unwrap().clone();
    // A day and a bit later the vendor has forgotten the job; the users carry the values.
    stage.clock.advance(Duration::from_secs(90_000));
    assert_eq!(follow_elsewhere(&stage, &job, &batch).await, ["confirmed", "confirmed"]);
    // Somebody else changes one of them.
    stage.upsert(&target, vec![("a", vec![(2, Value::Int(2))])]).await;
    assert_eq!(follow_elsewhere(&stage, &job, &batch).await, ["confirmed", "unknown"]);
}

#[tokio::test]
async fn a_lost_job_that_did_nothing_confirms_nobody() {
    let stage = stage();
    let target = stage.prepare().await;
    stage.sandbox.script([Fault::on("POST", BULK, Action::Job(JobFault::Lost { applied: false }))]);
    assert_eq!(stage.upsert(&target, vec![("a", vec![(0, text("A"))])]).await, ["unknown"]);
    stage.sandbox.script([Fault::on("POST", BULK, Action::Job(JobFault::Lost { applied: true }))]);
    let batch = batch(Operation::Upsert, &target, vec![("a", vec![(0, text("A"))])]);
    let job = stage.destination.write(&batch).await.unwrap().job().unwrap().clone();
    // At once, its work is not done; a little later it is.
    assert_eq!(said(&stage.destination.follow(&job, &batch).await.unwrap()), ["unknown"]);
    stage.clock.advance(Duration::from_secs(5));
    assert_eq!(said(&stage.destination.follow(&job, &batch).await.unwrap()), ["confirmed"]);
}

#[tokio::test]
async fn a_failed_job_leaves_all_open_and_rejects_a_single_record_for_now() {
    let stage = stage();
    let target = stage.prepare().await;
    let fails = || Fault::on("POST", BULK, Action::Job(JobFault::Fails));
    stage.sandbox.script([fails(), fails()]);
    let name = vec![(0, text("A"))];
    assert_eq!(stage.upsert(&target, vec![("a", name.clone()), ("b", name.clone())]).await, ["unknown", "unknown"]);
    let receipt = stage.deliver(&batch(Operation::Upsert, &target, vec![("a", name)])).await;
    assert!(matches!(&receipt.outcomes[0], Outcome::Rejected(why) if why.code == "job_failed" && why.retryable));
}
