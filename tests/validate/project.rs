//! A sync file without a mistake, to be spoiled in one place, and the exports that it names.

use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

const SYNC_FILE: &str = r#"version = 1

[exports.customers]
path = "customers.csv"

[exports.orders]
path = "orders.csv"
columns = { ordered_at = "created", net_amount = "total - tax" }

[attributes.rfm]

[attributes.cycle]

[destinations.crm]
connector = "sendgrid"
api_key = "${SENDGRID_API_KEY}"

[[syncs]]
name = "contacts"
destination = "crm"
object = "contacts"
audience = "email IS NOT NULL"
key = { email = "email" }

[syncs.fields]
first_name = "first_name"
rfm_segment = "segment"
"#;

const CUSTOMERS: &str = "customer_id,email,first_name\nada,ada@example.com,Ada\n";

const ORDERS: &str = "order_id,customer_id,created,total,tax\no1,ada,2026-01-05 12:00:00,12.50,2.50\n";

/// A folder with exports and a sync file.
pub(crate) struct Project {
    folder: TempDir,
    sync_file: String,
}

impl Project {
    /// Without a mistake.
    pub(crate) fn new() -> Self {
        let project = Self::of(SYNC_FILE);
        project.file("customers.csv", CUSTOMERS);
        project.file("orders.csv", ORDERS);
        project
    }

    /// With this sync file and no exports.
    pub(crate) fn of(sync_file: &str) -> Self {
        Self { folder: tempfile::tempdir().unwrap(), sync_file: sync_file.to_owned() }
    }

    /// Changes one place of the sync file.
    #[track_caller]
    pub(crate) fn replace(mut self, from: &str, to: &str) -> Self {
        assert_eq!(self.sync_file.matches(from).count(), 1, "{from}");
        self.sync_file = self.sync_file.replace(from, to);
        self
    }

    /// Adds lines at the end: fields of the sync, or more tables.
    pub(crate) fn add(mut self, lines: &str) -> Self {
        self.sync_file.push_str(lines);
        self.sync_file.push('\n');
        self
    }

    /// Writes a file into the folder.
    pub(crate) fn file(&self, name: &str, content: &str) {
        let path = self.folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    /// Removes a file from the folder.
    pub(crate) fn without(self, name: &str) -> Self {
        std::fs::remove_file(self.folder.path().join(name)).unwrap();
        self
    }

    /// What `lapwing validate sync.toml` prints.
    pub(crate) fn validate(&self) -> String {
        self.lapwing(&["validate", "sync.toml"])
    }

    /// The folder.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Exit code, stderr and stdout of a command.
    pub(crate) fn lapwing(&self, arguments: &[&str]) -> String {
        self.lapwing_with(arguments, &[])
    }

    /// The same with variables.
    pub(crate) fn lapwing_with(&self, arguments: &[&str], variables: &[(&str, &str)]) -> String {
        self.file("sync.toml", &self.sync_file);
        let mut command = Command::new(env!("CARGO_BIN_EXE_lapwing"));
        command.args(arguments).current_dir(self.folder.path()).env_clear().envs(variables.iter().copied());
        let output = command.output().unwrap();
        let stderr = self.neutral(&output.stderr);
        let stdout = self.neutral(&output.stdout);
        let exit = output.status.code().unwrap();
        format!("exit {exit}\n--- stderr\n{stderr}--- stdout\n{stdout}")
    }

    /// The same text on every machine.
    fn neutral(&self, bytes: &[u8]) -> String {
        let folder: &Path = self.folder.path();
        let text = String::from_utf8(bytes.to_vec()).unwrap().replace(folder.to_str().unwrap(), "[folder]");
        text.lines().flat_map(|line| [line.trim_end(), "\n"]).collect()
    }
}
