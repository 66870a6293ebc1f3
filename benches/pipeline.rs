//! The steps of a sync, each for itself: attributes beside hand-written SQL, diff and staging, packing, delivery to a
//! destination that answers at once, and `validate` of the example. The whole way at full size is in `scale.rs`.
#![expect(clippy::expect_used, reason = "a bench that cannot run has nothing to say")]
#![expect(clippy::print_stdout, reason = "its result is what it prints")]

mod support;

use std::cell::Cell;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant as Moment};

use criterion::{BenchmarkId, Criterion, Throughput};
use lapwing::engine::{Engine, EngineError};
use lapwing::plan::{Limits as BatchLimits, batch_ranges};
use lapwing_contract::{Destination, Operation};
use support::generated::{self, Limits};
use support::instant::Instant;
use support::way::{self, Planned};
use tokio::runtime::Runtime;

const CUSTOMERS: u64 = 100_000;
const ORDERS: u64 = 1_000_000;

fn main() {
    let mut criterion = Criterion::default().sample_size(10).configure_from_args();
    packing(&mut criterion);
    validation(&mut criterion);
    pipeline(&mut criterion);
    criterion.final_summary();
}

/// What only counts the changes and their bytes.
fn packing(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("packing");
    group.throughput(Throughput::Elements(1_000_000));
    group.bench_function("1M changes", |bencher| {
        bencher.iter(|| {
            let mut packing = batch_ranges(|_| BatchLimits { records: 1_000, bytes: 6_000_000 });
            (1..=1_000_000).for_each(|seq| packing.add(seq, Operation::Upsert, 400, 0));
            packing.finish()
        });
    });
    group.finish();
}

/// The command as CI runs it: a process from its start to its end.
fn validation(criterion: &mut Criterion) {
    let validate = || {
        let done = Command::new(env!("CARGO_BIN_EXE_lapwing"))
            .args(["validate", "sync.example.toml"])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .expect("the command runs");
        assert!(done.status.success(), "the example is sound");
    };
    criterion.bench_function("validate the example", |bencher| bencher.iter(validate));
}

struct Stage<'a> {
    runtime: Runtime,
    engine: Engine,
    folder: &'a Path,
    /// Which of the two sets of values the ledger has.
    changed: Cell<bool>,
}

impl Stage<'_> {
    fn attributes(&self) {
        let folder = self.folder.to_path_buf();
        let work = self.engine.run(move |session| {
            way::bind_exports(session, &folder);
            way::compute_attributes(session)
        });
        self.runtime.block_on(work).expect("the attributes are computed");
    }

    fn plan(&self, changed: bool, batch: usize) -> Planned {
        let capabilities = Instant::taking(batch).capabilities("contacts");
        let work = self.engine.run(move |session| {
            let spec = way::sync(session, changed);
            Ok::<_, EngineError>(way::plan(session, &spec, &capabilities, 1))
        });
        self.runtime.block_on(work).expect("the sync is planned")
    }

    fn send(&self, planned: &Planned, batch: usize) {
        let destination = Instant::taking(batch);
        self.runtime.block_on(way::send(&self.engine, planned, &destination));
        assert_eq!(destination.counts().0, planned.staged.counts.to_send, "every change is sent once");
    }

    fn fold(&self, planned: Planned) {
        let work = self.engine.run(move |session| Ok::<_, EngineError>(way::fold(session, &planned)));
        self.runtime.block_on(work).expect("the plan is folded");
    }

    /// Gives everybody other values, and tells how long sending them took.
    fn round(&self, batch: usize) -> Duration {
        self.changed.set(!self.changed.get());
        let planned = self.plan(self.changed.get(), batch);
        let started = Moment::now();
        self.send(&planned, batch);
        let spent = started.elapsed();
        self.fold(planned);
        spent
    }
}

fn pipeline(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let limits = Limits { memory: "2GiB".to_owned(), threads: 2 };
    generated::generate(folder.path(), CUSTOMERS, ORDERS, &limits);
    let runtime = Runtime::new().expect("a runtime");
    let engine = runtime.block_on(way::open(folder.path(), &limits));
    let stage = Stage { runtime, engine, folder: folder.path(), changed: Cell::new(true) };
    attributes(criterion, &stage, &limits);
    stage.attributes();
    stage.round(1_000);
    deliveries(criterion, &stage);
    diff(criterion, &stage);
}

fn attributes(criterion: &mut Criterion, stage: &Stage<'_>, limits: &Limits) {
    let plain = generated::plain_duckdb(stage.folder, limits);
    let mut group = criterion.benchmark_group("attributes of 100k customers, 1M orders");
    group.throughput(Throughput::Elements(CUSTOMERS));
    let mut spent = [Duration::ZERO; 2];
    let mut runs = [0_u32; 2];
    let mut timed = |which: usize, work: &mut dyn FnMut()| {
        let started = Moment::now();
        work();
        spent[which] += started.elapsed();
        runs[which] += 1;
    };
    group.bench_function("hand-written SQL", |bencher| {
        bencher.iter(|| timed(0, &mut || generated::hand_written(&plain, stage.folder)));
    });
    group.bench_function("lapwing, with input checks", |bencher| bencher.iter(|| timed(1, &mut || stage.attributes())));
    group.finish();
    if runs.iter().all(|runs| *runs > 0) {
        let mean = |which: usize| spent[which].as_secs_f64() / f64::from(runs[which]);
        println!("ratio to hand-written SQL: {:.2}", mean(1) / mean(0));
    }
}

/// Sends 100,000 records with twelve changed fields each, in batches as vendors take them.
fn deliveries(criterion: &mut Criterion, stage: &Stage<'_>) {
    let mut group = criterion.benchmark_group("delivery of 100k records x 12 fields");
    group.throughput(Throughput::Elements(CUSTOMERS));
    for batch in [100, 1_000, 10_000] {
        group.bench_function(BenchmarkId::new("records a batch", batch), |bencher| {
            bencher.iter_custom(|rounds| (0..rounds).map(|_| stage.round(batch)).sum());
        });
    }
    group.finish();
}

/// A quiet day, and one on which all twelve fields of everybody change.
fn diff(criterion: &mut Criterion, stage: &Stage<'_>) {
    let confirmed = stage.changed.get();
    let mut group = criterion.benchmark_group("snapshot, diff and staging of 100k rows x 12 fields");
    group.throughput(Throughput::Elements(CUSTOMERS));
    for (name, changed) in [("nothing changed", confirmed), ("everything changed", !confirmed)] {
        group.bench_function(name, |bencher| bencher.iter(|| stage.plan(changed, 1_000)));
    }
    group.finish();
}
