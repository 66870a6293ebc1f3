//! A project in a folder of its own: exports, a sync file, and the binary run over them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value as Json;

/// A customer of the test data.
#[derive(Debug, Clone)]
pub(crate) struct Customer {
    pub(crate) id: &'static str,
    pub(crate) email: String,
    pub(crate) first_name: String,
    /// Day of January 2026 and amount.
    pub(crate) orders: Vec<(u32, f64)>,
}

pub(crate) fn customer(id: &'static str, orders: &[(u32, f64)]) -> Customer {
    Customer { id, email: format!("{id}@example.com"), first_name: id.to_uppercase(), orders: orders.to_vec() }
}

/// A folder with everything that a run needs.
pub(crate) struct Project {
    folder: tempfile::TempDir,
    pub(crate) customers: Vec<Customer>,
    /// The lines of `[syncs.fields]`.
    pub(crate) fields: Vec<String>,
    /// More lines of `[[syncs]]`.
    pub(crate) sync: Vec<String>,
    /// The line with the key.
    pub(crate) key: String,
    /// Lines of the destination.
    pub(crate) destination: Vec<String>,
    /// The vendor's object.
    pub(crate) object: String,
}

/// How a run ended.
pub(crate) struct Ran {
    pub(crate) exit: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    pub(crate) fn json(&self) -> Json {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}\n{}\n{}", self.stdout, self.stderr))
    }

    /// What was told on stderr, in one line: where it wraps depends on the width.
    pub(crate) fn talk(&self) -> String {
        let words = self.stderr.split_whitespace().filter(|word| *word != "│");
        words.collect::<Vec<_>>().join(" ")
    }

    /// The figures of the one sync.
    pub(crate) fn sync(&self) -> Json {
        self.json()["syncs"][0].clone()
    }

    #[track_caller]
    pub(crate) fn ended(self, exit: i32) -> Self {
        assert_eq!(self.exit, exit, "\n{}\n{}", self.stdout, self.stderr);
        self
    }

    #[track_caller]
    pub(crate) fn figures(&self, expected: &[(&str, u64)]) {
        let sync = self.sync();
        let found: Vec<(&str, u64)> =
            expected.iter().map(|(name, _)| (*name, sync[*name].as_u64().unwrap_or(u64::MAX))).collect();
        assert_eq!(found, expected, "\n{sync:#}\n{}", self.stderr);
    }
}

impl Project {
    /// Five customers with e-mail addresses, mapped to three fields of SendGrid contacts.
    pub(crate) fn new() -> Self {
        let customers = vec![
            customer("ada", &[(1, 10.0), (8, 20.0), (15, 30.0)]),
            customer("bob", &[(2, 15.0)]),
            customer("cyd", &[(3, 5.0), (20, 5.0)]),
            customer("dan", &[(4, 99.5), (5, 0.5), (6, 1.0), (30, 2.0)]),
            customer("eve", &[(9, 42.0)]),
        ];
        Self {
            folder: tempfile::tempdir().unwrap(),
            customers,
            fields: vec![
                "first_name = \"first_name\"".into(),
                "orders_count = \"frequency\"".into(),
                "cycle_status = \"cycle_status\"".into(),
            ],
            sync: vec![
                "guards = { max_leave_pct = 100, max_change_pct = 100, max_reject_pct = 100, max_shift_points = 100 }"
                    .into(),
            ],
            key: "key = { email = \"email\" }".into(),
            destination: vec![
                "connector = \"sendgrid\"".into(),
                "api_key = \"${SENDGRID_API_KEY}\"".into(),
                "sandbox = true".into(),
            ],
            object: "contacts".into(),
        }
    }

    /// So many customers, each with one order, and with no limit of a guard but the defaults.
    pub(crate) fn of(customers: usize) -> Self {
        let ids = (0..customers).map(|number| &*Box::leak(format!("c{number:03}").into_boxed_str()));
        Self { customers: ids.map(|id| customer(id, &[(2, 15.0)])).collect(), sync: Vec::new(), ..Self::new() }
    }

