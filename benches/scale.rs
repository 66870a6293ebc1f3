//! The scale run: a shop of 1,000,000 customers and 10,000,000 orders goes all the way, beside hand-written SQL for the
//! same columns.
//!
//! ```text
//! cargo bench --bench scale
//! cargo bench --bench scale -- --customers 10000000 --orders 100000000 --memory 6GiB
//! cargo bench --bench scale -- --phases hand-written,attributes
//! ```
//! Each phase runs in a process of its own, and each step's peak of memory is counted apart. Delivery has a phase for
//! itself, with little memory: what it needs does not grow with the number of changes.
#![expect(clippy::expect_used, reason = "a bench that cannot run has nothing to say")]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "its result is what it prints")]

mod support;

use std::path::{Path, PathBuf};
use std::process::Command;

use lapwing::engine::{Engine, EngineError};
use lapwing_contract::Destination;
use support::figures::{Figure, measured};
use support::generated::{self, Limits};
use support::instant::Instant;
use support::way::{self, Planned};
use tokio::runtime::Runtime;

#[derive(Debug, Clone)]
struct Options {
    customers: u64,
    orders: u64,
    batch: usize,
    limits: Limits,
    /// The phases to run; all where none is named.
    phases: Vec<String>,
    /// Where the exports and the ledger are, in a process that runs a phase.
    folder: PathBuf,
    phase: Option<String>,
}

const PHASES: [&str; 9] = [
    "hand-written",
    "attributes",
    "first-plan",
    "delivery",
    "fold",
    "no-change-sync",
    "changed-plan",
    "delivery",
    "fold",
];

/// What DuckDB may take while a plan is delivered.
const DELIVERY_MEMORY: &str = "256MiB";

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut options = Options {
        customers: 1_000_000,
        orders: 10_000_000,
        batch: 1_000,
        limits: Limits { memory: "2GiB".to_owned(), threads: 2 },
        phases: Vec::new(),
        folder: PathBuf::new(),
        phase: None,
    };
    if !arguments.iter().any(|argument| argument == "--bench" || argument == "--phase") {
        // Run by `cargo test --all-targets`: only to see that it works.
        (options.customers, options.orders) = (1_000, 10_000);
    }
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let mut value = || rest.next().unwrap_or_else(|| panic!("{argument} needs a value")).clone();
        match argument.as_str() {
            "--customers" => options.customers = value().parse().expect("a number of customers"),
            "--orders" => options.orders = value().parse().expect("a number of orders"),
            "--batch" => options.batch = value().parse().expect("a number of records"),
            "--threads" => options.limits.threads = value().parse().expect("a number of threads"),
            "--phases" => options.phases = value().split(',').map(str::to_owned).collect(),
            "--memory" => options.limits.memory = value(),
            "--folder" => options.folder = value().into(),
            "--phase" => options.phase = Some(value()),
            flag if flag.starts_with('-') => {}
            // `cargo bench -- NAME` asks all benches; this one is called scale.
            name if !"scale".contains(name) => return,
            _ => {}
        }
    }
    match &options.phase {
        Some(phase) => run_phase(phase, &options),
        None => run_all(&options),
    }
}

fn run_all(options: &Options) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let Options { customers, orders, limits, .. } = options;
    println!("{customers} customers, {orders} orders, {} threads, {}", limits.threads, limits.memory);
    let generate = || generated::generate(folder.path(), *customers, *orders, limits);
    let ((), generating) = measured("generate exports", generate);
    let mut figures = vec![generating];
    let wanted = |phase: &&str| options.phases.is_empty() || options.phases.iter().any(|name| name == phase);
    for phase in PHASES.into_iter().filter(wanted) {
        figures.extend(in_process_of_its_own(phase, options, folder.path()));
    }
    print_table(&figures);
}

