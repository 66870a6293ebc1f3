//! What the engine says about a sync file: exports, segments and syncs bound over empty relations of the right shape.

use lapwing_contract::{FieldType, Target};

use crate::config::diagnostics::{Diagnostic, Diagnostics};
use crate::config::sync_file::{self, SyncFile, Tolerance};
use crate::engine::{EngineError, Expression, Session};
use crate::exports::bind_shapes;
use crate::plan::{FieldShape, MappedField, PlanError, SyncSpec, field_shapes, is_measurable};
use crate::registry;

use super::super::input::{Input, InputError};
use super::super::{places, targets};
use super::segments;

/// A sync file, and what is to be computed from it.
pub(super) struct Binding {
    pub(super) file: SyncFile,
    pub(super) input: Input,
    /// Whether the file was read without an error: otherwise what seems to be missing may only be misspelt.
    pub(super) is_whole: bool,
}

impl Binding {
    /// Runs on the engine's thread.
    pub(super) fn run(mut self, session: &mut Session) -> Result<Diagnostics, EngineError> {
        let mut findings = Diagnostics::new();
        for problem in bind_shapes(session, &self.input.exports)? {
            findings.push(places::of_export(&self.file, &problem));
        }
        let exports_bind = findings.is_empty();
        segments::syntax(session, &self.file, &mut self.input, &mut findings)?;
        // Attributes over exports that do not bind would only say the same again.
        let columns = if exports_bind { self.attributes(session, &mut findings)? } else { None };
        let targets = self.targets(session, columns.as_deref(), &mut findings)?;
        self.destinations(&targets, &mut findings);
        Ok(findings)
    }

    /// The columns of `attributes`, where it can be computed.
    fn attributes(
        &mut self,
        session: &Session,
        findings: &mut Diagnostics,
    ) -> Result<Option<Vec<String>>, EngineError> {
        match segments::compute(session, &self.file, &mut self.input, findings) {
            Ok(derived) => {
                if !findings.has_errors() {
                    segments::coverage(session, &self.file, &self.input, findings)?;
                }
                Ok(Some(derived.columns))
            }
            Err(InputError::Attributes(problems)) => {
                if self.is_whole {
                    findings.extend(places::of_attributes(&self.file, &problems));
                }
                Ok(None)
            }
            Err(InputError::Export(problem)) => {
                findings.push(places::of_export(&self.file, &problem));
                Ok(None)
            }
            Err(InputError::Engine(error)) => Err(error),
        }
    }

    /// The targets of all syncs, with those of their fields that bind. Without `columns`, only the syntax is looked at.
    fn targets(
        &self,
        session: &Session,
        columns: Option<&[String]>,
        findings: &mut Diagnostics,
    ) -> Result<Vec<(&str, Target)>, EngineError> {
        let mut targets = Vec::new();
        for sync in &self.file.syncs {
            let spec = match targets::parse(session, &self.file, sync)? {
                Ok(spec) => spec,
                Err(problems) => {
                    findings.extend(problems);
                    continue;
                }
            };
            let Some(columns) = columns else { continue };
            let audience = spec.audience.clone();
            if let Some(bound) = self.bound(session, sync, spec, columns, findings)? {
                targets.push((sync.destination.value.as_str(), bound));
            }
            findings.extend(self.audience_type(session, sync, audience.as_ref()));
        }
        Ok(targets)
    }

    /// The target of one sync; every field that does not bind is reported, not only the first.
    fn bound(
        &self,
        session: &Session,
        sync: &sync_file::SyncSpec,
        mut spec: SyncSpec,
        columns: &[String],
        findings: &mut Diagnostics,
    ) -> Result<Option<Target>, EngineError> {
        loop {
            let error = match field_shapes(session, &spec) {
                Ok(shapes) => {
                    self.policies(sync, &spec, &shapes, findings);
                    return Ok(Some(target_of(sync, &spec, &shapes)));
                }
                Err(PlanError::Engine(error)) => return Err(error),
                Err(error) => error,
            };
            findings.push(places::of_plan(&self.file, &error, columns));
            match &error {
                PlanError::Hash { place, .. } if place == "key" => spec.hash_key = None,
                PlanError::Hash { place: field, .. } | PlanError::Type { field, .. } => {
                    spec.fields.retain(|mapped| mapped.name != *field);
                }
                PlanError::Expression { place, .. } => match place.as_str() {
                    "audience" if spec.audience.is_some() => spec.audience = None,
                    "order_by" if spec.order_by.is_some() => spec.order_by = None,
                    "key" => return Ok(None),
                    field => spec.fields.retain(|mapped| mapped.name != field),
                },
                PlanError::Ledger(_) | PlanError::Engine(_) => return Ok(None),
            }
        }
    }

