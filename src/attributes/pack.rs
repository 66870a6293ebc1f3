//! What all packs have in common: settings that can be checked, columns that can be explained, queries that can be run.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use thiserror::Error;

use super::about::{About, PackParameter};
pub(super) use super::column::{AttributeColumn, WithoutOrders};
use super::step::Step;

/// A value bound to a `$name` of a query.
#[derive(Debug, Clone, PartialEq)]
pub enum Parameter {
    /// A whole number.
    Int(i64),
    /// A double precision number.
    Float(f64),
    /// A text.
    Text(String),
    /// A point in time, to be bound as a timestamp without time zone, in UTC.
    Timestamp(DateTime<Utc>),
    /// True or false.
    Bool(bool),
}

/// One SELECT statement whose result is kept as a relation, for the queries after it to read.
#[derive(Debug, Clone, PartialEq)]
pub struct PackQuery {
    /// The name of the relation.
    pub relation: String,
    /// The statement, with `$name` for each parameter.
    pub sql: String,
    /// The parameters that the statement mentions, and no others.
    pub parameters: Vec<(String, Parameter)>,
}

/// A setting that is out of range, or asks for what the exports do not have; or something that a run should know.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{key}: {message}")]
pub struct Problem {
    /// The setting in the sync file, such as `attributes.rfm.bins`.
    pub key: String,
    /// What is wrong with it.
    pub message: String,
    /// What to do about it.
    pub hint: String,
    /// Where, in bytes from the start of the setting, where it is SQL and the place is known.
    pub position: Option<usize>,
}

impl Problem {
    pub(super) fn new(key: impl Into<String>, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { key: key.into(), message: message.into(), hint: hint.into(), position: None }
    }
}

impl Problem {
    pub(super) fn at(self, position: Option<usize>) -> Self {
        Self { position, ..self }
    }
}

/// Adds a problem where a condition does not hold.
pub(super) fn require(problems: &mut Vec<Problem>, holds: bool, key: &str, message: impl Into<String>, hint: &str) {
    if !holds {
        problems.push(Problem::new(key, message, hint));
    }
}

/// The relations that the exports give, with the names of their columns.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Relations {
    columns: BTreeMap<String, BTreeSet<String>>,
}

impl Relations {
    /// Adds a relation and its columns.
    pub fn with(mut self, relation: &str, columns: &[&str]) -> Self {
        self.columns.insert(relation.to_owned(), columns.iter().map(|&name| name.to_owned()).collect());
        self
    }

    /// Whether the exports give this relation.
    pub fn has(&self, relation: &str) -> bool {
        self.columns.contains_key(relation)
    }

    /// Whether the exports give this column of a relation.
    pub fn has_column(&self, relation: &str, column: &str) -> bool {
        self.columns.get(relation).is_some_and(|columns| columns.contains(column))
    }
}

/// What all packs of a run share.
#[derive(Debug, Clone)]
pub struct Context<'a> {
    /// The moment the attributes are true for.
    pub as_of: DateTime<Utc>,
    /// The relations to read.
    pub has: &'a Relations,
    /// Statuses of orders that do not count, in lower case.
    pub excluded_statuses: &'a [String],
    /// The discount that makes an order a discounted one, in millionths of its gross.
    pub min_depth_millionths: i64,
}

/// A family of attribute columns.
///
/// A pack is told apart from its settings only where one table of settings makes two packs.
pub trait Pack {
    /// The name; the pack's relation is `attributes_<name>`.
    fn name(&self) -> &'static str;

    /// What it is for, in words for who receives its columns.
    fn about(&self) -> About;

    /// The keys that the sync file can set it by, with their defaults.
    fn parameters(&self) -> Vec<PackParameter>;

    /// Everything that is wrong with the settings, or missing from the exports. A pack with problems is never asked
    /// for its queries.
    fn check(&self, has: &Relations) -> Vec<Problem>;

    /// The columns it delivers, in order.
    fn columns(&self, has: &Relations) -> Vec<AttributeColumn>;

    /// The steps that make its relation, in order, the pack's own last: one row for each customer it knows something
    /// about. Steps that packs share have the same relation name in both and are taken once.
    fn steps(&self, context: &Context<'_>) -> Vec<Step>;

    /// The relation that its last step makes.
    fn relation(&self) -> String {
        format!("attributes_{}", self.name())
    }
}
