//! Values that statements are given, bound and never pasted.

use chrono::{DateTime, Utc};
use duckdb::ToSql;
use duckdb::types::{TimeUnit, ToSqlOutput, Value as SqlValue};

/// A parameter of a statement, bound by name.
#[derive(Debug, Clone, PartialEq)]
pub enum Param {
    /// NULL.
    Null,
    /// A boolean.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A floating-point number.
    Float(f64),
    /// A text.
    Text(String),
    /// An instant, UTC.
    Timestamp(DateTime<Utc>),
}

impl ToSql for Param {
    fn to_sql(&self) -> duckdb::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Owned(match self {
            Self::Null => SqlValue::Null,
            Self::Bool(value) => SqlValue::Boolean(*value),
            Self::Int(value) => SqlValue::BigInt(*value),
            Self::Float(value) => SqlValue::Double(*value),
            Self::Text(value) => SqlValue::Text(value.clone()),
            Self::Timestamp(value) => SqlValue::Timestamp(TimeUnit::Microsecond, value.timestamp_micros()),
        }))
    }
}

impl From<&str> for Param {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Param {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Param {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<f64> for Param {
    fn from(number: f64) -> Self {
        Self::Float(number)
    }
}

impl From<bool> for Param {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<DateTime<Utc>> for Param {
    fn from(at: DateTime<Utc>) -> Self {
        Self::Timestamp(at)
    }
}

impl<T: Into<Param>> From<Option<T>> for Param {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}