fn in_process_of_its_own(phase: &str, options: &Options, folder: &Path) -> Vec<Figure> {
    let this = std::env::current_exe().expect("the path of this program");
    let output = Command::new(this)
        .args(["--phase", phase, "--memory", &options.limits.memory])
        .args(["--threads", &options.limits.threads.to_string(), "--batch", &options.batch.to_string()])
        .arg("--folder")
        .arg(folder)
        .stderr(std::process::Stdio::inherit())
        .output()
        .expect("the phase starts");
    assert!(output.status.success(), "the phase {phase} failed");
    let figures: Vec<Figure> = String::from_utf8_lossy(&output.stdout).lines().filter_map(Figure::from_line).collect();
    // A run of many millions takes long: what is known is told at once.
    for figure in &figures {
        eprintln!("{}: {:.1} s, {:.0} MiB", figure.step, figure.seconds, figure.peak_mib);
    }
    figures
}

fn print_table(figures: &[Figure]) {
    let hand_written = figures.iter().find(|figure| figure.step == "hand-written SQL").map_or(1.0, |f| f.seconds);
    println!("{:<34} {:>8} {:>8} {:>9} {:>8}  note", "step", "s", "cpu s", "peak MiB", "x hand");
    for Figure { step, seconds, cpu_seconds, peak_mib, note } in figures {
        let ratio = seconds / hand_written;
        println!("{step:<34} {seconds:>8.2} {cpu_seconds:>8.2} {peak_mib:>9.0} {ratio:>8.2}  {note}");
    }
}

fn run_phase(phase: &str, options: &Options) {
    let runtime = Runtime::new().expect("a runtime");
    match phase {
        "hand-written" => hand_written(options),
        "attributes" => {
            let engine = runtime.block_on(way::open(&options.folder, &options.limits));
            attributes(&runtime, &engine, options);
            compare(&runtime, &engine, options);
        }
        "first-plan" => first_plan(&runtime, options),
        "delivery" => delivery(&runtime, options),
        "fold" => fold_delivered(&runtime, options),
        "no-change-sync" => no_change_sync(&runtime, options),
        "changed-plan" => changed_plan(&runtime, options),
        other => panic!("there is no phase {other}"),
    }
}

fn report(figure: &Figure) {
    println!("{}", figure.to_line());
}

fn hand_written(options: &Options) {
    let connection = generated::plain_duckdb(&options.folder, &options.limits);
    let ((), mut figure) = measured("hand-written SQL", || generated::hand_written(&connection, &options.folder));
    "no input checks".clone_into(&mut figure.note);
    report(&figure);
    generated::keep_hand_written(&connection, &options.folder);
}

/// Binds and computes; tells both, and their sum.
fn attributes(runtime: &Runtime, engine: &Engine, options: &Options) {
    let ((), binding) = measured("bind exports, input checks", || bind(runtime, engine, options));
    let ((), computing) = measured("compute attributes", || compute(runtime, engine));
    let sum = Figure {
        step: "attributes".to_owned(),
        seconds: binding.seconds + computing.seconds,
        cpu_seconds: binding.cpu_seconds + computing.cpu_seconds,
        peak_mib: binding.peak_mib.max(computing.peak_mib),
        note: "both".to_owned(),
    };
    [binding, computing, sum].iter().for_each(report);
}

fn bind(runtime: &Runtime, engine: &Engine, options: &Options) {
    let folder = options.folder.clone();
    let bound = engine.run(move |session| {
        way::bind_exports(session, &folder);
        Ok::<_, EngineError>(())
    });
    runtime.block_on(bound).expect("the exports are bound");
}

fn compute(runtime: &Runtime, engine: &Engine) {
    runtime.block_on(engine.run(|session| way::compute_attributes(session))).expect("the attributes are computed");
}

fn compare(runtime: &Runtime, engine: &Engine, options: &Options) {
    let sql = include_str!("support/differences.sql").replace("{folder}", &options.folder.display().to_string());
    let query = engine.run(move |session| session.one(&sql, &[], |row| row.text(0)));
    let differing = runtime.block_on(query).expect("the results can be compared").unwrap_or_default();
    assert!(differing.is_empty(), "customers have other values than the hand-written query gives them: {differing}");
}

