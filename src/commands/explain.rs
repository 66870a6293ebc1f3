//! `lapwing explain`: one customer, in every sync: what is sent, what is not, and why. It asks no destination and leaves
//! nothing behind: each sync is planned and taken back.

use std::collections::BTreeSet;

use chrono::Utc;

use crate::cli::{ExplainArguments, GlobalOptions};
use crate::config::sync_file::{SegmentRule, SyncFile};
use crate::engine::{Engine, EngineError, Session, quote_identifier};
use crate::ledger::{self, LedgerError};
use crate::plan::{PlanOrigin, Standing, is_customer};
use crate::report::explain_text::{self, Behind, ExplainedSync, Mapping, Orders};
use crate::report::{Printer, explain_json};

use super::connections::Connections;
use super::input::{self, Computed};
use super::planning::{Planning, trace_sync};
use super::project::Project;
use super::run::{rows_read, selected};
use super::workbench::{Workbench, as_of};
use super::{Exit, Failure, warnings};

/// Most customers whose attributes are shown: a shared key can mean many.
const MOST_CUSTOMERS: usize = 3;

pub(super) async fn run(global: &GlobalOptions, own: &ExplainArguments, printer: &Printer) -> Result<Exit, Failure> {
    let printer = &printer.for_json(own.ledger.json);
    let project = Project::load(global, &own.selection.sync_file.file, printer)?.resolve()?;
    let syncs = selected(&project, &own.selection.syncs)?;
    let as_of = as_of(&project, own.as_of);
    let connections = Connections::open(&project, syncs.iter().map(|sync| sync.destination.value.as_str()), 0)?;
    let (engine, _bench) = open(&project, own.ledger.wait, printer).await?;
    let file = &project.file;
    let spinner = printer.spinner("computing attributes");
    let input = input::read(&project, as_of)?;
    let computed = engine.run(move |session| input::compute_input(session, &input)).await;
    let computed = computed.map_err(|error| error.into_failure(file))?;
    spinner.finish();
    printer.warnings(&warnings::of_input(file, &computed, as_of));
    let origin = PlanOrigin { run_id: 0, as_of, started_at: Utc::now(), fingerprint: String::new() };
    let exports = rows_read(&computed.report);
    let mut explained = Vec::with_capacity(syncs.len());
    let mut exit = Exit::Done;
    for sync in syncs {
        let connected = connections.get(&sync.destination.value)?;
        let planning = Planning {
            engine: &engine,
            file,
            sync,
            connected: &connected,
            columns: &computed.columns,
            exports: &exports,
            origin: &origin,
        };
        let (planned, traces) = match trace_sync(planning, &own.key).await {
            Ok(traced) => traced,
            // One sync that cannot be planned hides nothing of the others.
            Err(failure) => {
                printer.failure(&failure);
                exit = exit.max(failure.exit());
                continue;
            }
        };
        explained.push(ExplainedSync {
            name: planned.name,
            destination: planned.destination,
            object: sync.object.value.clone(),
            key_field: sync.key.field.value.clone(),
            traces,
            mapping: sync
                .fields
                .iter()
                .map(|field| Mapping { expression: field.from.as_str().to_owned(), tolerance: field.tolerance })
                .collect(),
            trips: planned.trips,
        });
    }
    let customers = customers(&explained);
    let nobody = explained.iter().all(|sync| sync.traces.is_empty());
    if nobody && exit == Exit::Done {
        let key = own.key.clone();
        let is_known = engine.run(move |session| is_customer(session, &key)).await?;
        if !is_known {
            return Err(Failure::usage(
                "nobody has this key or customer_id, neither in the exports nor in the ledger",
                "give a customer_id of the exports, or a value of the sync's key as the destination has it",
            ));
        }
    }
    let behind = behind(&engine, file, &explained, &computed, customers).await?;
    if own.ledger.json {
        printer.json(&explain_json::json(&own.key, as_of, &explained, &behind));
    } else {
        printer.result(&explain_text::text(as_of, &explained, &behind, printer.style()));
    }
    Ok(exit)
}

