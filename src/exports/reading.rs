//! The raw side of an export: what to read from, and which columns there are.
//!
//! CSV is read as text and typed afterwards, for two reasons: ids keep their leading zeros, and one bad amount among
//! millions becomes one bad row instead of a failed read. Numbers of a CSV are read as exact decimals.

use super::files::Format;
use super::{ExportError, InputFile, Relation};
use crate::engine::{ColumnInfo, Session, quote_identifier, quote_literal};

/// How CSV files are written, where the sniffer shall not guess.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CsvOptions {
    /// The column separator.
    pub delimiter: Option<String>,
    /// The quote character.
    pub quote: Option<String>,
    /// Whether the first line names the columns.
    pub header: Option<bool>,
    /// The text that stands for null.
    pub null: Option<String>,
}

/// A set of files, ready to be selected from.
#[derive(Debug)]
pub(super) struct Raw {
    /// A table function over the files.
    pub(super) source: String,
    /// The columns, with the types that the files have or seem to have.
    pub(super) columns: Vec<ColumnInfo>,
    /// Whether the source gives every column as text.
    pub(super) is_text: bool,
}

impl Raw {
    pub(super) fn find(&self, name: &str) -> Option<&ColumnInfo> {
        self.columns.iter().find(|column| column.name.eq_ignore_ascii_case(name))
    }

    pub(super) fn names(&self) -> Vec<String> {
        self.columns.iter().map(|column| column.name.clone()).collect()
    }
}

/// Opens the files far enough to know their columns.
pub(super) fn open(
    session: &Session,
    relation: Relation,
    files: &[InputFile],
    format: Format,
    csv: &CsvOptions,
) -> Result<Raw, ExportError> {
    let paths: Vec<String> = files.iter().map(|file| quote_literal(&file.path.to_string_lossy())).collect();
    let paths = paths.join(", ");
    let (typed, source) = match format {
        Format::Parquet => {
            let source = format!("read_parquet([{paths}])");
            (source.clone(), source)
        }
        // Without a bound on the sample, types are those of all rows.
        Format::Json => {
            let source = format!("read_json([{paths}], sample_size = -1)");
            (source.clone(), source)
        }
        Format::Csv => {
            let options = csv_options(csv);
            (format!("read_csv([{paths}]{options})"), format!("read_csv([{paths}]{options}, all_varchar = true)"))
        }
    };
    let columns = session
        .describe(&format!("SELECT * FROM {typed}"))
        .map_err(|source| ExportError::Unreadable { relation: relation.name(), source })?;
    Ok(Raw { source, columns, is_text: format == Format::Csv })
}

fn csv_options(csv: &CsvOptions) -> String {
    let mut options = String::new();
    let mut add = |name: &str, value: String| {
        options.push_str(", ");
        options.push_str(name);
        options.push_str(" = ");
        options.push_str(&value);
    };
    if let Some(delimiter) = &csv.delimiter {
        add("delim", quote_literal(delimiter));
    }
    if let Some(quote) = &csv.quote {
        add("quote", quote_literal(quote));
    }
    if let Some(header) = csv.header {
        add("header", header.to_string());
    }
    if let Some(null) = &csv.null {
        add("nullstr", quote_literal(null));
    }
    options
}

/// How a text column of a CSV is read where an expression computes with it: by the type that the sniffer saw.
pub(super) fn typed_text(column: &ColumnInfo) -> String {
    let name = quote_identifier(&column.name);
    match column.sql_type.as_str() {
        "BIGINT" | "DOUBLE" => format!("TRY_CAST({name} AS DECIMAL(18,6))"),
        "BOOLEAN" | "DATE" | "TIMESTAMP" | "TIME" => format!("TRY_CAST({name} AS {})", column.sql_type),
        "TIMESTAMP WITH TIME ZONE" => format!("TRY_CAST({name} AS TIMESTAMPTZ)"),
        _ => name,
    }
}
