//! Sync files through the whole of `validate`, and what it lets through, through the whole of `plan`: no thread of either
//! dies, and nothing is written but the state.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Once;
use std::sync::atomic::{AtomicUsize, Ordering};

use clap::Parser as _;
use lapwing::cli::Arguments;
use lapwing::commands::{self, Exit};
use lapwing::config::sync_file::SyncFile;
use lapwing::registry::Registry;
use lapwing::report::Printer;
use toml::Table;

use super::edits::Edited;
use super::explore::Target;

/// A file of which every part can be planned.
const SYNC_FILE: &str = r#"
version = 1
as_of = 2026-02-01
[exports.customers]
path = "customers.csv"
[exports.orders]
path = "orders.csv"
columns = { ordered_at = "created", net_amount = "total - tax" }
[attributes.rfm]
segments = "classic"
[attributes.cycle]
[attributes.activity]
[[attributes.custom]]
name = "largest"
relation = "orders"
aggregate = "max(net_amount)"
[destinations.mail]
connector = "sendgrid"
api_key = "${SENDGRID_API_KEY}"
sandbox = true
[destinations.folder]
connector = "file"
folder = "outbox"
[[syncs]]
name = "contacts"
destination = "mail"
object = "contacts"
audience = "email IS NOT NULL"
order_by = "r_score"
limit = 10
key = { email = "email" }
on_leave = "clear"
guards = { max_leave_pct = 50 }
[syncs.fields]
first_name = "first_name"
late = { from = "lateness_days", tolerance = 1 }
total = { from = "largest", null = "keep" }
[[syncs]]
name = "changes"
destination = "folder"
object = "changes"
key = { id = "customer_id" }
fields = { segment = "segment", hashed = { from = "lower(email)", hash = "sha256" } }
"#;

const CUSTOMERS: &str = "customer_id,email,first_name\n1,ada@example.com,Ada\n2,,Grace\n3,zoe@example.com,Zoë\n";

const ORDERS: &str = "order_id,customer_id,created,total,tax\n1,1,2025-06-01,10,1\n2,1,2025-09-01,20.5,2\n\
    3,1,2025-12-01,30,3\n4,2,2026-01-15,99.99,9\n5,3,2025-01-01,0,0\n";

/// How many threads without a test of their own have died.
static DEATHS: AtomicUsize = AtomicUsize::new(0);

fn count_deaths() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |why| {
            if std::thread::current().name().is_none_or(|name| name == "engine" || name.starts_with("tokio")) {
                DEATHS.fetch_add(1, Ordering::SeqCst);
            }
            usual(why);
        }));
    });
}

/// Runs a command over the folder's sync file.
fn run(folder: &Path, command: &str) -> Exit {
    let file = folder.join("sync.toml");
    let words = ["lapwing", "--log-level", "error", "--threads", "1", "--memory-limit", "1GiB", command];
    let arguments = words.iter().map(AsRef::as_ref).chain([file.as_os_str()]);
    let arguments = Arguments::try_parse_from(arguments).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(commands::run(arguments, &Printer::silent()))
}

/// What lies in a folder, by name.
fn names(folder: &Path) -> BTreeSet<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect()
}

/// How `plan` ends, where `validate` let the file through.
fn exercise(text: &str) -> Option<Exit> {
    let parsed = SyncFile::parse("sync.toml", text, &Registry);
    let file = parsed.file.filter(|_| !parsed.diagnostics.has_errors())?;
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in [("customers.csv", CUSTOMERS), ("orders.csv", ORDERS), ("sync.toml", text)] {
        std::fs::write(folder.path().join(name), content).unwrap();
    }
    let before = (names(folder.path()), DEATHS.load(Ordering::SeqCst));
    let validated = run(folder.path(), "validate");
    assert_eq!((names(folder.path()), DEATHS.load(Ordering::SeqCst)), before, "after validate");
    assert!(matches!(validated, Exit::Done | Exit::Usage), "{validated:?}");
    // Nobody is asked over a network.
    let stays = file.destinations.iter().all(|to| to.sandbox || to.connector.value == "file");
    if validated != Exit::Done || !stays {
        return None;
    }
    let planned = run(folder.path(), "plan");
    let mut after = names(folder.path());
    after.remove(".lapwing");
    assert_eq!((after, DEATHS.load(Ordering::SeqCst)), before, "after plan");
    Some(planned)
}

#[test]
fn edits() {
    count_deaths();
    let file: Table = SYNC_FILE.parse().unwrap();
    Target { name: "plans::edits", cases: 25, also: &[] }.over(|edited: &Edited| {
        exercise(&edited.of(file.clone()));
    });
}

#[test]
fn the_file_without_edits_can_be_planned() {
    assert_eq!(exercise(SYNC_FILE), Some(Exit::Done));
}
