//! The contacts of an account, and the ways to find one.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use serde_json::{Map, Value as Json, json};

use super::fields::Fields;
use super::values::CustomValue;
use super::{BASE, Lists, answers};
use crate::ids::uuid_text;

/// The text fields that can be written, with their greatest length in characters (spec `ContactRequest`). The last
/// five are absent from the spec's request and accepted all the same (recorded). The first four identify a contact.
pub(super) const TEXTS: [(&str, Option<usize>); 17] = [
    ("email", Some(254)),
    ("phone_number_id", None),
    ("external_id", Some(254)),
    ("anonymous_id", Some(254)),
    ("first_name", Some(50)),
    ("last_name", Some(50)),
    ("address_line_1", Some(100)),
    ("address_line_2", Some(100)),
    ("city", Some(60)),
    ("state_province_region", Some(50)),
    ("postal_code", None),
    ("country", Some(50)),
    ("phone_number", None),
    ("whatsapp", None),
    ("line", None),
    ("facebook", None),
    ("unique_name", None),
];

/// How many of [`TEXTS`] identify a contact.
pub(super) const IDENTIFIERS: usize = 4;
/// The place of `email` in [`TEXTS`].
pub(super) const EMAIL: u8 = 0;

/// One contact. Only what is set takes space: an account may hold a million.
#[derive(Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub(super) struct Contact {
    pub(super) id: u128,
    /// By place in [`TEXTS`], ascending; never empty texts.
    pub(super) texts: Vec<(u8, Box<str>)>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) alternates: Vec<Box<str>>,
    /// By number of the custom field, ascending.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) custom: Vec<(u16, CustomValue)>,
    /// By number of the list, ascending.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) lists: Vec<u32>,
    pub(super) created_at: DateTime<Utc>,
    pub(super) updated_at: DateTime<Utc>,
}

impl Contact {
    pub(super) fn text(&self, place: u8) -> Option<&str> {
        let at = self.texts.binary_search_by_key(&place, |(place, _)| *place).ok()?;
        Some(&self.texts[at].1)
    }

    /// Sets a text; an empty one clears it (recorded: `first_name: ""` reads back empty).
    pub(super) fn set_text(&mut self, place: u8, text: &str) {
        match (self.texts.binary_search_by_key(&place, |(place, _)| *place), text.is_empty()) {
            (Ok(at), true) => drop(self.texts.remove(at)),
            (Ok(at), false) => self.texts[at].1 = text.into(),
            (Err(_), true) => {}
            (Err(at), false) => self.texts.insert(at, (place, text.into())),
        }
    }

    pub(super) fn set_custom(&mut self, number: u16, value: CustomValue) {
        match self.custom.binary_search_by_key(&number, |(number, _)| *number) {
            Ok(at) => self.custom[at].1 = value,
            Err(at) => self.custom.insert(at, (number, value)),
        }
    }

    pub(super) fn join(&mut self, list: u32) {
        if let Err(at) = self.lists.binary_search(&list) {
            self.lists.insert(at, list);
        }
    }

    pub(super) fn leave(&mut self, list: u32) {
        self.lists.retain(|member| *member != list);
    }

    /// The contact as reads show it: texts that are not set are empty, `alternate_emails` and `segment_ids` may be null
    /// although the spec says array, custom fields go by name (all recorded).
    pub(super) fn to_json(&self, fields: &Fields, lists: &Lists) -> Json {
        let id = uuid_text(self.id);
        let mut json = Map::new();
        json.insert("id".into(), json!(id));
        for (place, (name, _)) in (0_u8..).zip(TEXTS) {
            json.insert(name.into(), json!(self.text(place).unwrap_or_default()));
        }
        let alternates = if self.alternates.is_empty() { Json::Null } else { json!(self.alternates) };
        json.insert("alternate_emails".into(), alternates);
        let members: Vec<_> = self.lists.iter().filter_map(|list| lists.id_of(*list)).collect();
        json.insert("list_ids".into(), json!(members));
        json.insert("segment_ids".into(), Json::Null);
        let custom: Map<_, _> = self
            .custom
            .iter()
            .filter_map(|(number, value)| Some((fields.custom.get(number)?.name.clone(), value.to_json())))
            .collect();
        json.insert("custom_fields".into(), Json::Object(custom));
        json.insert("created_at".into(), json!(answers::instant(self.created_at)));
        json.insert("updated_at".into(), json!(answers::instant(self.updated_at)));
        json.insert("_metadata".into(), json!({ "self": format!("{BASE}/marketing/contacts/{id}") }));
        Json::Object(json)
    }
}

