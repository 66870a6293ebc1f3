//! Reading back: exactly what somebody changed is found, sent again, and nothing else; exactly what is known is adopted.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use chrono::DateTime;
use lapwing::engine::EngineError;
use lapwing::ledger::{self, LedgerError};
use lapwing::readback::{Adoption, Drifted, Readable, adopt, verify};
use lapwing_contract::{
    Batch, Capabilities, Destination, DestinationError, Health, JobRef, ObjectDescription, Outcome, Prepared, Reading,
    Receipt, SimulatedClock, Target, Value, WriteError,
};
use proptest::prelude::*;

use crate::vendor::Vendor;
use crate::world::{Planned, World, block_on, prepared};

type Fields = BTreeMap<String, Value>;

/// Keeps what it is sent, and shows it.
struct Mirror {
    like: Vendor,
    keys_per_call: usize,
    records: Mutex<BTreeMap<String, Fields>>,
    /// Key and fields of every write since the last look.
    written: Mutex<BTreeMap<String, BTreeSet<String>>>,
    calls: AtomicUsize,
}

impl Mirror {
    fn new(keys_per_call: usize) -> Self {
        Self {
            like: Vendor::new(),
            keys_per_call,
            records: Mutex::default(),
            written: Mutex::default(),
            calls: AtomicUsize::default(),
        }
    }

    fn written(&self) -> BTreeMap<String, BTreeSet<String>> {
        std::mem::take(&mut self.written.lock().unwrap())
    }

    fn set(&self, key: &str, field: &str, value: Value) {
        self.records.lock().unwrap().entry(key.to_owned()).or_default().insert(field.to_owned(), value);
    }
}

#[async_trait]
impl Destination for Mirror {
    fn capabilities(&self, object: &str) -> Capabilities {
        let reading = Reading {
            keys_per_call: self.keys_per_call,
            keys_per_request: self.keys_per_call,
            lag: Duration::from_secs(60),
        };
        Capabilities { reading: Some(reading), ..self.like.capabilities(object) }
    }

    async fn check(&self) -> Result<Health, DestinationError> {
        self.like.check().await
    }

    async fn describe(&self, object: &str) -> Result<ObjectDescription, DestinationError> {
        self.like.describe(object).await
    }

    async fn prepare(&self, target: &Target) -> Result<Prepared, DestinationError> {
        self.like.prepare(target).await
    }

    async fn write(&self, batch: &Batch) -> Result<Receipt, WriteError> {
        for record in &batch.records {
            let key = record.key.to_text();
            for (at, value) in &record.fields {
                let name = &batch.target.target.fields[*at].name;
                self.set(&key, name, value.clone());
                self.written.lock().unwrap().entry(key.clone()).or_default().insert(name.clone());
            }
        }
        Ok(Receipt::all(&Outcome::Confirmed, batch.records.len()))
    }

    async fn follow(&self, job: &JobRef, batch: &Batch) -> Result<Receipt, DestinationError> {
        self.like.follow(job, batch).await
    }

    async fn locate(&self, target: &Target) -> Result<Prepared, DestinationError> {
        Ok(prepared(target))
    }

    async fn read(&self, target: &Prepared, keys: &[Value]) -> Result<Vec<Option<Vec<Value>>>, DestinationError> {
        assert!(keys.len() <= self.keys_per_call, "no more keys than a call takes");
        self.calls.fetch_add(1, Ordering::SeqCst);
        tokio::task::yield_now().await;
        let records = self.records.lock().unwrap();
        let value = |found: &Fields, name: &str| found.get(name).cloned().unwrap_or(Value::Null);
        let row = |key: &Value| {
            let found = records.get(&key.to_text())?;
            Some(target.target.fields.iter().map(|field| value(found, &field.name)).collect())
        };
        Ok(keys.iter().map(row).collect())
    }
}

/// A sync of the world, as it is read back from the mirror.
fn readable<'a>(world: &'a World, mirror: &'a Mirror, clock: &'a SimulatedClock, planned: &Planned) -> Readable<'a> {
    Readable {
        engine: world.engine(),
        destination: mirror,
        clock,
        reading: mirror.capabilities("contacts").reading.unwrap(),
        target: planned.1.clone(),
        tables: planned.0.tables.clone(),
    }
}

fn clock() -> SimulatedClock {
    SimulatedClock::starting_at(DateTime::from_timestamp(1_800_000_000, 0).unwrap())
}

/// Plans and sends everything, and gives the plan.
async fn send(world: &mut World, mirror: &Mirror) -> Planned {
    let planned = world.plan().await.unwrap();
    world.deliver_to(mirror, &planned).await.unwrap();
    world.fold(&planned.0.tables).await;
    planned
}

