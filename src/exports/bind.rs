//! Binding: from the export tables of a sync file to relations in the engine.

use std::path::PathBuf;

use chrono::{DateTime, Utc};

use super::checks::{self, Checked};
use super::derived::derived;
use super::files::{self, Format};
use super::mapping::Mapping;
use super::reading::{self, Raw};
use super::rows::PROBLEM;
use super::{ExportError, InputReport, Relation, RelationReport, Roots};
use crate::engine::{EngineError, Session, quote_identifier};

pub use super::reading::CsvOptions;

/// One `[exports.*]` table.
#[derive(Debug, Clone)]
pub struct Export {
    /// What it is mapped to.
    pub relation: Relation,
    /// Absolute paths: files, folders or globs.
    pub paths: Vec<PathBuf>,
    /// Where files may lie.
    pub roots: Roots,
    /// `parquet`, `csv` or `json`; none to tell it from the names.
    pub format: Option<String>,
    /// Column and SQL expression, in the order of the sync file.
    pub columns: Vec<(String, String)>,
    /// How CSV files are written.
    pub csv: CsvOptions,
    /// The share of bad rows above which the run stops, in per cent.
    pub max_bad_rows_pct: f64,
}

/// Binds all exports, in an order in which each finds those that it is checked against.
///
/// # Errors
/// The first [`ExportError`]: nothing can be computed on half of the input.
pub fn bind(session: &Session, exports: &[Export], as_of: DateTime<Utc>) -> Result<InputReport, ExportError> {
    forget(session)?;
    let mut report = InputReport::default();
    for relation in Relation::ALL {
        if let Some(export) = given(exports, relation) {
            let has_customers = given(exports, Relation::Customers).is_some();
            let binding =
                Binding { session, export, as_of, has_customers, required_too: required_too(exports, relation) };
            report.relations.push(binding.bind(&mut report.files)?);
        } else if let Some((derived, from)) = derived(exports, relation) {
            report.relations.push(derived.bind(session, from.max_bad_rows_pct)?);
        }
    }
    report.files.sort();
    Ok(report)
}

/// Checks that every export can be opened and its expressions bind, without reading all rows: what `validate` does.
/// Gives back every problem, and binds empty relations of the right shape for the rest of the validation.
///
/// # Errors
/// [`EngineError`] of a statement of our own; what is wrong with exports is in the list.
pub fn bind_shapes(session: &Session, exports: &[Export]) -> Result<Vec<ExportError>, EngineError> {
    for relation in Relation::ALL {
        session.drop_table(relation.name())?;
    }
    let mut problems = Vec::new();
    for export in exports {
        let relation = export.relation;
        let shape = open(session, export, required_too(exports, relation), true).and_then(|(_, raw, mapping)| {
            let (name, query) = (quote_identifier(relation.name()), mapping.checked_query(&raw));
            let shape =
                format!("CREATE OR REPLACE TEMP TABLE {name} AS SELECT * EXCLUDE ({PROBLEM}) FROM ({query}) LIMIT 0");
            session.run_script(&shape).map_err(|source| ExportError::Unreadable { relation: relation.name(), source })
        });
        problems.extend(shape.err());
    }
    for relation in Relation::ALL {
        if let Some((derived, from)) = derived(exports, relation)
            && session.has_relation(from.relation.name())?
        {
            derived.publish(session)?;
        }
    }
    Ok(problems)
}

/// Takes away the relations of an earlier binding, of which some may be views and become tables, or not be given now.
fn forget(session: &Session) -> Result<(), ExportError> {
    for relation in Relation::ALL.map(Relation::name) {
        let checked = format!("{relation} checked");
        let dropped = session.drop_table(relation).and_then(|()| session.drop_table(&checked));
        dropped.map_err(|source| ExportError::Engine { relation, source })?;
    }
    Ok(())
}

pub(super) fn given(exports: &[Export], relation: Relation) -> Option<&Export> {
    exports.iter().find(|export| export.relation == relation)
}

/// Where orders are derived from lines, a line without an amount is a bad row.
fn required_too(exports: &[Export], relation: Relation) -> &'static [&'static str] {
    let lines_make_orders = relation == Relation::OrderLines && derived(exports, Relation::Orders).is_some();
    if lines_make_orders { &["net_amount"] } else { &[] }
}

/// The files of all exports as they are now, sorted: what a fingerprint is made of.
///
/// # Errors
/// [`ExportError`] where a path leads nowhere.
pub fn list_files(session: &Session, exports: &[Export]) -> Result<Vec<super::InputFile>, ExportError> {
    let mut all = Vec::new();
    for export in exports {
        let format = export.format.as_deref().and_then(Format::from_name);
        all.extend(files::find(session, export.relation, &export.paths, &export.roots, format)?.0);
    }
    all.sort();
    Ok(all)
}

fn open(
    session: &Session,
    export: &Export,
    required_too: &[&str],
    sample: bool,
) -> Result<(Vec<super::InputFile>, Raw, Mapping), ExportError> {
    let relation = export.relation;
    let format = export.format.as_deref().and_then(Format::from_name);
    let (files, format) = files::find(session, relation, &export.paths, &export.roots, format)?;
    let raw = reading::open(session, relation, &files, format, &export.csv)?;
    let mapping = Mapping::resolve(session, relation, &raw, &export.columns, required_too, sample)?;
    Ok((files, raw, mapping))
}

