//! Edits of a good sync file that leave it TOML, so that all of them reach what stands behind the parser.

use std::sync::LazyLock;

use bolero::TypeGenerator;
use toml::{Table, Value};

use super::expressions::Sql;

/// A good file, and what is done to it.
#[derive(Debug, Clone, TypeGenerator)]
pub(crate) struct Edited {
    file: u8,
    edits: Vec<Edit>,
}

/// One change; numbers pick a place or a word, whatever their size.
#[derive(Debug, Clone, TypeGenerator)]
enum Edit {
    Remove {
        at: u16,
    },
    Replace {
        at: u16,
        with: Piece,
    },
    /// Puts the value of one place at another.
    Copy {
        from: u16,
        to: u16,
    },
    /// Adds a key to the table at a place, or a value to the list.
    Add {
        at: u16,
        key: u8,
        value: Piece,
    },
    /// Gives the value a key that is known elsewhere.
    Rename {
        at: u16,
        key: u8,
    },
    /// Repeats an entry of a list: two syncs of one name, two segments.
    Repeat {
        at: u16,
    },
}

#[derive(Debug, Clone, TypeGenerator)]
enum Piece {
    Truth(bool),
    Whole(i64),
    Small(i8),
    Real(f64),
    Word(u8),
    Noise(String),
    Sql(Sql),
    List(Vec<Piece>),
    Table(Vec<(u8, Piece)>),
}

/// The files that edits start from.
static FILES: LazyLock<Vec<Table>> = LazyLock::new(|| {
    let whole = include_str!("../corpus/sync_file/text/small.toml");
    [include_str!("../../sync.example.toml"), whole].map(|text| text.parse().unwrap()).to_vec()
});

/// Keys of sync files, and one that is none.
const KEYS: [&str; 64] = [
    "version",
    "as_of",
    "name",
    "exports",
    "path",
    "columns",
    "csv",
    "delimiter",
    "quote",
    "header",
    "null",
    "format",
    "max_bad_rows_pct",
    "timezone",
    "attributes",
    "rfm",
    "bins",
    "method",
    "ties",
    "thresholds",
    "window_days",
    "segments",
    "fallback",
    "cycle",
    "categories",
    "promo",
    "weights",
    "priority",
    "reach",
    "channels",
    "churn",
    "activity",
    "windows",
    "pressure",
    "recommend",
    "custom",
    "relation",
    "aggregate",
    "filter",
    "when",
    "cells",
    "destinations",
    "connector",
    "api_key",
    "pace",
    "sandbox",
    "syncs",
    "destination",
    "object",
    "audience",
    "order_by",
    "limit",
    "key",
    "on_leave",
    "schedule",
    "cron",
    "guards",
    "fields",
    "from",
    "tolerance",
    "hold",
    "hash",
    "mode",
    "no_such_key",
];

/// Values that mean something somewhere.
const WORDS: [&str; 40] = [
    "",
    "customers",
    "orders",
    "quantiles",
    "thresholds",
    "ntile",
    "median",
    "population",
    "email",
    "phone",
    "grid6",
    "classic",
    "cells",
    "155 3xx [45]5x",
    "sendgrid",
    "salesforce",
    "google_sheets",
    "zendesk",
    "file",
    "contacts",
    "Contact",
    "keep",
    "clear",
    "delete",
    "remove_from_list",
    "always",
    "if_empty",
    "on_create",
    "sha256",
    "list",
    "upsert",
    "*/15 * * * *",
    "Europe/Paris",
    "2026-01-31T00:00:00+25:00",
    "${A}${",
    "$${A}",
    "../*/[a-z]/**/?.csv",
    "https://x.example/y",
    "\u{202e}\u{0}",
    "http://[::1",
];

/// The deepest tables that are looked into; deeper ones come from edits alone.
const MOST_DEPTH: usize = 12;

impl Edited {
    /// The file as it is now.
    pub(crate) fn text(&self) -> String {
        self.of(FILES[usize::from(self.file) % FILES.len()].clone())
    }

    /// The same edits of another file.
    pub(crate) fn of(&self, file: Table) -> String {
        let mut root = Value::Table(file);
        for edit in self.edits.iter().take(12) {
            edit.apply(&mut root);
        }
        toml::to_string(&root).unwrap_or_default()
    }
}

