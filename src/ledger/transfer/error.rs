//! What can be wrong with an export or an import.

use std::path::PathBuf;

use super::LedgerError;

/// A ledger that did not get to a folder, or back.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    /// The folder for an export holds something.
    #[error("the folder {} is not empty", .folder.display())]
    NotEmpty {
        /// The folder.
        folder: PathBuf,
    },
    /// A file or folder can't be read or written.
    #[error("{} can't be {doing}", .path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// "read" or "written".
        doing: &'static str,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// There is no manifest, or it is none.
    #[error("{} is no export of a ledger", .folder.display())]
    NoExport {
        /// The folder.
        folder: PathBuf,
        /// What is wrong with its manifest.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The export was written by a newer Lapwing.
    #[error("the export has version {found}, and this Lapwing reads {known}")]
    Version {
        /// The version of the export.
        found: u32,
        /// The version known here.
        known: u32,
    },
    /// A file is not what was exported.
    #[error("{} is not what was exported: {what}", .path.display())]
    Changed {
        /// The file.
        path: PathBuf,
        /// What tells so.
        what: &'static str,
    },
    /// The ledger to import into knows something.
    #[error("the ledger here is not empty: its latest run is {runs}")]
    Known {
        /// Its latest run.
        runs: i64,
    },
    /// The ledger itself.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

impl TransferError {
    /// The way out.
    pub fn hint(&self) -> String {
        match self {
            Self::NotEmpty { .. } => "name a folder that is new or empty".into(),
            Self::File { .. } => "look at its permissions, and at the space on its disk".into(),
            Self::NoExport { .. } => {
                "name a folder that `lapwing ledger export` wrote to its end; `manifest.json` is its last file".into()
            }
            Self::Version { .. } => "install the Lapwing that wrote it, or a newer one".into(),
            Self::Changed { .. } => "copy the folder anew, whole and unchanged, or export once more".into(),
            Self::Known { .. } => "with `--replace`, the imported ledger takes its place, and what it knows is lost. Where \
                                   it delivered to the same accounts after the export, run `lapwing ledger distrust` then"
                .into(),
            Self::Ledger(error) => error.hint(),
        }
    }
}
