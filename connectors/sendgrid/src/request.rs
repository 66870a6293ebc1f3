//! Batch to request body: checks every record, and writes the others as one JSON document.

use std::borrow::Cow;

use chrono::{DateTime, Datelike, Timelike, Utc};
use lapwing_contract::{Batch, DestinationError, ErrorKind, FieldBinding, Outcome, Record, Value};
use serde::ser::{SerializeMap, SerializeSeq, SerializeStruct};
use serde::{Serialize, Serializer};

use crate::check::{Slot, exact_number, held_back, midnight, slots};
use crate::fields::{Form, VendorType};

/// Which records of a batch are sent, and which are held back.
#[derive(Debug)]
pub(crate) struct Sorted {
    slots: Vec<Slot>,
    /// Indexes in the batch, in order: the place in this list is the index that SendGrid knows.
    pub(crate) sent: Vec<usize>,
    /// Index in the batch, and what becomes of it.
    held: Vec<(usize, Outcome)>,
}

/// Sorts the records of a batch. The same batch is always sorted in the same way, so that a job that is followed after
/// a crash needs no memory of what was held back.
pub(crate) fn sort(batch: &Batch) -> Sorted {
    let slots = slots(&batch.target);
    let mut sorted = Sorted { sent: Vec::with_capacity(batch.records.len()), held: Vec::new(), slots };
    for (index, record) in batch.records.iter().enumerate() {
        match held_back(record, &sorted.slots, &batch.target) {
            None => sorted.sent.push(index),
            Some(outcome) => sorted.held.push((index, outcome)),
        }
    }
    sorted
}

impl Sorted {
    /// Outcomes for the whole batch: their own for the records held back, and what `outcome` says for the others.
    /// `outcome` is given the index in the batch.
    pub(crate) fn outcomes(&self, outcome: impl Fn(usize) -> Outcome) -> Vec<Outcome> {
        let mut held = self.held.iter().peekable();
        let all = self.sent.len() + self.held.len();
        let one = |index| match held.next_if(|(at, _)| *at == index) {
            Some((_, outcome)) => outcome.clone(),
            None => outcome(index),
        };
        (0..all).map(one).collect()
    }

    /// The body of `PUT /v3/marketing/contacts` for some of the records that are sent: their indexes in the batch, and
    /// the lists that they join.
    pub(crate) fn body(&self, batch: &Batch, sent: &[usize], lists: &[String]) -> Result<Vec<u8>, DestinationError> {
        let fields = batch.target.fields.len();
        let mut body = Vec::with_capacity(256 + sent.len() * (64 + 24 * fields));
        serde_json::to_writer(&mut body, &Upsert { batch, slots: &self.slots, sent, lists }).map_err(|error| {
            // Writing to memory cannot fail, and every value can be written.
            DestinationError::new(ErrorKind::Protocol, "PUT /v3/marketing/contacts", "the batch cannot be written")
                .with_source(error)
        })?;
        Ok(body)
    }
}

struct Upsert<'a> {
    batch: &'a Batch,
    slots: &'a [Slot],
    sent: &'a [usize],
    lists: &'a [String],
}

impl Serialize for Upsert<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut body = serializer.serialize_struct("upsert", 2)?;
        if !self.lists.is_empty() {
            body.serialize_field("list_ids", self.lists)?;
        }
        body.serialize_field("contacts", &Contacts(self))?;
        body.end()
    }
}

struct Contacts<'a>(&'a Upsert<'a>);

impl Serialize for Contacts<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Upsert { batch, slots, sent, .. } = self.0;
        let mut contacts = serializer.serialize_seq(Some(sent.len()))?;
        for record in sent.iter().filter_map(|index| batch.records.get(*index)) {
            contacts.serialize_element(&Contact { record, slots, bindings: &batch.target.fields })?;
        }
        contacts.end()
    }
}

#[derive(Clone, Copy)]
struct Contact<'a> {
    record: &'a Record,
    slots: &'a [Slot],
    bindings: &'a [FieldBinding],
}

impl<'a> Contact<'a> {
    fn fields(self) -> impl Iterator<Item = (Slot, &'a FieldBinding, &'a Value)> {
        self.record
            .fields
            .iter()
            .filter_map(move |(index, value)| Some((*self.slots.get(*index)?, self.bindings.get(*index)?, value)))
    }

    /// A Number or Date cannot be cleared: `null` is refused (sendgrid/docs#6323), and `""` would drop the contact.
    fn custom(self) -> impl Iterator<Item = (&'a str, VendorType, &'a Value)> {
        self.fields().filter_map(|(slot, binding, value)| match slot {
            Slot::Custom(vendor_type) if vendor_type == VendorType::Text || !value.is_null() => {
                Some((binding.id.as_str(), vendor_type, value))
            }
            _ => None,
        })
    }
}

