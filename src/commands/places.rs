//! From errors of the floors below to places in the sync file.

use crate::attributes::{Problem, Suspicion};
use crate::config::diagnostics::{Diagnostic, Diagnostics, Place, Span, did_you_mean};
use crate::config::sync_file::{ConfigTable, Segment, SegmentRule, Spanned, SqlText, SyncFile, SyncSpec};
use crate::engine::EngineErrorKind;
use crate::exports::ExportError;
use crate::plan::PlanError;

/// An export error at the line it is about.
pub(super) fn of_export(file: &SyncFile, error: &ExportError) -> Diagnostic {
    let mut diagnostic = Diagnostic::error(error.code(), format!("export `{}`: {error}", error.relation()));
    if let ExportError::Unreadable { source, .. } | ExportError::Engine { source, .. } = error {
        diagnostic.message = format!("{}: {}", diagnostic.message, first_line(&source.message));
    }
    // The cause stands in the message here, not below it.
    diagnostic = match error {
        ExportError::Unreadable { source, .. }
            if matches!(source.kind, EngineErrorKind::TimeLimit | EngineErrorKind::Resources) =>
        {
            diagnostic.with_hint_if(source.kind.way_out())
        }
        ExportError::Unreadable { .. } => {
            diagnostic.with_hint("export that file again; all files of an export need the same columns")
        }
        ExportError::Engine { source, .. } => diagnostic.with_hint_if(source.kind.way_out()),
        _ => diagnostic.with_hint(error.hint()),
    };
    let Some(export) = file.export(error.relation()) else { return diagnostic };
    let header = file.place(export.relation.span);
    if let ExportError::Expression { message, hint, .. } = error {
        diagnostic = of_export_expression(diagnostic, error.relation(), message, hint.as_deref());
    }
    let place = match error {
        ExportError::Expression { column, position, .. } => {
            export.column(column).map_or(header, |sql| in_sql(file, sql, *position))
        }
        ExportError::NoFiles { pattern, .. } | ExportError::Outside { pattern, .. } => {
            // Patterns are absolute by now, and end as they were written.
            let named = export.paths.iter().find(|path| std::path::Path::new(pattern).ends_with(&path.value));
            named.or(export.paths.first()).map_or(header, |path| file.place(path.span))
        }
        ExportError::NotAFile { .. }
        | ExportError::TooLarge { .. }
        | ExportError::EmptyFile { .. }
        | ExportError::Unreadable { .. }
        | ExportError::UnknownFormat { .. } => export.paths.first().map_or(header, |path| file.place(path.span)),
        _ => header,
    };
    diagnostic.at(place)
}

/// Says what the engine said about an expression of an export; `known` lists columns, the nearest first.
fn of_export_expression(finding: Diagnostic, relation: &str, message: &str, known: Option<&str>) -> Diagnostic {
    let Some(unknown) = unknown_column(message) else {
        let (message, hint) = in_plain_words(message);
        return Diagnostic { message: format!("export `{relation}`: {message}"), ..finding }.with_hint_if(hint);
    };
    let message = format!("export `{relation}`: the files have no column `{unknown}`");
    Diagnostic { message, ..finding }.with_hint_if(known)
}