    /// Policies of fields whose values they say nothing about.
    fn policies(&self, sync: &sync_file::SyncSpec, spec: &SyncSpec, shapes: &[FieldShape], findings: &mut Diagnostics) {
        for (mapped, shape) in spec.fields.iter().zip(shapes) {
            let field = sync.fields.iter().find(|field| field.name.value == mapped.name);
            for finding in misfits(&sync.name.value, mapped, shape) {
                findings.push(match field {
                    Some(field) => finding.at(self.file.place(field.name.span)),
                    None => finding,
                });
            }
        }
    }

    /// An audience says who is in: anything but a condition would fail on the rows, or take everybody.
    fn audience_type(
        &self,
        session: &Session,
        sync: &sync_file::SyncSpec,
        audience: Option<&Expression>,
    ) -> Option<Diagnostic> {
        let (audience, sql) = (audience?, sync.audience.as_ref()?);
        // One that does not bind has been reported.
        let columns = session.describe(&format!("SELECT {} FROM attributes", audience.sql())).ok()?;
        let column = columns.first().filter(|column| column.sql_type != "BOOLEAN")?;
        let message = format!(
            "sync `{}`: the audience must be true or false for each customer, not {}",
            sync.name.value, column.sql_type
        );
        let finding = Diagnostic::error("audience-type", message).with_hint("compare it: \"cycle_status = 'late'\"");
        Some(finding.at(self.file.place(sql.span())))
    }

    /// What the connectors say about their tables, and about what is to be written there.
    fn destinations(&self, targets: &[(&str, Target)], findings: &mut Diagnostics) {
        for destination in &self.file.destinations {
            let name = destination.name.value.as_str();
            let mine: Vec<Target> =
                targets.iter().filter(|(of, _)| *of == name).map(|(_, target)| target.clone()).collect();
            match registry::validate(&destination.connector.value, &destination.config, &mine) {
                Ok(found) => findings.extend(found.into_iter().map(|finding| self.file.diagnose(name, finding))),
                Err(problems) => findings.extend(problems),
            }
        }
    }
}

/// Policies that make no difference to values of this type.
fn misfits(sync: &str, field: &MappedField, shape: &FieldShape) -> Vec<Diagnostic> {
    let (name, sql_type, measurable) = (&field.name, &shape.sql_type, is_measurable(&shape.field_type));
    let misfit = |code: &'static str, needs: &str, hint: &str| {
        let message = format!("sync `{sync}`: `{name}` is {sql_type}, and {needs}");
        Diagnostic::warning(code, message).with_hint(hint)
    };
    let tolerance = match field.tolerance {
        Some(Tolerance::Size(_)) if !measurable => {
            let needs = "a tolerance in figures needs a number or a date";
            Some(misfit("tolerance-without-number", needs, "remove it: every change counts"))
        }
        Some(Tolerance::Spelling(_)) if shape.field_type != FieldType::Text => {
            let needs = "a tolerance of spellings needs a text";
            Some(misfit("tolerance-without-text", needs, "remove it, or say how far it may move: tolerance = 1"))
        }
        Some(Tolerance::Size(_) | Tolerance::Spelling(_)) | None => None,
    };
    let has_margin = field.hold.is_some_and(|hold| hold.margin.is_some());
    let margin = (has_margin && !measurable).then(|| {
        misfit("margin-without-number", "a margin needs a number or a date", "remove `margin`: every change waits")
    });
    tolerance.into_iter().chain(margin).collect()
}

fn target_of(sync: &sync_file::SyncSpec, spec: &SyncSpec, shapes: &[FieldShape]) -> Target {
    let mut bound = sync.clone();
    bound.fields.retain(|field| spec.fields.iter().any(|kept| kept.name == field.name.value));
    targets::target(&bound, shapes)
}
