//! One row of a write: looked at as a whole, then applied. Both ways of writing end here.

use std::sync::Arc;

use serde_json::Value as Json;

use super::answers::RowError;
use super::ids::{number_of, record_id};
use super::org::{Org, Row};
use super::schema::{Kind, ObjectDef};
use super::values;

/// A row that passed: what the record will hold.
pub(super) struct Planned {
    object: usize,
    /// The record that it changes; none where it makes a new one.
    number: Option<u64>,
    row: Row,
}

/// What became of a row.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub(super) struct Done {
    pub(super) id: String,
    pub(super) created: bool,
}

impl Org {
    /// Looks at a row of an upsert. `cells` are the fields given, with the key among them.
    pub(super) fn plan_upsert(
        &mut self,
        object: usize,
        key: usize,
        cells: &[(usize, Json)],
        alerts: bool,
    ) -> Result<Planned, RowError> {
        let schema = Arc::clone(&self.schema);
        let definition = &schema.objects[object];
        let key_field = &definition.fields[key];
        let kept = cells
            .iter()
            .map(|(field, value)| Ok((*field, values::check(&definition.fields[*field], value, &schema)?)))
            .collect::<Result<Vec<_>, RowError>>()?;
        let Some((_, key_value)) = kept.iter().find(|(field, value)| *field == key && !value.is_null()) else {
            return Err(RowError::on("MISSING_ARGUMENT", format!("{} not specified", key_field.name), &key_field.name));
        };
        if self.locked_rows > 0 {
            self.locked_rows -= 1;
            let message = "unable to obtain exclusive access to this record or 1 records";
            return Err(RowError::new("UNABLE_TO_LOCK_ROW", message));
        }
        let number = match self.tables[object].find(definition, key, key_value)[..] {
            [] => None,
            [number] => Some(number),
            [..] => return Err(ambiguous(&key_field.name)),
        };
        let mut row = number.and_then(|number| self.tables[object].rows.get(&number).cloned()).unwrap_or_default();
        if number.is_none() {
            row.extend(checkboxes(definition));
        }
        for (field, value) in kept {
            if value.is_null() { drop(row.remove(&field)) } else { drop(row.insert(field, value)) }
        }
        self.look_at_whole(object, definition, number, &row, alerts)?;
        Ok(Planned { object, number, row })
    }

    /// What is seen only on the record as it will be.
    fn look_at_whole(
        &self,
        object: usize,
        definition: &ObjectDef,
        number: Option<u64>,
        row: &Row,
        alerts: bool,
    ) -> Result<(), RowError> {
        let is_missing = |(at, field): &(usize, &super::schema::FieldDef)| field.required && !row.contains_key(at);
        let missing: Vec<_> =
            definition.fields.iter().enumerate().filter(is_missing).map(|(_, field)| field.name.clone()).collect();
        if !missing.is_empty() {
            let message = format!("Required fields are missing: [{}]", missing.join(", "));
            return Err(RowError { fields: missing, ..RowError::new("REQUIRED_FIELD_MISSING", message) });
        }
        let other = |at: usize| {
            let found = self.tables[object].find(definition, at, row.get(&at)?);
            found.into_iter().find(|found| Some(*found) != number)
        };
        for (at, field) in definition.fields.iter().enumerate() {
            if field.unique
                && let Some(other) = other(at)
            {
                let id = record_id(&definition.prefix, other);
                let message = format!("duplicate value found: {} duplicates value on record with id: {id}", field.name);
                return Err(RowError::on("DUPLICATE_VALUE", message, &field.name));
            }
            if alerts && field.kind == Kind::Email && other(at).is_some() {
                let message = "You're creating a duplicate record. We recommend you use an existing record instead.";
                return Err(RowError::new("DUPLICATES_DETECTED", message));
            }
        }
        Ok(())
    }

    pub(super) fn apply(&mut self, planned: Planned) -> Done {
        let Planned { object, number, row } = planned;
        let created = number.is_none();
        let number = number.unwrap_or_else(|| {
            self.last_record += 1;
            self.last_record
        });
        let schema = Arc::clone(&self.schema);
        self.tables[object].put(&schema.objects[object], number, row);
        Done { id: record_id(&schema.objects[object].prefix, number), created }
    }

    /// Deletes a record by its id.
    pub(super) fn delete(&mut self, id: &str) -> Result<Done, RowError> {
        let schema = Arc::clone(&self.schema);
        let found = schema.by_prefix(id).and_then(|at| Some((at, number_of(&schema.objects[at].prefix, id)?)));
        let Some((at, number)) = found.filter(|(_, number)| *number <= self.last_record) else {
            return Err(RowError::new("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id"));
        };
        if !self.tables[at].remove(&schema.objects[at], number) {
            return Err(RowError::new("ENTITY_IS_DELETED", "entity is deleted"));
        }
        Ok(Done { id: id.to_owned(), created: false })
    }
}

/// A new record has its checkboxes unticked.
fn checkboxes(definition: &ObjectDef) -> impl Iterator<Item = (usize, Json)> {
    let fields = definition.fields.iter().enumerate();
    fields.filter(|(_, field)| field.kind == Kind::Boolean).map(|(at, _)| (at, Json::Bool(false)))
}

fn ambiguous(field: &str) -> RowError {
    RowError::on("DUPLICATE_EXTERNAL_ID", format!("{field}: more than one record found for external id field"), field)
}
