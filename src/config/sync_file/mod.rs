//! The sync file: raw → resolved.
//!
//! What the user typed is a [`Table`] of spanned values. What it means is a [`SyncFile`]: every default filled in, every
//! name checked. Between the two stands one pass that reports **every** mistake with its place and the way out.
//!
//! [`SyncFile::parse`] needs no environment: `${VAR}` stays as it is, so that CI can validate without secrets.
//! [`SyncFile::resolve`] reads the same text again with variables and secret files put in, for a run.

mod attributes;
mod catalog;
mod config_table;
mod context;
mod cross_checks;
mod deserialize;
mod destinations;
mod exports;
mod field_policies;
mod fields;
mod fingerprint;
mod guards;
mod homes;
pub mod limits;
mod parse;
mod reader;
mod schedule;
mod secrets;
mod segments;
mod sql;
mod substitute;
mod syncs;
mod tree;
mod variables;

#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use lapwing_contract::Finding;

pub use attributes::AttributePack;
pub use catalog::Catalog;
pub use config_table::ConfigTable;
pub use destinations::{COMMON_KEYS, Destination, Pace};
pub use exports::{CsvOptions, DEFAULT_MAX_BAD_ROWS_PCT, Export, Format, MappedColumn, RELATIONS};
pub use field_policies::{Hash, Hold, Spelling, Tolerance};
pub use fields::Field;
pub use guards::Guards;
pub use parse::Parsed;
pub use schedule::{DEFAULT_TIMEZONE, Schedule};
pub use segments::{DEFAULT_FALLBACK, Segment, SegmentRule};
pub use sql::SqlText;
pub use syncs::{Key, OnDuplicateKey, SyncSpec};
/// The raw tree is what settings are read from, too.
pub(in crate::config) use tree::parse as parse_toml;
pub use tree::{Entry, Spanned, Table, Text, Value};
pub use variables::Lookup;

use crate::config::diagnostics::{Diagnostic, Place, Source};

/// The version of the sync file that this program reads.
pub const VERSION: i64 = 1;

/// A sync file, and what it means.
#[derive(Debug, Clone, serde::Serialize)]
pub struct SyncFile {
    /// The time to compute for, in UTC. Default: the run's start.
    pub as_of: Option<DateTime<Utc>>,
    /// The exports, in the order of the file; no relation stands twice.
    pub exports: Vec<Export>,
    /// The packs that are computed, in the order of the file.
    pub attributes: Vec<AttributePack>,
    /// The user's own attributes, `[[attributes.custom]]`, in the order of the file.
    pub custom_attributes: Vec<ConfigTable>,
    /// Statuses of orders that do not count, in any case: `excluded_statuses` in `[attributes]`. Default: cancelled,
    /// refunded and void, which the packs know; none where the list is empty.
    pub excluded_statuses: Option<Vec<String>>,
    /// The user's own segments, in the order in which they are tried.
    pub segments: Vec<Segment>,
    /// The segment of everybody else. Default: [`DEFAULT_FALLBACK`].
    pub segments_fallback: String,
    /// The destinations, in the order of the file; no name stands twice.
    pub destinations: Vec<Destination>,
    /// The syncs, in the order of the file; no name stands twice.
    pub syncs: Vec<SyncSpec>,
    #[serde(skip)]
    source: Arc<Source>,
    #[serde(skip)]
    typed: Arc<Spanned<Table>>,
}

impl SyncFile {
    /// The text, for places.
    pub fn source(&self) -> &Arc<Source> {
        &self.source
    }

    /// The folder that relative paths start from: the one the file lies in.
    pub fn folder(&self) -> &Path {
        self.source.path().parent().unwrap_or(Path::new(""))
    }

    /// A place in this file.
    pub fn place(&self, span: crate::config::diagnostics::Span) -> Place {
        Place::new(&self.source, span)
    }

    /// The export of a relation.
    pub fn export(&self, relation: &str) -> Option<&Export> {
        self.exports.iter().find(|export| export.relation.value == relation)
    }

    /// The parameters of a pack, where the file asks for it.
    pub fn attribute(&self, pack: &str) -> Option<&ConfigTable> {
        self.attributes.iter().find(|attribute| attribute.pack.value == pack).map(|attribute| &attribute.config)
    }

    /// The destination of that name.
    pub fn destination(&self, name: &str) -> Option<&Destination> {
        self.destinations.iter().find(|destination| destination.name.value == name)
    }

    /// The sync of that name.
    pub fn sync(&self, name: &str) -> Option<&SyncSpec> {
        self.syncs.iter().find(|sync| sync.name.value == name)
    }

    /// Gives a connector's finding its place in this file. `destination` is the one whose connector found it.
    pub fn diagnose(&self, destination: &str, finding: Finding) -> Diagnostic {
        let root = &self.typed.value;
        let place = if let Some(sync) = &finding.sync {
            self.sync_place(sync, &finding.path)
        } else {
            let table = ["destinations", destination].into_iter();
            let path: Vec<&str> = table.chain(finding.path.iter().map(String::as_str)).collect();
            config_table::walk(root, self.typed.span, &path)
        };
        let mut diagnostic = match finding.severity {
            lapwing_contract::Severity::Error => Diagnostic::error(finding.code, finding.message),
            lapwing_contract::Severity::Warning => Diagnostic::warning(finding.code, finding.message),
        };
        diagnostic.hint = finding.hint;
        diagnostic.at(self.place(place))
    }

    fn sync_place(&self, sync: &str, path: &[String]) -> crate::config::diagnostics::Span {
        let Some(spec) = self.sync(sync) else { return self.typed.span };
        match self.typed.value.get("syncs").map(|value| &value.value) {
            Some(Value::Array(items)) => items
                .iter()
                .filter(|item| item.span == spec.span)
                .find_map(|item| match &item.value {
                    Value::Table(table) => Some(config_table::walk(table, item.span, path)),
                    _ => None,
                })
                .unwrap_or(spec.span),
            _ => spec.span,
        }
    }
}
