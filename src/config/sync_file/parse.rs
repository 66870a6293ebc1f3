//! The one pass over a sync file.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};

use super::context::Context;
use super::reader::{TableReader, wrong_type};
use super::substitute::{Variables, substitute};
use super::tree::{self, Spanned, Table, Value};
use super::{
    Catalog, DEFAULT_FALLBACK, Lookup, SyncFile, VERSION, attributes, cross_checks, destinations, exports, limits,
    secrets, segments, syncs,
};
use crate::config::diagnostics::{Diagnostic, Diagnostics, Source};

/// What reading a sync file gave.
#[derive(Debug)]
pub struct Parsed {
    /// What could be read: with errors among the diagnostics, parts are missing. None where the text is no TOML or of
    /// another version.
    pub file: Option<SyncFile>,
    /// Every mistake and warning, in the order of the file.
    pub diagnostics: Diagnostics,
}

impl Parsed {
    /// The file, and its warnings.
    ///
    /// # Errors
    /// All diagnostics, where one of them is an error.
    pub fn into_result(self) -> Result<(SyncFile, Diagnostics), Diagnostics> {
        match self.file {
            Some(file) if !self.diagnostics.has_errors() => Ok((file, self.diagnostics)),
            _ => Err(self.diagnostics),
        }
    }
}

impl SyncFile {
    /// Reads a text. Pure: no files, no variables. `path` is what messages call the file, and where relative paths start.
    pub fn parse(path: impl Into<PathBuf>, text: impl Into<Arc<str>>, catalog: &dyn Catalog) -> Parsed {
        let source = Source::new(path, text);
        let Ok(typed) = tree::parse(&Arc::new(source.clone())) else {
            // Once more with the masks in place: the excerpts of the first try might show a secret.
            let masks = secrets::masks_in_broken(source.text(), catalog);
            let source = Arc::new(source.with_masked(&masks));
            let diagnostics = tree::parse(&source).err().unwrap_or_default();
            return Parsed { file: None, diagnostics: diagnostics.sorted() };
        };
        let source = Arc::new(source.with_masked(&secrets::masks(&typed.value, catalog)));
        read(&source, &Arc::new(typed), Variables::Keep, catalog)
    }

    /// Reads a file of at most [`limits::FILE_BYTES`], then parses it.
    pub fn load(path: &Path, catalog: &dyn Catalog) -> Parsed {
        match read_bounded(path) {
            Ok(text) => Self::parse(path, text, catalog),
            Err(diagnostics) => Parsed { file: None, diagnostics },
        }
    }

    /// The same file with variables and secret files put in. Secret files are read from the file's folder.
    ///
    /// # Errors
    /// Variables that are not set, secret files that cannot be read, and mistakes that only the replaced values show.
    pub fn resolve(&self, catalog: &dyn Catalog, variables: Lookup<'_>) -> Result<Self, Diagnostics> {
        read(&self.source, &self.typed, Variables::Replace(variables), catalog).into_result().map(|(file, _)| file)
    }
}

