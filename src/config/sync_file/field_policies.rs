//! Policies of a field: which differences are none, how long a change has to last, and whether a value is hashed.

use super::context::Context;
use super::reader::{Keyword, TableReader, wrong_type};
use super::tree::{Spanned, Value};

/// Differences that are no change.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Tolerance {
    /// Moves of a number, or of a date in days, up to this size; from 0.
    Size(f64),
    /// Spellings of a text.
    Spelling(Spelling),
}

/// What two texts may differ in and still be one. At least one of the two.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Spelling {
    /// Upper and lower case.
    pub case: bool,
    /// White space at the ends, and how much of it stands between words.
    pub whitespace: bool,
}

/// How long a change has to last before it goes to the destination.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Hold {
    /// Runs in a row, each for a later `as_of`, that have to say the same; from 2.
    pub runs: u32,
    /// Moves of a number, or of a date in days, that are larger go at once; above 0.
    pub margin: Option<f64>,
}

/// How a text is made unreadable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Hash {
    /// SHA-256 in lower-case hexadecimal, of the text trimmed and in lower case.
    Sha256,
}

impl Keyword for Hash {
    const WORDS: &'static [(&'static str, Self)] = &[("sha256", Self::Sha256)];
}

/// The longest hold. Nobody waits for a year.
const MOST_RUNS: i64 = 365;

/// `tolerance = 1`, `tolerance = "case"` or `tolerance = ["case", "whitespace"]`.
pub(super) fn tolerance(reader: &mut TableReader<'_>, cx: &mut Context<'_>) -> Option<Tolerance> {
    let value = reader.optional("tolerance")?;
    if !matches!(value.value, Value::Text(_) | Value::Array(_)) {
        return reader.number("tolerance", 0.0..=f64::MAX, cx).map(Tolerance::Size);
    }
    let mut spelling = Spelling::default();
    for word in reader.texts("tolerance", true, cx)? {
        match word.as_str() {
            "case" => spelling.case = true,
            "whitespace" => spelling.whitespace = true,
            _ => {
                cx.error(word.span, "bad-value", "`tolerance` must be a number, \"case\" or \"whitespace\"")
                    .label("not one of these")
                    .hint("both together: tolerance = [\"case\", \"whitespace\"]");
                return None;
            }
        }
    }
    (spelling != Spelling::default()).then_some(Tolerance::Spelling(spelling))
}

/// `hold = { runs = 3, margin = 10 }`.
pub(super) fn hold(value: &Spanned<Value>, cx: &mut Context<'_>) -> Option<Hold> {
    if !matches!(value.value, Value::Table(_)) {
        wrong_type(value, "`hold`", "a table", cx);
        return None;
    }
    let mut reader = TableReader::open(value, "`hold`", cx)?;
    let margin = reader.optional("margin").is_some();
    let hint = if margin {
        "say after how many runs smaller moves go, too: { runs = 3, margin = 10 }; `tolerance` ignores them for good"
    } else {
        "say how many runs have to agree: { runs = 3 }"
    };
    reader.required("runs", hint, cx);
    let runs = reader.whole("runs", 2..=MOST_RUNS, cx).and_then(|runs| u32::try_from(runs).ok());
    let margin = reader.number("margin", f64::MIN_POSITIVE..=f64::MAX, cx);
    reader.finish(&[], cx);
    Some(Hold { runs: runs?, margin })
}
