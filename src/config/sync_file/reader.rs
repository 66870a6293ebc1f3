//! Typed reads of a raw table: every wrong type, missing key and unknown key is reported, and reading goes on.

use std::ops::RangeInclusive;

use super::context::Context;
use super::tree::{Spanned, Table, Text, Value};
use super::{homes, limits};
use crate::config::diagnostics::{Span, did_you_mean, one_of};
use crate::config::sync_file::SqlText;

/// A set of words that a key takes.
pub(super) trait Keyword: Copy + 'static {
    /// Each word with its meaning.
    const WORDS: &'static [(&'static str, Self)];
}

/// Reads one table. Keys that nobody asked for are unknown: [`TableReader::finish`] reports them.
pub(super) struct TableReader<'t> {
    table: &'t Table,
    span: Span,
    /// How messages call the table: `[exports.orders]`.
    pub(super) what: String,
    known: Vec<&'static str>,
}

impl<'t> TableReader<'t> {
    pub(super) fn new(table: &'t Table, span: Span, what: impl Into<String>) -> Self {
        Self { table, span, what: what.into(), known: Vec::new() }
    }

    /// The table in a value, or a report that it is none.
    pub(super) fn open(value: &'t Spanned<Value>, what: impl Into<String>, cx: &mut Context<'_>) -> Option<Self> {
        let what = what.into();
        if let Value::Table(table) = &value.value {
            return Some(Self::new(table, value.span, what));
        }
        let message = format!("{what} must be a table, not {}", value.value.type_name());
        cx.error(value.span, "wrong-type", message).label("expected a table");
        None
    }

    /// The value of a key, if it is there.
    pub(super) fn optional(&mut self, key: &'static str) -> Option<&'t Spanned<Value>> {
        if !self.known.contains(&key) {
            self.known.push(key);
        }
        self.table.get(key)
    }

    /// The value of a key, or a report that it is missing.
    pub(super) fn required(
        &mut self,
        key: &'static str,
        hint: &str,
        cx: &mut Context<'_>,
    ) -> Option<&'t Spanned<Value>> {
        let found = self.optional(key);
        if found.is_none() {
            cx.error(self.span, "missing-key", format!("{} has no `{key}`", self.what)).hint(hint);
        }
        found
    }

    /// Reports every key that was not asked for. Keys in `more` are known too.
    pub(super) fn finish(self, more: &[&str], cx: &mut Context<'_>) {
        for entry in &self.table.entries {
            let key = entry.key.value.as_str();
            if self.known.contains(&key) || more.contains(&key) {
                continue;
            }
            let known = || self.known.iter().copied().chain(more.iter().copied());
            let hint = match (homes::home_of(key), did_you_mean(key, known())) {
                (Some(home), _) => format!("`{key}` belongs to {home}"),
                (None, Some(close)) => format!("did you mean `{close}`?"),
                (None, None) => format!("known keys are {}", one_of(known())),
            };
            cx.error(entry.key.span, "unknown-key", format!("unknown key `{key}` in {}", self.what)).hint(hint);
        }
    }

    pub(super) fn text(&mut self, key: &'static str, cx: &mut Context<'_>) -> Option<Spanned<String>> {
        let value = self.optional(key)?;
        text(value, &format!("`{key}`"), cx)
    }

    pub(super) fn name(&mut self, cx: &mut Context<'_>) -> Option<Spanned<String>> {
        let value = self.required("name", "give it a name: name = \"…\"", cx)?;
        let name = text(value, "`name`", cx)?;
        check_name(&name, cx).then_some(name)
    }

    pub(super) fn sql(&mut self, key: &'static str, cx: &mut Context<'_>) -> Option<SqlText> {
        let value = self.optional(key)?;
        sql(value, &format!("`{key}`"), cx)
    }

    pub(super) fn boolean(&mut self, key: &'static str, cx: &mut Context<'_>) -> Option<bool> {
        let value = self.optional(key)?;
        if let Value::Boolean(value) = value.value {
            return Some(value);
        }
        wrong_type(value, &format!("`{key}`"), "true or false", cx);
        None
    }

    pub(super) fn whole(&mut self, key: &'static str, range: RangeInclusive<i64>, cx: &mut Context<'_>) -> Option<u64> {
        let value = self.optional(key)?;
        let Value::Integer(number) = value.value else {
            wrong_type(value, &format!("`{key}`"), "a whole number", cx);
            return None;
        };
        if range.contains(&number) {
            return u64::try_from(number).ok();
        }
        let message = format!("`{key}` must be from {} to {}", range.start(), range.end());
        cx.error(value.span, "bad-value", message).label("out of range");
        None
    }

