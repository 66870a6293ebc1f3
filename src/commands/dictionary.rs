//! `lapwing dictionary`: what every delivered column means, for who receives it.

mod customer_columns;
mod fields;
mod kept_nulls;
mod syncs;
mod words;
mod written;

use std::path::{Path, PathBuf};

use chrono::DateTime;

use crate::attributes::{DescribedPack, PackSettings, catalogue};
use crate::cli::{DictionaryArguments, DictionaryFormat, GlobalOptions};
use crate::config::sync_file::SyncFile;
use crate::engine::{Engine, Session};
use crate::exports::bind_shapes;
use crate::plan::field_shapes;
use crate::report::Printer;
use crate::report::dictionary::{self, Dictionary, PackPart};

use super::input::{self, Input};
use super::places;
use super::{Exit, Failure, targets, validate};

use kept_nulls::KeptNulls;
use syncs::Bound;
use words::words;

pub(super) async fn run(global: &GlobalOptions, own: &DictionaryArguments, printer: &Printer) -> Result<Exit, Failure> {
    let told = match &own.file {
        None if own.all => of_packs(&all_packs(&[]), &PackSettings::default().excluded_statuses),
        file => of_file(global, file.as_deref().unwrap_or(Path::new("sync.toml")), own.all, printer).await?,
    };
    write(own, &told, printer)?;
    Ok(Exit::Done)
}

/// A sync file's dictionary: of what it delivers, or of all that packs offer.
async fn of_file(global: &GlobalOptions, path: &Path, all: bool, printer: &Printer) -> Result<Dictionary, Failure> {
    // All that is wrong with the file is told at once, as `validate` does.
    let (project, found) = validate::examined(global, path, printer).await?;
    let Some(project) = project.filter(|_| !found.has_errors()) else { return Err(found.into()) };
    // Nothing that is told depends on the time.
    let as_of = project.file.as_of.unwrap_or(DateTime::UNIX_EPOCH);
    let input = input::read(&project, as_of)?;
    let statuses = input.attributes.attributes.excluded_statuses.clone();
    let engine = Engine::open(project.engine_options(None, &[])).await?;
    let file = project.file.clone();
    let (packs, bound) = engine.run(move |session| bind(session, &file, &input)).await?;
    if all || project.file.syncs.is_empty() {
        return Ok(of_packs(&all_packs(&packs), &statuses));
    }
    let title = format!("Data dictionary of {}", path.file_name().unwrap_or_default().to_string_lossy());
    let kept = KeptNulls::of(&project.file, &found);
    let (destinations, packs) = syncs::parts(&project.file, &packs, &bound, &kept);
    Ok(Dictionary { title, destinations, packs, words: words(&statuses) })
}

/// Binds everything over empty exports of the right shape, as `validate` does: what columns there are, of which types.
fn bind(session: &Session, file: &SyncFile, input: &Input) -> Result<(Vec<DescribedPack>, Bound), Failure> {
    if let Some(problem) = bind_shapes(session, &input.exports)?.first() {
        return Err(places::of_export(file, problem).into());
    }
    let derived =
        input::compute_attributes(session, &input.attributes, input.as_of).map_err(|error| error.into_failure(file))?;
    let columns = session.describe("SELECT * FROM attributes")?;
    let types = columns.into_iter().map(|column| (column.name, column.sql_type)).collect();
    let mut specs = Vec::new();
    for sync in &file.syncs {
        let spec = targets::parse(session, file, sync)??;
        let shapes = field_shapes(session, &spec).map_err(|error| places::of_plan(file, &error, &derived.columns))?;
        specs.push((spec, shapes));
    }
    Ok((derived.plan.packs, Bound { types, specs }))
}

/// All packs: as the sync file sets them, and by their defaults where it does not have them.
fn all_packs(own: &[DescribedPack]) -> Vec<DescribedPack> {
    let own_or_default = |pack: DescribedPack| own.iter().find(|mine| mine.name == pack.name).cloned().unwrap_or(pack);
    catalogue().into_iter().map(own_or_default).collect()
}

fn of_packs(packs: &[DescribedPack], excluded_statuses: &[String]) -> Dictionary {
    let packs = packs.iter().map(PackPart::whole).collect();
    let title = "Data dictionary".to_owned();
    Dictionary { title, destinations: Vec::new(), packs, words: words(excluded_statuses) }
}

/// Why the dictionary could not be written.
#[derive(Debug, thiserror::Error)]
enum WriteError {
    #[error("can't write {}", .path.display())]
    File {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("can't write the dictionary as CSV")]
    Csv(#[source] csv::Error),
}

fn write(own: &DictionaryArguments, told: &Dictionary, printer: &Printer) -> Result<(), Failure> {
    let failed = |error: WriteError| Failure::usage(error, "choose another file, or leave --output out");
    let Some(output) = &own.output else {
        printer.result(&rendered(told, own.format.unwrap_or(DictionaryFormat::Markdown)).map_err(failed)?);
        return Ok(());
    };
    if output.is_dir() {
        return write_pages(own, told, output, printer);
    }
    let text = rendered(told, own.format.unwrap_or_else(|| format_of(output))).map_err(failed)?;
    write_file(output, &text).map_err(failed)?;
    printer.result(&format!("written to {}\n", output.display()));
    Ok(())
}

/// One page a pack in a folder, for those that describe packs rather than syncs.
fn write_pages(own: &DictionaryArguments, told: &Dictionary, folder: &Path, printer: &Printer) -> Result<(), Failure> {
    let is_markdown = own.format.is_none_or(|format| format == DictionaryFormat::Markdown);
    if !told.destinations.is_empty() || !is_markdown {
        let message = format!("{} is a folder, and a folder gets the pages of all packs in Markdown", folder.display());
        return Err(Failure::usage(message, "name a file, or ask for --all"));
    }
    let pages = dictionary::pages(told);
    for (name, text) in &pages {
        let failed = |error| Failure::usage(error, "choose a folder that can be written to");
        write_file(&folder.join(name), text).map_err(failed)?;
    }
    printer.result(&format!("{} pages written to {}\n", pages.len(), folder.display()));
    Ok(())
}

fn write_file(path: &Path, text: &str) -> Result<(), WriteError> {
    std::fs::write(path, text).map_err(|source| WriteError::File { path: path.to_path_buf(), source })
}

fn rendered(told: &Dictionary, format: DictionaryFormat) -> Result<String, WriteError> {
    match format {
        DictionaryFormat::Markdown => Ok(dictionary::markdown(told)),
        DictionaryFormat::Html => Ok(dictionary::html(told)),
        DictionaryFormat::Csv => dictionary::csv(told).map_err(WriteError::Csv),
    }
}

/// What a file's name asks for.
fn format_of(output: &Path) -> DictionaryFormat {
    let ending = output.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    match ending.as_deref() {
        Some("html" | "htm") => DictionaryFormat::Html,
        Some("csv") => DictionaryFormat::Csv,
        _ => DictionaryFormat::Markdown,
    }
}
