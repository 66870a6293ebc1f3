//! How a command ends.

/// The exit codes, as scripts and schedulers see them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// Everything that was to be done is done.
    Done = 0,
    /// Done, but some records were refused, or wait for the vendor.
    Rejections = 1,
    /// The sync file or the command line is wrong, or the input can't be used.
    Usage = 2,
    /// A guard stopped it.
    Guarded = 3,
    /// A destination or its credentials failed.
    Destination = 4,
    /// Another process holds the ledger.
    InUse = 5,
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