struct Binding<'a> {
    session: &'a Session,
    export: &'a Export,
    as_of: DateTime<Utc>,
    has_customers: bool,
    required_too: &'static [&'static str],
}

impl Binding<'_> {
    fn bind(&self, all_files: &mut Vec<super::InputFile>) -> Result<RelationReport, ExportError> {
        let relation = self.export.relation;
        let (files, raw, mapping) = open(self.session, self.export, self.required_too, false)?;
        let checked = format!("{} checked", relation.name());
        self.stage(&checked, &mapping.checked_query(&raw), self.scans_files(&raw))?;
        let found = checks::count(self.session, relation, &checked, self.as_of, self.has_customers);
        let found = found.map_err(|source| self.unreadable(source))?;
        self.refuse_too_many(&found)?;
        let repeated = self.publish(&mapping, &raw, &checked, &found)?;
        let report = report(relation, files.len(), found, repeated);
        all_files.extend(files);
        Ok(report)
    }

    fn scans_files(&self, raw: &Raw) -> bool {
        raw.is_cheap && self.export.relation.belongs_to_customers()
    }

    /// Big Parquet files are scanned where they are; what would have to be parsed again each time is kept.
    fn stage(&self, name: &str, query: &str, scans_files: bool) -> Result<(), ExportError> {
        let kind = if scans_files { "VIEW" } else { "TABLE" };
        let sql = format!("CREATE OR REPLACE TEMP {kind} {} AS {query}", quote_identifier(name));
        self.session.run_script(&sql).map_err(|source| self.unreadable(source))
    }

    /// Makes the relation itself, and tells how many rows repeated a key.
    fn publish(&self, mapping: &Mapping, raw: &Raw, checked: &str, found: &Checked) -> Result<u64, ExportError> {
        let relation = self.export.relation;
        let name = quote_identifier(relation.name());
        let columns: Vec<String> = mapping.columns.iter().map(|column| quote_identifier(&column.name)).collect();
        let sql = if self.scans_files(raw) && found.is_clean() && mapping.types.is_empty() {
            let rows = mapping.clean_query(raw);
            let exists = checks::exists_at(relation, self.as_of);
            format!("CREATE OR REPLACE TEMP VIEW {name} AS SELECT * FROM ({rows}) WHERE {exists}")
        } else {
            let rows = checks::good_rows(relation, checked, &columns, found, self.as_of);
            // A repeated key costs a sort, which is done once.
            let kind = if found.repeated_keys > 0 { "TABLE" } else { "VIEW" };
            format!("CREATE OR REPLACE TEMP {kind} {name} AS {rows}")
        };
        self.session.run_script(&sql).map_err(|source| self.unreadable(source))?;
        if found.repeated_keys == 0 {
            return Ok(0);
        }
        let kept = self.session.one(&format!("SELECT count(*) FROM {name}"), &[], |row| row.count(0));
        let kept = kept.map_err(|source| self.unreadable(source))?;
        let bad: u64 = found.problems.iter().map(|(_, count)| count).sum();
        Ok(found.rows - found.later_rows - bad - found.unknown_customers - kept)
    }

    fn refuse_too_many(&self, found: &Checked) -> Result<(), ExportError> {
        refuse_too_many(
            &report(self.export.relation, 0, found.clone(), found.repeated_keys),
            self.export.max_bad_rows_pct,
        )
    }

    fn unreadable(&self, source: EngineError) -> ExportError {
        ExportError::Unreadable { relation: self.export.relation.name(), source }
    }
}

pub(super) fn refuse_too_many(report: &RelationReport, allowed_pct: f64) -> Result<(), ExportError> {
    let bad_rows = report.bad_row_count();
    #[expect(clippy::cast_precision_loss, reason = "a share needs no more than a double holds")]
    let share_pct = 100.0 * bad_rows as f64 / (report.rows.max(1)) as f64;
    if share_pct <= allowed_pct {
        return Ok(());
    }
    Err(ExportError::TooManyBadRows {
        relation: report.relation,
        bad_rows,
        rows: report.rows,
        allowed_pct,
        reasons: report.bad_rows.iter().map(|(reason, count)| format!("{count} {reason}")).collect(),
    })
}

pub(super) fn report(relation: Relation, files: usize, found: Checked, repeated: u64) -> RelationReport {
    let mut bad_rows = found.problems;
    if found.unknown_customers > 0 {
        bad_rows.push(("unknown customer_id".to_owned(), found.unknown_customers));
    }
    if repeated > 0 {
        bad_rows.push((format!("duplicate {}", relation.unique_key().unwrap_or("key")), repeated));
    }
    bad_rows.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let bad: u64 = bad_rows.iter().map(|(_, count)| count).sum();
    RelationReport {
        relation: relation.name(),
        files,
        rows: found.rows,
        used_rows: found.rows - found.later_rows - bad,
        later_rows: found.later_rows,
        bad_rows,
        time_range: found.time_range,
    }
}