impl Serialize for Contact<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut contact = serializer.serialize_map(None)?;
        if let Value::Text(email) = &self.record.key {
            contact.serialize_entry("email", &lower(email))?;
        }
        for (slot, _, value) in self.fields() {
            match slot {
                Slot::Reserved(field) if field.form == Form::Emails => {
                    contact.serialize_entry(field.name, &Emails(value))?;
                }
                Slot::Reserved(field) => contact.serialize_entry(field.name, &Text(value))?,
                Slot::Custom(_) => {}
            }
        }
        if self.custom().next().is_some() {
            contact.serialize_entry("custom_fields", &Custom(*self))?;
        }
        contact.end()
    }
}

struct Custom<'a>(Contact<'a>);

impl Serialize for Custom<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_map(None)?;
        for (id, vendor_type, value) in self.0.custom() {
            match vendor_type {
                VendorType::Text => fields.serialize_entry(id, &Text(value))?,
                VendorType::Number => fields.serialize_entry(id, &Number(value))?,
                VendorType::Date => fields.serialize_entry(id, &Instant(value))?,
            }
        }
        fields.end()
    }
}

/// A value as it stands in a request; null where it is not sent.
pub(crate) fn encoded(slot: Slot, value: &Value) -> serde_json::Value {
    let json = match slot {
        Slot::Reserved(field) if field.form == Form::Emails => serde_json::to_value(Emails(value)),
        Slot::Reserved(_) | Slot::Custom(VendorType::Text) => serde_json::to_value(Text(value)),
        Slot::Custom(_) if value.is_null() => return serde_json::Value::Null,
        Slot::Custom(VendorType::Number) => serde_json::to_value(Number(value)),
        Slot::Custom(VendorType::Date) => serde_json::to_value(Instant(value)),
    };
    // Every value can be written, see `Sorted::body`.
    json.unwrap_or_default()
}

/// Any value as text; nothing is the empty text, which clears.
struct Text<'a>(&'a Value);

impl Serialize for Text<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Text(text) | Value::Json(text) => serializer.serialize_str(text),
            Value::Null => serializer.serialize_str(""),
            other => serializer.serialize_str(&other.to_text()),
        }
    }
}

struct Emails<'a>(&'a Value);

impl Serialize for Emails<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let items = if let Value::List(items) = self.0 { items.as_slice() } else { &[] };
        serializer.collect_seq(items.iter().map(|item| lower(&item.to_text()).into_owned()))
    }
}

/// A value that has passed `check.rs`; recorded: a JSON number.
struct Number<'a>(&'a Value);

impl Serialize for Number<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Int(number) => serializer.serialize_i64(*number),
            Value::Float(number) => serializer.serialize_f64(*number),
            Value::Decimal(number) => serializer.serialize_f64(exact_number(*number).unwrap_or(f64::NAN)),
            _ => serializer.serialize_unit(),
        }
    }
}

/// A day or an instant; recorded: an ISO 8601 instant, stored in whole seconds.
struct Instant<'a>(&'a Value);

impl Serialize for Instant<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let at = match self.0 {
            Value::Date(day) => midnight(*day),
            Value::Timestamp(at) => *at,
            other => return serializer.serialize_str(&other.to_text()),
        };
        serializer.serialize_str(iso(at, &mut { *b"0000-00-00T00:00:00Z" }))
    }
}

/// Writes an instant into its pattern: several times faster than a formatter, for a batch holds thousands. Years have
/// four digits, see `check.rs`.
fn iso(at: DateTime<Utc>, pattern: &mut [u8]) -> &str {
    let parts = [at.year().unsigned_abs() / 100, at.year().unsigned_abs() % 100, at.month(), at.day()];
    let parts = parts.into_iter().chain([at.hour(), at.minute(), at.second()]);
    for (part, place) in parts.zip([0, 2, 5, 8, 11, 14, 17]) {
        for (digit, place) in [(part / 10 % 10, place), (part % 10, place + 1)] {
            if let (Some(byte), Ok(digit)) = (pattern.get_mut(place), u8::try_from(digit)) {
                *byte = b'0' + digit;
            }
        }
    }
    std::str::from_utf8(pattern).unwrap_or_default()
}

/// Addresses are stored in lower case (tsg_mc_contacts_v3).
pub(crate) fn lower(email: &str) -> Cow<'_, str> {
    if email.bytes().any(|byte| byte.is_ascii_uppercase() || !byte.is_ascii()) {
        Cow::Owned(email.to_lowercase())
    } else {
        Cow::Borrowed(email)
    }
}

#[cfg(test)]
mod tests;
