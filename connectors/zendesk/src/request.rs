//! Batch to request body: checks every record, and writes the others as users.

use lapwing_contract::{Batch, FieldBinding, Outcome, Prepared, Record, Rejection, Value};
use serde_json::{Map, Number, Value as Json, json};

use crate::api::User;
use crate::check::{Slot, exact_number, held_back, is_keyed_by_email, slots};
use crate::fields::{Form, VendorType};
use crate::tags;

/// What the configuration says about writing.
#[derive(Debug, Clone)]
pub(crate) struct Rules {
    /// Whether users are created.
    pub(crate) creates: bool,
    /// What Lapwing's tags begin with.
    pub(crate) tag_prefix: String,
}

/// Which records of a batch are sent, and which are held back.
#[derive(Debug)]
pub(crate) struct Sorted {
    pub(crate) slots: Vec<Slot>,
    /// Indexes in the batch, in order.
    pub(crate) sent: Vec<usize>,
    /// Index in the batch, and what becomes of it.
    held: Vec<(usize, Outcome)>,
}

/// Sorts the records of a batch. The same batch is always sorted in the same way, so that a job that is followed after
/// a crash needs no memory of what was held back here.
pub(crate) fn sort(batch: &Batch) -> Sorted {
    let mut sorted = Sorted { slots: slots(&batch.target), sent: Vec::new(), held: Vec::new() };
    for (index, record) in batch.records.iter().enumerate() {
        match held_back(record, &sorted.slots, &batch.target) {
            None => sorted.sent.push(index),
            Some(outcome) => sorted.held.push((index, outcome)),
        }
    }
    sorted
}

impl Sorted {
    /// Holds back more records, by their index in the batch.
    pub(crate) fn hold(&mut self, more: Vec<(usize, Rejection)>) {
        self.sent.retain(|index| !more.iter().any(|(held, _)| held == index));
        self.held.extend(more.into_iter().map(|(index, rejection)| (index, rejection.into())));
        self.held.sort_by_key(|(index, _)| *index);
    }

    /// Outcomes for the whole batch: their own for the records held back, and what `outcome` says for the others.
    /// `outcome` is given the index in the batch.
    pub(crate) fn outcomes(&self, outcome: impl Fn(usize) -> Outcome) -> Vec<Outcome> {
        let mut held = self.held.iter().peekable();
        let one = |index| match held.next_if(|(at, _)| *at == index) {
            Some((_, outcome)) => outcome.clone(),
            None => outcome(index),
        };
        (0..self.sent.len() + self.held.len()).map(one).collect()
    }
}

/// One user of the request. `there` is the user as it is, where it was looked at. What is not in the record is not in
/// the result; a role never is.
pub(crate) fn user(
    record: &Record,
    slots: &[Slot],
    target: &Prepared,
    there: Option<&User>,
    rules: &Rules,
) -> Map<String, Json> {
    let mut user = Map::new();
    match there.filter(|_| !rules.creates) {
        Some(there) => drop(user.insert("id".into(), json!(there.id))),
        None => drop(user.insert(target.key.id.clone(), json!(record.key.to_text()))),
    }
    let tags_follow = tags_follow(record, slots, target, there, rules);
    let mut custom = Map::new();
    for (slot, binding, value) in fields(record, slots, target) {
        match slot {
            Slot::Own(field) if field.form == Form::Tags && tags_follow => {}
            Slot::Own(field) => {
                if let Some(value) = own(field.form, value, there, rules) {
                    user.insert(field.name.into(), value);
                }
            }
            Slot::Custom(kind) => drop(custom.insert(binding.id.clone(), encode(kind, value))),
        }
    }
    if !custom.is_empty() {
        user.insert("user_fields".into(), Json::Object(custom));
    }
    // Without it, Zendesk writes to the customer (OpenAPI file).
    user.insert("skip_verify_email".into(), Json::Bool(true));
    user
}

