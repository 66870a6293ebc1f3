//! The history of segments: who entered when, where from, and which runs say so.

use lapwing::engine::{Engine, EngineError, EngineOptions, Session};
use lapwing::ledger;
use serde_json::{Value as Json, json};

use crate::project::{Project, Ran, customer};

const RULES: &str = "[[segments]]\nname = \"Loyal\"\nwhen = \"frequency >= 3\"\n\
                     [[segments]]\nname = \"Second\"\nwhen = \"frequency = 2\"";

/// Loyal are ada and dan, cyd has bought twice, bob and eve are the others.
fn project() -> Project {
    let mut project = Project::new();
    project.destination.push(RULES.into());
    project.fields = vec![
        "segment_since = \"segment_entered_on\"".into(),
        "segment_before = \"previous_segment\"".into(),
        "segment_days = { from = \"days_in_segment\", trigger = false }".into(),
    ];
    project
}

fn on(project: &Project, command: &[&str], day: u32) -> Ran {
    project.write();
    let as_of = format!("2026-02-{day:02}T06:00:00Z");
    project.lapwing(&[command, &["--as-of", &as_of]].concat())
}

fn sync(project: &Project, day: u32) {
    on(project, &["sync"], day).ended(0);
}

/// Works on a copy of the ledger: the engine of a test closes its file when it gets to it.
fn on_copy<T: Send + 'static>(
    project: &Project,
    work: impl FnOnce(&Session) -> Result<T, EngineError> + Send + 'static,
) -> (tempfile::TempDir, T) {
    let folder = tempfile::tempdir().unwrap();
    for name in ["ledger.duckdb", "ledger.duckdb.wal"] {
        let from = project.state().join(name);
        if from.exists() {
            std::fs::copy(from, folder.path().join(name)).unwrap();
        }
    }
    let options = EngineOptions {
        database: Some(ledger::database_path(folder.path())),
        readable: Vec::new(),
        spill_folder: None,
        memory_limit: Some("1GiB".to_owned()),
        threads: Some(1),
        ..EngineOptions::default()
    };
    let done = async { Engine::open(options).await?.run(move |session| work(session)).await };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    (folder, runtime.block_on(done).unwrap())
}

/// The first column of a query on the ledger.
pub(crate) fn ledger(project: &Project, sql: &'static str) -> Vec<String> {
    on_copy(project, |session| session.rows(sql, &[], |row| Ok(row.text(0)?.unwrap_or_default()))).1
}

/// Runs statements on the ledger.
pub(crate) fn alter_ledger(project: &Project, sql: &'static str) {
    let (folder, ()) = on_copy(project, move |session| session.run_script(&format!("{sql}; CHECKPOINT")));
    let original = ledger::database_path(&project.state());
    std::fs::copy(ledger::database_path(folder.path()), &original).unwrap();
    let left_over = original.with_extension("duckdb.wal");
    if left_over.exists() {
        std::fs::remove_file(left_over).unwrap();
    }
}

/// The documented view: `ada Loyal 02-01 -`, with the last day seen of who is gone.
fn history(project: &Project) -> Vec<String> {
    ledger(
        project,
        "SELECT concat_ws(' ', customer_id, segment, strftime(entered_on, '%m-%d'), coalesce(previous_segment, '-'),
                CASE WHEN NOT present THEN 'gone ' || strftime(last_seen, '%m-%d') END)
         FROM segment_history ORDER BY customer_id",
    )
}

/// Entered on, previous segment and days of each customer, as `attributes` computes them.
fn attributes(project: &Project, day: u32) -> Vec<[Json; 3]> {
    let shown = on(project, &["attributes", "--json", "--sample", "9"], day).ended(0).json();
    let rows = shown["sample"].as_array().unwrap().iter();
    rows.map(|row| ["segment_entered_on", "previous_segment", "days_in_segment"].map(|name| row[name].clone()))
        .collect()
}

fn at(day: u32, previous: Option<&str>, days: u32) -> [Json; 3] {
    [json!(format!("2026-02-{day:02}")), json!(previous), json!(days.to_string())]
}

const FIRST: [&str; 5] =
    ["ada Loyal 02-01 -", "bob Other 02-01 -", "cyd Second 02-01 -", "dan Loyal 02-01 -", "eve Other 02-01 -"];

#[test]
fn everybody_enters_with_the_first_run() {
    let project = project();
    assert_eq!(attributes(&project, 1), vec![at(1, None, 0); 5], "before any run");
    assert!(!project.state().exists(), "to look makes no ledger");
    sync(&project, 1);
    assert_eq!(history(&project), FIRST);
    assert_eq!(attributes(&project, 9), vec![at(1, None, 8); 5]);
}