fn read_bounded(path: &Path) -> Result<String, Diagnostics> {
    use std::io::Read as _;
    let failed = |why: &dyn std::fmt::Display| {
        Diagnostic::error("unreadable-file", format!("cannot read the sync file {}: {why}", path.display()))
    };
    let file = std::fs::File::open(path).map_err(|error| {
        let missing = error.kind() == std::io::ErrorKind::NotFound;
        failed(&error).with_hint_if(missing.then_some("start from a copy of sync.example.toml"))
    })?;
    let mut bytes = Vec::new();
    // One byte more than allowed tells a file that is too large from one that just fits.
    file.take(limits::FILE_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(|error| failed(&error))?;
    if bytes.len() > limits::FILE_BYTES {
        let message = format!("{} is larger than {}", path.display(), limits::FILE_BYTES_WORDS);
        return Err(Diagnostic::error("file-too-large", message).into());
    }
    String::from_utf8(bytes).map_err(|_| failed(&"it is not UTF-8 text").into())
}

fn read(source: &Arc<Source>, typed: &Arc<Spanned<Table>>, variables: Variables<'_>, catalog: &dyn Catalog) -> Parsed {
    let mut cx = Context { source: Arc::clone(source), catalog, diagnostics: Diagnostics::new() };
    let mut root = typed.value.clone();
    substitute(&mut root, variables, &mut cx);
    let folder = match variables {
        Variables::Keep => None,
        Variables::Replace(_) => Some(source.path().parent().unwrap_or(Path::new("")).to_owned()),
    };
    let file = read_root(&root, typed, folder.as_deref(), &mut cx);
    Parsed { file, diagnostics: cx.diagnostics.sorted() }
}

fn read_root(
    root: &Table,
    typed: &Arc<Spanned<Table>>,
    folder: Option<&Path>,
    cx: &mut Context<'_>,
) -> Option<SyncFile> {
    // The root table has no header of its own: what is missing there is shown at the first line.
    let mut reader = TableReader::new(root, crate::config::diagnostics::Span::default(), "the sync file");
    check_version(&mut reader, cx)?;
    let as_of = reader.optional("as_of").and_then(|value| read_as_of(value, cx));
    let exports = reader.optional("exports").map(|value| exports::read(value, cx)).unwrap_or_default();
    let attributes = reader.optional("attributes").map(|value| attributes::read(value, cx)).unwrap_or_default();
    let segments = reader.optional("segments").map(|value| segments::read(value, cx)).unwrap_or_default();
    let fallback = reader.text("segments_fallback", cx);
    let typed_destinations = match typed.value.get("destinations").map(|value| &value.value) {
        Some(Value::Table(table)) => Some(table),
        _ => None,
    };
    let destinations = reader
        .optional("destinations")
        .map(|value| destinations::read(value, typed_destinations, folder, cx))
        .unwrap_or_default();
    let syncs = reader.optional("syncs").map(|value| syncs::read(value, cx)).unwrap_or_default();
    reader.finish(&[], cx);
    cross_checks::check(root, &destinations, &syncs, cx);
    Some(SyncFile {
        as_of,
        exports,
        attributes: attributes.packs,
        custom_attributes: attributes.custom,
        excluded_statuses: attributes.excluded_statuses,
        segments,
        segments_fallback: fallback.map_or_else(|| DEFAULT_FALLBACK.to_owned(), |fallback| fallback.value),
        destinations,
        syncs,
        source: Arc::clone(&cx.source),
        typed: Arc::clone(typed),
    })
}

/// A file of another version is not read: its keys may mean something else.
fn check_version(reader: &mut TableReader<'_>, cx: &mut Context<'_>) -> Option<()> {
    let hint = format!("write version = {VERSION} in the first line");
    let Some(value) = reader.required("version", &hint, cx) else { return Some(()) };
    let Value::Integer(version) = value.value else {
        wrong_type(value, "`version`", "a whole number", cx);
        return Some(());
    };
    if version == VERSION {
        return Some(());
    }
    let hint = if version > VERSION {
        format!("this Lapwing reads version {VERSION}; a newer one wrote this file: upgrade Lapwing")
    } else {
        format!("this Lapwing reads version {VERSION}")
    };
    cx.error(value.span, "unsupported-version", format!("sync files of version {version} cannot be read")).hint(hint);
    None
}

fn read_as_of(value: &Spanned<Value>, cx: &mut Context<'_>) -> Option<DateTime<Utc>> {
    let typed = match &value.value {
        Value::Datetime(datetime) => datetime.to_string(),
        Value::Text(text) if text.expose().contains("${") => return None,
        Value::Text(text) => text.expose().trim().to_owned(),
        _ => {
            wrong_type(value, "`as_of`", "a date and time", cx);
            return None;
        }
    };
    let as_of = parse_time(&typed);
    if as_of.is_none() {
        cx.error(value.span, "bad-value", "`as_of` is not a date and time")
            .hint("for example 2026-03-31T00:00:00Z; without an offset it is UTC");
    }
    as_of
}

/// RFC 3339; without an offset UTC, without a time midnight.
fn parse_time(text: &str) -> Option<DateTime<Utc>> {
    let text = text.replacen(' ', "T", 1);
    if let Ok(time) = DateTime::parse_from_rfc3339(&text) {
        return Some(time.with_timezone(&Utc));
    }
    let naive = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M"]
        .into_iter()
        .find_map(|format| NaiveDateTime::parse_from_str(&text, format).ok());
    let midnight = || NaiveDate::parse_from_str(&text, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0);
    naive.or_else(midnight).map(|time| time.and_utc())
}
