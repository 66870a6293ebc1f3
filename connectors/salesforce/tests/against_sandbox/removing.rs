//! Deletions, and the look-ups before them.

use lapwing_sandbox::vendors::salesforce::Options;
use lapwing_sandbox::{Action, Fault};

use super::*;

fn leaving(keys: impl IntoIterator<Item = String>) -> Vec<Row> {
    keys.into_iter().map(|key| (key, Vec::new())).collect()
}

#[tokio::test]
async fn what_is_there_is_deleted_and_what_is_not_is_gone_already() {
    let stage = stage();
    let target = stage.prepare().await;
    let odd = "it's \\ \"odd\" ☂\n%_".to_owned();
    stage.upsert(&target, vec![full(1), (odd.clone(), full(2).1), full(3)]).await;
    let rows = leaving(["C-1".into(), "nobody".into(), odd, "x' OR LastName != '".into()]);
    let receipt = stage.deliver(&batch(Operation::Delete, &target, rows)).await;
    assert_eq!(said(&receipt), ["confirmed", "unchanged", "confirmed", "unchanged"]);
    assert_eq!(stage.sandbox.state()["record_counts"]["Contact"], 1);
    assert_eq!(stage.requests("DELETE", "/").len(), 1);
}

#[tokio::test]
async fn a_deletion_whose_answer_was_lost_is_repeated_without_harm() {
    let stage = stage();
    let target = stage.prepare().await;
    stage.upsert(&target, vec![full(1)]).await;
    stage.sandbox.script([Fault::on("DELETE", "*", Action::cut(true))]);
    let receipt = stage.deliver(&batch(Operation::Delete, &target, leaving(["c-1".into()]))).await;
    assert_eq!(said(&receipt), ["unchanged"]);
}

#[tokio::test]
async fn many_are_deleted_by_a_job_that_another_process_can_follow() {
    let stage = stage_with(Options { query_page: 50, ..options() }, &json!({}));
    let target = stage.prepare().await;
    let rows: Vec<Row> = (1..=500).map(full).collect();
    stage.upsert(&target, rows).await;
    let keys = (1..=450).map(|n| format!("c-{n}")).chain(["nobody".into()]);
    let leaving = batch(Operation::Delete, &target, leaving(keys));
    let receipt = stage.destination.write(&leaving).await.unwrap();
    let words = said(&receipt);
    assert_eq!((words[0].as_str(), words[450].as_str()), ("pending", "unchanged"));
    let pending = Batch { records: leaving.records[..450].to_vec(), ..leaving.clone() };
    let (next, _) = connect(&stage.sandbox, &stage.clock, table(&json!({})));
    stage.clock.advance(Duration::from_secs(60));
    let told = next.follow(receipt.job().unwrap(), &pending).await.unwrap();
    assert!(said(&told).iter().all(|word| word == "confirmed"));
    assert_eq!(stage.sandbox.state()["record_counts"]["Contact"], 50);
}

#[tokio::test]
async fn a_key_that_means_several_records_deletes_none() {
    let stage = stage();
    let mut by_id = target();
    by_id.fields.push(field("Email", FieldType::Text));
    let prepared = Arc::new(stage.destination.prepare(&by_id).await.unwrap());
    let same = |n| {
        let (key, mut fields) = full(n);
        fields.push((6, text("ada@example.com")));
        (key, fields)
    };
    stage.upsert(&prepared, vec![same(1), same(2)]).await;
    let by_email = Target { key: field("Email", FieldType::Text), ..target() };
    let prepared = Arc::new(stage.destination.prepare(&by_email).await.unwrap());
    let receipt = stage.deliver(&batch(Operation::Delete, &prepared, leaving(["ada@example.com".into()]))).await;
    assert_eq!(said(&receipt), ["rejected: DUPLICATE_EXTERNAL_ID"]);
    assert_eq!(stage.sandbox.state()["record_counts"]["Contact"], 2);
}
