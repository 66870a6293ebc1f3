//! `lapwing validate`: everything that can be known about a sync file without network and secrets.

use std::path::Path;

use chrono::Utc;

use crate::cli::{FindingFormat, GlobalOptions, ValidateArguments};
use crate::config::diagnostics::{Diagnostic, Diagnostics};
use crate::config::sync_file::SyncFile;
use crate::engine::{Engine, EngineError, Session};
use crate::exports::bind_shapes;
use crate::plan::{FieldShape, PlanError, field_shapes};
use crate::registry::{self, Registry};
use crate::report::Printer;

use super::input::{self, Input, InputError};
use super::project::{Project, load_settings};
use super::{Exit, Failure, places, targets};

pub(super) async fn run(global: &GlobalOptions, own: &ValidateArguments, printer: &Printer) -> Result<Exit, Failure> {
    let mut findings = Diagnostics::new();
    for path in &own.files {
        for finding in file(global, path, printer).await?.iter() {
            findings.push(finding.clone());
        }
    }
    let (errors, warnings) = findings.counts();
    match own.format {
        FindingFormat::Text => {
            printer.findings(&findings);
            let files = own.files.len();
            let what = if files == 1 { own.files[0].display().to_string() } else { format!("{files} files") };
            printer.result(&match (errors, warnings) {
                (0, 0) => format!("{what}: no mistakes found\n"),
                (errors, warnings) => {
                    format!("{what}: {}, {}\n", counted(errors, "error"), counted(warnings, "warning"))
                }
            });
        }
        FindingFormat::Json => printer.json(&findings.to_json()),
        FindingFormat::Github => printer.result(&findings.to_github()),
        FindingFormat::Sarif => printer.json(&findings.to_sarif()),
    }
    Ok(if errors == 0 { Exit::Done } else { Exit::Usage })
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

async fn file(global: &GlobalOptions, path: &Path, printer: &Printer) -> Result<Diagnostics, Failure> {
    let settings = load_settings(global, path, printer)?;
    let parsed = SyncFile::load(path, &Registry);
    let mut findings = parsed.diagnostics;
    let Some(file) = parsed.file else { return Ok(findings) };
    let project = Project { file, settings, path: path.to_path_buf() };
    let input = match input::read(&project.file, &project.folder(), Utc::now()) {
        Ok(input) => input,
        Err(problems) => return Ok(joined(findings, &problems)),
    };
    let engine = Engine::open(project.engine_options(None, &[])).await?;
    let work = Work { file: project.file, input };
    let found = engine.run(move |session| work.run(session)).await?;
    findings = joined(findings, &found);
    Ok(findings)
}

fn joined(mut all: Diagnostics, more: &Diagnostics) -> Diagnostics {
    for finding in more.iter() {
        all.push(finding.clone());
    }
    all.sorted()
}

struct Work {
    file: SyncFile,
    input: Input,
}

impl Work {
    fn run(self, session: &mut Session) -> Result<Diagnostics, EngineError> {
        let mut findings = Diagnostics::new();
        for problem in bind_shapes(session, &self.input.exports)? {
            findings.push(places::of_export(&self.file, &problem));
        }
        if findings.has_errors() {
            // Attributes over missing columns would only say the same again.
            return Ok(findings);
        }
        let columns = match input::compute_attributes(session, &self.input.attributes, self.input.as_of) {
            Ok((_, columns)) => columns,
            Err(InputError::Attributes(problems)) => return Ok(places::of_attributes(&self.file, &problems)),
            Err(InputError::Engine(error)) => return Ok(self.segment_problem(&error).into()),
            Err(InputError::Export(problem)) => return Ok(places::of_export(&self.file, &problem).into()),
        };
        self.coverage(session, &mut findings)?;
        self.syncs(session, &columns, &mut findings)?;
        Ok(findings)
    }

    /// The packs' own SQL is sound: what does not bind is a segment's condition.
    fn segment_problem(&self, error: &EngineError) -> Diagnostic {
        let message = format!("a segment's condition does not work: {}", places::first_line(&error.message));
        let finding = Diagnostic::error("segment-condition", message)
            .with_hint("conditions see the columns of the packs below [attributes]");
        match self.file.segments.first() {
            Some(segment) => finding.at(self.file.place(segment.name.span)),
            None => finding,
        }
    }

    /// Rules that no cell reaches, and cells that no rule takes.
    fn coverage(&self, session: &Session, findings: &mut Diagnostics) -> Result<(), EngineError> {
        if self.file.segments.is_empty() {
            return Ok(());
        }
        let Ok(rules) = self.input.attributes.rules() else { return Ok(()) };
        let coverage = rules.coverage();
        let rows = session
            .rows(&coverage.sql, &[], |row| Ok((row.text(0)?.unwrap_or_default(), row.int(1)?.unwrap_or_default())))?;
        let report = coverage.report(rows);
        for name in &report.unreached {
            let message = format!("no cell reaches the segment `{name}`");
            let finding = Diagnostic::warning("unreached-segment", message)
                .with_hint("the rules before it take all of its cells: move it up, or narrow them");
            let segment = self.file.segments.iter().find(|segment| segment.name.value == *name);
            findings.push(match segment {
                Some(segment) => finding.at(self.file.place(segment.name.span)),
                None => finding,
            });
        }
        if !report.uncovered.is_empty() {
            let shown: Vec<&str> = report.uncovered.iter().take(8).map(String::as_str).collect();
            let more = report.uncovered.len() - shown.len();
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let message = format!(
                "{} cells are left to `{}`: {}{more}",
                report.uncovered.len(),
                self.file.segments_fallback,
                shown.join(" ")
            );
            let finding = Diagnostic::warning("uncovered-cells", message).with_hint("add a rule that takes them");
            findings.push(match self.file.segments.last() {
                Some(segment) => finding.at(self.file.place(segment.name.span)),
                None => finding,
            });
        }
        Ok(())
    }

    fn syncs(&self, session: &Session, columns: &[String], findings: &mut Diagnostics) -> Result<(), EngineError> {
        let mut targets_of: Vec<(&str, lapwing_contract::Target)> = Vec::new();
        for sync in &self.file.syncs {
            let spec = match targets::parse(session, &self.file, sync)? {
                Ok(spec) => spec,
                Err(problems) => {
                    problems.iter().for_each(|problem| findings.push(problem.clone()));
                    continue;
                }
            };
            match every_shape(session, spec, columns, &self.file, findings)? {
                Some(shapes) => targets_of.push((sync.destination.value.as_str(), targets::target(sync, &shapes))),
                None => continue,
            }
        }
        for destination in &self.file.destinations {
            let name = destination.name.value.as_str();
            let mine: Vec<lapwing_contract::Target> =
                targets_of.iter().filter(|(of, _)| *of == name).map(|(_, target)| target.clone()).collect();
            match registry::validate(&destination.connector.value, &destination.config, &mine) {
                Ok(found) => found.into_iter().for_each(|finding| findings.push(self.file.diagnose(name, finding))),
                Err(problems) => problems.iter().for_each(|problem| findings.push(problem.clone())),
            }
        }
        Ok(())
    }
}

/// The shapes of all fields; every field that does not bind is reported, not only the first.
fn every_shape(
    session: &Session,
    mut spec: crate::plan::SyncSpec,
    columns: &[String],
    file: &SyncFile,
    findings: &mut Diagnostics,
) -> Result<Option<Vec<FieldShape>>, EngineError> {
    let mut complete = true;
    loop {
        let error = match field_shapes(session, &spec) {
            Ok(shapes) => return Ok(complete.then_some(shapes)),
            Err(PlanError::Engine(error)) => return Err(error),
            Err(error) => error,
        };
        complete = false;
        findings.push(places::of_plan(file, &error, columns));
        match &error {
            PlanError::Type { field, .. } => spec.fields.retain(|mapped| mapped.name != *field),
            PlanError::Expression { place, .. } => match place.as_str() {
                "audience" => spec.audience = None,
                "order_by" => spec.order_by = None,
                "key" => return Ok(None),
                field => spec.fields.retain(|mapped| mapped.name != field),
            },
            PlanError::Ledger(_) | PlanError::Engine(_) => return Ok(None),
        }
    }
}
