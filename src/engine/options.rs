//! How an engine is opened, and what it may touch.

use std::path::PathBuf;
use std::time::Duration;

/// Limits and reach of an engine.
#[derive(Debug, Clone, Default)]
pub struct EngineOptions {
    /// The database file; none for one in memory.
    pub database: Option<PathBuf>,
    /// Folders and files that statements may read, and write where a command exports a result.
    pub readable: Vec<PathBuf>,
    /// Where to spill; none leaves it to DuckDB (beside the database).
    pub spill_folder: Option<PathBuf>,
    /// Memory limit as DuckDB writes it: `2GiB`, `75%`; none for DuckDB's default of 80 % of the machine's.
    pub memory_limit: Option<String>,
    /// How long one statement may take; none for as long as it wants.
    pub time_limit: Option<Duration>,
    /// Threads; none for all cores.
    pub threads: Option<usize>,
}
