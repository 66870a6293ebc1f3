//! What can be wrong with the ledger.

use std::io::ErrorKind;
use std::path::PathBuf;

use crate::engine::{EngineError, EngineErrorKind};

/// A problem with the ledger.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// Another process holds it.
    #[error("the ledger in {} is in use by {holder}", .folder.display())]
    InUse {
        /// The state folder.
        folder: PathBuf,
        /// Who holds it, as far as known.
        holder: String,
    },
    /// The state folder can't be made or written.
    #[error("the state folder {} can't be used", .folder.display())]
    Folder {
        /// The state folder.
        folder: PathBuf,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// It was written by a newer Lapwing.
    #[error("the ledger has format {found}, and this Lapwing reads up to {known}")]
    Newer {
        /// The format of the file.
        found: i64,
        /// The newest format known here.
        known: i64,
    },
    /// It knows fewer runs than were started with it.
    #[error(
        "the latest run that the ledger knows is {known}, and run {noted} was started with it: it is an older one, or lost its log"
    )]
    Older {
        /// The latest run that it knows.
        known: i64,
        /// The latest run that was noted beside it.
        noted: i64,
    },
    /// A sync that the ledger knows now writes by another key or to another place.
    #[error("sync `{sync}`: the ledger holds {what} `{was}`, and the sync file says `{is}`")]
    Moved {
        /// The sync.
        sync: String,
        /// What moved: key field, key expression, destination or object.
        what: &'static str,
        /// What the ledger has.
        was: String,
        /// What the sync file says.
        is: String,
    },
    /// A run ended while it sent the plan of a sync, and nobody has picked it up yet.
    #[error("sync `{sync}`: an earlier run ended while it was sending, and what it confirmed is not kept yet")]
    UnderWay {
        /// The sync.
        sync: String,
    },
    /// The engine failed.
    #[error("the ledger can't be read or written")]
    Engine(#[from] EngineError),
}

const SPACE: &str = "free some space on the disk of the state folder";

fn is_full(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge)
}

impl LedgerError {
    /// The way out.
    pub fn hint(&self) -> String {
        match self {
            Self::InUse { .. } => "wait for it to end, or start this command with --wait".into(),
            Self::Folder { source, .. } if is_full(source.kind()) => SPACE.into(),
            Self::Folder { .. } => {
                "make it writable, or choose another with `state_folder` or LAPWING_STATE_FOLDER".into()
            }
            Self::Newer { .. } => "install the Lapwing that wrote it, or a newer one".into(),
            Self::Older { .. } => {
                "put the latest ledger and its log `ledger.duckdb.wal` back; or let all that it holds count as \
                                   unknown with `lapwing ledger distrust`: the next run sends it once more"
                    .into()
            }
            Self::Moved { sync, what, .. } => format!(
                "what was confirmed under one {what} says nothing about another; undo the change, or give the sync a \
                 new name: it then starts with an empty ledger (`{sync}` stays as it is at the destination)"
            ),
            Self::UnderWay { .. } => {
                "run `lapwing sync` for it: it picks the earlier run up before it plans. Where no sync file has that sync any \
                 more, `lapwing ledger distrust` closes it"
                    .into()
            }
            Self::Engine(error) if error.kind == EngineErrorKind::Database => {
                "the file is damaged: restore it from a copy, or move it away to start with an empty ledger".into()
            }
            Self::Engine(error) if error.kind == EngineErrorKind::Unwritable => {
                "let the user that runs Lapwing write the state folder and every file in it".into()
            }
            Self::Engine(error) if error.kind == EngineErrorKind::Resources => {
                format!("{SPACE}, or raise the memory limit")
            }
            Self::Engine(_) => "see the cause below".into(),
        }
    }
}
