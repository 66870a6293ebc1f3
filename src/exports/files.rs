//! From the paths of an export to its files.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::roots::{Roots, is_wild};
use super::{ExportError, Relation};
use crate::engine::{Session, quote_literal};

/// A file as it was when the run began.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct InputFile {
    /// Where it is.
    pub path: PathBuf,
    /// How long it is.
    pub bytes: u64,
    /// When it was last written, where the file system tells.
    pub modified: Option<SystemTime>,
    /// The export that it belongs to.
    pub relation: &'static str,
}

/// The format of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Parquet,
    Csv,
    Json,
}

impl Format {
    pub(super) fn from_name(name: &str) -> Option<Self> {
        match name {
            "parquet" => Some(Self::Parquet),
            "csv" => Some(Self::Csv),
            "json" => Some(Self::Json),
            _ => None,
        }
    }

    /// The format that a file's name tells, compressed or not.
    fn of(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_str()?.to_ascii_lowercase();
        let name = name.trim_end_matches(".gz").trim_end_matches(".zst");
        match name.rsplit_once('.')?.1 {
            "parquet" | "pq" => Some(Self::Parquet),
            "csv" | "tsv" => Some(Self::Csv),
            "json" | "jsonl" | "ndjson" => Some(Self::Json),
            _ => None,
        }
    }
}

/// The files of an export and their one format.
pub(super) fn find(
    session: &Session,
    relation: Relation,
    patterns: &[PathBuf],
    roots: &Roots,
    format: Option<Format>,
) -> Result<(Vec<InputFile>, Format), ExportError> {
    let mut files = Vec::new();
    for pattern in patterns {
        let admitted = roots.admit(relation, pattern)?;
        let found = expand(session, relation, &admitted, format)?;
        if found.is_empty() {
            return Err(ExportError::NoFiles { relation: relation.name(), pattern: pattern.display().to_string() });
        }
        for path in found {
            let metadata = roots.look_at(relation, pattern, &path)?;
            if metadata.len() == 0 {
                return Err(ExportError::EmptyFile { relation: relation.name(), file: path });
            }
            files.push(InputFile {
                relation: relation.name(),
                path,
                bytes: metadata.len(),
                modified: metadata.modified().ok(),
            });
        }
    }
    files.sort();
    files.dedup();
    let format = one_format(relation, &files, format)?;
    Ok((files, format))
}

fn expand(
    session: &Session,
    relation: Relation,
    pattern: &Path,
    format: Option<Format>,
) -> Result<Vec<PathBuf>, ExportError> {
    // Pipes and devices are there, too, and are told to be no files later on.
    if pattern.exists() && !pattern.is_dir() {
        return Ok(vec![pattern.to_path_buf()]);
    }
    let glob = if pattern.is_dir() {
        format!("{}/**", without_wildcards(pattern))
    } else {
        pattern.to_string_lossy().into_owned()
    };
    if pattern.components().all(|part| !is_wild(part)) && !pattern.is_dir() {
        return Ok(Vec::new());
    }
    let sql = "SELECT file FROM glob($pattern) ORDER BY file";
    let found = session
        .rows(sql, &[("pattern", glob.into())], |row| row.text(0))
        .map_err(|source| ExportError::Unreadable { relation: relation.name(), source })?;
    let paths = found.into_iter().flatten().map(PathBuf::from);
    Ok(if pattern.is_dir() { of_folder(paths.collect(), pattern, format) } else { paths.collect() })
}

/// In a folder, files of other kinds (a README, a _SUCCESS marker, hidden files) are left alone; a glob means what it
/// says. Where a format is stated and no file's name tells it, all the rest has it.
fn of_folder(mut paths: Vec<PathBuf>, folder: &Path, format: Option<Format>) -> Vec<PathBuf> {
    let is_marker = |path: &PathBuf| {
        let inside = path.strip_prefix(folder).unwrap_or(path);
        inside.components().any(|part| part.as_os_str().to_string_lossy().starts_with(['.', '_']))
    };
    paths.retain(|path| !is_marker(path));
    match format {
        Some(format) if paths.iter().all(|path| Format::of(path) != Some(format)) => {}
        Some(format) => paths.retain(|path| Format::of(path) == Some(format)),
        None => paths.retain(|path| Format::of(path).is_some()),
    }
    paths
}

/// A path as an SQL literal for a function that takes globs.
pub(super) fn literal(path: &Path) -> String {
    quote_literal(&without_wildcards(path))
}

/// A glob that matches nothing but this path.
fn without_wildcards(path: &Path) -> String {
    let mut text = String::new();
    for character in path.to_string_lossy().chars() {
        match character {
            '*' | '?' | '[' => text.extend(['[', character, ']']),
            other => text.push(other),
        }
    }
    text
}

fn one_format(relation: Relation, files: &[InputFile], given: Option<Format>) -> Result<Format, ExportError> {
    if let Some(format) = given {
        return Ok(format);
    }
    let mut formats = files.iter().map(|file| (Format::of(&file.path), &file.path));
    let first = formats.next().and_then(|(format, _)| format);
    let odd = files.iter().find(|file| Format::of(&file.path) != first || first.is_none());
    match (first, odd) {
        (Some(format), None) => Ok(format),
        (_, odd) => Err(ExportError::UnknownFormat {
            relation: relation.name(),
            file: odd.or(files.first()).map(|file| file.path.clone()).unwrap_or_default(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compression_does_not_hide_the_format() {
        assert_eq!(Format::of(Path::new("a/orders.csv.gz")), Some(Format::Csv));
        assert_eq!(Format::of(Path::new("a/orders.ndjson.zst")), Some(Format::Json));
        assert_eq!(Format::of(Path::new("a/_SUCCESS")), None);
    }
}