#[test]
fn who_moves_enters_on_the_day_of_the_run_and_the_vendor_learns_it() {
    let mut project = project();
    sync(&project, 1);
    project.customer("bob").orders.push((21, 5.0));
    sync(&project, 5);
    assert_eq!(history(&project)[1], "bob Second 02-05 Other");
    assert_eq!(attributes(&project, 6)[..2], [at(1, None, 5), at(5, Some("Other"), 1)]);
    let bob = project.contacts()["bob@example.com"].clone();
    assert!(bob.to_string().contains("2026-02-05") || bob.to_string().contains("02/05/2026"), "{bob:#}");
    project.customer("bob").orders.push((22, 5.0));
    sync(&project, 7);
    assert_eq!(history(&project)[1], "bob Loyal 02-07 Second");
    assert_eq!(project.sent().len(), 1, "days that pass are no reason to call");
}

#[test]
fn who_comes_back_enters_anew() {
    let mut project = project();
    sync(&project, 1);
    project.customers.retain(|customer| customer.id != "eve");
    sync(&project, 5);
    sync(&project, 6);
    assert_eq!(history(&project)[4], "eve Other 02-01 - gone 02-01");
    project.customers.push(customer("eve", &[(9, 42.0)]));
    sync(&project, 8);
    assert_eq!(history(&project)[4], "eve Other 02-08 -");
    assert_eq!(attributes(&project, 9)[4], at(8, None, 1));
}

#[test]
fn who_has_been_gone_for_a_year_is_forgotten() {
    let mut project = project();
    sync(&project, 1);
    project.customers.retain(|customer| customer.id != "eve");
    sync(&project, 2);
    project.lapwing(&["sync", "--as-of", "2027-02-01T06:00:00Z"]).ended(0);
    assert_eq!(history(&project).len(), 5);
    project.lapwing(&["sync", "--as-of", "2027-02-02T06:00:00Z"]).ended(0);
    assert_eq!(history(&project).len(), 4);
}

#[test]
fn the_same_run_again_changes_nothing() {
    let mut project = project();
    sync(&project, 1);
    project.customer("bob").orders.push((21, 5.0));
    let file = |name: &str| {
        on(&project, &["attributes", "--output", name], 5).ended(0);
        std::fs::read_to_string(project.path().join(name)).unwrap()
    };
    let before = file("before.csv");
    sync(&project, 5);
    let (kept, after) = (history(&project), file("after.csv"));
    assert_eq!(after, before, "what the run delivered is what is computed again");
    sync(&project, 5);
    assert_eq!((history(&project), file("again.csv")), (kept, after));
}

#[test]
fn an_earlier_run_reads_the_history_and_leaves_it_alone() {
    let mut project = project();
    sync(&project, 1);
    project.customer("bob").orders.push((21, 5.0));
    sync(&project, 5);
    let kept = history(&project);
    let unknown = [Json::Null, Json::Null, Json::Null];
    let then = vec![at(1, None, 1), unknown, at(1, None, 1), at(1, None, 1), at(1, None, 1)];
    assert_eq!(attributes(&project, 2), then);
    sync(&project, 2);
    assert_eq!(history(&project), kept);
    let told = on(&project, &["attributes", "--migration"], 2).ended(0);
    assert!(told.stdout.contains("moves are told forwards only"), "{}", told.stdout);
}

#[test]
fn under_other_rules_everybody_starts_anew() {
    let mut project = project();
    sync(&project, 1);
    project.destination.pop();
    project.destination.push(RULES.replace("Loyal", "Faithful"));
    let told = on(&project, &["attributes", "--migration"], 5).ended(0);
    assert!(told.stdout.contains("were made by other rules"), "{}", told.stdout);
    let json = on(&project, &["attributes", "--migration", "--json"], 5).ended(0).json();
    assert_eq!((&json["no_comparison"], &json["moves"]), (&json!("other-rules"), &json!([])));
    sync(&project, 5);
    assert_eq!(history(&project)[..3], ["ada Faithful 02-05 -", "bob Other 02-05 -", "cyd Second 02-05 -"]);
}

