//! What can be wrong with an export.

use std::path::PathBuf;

use super::binding_error::listed;
use crate::engine::EngineError;

/// A problem with an export: which one, where, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// No file matches.
    #[error("no file matches `{pattern}`")]
    NoFiles {
        /// The name of the relation.
        relation: &'static str,
        /// What was looked for.
        pattern: String,
    },
    /// A path leads out of the folders that exports may be read from.
    #[error("`{pattern}` leads out of the folders that exports may be read from")]
    Outside {
        /// The name of the relation.
        relation: &'static str,
        /// The path, file or not.
        pattern: String,
        /// The folders.
        roots: Vec<PathBuf>,
    },
    /// A device, a pipe or a folder stands where a file is expected.
    #[error("{} is {kind}, not a file", .file.display())]
    NotAFile {
        /// The name of the relation.
        relation: &'static str,
        /// What was found.
        file: PathBuf,
        /// What it is, with its article.
        kind: &'static str,
    },
    /// A file is longer than the settings allow.
    #[error("the file {} has {bytes} bytes, more than the {allowed} allowed", .file.display())]
    TooLarge {
        /// The name of the relation.
        relation: &'static str,
        /// The file.
        file: PathBuf,
        /// Its length.
        bytes: u64,
        /// The longest that is read.
        allowed: u64,
    },
    /// A file has no bytes.
    #[error("the file {} is empty", .file.display())]
    EmptyFile {
        /// The name of the relation.
        relation: &'static str,
        /// The file.
        file: PathBuf,
    },
    /// The format can't be told from the name, or the files have several.
    #[error("can't tell the format of {}", .file.display())]
    UnknownFormat {
        /// The name of the relation.
        relation: &'static str,
        /// The file.
        file: PathBuf,
    },
    /// A file can't be read: truncated, of another format, of another schema than its siblings.
    #[error("the files of this export can't be read")]
    Unreadable {
        /// The name of the relation.
        relation: &'static str,
        /// What the engine met; names the file.
        #[source]
        source: EngineError,
    },
    /// A column that must be there is neither mapped nor in the files.
    #[error("`{column}` is neither mapped nor a column of the files")]
    MissingColumn {
        /// The name of the relation.
        relation: &'static str,
        /// The canonical column.
        column: String,
        /// The columns that the files have.
        available: Vec<String>,
    },
    /// An expression does not bind.
    #[error("{message}")]
    Expression {
        /// The name of the relation.
        relation: &'static str,
        /// The canonical column that it maps.
        column: String,
        /// What is wrong.
        message: String,
        /// Where, in bytes from the start of the expression.
        position: Option<usize>,
        /// The way out, where known.
        hint: Option<String>,
    },
    /// More bad rows than allowed.
    #[error("{bad_rows} of {rows} rows fail the input checks ({}), more than the {allowed_pct} % allowed", .reasons.join(", "))]
    TooManyBadRows {
        /// The name of the relation.
        relation: &'static str,
        /// Rows that failed.
        bad_rows: u64,
        /// Rows read.
        rows: u64,
        /// The limit, in per cent of the rows read.
        allowed_pct: f64,
        /// Count and reason, most frequent first.
        reasons: Vec<String>,
    },
    /// The engine failed for reasons of its own.
    #[error("the engine failed while it read the export")]
    Engine {
        /// The name of the relation.
        relation: &'static str,
        /// What the engine met.
        #[source]
        source: EngineError,
    },
}

impl ExportError {
    /// The name of the relation that it is about.
    pub fn relation(&self) -> &'static str {
        match self {
            Self::NoFiles { relation, .. }
            | Self::Outside { relation, .. }
            | Self::NotAFile { relation, .. }
            | Self::TooLarge { relation, .. }
            | Self::EmptyFile { relation, .. }
            | Self::UnknownFormat { relation, .. }
            | Self::Unreadable { relation, .. }
            | Self::MissingColumn { relation, .. }
            | Self::Expression { relation, .. }
            | Self::TooManyBadRows { relation, .. }
            | Self::Engine { relation, .. } => relation,
        }
    }

    /// A stable code in kebab case.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoFiles { .. } => "export-no-files",
            Self::Outside { .. } => "export-outside-roots",
            Self::NotAFile { .. } => "export-not-a-file",
            Self::TooLarge { .. } => "export-file-too-large",
            Self::EmptyFile { .. } => "export-empty-file",
            Self::UnknownFormat { .. } => "export-unknown-format",
            Self::Unreadable { .. } => "export-unreadable",
            Self::MissingColumn { .. } => "export-missing-column",
            Self::Expression { .. } => "export-expression",
            Self::TooManyBadRows { .. } => "export-too-many-bad-rows",
            Self::Engine { .. } => "export-engine",
        }
    }

    /// The way out.
    pub fn hint(&self) -> String {
        match self {
            Self::NoFiles { .. } => {
                "paths are relative to the sync file; a folder, a file or a glob may be given".into()
            }
            Self::Outside { roots, .. } => {
                let roots: Vec<String> = roots.iter().map(|root| root.display().to_string()).collect();
                format!(
                    "move the files below {}, or let whoever runs Lapwing add their folder to `exports.roots` in the \
                     settings; links count as what they lead to, and the state folder is never read",
                    roots.join(" or ")
                )
            }
            Self::NotAFile { .. } => "name regular files; copy what comes from elsewhere into one first".into(),
            Self::TooLarge { .. } => "split the export, or raise `exports.max_file_size` in the settings".into(),
            Self::EmptyFile { .. } => "export the file again, or take it out of the folder".into(),
            Self::UnknownFormat { .. } => {
                "name all files of an export .parquet, .csv, .tsv, .json or .jsonl (also .gz or .zst), or set `format`"
                    .into()
            }
            Self::Unreadable { .. } => {
                "export the file named below again; all files of an export need the same columns".into()
            }
            Self::MissingColumn { relation, column, available } => format!(
                "add `{column} = \"…\"` to `columns` of [exports.{relation}]; the files have: {}",
                listed(available)
            ),
            Self::Expression { hint, .. } => {
                hint.clone().unwrap_or_else(|| "the expression sees the columns of the files".into())
            }
            Self::TooManyBadRows { relation, .. } => {
                format!("correct the export or its mapping, or raise `max_bad_rows_pct` of [exports.{relation}]")
            }
            Self::Engine { .. } => "see the cause below".into(),
        }
    }
}