async fn look(world: &World, mirror: &Mirror, planned: &Planned) -> Drifted {
    verify(&readable(world, mirror, &clock(), planned), None).await.unwrap()
}

/// Takes over what the mirror holds, for the snapshot that was taken last.
async fn take_over(world: &World, mirror: &Mirror, planned: &Planned) -> Adoption {
    let tables = planned.0.tables.clone();
    let staged = world.engine().run(move |session| ledger::stage_adoption(session, &tables)).await.unwrap();
    adopt(&readable(world, mirror, &clock(), planned), staged, 99).await.unwrap()
}

/// What somebody does to a record.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Deed {
    Nothing,
    ChangesText,
    ChangesNumber,
    EmptiesText,
    Deletes,
}

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let deed = prop_oneof![
        3 => Just(Deed::Nothing),
        1 => Just(Deed::ChangesText),
        1 => Just(Deed::ChangesNumber),
        1 => Just(Deed::EmptiesText),
        1 => Just(Deed::Deletes),
    ];
    prop::collection::vec(deed, 1..12)
}

fn key(n: usize) -> String {
    format!("c{n:02}")
}

/// Customers of whom every third has no text.
async fn world_of(count: usize) -> World {
    let mut world = World::new().await;
    for n in 0..count {
        let text = if n % 3 == 2 { "NULL".to_owned() } else { format!("'text {n}'") };
        world.customer(&key(n), &text, &n.to_string());
    }
    world
}

/// Does the deeds, and gives what has to be sent for each key that differs now.
fn meddle(mirror: &Mirror, deeds: &[Deed]) -> BTreeMap<String, BTreeSet<String>> {
    let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
    let mut open = BTreeMap::new();
    for (n, deed) in deeds.iter().enumerate() {
        let has_text = n % 3 != 2;
        match deed {
            Deed::Nothing => {}
            Deed::ChangesText => {
                mirror.set(&key(n), "a", Value::Text("theirs".into()));
                open.insert(key(n), set(&["a"]));
            }
            Deed::ChangesNumber => {
                mirror.set(&key(n), "b", Value::Int(-1));
                open.insert(key(n), set(&["b"]));
            }
            Deed::EmptiesText => {
                mirror.set(&key(n), "a", Value::Text(String::new()));
                if has_text {
                    open.insert(key(n), set(&["a"]));
                }
            }
            Deed::Deletes => {
                mirror.records.lock().unwrap().remove(&key(n));
                open.insert(key(n), set(&["a", "b"]));
            }
        }
    }
    open
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn exactly_what_was_meddled_with_is_found_and_sent_again(deeds in deeds()) {
        block_on(async {
            let (mut world, mirror) = (world_of(deeds.len()).await, Mirror::new(3));
            let planned = send(&mut world, &mirror).await;
            prop_assert!(!look(&world, &mirror, &planned).await.is_any());
            mirror.written();
            let open = meddle(&mirror, &deeds);
            let found = look(&world, &mirror, &planned).await;
            let missing = deeds.iter().filter(|deed| **deed == Deed::Deletes).count();
            prop_assert_eq!(found.records, deeds.len() as u64);
            prop_assert_eq!((found.missing, found.differing), (missing as u64, (open.len() - missing) as u64));
            // A look changes nothing: the next run has nothing to say.
            send(&mut world, &mirror).await;
            prop_assert!(mirror.written().is_empty());
            look(&world, &mirror, &planned).await;
            let tables = planned.0.tables.clone();
            world.engine().run(move |session| ledger::forget_drift(session, &tables)).await.unwrap();
            let planned = send(&mut world, &mirror).await;
            prop_assert_eq!(mirror.written(), open);
            prop_assert!(!look(&world, &mirror, &planned).await.is_any());
            Ok(())
        })?;
    }

    #[test]
    fn what_is_adopted_is_not_sent_and_everything_else_is(deeds in deeds()) {
        block_on(async {
            let mirror = Mirror::new(3);
            send(&mut world_of(deeds.len()).await, &mirror).await;
            mirror.set("somebody else", "a", Value::Text("theirs".into()));
            mirror.written();
            let open = meddle(&mirror, &deeds);
            // Another ledger over the same vendor.
            let mut world = world_of(deeds.len()).await;
            let planned = world.plan().await.unwrap();
            let adoption = take_over(&world, &mirror, &planned).await;
            let missing = deeds.iter().filter(|deed| **deed == Deed::Deletes).count();
            prop_assert_eq!((adoption.looked_for, adoption.found), (deeds.len() as u64, (deeds.len() - missing) as u64));
            prop_assert_eq!(take_over(&world, &mirror, &planned).await.found, 0, "twice finds nothing more");
            let planned = send(&mut world, &mirror).await;
            prop_assert_eq!(mirror.written(), open);
            prop_assert!(!look(&world, &mirror, &planned).await.is_any());
            let records = mirror.records.lock().unwrap();
            prop_assert_eq!(&records["somebody else"]["a"], &Value::Text("theirs".into()));
            Ok(())
        })?;
    }

    #[test]
    fn what_was_confirmed_is_kept_whatever_is_there(deeds in deeds()) {
        block_on(async {
            let (mut world, mirror) = (world_of(deeds.len()).await, Mirror::new(3));
            let planned = send(&mut world, &mirror).await;
            let open = meddle(&mirror, &deeds);
            let adoption = take_over(&world, &mirror, &planned).await;
            prop_assert_eq!(adoption, Adoption::default());
            let found = look(&world, &mirror, &planned).await;
            prop_assert_eq!(found.missing + found.differing, open.len() as u64);
            Ok(())
        })?;
    }
}