/// All contacts, in the order of their creation.
#[derive(Default)]
pub(super) struct Contacts {
    all: BTreeMap<u64, Contact>,
    by_id: HashMap<u128, u64>,
    by_text: [HashMap<Box<str>, u64>; IDENTIFIERS],
    by_alternate: HashMap<Box<str>, u64>,
    /// How many contacts are on each list.
    members: HashMap<u32, usize>,
}

impl Contacts {
    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (u64, &Contact)> {
        self.all.iter().map(|(number, contact)| (*number, contact))
    }

    pub(super) fn get(&self, number: u64) -> Option<&Contact> {
        self.all.get(&number)
    }

    pub(super) fn number_of(&self, id: u128) -> Option<u64> {
        self.by_id.get(&id).copied()
    }

    /// The contact with this identifier, by its place in [`TEXTS`]. Email addresses are compared in lower case.
    pub(super) fn find(&self, place: u8, text: &str) -> Option<u64> {
        let index = self.by_text.get(usize::from(place))?;
        if place == EMAIL { index.get(text.to_lowercase().as_str()).copied() } else { index.get(text).copied() }
    }

    /// The contact with this address, first or alternate.
    pub(super) fn find_address(&self, address: &str) -> Option<u64> {
        self.find(EMAIL, address).or_else(|| self.by_alternate.get(address.to_lowercase().as_str()).copied())
    }

    /// Puts a contact in the place of the one with this number, if there was one.
    pub(super) fn put(&mut self, number: u64, contact: Contact) {
        self.remove(number);
        self.by_id.insert(contact.id, number);
        for (place, text) in &contact.texts {
            if let Some(index) = self.by_text.get_mut(usize::from(*place)) {
                index.insert(text.clone(), number);
            }
        }
        for address in &contact.alternates {
            self.by_alternate.insert(address.clone(), number);
        }
        for list in &contact.lists {
            *self.members.entry(*list).or_default() += 1;
        }
        self.all.insert(number, contact);
    }

    pub(super) fn remove(&mut self, number: u64) -> Option<Contact> {
        let contact = self.all.remove(&number)?;
        self.by_id.remove(&contact.id);
        for (place, text) in &contact.texts {
            if let Some(index) = self.by_text.get_mut(usize::from(*place)) {
                index.remove(text);
            }
        }
        for address in &contact.alternates {
            // Two contacts may share an alternate address; the other keeps its entry.
            if self.by_alternate.get(address) == Some(&number) {
                self.by_alternate.remove(address);
            }
        }
        for list in &contact.lists {
            self.lose_member(*list);
        }
        Some(contact)
    }

    /// Takes a contact off a list. Whether it was on it.
    pub(super) fn leave(&mut self, number: u64, list: u32) -> bool {
        let Some(contact) = self.all.get_mut(&number) else { return false };
        let was_on_it = contact.lists.binary_search(&list).is_ok();
        if was_on_it {
            contact.leave(list);
            self.lose_member(list);
        }
        was_on_it
    }

    fn lose_member(&mut self, list: u32) {
        if let Some(count) = self.members.get_mut(&list) {
            *count = count.saturating_sub(1);
        }
    }

    /// How many contacts are on a list.
    pub(super) fn count_on(&self, list: u32) -> usize {
        self.members.get(&list).copied().unwrap_or_default()
    }

    pub(super) fn forget_field(&mut self, number: u16) {
        for contact in self.all.values_mut() {
            contact.custom.retain(|(field, _)| *field != number);
        }
    }

    pub(super) fn forget_list(&mut self, list: u32) {
        for contact in self.all.values_mut() {
            contact.leave(list);
        }
        self.members.remove(&list);
    }

    pub(super) fn on_list(&self, list: u32) -> impl Iterator<Item = u64> {
        self.iter().filter(move |(_, contact)| contact.lists.binary_search(&list).is_ok()).map(|(number, _)| number)
    }
}