/// The engine with the ledger, where there is one; else with an empty one in memory: to look is no reason to make it.
async fn open(project: &Project, wait: bool, printer: &Printer) -> Result<(Engine, Option<Workbench>), Failure> {
    if ledger::database_path(&project.state_folder()).is_file() {
        let bench = Workbench::open(project, "explain", wait, printer).await?;
        return Ok((bench.engine.clone(), Some(bench)));
    }
    let engine = Engine::open(project.engine_options(None, &[])).await.map_err(LedgerError::Engine)?;
    engine.run(ledger::prepare).await?;
    Ok((engine, None))
}

/// Everybody who was found, each once.
fn customers(explained: &[ExplainedSync]) -> Vec<String> {
    let found: BTreeSet<&String> =
        explained.iter().flat_map(|sync| &sync.traces).filter_map(|trace| trace.customer_id.as_ref()).collect();
    found.into_iter().take(MOST_CUSTOMERS).cloned().collect()
}

/// The attributes that the mapped expressions and audiences read, with what these are made of.
async fn behind(
    engine: &Engine,
    file: &SyncFile,
    explained: &[ExplainedSync],
    computed: &Computed,
    customers: Vec<String>,
) -> Result<Vec<Behind>, Failure> {
    let mut named: BTreeSet<String> = BTreeSet::new();
    for trace in explained.iter().flat_map(|sync| &sync.traces) {
        named.extend(trace.fields.iter().flat_map(|field| field.reads.iter().cloned()));
        if let Some(Standing::NotInAudience { reads, .. }) = trace.because.as_ref().or(Some(&trace.standing)) {
            named.extend(reads.iter().map(|(name, _)| name.clone()));
        }
    }
    if named.contains("segment") {
        named.extend(words_of_rules(file));
    }
    let columns = computed.plan.behind(named.iter().map(String::as_str));
    let columns: Vec<(String, String)> =
        columns.into_iter().map(|column| (column.name.clone(), column.formula.clone())).collect();
    let read = move |session: &mut Session| {
        let has_orders = session.has_relation("orders")?;
        customers.iter().map(|customer| behind_one(session, customer, &columns, has_orders)).collect()
    };
    engine.run::<_, EngineError>(read).await.map_err(Failure::from)
}

/// The names that the conditions of segments mention; what is no attribute is passed over later.
fn words_of_rules(file: &SyncFile) -> impl Iterator<Item = String> {
    let conditions = file.segments.iter().filter_map(|segment| match &segment.rule {
        SegmentRule::When(sql) => Some(sql.as_str()),
        SegmentRule::Cells(_) => None,
    });
    let words = conditions.flat_map(|text| text.split(|c: char| !c.is_alphanumeric() && c != '_'));
    words.map(str::to_owned).collect::<Vec<_>>().into_iter()
}

fn behind_one(
    session: &Session,
    customer_id: &str,
    columns: &[(String, String)],
    has_orders: bool,
) -> Result<Behind, EngineError> {
    let params = [("customer", customer_id.into())];
    let orders = if has_orders {
        let sql = "SELECT count(*), min(ordered_at)::TIMESTAMP, max(ordered_at)::TIMESTAMP,
                          CAST(sum(net_amount)::DECIMAL(38,2) AS VARCHAR)
                   FROM orders WHERE CAST(customer_id AS VARCHAR) = $customer";
        Some(session.one(sql, &params, |row| {
            Ok(Orders { count: row.count(0)?, first: row.timestamp(1)?, last: row.timestamp(2)?, net: row.text(3)? })
        })?)
    } else {
        None
    };
    let shown: Vec<String> =
        columns.iter().map(|(name, _)| format!(", CAST({} AS VARCHAR)", quote_identifier(name))).collect();
    let sql =
        format!("SELECT 1{} FROM attributes WHERE CAST(customer_id AS VARCHAR) = $customer LIMIT 1", shown.concat());
    let attributes = session.one(&sql, &params, |row| {
        let one = |(index, (name, formula)): (usize, &(String, String))| {
            Ok((name.clone(), row.text(index + 1)?, formula.clone()))
        };
        columns.iter().enumerate().map(one).collect()
    })?;
    Ok(Behind { customer_id: customer_id.to_owned(), orders, attributes })
}
