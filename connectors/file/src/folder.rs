//! The file system: a folder, and files that are complete or not there.

use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// The end of the names of unfinished files. They are hidden, too, so that no reader takes one for a result.
const UNFINISHED: &str = ".partial";

/// Stands between the owner and the random part of such a name; no owner's name holds it.
const MARK: char = '~';

/// Why a folder did not do what was asked.
#[derive(Debug)]
pub(crate) enum FolderError {
    /// A relative folder leads out of the base, by `..` or by a link.
    Outside,
    /// A file of that name is there, and holds something else.
    Taken,
    /// The system said no.
    Io(io::Error),
}

impl From<io::Error> for FolderError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// `folder` as a real path without links. A relative one starts from `base` and must stay below it.
pub(crate) fn resolve(base: &Path, folder: &Path) -> Result<PathBuf, FolderError> {
    let resolved = base.join(folder).canonicalize()?;
    if folder.is_relative() && !resolved.starts_with(base.canonicalize()?) {
        return Err(FolderError::Outside);
    }
    if !resolved.is_dir() {
        return Err(io::Error::from(io::ErrorKind::NotADirectory).into());
    }
    Ok(resolved)
}

/// `folder`, or where it is missing the nearest folder above it, in which it could be created. Relative to `base` where
/// `folder` is.
pub(crate) fn nearest_existing<'a>(base: &Path, folder: &'a Path) -> &'a Path {
    folder.ancestors().find(|path| base.join(path).symlink_metadata().is_ok()).unwrap_or(folder)
}

/// Creates `folder` where it is missing, and resolves it. Creates nothing outside of where it may be.
pub(crate) fn create(base: &Path, folder: &Path) -> Result<PathBuf, FolderError> {
    let nearest = nearest_existing(base, folder);
    resolve(base, nearest)?;
    fs::create_dir_all(base.join(folder))?;
    // A new folder lasts when the one above it has been flushed.
    for parent in folder.ancestors().skip(1).take_while(|parent| parent.starts_with(nearest)) {
        sync_folder(&base.join(parent))?;
    }
    resolve(base, folder)
}

/// Tries to write a file in `folder`. Leaves nothing behind, whatever happens.
pub(crate) fn try_writing(folder: &Path) -> Result<(), FolderError> {
    tempfile::tempfile_in(folder)?.write_all(b"lapwing")?;
    Ok(())
}

/// Removes what a killed run of `owner` left unfinished.
pub(crate) fn sweep(folder: &Path, owner: &str) -> Result<(), FolderError> {
    let prefix = unfinished_prefix(owner);
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let unfinished = name.to_str().is_some_and(|name| name.starts_with(&prefix) && name.ends_with(UNFINISHED));
        if unfinished && entry.file_type()?.is_file() {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Puts a file into `folder`: after `Ok`, it is there with all that `fill` wrote, and stays after a power cut. Before
/// that, nobody sees anything of it. Where the same file is there already, it stays.
///
/// # Errors
/// [`FolderError::Taken`] where the name holds another content: nothing is overwritten.
pub(crate) fn put(
    folder: &Path,
    name: &str,
    owner: &str,
    fill: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> Result<(), FolderError> {
    let unfinished = create_unfinished(folder, owner)?;
    let mut writer = BufWriter::new(unfinished.as_file().try_clone()?);
    fill(&mut writer)?;
    writer.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;

    let path = folder.join(name);
    match unfinished.persist_noclobber(&path) {
        Ok(_) => {}
        Err(refused) if refused.error.kind() == io::ErrorKind::AlreadyExists => {
            if !same_content(&path, refused.file.path())? {
                return Err(FolderError::Taken);
            }
        }
        Err(refused) => return Err(refused.error.into()),
    }
    sync_folder(folder)?;
    Ok(())
}

fn unfinished_prefix(owner: &str) -> String {
    format!(".{owner}{MARK}")
}

/// A new file under a hidden random name, removed when dropped. Its permissions are those of any new file (the
/// process's umask decides), because other programs are to read it.
fn create_unfinished(folder: &Path, owner: &str) -> io::Result<NamedTempFile> {
    let prefix = unfinished_prefix(owner);
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix).suffix(UNFINISHED);
    #[cfg(unix)]
    builder.permissions(<fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o666));
    builder.tempfile_in(folder)
}

/// Whether two files hold the same bytes. A link is never the same as a file.
fn same_content(left: &Path, right: &Path) -> io::Result<bool> {
    let metadata = left.symlink_metadata()?;
    if !metadata.is_file() || metadata.len() != right.symlink_metadata()?.len() {
        return Ok(false);
    }
    let (mut left, mut right) = (File::open(left)?, File::open(right)?);
    let (mut left_part, mut right_part) = (vec![0; 64 * 1024], vec![0; 64 * 1024]);
    loop {
        let read = left.read(&mut left_part)?;
        if read == 0 {
            return Ok(true);
        }
        right.read_exact(&mut right_part[..read])?;
        if left_part[..read] != right_part[..read] {
            return Ok(false);
        }
    }
}

/// Makes a rename last. On Unix a folder is flushed like a file, but for a few network file systems that know no such
/// thing; elsewhere the system sees to it.
fn sync_folder(folder: &Path) -> io::Result<()> {
    #[cfg(unix)]
    if let Err(error) = File::open(folder)?.sync_all()
        && !matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported)
    {
        return Err(error);
    }
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}

#[cfg(test)]
mod tests;
