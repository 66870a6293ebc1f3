//! Large batches: a file and its job.

use std::sync::Arc;

use lapwing_contract::{ErrorKind, JobRef, WriteError};
use lapwing_sandbox::{Action, Fault, JobFault};

use super::*;

fn large() -> Vec<Row> {
    (1..=201).map(full).collect()
}

#[tokio::test]
async fn a_large_batch_is_a_job_whose_rows_are_matched_by_key() {
    let stage = stage();
    let target = stage.prepare().await;
    let mut rows = large();
    rows[7].1.retain(|(at, _)| *at != 0);
    rows[9].1[1].1 = text("quotes \" and\nlines, and ☂");
    let said = stage.upsert(&target, rows).await;
    let expected = |at| if at == 7 { "rejected: REQUIRED_FIELD_MISSING" } else { "confirmed" };
    assert!(said.iter().enumerate().all(|(at, word)| word == expected(at)), "{said:?}");
    assert_eq!(stage.contact("c-10")["RFM_Segment__c"], "quotes \" and\nlines, and ☂");
}

#[tokio::test]
async fn untouched_and_cleared_fields_share_a_file() {
    let stage = stage();
    let target = stage.prepare().await;
    stage.upsert(&target, large()).await;
    let mut rows: Vec<Row> = (1..=201).map(|n| (format!("c-{n}"), vec![(1, text("lost"))])).collect();
    rows[0].1 = vec![(2, Value::Null)];
    rows[1].1 = vec![(1, text("")), (4, Value::Null)];
    assert!(stage.upsert(&target, rows).await.iter().all(|word| word == "confirmed"));
    let (first, second) = (stage.contact("c-1"), stage.contact("c-2"));
    assert_eq!((&first["RFM_Segment__c"], &first["Days_Late__c"]), (&json!("champions"), &Json::Null));
    assert_eq!((&second["RFM_Segment__c"], &second["Is_At_Risk__c"]), (&Json::Null, &json!(true)));
}

#[tokio::test]
async fn a_text_that_means_clear_goes_in_a_small_request_instead() {
    let stage = stage();
    let target = stage.prepare().await;
    let mut rows = large();
    rows[3].1[1].1 = text("#N/A");
    let said = stage.upsert(&target, rows.clone()).await;
    assert_eq!((said[3].as_str(), said[4].as_str()), ("again: text_means_clear", "confirmed"));
    assert_eq!(stage.contact("c-4"), Json::Null);
    assert_eq!(stage.upsert(&target, vec![rows.remove(3)]).await, ["confirmed"]);
    assert_eq!(stage.contact("c-4")["RFM_Segment__c"], "#N/A");
}

#[tokio::test]
async fn what_a_job_did_not_come_to_is_sent_again() {
    let stage = stage();
    let target = stage.prepare().await;
    stage.sandbox.script([Fault::on("PATCH", "*/jobs/ingest/*", Action::Job(JobFault::EndsHalf { errored: 2 }))]);
    let said = stage.upsert(&target, large()).await;
    assert_eq!(said.iter().filter(|word| *word == "confirmed").count(), 199);
    assert_eq!(said[199..], ["again: UNPROCESSED", "again: UNPROCESSED"]);
}

#[tokio::test]
async fn a_column_that_vanished_ends_the_run_rather_than_every_job() {
    let stage = stage();
    let mut target = (*stage.prepare().await).clone();
    target.fields[2].id = "Gone__c".into();
    let batch = batch(Operation::Upsert, &Arc::new(target), large());
    let job = stage.destination.write(&batch).await.unwrap().job().unwrap().clone();
    stage.clock.advance(Duration::from_secs(60));
    let error = stage.destination.follow(&job, &batch).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotFound);
    assert!(error.message.contains("`Gone__c`"), "{error}");
}

#[tokio::test]
async fn a_job_whose_upload_failed_is_aborted_and_leaves_nothing_in_doubt() {
    for action in [Action::cut(true), Action::status_after_applying(500)] {
        let stage = stage();
        let target = stage.prepare().await;
        // The upload arrived, its answer did not, and its repetition is refused.
        stage.sandbox.script([Fault::on("PUT", "*/batches", action)]);
        let error = stage.destination.write(&batch(Operation::Upsert, &target, large())).await.unwrap_err();
        assert!(matches!(&error, WriteError::Failed(failed) if failed.kind == ErrorKind::Unavailable), "{error}");
        stage.clock.advance(Duration::from_secs(3_600));
        let org = stage.sandbox.state();
        assert_eq!((&org["jobs"][0]["state"], &org["record_counts"]["Contact"]), (&json!("Aborted"), &json!(0)));
        assert!(stage.upsert(&target, large()).await.iter().all(|word| word == "confirmed"));
    }
}

