//! The folders that exports may lie in: what keeps a sync file from a stranger away from the other files of a machine.
//!
//! A path counts as where it leads once links and `..` are followed, and is looked at before anything is opened. Whether
//! a file outside exists is not told.

use std::fs::{self, FileType};
use std::path::{Component, Path, PathBuf};

use super::{ExportError, Relation};

/// Where files of exports may lie, and how long they may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roots {
    /// Links followed.
    folders: Vec<PathBuf>,
    /// Links followed.
    private: Option<PathBuf>,
    max_file_bytes: u64,
}

impl Roots {
    /// Exports may lie in `folders` and below. Relative ones start in the current folder.
    pub fn new(folders: &[PathBuf], max_file_bytes: u64) -> Self {
        Self { folders: folders.iter().map(|folder| followed(folder)).collect(), private: None, max_file_bytes }
    }

    /// The same without what lies in `folder`: Lapwing's own state, with tokens in it. A folder that holds a root is
    /// left alone, because it is more than that.
    #[must_use]
    pub fn without(mut self, folder: &Path) -> Self {
        let folder = followed(folder);
        self.private = self.folders.iter().all(|root| !root.starts_with(&folder)).then_some(folder);
        self
    }

    /// The folders that an engine must be allowed to read for these paths: for a file its folder, for a glob the part
    /// before the first wildcard. Paths that lead out of the roots have none.
    pub fn readable<'a>(&self, patterns: impl IntoIterator<Item = &'a Path>) -> Vec<PathBuf> {
        let inside = patterns.into_iter().filter_map(|pattern| self.admitted(pattern));
        let mut folders: Vec<PathBuf> = inside.map(|pattern| readable_folder(&pattern)).collect();
        folders.sort();
        folders.dedup();
        folders
    }

    /// The pattern, its links followed up to the first wildcard.
    pub(super) fn admit(&self, relation: Relation, pattern: &Path) -> Result<PathBuf, ExportError> {
        self.admitted(pattern).ok_or_else(|| self.refusal(relation, pattern))
    }

    /// Looks at a file that `pattern` has led to, links followed; tells its length.
    pub(super) fn look_at(&self, relation: Relation, pattern: &Path, file: &Path) -> Result<fs::Metadata, ExportError> {
        let missing = |_| ExportError::NoFiles { relation: relation.name(), pattern: pattern.display().to_string() };
        if !self.hold(&followed(file)) {
            return Err(self.refusal(relation, pattern));
        }
        let found = fs::metadata(file).map_err(missing)?;
        let (relation, file) = (relation.name(), file.to_path_buf());
        if !found.is_file() {
            return Err(ExportError::NotAFile { relation, file, kind: kind(found.file_type()) });
        }
        if found.len() > self.max_file_bytes {
            return Err(ExportError::TooLarge { relation, file, bytes: found.len(), allowed: self.max_file_bytes });
        }
        Ok(found)
    }

    fn admitted(&self, pattern: &Path) -> Option<PathBuf> {
        let fixed: PathBuf = pattern.components().take_while(|part| !is_wild(*part)).collect();
        let rest: PathBuf = pattern.components().skip_while(|part| !is_wild(*part)).collect();
        let leads_up = rest.components().any(|part| part == Component::ParentDir);
        let real = followed(&fixed);
        if leads_up || !self.hold(&real) {
            return None;
        }
        // Messages name files as the sync file does, where no link makes it another.
        if std::path::absolute(&fixed).is_ok_and(|written| written == real) || fixed.as_os_str().is_empty() {
            return Some(pattern.to_path_buf());
        }
        Some(if rest.as_os_str().is_empty() { real } else { real.join(rest) })
    }

    fn hold(&self, followed: &Path) -> bool {
        let is_private = self.private.as_ref().is_some_and(|private| followed.starts_with(private));
        !is_private && self.folders.iter().any(|root| followed.starts_with(root))
    }

    fn refusal(&self, relation: Relation, pattern: &Path) -> ExportError {
        ExportError::Outside {
            relation: relation.name(),
            pattern: pattern.display().to_string(),
            roots: self.folders.clone(),
        }
    }
}

fn readable_folder(pattern: &Path) -> PathBuf {
    let fixed: PathBuf = pattern.components().take_while(|part| !is_wild(*part)).collect();
    if fixed == pattern && !fixed.is_dir() { fixed.parent().map(Path::to_path_buf).unwrap_or(fixed) } else { fixed }
}

pub(super) fn is_wild(part: Component<'_>) -> bool {
    part.as_os_str().to_string_lossy().contains(['*', '?', '['])
}

/// Where a path leads: links and `..` followed as far as it exists, the rest taken as it is written.
fn followed(path: &Path) -> PathBuf {
    // No path at all is the current folder, as what stands before `*.csv` is.
    let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    for ancestor in path.ancestors() {
        let (Ok(mut known), Ok(rest)) = (ancestor.canonicalize(), path.strip_prefix(ancestor)) else { continue };
        for part in rest.components() {
            match part {
                Component::ParentDir => _ = known.pop(),
                Component::CurDir => {}
                other => known.push(other),
            }
        }
        return known;
    }
    path
}

#[cfg(unix)]
fn kind(found: FileType) -> &'static str {
    use std::os::unix::fs::FileTypeExt;
    if found.is_fifo() {
        "a pipe"
    } else if found.is_socket() {
        "a socket"
    } else if found.is_char_device() || found.is_block_device() {
        "a device"
    } else {
        "a folder"
    }
}

#[cfg(not(unix))]
fn kind(_: FileType) -> &'static str {
    "something else"
}

#[cfg(test)]
mod tests;
