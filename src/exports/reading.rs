//! The raw side of an export: what to read from, and which columns there are.
//!
//! CSV is read as text and typed afterwards, for two reasons: ids keep their leading zeros, and one bad amount among
//! millions becomes one bad row instead of a failed read. Nothing about CSV is guessed that could change or hide a value:
//! quotes, comments and lines to skip are not, and the delimiter is the one that the header line has.

use super::files::{self, Format};
use super::{ExportError, InputFile, Relation};
use crate::engine::{ColumnInfo, EngineError, EngineErrorKind, Session, quote_identifier, quote_literal};

/// How CSV files are written, where it is not as usual.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CsvOptions {
    /// The column separator; by default the one of `,`, `;`, tab and `|` that the first line has most of.
    pub delimiter: Option<String>,
    /// The quote character; `"` by default.
    pub quote: Option<String>,
    /// Whether the first line names the columns; true by default. Without names they are `column0`, `column1`, ….
    pub header: Option<bool>,
    /// The text that stands for null, beside the empty text.
    pub null: Option<String>,
}

/// A set of files, ready to be selected from.
#[derive(Debug)]
pub(super) struct Raw {
    /// A table function over the files, or a query in brackets.
    pub(super) source: String,
    /// The columns, with the types that the files have.
    pub(super) columns: Vec<ColumnInfo>,
    /// Whether the source gives every column as text that has yet to be typed.
    pub(super) is_text: bool,
    /// Whether reading is so cheap that attribute queries can read the files themselves, each time.
    pub(super) is_cheap: bool,
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
    let paths: Vec<String> = files.iter().map(|file| files::literal(&file.path)).collect();
    let list = format!("[{}]", paths.join(", "));
    let opened = match format {
        Format::Parquet => parquet(session, &list, files.len()),
        Format::Json => json(session, &list),
        Format::Csv => text(session, &paths, &list, csv),
    };
    opened.map_err(|source| ExportError::Unreadable { relation: relation.name(), source })
}

fn describe(session: &Session, source: &str) -> Result<Vec<ColumnInfo>, EngineError> {
    session.describe(&format!("SELECT * FROM {source}"))
}

/// By itself DuckDB reads all files with the types of the first, and would round the decimals of a later file to the
/// whole numbers of the first. Where types differ, the files are read with the types that hold all of them.
fn parquet(session: &Session, list: &str, files: usize) -> Result<Raw, EngineError> {
    let source = format!("read_parquet({list})");
    let columns = describe(session, &source)?;
    let opened = |source, columns| Raw { source, columns, is_text: false, is_cheap: true };
    if files == 1 {
        return Ok(opened(source, columns));
    }
    let union = format!("read_parquet({list}, union_by_name = true)");
    let widest = describe(session, &union)?;
    let same = |column: &ColumnInfo| widest.contains(column);
    if columns.iter().all(same) {
        return Ok(opened(source, columns));
    }
    for column in &columns {
        let sql = format!(
            "SELECT file_name FROM parquet_schema({list}) GROUP BY file_name
             HAVING NOT bool_or(name = $name) ORDER BY file_name LIMIT 1"
        );
        let without = session.rows(&sql, &[("name", column.name.as_str().into())], |row| row.text(0))?;
        if let Some(file) = without.into_iter().flatten().next() {
            let message = format!("{file} has no column `{}`, which other files have", column.name);
            return Err(EngineError::new(EngineErrorKind::Input, message));
        }
    }
    Ok(opened(union, widest))
}

fn json(session: &Session, list: &str) -> Result<Raw, EngineError> {
    // Without a bound on the sample, types are those of all rows.
    let source = format!("read_json({list}, sample_size = -1)");
    let mut columns = describe(session, &source)?;
    // A column with texts and numbers comes as JSON, in which a text has quotes around it.
    let mut texts = Vec::new();
    for column in columns.iter_mut().filter(|column| column.sql_type == "JSON") {
        let name = quote_identifier(&column.name);
        texts.push(format!("{name} ->> '$' AS {name}"));
        "VARCHAR".clone_into(&mut column.sql_type);
    }
    let source =
        if texts.is_empty() { source } else { format!("(SELECT * REPLACE ({}) FROM {source})", texts.join(", ")) };
    Ok(Raw { source, columns, is_text: false, is_cheap: false })
}

fn text(session: &Session, paths: &[String], list: &str, csv: &CsvOptions) -> Result<Raw, EngineError> {
    let delimiter = match (&csv.delimiter, paths.first()) {
        (Some(delimiter), _) => Some(delimiter.clone()),
        (None, Some(path)) => delimiter_of_header(session, path)?,
        (None, None) => None,
    };
    let quote = csv.quote.as_deref().unwrap_or("\"");
    let mut nulls = vec![quote_literal("")];
    nulls.extend(csv.null.as_deref().filter(|null| !null.is_empty()).map(quote_literal));
    let delimiter = delimiter.map(|text| format!(", delim = {}", quote_literal(&text))).unwrap_or_default();
    let source = format!(
        "read_csv({list}, all_varchar = true, header = {}, quote = {quote}, escape = {quote}, comment = '', skip = 0, nullstr = [{}]{delimiter})",
        csv.header.unwrap_or(true),
        nulls.join(", "),
        quote = quote_literal(quote),
    );
    let columns = describe(session, &source)?;
    Ok(Raw { source, columns, is_text: true, is_cheap: false })
}

/// The separator that the first line of a file has most of; none where it has none.
fn delimiter_of_header(session: &Session, path: &str) -> Result<Option<String>, EngineError> {
    let sql = format!(
        "SELECT line FROM read_csv({path}, auto_detect = false, columns = {{'line': 'VARCHAR'}}, delim = '\u{1f}',
             quote = '', escape = '', header = false, strict_mode = false) LIMIT 1"
    );
    let line = session.rows(&sql, &[], |row| row.text(0))?.into_iter().flatten().next().unwrap_or_default();
    let count = |delimiter: char| line.matches(delimiter).count();
    // Of equals the first counts, so the order is that of how common they are.
    let most = [',', ';', '\t', '|'].into_iter().rev().max_by_key(|delimiter| count(*delimiter));
    Ok(most.filter(|delimiter| count(*delimiter) > 0).map(String::from))
}
