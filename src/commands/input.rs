//! The input of a run: exports bound, attributes computed, mistakes told with their places.

use chrono::{DateTime, Utc};

use crate::attributes::{self, AttributeSettings, PackSettings, bound_relations, check_custom, compute, suspicions};
use crate::config::diagnostics::Diagnostics;
use crate::config::sync_file::{ConfigTable, DEFAULT_FALLBACK, SegmentRule, SyncFile};
use crate::engine::{EngineError, Expression, Session};
use crate::exports::{CsvOptions, Export, ExportError, InputReport, Relation, bind};
use crate::ledger;
use crate::segments;

use super::places;
use super::project::Project;
use super::segment_history::{self, PackTable};
use super::{Exit, Failure};

/// What a run computes from: plain data, so that it can go to the engine's thread.
#[derive(Debug, Clone)]
pub(super) struct Input {
    pub(super) exports: Vec<Export>,
    pub(super) attributes: AttributeSettings,
    /// The tables that the settings were read from.
    pub(super) tables: Vec<PackTable>,
    pub(super) as_of: DateTime<Utc>,
}

/// What came of it.
pub(super) struct Computed {
    pub(super) report: InputReport,
    pub(super) plan: attributes::Plan,
    /// The names of all columns of `attributes`.
    pub(super) columns: Vec<String>,
    /// What could not be calculated, and why.
    pub(super) warnings: Vec<attributes::Problem>,
    /// A fingerprint of what decides segments; none where there are none.
    pub(super) segment_rules: Option<String>,
    /// What looks wrong in the data.
    pub(super) suspicions: Vec<attributes::Suspicion>,
}

/// The attributes alone, over whatever is bound.
pub(super) struct Derived {
    pub(super) plan: attributes::Plan,
    /// The names of all columns of `attributes`.
    pub(super) columns: Vec<String>,
    pub(super) warnings: Vec<attributes::Problem>,
}

/// Why input could not be computed, to be given a place in the sync file.
pub(super) enum InputError {
    Export(ExportError),
    Attributes(Vec<attributes::Problem>),
    Engine(EngineError),
}

impl From<EngineError> for InputError {
    fn from(error: EngineError) -> Self {
        Self::Engine(error)
    }
}

impl From<ExportError> for InputError {
    fn from(error: ExportError) -> Self {
        Self::Export(error)
    }
}

impl InputError {
    /// The failure of a command.
    pub(super) fn into_failure(self, file: &SyncFile) -> Failure {
        match self {
            Self::Export(error) => {
                let exit =
                    if matches!(error, ExportError::TooManyBadRows { .. }) { Exit::Guarded } else { Exit::Usage };
                Failure::Findings { findings: places::of_export(file, &error).into(), exit }
            }
            Self::Attributes(problems) => places::of_attributes(file, &problems).into(),
            Self::Engine(error) => error.into(),
        }
    }
}

/// Takes from a sync file what the input needs.
pub(super) fn read(project: &Project, as_of: DateTime<Utc>) -> Result<Input, Diagnostics> {
    let tables = segment_history::tables(&project.file);
    Ok(Input { exports: exports(project), attributes: attribute_settings(&project.file)?, tables, as_of })
}

fn exports(project: &Project) -> Vec<Export> {
    let (folder, roots) = (project.folder(), project.roots());
    let one = |export: &crate::config::sync_file::Export| {
        Some(Export {
            relation: Relation::from_name(&export.relation.value)?,
            paths: export.resolved_paths(&folder),
            roots: roots.clone(),
            format: export.format.map(|format| format!("{format:?}").to_lowercase()),
            columns: export
                .columns
                .iter()
                .map(|column| (column.name.value.clone(), column.sql.as_str().to_owned()))
                .collect(),
            csv: CsvOptions {
                delimiter: export.csv.delimiter.map(String::from),
                quote: export.csv.quote.map(String::from),
                header: export.csv.header,
                null: export.csv.null.clone(),
            },
            max_bad_rows_pct: export.max_bad_rows_pct,
        })
    };
    project.file.exports.iter().filter_map(one).collect()
}

/// The packs' own settings, each read by its pack.
pub(super) fn attribute_settings(file: &SyncFile) -> Result<AttributeSettings, Diagnostics> {
    let mut problems = Diagnostics::new();
    let mut packs = PackSettings::default();
    read_pack(file, "rfm", &mut packs.rfm, &mut problems);
    read_pack(file, "cycle", &mut packs.cycle, &mut problems);
    read_pack(file, "promo", &mut packs.promo, &mut problems);
    read_pack(file, "priority", &mut packs.priority, &mut problems);
    read_pack(file, "reach", &mut packs.reach, &mut problems);
    read_pack(file, "churn", &mut packs.churn, &mut problems);
    read_pack(file, "activity", &mut packs.activity, &mut problems);
    read_pack(file, "pressure", &mut packs.pressure, &mut problems);
    read_pack(file, "recommend", &mut packs.recommend, &mut problems);
    for table in &file.custom_attributes {
        match table.deserialize() {
            Ok(attribute) => packs.custom.push(attribute),
            Err(found) => problems.extend(found),
        }
    }
    if problems.has_errors() {
        return Err(problems.sorted());
    }
    if let Some(statuses) = &file.excluded_statuses {
        packs.excluded_statuses.clone_from(statuses);
    }
    let segments = file.segments.iter().map(segment).collect();
    let segments_fallback = Some(file.segments_fallback.clone()).filter(|fallback| fallback != DEFAULT_FALLBACK);
    Ok(AttributeSettings { attributes: packs, segments, segments_fallback })
}

