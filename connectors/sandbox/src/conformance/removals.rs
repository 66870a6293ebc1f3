//! Cases: records go. Destinations that do not offer an operation pass its cases by.

use lapwing_contract::{ChangeKind, Operation, Record};

use super::Harness;
use super::play::Play;

/// What is deleted is gone; the others stay.
pub async fn deletes_records_and_leaves_the_others(harness: &dyn Harness) {
    let play = Play::open(harness).await;
    if !play.capabilities.offers(Operation::Delete) {
        return;
    }
    play.upsert_all((1..=3).map(|n| play.full(n)).collect()).await;
    let delivery = play.deliver(Operation::Delete, vec![leaving(&play, 1), leaving(&play, 2)]).await;
    assert!(delivery.is_complete(), "{:?} {:?}", delivery.outcomes, delivery.failures);
    assert_eq!(play.stored(&harness.key(1)), None);
    assert_eq!(play.stored(&harness.key(2)), None);
    play.assert_holds(&play.full(3));
}

/// What is gone already counts as deleted, beside what is not.
pub async fn deletes_what_is_not_there_without_harm(harness: &dyn Harness) {
    let play = Play::open(harness).await;
    if !play.capabilities.offers(Operation::Delete) {
        return;
    }
    play.upsert_all(vec![play.full(1)]).await;
    let delivery = play.deliver(Operation::Delete, vec![leaving(&play, 7), leaving(&play, 1)]).await;
    assert!(delivery.is_complete(), "{:?} {:?}", delivery.outcomes, delivery.failures);
    assert_eq!(play.stored(&harness.key(1)), None);
    let delivery = play.deliver(Operation::Delete, vec![leaving(&play, 1)]).await;
    assert!(delivery.is_complete(), "{:?} {:?}", delivery.outcomes, delivery.failures);
}

/// Off the list, and otherwise as before; also where it is not there at all.
pub async fn takes_records_off_lists_and_keeps_them(harness: &dyn Harness) {
    let Some(list) = harness.list() else { return };
    let mut target = harness.target();
    target.lists = vec![list.clone()];
    let play = Play::open_with(harness, target).await;
    if !play.capabilities.offers(Operation::RemoveFromLists) {
        return;
    }
    play.upsert_all(vec![play.full(1), play.full(2)]).await;
    let lists = |n: u64| play.stored(&harness.key(n)).map(|stored| stored.lists).unwrap_or_default();
    assert_eq!((lists(1), lists(2)), (vec![list.clone()], vec![list.clone()]));
    let delivery = play.deliver(Operation::RemoveFromLists, vec![leaving(&play, 1), leaving(&play, 7)]).await;
    assert!(delivery.is_complete(), "{:?} {:?}", delivery.outcomes, delivery.failures);
    assert_eq!((lists(1), lists(2)), (Vec::new(), vec![list]));
    play.assert_holds(&play.full(1));
}

fn leaving(play: &Play<'_>, n: u64) -> Record {
    Record { seq: n, kind: ChangeKind::Left, key: play.harness.key(n), fields: Vec::new() }
}