/// Whether a record goes without its tags at first. It has an address, and nobody has its external id; so it may join the
/// user of that address, whose tags are not known before, and would all be replaced. Once it has joined, it is found by
/// its external id.
pub(crate) fn tags_follow(
    record: &Record,
    slots: &[Slot],
    target: &Prepared,
    there: Option<&User>,
    rules: &Rules,
) -> bool {
    let carries = |form: Form, also_null: bool| {
        let mut own = fields(record, slots, target);
        own.any(|(slot, _, value)| {
            matches!(slot, Slot::Own(field) if field.form == form) && (also_null || !value.is_null())
        })
    };
    rules.creates && there.is_none() && carries(Form::Email, false) && carries(Form::Tags, true)
}

/// The fields of a record with where they go.
pub(crate) fn fields<'a>(
    record: &'a Record,
    slots: &'a [Slot],
    target: &'a Prepared,
) -> impl Iterator<Item = (Slot, &'a FieldBinding, &'a Value)> {
    record.fields.iter().filter_map(|(index, value)| Some((*slots.get(*index)?, target.fields.get(*index)?, value)))
}

/// The value of one of Zendesk's own fields; none where it is not sent.
pub(crate) fn own(form: Form, value: &Value, there: Option<&User>, rules: &Rules) -> Option<Json> {
    match form {
        Form::Closed => None,
        // Neither can be emptied: null keeps what is there.
        Form::Name | Form::Email if value.is_null() => None,
        // An address that is the user's first already needs no writing.
        Form::Email if there.is_some_and(|there| has_email(there, value)) => None,
        Form::Tags => Some(json!(tags::merged(there.map_or(&[][..], |there| &there.tags), value, &rules.tag_prefix))),
        Form::Id => Some(value.to_json()),
        Form::Text | Form::Name | Form::Email => Some(text(value)),
    }
}

/// Whether this is a user's primary address.
pub(crate) fn has_email(user: &User, value: &Value) -> bool {
    user.email.as_ref().is_some_and(|email| email.to_lowercase() == value.to_text().to_lowercase())
}

/// The value of a user field. Null empties (recorded); the empty state of a checkbox is false.
pub(crate) fn encode(kind: VendorType, value: &Value) -> Json {
    match (kind, value) {
        (VendorType::Checkbox, Value::Null) => Json::Bool(false),
        (_, Value::Null) => Json::Null,
        (VendorType::Decimal, Value::Decimal(number)) => {
            exact_number(*number).and_then(Number::from_f64).map_or(Json::Null, Json::Number)
        }
        (VendorType::Checkbox | VendorType::Integer | VendorType::Multiselect | VendorType::Decimal, value) => {
            value.to_json()
        }
        // The time of day would be dropped (recorded), so it is not sent.
        (VendorType::Date, Value::Timestamp(at)) => json!(at.date_naive().format("%Y-%m-%d").to_string()),
        (VendorType::Dropdown, Value::Text(text)) if text.is_empty() => Json::Null,
        (
            VendorType::Text | VendorType::Textarea | VendorType::Regexp | VendorType::Date | VendorType::Dropdown,
            value,
        ) => text(value),
    }
}

fn text(value: &Value) -> Json {
    if value.is_null() { Json::Null } else { Json::String(value.to_text()) }
}

/// The key as Zendesk compares it: in any case.
pub(crate) fn folded(key: &Value) -> String {
    lower(&key.to_text())
}

/// A text in lower case, letter by letter, as the keys of a sync come: `Σ` is `σ` wherever it stands, while the lower case
/// of a whole word would make `ς` of it at the end, and miss the user.
pub(crate) fn lower(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).collect()
}

/// The folded keys of the records at these indexes, and whether they are addresses.
pub(crate) fn keys(batch: &Batch, sent: &[usize]) -> (Vec<String>, bool) {
    let keys = sent.iter().filter_map(|index| batch.records.get(*index)).map(|record| folded(&record.key));
    (keys.collect(), is_keyed_by_email(&batch.target))
}
