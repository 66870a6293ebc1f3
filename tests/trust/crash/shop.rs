//! A shop whose customers change from run to run, the binary run over its exports, and what the vendors hold then.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;

use lapwing_contract::SimulatedClock;
use lapwing_sandbox::{Sandbox, Settings, vendors};
use serde_json::Value as Json;

use super::places::{Held, LIST_ROWS, PLACES, Place, held_by_files};

pub(crate) struct Shop {
    folder: tempfile::TempDir,
    /// The round in which a customer's name was given, by number.
    customers: BTreeMap<u32, u32>,
    round: u32,
    next: u32,
}

/// How a run ended.
pub(crate) struct Ended {
    /// None where it died.
    pub(crate) exit: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ended {
    pub(crate) fn of(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self { exit: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    /// A figure, summed over the syncs.
    pub(crate) fn total(&self, figure: &str) -> u64 {
        let document: Json = serde_json::from_str(&self.stdout).unwrap();
        document["syncs"].as_array().unwrap().iter().map(|sync| sync[figure].as_u64().unwrap()).sum()
    }
}

impl Shop {
    pub(crate) fn new(customers: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let shop = Self {
            folder,
            customers: (1..=customers).map(|number| (number, 0)).collect(),
            round: 0,
            next: customers + 1,
        };
        std::fs::write(shop.path().join("sync.toml"), sync_file()).unwrap();
        shop.write();
        shop
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A night passes: customers for whom `changes` says so have another name, somebody is gone, somebody is new.
    pub(crate) fn a_night_passes(&mut self, mut changes: impl FnMut(u32) -> bool) {
        self.round += 1;
        let round = self.round;
        self.customers.iter_mut().filter(|(number, _)| changes(**number)).for_each(|(_, name)| *name = round);
        self.customers.pop_first();
        self.customers.insert(self.next, round);
        self.next += 1;
        self.write();
    }

    fn write(&self) {
        let mut customers = "customer_id,email,first_name\n".to_owned();
        let mut orders = "order_id,customer_id,ordered_at,net_amount\n".to_owned();
        for (number, round) in &self.customers {
            let id = id(*number);
            writeln!(customers, "{id},{id}@example.com,Round {round}").unwrap();
            writeln!(orders, "o-{number},{id},2026-01-{:02} 12:00:00,{}", 1 + number % 28, 10 + number % 7).unwrap();
        }
        std::fs::write(self.path().join("customers.csv"), customers).unwrap();
        std::fs::write(self.path().join("orders.csv"), orders).unwrap();
    }

    /// Starts `lapwing sync`; `deaths` is where it dies, in the words of the failpoints.
    pub(crate) fn start(&self, deaths: Option<&str>) -> Child {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lapwing"));
        command
            .args(["sync", "--json", "--threads", "1", "--memory-limit", "1GiB"])
            .current_dir(self.path())
            .env_clear();
        command.envs(deaths.map(|deaths| ("FAILPOINTS", deaths)));
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    pub(crate) fn run(&self, deaths: Option<&str>) -> Ended {
        Ended::of(self.start(deaths).wait_with_output().unwrap())
    }

    /// Goes through, and the vendors are equal to the snapshot.
    #[track_caller]
    pub(crate) fn goes_through(&self, story: &str) -> Ended {
        let ended = self.run(None);
        assert_eq!(ended.exit, Some(0), "{story}\n{}\n{}", ended.stdout, ended.stderr);
        for place in &PLACES {
            let (held, wanted) = (self.held(place), self.wanted(place));
            let differ = wanted.iter().filter(|(id, name)| held.get(*id) != Some(name)).count();
            let (name, of) = (place.name, wanted.len());
            assert_eq!(differ, 0, "{story}: {name} holds other values of {differ} of {of} customers");
            assert_eq!(held.len(), of, "{story}: {name} holds customers who should be gone");
        }
        ended
    }

    /// Nothing is left to be said.
    #[track_caller]
    pub(crate) fn is_at_rest(&self, story: &str) {
        let ended = self.run(None);
        assert_eq!(ended.exit, Some(0), "{story}\n{}", ended.stderr);
        let said = ["requests", "added", "changed", "left", "confirmed"].map(|figure| ended.total(figure));
        assert_eq!(said, [0; 5], "{story}: a second run has nothing to say\n{}", ended.stdout);
    }

    fn wanted(&self, place: &Place) -> Held {
        let all = self.customers.iter().rev().map(|(number, round)| (id(*number), format!("Round {round}")));
        if place.name == "call-list" { all.take(LIST_ROWS).collect() } else { all.collect() }
    }

    /// What a destination holds of the customers that it should hold; of everybody, where it forgets who left.
    #[track_caller]
    fn held(&self, place: &Place) -> Held {
        let Some(kind) = place.kind else {
            let mut held = held_by_files(self.path());
            held.retain(|id, _| self.is_customer(id));
            return held;
        };
        let rows = (place.held)(&self.vendor(place.name, kind).state());
        let mut held: Held = rows.iter().cloned().collect();
        assert_eq!(held.len(), rows.len(), "{}: a record is there twice", place.name);
        if place.name == "call-list" {
            let order: Vec<&String> = rows.iter().map(|(id, _)| id).collect();
            assert!(order.is_sorted_by(|left, right| left > right), "the list is out of order: {order:?}");
        }
        if !place.forgets {
            held.retain(|id, _| self.is_customer(id));
        }
        held
    }

    fn is_customer(&self, key: &str) -> bool {
        self.customers.keys().any(|number| id(*number) == key)
    }

    /// The keys of the customers at a destination, with their names.
    pub(crate) fn wanted_keys(&self, destination: &str) -> Vec<(String, String)> {
        let domain = if destination == "marketing" { "@example.com" } else { "" };
        let key = |number: u32| format!("{}{domain}", id(number));
        self.customers.iter().map(|(number, round)| (key(*number), format!("Round {round}"))).collect()
    }

    pub(crate) fn customers(&self) -> u64 {
        self.customers.len() as u64
    }

    /// The fake behind a destination, a day later: every job has ended.
    fn vendor(&self, destination: &str, kind: &str) -> Sandbox {
        let clock = SimulatedClock::starting_at(chrono::Utc::now() + chrono::TimeDelta::days(1));
        let folder = self.path().join(".lapwing/sandbox").join(destination);
        Sandbox::open(&folder, vendors::by_kind(kind, 0).unwrap(), Settings::default(), Arc::new(clock)).unwrap()
    }
}

fn id(number: u32) -> String {
    format!("cust-{number:06}")
}

fn sync_file() -> String {
    let mut text = "version = 1\nas_of = 2026-01-31T00:00:00Z\n[exports.customers]\npath = \"customers.csv\"\n\
                    [exports.orders]\npath = \"orders.csv\"\n[attributes.rfm]\n"
        .to_owned();
    for Place { name, kind, table, sync, .. } in &PLACES {
        let sandbox = if kind.is_some() { "sandbox = true\n" } else { "" };
        write!(
            text,
            "[destinations.{name}]\n{table}\n{sandbox}[[syncs]]\nname = \"{name}\"\ndestination = \"{name}\"\n{sync}\n\
             guards = {{ max_leave_pct = 100, max_change_pct = 100, max_reject_pct = 100, max_shift_points = 100 }}\n"
        )
        .unwrap();
    }
    text
}
