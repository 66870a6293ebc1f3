//! Segment rules: every condition tried by itself, and all of them on every cell of the grid.

use crate::config::diagnostics::{Diagnostic, Diagnostics, did_you_mean, one_of};
use crate::config::sync_file::{SegmentRule, SqlText, SyncFile};
use crate::engine::{EngineError, EngineErrorKind, Expression, Session};

use super::super::input::{self, Derived, Input, InputError};
use super::super::places;

/// A condition that takes nobody: it stands in for a broken one, so that the rest can be looked at.
const NOBODY: &str = "false";

/// Finds conditions that are not one expression over one row, and puts [`NOBODY`] in their place.
pub(super) fn syntax(
    session: &Session,
    file: &SyncFile,
    input: &mut Input,
    findings: &mut Diagnostics,
) -> Result<(), EngineError> {
    for (number, name, sql) in conditions(file) {
        if let Err(problem) = Expression::parse(session, sql.as_str())? {
            let finding = broken(name, &problem.message).with_hint_if(problem.hint);
            findings.push(finding.at(places::in_sql(file, sql, problem.position)));
            replace(input, number);
        }
    }
    Ok(())
}

/// Computes the attributes; conditions that do not bind are found one by one, and left out of it.
pub(super) fn compute(
    session: &Session,
    file: &SyncFile,
    input: &mut Input,
    findings: &mut Diagnostics,
) -> Result<Derived, InputError> {
    match input::compute_attributes(session, &input.attributes, input.as_of) {
        Err(InputError::Engine(error)) if error.kind != EngineErrorKind::Resources => {}
        Ok(computed) => {
            types(session, file, input, findings);
            return Ok(computed);
        }
        Err(error) => return Err(error),
    }
    // The packs' own SQL is sound: some condition is not.
    let mut alone = input.clone();
    for (number, ..) in conditions(file) {
        replace(&mut alone, number);
    }
    let nobody = alone.attributes.segments.clone();
    let mut refused = Vec::new();
    for (number, name, sql) in conditions(file) {
        alone.attributes.segments.clone_from(&nobody);
        if let (Some(tried), Some(own)) =
            (alone.attributes.segments.get_mut(number), input.attributes.segments.get(number))
        {
            tried.clone_from(own);
        }
        if let Err(InputError::Engine(error)) = input::compute_attributes(session, &alone.attributes, alone.as_of) {
            refused.push((number, name, sql, error));
        }
    }
    for (number, ..) in &refused {
        replace(input, *number);
    }
    let computed = input::compute_attributes(session, &input.attributes, input.as_of)?;
    for (_, name, sql, error) in refused {
        findings.push(unbound(file, name, sql, &error, &computed.columns));
    }
    types(session, file, input, findings);
    Ok(computed)
}

/// Conditions that are no conditions. All columns that they may name are columns of `attributes`, too.
fn types(session: &Session, file: &SyncFile, input: &Input, findings: &mut Diagnostics) {
    for (number, name, sql) in conditions(file) {
        // Not the text of the file: what was found broken has been replaced.
        let Some(when) = input.attributes.segments.get(number).and_then(|rule| rule.when.as_deref()) else { continue };
        let found = session.describe(&format!("SELECT ({when}\n) FROM attributes")).unwrap_or_default();
        if let Some(column) = found.first().filter(|column| column.sql_type != "BOOLEAN") {
            let message = format!(
                "segment `{name}`: the condition must be true or false for each customer, not {}",
                column.sql_type
            );
            findings.push(
                Diagnostic::error("segment-condition", message)
                    .at(file.place(sql.span()))
                    .with_hint("compare it: \"r_score >= 4\""),
            );
        }
    }
}

/// The segments with a condition: their number, name and condition.
fn conditions(file: &SyncFile) -> impl Iterator<Item = (usize, &str, &SqlText)> {
    file.segments.iter().enumerate().filter_map(|(number, segment)| match &segment.rule {
        SegmentRule::When(sql) => Some((number, segment.name.value.as_str(), sql)),
        SegmentRule::Cells(_) => None,
    })
}

fn replace(input: &mut Input, number: usize) {
    if let Some(rule) = input.attributes.segments.get_mut(number) {
        rule.when = Some(NOBODY.to_owned());
    }
}

fn broken(segment: &str, why: &str) -> Diagnostic {
    Diagnostic::error("segment-condition", format!("segment `{segment}`: the condition does not work: {why}"))
}

fn unbound(file: &SyncFile, name: &str, sql: &SqlText, error: &EngineError, columns: &[String]) -> Diagnostic {
    let Some(unknown) = places::unknown_column(&error.message) else {
        let (message, hint) = places::in_plain_words(places::first_line(&error.message));
        return broken(name, &message).with_hint_if(hint).at(file.place(sql.span()));
    };
    // What comes from `segment` on is made of segments, or is not made by a pack.
    let usable = || columns.iter().map(String::as_str).take_while(|column| *column != "segment");
    let later = columns.iter().any(|column| column == unknown) && !usable().any(|column| column == unknown);
    let (message, hint) = match did_you_mean(unknown, usable()) {
        _ if later => (
            format!("segment `{name}`: `{unknown}` can't be used in a condition"),
            "conditions see what packs compute that don't read segments themselves".to_owned(),
        ),
        Some(nearest) => (no_attribute(name, unknown), format!("did you mean `{nearest}`?")),
        None => (no_attribute(name, unknown), format!("attributes are {}", one_of(usable()))),
    };
    let position = places::word_position(sql.as_str(), unknown);
    Diagnostic::error("unknown-attribute", message).with_hint(hint).at(places::in_sql(file, sql, position))
}

fn no_attribute(segment: &str, unknown: &str) -> String {
    format!("segment `{segment}`: there is no attribute `{unknown}`")
}

/// Rules that no cell reaches, and cells that no rule takes.
pub(super) fn coverage(
    session: &Session,
    file: &SyncFile,
    input: &Input,
    findings: &mut Diagnostics,
) -> Result<(), EngineError> {
    if file.segments.is_empty() {
        return Ok(());
    }
    let Ok(rules) = input.attributes.rules() else { return Ok(()) };
    let coverage = rules.coverage();
    let rows = session
        .rows(&coverage.sql, &[], |row| Ok((row.text(0)?.unwrap_or_default(), row.int(1)?.unwrap_or_default())))?;
    let report = coverage.report(rows);
    for name in &report.unreached {
        let finding = Diagnostic::warning("unreached-segment", format!("no cell reaches the segment `{name}`"))
            .with_hint("the rules before it take all of its cells: move it up, or narrow them");
        let segment = file.segments.iter().find(|segment| segment.name.value == *name);
        findings.push(match segment {
            Some(segment) => finding.at(file.place(segment.name.span)),
            None => finding,
        });
    }
    if let Some(last) = file.segments.last().filter(|_| !report.uncovered.is_empty()) {
        let finding = Diagnostic::warning("uncovered-cells", left_over(&report.uncovered, &file.segments_fallback));
        let hint = "add a rule that takes them, or name the rest: segments_fallback = \"…\"";
        findings.push(finding.with_hint(hint).at(file.place(last.name.span)));
    }
    Ok(())
}

fn left_over(cells: &[String], fallback: &str) -> String {
    const SHOWN: usize = 8;
    let shown = cells.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
    let more = if cells.len() > SHOWN { format!(" and {} more", cells.len() - SHOWN) } else { String::new() };
    match cells.len() {
        1 => format!("one cell is left to `{fallback}`: {shown}"),
        count => format!("{count} cells are left to `{fallback}`: {shown}{more}"),
    }
}
