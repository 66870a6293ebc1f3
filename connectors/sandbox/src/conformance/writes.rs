//! Cases: records come, change, and are read back.

use lapwing_contract::{Batch, Clearing, Operation, Outcome, Value};

use super::Harness;
use super::play::{ExpectThat, Play};

/// New records are at the vendor with every field.
pub async fn creates_records_with_all_their_fields(harness: &dyn Harness) {
    let play = Play::open(harness).await;
    play.upsert_all((1..=3).map(|n| play.full(n)).collect()).await;
}

/// Only the field that is sent changes.
pub async fn updates_one_field_and_leaves_the_others(harness: &dyn Harness) {
    let play = Play::open(harness).await;
    let (full, text) = (play.full(1), play.text_field());
    play.upsert_all(vec![full.clone()]).await;
    play.upsert_all(vec![play.only(1, text, Value::Text("changed".into()))]).await;
    let mut rest = full;
    rest.fields.retain(|(at, _)| *at != text);
    play.assert_holds(&rest);
}

/// A null empties its field, where the vendor knows how, and no other.
pub async fn clears_a_field_and_leaves_the_others(harness: &dyn Harness) {
    let play = Play::open(harness).await;
    let clearing = play.capabilities.clearing;
    let fields = play.target.target.fields.iter().enumerate();
    let clearable = fields.filter(|(_, field)| clearing(&field.field_type) == Clearing::Possible);
    for ((at, _), n) in clearable.zip(1..) {
        let full = play.full(n);
        play.upsert_all(vec![full.clone()]).await;
        play.upsert_all(vec![play.only(n, at, Value::Null)]).await;
        let mut rest = full;
        rest.fields.retain(|(field, _)| *field != at);
        play.assert_holds(&rest);
    }
}

/// No records, no request.
pub async fn makes_no_request_for_an_empty_batch(harness: &dyn Harness) {
    let play = Play::open(harness).await;
    let latest = play.latest();
    for operation in &play.capabilities.operations {
        let batch = Batch { number: 1, operation: *operation, target: play.target.clone(), records: Vec::new() };
        let receipt = play.destination.write(&batch).await.expect_that("an empty batch");
        assert!(receipt.outcomes.is_empty());
    }
    assert_eq!(play.latest(), latest, "no request was made");
}

/// What is sent twice is there once.
pub async fn writes_the_same_values_twice_without_harm(harness: &dyn Harness) {
    let play = Play::open(harness).await;
    for _ in 0..2 {
        play.upsert_all(vec![play.full(1), play.full(2)]).await;
    }
}

/// A second `prepare` finds what the first created.
pub async fn prepares_twice_and_creates_once(harness: &dyn Harness) {
    let play = Play::open(harness).await;
    let again = play.destination.prepare(&harness.target()).await.expect_that("prepare");
    assert!(again.fields.iter().all(|field| !field.created), "nothing is created twice");
    let ids = |prepared: &lapwing_contract::Prepared| {
        prepared.fields.iter().map(|field| field.id.clone()).collect::<Vec<_>>()
    };
    assert_eq!(ids(&again), ids(&play.target));
}

/// `describe` shows the fields that `prepare` made ready.
pub async fn describes_the_fields_it_prepared(harness: &dyn Harness) {
    let play = Play::open(harness).await;
    let object = &play.target.target.object;
    let described = play.destination.describe(object).await.expect_that("describe");
    for (field, binding) in play.target.target.fields.iter().zip(&play.target.fields) {
        let found = described.fields.iter().find(|remote| remote.id == binding.id);
        assert!(found.is_some_and(|remote| remote.writable), "field `{}` is described as writable", field.name);
    }
}

/// A record that the vendor refuses is rejected with a reason; its batch mates are delivered.
pub async fn makes_a_bad_record_cost_itself_only(harness: &dyn Harness) {
    let play = Play::open(harness).await;
    let Some(bad_key) = harness.bad_key() else { return };
    let mut records: Vec<_> = (1..=5).map(|n| play.full(n)).collect();
    records[2].key = bad_key;
    let delivery = play.deliver(Operation::Upsert, records.clone()).await;
    play.assert_settled(&records, &delivery);
    for record in &records {
        let rejected = matches!(delivery.outcomes[&record.seq], Outcome::Rejected(_));
        assert_eq!(rejected, record.seq == 3, "record #{} of five with a bad third", record.seq);
    }
}

/// A batch of bad records alone: each is rejected with a reason, and nothing is at the vendor.
pub async fn explains_every_record_where_all_are_bad(harness: &dyn Harness) {
    let play = Play::open(harness).await;
    let keys = harness.bad_keys();
    let record = |(at, key): (u64, lapwing_contract::Value)| lapwing_contract::Record { key, ..play.full(at) };
    let records: Vec<_> = (1..).zip(keys).map(record).collect();
    let delivery = play.deliver(Operation::Upsert, records.clone()).await;
    assert_eq!(delivery.outcomes.len(), records.len());
    for record in &records {
        let Outcome::Rejected(reason) = &delivery.outcomes[&record.seq] else {
            panic!("record #{} is rejected: {:?}", record.seq, delivery.outcomes[&record.seq]);
        };
        assert!(!reason.code.is_empty() && !reason.message.is_empty(), "record #{} has a reason", record.seq);
        assert_eq!(play.stored(&record.key), None, "record #{} is not at the vendor", record.seq);
    }
}