#[test]
fn pages_hold_every_record_once() {
    block_on(async {
        let (mut world, mirror) = (World::new().await, Mirror::new(700));
        world.vendor.capabilities.records_per_request = 1_000;
        let rows = "CREATE OR REPLACE TEMP TABLE attributes AS
             SELECT i::VARCHAR AS customer_id, 'k' || i AS key, 'one' AS a, i::BIGINT AS b, DATE '2026-01-01' AS c
             FROM range(23000) AS t(i)";
        let planned = world.plan_over(rows.to_owned()).await.unwrap();
        world.deliver_to(&mirror, &planned).await.unwrap();
        world.fold(&planned.0.tables).await;
        for n in [0, 9_999, 10_000, 22_999] {
            mirror.set(&format!("k{n}"), "a", Value::Text("theirs".into()));
        }
        let found = look(&world, &mirror, &planned).await;
        assert_eq!((found.records, found.differing, found.missing), (23_000, 4, 0));
        assert_eq!(mirror.calls.load(Ordering::SeqCst), 15 + 15 + 5, "pages of 10,000 in calls of 700");
        let sampled = verify(&readable(&world, &mirror, &clock(), &planned), Some(50)).await.unwrap();
        assert_eq!(sampled.records, 50);
    });
}

#[test]
fn what_a_vendor_may_not_show_yet_is_waited_for() {
    block_on(async {
        let (mut world, mirror) = (world_of(2).await, Mirror::new(3));
        let planned = send(&mut world, &mirror).await;
        let clock = clock();
        let now = lapwing_contract::Clock::now(&clock);
        let finish = move |session: &mut lapwing::engine::Session| {
            let run = ledger::start_run(session, "sync", "sync.toml", now, now)?;
            ledger::finish_run(session, run, "done", now, &[])
        };
        world.engine().run(finish).await.unwrap();
        verify(&readable(&world, &mirror, &clock, &planned), None).await.unwrap();
        assert_eq!(lapwing_contract::Clock::now(&clock) - now, chrono::TimeDelta::seconds(60));
        verify(&readable(&world, &mirror, &clock, &planned), None).await.unwrap();
        assert_eq!(lapwing_contract::Clock::now(&clock) - now, chrono::TimeDelta::seconds(60), "once is enough");
    });
}

#[test]
fn a_rehearsal_leaves_nothing_behind_and_goes_on_after_a_failure() {
    block_on(async {
        let world = World::new().await;
        let rehearse = |session: &mut lapwing::engine::Session| {
            session.rehearse(|session| {
                session.transaction(|session| session.run_script("CREATE TABLE t AS SELECT 1 AS one"))?;
                session.run_script("CREATE TEMP TABLE u AS SELECT 1 AS one")?;
                session.one("SELECT count(*) FROM t, u", &[], |row| row.count(0))
            })
        };
        assert_eq!(world.engine().run::<_, EngineError>(rehearse).await.unwrap(), 1);
        let failing = |session: &mut lapwing::engine::Session| {
            session.rehearse(|session| {
                session.run_script("CREATE TABLE t AS SELECT 1 AS one")?;
                session.transaction(|session| Ok::<_, LedgerError>(session.run_script("SELECT no_such_column FROM t")?))
            })
        };
        assert!(world.engine().run(failing).await.is_err());
        let left = |session: &mut lapwing::engine::Session| {
            let left = session.has_relation("t")? || session.has_relation("u")?;
            session.transaction(|session| session.run_script("CREATE TABLE t AS SELECT 1 AS one"))?;
            Ok::<_, EngineError>(left)
        };
        assert!(!world.engine().run(left).await.unwrap(), "and transactions are whole again");
    });
}
