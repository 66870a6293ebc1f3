//! serde over the raw tree: errors know their span, and never repeat a value.

use std::fmt;

use serde::de::value::{BorrowedStrDeserializer, MapDeserializer, SeqDeserializer, StrDeserializer};
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Error, Expected, IntoDeserializer, MapAccess,
    Unexpected, VariantAccess, Visitor,
};

use super::sql::{self, SqlText};
use super::tree::{Entry, Spanned, Table, Text, Value};
use crate::config::diagnostics::{Source, Span};

/// What serde found, where, and under which key.
#[derive(Debug)]
pub(super) struct Problem {
    pub(super) kind: Kind,
    pub(super) span: Option<Span>,
    key: Option<String>,
}

/// What serde found.
#[derive(Debug)]
pub(super) enum Kind {
    UnknownKey { key: String, known: &'static [&'static str] },
    MissingKey(&'static str),
    WrongType { expected: String, got: &'static str },
    UnknownWord { known: &'static [&'static str] },
    BadValue(String),
}

impl Problem {
    fn new(kind: Kind) -> Self {
        Self { kind, span: None, key: None }
    }

    /// The key in quotes and a blank, to begin a sentence with.
    pub(super) fn subject(&self) -> String {
        self.key.as_ref().map_or_else(String::new, |key| format!("`{key}` "))
    }

    /// Adds what is not known yet: the innermost value and key win.
    fn within(mut self, value: &Spanned<Value>) -> Self {
        if let Kind::WrongType { got, .. } = &mut self.kind
            && self.span.is_none()
        {
            *got = value.value.type_name();
        }
        if matches!(value.value, Value::Text(Text::Substituted(_))) && matches!(self.kind, Kind::BadValue(_)) {
            // The type's own words may quote the value, and here it may be a secret.
            self.kind = Kind::BadValue("has a value that is not allowed".to_owned());
        }
        self.span = self.span.or(Some(value.span));
        self
    }

    fn under(mut self, key: &str) -> Self {
        self.key = self.key.or_else(|| Some(key.to_owned()));
        self
    }
}

/// Rust's names for types, in the words of the sync file.
fn plain_words(expected: &str) -> String {
    match expected {
        "u8" | "u16" | "u32" | "u64" | "usize" | "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number",
        "f32" | "f64" => "a number",
        "a boolean" => "true or false",
        "a sequence" => "an array",
        "a map" => "a table",
        other if other.starts_with("struct ") => "a table",
        other if other.starts_with("enum ") || other == "string or table" => "a string or a table",
        other => other,
    }
    .to_owned()
}

impl Error for Problem {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(Kind::BadValue(format!("is not accepted: {message}")))
    }

    fn invalid_type(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(Kind::WrongType { expected: plain_words(&expected.to_string()), got: "this" })
    }

    fn invalid_value(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let expected = plain_words(&expected.to_string());
        // A number that is a number after all does not fit.
        let message =
            if expected.ends_with(" number") { "is out of range".to_owned() } else { format!("must be {expected}") };
        Self::new(Kind::BadValue(message))
    }

    fn invalid_length(length: usize, expected: &dyn Expected) -> Self {
        Self::new(Kind::BadValue(format!("must be {expected}, and has {length} entries")))
    }

    fn unknown_variant(_: &str, known: &'static [&'static str]) -> Self {
        Self::new(Kind::UnknownWord { known })
    }

    fn unknown_field(key: &str, known: &'static [&'static str]) -> Self {
        Self::new(Kind::UnknownKey { key: key.to_owned(), known })
    }

    fn missing_field(key: &'static str) -> Self {
        Self::new(Kind::MissingKey(key))
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.kind)
    }
}

impl std::error::Error for Problem {}

/// Reads a whole table.
pub(super) fn table<T: DeserializeOwned>(table: &Spanned<Table>, source: &Source) -> Result<T, Problem> {
    T::deserialize(TableDeserializer { table: &table.value, source })
}

#[derive(Clone, Copy)]
struct TableDeserializer<'t> {
    table: &'t Table,
    source: &'t Source,
}

impl<'de> Deserializer<'de> for TableDeserializer<'de> {
    type Error = Problem;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        visitor.visit_map(Entries { rest: self.table.entries.iter(), current: None, source: self.source })
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Problem> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        visitor.visit_unit()
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit_struct
        seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

struct Entries<'t> {
    rest: std::slice::Iter<'t, Entry>,
    current: Option<&'t Entry>,
    source: &'t Source,
}

impl<'t> MapAccess<'t> for Entries<'t> {
    type Error = Problem;

    fn next_key_seed<K: DeserializeSeed<'t>>(&mut self, seed: K) -> Result<Option<K::Value>, Problem> {
        self.current = self.rest.next();
        let Some(entry) = self.current else { return Ok(None) };
        let key = BorrowedStrDeserializer::<Problem>::new(&entry.key.value);
        seed.deserialize(key).map(Some).map_err(|mut problem| {
            problem.span = problem.span.or(Some(entry.key.span));
            problem
        })
    }

    fn next_value_seed<S: DeserializeSeed<'t>>(&mut self, seed: S) -> Result<S::Value, Problem> {
        let Some(entry) = self.current else { return Err(Problem::custom("a value without a key")) };
        seed.deserialize(ValueDeserializer { value: &entry.value, source: self.source })
            .map_err(|problem| problem.within(&entry.value).under(&entry.key.value))
    }
}