fn plan(runtime: &Runtime, engine: &Engine, options: &Options, changed: bool, run_id: i64) -> Planned {
    let capabilities = Instant::taking(options.batch).capabilities("contacts");
    let planned = engine.run(move |session| {
        let spec = way::sync(session, changed);
        Ok::<_, EngineError>(way::plan(session, &spec, &capabilities, run_id))
    });
    runtime.block_on(planned).expect("the sync is planned")
}

/// Picks up the plan that the phase before left in the ledger, as `apply` does.
fn delivery(runtime: &Runtime, options: &Options) {
    let limits = Limits { memory: DELIVERY_MEMORY.to_owned(), ..options.limits.clone() };
    let engine = runtime.block_on(way::open(&options.folder, &limits));
    let picked_up = engine.run(|session| Ok::<_, EngineError>(way::pick_up(session)));
    let planned = runtime.block_on(picked_up).expect("a plan is there");
    let destination = Instant::taking(options.batch);
    let ((), mut sending) = measured("deliver", || runtime.block_on(way::send(&engine, &planned, &destination)));
    let (records, values) = destination.counts();
    assert_eq!(records, planned.staged.counts.to_send, "every change is sent once");
    #[expect(clippy::cast_precision_loss, reason = "a mean needs no more than a double holds")]
    let mean = sending.seconds * 1e6 / records.max(1) as f64;
    sending.note = format!(
        "{records} records, {values} values, {mean:.2} µs a record, {} a batch, {DELIVERY_MEMORY}",
        options.batch
    );
    report(&sending);
}

fn fold_delivered(runtime: &Runtime, options: &Options) {
    let engine = runtime.block_on(way::open(&options.folder, &options.limits));
    let picked_up = engine.run(|session| Ok::<_, EngineError>(way::pick_up(session)));
    let planned = runtime.block_on(picked_up).expect("a plan is there");
    let (folded, mut folding) = measured("fold", || fold(runtime, &engine, &planned));
    folding.note = format!("{folded} confirmed");
    report(&folding);
}

fn fold(runtime: &Runtime, engine: &Engine, planned: &Planned) -> u64 {
    let planned = planned.clone();
    let folded = engine.run(move |session| Ok::<_, EngineError>(way::fold(session, &planned)));
    runtime.block_on(folded).expect("the plan is folded").confirmed
}

fn first_plan(runtime: &Runtime, options: &Options) {
    let engine = runtime.block_on(way::open(&options.folder, &options.limits));
    bind(runtime, &engine, options);
    compute(runtime, &engine);
    let (planned, mut planning) =
        measured("first sync: snapshot, diff, stage", || plan(runtime, &engine, options, false, 1));
    planning.note = format!("{} added", planned.staged.counts.added);
    report(&planning);
}

/// From opening the ledger to the last word: what a scheduled sync costs on a quiet day.
fn no_change_sync(runtime: &Runtime, options: &Options) {
    let (planned, mut all) = measured("no-change sync, all of it", || {
        let engine = runtime.block_on(way::open(&options.folder, &options.limits));
        bind(runtime, &engine, options);
        compute(runtime, &engine);
        let (planned, planning) =
            measured("no-change: snapshot, diff, stage", || plan(runtime, &engine, options, false, 2));
        report(&planning);
        fold(runtime, &engine, &planned);
        planned
    });
    assert_eq!(planned.staged.counts.to_send, 0, "nothing changed, nothing sent");
    all.note = format!("{} unchanged", planned.staged.counts.unchanged);
    report(&all);
}

fn changed_plan(runtime: &Runtime, options: &Options) {
    let engine = runtime.block_on(way::open(&options.folder, &options.limits));
    bind(runtime, &engine, options);
    compute(runtime, &engine);
    let (planned, mut planning) =
        measured("all changed: snapshot, diff, stage", || plan(runtime, &engine, options, true, 3));
    planning.note = format!("{} changed, 12 fields each", planned.staged.counts.changed);
    report(&planning);
}
