//! What can go wrong around a sandbox: its folder and its socket.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

/// A failure of the sandbox itself, never of a fake vendor.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The state folder could not be read or written.
    #[error("could not {doing} {}", path.display())]
    Folder {
        /// What was tried: "read", "write", …
        doing: &'static str,
        /// On which path.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// Somebody else has the folder: another process, or another sandbox of this one.
    #[error("the sandbox in {} is in use", path.display())]
    InUse {
        /// The folder.
        path: PathBuf,
    },
    /// The state file is from another vendor, of another version, or damaged.
    #[error("{} line {line} cannot be used: {message}", path.display())]
    State {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it, without its content.
        message: String,
    },
    /// The address to listen on is not a loopback address.
    #[error("the sandbox listens on loopback only, and {address} is not")]
    NotLoopback {
        /// The address asked for.
        address: SocketAddr,
    },
    /// The socket could not be opened.
    #[error("could not listen on {address}")]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// Why not.
        #[source]
        source: io::Error,
    },
}
