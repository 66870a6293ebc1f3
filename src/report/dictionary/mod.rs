//! The data dictionary: every column with its meaning, for who receives it. One content, three forms.

mod escape;
mod html;
mod markdown;
mod pages;
mod rows;

use crate::attributes::{AttributeColumn, DescribedPack, PackParameter, Values};
use crate::engine::field_type;
use lapwing_contract::FieldType;

pub(crate) use html::html;
pub(crate) use markdown::markdown;
pub(crate) use pages::pages;
pub(crate) use rows::csv;

/// What is told. Texts are plain: each form escapes them.
#[derive(Debug)]
pub(crate) struct Dictionary {
    /// Whose dictionary it is: the name of a sync file, or all packs.
    pub(crate) title: String,
    /// Where columns go to; nothing where the packs alone are told.
    pub(crate) destinations: Vec<DestinationPart>,
    /// The attributes, by pack.
    pub(crate) packs: Vec<PackPart>,
    /// Words of formulas that need to be explained.
    pub(crate) words: Vec<Word>,
}

/// A word of formulas.
#[derive(Debug)]
pub(crate) struct Word {
    pub(crate) word: &'static str,
    pub(crate) meaning: String,
}

/// A destination and its syncs.
#[derive(Debug)]
pub(crate) struct DestinationPart {
    pub(crate) name: String,
    pub(crate) connector: String,
    pub(crate) syncs: Vec<SyncPart>,
}

/// A sync and its fields, the key first.
#[derive(Debug)]
pub(crate) struct SyncPart {
    pub(crate) name: String,
    pub(crate) object: String,
    pub(crate) facts: Vec<Fact>,
    pub(crate) fields: Vec<FieldPart>,
}

/// One thing to know about a sync.
#[derive(Debug)]
pub(crate) struct Fact {
    pub(crate) label: &'static str,
    pub(crate) text: String,
    /// What the user wrote: an expression, names of lists.
    pub(crate) code: Option<String>,
}

impl Fact {
    /// Its text and, behind it, what the user wrote.
    fn shown(&self, text: fn(&str) -> String, code: fn(&str) -> String) -> String {
        let parts = [Some(text(&self.text)), self.code.as_deref().map(code)];
        parts.into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
    }
}

/// A field of a destination.
#[derive(Debug)]
pub(crate) struct FieldPart {
    /// The destination's name for it.
    pub(crate) name: String,
    pub(crate) is_key: bool,
    /// The expression, as the user wrote it.
    pub(crate) from: String,
    /// The attributes that the expression reads.
    pub(crate) attributes: Vec<String>,
    /// Their packs.
    pub(crate) packs: Vec<String>,
    pub(crate) told: Told,
    /// When it is written, sentence by sentence.
    pub(crate) written: Vec<String>,
}

/// A pack.
#[derive(Debug)]
pub(crate) struct PackPart {
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) text: String,
    /// The table of the sync file.
    pub(crate) table: Option<&'static str>,
    pub(crate) parameters: Vec<PackParameter>,
    pub(crate) attributes: Vec<AttributePart>,
}

/// An attribute.
#[derive(Debug)]
pub(crate) struct AttributePart {
    pub(crate) name: String,
    pub(crate) told: Told,
}

/// What is told of a column, wherever it is delivered.
#[derive(Debug, Clone)]
pub(crate) struct Told {
    pub(crate) type_name: String,
    pub(crate) unit: Option<String>,
    pub(crate) meaning: String,
    pub(crate) formula: String,
    pub(crate) values: Values,
    /// What it means where there is no value; none where there is always one.
    pub(crate) null: Option<String>,
}

impl Told {
    /// Of an attribute; `sql_type` is what the engine says, where it was asked.
    pub(crate) fn of(column: &AttributeColumn, sql_type: Option<&str>) -> Self {
        Self {
            type_name: type_in_words(field_type(sql_type.unwrap_or(column.sql_type)).as_ref()),
            unit: column.unit.map(str::to_owned),
            meaning: column.meaning.clone(),
            formula: column.formula.clone(),
            values: column.values.clone(),
            null: column.null.clone(),
        }
    }

    /// `whole number (days)`.
    fn type_and_unit(&self) -> String {
        match &self.unit {
            Some(unit) => format!("{} ({unit})", self.type_name),
            None => self.type_name.clone(),
        }
    }

    fn null_in_words(&self) -> &str {
        self.null.as_deref().unwrap_or("Never.")
    }
}

impl PackPart {
    /// A pack with all of its columns and keys.
    pub(crate) fn whole(pack: &DescribedPack) -> Self {
        let attributes = pack.columns.iter();
        Self {
            name: pack.name.to_owned(),
            title: pack.about.title.to_owned(),
            text: pack.about.text.to_owned(),
            table: Some(pack.about.table),
            parameters: pack.parameters.clone(),
            attributes: attributes
                .map(|column| AttributePart { name: column.name.clone(), told: Told::of(column, None) })
                .collect(),
        }
    }
}

/// A type as people call it.
pub(crate) fn type_in_words(field_type: Option<&FieldType>) -> String {
    match field_type {
        Some(FieldType::Bool) => "true or false".to_owned(),
        Some(FieldType::Int) => "whole number".to_owned(),
        Some(FieldType::Decimal) => "exact decimal number".to_owned(),
        Some(FieldType::Float) => "number".to_owned(),
        Some(FieldType::Text) => "text".to_owned(),
        Some(FieldType::Date) => "date".to_owned(),
        Some(FieldType::Timestamp) => "date and time, UTC".to_owned(),
        Some(FieldType::Json) => "JSON".to_owned(),
        Some(FieldType::List(of)) => format!("list; each: {}", type_in_words(Some(of))),
        None => "as computed".to_owned(),
    }
}

/// The default of a key, as code.
fn default_of(parameter: &PackParameter, code: fn(&str) -> String) -> String {
    match &parameter.default {
        Some(default) => code(default),
        None if parameter.is_required => "required".to_owned(),
        None => "none".to_owned(),
    }
}

/// What an attribute is linked by: its name, where it can stand in an address as it is. Parts of the page have anchors
/// with a hyphen, which no such name has.
fn anchor(name: &str, number: usize) -> String {
    let is_plain = name.chars().all(|character| character.is_ascii_alphanumeric() || character == '_');
    if is_plain { name.to_owned() } else { format!("attribute-{number}") }
}

/// The attributes that are told, each with its anchor.
fn anchors(dictionary: &Dictionary) -> Vec<(&str, String)> {
    let names = dictionary.packs.iter().flat_map(|pack| &pack.attributes).map(|attribute| attribute.name.as_str());
    names.enumerate().map(|(number, name)| (name, anchor(name, number + 1))).collect()
}

fn anchor_of<'a>(anchors: &'a [(&str, String)], name: &str) -> Option<&'a str> {
    anchors.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, anchor)| anchor.as_str())
}

#[cfg(test)]
mod tests;
