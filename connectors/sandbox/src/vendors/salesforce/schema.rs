//! Objects and fields, and how `describe` shows them.

use std::collections::HashMap;

use serde_json::{Value as Json, json};

/// What a field holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// The record's id.
    Id,
    /// One line of text, of so many characters.
    Text(usize),
    /// Several lines of text, of so many characters.
    TextArea(usize),
    /// An e-mail address: 80 characters (recorded).
    Email,
    /// A phone number: 40 characters.
    Phone,
    /// True or false, never empty.
    Boolean,
    /// A number with so many digits in all, and so many of them behind the point.
    Number {
        /// Digits in all, 18 at most.
        precision: u8,
        /// Digits behind the point.
        scale: u8,
    },
    /// A day.
    Date,
    /// An instant, in seconds.
    DateTime,
    /// One of these values; any other too where it is not restricted.
    Picklist {
        /// The values offered.
        values: Vec<String>,
        /// Whether others are refused.
        restricted: bool,
    },
    /// Several of these values, separated by `;`.
    MultiPicklist(Vec<String>),
    /// The id of a record of that object.
    Reference(String),
    /// A number that the org gives.
    AutoNumber,
}

impl Kind {
    /// The vendor's name of the type (recorded).
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Text(_) | Self::AutoNumber => "string",
            Self::TextArea(_) => "textarea",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Boolean => "boolean",
            Self::Number { .. } => "double",
            Self::Date => "date",
            Self::DateTime => "datetime",
            Self::Picklist { .. } => "picklist",
            Self::MultiPicklist(_) => "multipicklist",
            Self::Reference(_) => "reference",
        }
    }

    pub(super) fn length(&self) -> usize {
        match self {
            Self::Id | Self::Reference(_) => 18,
            Self::Text(length) | Self::TextArea(length) => *length,
            Self::Email => 80,
            Self::Phone => 40,
            Self::AutoNumber => 30,
            Self::Picklist { .. } => 255,
            Self::MultiPicklist(_) => 4_099,
            Self::Boolean | Self::Number { .. } | Self::Date | Self::DateTime => 0,
        }
    }
}

/// A field of an object.
#[expect(clippy::struct_excessive_bools, reason = "describe has them all, each by itself")]
#[derive(Debug, Clone)]
pub struct FieldDef {
    /// Its API name.
    pub name: String,
    /// What it holds.
    pub kind: Kind,
    /// Whether new records must have it.
    pub required: bool,
    /// Whether it was made to hold an id of another system.
    pub external_id: bool,
    /// Whether no two records may share a value.
    pub unique: bool,
    /// Whether `A` and `a` are two values of a unique field.
    pub case_sensitive: bool,
    /// Whether records can be looked up by it, external ids beside.
    pub id_lookup: bool,
    /// Whether the API may write it.
    pub writable: bool,
}

impl FieldDef {
    /// A field that may be empty.
    pub fn new(name: &str, kind: Kind) -> Self {
        let writable = !matches!(kind, Kind::Id | Kind::AutoNumber);
        Self {
            name: name.to_owned(),
            id_lookup: kind == Kind::Id,
            kind,
            required: false,
            external_id: false,
            unique: false,
            case_sensitive: false,
            writable,
        }
    }

    /// Makes it a unique external id.
    pub fn external_id(self) -> Self {
        Self { external_id: true, id_lookup: true, unique: true, ..self }
    }

    /// Makes it a field that new records must have.
    pub fn required(self) -> Self {
        Self { required: true, ..self }
    }

    /// Makes it a field to look records up by, without being unique.
    pub fn looked_up(self) -> Self {
        Self { id_lookup: true, ..self }
    }

    fn describe(&self) -> Json {
        let (precision, scale) = match self.kind {
            Kind::Number { precision, scale } => (precision, scale),
            _ => (0, 0),
        };
        let (values, restricted) = match &self.kind {
            Kind::Picklist { values, restricted } => (values.as_slice(), *restricted),
            Kind::MultiPicklist(values) => (values.as_slice(), true),
            _ => (&[][..], false),
        };
        let entry = |value: &String| json!({ "active": true, "defaultValue": false, "label": value, "value": value });
        let target = if let Kind::Reference(to) = &self.kind { vec![to] } else { Vec::new() };
        json!({
            "name": self.name, "label": self.name.trim_end_matches("__c").replace('_', " "), "type": self.kind.name(),
            "length": self.kind.length(), "byteLength": self.kind.length() * 3, "precision": precision, "scale": scale,
            "digits": 0, "createable": self.writable, "updateable": self.writable, "nillable": !self.required,
            "defaultedOnCreate": self.kind == Kind::Boolean, "calculated": false,
            "autoNumber": self.kind == Kind::AutoNumber, "externalId": self.external_id, "idLookup": self.id_lookup,
            "unique": self.unique, "caseSensitive": self.case_sensitive, "restrictedPicklist": restricted,
            "picklistValues": values.iter().map(entry).collect::<Vec<_>>(), "referenceTo": target,
            "custom": self.name.ends_with("__c"), "encrypted": false, "compoundFieldName": null,
        })
    }
}

/// An object of the org.
#[derive(Debug, Clone)]
pub struct ObjectDef {
    /// Its API name.
    pub name: String,
    /// The first three characters of its ids.
    pub prefix: String,
    /// Its fields, `Id` first.
    pub fields: Vec<FieldDef>,
}

impl ObjectDef {
    /// An object with `Id` and these fields.
    pub fn new(name: &str, prefix: &str, fields: impl IntoIterator<Item = FieldDef>) -> Self {
        let id = FieldDef::new("Id", Kind::Id);
        let fields = std::iter::once(id).chain(fields).collect();
        Self { name: name.to_owned(), prefix: prefix.to_owned(), fields }
    }

    /// The place of a field; names are compared in any case.
    pub(super) fn field(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|field| field.name.eq_ignore_ascii_case(name))
    }

    pub(super) fn describe(&self, may_write: bool) -> Json {
        let mut fields: Vec<Json> = self.fields.iter().map(FieldDef::describe).collect();
        if !may_write {
            for field in &mut fields {
                field["createable"] = json!(false);
                field["updateable"] = json!(false);
            }
        }
        json!({
            "name": self.name, "keyPrefix": self.prefix, "custom": self.name.ends_with("__c"),
            "createable": may_write, "updateable": may_write, "deletable": may_write, "queryable": true,
            "fields": fields,
        })
    }
}

/// All objects of an org.
#[derive(Debug)]
pub(super) struct Schema {
    pub(super) objects: Vec<ObjectDef>,
    by_name: HashMap<String, usize>,
}

impl Schema {
    pub(super) fn new(objects: Vec<ObjectDef>) -> Self {
        let by_name = objects.iter().enumerate().map(|(at, object)| (object.name.to_lowercase(), at)).collect();
        Self { objects, by_name }
    }

    pub(super) fn find(&self, name: &str) -> Option<usize> {
        self.by_name.get(&name.to_lowercase()).copied()
    }

    pub(super) fn by_prefix(&self, id: &str) -> Option<usize> {
        self.objects.iter().position(|object| id.starts_with(&object.prefix))
    }
}
