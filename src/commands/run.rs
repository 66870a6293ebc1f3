//! What `plan`, `apply` and `sync` share: from a sync file to planned syncs, and from planned syncs to results.

use chrono::{DateTime, Utc};
use fail::fail_point;
use lapwing_contract::Target;

use crate::cli::{GlobalOptions, RunOptions};
use crate::config::diagnostics::Diagnostics;
use crate::config::sync_file::SyncSpec;
use crate::exports::InputReport;
use crate::ledger::{self, RunSummary};
use crate::plan::PlanOrigin;
use crate::registry;
use crate::report::Printer;

use super::basis::Basis;
use super::connections::Connections;
use super::input::Computed;
use super::planning::{Planned, Planning, plan_sync};
use super::project::Project;
use super::sync_result::SyncResult;
use super::workbench::{Workbench, as_of};
use super::{Exit, Failure, guarded, input, recover, warnings};

/// A run under way.
pub(super) struct Run {
    pub(super) project: Project,
    pub(super) bench: Workbench,
    pub(super) number: i64,
    pub(super) as_of: DateTime<Utc>,
    pub(super) connections: Connections,
}

/// What planning gave.
pub(super) struct PlannedRun {
    /// The syncs that can be sent.
    pub(super) planned: Vec<Planned>,
    /// What they were made from.
    pub(super) basis: Basis,
    /// What was read.
    pub(super) read: Read,
    /// A fingerprint of what decides segments; none where there are none.
    pub(super) segment_rules: Option<String>,
    /// The failures of syncs that an earlier run left under way, and whose vendor can't be asked now.
    pub(super) failures: Vec<Failure>,
}

/// What a run read, and what there is to say about it.
#[derive(Default)]
pub(super) struct Read {
    pub(super) input: InputReport,
    pub(super) warnings: Diagnostics,
}

impl Run {
    /// Opens everything that a run needs.
    pub(super) async fn open(
        global: &GlobalOptions,
        options: &RunOptions,
        command: &'static str,
        printer: &Printer,
    ) -> Result<Self, Failure> {
        guarded::check_names(&options.allow)?;
        let project = Project::load(global, &options.selection.sync_file.file, printer)?.resolve()?;
        Self::open_project(project, options, command, printer).await
    }

    /// The same for a project that is loaded already.
    pub(super) async fn open_project(
        project: Project,
        options: &RunOptions,
        command: &'static str,
        printer: &Printer,
    ) -> Result<Self, Failure> {
        let names: Vec<&str> =
            selected(&project, &options.selection.syncs)?.iter().map(|s| s.destination.value.as_str()).collect();
        let as_of = as_of(&project, options.as_of);
        let bench = Workbench::open(&project, command, options.ledger.wait, printer).await?;
        let run_id = bench.start_run(&project, command, as_of).await?;
        let connections = Connections::open(&project, names, run_id)?;
        Ok(Self { project, bench, number: run_id, as_of, connections })
    }

    /// Picks up what earlier runs left, computes the attributes, and plans the selected syncs.
    pub(super) async fn plan(&self, options: &RunOptions, printer: &Printer) -> Result<PlannedRun, Failure> {
        let syncs = selected(&self.project, &options.selection.syncs)?;
        let engine = &self.bench.engine;
        let mut unsettled = recover::recover(engine, &self.project.file, &syncs, &self.connections, printer).await?;
        let file = &self.project.file;
        let (computed, warnings) = self.compute(printer).await?;
        let basis = Basis::new(&self.project, &computed.report.files);
        let origin =
            PlanOrigin { run_id: self.number, as_of: self.as_of, started_at: Utc::now(), fingerprint: basis.to_text() };
        let exports = self.note_exports(&computed.report).await?;
        let mut planned = Vec::with_capacity(syncs.len());
        let planable = |sync: &&SyncSpec| !unsettled.contains_key(&sync.name.value);
        let planable: Vec<&SyncSpec> = syncs.into_iter().filter(planable).collect();
        for sync in planable {
            let connected = self.connections.get(&sync.destination.value)?;
            let planning = Planning {
                engine,
                file,
                sync,
                connected: &connected,
                columns: &computed.columns,
                exports: &exports,
                origin: &origin,
            };
            let mut plan = match plan_sync(planning).await {
                Ok(plan) => plan,
                // A vendor that can't be read costs only its own syncs.
                Err(failure) if failure.exit() == Exit::Destination => {
                    unsettled.insert(sync.name.value.clone(), failure);
                    continue;
                }
                Err(failure) => return Err(failure),
            };
            plan.trips = guarded::standing(plan.trips, &options.allow);
            if guarded::is_allowed(&options.allow, "max_reject_pct") {
                plan.max_reject_pct = 100.0;
            }
            planned.push(plan);
        }
        self.let_connectors_look(&planned)?;
        let failures = std::mem::take(&mut unsettled).into_values().collect();
        let read = Read { input: computed.report, warnings };
        Ok(PlannedRun { planned, basis, read, segment_rules: computed.segment_rules, failures })
    }

