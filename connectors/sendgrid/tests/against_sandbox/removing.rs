//! Lists and removals.

use super::*;

#[tokio::test]
async fn contacts_join_lists_leave_them_and_are_deleted() {
    let stage = stage();
    let target = stage.prepare_with_lists(&["Lapsed", "Summer"]).await;
    assert_eq!(target.list_ids.len(), 2);
    stage.upsert(&target, vec![ada(), ("bob@example.com", vec![])]).await;
    let members = || {
        let account = stage.sandbox.state();
        account["contacts"]
            .as_array()
            .unwrap()
            .iter()
            .map(|c| c["list_ids"].as_array().unwrap().len())
            .collect::<Vec<_>>()
    };
    assert_eq!(members(), [2, 2]);

    let leave =
        batch(Operation::RemoveFromLists, &target, vec![("ADA@example.com", vec![]), ("zoe@example.com", vec![])]);
    let receipt = stage.destination.write(&leave).await.unwrap();
    assert_eq!(said(&receipt), ["pending", "pending"]);
    // One job per list, in one reference, and a note that somebody was not found.
    assert_eq!(receipt.job().unwrap().0.split(',').count(), 3);
    assert_eq!(said(&stage.deliver(&leave).await), ["confirmed", "confirmed"]);
    assert_eq!(members(), [0, 2]);
    assert_eq!(said(&stage.deliver(&leave).await), ["unchanged", "unchanged"]);

    let delete = batch(Operation::Delete, &target, vec![("bob@example.com", vec![])]);
    assert_eq!(said(&stage.deliver(&delete).await), ["confirmed"]);
    assert_eq!(said(&stage.deliver(&delete).await), ["unchanged"]);
    assert_eq!(members(), [0]);
    let deletes = stage.sandbox.requests(0).into_iter().filter(|sent| sent.method == "DELETE");
    assert!(deletes.into_iter().all(|sent| sent.query.is_some_and(|query| !query.ends_with('='))));
}

#[tokio::test]
async fn a_contact_that_is_too_new_to_be_found_is_not_taken_for_gone() {
    let lists = |stage: &Stage| stage.sandbox.state()["contacts"][0]["list_ids"].as_array().unwrap().len();
    for operation in [Operation::Delete, Operation::RemoveFromLists] {
        let stage = stage();
        let target = stage.prepare_with_lists(&["Lapsed"]).await;
        stage.destination.write(&batch(Operation::Upsert, &target, vec![ada()])).await.unwrap();
        let leave = batch(operation, &target, vec![("ada@example.com", vec![])]);
        // Not found yet; a minute later there it is.
        assert_eq!(said(&stage.deliver(&leave).await), ["unknown"]);
        assert_eq!(lists(&stage), 1);
        assert_eq!(said(&stage.deliver(&leave).await), ["confirmed"]);
        match operation {
            Operation::Delete => assert_eq!(stage.sandbox.summary(), "0 contacts, 3 custom fields, 1 list"),
            _ => assert_eq!(lists(&stage), 0),
        }
    }
}

#[tokio::test]
async fn a_contact_that_is_too_new_to_be_found_is_not_gone_because_somebody_sets_the_clock() {
    for hours in [-1, 1] {
        let stage = stage();
        let target = stage.prepare().await;
        stage.destination.write(&batch(Operation::Upsert, &target, vec![ada()])).await.unwrap();
        let leave = batch(Operation::Delete, &target, vec![("ada@example.com", vec![])]);
        let job = stage.destination.write(&leave).await.unwrap().job().unwrap().clone();
        stage.clock.step(chrono::TimeDelta::hours(hours));
        assert_eq!(said(&stage.destination.follow(&job, &leave).await.unwrap()), ["pending"], "{hours} h");
        stage.clock.advance(Duration::from_secs(60));
        assert_eq!(said(&stage.destination.follow(&job, &leave).await.unwrap()), ["unknown"], "{hours} h");
    }
}

#[tokio::test]
async fn a_process_that_follows_the_removal_of_another_knows_the_lists_by_name() {
    let stage = stage();
    let target = stage.prepare_with_lists(&["Lapsed"]).await;
    stage.destination.write(&batch(Operation::Upsert, &target, vec![ada()])).await.unwrap();
    let leave = batch(Operation::RemoveFromLists, &target, vec![("ada@example.com", vec![])]);
    let job = stage.destination.write(&leave).await.unwrap().job().unwrap().clone();
    stage.clock.advance(Duration::from_secs(60));
    // As the ledger has it: the names of the sync file, and no id.
    let target = Arc::new(Prepared { list_ids: Vec::new(), ..Prepared::clone(&target) });
    let leave = batch(Operation::RemoveFromLists, &target, vec![("ada@example.com", vec![])]);
    assert_eq!(said(&stage.destination.follow(&job, &leave).await.unwrap()), ["unknown"], "it is still on the list");
}

#[tokio::test]
async fn a_contact_that_has_just_joined_a_list_is_taken_off_it() {
    let stage = stage();
    let (without, with) = (stage.prepare().await, stage.prepare_with_lists(&["Lapsed"]).await);
    stage.upsert(&without, vec![ada()]).await;
    stage.destination.write(&batch(Operation::Upsert, &with, vec![ada()])).await.unwrap();
    let leave = batch(Operation::RemoveFromLists, &with, vec![("ada@example.com", vec![])]);
    assert_eq!(said(&stage.deliver(&leave).await), ["unknown"]);
    assert_eq!(said(&stage.deliver(&leave).await), ["confirmed"]);
    assert_eq!(stage.sandbox.state()["contacts"][0]["list_ids"], json!([]));
}