    pub(super) fn number(
        &mut self,
        key: &'static str,
        range: RangeInclusive<f64>,
        cx: &mut Context<'_>,
    ) -> Option<f64> {
        let value = self.optional(key)?;
        let number = match value.value {
            Value::Float(number) => number,
            // Every whole number within any of our ranges is exact as a double.
            #[expect(clippy::cast_precision_loss)]
            Value::Integer(number) => number as f64,
            _ => {
                wrong_type(value, &format!("`{key}`"), "a number", cx);
                return None;
            }
        };
        if range.contains(&number) {
            return Some(number);
        }
        let message = format!("`{key}` must be from {} to {}", range.start(), range.end());
        cx.error(value.span, "bad-value", message).label("out of range");
        None
    }

    pub(super) fn keyword<T: Keyword>(&mut self, key: &'static str, cx: &mut Context<'_>) -> Option<T> {
        let value = self.optional(key)?;
        let typed = text(value, &format!("`{key}`"), cx)?;
        if let Some((_, meaning)) = T::WORDS.iter().find(|(word, _)| *word == typed.value) {
            return Some(*meaning);
        }
        // What a variable holds is not known before a run.
        if !matches!(value.value, Value::Text(Text::Unresolved(_))) {
            let words = || T::WORDS.iter().map(|(word, _)| *word);
            let hint = did_you_mean(&typed, words()).map(|word| format!("did you mean `{word}`?"));
            let message = format!("`{key}` must be {}", one_of(words()));
            cx.error(value.span, "bad-value", message).label("not one of these").hint_if(hint);
        }
        None
    }

    /// A list of texts; a single text counts as a list of one where `single` allows it.
    pub(super) fn texts(
        &mut self,
        key: &'static str,
        single: bool,
        cx: &mut Context<'_>,
    ) -> Option<Vec<Spanned<String>>> {
        let value = self.optional(key)?;
        let what = format!("`{key}`");
        match &value.value {
            Value::Text(_) if single => text(value, &what, cx).map(|one| vec![one]),
            Value::Array(items) if items.len() > limits::LIST_ENTRIES => {
                let message = format!("{what} has more than {} entries", limits::LIST_ENTRIES);
                cx.error(value.span, "too-many", message);
                None
            }
            Value::Array(items) => {
                let what = format!("each entry of {what}");
                Some(items.iter().filter_map(|item| text(item, &what, cx)).collect())
            }
            _ => {
                let expected = if single { "a string or an array of strings" } else { "an array of strings" };
                wrong_type(value, &what, expected, cx);
                None
            }
        }
    }
}

/// A table whose keys are names that the user chose.
pub(super) fn named_entries<'t>(value: &'t Spanned<Value>, what: &str, cx: &mut Context<'_>) -> Option<&'t Table> {
    if let Value::Table(table) = &value.value {
        return Some(table);
    }
    wrong_type(value, what, "a table", cx);
    None
}

/// Reports a value of the wrong type.
pub(super) fn wrong_type(value: &Spanned<Value>, what: &str, expected: &str, cx: &mut Context<'_>) {
    let hint = match &value.value {
        Value::Text(Text::Plain(text)) if text.parse::<f64>().is_ok() || matches!(text.as_str(), "true" | "false") => {
            Some("write it without quotes".to_owned())
        }
        Value::Integer(_) | Value::Float(_) | Value::Boolean(_) if expected.contains("string") => {
            Some("put it in quotes".to_owned())
        }
        _ => None,
    };
    let message = format!("{what} must be {expected}, not {}", value.value.type_name());
    cx.error(value.span, "wrong-type", message).label(format!("expected {expected}")).hint_if(hint);
}

/// A text of bounded length; never empty.
pub(super) fn text(value: &Spanned<Value>, what: &str, cx: &mut Context<'_>) -> Option<Spanned<String>> {
    let Value::Text(text) = &value.value else {
        wrong_type(value, what, "a string", cx);
        return None;
    };
    let text = text.expose();
    if text.trim().is_empty() {
        cx.error(value.span, "empty-value", format!("{what} is empty"));
        return None;
    }
    if text.len() > limits::TEXT_BYTES {
        let message = format!("{what} is longer than {} KiB", limits::TEXT_BYTES / 1024);
        cx.error(value.span, "too-long", message);
        return None;
    }
    Some(Spanned::new(text.to_owned(), value.span))
}

/// An SQL expression.
pub(super) fn sql(value: &Spanned<Value>, what: &str, cx: &mut Context<'_>) -> Option<SqlText> {
    let typed = text(value, what, cx)?;
    Some(SqlText::new(typed.value, value.span, cx.source.slice(value.span)))
}

/// Names are shown in tables and logs, and used on command lines: short, and without control characters.
pub(super) fn check_name(name: &Spanned<String>, cx: &mut Context<'_>) -> bool {
    if name.chars().count() > limits::NAME_CHARS {
        cx.error(name.span, "too-long", format!("a name has at most {} characters", limits::NAME_CHARS));
        return false;
    }
    if name.chars().any(char::is_control) {
        cx.error(name.span, "bad-value", "a name must not contain control characters");
        return false;
    }
    true
}