#[test]
fn looking_moves_nothing_and_apply_does() {
    let mut project = project();
    sync(&project, 1);
    project.customer("bob").orders.push((21, 5.0));
    on(&project, &["sync", "--dry-run"], 5).ended(0);
    on(&project, &["attributes"], 5).ended(0);
    on(&project, &["plan"], 5).ended(0);
    assert_eq!(history(&project), FIRST);
    project.lapwing(&["apply"]).ended(0);
    assert_eq!(history(&project)[1], "bob Second 02-05 Other");
}

#[test]
fn a_run_that_ends_before_it_sends_leaves_the_history_to_the_next() {
    let mut project = project();
    sync(&project, 1);
    project.customer("bob").orders.push((21, 5.0));
    on(&project, &["plan"], 5).ended(0);
    project.customer("bob").orders.push((22, 5.0));
    project.write();
    project.lapwing(&["apply"]).ended(2);
    assert_eq!(history(&project), FIRST, "a plan that is out of date is not applied, nor what it found");
    sync(&project, 6);
    assert_eq!(history(&project)[1], "bob Loyal 02-06 Other");
}

#[test]
fn exports_under_suspicion_move_nothing() {
    let mut project = project();
    project.sync = vec!["on_leave = \"delete\"\nguards = { max_leave_pct = 30 }".into()];
    sync(&project, 1);
    let everybody = project.customers.clone();
    project.customers.truncate(3);
    on(&project, &["sync"], 5).ended(3);
    on(&project, &["plan"], 5).ended(3);
    assert_eq!(history(&project), FIRST);
    project.customers = everybody;
    sync(&project, 6);
    assert_eq!(history(&project), FIRST, "a broken night is forgotten");
}

#[test]
fn a_vendor_that_fails_does_not_stop_customers() {
    let project = project();
    project.faults(&json!([{
        "when": { "method": "GET", "path": "/v3/marketing/contacts/imports/*", "times": 100 },
        "then": { "action": "status", "status": 500 }
    }]));
    on(&project, &["sync"], 1).ended(4);
    assert_eq!(history(&project), FIRST);
}

#[test]
fn moves_are_listed_with_who_stayed() {
    let mut project = project();
    let nothing = on(&project, &["attributes", "--migration"], 1).ended(0);
    assert!(nothing.stdout.contains("no run has kept segments yet"), "{}", nothing.stdout);
    sync(&project, 1);
    project.customer("bob").orders.push((21, 5.0));
    project.customer("eve").orders.push((22, 5.0));
    project.customer("cyd").orders.push((23, 5.0));
    project.customers.retain(|customer| customer.id != "dan");
    project.customers.push(customer("fay", &[(2, 1.0)]));
    let moved = on(&project, &["attributes", "--migration"], 5).ended(0);
    let lines: String = moved.stdout.lines().flat_map(|line| [line.trim_end(), "\n"]).collect();
    insta::assert_snapshot!(lines);
    let json = on(&project, &["attributes", "--migration", "--json"], 5).ended(0).json();
    assert_eq!(json["moves"][0], json!({ "from": "Other", "to": "Second", "customers": 2 }));
    assert_eq!((&json["since"], &json["no_comparison"]), (&json!("2026-02-01T06:00:00Z"), &Json::Null));
    sync(&project, 5);
    let quiet = on(&project, &["attributes", "--migration"], 5).ended(0);
    assert!(quiet.stdout.contains("nobody moved"), "{}", quiet.stdout);
}

#[test]
fn without_segments_nobody_can_move() {
    let project = Project::new();
    project.write();
    let file = project.sync_file().replace("[attributes.rfm]\n", "").replace("orders_count = \"frequency\"\n", "");
    std::fs::write(project.path().join("sync.toml"), file).unwrap();
    let told = project.lapwing(&["attributes", "--migration"]).ended(2);
    assert!(told.talk().contains("add [attributes.rfm] or [[segments]]"), "{}", told.stderr);
}

#[test]
fn a_ledger_of_the_format_before_gets_a_history() {
    let mut project = project();
    project.fields.truncate(1);
    sync(&project, 1);
    alter_ledger(
        &project,
        "DROP VIEW segment_history; DROP TABLE customer_segments; DROP TABLE segment_state;
         DROP TABLE staged_segments_run; UPDATE ledger_format SET version = 2",
    );
    sync(&project, 5);
    assert_eq!(history(&project)[0], "ada Loyal 02-05 -");
    assert_eq!(ledger(&project, "SELECT CAST(version > 2 AS VARCHAR) FROM ledger_format"), ["true"]);
    assert_eq!(ledger(&project, "SELECT CAST(count(*) AS VARCHAR) FROM deliveries"), ["5"]);
}
