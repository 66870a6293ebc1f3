//! The manifest of an export: which files belong to it, and what tells that they are whole.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, BufReader, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::TransferError;

/// The version of the export's form.
pub(super) const VERSION: u32 = 1;

const FILE: &str = "manifest.json";

/// What an export holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The version of the export's form.
    pub version: u32,
    /// The format of the ledger that was exported.
    pub ledger_format: i64,
    /// The Lapwing that wrote it.
    pub lapwing: String,
    /// One entry a table, by name.
    pub tables: Vec<TableFile>,
}

/// A table in its file `<name>.parquet`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableFile {
    /// The table.
    pub name: String,
    /// Its rows.
    pub rows: u64,
    /// The SHA-256 of its file, in hexadecimal digits.
    pub sha256: String,
}

/// The file of a table.
pub(super) fn file_of(folder: &Path, table: &str) -> PathBuf {
    folder.join(format!("{table}.parquet"))
}

/// Reads the manifest of an export. Its files are looked at by the import.
///
/// # Errors
/// [`TransferError::NoExport`] and [`TransferError::Version`].
pub fn read_manifest(folder: &Path) -> Result<Manifest, TransferError> {
    #[derive(Deserialize)]
    struct Version {
        version: u32,
    }
    let no_export = |source: Box<dyn std::error::Error + Send + Sync>| TransferError::NoExport {
        folder: folder.to_path_buf(),
        source,
    };
    let text = std::fs::read_to_string(folder.join(FILE)).map_err(|error| no_export(error.into()))?;
    let Version { version } = serde_json::from_str(&text).map_err(|error| no_export(error.into()))?;
    if version != VERSION {
        return Err(TransferError::Version { found: version, known: VERSION });
    }
    let manifest: Manifest = serde_json::from_str(&text).map_err(|error| no_export(error.into()))?;
    // Names become parts of paths and statements.
    let is_name = |name: &str| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
    };
    match manifest.tables.iter().find(|table| !is_name(&table.name)) {
        Some(_) => Err(no_export("it names a table that no ledger has".into())),
        None => Ok(manifest),
    }
}

/// Writes the manifest, whole or not at all.
pub(super) fn write(folder: &Path, manifest: &Manifest) -> Result<(), TransferError> {
    let path = folder.join(FILE);
    let put = || {
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        serde_json::to_writer_pretty(&mut file, manifest)?;
        file.write_all(b"\n")?;
        file.as_file().sync_all()?;
        file.persist(&path).map_err(|error| error.error)?;
        Ok(())
    };
    put().map_err(|source| TransferError::File { path: path.clone(), doing: "written", source })
}

/// The SHA-256 of a file.
pub(super) fn digest(path: &Path) -> Result<String, TransferError> {
    let sum = || {
        let mut hash = Sha256::new();
        let mut reader = BufReader::with_capacity(1 << 20, File::open(path)?);
        io::copy(&mut reader, &mut Hashing(&mut hash))?;
        Ok(hash.finalize())
    };
    let sum = sum().map_err(|source| TransferError::File { path: path.to_path_buf(), doing: "read", source })?;
    Ok(sum.iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing into a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    }))
}

struct Hashing<'a>(&'a mut Sha256);

impl io::Write for Hashing<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
