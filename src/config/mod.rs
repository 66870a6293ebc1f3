//! Floor 0: what the user wrote, and what it means.
//!
//! [`sync_file`] reads the sync file, [`settings`] the runtime settings, and both speak about mistakes in
//! [`diagnostics`]. Nothing here knows DuckDB, a connector or the network.

pub mod diagnostics;
pub mod settings;
pub mod sync_file;
