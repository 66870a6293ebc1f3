//! Engine failures, sorted by what one can do about them.

use super::error_text;

/// What kind of failure it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EngineErrorKind {
    /// The SQL does not parse, or names something that does not exist, or mixes types.
    Sql,
    /// A file is missing, unreadable, truncated or of another format or schema.
    Input,
    /// A value could not be converted or computed while rows were read.
    Value,
    /// The memory limit or the disk is used up.
    Resources,
    /// It took longer than the time limit.
    TimeLimit,
    /// Something outside the allowed folders was asked for.
    Forbidden,
    /// Another process holds the database file.
    Locked,
    /// The database file is damaged or of a newer version.
    Database,
    /// The database file or its folder can't be written.
    Unwritable,
    /// The engine's thread is gone, or an invariant of ours broke.
    Internal,
}

impl EngineErrorKind {
    /// The way out, where it is the same wherever the statement came from.
    pub fn way_out(self) -> Option<&'static str> {
        match self {
            Self::Resources => Some("free some space on the disk, or raise engine.memory_limit in the settings"),
            Self::TimeLimit => {
                Some("look for a costly expression in the sync file, or raise engine.time_limit in the settings")
            }
            Self::Value => Some("look for the value in the exports; `try_cast` and `nullif` let single rows pass"),
            _ => None,
        }
    }
}

/// A failed statement.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub struct EngineError {
    /// What kind it is.
    pub kind: EngineErrorKind,
    /// What DuckDB said, without its type prefix; in our own words where DuckDB's could quote rows.
    pub message: String,
    /// Where in the statement, in bytes, where DuckDB says.
    pub position: Option<usize>,
}

impl EngineError {
    /// An error of ours.
    pub fn new(kind: EngineErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), position: None }
    }

    /// Sorts a message of DuckDB's.
    pub(super) fn from_duckdb(text: &str) -> Self {
        let (prefix, rest) = text.split_once(" Error: ").unwrap_or(("", text));
        let prefix = prefix.rsplit(' ').next().unwrap_or(prefix);
        let kind = kind_of(prefix, rest);
        let message = match kind {
            _ if prefix == "FATAL" => error_text::of_fatal(rest),
            _ if rest.starts_with(REPLAYING) => "the log beside the database can't be read".to_owned(),
            EngineErrorKind::Value => error_text::of_value(prefix, rest),
            EngineErrorKind::Input => error_text::of_input(rest),
            EngineErrorKind::TimeLimit => "a query took longer than the time limit".to_owned(),
            _ => rest.split("\n\nLINE ").next().unwrap_or(rest).trim().to_owned(),
        };
        Self { kind, message, position: caret_position(rest) }
    }
}

/// What DuckDB says about a file starts in one of these ways; anything else may begin with a row's value.
const ABOUT_FILES: [&str; 12] = [
    "CSV Error on Line",
    "Error when sniffing file",
    "Error while reading file",
    "Error in file",
    "Failed to read file",
    "Failed to read Parquet file",
    "File '",
    "Invalid Parquet file",
    "JSON transform error in file",
    "Malformed JSON in file",
    "No magic bytes found",
    "Schema mismatch between globbed files",
];

fn kind_of(prefix: &str, rest: &str) -> EngineErrorKind {
    let is_about_a_file = ABOUT_FILES.iter().any(|start| rest.starts_with(start));
    if let Some(kind) = kind_of_storage(prefix, rest) {
        return kind;
    }
    match prefix {
        "Parser" | "Binder" | "Catalog" | "Syntax" | "implemented" => EngineErrorKind::Sql,
        "Conversion" if rest.starts_with("Unimplemented type for cast") => EngineErrorKind::Sql,
        "Permission" => EngineErrorKind::Forbidden,
        "Input" if rest.starts_with("Cannot change configuration option") => EngineErrorKind::Forbidden,
        "Serialization" => EngineErrorKind::Database,
        "INTERRUPT" => EngineErrorKind::TimeLimit,
        "Memory" => EngineErrorKind::Resources,
        "IO" if rest.contains("database file") || rest.contains("valid DuckDB") => EngineErrorKind::Database,
        "IO" | "HTTP" => EngineErrorKind::Input,
        "INTERNAL" => EngineErrorKind::Internal,
        _ if is_about_a_file => EngineErrorKind::Input,
        _ => EngineErrorKind::Value,
    }
}

/// How DuckDB starts to say that its own files are not what it wrote.
const DAMAGED: [&str; 4] = ["Corrupt database file", "Corrupt WAL", "This WAL was created for", REPLAYING];

/// What it says of its log, before a reason that could quote a row.
const REPLAYING: &str = "Failure while replaying";

/// What the system says where a disk is full, or a quota or a limit of the process is reached.
const FULL: [&str; 3] = ["No space left on device", "Disk quota exceeded", "File too large"];

/// What it says where a file must not be written.
const UNWRITABLE: [&str; 3] = ["Permission denied", "Read-only file system", "Operation not permitted"];

