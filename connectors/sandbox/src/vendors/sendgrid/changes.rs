//! The body of an upsert: what refuses the whole request, and what only spoils one contact later.

use serde_json::{Map, Value as Json};

use super::answers::Fault;
use super::contacts::{EMAIL, IDENTIFIERS, TEXTS};
use super::fields::Fields;
use super::values::{CustomValue, is_email, is_phone};

/// Most alternate addresses (spec).
const ALTERNATES: usize = 5;

/// What an upsert wants of one contact.
#[derive(Clone, Default, serde::Serialize, serde::Deserialize)]
pub(super) struct Change {
    /// By place in [`TEXTS`]; empty texts clear.
    pub(super) texts: Vec<(u8, Box<str>)>,
    pub(super) alternates: Option<Vec<Box<str>>>,
    pub(super) custom: Vec<(u16, CustomValue)>,
    /// Why the job will drop it, where it will.
    pub(super) flaw: Option<Flaw>,
}

/// Why a job drops a contact.
#[derive(Clone, serde::Serialize, serde::Deserialize)]
pub(super) struct Flaw {
    pub(super) field: String,
    pub(super) message: String,
}

impl Change {
    /// The identifiers it carries: place and text.
    pub(super) fn identifiers(&self) -> impl Iterator<Item = (u8, &str)> {
        self.texts
            .iter()
            .filter(|(place, text)| usize::from(*place) < IDENTIFIERS && !text.is_empty())
            .map(|(place, text)| (*place, &**text))
    }
}

/// Reads the contacts of a body. All faults found are given; any of them refuses the whole request (recorded).
pub(super) fn read_all(contacts: &[Json], fields: &Fields) -> Result<Vec<Change>, Vec<Fault>> {
    let mut changes = Vec::with_capacity(contacts.len());
    let mut faults = Vec::new();
    let mut unknown = Vec::new();
    for (at, contact) in contacts.iter().enumerate() {
        let place = format!("contacts[{at}]");
        match contact {
            Json::Object(contact) => changes.push(read_one(contact, &place, fields, &mut faults, &mut unknown)),
            _ => faults.push(Fault::on(place, "invalid input")),
        }
    }
    if !unknown.is_empty() {
        // One message for the request, with the ids at its end (reported in sendgrid-nodejs#953).
        faults.push(Fault::plain(format!("invalid custom field ids supplied - {}", unknown.join(","))));
    }
    if faults.is_empty() { Ok(changes) } else { Err(faults) }
}

fn read_one(
    contact: &Map<String, Json>,
    place: &str,
    fields: &Fields,
    faults: &mut Vec<Fault>,
    unknown: &mut Vec<String>,
) -> Change {
    let mut change = Change::default();
    for (key, value) in contact {
        let at = format!("{place}.{key}");
        if let Some((number, longest)) = text_named(key) {
            match read_text(number, longest, value, &at) {
                Ok(text) => {
                    if is_phone_field(key) && !text.is_empty() && !is_phone(&text) {
                        change
                            .flaw
                            .get_or_insert(Flaw { field: key.clone(), message: "phone number is not valid".into() });
                    }
                    change.texts.push((number, text));
                }
                Err(fault) => faults.push(fault),
            }
        } else if key == "alternate_emails" {
            match read_alternates(value, &at) {
                Ok(addresses) => change.alternates = Some(addresses),
                Err(fault) => faults.push(fault),
            }
        } else if key == "custom_fields" {
            read_custom(value, &at, fields, &mut change, faults, unknown);
        } else {
            // The words are unverified; that other keys are refused follows from the strict forms of the spec.
            faults.push(Fault::on(at, format!("unknown field '{key}'")));
        }
    }
    if change.identifiers().next().is_none() && !faults.iter().any(|fault| is_about(fault, place)) {
        let message = "at least one of email, phone_number_id, external_id, anonymous_id is required";
        faults.push(Fault::on(place, message));
    }
    change.texts.sort_by_key(|(number, _)| *number);
    change
}

fn is_about(fault: &Fault, place: &str) -> bool {
    fault.field.as_ref().is_some_and(|field| field.starts_with(place))
}

fn text_named(key: &str) -> Option<(u8, Option<usize>)> {
    (0_u8..).zip(TEXTS).find(|(_, (name, _))| *name == key).map(|(number, (_, longest))| (number, longest))
}

fn is_phone_field(key: &str) -> bool {
    matches!(key, "phone_number" | "phone_number_id")
}

fn read_text(number: u8, longest: Option<usize>, value: &Json, at: &str) -> Result<Box<str>, Fault> {
    let Json::String(text) = value else {
        return Err(Fault::on(at, "invalid input: expected a string"));
    };
    if number == EMAIL && !text.is_empty() {
        let lower = text.to_lowercase();
        if !is_email(&lower) {
            return Err(Fault::on(at, format!("email '{text}' is not valid")));
        }
        return Ok(lower.into());
    }
    if longest.is_some_and(|longest| text.chars().count() > longest) {
        return Err(Fault::on(at, format!("length should be at most {} characters", longest.unwrap_or_default())));
    }
    Ok(text.as_str().into())
}

fn read_alternates(value: &Json, at: &str) -> Result<Vec<Box<str>>, Fault> {
    let Json::Array(addresses) = value else { return Err(Fault::on(at, "invalid input: expected an array")) };
    if addresses.len() > ALTERNATES {
        return Err(Fault::on(at, format!("at most {ALTERNATES} alternate emails are allowed")));
    }
    let read = |(index, address): (usize, &Json)| {
        let at = format!("{at}[{index}]");
        let Json::String(address) = address else { return Err(Fault::on(at, "invalid input: expected a string")) };
        let lower = address.to_lowercase();
        if is_email(&lower) { Ok(lower.into()) } else { Err(Fault::on(at, format!("email '{address}' is not valid"))) }
    };
    addresses.iter().enumerate().map(read).collect()
}

fn read_custom(
    value: &Json,
    at: &str,
    fields: &Fields,
    change: &mut Change,
    faults: &mut Vec<Fault>,
    unknown: &mut Vec<String>,
) {
    let Json::Object(values) = value else {
        // An array in its place is "invalid input" (reported in sendgrid-csharp#1021).
        faults.push(Fault::on(at, "invalid input"));
        return;
    };
    for (id, value) in values {
        let Some((number, field)) = fields.by_id(id) else {
            if !unknown.contains(id) {
                unknown.push(id.clone());
            }
            continue;
        };
        if value.is_null() {
            // sendgrid/docs#6323
            faults.push(Fault::on(at, format!("custom field \"{id}\" cannot be null")));
            continue;
        }
        match CustomValue::read(field.kind, value) {
            Ok(value) => change.custom.push((number, value)),
            Err(message) => {
                change.flaw.get_or_insert(Flaw { field: id.clone(), message: message.into() });
            }
        }
    }
}
