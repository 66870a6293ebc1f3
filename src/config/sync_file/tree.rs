//! The raw file: tables, arrays and values as they were typed, each with its span, in the order of the file.

use std::fmt;
use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};
use toml::de::{DeTable, DeValue};
use toml::value::Datetime;

use super::limits;
use crate::config::diagnostics::{Diagnostic, Diagnostics, Place, Source, Span};

/// A value and where it was typed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Its bytes in the sync file.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// Joins the two.
    pub fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }
}

impl<T> std::ops::Deref for Spanned<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: serde::Serialize> serde::Serialize for Spanned<T> {
    /// Writes the value alone.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value.serialize(serializer)
    }
}

/// A text value, and what is known about `${VAR}` in it.
#[derive(Clone)]
pub enum Text {
    /// As it was typed.
    Plain(String),
    /// It names a variable or a secret file that was not looked up: `validate` needs none to be set.
    Unresolved(String),
    /// A variable was put in, or a secret file read: never printed.
    Substituted(SecretString),
}

impl Text {
    /// The text itself. Where it was substituted, the caller must not show it.
    pub fn expose(&self) -> &str {
        match self {
            Self::Plain(text) | Self::Unresolved(text) => text,
            Self::Substituted(secret) => secret.expose_secret(),
        }
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(text) | Self::Unresolved(text) => text.fmt(f),
            Self::Substituted(_) => f.write_str("[substituted]"),
        }
    }
}

/// One value.
#[derive(Debug, Clone)]
pub enum Value {
    /// A text.
    Text(Text),
    /// A whole number of 64 bits.
    Integer(i64),
    /// A number with a fraction; may be infinite or not a number, as TOML allows.
    Float(f64),
    /// True or false.
    Boolean(bool),
    /// A date, a time, or both.
    Datetime(Datetime),
    /// An array.
    Array(Vec<Spanned<Value>>),
    /// A table.
    Table(Table),
}

impl Value {
    /// What messages call the type.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Text(_) => "a string",
            Self::Integer(_) => "a whole number",
            Self::Float(_) => "a number",
            Self::Boolean(_) => "a boolean",
            Self::Datetime(_) => "a date or time",
            Self::Array(_) => "an array",
            Self::Table(_) => "a table",
        }
    }
}

/// A key with its value.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The key.
    pub key: Spanned<String>,
    /// The value.
    pub value: Spanned<Value>,
}

/// A table, in the order of the file. `Debug` shows its keys only: a value may be a secret.
#[derive(Clone, Default)]
pub struct Table {
    /// The entries; no key appears twice.
    pub entries: Vec<Entry>,
}

impl Table {
    /// The entry of a key.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.key.value == key)
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Spanned<Value>> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The same table without some keys.
    pub fn without(&self, keys: &[&str]) -> Self {
        let stays = |entry: &&Entry| !keys.contains(&entry.key.value.as_str());
        Self { entries: self.entries.iter().filter(stays).cloned().collect() }
    }
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.entries.iter().map(|entry| &entry.key.value)).finish()
    }
}

/// Reads TOML.
///
/// # Errors
/// A file that is too large, or every syntax error (`toml-syntax`). A file with syntax errors is not looked at any
/// further: half a table would only cause mistakes that nobody made.
pub(in crate::config) fn parse(source: &Arc<Source>) -> Result<Spanned<Table>, Diagnostics> {
    if source.text().len() > limits::FILE_BYTES {
        let message = format!("the file is larger than {}", limits::FILE_BYTES_WORDS);
        return Err(Diagnostic::error("file-too-large", message).at(Place::new(source, Span::default())).into());
    }
    let (root, errors) = DeTable::parse_recoverable(source.text());
    if !errors.is_empty() {
        return Err(errors.iter().take(limits::SYNTAX_ERRORS).map(|error| syntax_error(source, error)).collect());
    }
    let mut diagnostics = Diagnostics::new();
    let span = root.span().into();
    let root = table(root.get_ref(), source, &mut diagnostics);
    if diagnostics.is_empty() { Ok(Spanned::new(root, span)) } else { Err(diagnostics) }
}

fn syntax_error(source: &Arc<Source>, error: &toml::de::Error) -> Diagnostic {
    let end = source.text().len();
    let span = error.span().map_or(Span::new(end, end), Span::from);
    let message = error.message();
    let hint = if message.starts_with("duplicate key") {
        Some("a key may stand once in a table; a table header may stand once in a file")
    } else if message.contains("string values must be quoted") {
        Some("put the value in quotes")
    } else {
        None
    };
    Diagnostic::error("toml-syntax", format!("not valid TOML: {message}"))
        .at(Place::new(source, span))
        .with_hint_if(hint)
}

fn table(raw: &DeTable<'_>, source: &Arc<Source>, diagnostics: &mut Diagnostics) -> Table {
    let mut entries: Vec<Entry> = raw
        .iter()
        .map(|(key, raw)| Entry {
            key: Spanned::new(key.get_ref().to_string(), key.span().into()),
            value: Spanned::new(value(raw, source, diagnostics), raw.span().into()),
        })
        .collect();
    // The parser sorts by name; people think in the order of the file, and so do fields and messages.
    entries.sort_by_key(|entry| entry.key.span);
    Table { entries }
}

fn value(raw: &toml::Spanned<DeValue<'_>>, source: &Arc<Source>, diagnostics: &mut Diagnostics) -> Value {
    let mut out_of_range = |kind: &str, hint: &str| {
        diagnostics.push(
            Diagnostic::error("bad-value", format!("this {kind} is out of range"))
                .at(Place::new(source, raw.span()))
                .with_hint(hint),
        );
    };
    match raw.get_ref() {
        DeValue::String(text) => Value::Text(Text::Plain(text.to_string())),
        DeValue::Integer(number) => {
            Value::Integer(i64::from_str_radix(number.as_str(), number.radix()).unwrap_or_else(|_| {
                out_of_range("whole number", "whole numbers have 64 bits");
                0
            }))
        }
        DeValue::Float(number) => Value::Float(number.as_str().parse().unwrap_or_else(|_| {
            out_of_range("number", "numbers have 64 bits");
            0.0
        })),
        DeValue::Boolean(value) => Value::Boolean(*value),
        DeValue::Datetime(value) => Value::Datetime(*value),
        DeValue::Array(items) => Value::Array(
            items.iter().map(|item| Spanned::new(value(item, source, diagnostics), item.span().into())).collect(),
        ),
        DeValue::Table(entries) => Value::Table(table(entries, source, diagnostics)),
    }
}