#[tokio::test]
async fn a_contact_that_is_gone_costs_two_reads_and_no_write() {
    let stage = stage();
    let target = stage.prepare().await;
    let before = stage.traffic.requests();
    let delete = batch(Operation::Delete, &target, vec![("zoe@example.com", vec![]), ("no address", vec![])]);
    let receipt = stage.destination.write(&delete).await.unwrap();
    assert_eq!(said(&receipt), ["pending", "rejected: invalid_email"]);
    let job = receipt.job().unwrap();
    let pending = batch(Operation::Delete, &target, vec![("zoe@example.com", vec![])]);
    assert_eq!(said(&stage.destination.follow(job, &pending).await.unwrap()), ["pending"]);
    stage.clock.advance(Duration::from_secs(60));
    assert_eq!(said(&stage.destination.follow(job, &pending).await.unwrap()), ["unchanged"]);
    let after = stage.traffic.requests();
    assert_eq!((after.reads - before.reads, after.writes), (2, before.writes));
}

#[tokio::test]
async fn a_contact_known_by_its_second_address_is_not_deleted_for_it() {
    let stage = stage();
    let list_of_texts = FieldType::List(Box::new(FieldType::Text));
    let target = Target { fields: vec![field("alternate_emails", list_of_texts)], ..target() };
    let target = Arc::new(stage.destination.prepare(&target).await.unwrap());
    let second = Value::List(vec![text("second@example.com")]);
    assert_eq!(stage.upsert(&target, vec![("ada@example.com", vec![(0, second)])]).await, ["confirmed"]);
    let delete = batch(Operation::Delete, &target, vec![("second@example.com", vec![])]);
    assert_eq!(said(&stage.deliver(&delete).await), ["unchanged"]);
    assert!(stage.read(&target, "ada@example.com").await.is_some());
}

/// People who left: their first names are to be emptied.
fn left(target: &Arc<Prepared>, keys: &[&str]) -> Batch {
    let mut batch = batch(Operation::Upsert, target, keys.iter().map(|key| (*key, vec![(0, Value::Null)])).collect());
    batch.records.iter_mut().for_each(|record| record.kind = ChangeKind::Left);
    batch
}

#[tokio::test]
async fn who_left_and_was_deleted_is_not_made_anew_and_joins_no_list() {
    let stage = stage();
    let target = stage.prepare_with_lists(&["Lapsed"]).await;
    stage.upsert(&target, vec![ada(), ("bob@example.com", vec![(0, text("Bob"))])]).await;
    // People take Ada off the list, and delete Bob, who asked to be forgotten.
    stage.deliver(&batch(Operation::RemoveFromLists, &target, vec![("ada@example.com", vec![])])).await;
    stage.deliver(&batch(Operation::Delete, &target, vec![("bob@example.com", vec![])])).await;

    let receipt = stage.destination.write(&left(&target, &["ada@example.com", "bob@example.com"])).await.unwrap();
    assert_eq!(said(&receipt), ["pending", "pending"]);
    assert_ne!(receipt.outcomes[0], receipt.outcomes[1], "each has a reference of its own");
    for (key, end) in [("ada@example.com", "confirmed"), ("bob@example.com", "unchanged")] {
        assert_eq!(said(&stage.deliver(&left(&target, &[key])).await), [end], "{key}");
    }
    let account = stage.sandbox.state();
    let contacts = account["contacts"].as_array().unwrap();
    assert_eq!(contacts.len(), 1);
    assert_eq!((&contacts[0]["first_name"], &contacts[0]["list_ids"]), (&json!(""), &json!([])));
}

#[tokio::test]
async fn who_left_and_is_too_new_to_be_found_is_emptied_after_all() {
    let stage = stage();
    let target = stage.prepare_with_lists(&["Lapsed"]).await;
    stage.destination.write(&batch(Operation::Upsert, &target, vec![ada()])).await.unwrap();
    assert_eq!(said(&stage.deliver(&left(&target, &["ada@example.com"])).await), ["unknown"]);
    assert_eq!(said(&stage.deliver(&left(&target, &["ada@example.com"])).await), ["confirmed"]);
    assert_eq!(stage.sandbox.state()["contacts"][0]["first_name"], "");
}

#[tokio::test]
async fn who_left_goes_beside_the_others_in_a_request_without_lists() {
    let stage = stage();
    let target = stage.prepare_with_lists(&["Lapsed"]).await;
    stage.upsert(&target, vec![ada()]).await;
    let mut both = batch(Operation::Upsert, &target, vec![("zoe@example.com", vec![(0, text("Zoe"))])]);
    both.records.extend(left(&target, &["ada@example.com"]).records);
    let number = stage.sandbox.requests(0).len();
    assert_eq!(said(&stage.destination.write(&both).await.unwrap()), ["pending", "pending"]);
    let sent: Vec<_> = stage.sandbox.requests(0).into_iter().skip(number).filter(|sent| sent.method == "PUT").collect();
    assert_eq!(sent.len(), 2);
    assert_eq!((sent[0].json()["list_ids"].as_array().unwrap().len(), sent[1].json().get("list_ids")), (1, None));
    assert_eq!(sent[1].json()["contacts"][0]["email"], "ada@example.com");
}

#[tokio::test]
async fn who_left_and_had_an_impossible_key_has_nothing_to_be_emptied() {
    let stage = stage();
    let target = stage.prepare_with_lists(&["Lapsed"]).await;
    let mut batch = left(&target, &["no address"]);
    assert_eq!(said(&stage.deliver(&batch).await), ["unchanged"]);
    batch.records[0].kind = ChangeKind::Added;
    assert_eq!(said(&stage.deliver(&batch).await), ["rejected: invalid_email"]);
}
