//! Whatever happens on the way: in the end the destination has the snapshot, the ledger has the destination, nothing is
//! left to send, and nothing that was confirmed was sent again without a cause.

use std::collections::{BTreeMap, BTreeSet};

use lapwing_contract::OnLeave;
use lapwing_contract::{ErrorKind, Value};
use proptest::prelude::*;

use crate::draft::Field;
use crate::vendor::{Act, BAD};
use crate::world::{Crash, World, block_on};

/// A change of the exports between two runs.
#[derive(Debug, Clone)]
enum Edit {
    Set { key: u8, a: u8, b: u8 },
    Remove { key: u8 },
}

#[derive(Debug, Clone)]
struct Step {
    edits: Vec<Edit>,
    /// Which of the fields are mapped, and whether `b` and `c` are sent as texts.
    mapping: [bool; 5],
    acts: Vec<Act>,
    crash: Option<Crash>,
}

#[derive(Debug, Clone)]
struct Case {
    on_leave: OnLeave,
    batch: usize,
    jobs: usize,
    idempotent: bool,
    steps: Vec<Step>,
}

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let set = (0_u8..9, 0_u8..5, 0_u8..4).prop_map(|(key, a, b)| Edit::Set { key, a, b });
    let remove = (0_u8..9).prop_map(|key| Edit::Remove { key });
    prop::collection::vec(prop_oneof![3 => set, 1 => remove], 1..8)
}