#[derive(Clone, Copy)]
struct ValueDeserializer<'t> {
    value: &'t Spanned<Value>,
    source: &'t Source,
}

impl<'t> ValueDeserializer<'t> {
    fn sql(self) -> Option<SqlText> {
        let Value::Text(text) = &self.value.value else { return None };
        Some(SqlText::new(text.expose(), self.value.span, self.source.slice(self.value.span)))
    }

    fn table(self, table: &'t Table) -> TableDeserializer<'t> {
        TableDeserializer { table, source: self.source }
    }
}

impl<'t> IntoDeserializer<'t, Problem> for ValueDeserializer<'t> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for ValueDeserializer<'de> {
    type Error = Problem;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        match &self.value.value {
            Value::Text(text) => visitor.visit_borrowed_str(text.expose()),
            Value::Integer(number) => visitor.visit_i64(*number),
            Value::Float(number) => visitor.visit_f64(*number),
            Value::Boolean(value) => visitor.visit_bool(*value),
            Value::Datetime(value) => visitor.visit_string(value.to_string()),
            Value::Array(items) => {
                let items = items.iter().map(|value| ValueDeserializer { value, source: self.source });
                visitor.visit_seq(SeqDeserializer::new(items))
            }
            Value::Table(table) => self.table(table).deserialize_any(visitor),
        }
        .map_err(|problem| problem.within(self.value))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Problem> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Problem> {
        if name == sql::STRUCT
            && let Some(sql) = self.sql()
        {
            return visitor.visit_map(SqlParts::new(sql));
        }
        self.deserialize_any(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Problem> {
        match &self.value.value {
            Value::Text(text) => visitor.visit_enum(StrDeserializer::new(text.expose())),
            Value::Table(Table { entries }) if entries.len() == 1 => {
                visitor.visit_enum(Tagged { entry: &entries[0], source: self.source })
            }
            _ => Err(Problem::invalid_type(Unexpected::Other("value"), &"string or table")),
        }
        .map_err(|problem| problem.within(self.value))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        seq tuple tuple_struct map identifier ignored_any
    }
}

/// The parts of an [`SqlText`], as a map.
struct SqlParts<'de> {
    text: Option<String>,
    numbers: MapDeserializer<'de, std::vec::IntoIter<(&'static str, u64)>, Problem>,
}

impl SqlParts<'_> {
    fn new(sql: SqlText) -> Self {
        let (text, numbers) = sql.into_parts();
        let numbers: Vec<_> = sql::STRUCT_FIELDS[1..].iter().copied().zip(numbers).collect();
        Self { text: Some(text), numbers: MapDeserializer::new(numbers.into_iter()) }
    }
}

impl<'de> MapAccess<'de> for SqlParts<'de> {
    type Error = Problem;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Problem> {
        if self.text.is_some() {
            return seed.deserialize(sql::STRUCT_FIELDS[0].into_deserializer()).map(Some);
        }
        self.numbers.next_key_seed(seed)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Problem> {
        match self.text.take() {
            Some(text) => seed.deserialize(text.into_deserializer()),
            None => self.numbers.next_value_seed(seed),
        }
    }
}

/// An enum variant written as `{ variant = content }`.
struct Tagged<'t> {
    entry: &'t Entry,
    source: &'t Source,
}

impl<'t> Tagged<'t> {
    fn content(&self) -> ValueDeserializer<'t> {
        ValueDeserializer { value: &self.entry.value, source: self.source }
    }
}

impl<'t> EnumAccess<'t> for Tagged<'t> {
    type Error = Problem;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'t>>(self, seed: V) -> Result<(V::Value, Self), Problem> {
        let key = BorrowedStrDeserializer::<Problem>::new(&self.entry.key.value);
        let variant = seed.deserialize(key).map_err(|mut problem| {
            problem.span = problem.span.or(Some(self.entry.key.span));
            problem
        })?;
        Ok((variant, self))
    }
}

impl<'t> VariantAccess<'t> for Tagged<'t> {
    type Error = Problem;

    fn unit_variant(self) -> Result<(), Problem> {
        Err(Problem::custom("this word takes no table").within(&self.entry.value))
    }

    fn newtype_variant_seed<T: DeserializeSeed<'t>>(self, seed: T) -> Result<T::Value, Problem> {
        seed.deserialize(self.content()).map_err(|problem| problem.within(&self.entry.value))
    }

    fn tuple_variant<V: Visitor<'t>>(self, _: usize, visitor: V) -> Result<V::Value, Problem> {
        self.content().deserialize_any(visitor)
    }

    fn struct_variant<V: Visitor<'t>>(self, _: &'static [&'static str], visitor: V) -> Result<V::Value, Problem> {
        self.content().deserialize_any(visitor)
    }
}
