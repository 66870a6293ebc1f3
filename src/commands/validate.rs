//! `lapwing validate`: everything that can be known about a sync file without network and secrets.

mod binding;
mod segments;
mod support;

use std::path::Path;

use chrono::Utc;

use crate::cli::{FindingFormat, GlobalOptions, ValidateArguments};
use crate::config::diagnostics::Diagnostics;
use crate::config::sync_file::SyncFile;
use crate::engine::Engine;
use crate::registry::Registry;
use crate::report::{Printer, counted};

use super::project::{Project, load_settings};
use super::{Exit, Failure, input};

use binding::Binding;
pub(super) use support::unsupported;

pub(super) async fn run(global: &GlobalOptions, own: &ValidateArguments, printer: &Printer) -> Result<Exit, Failure> {
    let mut findings = Diagnostics::new();
    for path in &own.files {
        match file(global, path, printer).await {
            Ok(found) | Err(Failure::Findings { findings: found, .. }) => findings.extend(found),
            Err(failure) => return Err(failure),
        }
    }
    print(&findings, own, printer);
    Ok(if findings.has_errors() { Exit::Usage } else { Exit::Done })
}

fn print(findings: &Diagnostics, own: &ValidateArguments, printer: &Printer) {
    match own.format {
        FindingFormat::Text => {
            printer.findings(findings);
            let what = match own.files.as_slice() {
                [file] => file.display().to_string(),
                files => format!("{} files", files.len()),
            };
            let (errors, warnings) = findings.counts();
            let told = match (errors, warnings) {
                (0, 0) => "no mistakes found".to_owned(),
                (errors, 0) => counted(errors as u64, "error"),
                (0, warnings) => counted(warnings as u64, "warning"),
                (errors, warnings) => {
                    format!("{}, {}", counted(errors as u64, "error"), counted(warnings as u64, "warning"))
                }
            };
            printer.result(&format!("{what}: {told}\n"));
        }
        FindingFormat::Json => printer.json(&findings.to_json()),
        FindingFormat::Github => printer.result(&findings.to_github()),
        FindingFormat::Sarif => printer.json(&findings.to_sarif()),
    }
}

/// All findings of one file, in its order.
async fn file(global: &GlobalOptions, path: &Path, printer: &Printer) -> Result<Diagnostics, Failure> {
    Ok(examined(global, path, printer).await?.1)
}

/// A file, where it could be read, and all findings of it, in its order.
pub(super) async fn examined(
    global: &GlobalOptions,
    path: &Path,
    printer: &Printer,
) -> Result<(Option<Project>, Diagnostics), Failure> {
    let settings = load_settings(global, path, printer)?;
    let parsed = SyncFile::load(path, &Registry);
    let mut findings = parsed.diagnostics;
    let Some(file) = parsed.file else { return Ok((None, findings)) };
    let is_whole = !findings.has_errors();
    findings.extend(unsupported(&file));
    let project = Project { file, settings, path: path.to_path_buf() };
    findings.extend(bound(&project, is_whole).await?);
    Ok((Some(project), findings.sorted()))
}

/// What the engine and the connectors find.
async fn bound(project: &Project, is_whole: bool) -> Result<Diagnostics, Failure> {
    let input = match input::read(project, Utc::now()) {
        Ok(input) => input,
        Err(problems) => return Ok(problems),
    };
    let engine = Engine::open(project.engine_options(None, &[])).await?;
    let binding = Binding { file: project.file.clone(), input, is_whole };
    Ok(engine.run(move |session| binding.run(session)).await?)
}
