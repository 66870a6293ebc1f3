//! `[[segments]]`: the user's own segments, tried in the order of the file.

use super::context::Context;
use super::reader::{TableReader, wrong_type};
use super::tree::{Spanned, Value};
use super::{SqlText, limits};

/// The segment of customers that no rule takes, where the sync file names none.
pub const DEFAULT_FALLBACK: &str = "Other";

/// What a segment takes.
#[derive(Debug, Clone, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SegmentRule {
    /// A boolean SQL expression over attribute columns.
    When(SqlText),
    /// Patterns of cells: `155`, `3xx`, `[45]5x`.
    Cells(Vec<Spanned<String>>),
}

/// One segment.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Segment {
    /// Its name, as delivered.
    pub name: Spanned<String>,
    /// Which customers it takes.
    pub rule: SegmentRule,
}

pub(super) fn read(value: &Spanned<Value>, cx: &mut Context<'_>) -> Vec<Segment> {
    let Value::Array(items) = &value.value else {
        wrong_type(value, "`segments`", "a list of [[segments]] tables", cx);
        return Vec::new();
    };
    if items.len() > limits::SEGMENTS {
        cx.error(value.span, "too-many", format!("there are more than {} segments", limits::SEGMENTS));
    }
    let mut segments: Vec<Segment> = Vec::new();
    for item in items.iter().take(limits::SEGMENTS) {
        let Some(segment) = read_one(item, cx) else { continue };
        if let Some(first) = segments.iter().find(|other| other.name.value == segment.name.value) {
            let first = cx.place(first.name.span);
            cx.error(segment.name.span, "duplicate-name", format!("two segments are called `{}`", segment.name.value))
                .label("again here")
                .related(first, "first here")
                .hint("join their rules with `or`, or give one another name");
        }
        segments.push(segment);
    }
    segments
}

fn read_one(value: &Spanned<Value>, cx: &mut Context<'_>) -> Option<Segment> {
    let mut reader = TableReader::open(value, "[[segments]]", cx)?;
    let name = reader.name(cx);
    if let Some(name) = &name {
        reader.what = format!("the segment `{}`", name.value);
    }
    let (has_when, has_cells) = (reader.optional("when"), reader.optional("cells"));
    let rule = match (has_when, has_cells) {
        (Some(_), None) => reader.sql("when", cx).map(SegmentRule::When),
        (None, Some(_)) => read_cells(&mut reader, cx).map(SegmentRule::Cells),
        (Some(_), Some(cells)) => {
            cx.error(cells.span, "bad-value", format!("{} has both `when` and `cells`", reader.what))
                .hint("keep one of the two");
            None
        }
        (None, None) => {
            cx.error(value.span, "missing-key", format!("{} has no rule", reader.what))
                .hint("say which customers it takes: when = \"r_score <= 2\" or cells = \"155 145\"");
            None
        }
    };
    reader.finish(&[], cx);
    Some(Segment { name: name?, rule: rule? })
}

/// `cells` is an array, or one text with blanks between the patterns.
fn read_cells(reader: &mut TableReader<'_>, cx: &mut Context<'_>) -> Option<Vec<Spanned<String>>> {
    let cells = reader.texts("cells", true, cx)?;
    let split = |typed: Spanned<String>| -> Vec<Spanned<String>> {
        typed.split_whitespace().map(|cell| Spanned::new(cell.to_owned(), typed.span)).collect()
    };
    Some(cells.into_iter().flat_map(split).collect())
}