fn act() -> impl Strategy<Value = Act> {
    let fail = |kind, applied| Just(Act::Fail { kind, applied });
    prop_oneof![
        4 => Just(Act::Confirm),
        1 => Just(Act::RefuseNamed),
        1 => Just(Act::RefuseUnnamed),
        2 => (0_u32..3).prop_map(Act::Job),
        1 => any::<bool>().prop_map(|applied| Act::JobLost { applied }),
        1 => Just(Act::JobForSome),
        1 => any::<bool>().prop_flat_map(move |applied| fail(ErrorKind::Unavailable, applied)),
        1 => fail(ErrorKind::RateLimited, false),
        1 => any::<bool>().prop_map(|applied| Act::WrongLength { applied }),
        1 => any::<bool>().prop_map(|applied| Act::Unknown { applied }),
        1 => Just(Act::UnknownForSome),
        1 => Just(Act::RejectAll { retryable: true }),
        1 => any::<bool>().prop_map(|applied| Act::Stall { applied }),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let crash = prop_oneof![
        2 => Just(None),
        1 => Just(Some(Crash::AtStall)),
        1 => (1_u32..80).prop_map(|polls| Some(Crash::AfterPolls(polls))),
    ];
    let mapping = prop_oneof![3 => Just([true, true, true, false, false]), 1 => any::<[bool; 5]>()];
    (edits(), mapping, prop::collection::vec(act(), 0..5), crash).prop_map(|(edits, mapping, acts, crash)| {
        // Only a run that is going to die may meet a vendor that never answers.
        let acts = acts.into_iter().filter(|act| crash.is_some() || !matches!(act, Act::Stall { .. })).collect();
        Step { edits, mapping, acts, crash }
    })
}

fn case() -> impl Strategy<Value = Case> {
    let on_leave =
        prop_oneof![Just(OnLeave::Keep), Just(OnLeave::Clear), Just(OnLeave::Delete), Just(OnLeave::RemoveFromList),];
    (on_leave, 1_usize..4, 0_usize..3, any::<bool>(), prop::collection::vec(step(), 1..5))
        .prop_map(|(on_leave, batch, jobs, idempotent, steps)| Case { on_leave, batch, jobs, idempotent, steps })
}

fn key(number: u8) -> String {
    format!("k{number}")
}

/// The mapped fields and what each should hold for a row (a, b).
fn mapped(mapping: [bool; 5]) -> Vec<Field> {
    let [a, b, c, b_text, c_text] = mapping;
    let from = |name: &str, as_text| if as_text { format!("CAST({name} AS VARCHAR)") } else { name.to_owned() };
    let all = [(a, "a", "a".to_owned()), (b, "b", from("b", b_text)), (c, "c", from("c", c_text))];
    all.into_iter().filter(|(on, ..)| *on).map(|(_, name, from)| Field::new(name, &from)).collect()
}

fn expected(field: &str, (a, b): (u8, u8), mapping: [bool; 5]) -> Value {
    let day = || chrono::NaiveDate::from_ymd_opt(2026, 1, u32::from(b)).unwrap();
    match field {
        "a" => match a {
            0 => Value::Null,
            4 => Value::Text(BAD.into()),
            _ => Value::Text(format!("a{a}")),
        },
        _ if b == 0 => Value::Null,
        "b" if mapping[3] => Value::Text(b.to_string()),
        "b" => Value::Int(i64::from(b)),
        _ if mapping[4] => Value::Text(day().to_string()),
        _ => Value::Date(day()),
    }
}

struct Play {
    world: World,
    rows: BTreeMap<u8, (u8, u8)>,
    mapping: [bool; 5],
    /// Fields whose mapping was taken out at some time: what they left behind is nobody's.
    orphaned: BTreeSet<String>,
}

impl Play {
    async fn new(case: &Case) -> Self {
        let mut world = World::new().await;
        world.sync.on_leave = case.on_leave;
        world.sync.has_lists = case.on_leave == OnLeave::RemoveFromList;
        world.vendor.capabilities.records_per_request = case.batch;
        world.vendor.capabilities.removals_per_request = case.batch;
        world.vendor.capabilities.jobs_in_flight = case.jobs;
        world.vendor.capabilities.idempotent = case.idempotent;
        Self { world, rows: BTreeMap::new(), mapping: [true, true, true, false, false], orphaned: BTreeSet::new() }
    }

    fn edit(&mut self, step: &Step) {
        for edit in &step.edits {
            match *edit {
                Edit::Set { key, a, b } => self.rows.insert(key, (a, b)),
                Edit::Remove { key } => self.rows.remove(&key),
            };
        }
        let before: Vec<String> = mapped(self.mapping).into_iter().map(|field| field.name).collect();
        let types = |mapping: [bool; 5], name: &str| (name == "b" && mapping[3]) || (name == "c" && mapping[4]);
        self.world.sync.fields = mapped(step.mapping);
        for name in before {
            let stays = self.world.sync.fields.iter().any(|field| field.name == name);
            if !stays {
                self.orphaned.insert(name.clone());
            }
            if !stays || types(self.mapping, &name) != types(step.mapping, &name) {
                self.world.vendor.unmapped(&name);
            }
        }
        self.mapping = step.mapping;
        self.world.rows.clear();
        for (number, (a, b)) in &self.rows {
            let text = match a {
                0 => "NULL".to_owned(),
                4 => format!("'{BAD}'"),
                _ => format!("'a{a}'"),
            };
            let (whole, day) =
                if *b == 0 { ("NULL".into(), "NULL".into()) } else { (b.to_string(), format!("DATE '2026-01-0{b}'")) };
            self.world.rows.insert(key(*number), [format!("'{}'", key(*number)), text, whole, day]);
        }
    }

    async fn step(&mut self, case: &Case, step: &Step) {
        self.edit(step);
        self.world.vendor.script(step.acts.iter().copied());
        self.world.vendor.seen();
        match step.crash {
            None => {
                self.world.run().await;
            }
            Some(crash) => {
                let crashed = self.world.crash(crash).await;
                let slots = if case.jobs > 0 { case.jobs } else { self.world.vendor.capabilities.concurrency };
                if crashed {
                    self.world.vendor.crashed(slots * case.batch);
                }
            }
        }
    }

    /// The refusals that stand: a record whose text is bad while that text is mapped.
    fn is_bad(&self, number: u8) -> bool {
        self.mapping[0] && self.rows.get(&number).is_some_and(|(a, _)| *a == 4)
    }

    fn check_destination(&self, case: &Case) {
        let (records, list) = (self.world.vendor.records(), self.world.vendor.list());
        for number in 0..9 {
            let (name, row) = (key(number), self.rows.get(&number));
            let Some(row) = row else {
                match case.on_leave {
                    OnLeave::Keep => {}
                    OnLeave::Delete => assert!(!records.contains_key(&name), "{name} is deleted"),
                    OnLeave::RemoveFromList => assert!(!list.contains(&name), "{name} is off the list"),
                    OnLeave::Clear => {
                        let fields = mapped(self.mapping).into_iter().map(|field| field.name);
                        for field in fields.filter(|field| !self.orphaned.contains(field)) {
                            assert_eq!(
                                self.world.vendor.value(&name, &field),
                                Value::Null,
                                "{name}.{field} is emptied"
                            );
                        }
                    }
                }
                continue;
            };
            if self.is_bad(number) {
                continue;
            }
            assert!(records.contains_key(&name), "{name} is there");
            assert!(case.on_leave != OnLeave::RemoveFromList || list.contains(&name), "{name} is on the list");
            for field in mapped(self.mapping) {
                let wanted = expected(&field.name, *row, self.mapping);
                let found = self.world.vendor.value(&name, &field.name);
                assert!(found == wanted, "{name}.{}: {} for {}", field.name, found.to_text(), wanted.to_text());
            }
        }
    }

    async fn check_ledger(&self) {
        let sql = "SELECT key, field, coalesce(value, '') FROM deliveries WHERE known";
        let work = move |session: &mut lapwing::engine::Session| {
            session.rows(sql, &[], |row| Ok((row.text(0)?.unwrap(), row.text(1)?.unwrap(), row.text(2)?.unwrap())))
        };
        let known: Vec<(String, String, String)> =
            self.world.engine().run::<_, lapwing::engine::EngineError>(work).await.unwrap();
        for (key, field, value) in known {
            assert_eq!(self.world.vendor.value(&key, &field).to_text(), value, "the ledger about {key}.{field}");
        }
    }
}

fn play(case: &Case) {
    block_on(async {
        let mut play = Play::new(case).await;
        for step in &case.steps {
            play.step(case, step).await;
        }
        // From here on the vendor does what it is asked.
        play.world.vendor.script([]);
        play.world.vendor.seen();
        // Whatever pause a refusal has earned is over.
        play.world.wait(std::time::Duration::from_secs(60 * 24 * 3600));
        let last = play.world.run().await;
        let bad = (0..9).filter(|number| play.is_bad(*number)).count() as u64;
        assert!(last.folded.rejected + last.counts.held <= bad, "every rejection has its reason");
        play.check_destination(case);
        play.check_ledger().await;
        play.world.vendor.seen();
        let again = play.world.run().await;
        assert_eq!((again.counts.to_send, play.world.vendor.seen().len()), (0, 0), "nothing is left to send");
        assert_eq!(play.world.vendor.repeated(), Vec::<String>::new());
    });
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, max_shrink_iters: 60, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn in_the_end_destination_and_ledger_agree_whatever_happened_on_the_way(case in case()) {
        play(&case);
    }
}