    pub(crate) fn customer(&mut self, id: &str) -> &mut Customer {
        self.customers.iter_mut().find(|customer| customer.id == id).unwrap()
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn state(&self) -> PathBuf {
        self.path().join(".lapwing")
    }

    /// Writes exports and sync file as they are now.
    pub(crate) fn write(&self) {
        let mut customers = "customer_id,email,first_name\n".to_owned();
        let mut orders = "order_id,customer_id,ordered_at,net_amount\n".to_owned();
        let mut number = 0;
        for customer in &self.customers {
            let _ = writeln!(customers, "{},{},{}", customer.id, customer.email, customer.first_name);
            for (day, amount) in &customer.orders {
                number += 1;
                let _ = writeln!(orders, "o{number},{},2026-01-{day:02} 12:00:00,{amount}", customer.id);
            }
        }
        std::fs::write(self.path().join("customers.csv"), customers).unwrap();
        std::fs::write(self.path().join("orders.csv"), orders).unwrap();
        std::fs::write(self.path().join("sync.toml"), self.sync_file()).unwrap();
    }

    pub(crate) fn sync_file(&self) -> String {
        format!(
            "version = 1\nas_of = 2026-01-31T00:00:00Z\n\
             [exports.customers]\npath = \"customers.csv\"\n[exports.orders]\npath = \"orders.csv\"\n\
             [attributes.rfm]\n[attributes.cycle]\n[destinations.crm]\n{}\n\
             [[syncs]]\nname = \"contacts\"\ndestination = \"crm\"\nobject = \"{}\"\n{}\n{}\n[syncs.fields]\n{}\n",
            self.destination.join("\n"),
            self.object,
            self.key,
            self.sync.join("\n"),
            self.fields.join("\n"),
        )
    }

    /// Runs the binary in the folder.
    pub(crate) fn lapwing(&self, arguments: &[&str]) -> Ran {
        self.lapwing_with(arguments, &[])
    }

    pub(crate) fn lapwing_with(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Ran {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lapwing"));
        command.args(arguments).current_dir(self.path()).env_clear().envs(variables.iter().copied());
        Self::ran(command)
    }

    /// The same by way of another program, which starts what is put behind its own arguments.
    pub(crate) fn lapwing_through(&self, program: &[&str], arguments: &[&str]) -> Ran {
        let mut command = Command::new(program[0]);
        command.args(&program[1..]).arg(env!("CARGO_BIN_EXE_lapwing")).args(arguments);
        command.current_dir(self.path()).env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
        Self::ran(command)
    }

    fn ran(mut command: Command) -> Ran {
        let Output { status, stdout, stderr } = command.output().unwrap();
        Ran {
            exit: status.code().unwrap_or(-1),
            stdout: String::from_utf8(stdout).unwrap(),
            stderr: String::from_utf8(stderr).unwrap(),
        }
    }

    /// Writes everything and runs `lapwing sync --json`.
    pub(crate) fn sync(&self) -> Ran {
        self.write();
        self.lapwing(&["sync", "--json"])
    }

    /// What a fake holds a day later, when every job has ended.
    pub(crate) fn vendor_state(&self, kind: &str) -> Json {
        let folder = self.state().join("sandbox/crm");
        let clock = lapwing_contract::SimulatedClock::starting_at(chrono::Utc::now() + chrono::TimeDelta::days(1));
        let vendor = lapwing_sandbox::vendors::by_kind(kind, 0).unwrap();
        let settings = lapwing_sandbox::Settings::default();
        lapwing_sandbox::Sandbox::open(&folder, vendor, settings, std::sync::Arc::new(clock)).unwrap().state()
    }

    /// The vendor's contacts by e-mail address: reserved and custom fields together, by name.
    pub(crate) fn contacts(&self) -> BTreeMap<String, Json> {
        let state = self.vendor_state("sendgrid");
        let contacts = state["contacts"].as_array().unwrap_or_else(|| panic!("{state:#}"));
        contacts
            .iter()
            .map(|contact| (contact["email"].as_str().unwrap_or_default().to_owned(), contact.clone()))
            .collect()
    }

    /// All requests of the latest run, as the fake noted them.
    pub(crate) fn requests(&self) -> Vec<Json> {
        let text = std::fs::read_to_string(self.state().join("sandbox/crm/requests.json")).unwrap();
        serde_json::from_str(&text).unwrap()
    }

    /// The requests of the latest run that could change something.
    pub(crate) fn writes(&self) -> Vec<Json> {
        let is_write = |request: &Json| {
            let path = request["path"].as_str().unwrap();
            request["method"] != "GET" && !path.contains("/search")
        };
        self.requests().into_iter().filter(is_write).collect()
    }

    /// Somebody else changes what the fake holds: the lines of its state pass by, and an empty one goes away.
    pub(crate) fn meddle(&self, change: impl Fn(&str) -> String) {
        let path = self.state().join("sandbox/crm/state.jsonl");
        let state = std::fs::read_to_string(&path).unwrap();
        let lines: Vec<String> = state.lines().map(change).filter(|line| !line.is_empty()).collect();
        assert_ne!(lines.join("\n"), state.trim_end(), "nothing changed");
        std::fs::write(path, lines.join("\n") + "\n").unwrap();
    }

    /// The ledger is lost; what the vendor holds stays.
    pub(crate) fn lose_the_ledger(&self) {
        for file in ["ledger.duckdb", "ledger.duckdb.wal"] {
            // There is a log only where the last run left one.
            let _ = std::fs::remove_file(self.state().join(file));
        }
    }

    /// Whether the latest run only looked.
    pub(crate) fn only_read(&self) -> bool {
        self.writes().iter().all(|request| request["path"].as_str().unwrap().contains("token"))
    }

    /// The contacts of the latest run's upserts, as they were sent.
    pub(crate) fn sent(&self) -> Vec<Json> {
        let upserts = self
            .writes()
            .into_iter()
            .filter(|request| request["method"] == "PUT" && request["path"] == "/v3/marketing/contacts");
        upserts.flat_map(|request| request["body"]["contacts"].as_array().cloned().unwrap_or_default()).collect()
    }

    /// Scripts faults for the next run.
    pub(crate) fn faults(&self, faults: &Json) {
        let folder = self.state().join("sandbox/crm");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("faults.json"), faults.to_string()).unwrap();
    }

    pub(crate) fn no_faults(&self) {
        std::fs::remove_file(self.state().join("sandbox/crm/faults.json")).unwrap();
    }
}
