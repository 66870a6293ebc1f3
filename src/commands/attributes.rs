//! `lapwing attributes`: compute them, and show or write them.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use crate::attributes::AttributeColumn;
use crate::cli::{AttributesArguments, GlobalOptions};
use crate::engine::{Engine, EngineError, Session, quote_identifier, quote_literal};
use crate::ledger::{self, SegmentMoves};
use crate::report::{Printer, attributes_text, moves_text};

use super::input::{self, Computed, InputError};
use super::project::Project;
use super::workbench::{Workbench, as_of};
use super::{Exit, Failure};

pub(super) async fn run(global: &GlobalOptions, own: &AttributesArguments, printer: &Printer) -> Result<Exit, Failure> {
    let printer = &printer.for_json(own.json);
    let project = Project::load(global, &own.sync_file.file, printer)?;
    let as_of = as_of(&project, own.as_of);
    let output = own.output.as_deref().map(absolute);
    let folders: Vec<PathBuf> = output.as_deref().and_then(Path::parent).map(Path::to_path_buf).into_iter().collect();
    let input = input::read(&project.file, &project.folder(), as_of)?;
    let has_segments = input.attributes.rules().is_ok_and(|rules| !rules.is_empty());
    let bench = if has_segments { ledger_of(&project, own.wait, &folders, printer).await? } else { None };
    let engine = match &bench {
        Some(bench) => bench.engine.clone(),
        None => Engine::open(project.engine_options(None, &folders)).await?,
    };
    let spinner = printer.spinner("computing attributes");
    let (sample, migration) = (own.sample, own.migration);
    let computed = engine
        .run(move |session| {
            let computed = input::compute_input(session, &input)?;
            let result = match &computed.segment_rules {
                Some(rules) if migration => Shown::Moves(ledger::segment_moves(session, as_of, rules)?),
                _ => Shown::Attributes(summarise(session, &computed, sample)?),
            };
            if let Some(output) = &output {
                write(session, output)?;
            }
            Ok::<_, InputError>((computed, result))
        })
        .await;
    spinner.finish();
    let (computed, result) = computed.map_err(|error| error.into_failure(&project.file))?;
    printer.warnings(&input::warnings(&project.file, &computed));
    if migration && computed.segment_rules.is_none() {
        return Err(Failure::usage("there are no segments to move between", "add [attributes.rfm] or [[segments]]"));
    }
    print(own, as_of, &computed, &result, printer);
    Ok(Exit::Done)
}

/// What is asked for.
enum Shown {
    Attributes(attributes_text::Shown),
    Moves(SegmentMoves),
}

fn print(own: &AttributesArguments, as_of: DateTime<Utc>, computed: &Computed, shown: &Shown, printer: &Printer) {
    match shown {
        Shown::Moves(moves) if own.json => printer.json(&moves_text::json(as_of, moves)),
        Shown::Moves(moves) => printer.result(&moves_text::text(as_of, moves, printer.style())),
        Shown::Attributes(shown) if own.json => {
            printer.json(&attributes_text::json(as_of, &computed.report, shown));
        }
        Shown::Attributes(shown) => {
            let written = own.output.as_deref();
            printer.result(&attributes_text::text(as_of, &computed.report, shown, written, printer.style()));
        }
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

/// A sample of rows, and the shares of the columns that sort customers into classes.
fn summarise(session: &Session, computed: &Computed, sample: u32) -> Result<attributes_text::Shown, EngineError> {
    let customers = session.one("SELECT count(*) FROM attributes", &[], |row| row.count(0))?;
    // Names and addresses of customers are no part of a sample that ends up in a log.
    let names: Vec<String> = computed.plan.columns.iter().map(|column| column.name.clone()).collect();
    let columns: Vec<String> =
        computed.plan.columns.iter().map(|column| shown_as_text(&column.name, column.sql_type)).collect();
    let sql = format!("SELECT {} FROM attributes ORDER BY customer_id LIMIT {sample}", columns.join(", "));
    let rows = session.rows(&sql, &[], |row| (0..names.len()).map(|index| row.text(index)).collect())?;
    let mut classes = Vec::new();
    // Scores are spread evenly by their making; what tells something are the classes with names.
    let is_class = |column: &&AttributeColumn| !column.values.is_empty() && column.sql_type == "VARCHAR";
    for column in computed.plan.columns.iter().filter(is_class) {
        if let Some(class) = class(session, &column.name, customers)? {
            classes.push(class);
        }
    }
    classes.sort_by_key(|class| class.column != "segment");
    Ok(attributes_text::Shown { customers, columns: names, rows, classes })
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

fn class(session: &Session, column: &str, customers: u64) -> Result<Option<attributes_text::Class>, EngineError> {
    let name = quote_identifier(column);
    let sql = format!(
        "SELECT coalesce(CAST({name} AS VARCHAR), '(none)'), count(*) FROM attributes GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 20"
    );
    let values = session.rows(&sql, &[], |row| Ok((row.text(0)?.unwrap_or_default(), row.count(1)?)))?;
    let few = values.len() < 20 && customers > 0;
    Ok(few.then(|| attributes_text::Class { column: column.to_owned(), values }))
}

fn write(session: &Session, output: &Path) -> Result<(), EngineError> {
    let is_csv = output.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv"));
    let format = if is_csv { "FORMAT csv, HEADER" } else { "FORMAT parquet, COMPRESSION zstd" };
    let path = quote_literal(&output.to_string_lossy());
    session.run_script(&format!("COPY (SELECT * FROM attributes ORDER BY customer_id) TO {path} ({format})"))
}