/// A plan error at the expression it is about.
pub(super) fn of_plan(file: &SyncFile, error: &PlanError, columns: &[String]) -> Diagnostic {
    match error {
        PlanError::Expression { sync, place, message, position, hint } => {
            let (said, way_out) = in_plain_words(message);
            let diagnostic =
                Diagnostic::error("sync-expression", format!("sync `{sync}`: `{place}` does not work: {said}"));
            let unknown = unknown_column(message);
            let nearest = unknown.and_then(|name| did_you_mean(name, columns.iter().map(String::as_str)));
            let diagnostic = match (unknown, nearest) {
                (Some(name), nearest) => Diagnostic {
                    code: "unknown-attribute".into(),
                    message: format!("sync `{sync}`: there is no attribute `{name}`"),
                    hint: Some(nearest.map_or_else(
                        || {
                            "attributes come from the packs below [attributes] and the columns of the customers export"
                                .to_owned()
                        },
                        |nearest| format!("did you mean `{nearest}`?"),
                    )),
                    ..diagnostic
                },
                (None, _) => diagnostic.with_hint_if(hint.clone().or(way_out)),
            };
            match file.sync(sync).and_then(|spec| sql_of(spec, place)) {
                Some(sql) => diagnostic.at(in_sql(file, sql, *position)),
                None => diagnostic,
            }
        }
        PlanError::Type { sync, field, .. } => {
            let diagnostic = Diagnostic::error("sync-field-type", error.to_string()).with_hint_if(error.hint());
            match file.sync(sync).and_then(|spec| sql_of(spec, field)) {
                Some(sql) => diagnostic.at(file.place(sql.span())),
                None => diagnostic,
            }
        }
        PlanError::Hash { sync, place, .. } => {
            let diagnostic = Diagnostic::error("hash-type", error.to_string()).with_hint_if(error.hint());
            match file.sync(sync).and_then(|spec| sql_of(spec, place)) {
                Some(sql) => diagnostic.at(file.place(sql.span())),
                None => diagnostic,
            }
        }
        PlanError::Ledger(_) | PlanError::Engine(_) => {
            Diagnostic::error("plan", error.to_string()).with_hint_if(error.hint())
        }
    }
}

fn sql_of<'a>(spec: &'a SyncSpec, place: &str) -> Option<&'a SqlText> {
    match place {
        "key" => Some(&spec.key.from),
        "audience" => spec.audience.as_ref(),
        "order_by" => spec.order_by.as_ref(),
        field => spec.fields.iter().find(|mapped| mapped.name.value == field).map(|mapped| &mapped.from),
    }
}

/// The word at a byte of an expression, where the byte is known, else the expression.
pub(super) fn in_sql(file: &SyncFile, sql: &SqlText, position: Option<usize>) -> Place {
    let text = sql.as_str();
    match position.and_then(|start| Some((start, text.get(start..)?.find(ends_word).unwrap_or(text.len() - start)))) {
        Some((start, length)) if length > 0 => file.place(sql.span_of(start..start + length)),
        Some((start, _)) => sql.place_at(file.source(), start),
        None => file.place(sql.span()),
    }
}

/// Where a word stands in an expression.
pub(super) fn word_position(sql: &str, word: &str) -> Option<usize> {
    sql.match_indices(word).map(|(start, _)| start).find(|start| {
        let (before, after) = (&sql[..*start], &sql[start + word.len()..]);
        before.chars().next_back().is_none_or(ends_word) && after.chars().next().is_none_or(ends_word)
    })
}

fn ends_word(character: char) -> bool {
    !character.is_alphanumeric() && character != '_'
}

/// The column that an engine's message says is nowhere to be found.
pub(super) fn unknown_column(message: &str) -> Option<&str> {
    message.strip_prefix("Referenced column \"")?.split('"').next()
}

/// Problems with attribute settings, each at its key.
pub(super) fn of_attributes(file: &SyncFile, problems: &[Problem]) -> Diagnostics {
    let mut findings = Diagnostics::new();
    for problem in problems {
        let (message, place) = match segment_of(file, &problem.key) {
            Some(segment) => (
                format!("segment `{}`: {}", segment.name.value, problem.message),
                place_in_rule(file, segment, problem),
            ),
            None => (format!("`{}`: {}", problem.key, problem.message), place_of_problem(file, problem)),
        };
        findings.push(Diagnostic::error("attribute-setting", message).with_hint(problem.hint.as_str()).at(place));
    }
    findings.sorted()
}

/// What a run warns of, each at its key.
pub(super) fn of_attribute_warnings(file: &SyncFile, warnings: &[Problem]) -> Diagnostics {
    let mut findings = Diagnostics::new();
    for warning in warnings {
        let message = format!("`{}`: {}", warning.key, warning.message);
        let finding = Diagnostic::warning("attribute-not-calculated", message).with_hint(warning.hint.as_str());
        findings.push(finding.at(place_of_setting(file, &warning.key)));
    }
    findings.sorted()
}