/// Trouble with the files that DuckDB itself keeps. Its texts name the file and what the system says, and no row: a failed
/// commit counts only where it failed to be written.
fn kind_of_storage(prefix: &str, rest: &str) -> Option<EngineErrorKind> {
    if DAMAGED.iter().any(|start| rest.starts_with(start)) {
        return Some(EngineErrorKind::Database);
    }
    let could_not = match prefix {
        "IO" => rest,
        "TransactionContext" => rest.strip_prefix("Failed to commit: ")?,
        // After such an error it takes no more statements, and repeats the first cause.
        "FATAL" => rest.find("Could not write file").map_or("", |start| &rest[start..]),
        _ => return None,
    };
    let says = |texts: &[&str]| texts.iter().any(|text| could_not.contains(text));
    let is_of_a_file = prefix == "IO"
        || ["Could not write file", "Could not sync file", "Cannot open file"].iter().any(|s| could_not.starts_with(s));
    let is_own_file = could_not.contains(".duckdb");
    match prefix {
        _ if could_not.contains("Could not set lock") => Some(EngineErrorKind::Locked),
        _ if is_of_a_file && says(&FULL) => Some(EngineErrorKind::Resources),
        _ if is_of_a_file && is_own_file && says(&UNWRITABLE) => Some(EngineErrorKind::Unwritable),
        _ if is_of_a_file && is_own_file && says(&["Could not read enough bytes"]) => Some(EngineErrorKind::Database),
        "FATAL" => Some(EngineErrorKind::Database),
        _ => None,
    }
}

/// DuckDB underlines the place below a `LINE n: …` copy of the statement. Only one-line statements give a byte
/// position that means something to the caller.
fn caret_position(text: &str) -> Option<usize> {
    let excerpt = text.split("LINE 1: ").nth(1)?;
    let mut lines = excerpt.lines();
    let shown = lines.next()?;
    let caret = lines.next()?.find('^')?.checked_sub("LINE 1: ".len())?;
    // A long statement is shown as "...around the place...", and then the place says nothing.
    (!shown.starts_with("...")).then_some(caret)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_could_not_be_converted_is_not_repeated() {
        let error = EngineError::from_duckdb("Conversion Error: Could not convert string 'ada@example.com' to INT32");
        assert_eq!(error.kind, EngineErrorKind::Value);
        assert_eq!(error.message, "a value could not be converted to INT32");
    }

    #[test]
    fn an_unknown_column_keeps_its_name_and_its_place() {
        let text = "Binder Error: Referenced column \"totl\" not found in FROM clause!\nCandidate bindings: \
                    \"total\"\n\nLINE 1: SELECT (totl)\n                ^";
        let error = EngineError::from_duckdb(text);
        assert_eq!(error.kind, EngineErrorKind::Sql);
        assert_eq!(error.position, Some(8));
        assert!(error.message.ends_with("Candidate bindings: \"total\""), "{}", error.message);
    }

    #[test]
    fn a_damaged_file_is_told_from_one_that_must_not_be_written() {
        let kind = |text| EngineError::from_duckdb(text).kind;
        let torn = "Corrupt database file: computed checksum 1 does not match stored checksum 2 in block at location 0";
        let short = "IO Error: Could not read enough bytes from file \"/x/ledger.duckdb\": attempted to read 9 bytes";
        let closed = "IO Error: Cannot open file \"/x/ledger.duckdb.wal\": Permission denied";
        let log = "Failure while replaying WAL file \"/x/ledger.duckdb.wal\": duplicate key \"ada@example.com\"";
        assert_eq!([torn, short, log].map(kind), [EngineErrorKind::Database; 3]);
        assert!(!EngineError::from_duckdb(log).message.contains("ada"));
        assert_eq!(kind(closed), EngineErrorKind::Unwritable);
        let stopped = "FATAL Error: Failed to create checkpoint because of error: Could not write file \"/x/l.duckdb\": File \
                       too large";
        let error = EngineError::from_duckdb(stopped);
        assert_eq!(error.kind, EngineErrorKind::Resources);
        assert_eq!(error.message, "Could not write file \"/x/l.duckdb\": File too large");
        let with_a_value = EngineError::from_duckdb("FATAL Error: Failed to delete: duplicate key \"ada@example.com\"");
        assert_eq!(with_a_value.message, "the database stopped after an error of its own");
        let of_an_export = "IO Error: Cannot open file \"/x/orders.csv\": Permission denied";
        assert_eq!(kind(of_an_export), EngineErrorKind::Input);
    }

    #[test]
    fn a_value_that_speaks_of_a_full_disk_is_not_repeated() {
        let text = "TransactionContext Error: Failed to commit: duplicate key \"No space left on device\"";
        let error = EngineError::from_duckdb(text);
        assert_eq!((error.kind, error.message.as_str()), (EngineErrorKind::Value, "a value could not be computed"));
    }

    #[test]
    fn a_held_lock_is_told_from_a_missing_file() {
        let held = "IO Error: Could not set lock on file \"/x/ledger.duckdb\": Conflicting lock is held";
        assert_eq!(EngineError::from_duckdb(held).kind, EngineErrorKind::Locked);
        let full = "TransactionContext Error: Failed to commit: Could not write file \"/x/ledger.duckdb.wal\": No space left \
                    on device";
        assert_eq!(EngineError::from_duckdb(full).kind, EngineErrorKind::Resources);
        let missing = "IO Error: No files found that match the pattern \"/blocks/*.parquet\"";
        assert_eq!(EngineError::from_duckdb(missing).kind, EngineErrorKind::Input);
    }
}
