//! Deletions, and the look-ups before them.

use lapwing_sandbox::vendors::salesforce::{FieldDef, Kind, ObjectDef, Options};
use lapwing_sandbox::{Action, Fault, JobFault};

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
    let queries = || stage.requests("GET", "/services/data/v67.0/query").len();
    let receipt = stage.destination.write(&leaving).await.unwrap();
    let (asked, words) = (queries(), said(&receipt));
    assert_eq!((words[0].as_str(), words[450].as_str()), ("pending", "unchanged"));
    let pending = Batch { records: leaving.records[..450].to_vec(), ..leaving.clone() };
    let (next, _) = connect(&stage.sandbox, &stage.clock, table(&json!({})));
    stage.clock.advance(Duration::from_secs(60));
    let told = next.follow(receipt.job().unwrap(), &pending).await.unwrap();
    assert!(said(&told).iter().all(|word| word == "confirmed"));
    assert_eq!(stage.sandbox.state()["record_counts"]["Contact"], 50);
    assert_eq!(queries(), asked, "where all went, nobody is looked up again");
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

#[tokio::test]
async fn what_a_job_did_not_delete_is_told_by_looking_once_more() {
    for (fault, deleted) in [(JobFault::EndsHalf { errored: 3 }, 247), (JobFault::Fails, 0)] {
        let stage = stage();
        let target = stage.prepare().await;
        stage.upsert(&target, (1..=250).map(full).collect()).await;
        stage.sandbox.script([Fault::on("PATCH", "*/jobs/ingest/*", Action::Job(fault))]);
        let keys = (1..=250).map(|n| format!("c-{n}"));
        let words = said(&stage.deliver(&batch(Operation::Delete, &target, leaving(keys))).await);
        assert_eq!(words.iter().filter(|word| *word == "confirmed").count(), deleted);
        assert_eq!(words.iter().filter(|word| *word == "again: UNPROCESSED").count(), 250 - deleted);
        assert_eq!(stage.sandbox.state()["record_counts"]["Contact"], 250 - deleted);
    }
}

#[tokio::test]
async fn who_left_and_was_deleted_is_not_made_anew_in_either_way_of_writing() {
    // Nothing but the key is required, so that an upsert makes a record of whomever it does not find.
    let fields =
        || [FieldDef::new("Key__c", Kind::Text(80)).external_id(), FieldDef::new("Segment__c", Kind::Text(80))];
    for bulk_from in [2_000, 1] {
        let objects = vec![ObjectDef::new("Member__c", "a01", fields())];
        let stage = stage_with(Options { objects, ..options() }, &json!({ "bulk_from": bulk_from }));
        let key = field("Key__c", FieldType::Text);
        let members =
            Target { object: "Member__c".into(), key, fields: vec![field("Segment__c", FieldType::Text)], ..target() };
        let target = Arc::new(stage.destination.prepare(&members).await.unwrap());
        stage.upsert(&target, vec![("here".into(), vec![(0, text("a"))])]).await;
        let mut batch = batch(
            Operation::Upsert,
            &target,
            vec![
                ("deleted".into(), vec![(0, Value::Null)]),
                ("new".into(), vec![(0, text("b"))]),
                ("here".into(), vec![(0, Value::Null)]),
            ],
        );
        for (record, kind) in batch.records.iter_mut().zip([ChangeKind::Left, ChangeKind::Added, ChangeKind::Left]) {
            record.kind = kind;
        }
        let first = stage.destination.write(&batch).await.unwrap();
        let pending = Batch { records: batch.records[1..].to_vec(), ..batch.clone() };
        stage.clock.advance(Duration::from_secs(60));
        let ends = match first.job() {
            Some(job) => said(&stage.destination.follow(job, &pending).await.unwrap()),
            None => said(&first)[1..].to_vec(),
        };
        assert_eq!(
            (said(&first)[0].as_str(), &ends[..]),
            ("unchanged", &["confirmed".into(), "confirmed".to_owned()][..])
        );
        let org = stage.sandbox.state();
        let mut keys: Vec<_> =
            org["records"]["Member__c"].as_array().unwrap().iter().map(|row| row["Key__c"].clone()).collect();
        keys.sort_by_key(ToString::to_string);
        assert_eq!(keys, [json!("here"), json!("new")], "bulk_from {bulk_from}");
        // A batch of nobody else asks and writes nothing.
        let writes = stage.traffic.requests().writes;
        let gone = Batch { records: batch.records[..1].to_vec(), ..batch };
        assert_eq!(said(&stage.destination.write(&gone).await.unwrap()), ["unchanged"]);
        assert_eq!(stage.traffic.requests().writes, writes);
    }
}
