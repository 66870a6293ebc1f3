//! `lapwing attributes`: compute them, and sum them up, show or write them.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use crate::attributes::summarise;
use crate::cli::{AttributesArguments, GlobalOptions};
use crate::config::diagnostics::Diagnostics;
use crate::engine::{Engine, EngineError, Session, quote_identifier, quote_literal};
use crate::ledger::{self, SegmentMoves};
use crate::report::sample_text::Sample;
use crate::report::{Printer, attributes_text, moves_text};

use super::input::{self, Computed, Input, InputError};
use super::project::Project;
use super::workbench::{Workbench, as_of};
use super::{Exit, Failure, preset, warnings};

pub(super) async fn run(global: &GlobalOptions, own: &AttributesArguments, printer: &Printer) -> Result<Exit, Failure> {
    let printer = &printer.for_json(own.ledger.json);
    let project = Project::load(global, &own.sync_file.file, printer)?;
    let as_of = as_of(&project, own.as_of);
    let output = own.output.as_deref().map(absolute);
    let folders: Vec<PathBuf> = output.as_deref().and_then(Path::parent).map(Path::to_path_buf).into_iter().collect();
    let input = wanted(input::read(&project, as_of)?, own.preset.as_deref());
    let has_segments = own.preset.is_none() && input.attributes.rules().is_ok_and(|rules| !rules.is_empty());
    let bench = if has_segments { ledger_of(&project, own.ledger.wait, &folders, printer).await? } else { None };
    let engine = match &bench {
        Some(bench) => bench.engine.clone(),
        None => Engine::open(project.engine_options(None, &folders)).await?,
    };
    let (rows, preset, sync_file) = (own.sample, own.preset.clone(), project.path.clone());
    let spinner = printer.spinner("computing attributes");
    let migration = own.migration;
    let computed = engine
        .run(move |session| {
            let computed = input::compute_input(session, &input)?;
            let shown = match &computed.segment_rules {
                Some(rules) if migration => Shown::Moves(ledger::segment_moves(session, as_of, rules)?),
                _ => {
                    let summary = summarise(session, &input.attributes, &computed.plan)?;
                    let rows = if preset.is_some() { 0 } else { rows };
                    let sample = sample(session, &input, &computed, rows)?;
                    Shown::Attributes(attributes_text::Shown { summary, sample, preset, sync_file })
                }
            };
            if let Some(output) = &output {
                write(session, output)?;
            }
            Ok::<_, InputError>((computed, shown))
        })
        .await;
    spinner.finish();
    let (computed, shown) = computed.map_err(|error| error.into_failure(&project.file))?;
    let warnings = warnings::of_input(&project.file, &computed, as_of);
    printer.warnings(&warnings);
    if migration && computed.segment_rules.is_none() {
        return Err(Failure::usage("there are no segments to move between", "add [attributes.rfm] or [[segments]]"));
    }
    print(own, as_of, &computed, &shown, &warnings, printer);
    Ok(Exit::Done)
}

/// What is asked for.
enum Shown {
    Attributes(attributes_text::Shown),
    Moves(SegmentMoves),
}

fn print(
    own: &AttributesArguments,
    as_of: DateTime<Utc>,
    computed: &Computed,
    shown: &Shown,
    warnings: &Diagnostics,
    printer: &Printer,
) {
    match shown {
        Shown::Moves(moves) if own.ledger.json => printer.json(&moves_text::json(as_of, moves)),
        Shown::Moves(moves) => printer.result(&moves_text::text(as_of, moves, printer.style())),
        Shown::Attributes(shown) if own.ledger.json => {
            printer.json(&attributes_text::json(as_of, &computed.report, shown, warnings));
        }
        Shown::Attributes(shown) => {
            let written = own.output.as_deref();
            printer.result(&attributes_text::text(as_of, &computed.report, shown, written, printer.style()));
        }
    }
}

/// What is to be computed: all that the sync file asks for, or a preset's segments alone.
fn wanted(input: Input, preset: Option<&str>) -> Input {
    match preset {
        Some(preset) => preset::instead(input, preset),
        None => input,
    }
}

/// The ledger with the history of segments, where there is one: to look is no reason to make it.
async fn ledger_of(
    project: &Project,
    wait: bool,
    folders: &[PathBuf],
    printer: &Printer,
) -> Result<Option<Workbench>, Failure> {
    if !ledger::database_path(&project.state_folder()).is_file() {
        return Ok(None);
    }
    Workbench::open_beside(project, "attributes", wait, folders, printer).await.map(Some)
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf())
}

/// A few rows. Names and addresses of customers are no part of a sample that ends up in a log.
fn sample(session: &Session, input: &Input, computed: &Computed, rows: u32) -> Result<Sample, EngineError> {
    let columns: Vec<String> = computed.plan.columns.iter().map(|column| column.name.clone()).collect();
    let shown: Vec<String> =
        computed.plan.columns.iter().map(|column| shown_as_text(&column.name, column.sql_type)).collect();
    let sql = format!("SELECT {} FROM attributes ORDER BY customer_id LIMIT {rows}", shown.join(", "));
    let rows = session.rows(&sql, &[], |row| (0..columns.len()).map(|index| row.text(index)).collect())?;
    let own = input.attributes.attributes.custom.iter().map(|attribute| attribute.name.clone()).collect();
    Ok(Sample { columns, own, rows })
}

/// Numbers are shown with four digits behind the point at most; files get them whole.
fn shown_as_text(name: &str, sql_type: &str) -> String {
    let name = quote_identifier(name);
    match sql_type {
        "DOUBLE" => format!("CAST(round({name}, 4) AS VARCHAR)"),
        "TIMESTAMP" => format!("strftime({name}, '%Y-%m-%d %H:%M')"),
        _ if sql_type.starts_with("DECIMAL") => format!("CAST(CAST({name} AS DECIMAL(38,2)) AS VARCHAR)"),
        _ => format!("CAST({name} AS VARCHAR)"),
    }
}

fn write(session: &Session, output: &Path) -> Result<(), EngineError> {
    let is_csv = output.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv"));
    let format = if is_csv { "FORMAT csv, HEADER" } else { "FORMAT parquet, COMPRESSION zstd" };
    let path = quote_literal(&output.to_string_lossy());
    session.run_script(&format!("COPY (SELECT * FROM attributes ORDER BY customer_id) TO {path} ({format})"))
}