fn read_pack<T: serde::de::DeserializeOwned>(
    file: &SyncFile,
    name: &str,
    settings: &mut Option<T>,
    problems: &mut Diagnostics,
) {
    match file.attribute(name).map(ConfigTable::deserialize::<T>) {
        Some(Ok(read)) => *settings = Some(read),
        Some(Err(found)) => found.iter().for_each(|problem| problems.push(problem.clone())),
        None => {}
    }
}

fn segment(segment: &crate::config::sync_file::Segment) -> segments::SegmentRule {
    let name = segment.name.value.clone();
    match &segment.rule {
        SegmentRule::When(sql) => segments::SegmentRule { name, when: Some(sql.as_str().to_owned()), cells: None },
        SegmentRule::Cells(cells) => {
            let cells = cells.iter().map(|cell| cell.value.clone());
            segments::SegmentRule { name, when: None, cells: Some(segments::Cells::new(cells)) }
        }
    }
}

/// Binds the exports, and the history of segments where the engine has a ledger open, and computes the attributes. Runs
/// on the engine's thread.
pub(super) fn compute_input(session: &Session, input: &Input) -> Result<Computed, InputError> {
    check_conditions(session, &input.attributes)?;
    let report = bind(session, &input.exports, input.as_of)?;
    let segment_rules = segment_history::rules(&input.attributes, &input.tables, &bound_relations(session)?);
    if let Some(rules) = &segment_rules {
        ledger::bind_segments(session, rules)?;
    }
    let Derived { plan, columns, warnings } = compute_attributes(session, &input.attributes, input.as_of)?;
    let suspicions = suspicions(session, &input.attributes, input.as_of)?;
    Ok(Computed { report, plan, columns, warnings, segment_rules, suspicions })
}

/// Segment conditions are expressions of the user's like all others: one row, no files, no clock.
fn check_conditions(session: &Session, settings: &AttributeSettings) -> Result<(), InputError> {
    let mut problems = Vec::new();
    for (number, segment) in settings.segments.iter().enumerate() {
        let Some(when) = &segment.when else { continue };
        if let Err(problem) = Expression::parse(session, when)? {
            problems.push(attributes::Problem {
                key: format!("segments[{number}].when"),
                message: problem.message,
                hint: problem.hint.unwrap_or_else(|| "write one condition, such as r_score <= 2".to_owned()),
                position: problem.position,
            });
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(InputError::Attributes(problems)) }
}

/// Computes the attributes over whatever relations are bound.
pub(super) fn compute_attributes(
    session: &Session,
    settings: &AttributeSettings,
    as_of: DateTime<Utc>,
) -> Result<Derived, InputError> {
    let relations = bound_relations(session)?;
    let mut problems = check_custom(session, &settings.attributes.custom)?;
    let plan = match attributes::plan(settings, &relations, as_of) {
        Ok(plan) if problems.is_empty() => plan,
        Ok(_) => return Err(InputError::Attributes(problems)),
        Err(error) => {
            problems.extend(error.problems);
            return Err(InputError::Attributes(problems));
        }
    };
    let outcome = compute(session, &plan)?;
    let columns = plan.columns.iter().map(|column| column.name.clone()).chain(outcome.customer_columns).collect();
    Ok(Derived { plan, columns, warnings: outcome.warnings })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::Registry;

    fn settings(attributes: &str) -> AttributeSettings {
        let file = SyncFile::parse("sync.toml", format!("version = 1\n{attributes}"), &Registry).file.unwrap();
        attribute_settings(&file).unwrap()
    }

    #[test]
    fn the_statuses_that_do_not_count_are_those_of_the_file() {
        let excluded = |attributes| settings(attributes).attributes.excluded_statuses;
        assert_eq!(excluded("[attributes.rfm]"), ["cancelled", "refunded", "void"]);
        assert_eq!(excluded("[attributes]\nexcluded_statuses = [\"lost\"]\n[attributes.rfm]"), ["lost"]);
        assert!(excluded("[attributes]\nexcluded_statuses = []").is_empty());
    }

    #[test]
    fn the_fallback_of_the_file_needs_no_rfm() {
        let settings = settings("segments_fallback = \"Rest\"\n[attributes.cycle]");
        assert_eq!(settings.segments_fallback.as_deref(), Some("Rest"));
    }
}