/// What looks wrong in the data, each at the table it is about.
pub(super) fn of_suspicions(file: &SyncFile, suspicions: &[Suspicion]) -> Diagnostics {
    let place = |key: &str| match key.strip_prefix("exports.") {
        // Where orders are derived, their lines stand for them.
        Some(relation) => {
            let export = file.export(relation).or_else(|| file.export("order_lines"))?;
            Some(file.place(export.relation.span))
        }
        None => Some(file.attribute(key.strip_prefix("attributes.")?)?.place_of::<&str>(&[])),
    };
    let finding = |suspicion: &Suspicion| {
        let finding = Diagnostic::warning(suspicion.code, suspicion.message.as_str()).with_hint(suspicion.hint);
        match place(suspicion.key) {
            Some(place) => finding.at(place),
            None => finding,
        }
    };
    suspicions.iter().map(finding).collect()
}

/// The segment of a key such as `segments[2].when`.
fn segment_of<'a>(file: &'a SyncFile, key: &str) -> Option<&'a Segment> {
    let number = key.strip_prefix("segments[")?.split(']').next()?.parse::<usize>().ok()?;
    file.segments.get(number)
}

fn place_in_rule(file: &SyncFile, segment: &Segment, problem: &Problem) -> Place {
    match &segment.rule {
        SegmentRule::When(sql) => file.place(sql.span()),
        SegmentRule::Cells(cells) => {
            let named = |cell: &&Spanned<String>| problem.message.contains(&format!("{:?}", cell.value));
            let span = cells.iter().find(named).or(cells.first()).map_or(segment.name.span, |cell| cell.span);
            file.place(span)
        }
    }
}

/// The custom attribute of a key such as `attributes.custom[2].filter`.
fn custom_of<'a>(file: &'a SyncFile, key: &str) -> Option<&'a ConfigTable> {
    let number = key.strip_prefix("attributes.custom[")?.split(']').next()?.parse::<usize>().ok()?;
    file.custom_attributes.get(number)
}

fn place_of_problem(file: &SyncFile, problem: &Problem) -> Place {
    let field = problem.key.rsplit('.').next().unwrap_or_default();
    match custom_of(file, &problem.key).and_then(|table| table.sql(field)).filter(|_| problem.position.is_some()) {
        Some(sql) => in_sql(file, &sql, problem.position),
        None => place_of_setting(file, &problem.key),
    }
}

fn place_of_setting(file: &SyncFile, key: &str) -> Place {
    let path: Vec<&str> = key.split('.').collect();
    if let Some(table) = custom_of(file, key) {
        return table.place_of(&path[2..]);
    }
    match path.as_slice() {
        ["attributes", pack, rest @ ..] => match file.attribute(pack) {
            Some(table) => table.place_of(rest),
            None => file.place(Span::default()),
        },
        _ => file.place(Span::default()),
    }
}

/// The engine's usual complaints, in words for those who did not write the engine, with a way out.
pub(super) fn in_plain_words(message: &str) -> (String, Option<String>) {
    if let Some(name) = between(message, "Function with name ", " does not exist") {
        return (
            format!("there is no function `{}`", name.trim_matches('"')),
            Some("look it up among DuckDB's functions".to_owned()),
        );
    }
    let types = between(message, "No function matches the given name and argument types '", "'");
    if let Some((name, types)) = types.and_then(|call| call.split_once('(')) {
        let hint = "cast one of them, as in CAST(recency_days AS VARCHAR)";
        return (format!("`{name}` does not take ({types}"), Some(hint.to_owned()));
    }
    (message.to_owned(), None)
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    text.split_once(before)?.1.split_once(after).map(|(inner, _)| inner)
}

pub(super) fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_found_as_a_whole() {
        assert_eq!(word_position("f_scores > 1 and f_score = 2", "f_score"), Some(17));
        assert_eq!(word_position("r_score", "score"), None);
    }

    #[test]
    fn the_engines_complaints_are_put_plainly() {
        let plain = |message| in_plain_words(message).0;
        assert_eq!(plain("Scalar Function with name uper does not exist!"), "there is no function `uper`");
        assert_eq!(
            plain("No function matches the given name and argument types '+(BIGINT, VARCHAR)'. You might …"),
            "`+` does not take (BIGINT, VARCHAR)"
        );
        assert_eq!(plain("something else"), "something else");
    }

    #[test]
    fn an_unknown_column_is_read_from_the_message() {
        let message = "Referenced column \"segmnt\" not found in FROM clause!";
        assert_eq!(unknown_column(message), Some("segmnt"));
        assert_eq!(unknown_column("No function matches"), None);
    }
}