    /// Keeps how many rows were read of each export, for the guards of later runs, and gives them.
    async fn note_exports(&self, report: &InputReport) -> Result<Vec<(String, u64)>, Failure> {
        let exports = rows_read(report);
        let (noted, run_id) = (exports.clone(), self.number);
        self.bench.engine.run(move |session| ledger::note_exports(session, run_id, &noted)).await?;
        Ok(exports)
    }

    /// Computes the attributes, and warns of what looks wrong in the data.
    pub(super) async fn compute(&self, printer: &Printer) -> Result<(Computed, Diagnostics), Failure> {
        let file = &self.project.file;
        let spinner = printer.spinner("computing attributes");
        let input = input::read(&self.project, self.as_of)?;
        let computed = self.bench.engine.run(move |session| input::compute_input(session, &input)).await;
        let computed = computed.map_err(|error| error.into_failure(file))?;
        spinner.finish();
        let warnings = warnings::of_input(file, &computed, self.as_of);
        printer.warnings(&warnings);
        Ok((computed, warnings))
    }

    /// What `validate` asks the connectors, asked again with the types of this run: nothing is sent past an error.
    fn let_connectors_look(&self, planned: &[Planned]) -> Result<(), Failure> {
        let mut findings = Diagnostics::new();
        for destination in &self.project.file.destinations {
            let name = destination.name.value.as_str();
            let targets: Vec<Target> =
                planned.iter().filter(|plan| plan.destination == name).map(|plan| plan.target.clone()).collect();
            if targets.is_empty() {
                continue;
            }
            for finding in registry::validate(&destination.connector.value, &destination.config, &targets)? {
                findings.push(self.project.file.diagnose(name, finding));
            }
        }
        if findings.has_errors() { Err(findings.sorted().into()) } else { Ok(()) }
    }

    /// Closes the run in the ledger and keeps the state of fakes.
    /// `found` is what is known of its end already.
    pub(super) async fn finish(
        &self,
        results: &[SyncResult],
        failures: &[Failure],
        found: Exit,
    ) -> Result<Exit, Failure> {
        let exits = results.iter().map(SyncResult::exit).chain(failures.iter().map(Failure::exit));
        let exit = exits.chain([found]).max().unwrap_or(found);
        let outcome = match exit {
            Exit::Done => "done",
            Exit::Rejections => "rejections",
            Exit::Guarded => "guarded",
            Exit::Usage | Exit::Destination | Exit::InUse => "failed",
        };
        let summaries: Vec<RunSummary> = results.iter().map(SyncResult::summary).collect();
        self.close(outcome, summaries).await?;
        fail_point!("run-closed", |_| std::process::abort());
        if let Err(error) = self.bench.engine.run(ledger::checkpoint).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "the ledger's log stays beside it");
        }
        fail_point!("checkpointed", |_| std::process::abort());
        self.connections.save_sandboxes(&self.project.state_folder())?;
        Ok(exit)
    }

    /// Closes the run where it failed as a whole.
    pub(super) async fn fail(&self) {
        // The failure itself is what has to be told; one more about the history would hide it.
        let _ = self.close("failed", Vec::new()).await;
        let _ = self.connections.save_sandboxes(&self.project.state_folder());
    }

    async fn close(&self, outcome: &'static str, summaries: Vec<RunSummary>) -> Result<(), Failure> {
        let run_id = self.number;
        let now = Utc::now();
        self.bench
            .engine
            .run(move |session| ledger::finish_run(session, run_id, outcome, now, &summaries))
            .await
            .map_err(Failure::from)
    }
}

/// The rows that were read of each export. What is derived from another export has no rows of its own.
pub(super) fn rows_read(report: &InputReport) -> Vec<(String, u64)> {
    let read = report.relations.iter().filter(|relation| relation.files > 0);
    read.map(|export| (export.relation.to_owned(), export.rows)).collect()
}

/// The syncs that the command line names, or all.
pub(super) fn selected<'a>(project: &'a Project, names: &[String]) -> Result<Vec<&'a SyncSpec>, Failure> {
    let known: Vec<&str> = project.file.syncs.iter().map(|sync| sync.name.value.as_str()).collect();
    if let Some(name) = names.iter().find(|name| !known.contains(&name.as_str())) {
        return Err(Failure::usage(format!("there is no sync `{name}`"), format!("syncs are {}", known.join(", "))));
    }
    let wanted = |sync: &&SyncSpec| names.is_empty() || names.contains(&sync.name.value);
    Ok(project.file.syncs.iter().filter(wanted).collect())
}
