//! Cases: keys that are refused, vendors that are busy or down, answers that are lost or nonsense.

use std::time::Duration;

use lapwing_contract::{Batch, ErrorKind, Operation, Outcome, WriteError};

use super::driver::deliver;
use super::play::Play;
use super::{Access, Harness};
use crate::Action;

/// `check` and `write` tell credentials that the vendor does not accept.
pub async fn tells_wrong_credentials(harness: &dyn Harness) {
    let play = Play::open(harness).await;
    let stranger = harness.connect(&play.stage, Access::Wrong);
    let error = stranger.check().await.err().map(|error| error.kind);
    assert_eq!(error, Some(ErrorKind::Unauthenticated), "check");
    refuses_to_write(&play, Access::Wrong, ErrorKind::Unauthenticated).await;
}

/// A token that is refused is replaced once, and the write goes through; a key that is refused stays refused.
pub async fn renews_refused_credentials_once(harness: &dyn Harness) {
    let play = Play::open(harness).await;
    play.trouble(Action::status(401));
    let record = play.full(1);
    let before = play.latest();
    let delivery = play.upsert(vec![record.clone()]).await;
    if harness.renews() {
        assert!(delivery.is_complete() && delivery.failures.is_empty(), "{:?}", delivery.failures);
        play.assert_holds(&record);
        assert_eq!(play.writes_since(before).len(), 2, "the refused write, and the same once more");
    } else {
        assert_eq!(delivery.failures.iter().map(|error| error.kind).collect::<Vec<_>>(), [ErrorKind::Unauthenticated]);
        assert_eq!(play.stored(&record.key), None);
    }
}

/// `write` tells a permission that is missing.
pub async fn tells_missing_permissions(harness: &dyn Harness) {
    let play = Play::open(harness).await;
    refuses_to_write(&play, Access::ReadOnly, ErrorKind::Forbidden).await;
}

async fn refuses_to_write(play: &Play<'_>, access: Access, kind: ErrorKind) {
    let destination = play.harness.connect(&play.stage, access);
    let record = play.full(1);
    let key = record.key.clone();
    let delivery = deliver(&*destination, &*play.stage.clock, Operation::Upsert, &play.target, vec![record]).await;
    assert_eq!(delivery.failures.iter().map(|error| error.kind).collect::<Vec<_>>(), [kind], "write, once");
    assert_eq!(play.stored(&key), None);
}

/// `describe` tells an object that is not there.
pub async fn tells_a_missing_object(harness: &dyn Harness) {
    let play = Play::open(harness).await;
    let error = play.destination.describe("no-such-object").await.err();
    assert_eq!(error.map(|error| error.kind), Some(ErrorKind::NotFound));
}

/// A list, field or object that vanished is no success.
pub async fn tells_a_404_on_a_write_and_confirms_nothing(harness: &dyn Harness) {
    let play = Play::open(harness).await;
    play.stage.sandbox.script([play.fault(Action::status(404)).times(1_000)]);
    let delivery = play.upsert(vec![play.full(1), play.full(2)]).await;
    let confirmed = Outcome::is_confirmed;
    assert!(!delivery.outcomes.values().any(confirmed), "{:?}", delivery.outcomes);
}

/// The second try comes no sooner than the vendor asked.
pub async fn waits_as_long_as_retry_after_says(harness: &dyn Harness) {
    let waited = wait_after(harness, Action::status(429).with_header("Retry-After", "7")).await;
    assert!(waited >= Duration::from_secs(7), "waited {waited:?}");
}

/// Without a word from the vendor the second try still waits.
pub async fn waits_after_a_429_without_a_header(harness: &dyn Harness) {
    let waited = wait_after(harness, Action::status(429)).await;
    assert!(waited > Duration::ZERO, "waited {waited:?}");
}