#[tokio::test]
async fn an_upload_that_did_not_arrive_is_repeated() {
    let stage = stage();
    let target = stage.prepare().await;
    stage.sandbox.script([Fault::on("PUT", "*/batches", Action::cut(false))]);
    assert!(stage.upsert(&target, large()).await.iter().all(|word| word == "confirmed"));
    assert_eq!(stage.requests("POST", JOBS).len(), 1);
}

#[tokio::test]
async fn a_job_that_was_closed_twice_is_followed() {
    for action in [Action::cut(true), Action::status_after_applying(503)] {
        let stage = stage();
        let target = stage.prepare().await;
        // Closed, and nobody heard of it: the repetition is refused, and the job runs all the same.
        stage.sandbox.script([Fault::on("PATCH", "*/jobs/ingest/*", action)]);
        assert!(stage.upsert(&target, large()).await.iter().all(|word| word == "confirmed"));
        assert_eq!(stage.requests("POST", JOBS).len(), 1);
    }
}

#[tokio::test]
async fn a_job_of_a_killed_process_is_followed_from_its_text() {
    let stage = stage();
    let target = stage.prepare().await;
    let batch = batch(Operation::Upsert, &target, large());
    let job = stage.destination.write(&batch).await.unwrap().job().unwrap().0.to_string();
    let (next, _) = connect(&stage.sandbox, &stage.clock, table(&json!({})));
    let job = JobRef(Arc::from(job));
    assert!(said(&next.follow(&job, &batch).await.unwrap()).iter().all(|word| word == "pending"));
    stage.clock.advance(Duration::from_secs(60));
    assert!(said(&next.follow(&job, &batch).await.unwrap()).iter().all(|word| word == "confirmed"));
    assert_eq!(stage.requests("POST", JOBS).len(), 1, "it is not submitted again");
}

#[tokio::test]
async fn a_job_that_nobody_closed_is_aborted_when_it_is_looked_at() {
    let stage = stage();
    let target = stage.prepare().await;
    let batch = batch(Operation::Upsert, &target, large());
    stage.sandbox.script([Fault::on("PATCH", "*/jobs/ingest/*", Action::status(503)).times(6)]);
    let receipt = stage.destination.write(&batch).await.unwrap();
    let job = receipt.job().unwrap().clone();
    let receipt = stage.destination.follow(&job, &batch).await.unwrap();
    assert!(said(&receipt).iter().all(|word| word == "unknown"));
    assert_eq!(stage.sandbox.state()["jobs"][0]["state"], "Aborted");
}

#[tokio::test]
async fn a_duplicate_that_is_allowed_is_sent_again_the_way_that_can_say_so() {
    use lapwing_http::scripted::{Reply, ScriptedTransport};
    let stage = stage();
    let target = stage.prepare().await;
    let batch = batch(Operation::Upsert, &target, vec![full(1)]);
    for (allow, expected) in [(true, "again: DUPLICATES_DETECTED"), (false, "rejected: DUPLICATES_DETECTED")] {
        let failed = "\"sf__Id\",\"sf__Error\",\"Lapwing_Id__c\"\n\"\",\"DUPLICATES_DETECTED:Use one of these records?:--\",\"C-1\"\n";
        let token = json!({ "access_token": "t", "instance_url": "https://acme.my.salesforce.com" }).to_string();
        let job = json!({ "id": "750", "state": "JobComplete" }).to_string();
        let replies = [token, job, failed.into(), String::new(), String::new()].map(|body| Reply::new(200, body));
        let env = HttpEnv::new(Arc::new(ScriptedTransport::new(replies)), Arc::new(stage.clock.clone()));
        let config = serde_json::from_value(table(&json!({ "allow_duplicates": allow }))).unwrap();
        let destination = Salesforce::connect(config, env).unwrap();
        assert_eq!(said(&destination.follow(&JobRef("750".into()), &batch).await.unwrap()), [expected]);
    }
}

#[tokio::test]
async fn it_is_told_which_records_a_job_made() {
    let stage = stage();
    let target = stage.prepare().await;
    stage.upsert(&target, vec![full(7)]).await;
    let receipt = stage.deliver(&batch(Operation::Upsert, &target, large())).await;
    let confirmed = receipt.outcomes.iter().position(|outcome| *outcome == Outcome::Confirmed);
    let created = receipt.outcomes.iter().filter(|outcome| **outcome == Outcome::Created).count();
    assert_eq!((confirmed, created), (Some(6), 200));
}
