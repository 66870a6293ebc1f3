//! A table whose keys another floor knows: a connector's configuration, a pack's parameters.

use std::fmt;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

use super::SqlText;
use super::deserialize::{self, Problem};
use super::tree::{Entry, Spanned, Table, Value};
use crate::config::diagnostics::{Diagnostic, Diagnostics, Place, Source, Span, did_you_mean, one_of};

/// A table as it was typed, with variables put in where the file was resolved for a run.
///
/// `Debug` and `Serialize` leave secrets out.
#[derive(Clone)]
pub struct ConfigTable {
    source: Arc<Source>,
    table: Spanned<Table>,
    what: String,
    secrets: Vec<String>,
}

impl ConfigTable {
    pub(super) fn new(source: &Arc<Source>, table: Spanned<Table>, what: String, secrets: &[&str]) -> Self {
        let secrets = secrets.iter().map(|key| (*key).to_owned()).collect();
        Self { source: Arc::clone(source), table, what, secrets }
    }

    /// Whether no key is given.
    pub fn is_empty(&self) -> bool {
        self.table.value.entries.is_empty()
    }

    /// The keys and values, in the order of the file.
    pub fn table(&self) -> &Table {
        &self.table.value
    }

    /// The place of the value that a path of keys leads to; where it ends early, of the last table on the way.
    pub fn place_of<S: AsRef<str>>(&self, path: &[S]) -> Place {
        Place::new(&self.source, walk(&self.table.value, self.table.span, path))
    }

    /// The SQL that a key holds.
    pub fn sql(&self, key: &str) -> Option<SqlText> {
        let value = &self.table.value.entry(key)?.value;
        let Value::Text(text) = &value.value else { return None };
        Some(SqlText::new(text.expose(), value.span, self.source.slice(value.span)))
    }

    /// Reads the table into a type. `serde_json::Value` takes any.
    ///
    /// Reading goes on behind a mistake: a key with one is reported and left out, and the rest is read again.
    /// [`SqlText`] fields keep their place in the file.
    ///
    /// # Errors
    /// Every unknown key, wrong type, bad value and missing key, each at its place. Values are never part of the message.
    pub fn deserialize<T: DeserializeOwned>(&self) -> Result<T, Diagnostics> {
        let mut diagnostics = Diagnostics::new();
        let mut table = self.table.clone();
        let mut left_out: Vec<String> = Vec::new();
        loop {
            let problem = match deserialize::table::<T>(&table, &self.source) {
                Ok(value) if left_out.is_empty() => return Ok(value),
                Ok(_) => return Err(diagnostics),
                Err(problem) => problem,
            };
            // A key that was left out for its own mistake is no missing key.
            let our_doing = matches!(&problem.kind, deserialize::Kind::MissingKey(key)
                if left_out.iter().any(|left| left == key));
            if !our_doing {
                diagnostics.push(self.diagnose(&problem));
            }
            match problem.span.and_then(|span| leave_out(&mut table.value, span)) {
                Some(key) => left_out.push(key),
                None => return Err(diagnostics),
            }
        }
    }

    fn diagnose(&self, problem: &Problem) -> Diagnostic {
        let what = &self.what;
        let (code, message, hint) = match &problem.kind {
            deserialize::Kind::UnknownKey { key, known } => {
                let hint = did_you_mean(key, known.iter().copied()).map_or_else(
                    || format!("known keys are {}", one_of(known.iter().copied())),
                    |close| format!("did you mean `{close}`?"),
                );
                ("unknown-key", format!("unknown key `{key}` in {what}"), Some(hint))
            }
            deserialize::Kind::MissingKey(key) => ("missing-key", format!("{what} has no `{key}`"), None),
            deserialize::Kind::WrongType { expected, got } => {
                ("wrong-type", format!("{}must be {expected}, not {got}", problem.subject()), None)
            }
            deserialize::Kind::UnknownWord { known } => {
                ("bad-value", format!("{}must be {}", problem.subject(), one_of(known.iter().copied())), None)
            }
            deserialize::Kind::BadValue(message) => ("bad-value", format!("{}{message}", problem.subject()), None),
        };
        Diagnostic::error(code, message)
            .at(Place::new(&self.source, problem.span.unwrap_or(self.table.span)))
            .with_hint_if(hint)
    }
}

/// Takes the innermost entry away that holds a span, and names its key.
fn leave_out(table: &mut Table, span: Span) -> Option<String> {
    let holds = |entry: &Entry| entry.key.span.contains(span) || entry.value.span.contains(span);
    // A table under a header of its own lies outside the span of that header: look into every table.
    for entry in &mut table.entries {
        if let Value::Table(inner) = &mut entry.value.value
            && let Some(key) = leave_out(inner, span)
        {
            return Some(key);
        }
    }
    let at = table.entries.iter().position(holds)?;
    Some(table.entries.remove(at).key.value)
}

/// The span of the value that a path of keys leads to.
pub(super) fn walk<S: AsRef<str>>(table: &Table, span: Span, path: &[S]) -> Span {
    let Some((key, rest)) = path.split_first() else { return span };
    match table.entry(key.as_ref()) {
        None => span,
        Some(entry) => match &entry.value.value {
            Value::Table(inner) if !rest.is_empty() => walk(inner, entry.value.span, rest),
            _ => entry.value.span,
        },
    }
}

impl fmt::Debug for ConfigTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys: Vec<&str> = self.table.value.entries.iter().map(|entry| entry.key.value.as_str()).collect();
        write!(f, "ConfigTable({} with {keys:?})", self.what)
    }
}

impl Serialize for ConfigTable {
    /// Keys in the order of their names, without those that hold secrets.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let secrets: Vec<&str> = self.secrets.iter().map(String::as_str).collect();
        self.table.value.without(&secrets).serialize(serializer)
    }
}

impl Serialize for Table {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut entries: Vec<_> = self.entries.iter().collect();
        entries.sort_by(|left, right| left.key.value.cmp(&right.key.value));
        let mut map = serializer.serialize_map(Some(entries.len()))?;
        for entry in entries {
            map.serialize_entry(&entry.key.value, &entry.value.value)?;
        }
        map.end()
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text.expose()),
            Self::Integer(number) => serializer.serialize_i64(*number),
            Self::Float(number) => serializer.serialize_f64(*number),
            Self::Boolean(value) => serializer.serialize_bool(*value),
            Self::Datetime(value) => serializer.serialize_str(&value.to_string()),
            Self::Array(items) => {
                let mut sequence = serializer.serialize_seq(Some(items.len()))?;
                for item in items {
                    sequence.serialize_element(&item.value)?;
                }
                sequence.end()
            }
            Self::Table(table) => table.serialize(serializer),
        }
    }
}