/// The time between the first two writes, the first of which fails.
async fn wait_after(harness: &dyn Harness, action: Action) -> Duration {
    let play = Play::open(harness).await;
    play.trouble(action);
    play.upsert_all(vec![play.full(1)]).await;
    let writes = play.writes_since(0);
    let times: Vec<_> = writes.iter().map(|request| request.at).collect();
    assert!(times.len() >= 2, "it was tried again");
    (times[1] - times[0]).to_std().unwrap_or_default()
}

/// One failure of the vendor is not the record's.
pub async fn survives_a_500_and_a_503(harness: &dyn Harness) {
    ends_equal(harness, vec![Action::status(500), Action::status(503)]).await;
}

/// An outage ends as unavailable, confirms nothing, and the next run delivers.
pub async fn gives_up_on_an_outage_as_unavailable(harness: &dyn Harness) {
    let play = Play::open(harness).await;
    play.stage.sandbox.script([play.fault(Action::status(503)).times(100_000)]);
    let delivery = play.upsert(vec![play.full(1)]).await;
    assert_eq!(delivery.outcomes[&1], Outcome::Unknown);
    assert!(!delivery.failures.is_empty());
    assert!(delivery.failures.iter().all(|error| error.kind == ErrorKind::Unavailable), "{:?}", delivery.failures);
    play.stage.sandbox.clear_faults();
    play.upsert_all(vec![play.full(1)]).await;
}

/// A connection that was never made.
pub async fn survives_a_refused_connection(harness: &dyn Harness) {
    ends_equal(harness, vec![Action::Refuse]).await;
}

/// An answer that was lost, where the vendor had done nothing.
pub async fn survives_a_connection_cut_before_the_work(harness: &dyn Harness) {
    ends_equal(harness, vec![Action::cut(false)]).await;
}

/// An answer that was lost, where the vendor had done everything.
pub async fn survives_a_connection_cut_after_the_work(harness: &dyn Harness) {
    ends_equal(harness, vec![Action::cut(true)]).await;
}

/// A failure that came after the work.
pub async fn survives_a_500_after_the_work(harness: &dyn Harness) {
    ends_equal(harness, vec![Action::status_after_applying(500)]).await;
}

/// An answer that takes its time.
pub async fn survives_a_slow_answer(harness: &dyn Harness) {
    ends_equal(harness, vec![Action::delay(Duration::from_secs(20))]).await;
}

/// Whatever goes wrong once: in the end the vendor has what was sent, once.
async fn ends_equal(harness: &dyn Harness, actions: Vec<Action>) {
    let play = Play::open(harness).await;
    let faults: Vec<_> = actions.into_iter().map(|action| play.fault(action)).collect();
    play.stage.sandbox.script(faults);
    play.upsert_all((1..=3).map(|n| play.full(n)).collect()).await;
    assert!(play.stage.sandbox.faults().is_empty(), "the faults have struck");
}

/// An answer that cannot be read is an error of its own, not a panic and not a success.
pub async fn calls_wrong_json_a_protocol_error(harness: &dyn Harness) {
    for applied in [false, true] {
        is_a_protocol_error(harness, Action::WrongJson { applied }).await;
    }
}

/// The same for an answer of eight megabytes.
pub async fn calls_a_huge_answer_a_protocol_error(harness: &dyn Harness) {
    is_a_protocol_error(harness, Action::Huge { bytes: 8_000_000 }).await;
}

async fn is_a_protocol_error(harness: &dyn Harness, action: Action) {
    let play = Play::open(harness).await;
    play.trouble(action);
    let records = vec![play.full(1), play.full(2)];
    let batch =
        Batch { number: 1, operation: Operation::Upsert, target: play.target.clone(), records: records.clone() };
    match play.destination.write(&batch).await {
        Err(WriteError::Failed(error)) => assert_eq!(error.kind, ErrorKind::Protocol),
        Err(WriteError::Refused { .. }) => panic!("the records are not at fault"),
        Ok(receipt) => panic!("an answer that cannot be read gives no receipt: {:?}", receipt.outcomes),
    }
    play.upsert_all(records).await;
}