impl Edit {
    fn apply(&self, root: &mut Value) {
        let mut paths = Vec::new();
        collect(root, &mut Vec::new(), &mut paths);
        let path = |at: u16| paths[usize::from(at) % paths.len()].clone();
        match self {
            Self::Remove { at } => _ = take(root, &path(*at)),
            Self::Replace { at, with } => put(root, &path(*at), with.value()),
            Self::Copy { from, to } => {
                if let Some(value) = find(root, &path(*from)).cloned() {
                    put(root, &path(*to), value);
                }
            }
            Self::Add { at, key, value } => match find(root, &path(*at)) {
                Some(Value::Table(table)) => _ = table.insert(word(&KEYS, *key), value.value()),
                Some(Value::Array(items)) => items.push(value.value()),
                Some(other) => *other = value.value(),
                None => {}
            },
            Self::Rename { at, key } => {
                let mut path = path(*at);
                if let Some(value) = take(root, &path) {
                    path.pop();
                    path.push(Step::Key(word(&KEYS, *key)));
                    put(root, &path, value);
                }
            }
            Self::Repeat { at } => {
                let mut path = path(*at);
                let value = find(root, &path).cloned();
                path.pop();
                if let (Some(value), Some(Value::Array(items))) = (value, find(root, &path)) {
                    items.push(value);
                }
            }
        }
    }
}

impl Piece {
    fn value(&self) -> Value {
        match self {
            Self::Truth(truth) => Value::Boolean(*truth),
            Self::Whole(whole) => Value::Integer(*whole),
            Self::Small(small) => Value::Integer(i64::from(*small)),
            Self::Real(real) => Value::Float(*real),
            Self::Word(number) => Value::String(word(&WORDS, *number)),
            Self::Noise(text) => Value::String(text.clone()),
            Self::Sql(sql) => Value::String(sql.text()),
            Self::List(pieces) => pieces.iter().map(Self::value).collect::<Vec<_>>().into(),
            Self::Table(entries) => {
                Value::Table(entries.iter().map(|(key, piece)| (word(&KEYS, *key), piece.value())).collect())
            }
        }
    }
}

fn word(words: &[&str], number: u8) -> String {
    words[usize::from(number) % words.len()].to_owned()
}

#[derive(Clone)]
enum Step {
    Key(String),
    Index(usize),
}

/// The ways to all values, the root among them.
fn collect(value: &Value, path: &mut Vec<Step>, paths: &mut Vec<Vec<Step>>) {
    paths.push(path.clone());
    if path.len() == MOST_DEPTH {
        return;
    }
    let steps: Vec<(Step, &Value)> = match value {
        Value::Table(table) => table.iter().map(|(key, value)| (Step::Key(key.clone()), value)).collect(),
        Value::Array(items) => items.iter().enumerate().map(|(index, value)| (Step::Index(index), value)).collect(),
        _ => Vec::new(),
    };
    for (step, value) in steps {
        path.push(step);
        collect(value, path, paths);
        path.pop();
    }
}

fn find<'a>(root: &'a mut Value, path: &[Step]) -> Option<&'a mut Value> {
    path.iter().try_fold(root, |value, step| match (value, step) {
        (Value::Table(table), Step::Key(key)) => table.get_mut(key),
        (Value::Array(items), Step::Index(index)) => items.get_mut(*index),
        _ => None,
    })
}

fn put(root: &mut Value, path: &[Step], new: Value) {
    let Some((last, parents)) = path.split_last() else { return };
    match (find(root, parents), last) {
        (Some(Value::Table(table)), Step::Key(key)) => _ = table.insert(key.clone(), new),
        (Some(Value::Array(items)), Step::Index(index)) if *index < items.len() => items[*index] = new,
        _ => {}
    }
}

fn take(root: &mut Value, path: &[Step]) -> Option<Value> {
    let (last, parents) = path.split_last()?;
    match (find(root, parents)?, last) {
        (Value::Table(table), Step::Key(key)) => table.remove(key),
        (Value::Array(items), Step::Index(index)) if *index < items.len() => Some(items.remove(*index)),
        _ => None,
    }
}
