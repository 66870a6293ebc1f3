//! The state of one account, and its way to and from lines of JSON.

use std::io::{self, Write};

use chrono::{DateTime, Utc};
use serde_json::{Value as Json, json};

use super::contacts::{Contact, Contacts};
use super::fields::{CustomField, Fields, field_id};
use super::jobs::{Job, Jobs};
use super::limits::Limits;
use super::lists::{List, Lists};
use crate::Ids;

/// Everything that SendGrid knows about one customer of theirs.
pub(super) struct Account {
    pub(super) ids: Ids,
    pub(super) fields: Fields,
    pub(super) lists: Lists,
    pub(super) contacts: Contacts,
    pub(super) last_contact: u64,
    pub(super) jobs: Jobs,
    pub(super) limits: Limits,
}

/// One line of the saved state. Owned for reading, borrowed by [`LineRef`] for writing.
#[derive(serde::Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Line {
    Counters { seed_check: u128, fields: u16, lists: u32, contacts: u64, jobs: u64, limits: Limits },
    Field(u16, CustomField),
    List(u32, List),
    Contact(u64, Contact),
    Job(u64, Box<Job>),
}

#[derive(serde::Serialize)]
#[serde(rename_all = "snake_case")]
enum LineRef<'a> {
    Counters { seed_check: u128, fields: u16, lists: u32, contacts: u64, jobs: u64, limits: &'a Limits },
    Field(u16, &'a CustomField),
    List(u32, &'a List),
    Contact(u64, &'a Contact),
    Job(u64, &'a Job),
}

impl Account {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            ids: Ids::new(seed),
            fields: Fields::default(),
            lists: Lists::new(Ids::new(seed)),
            contacts: Contacts::default(),
            last_contact: 0,
            jobs: Jobs::default(),
            limits: Limits::default(),
        }
    }

    /// The state with at most `limit` contacts and jobs.
    pub(super) fn to_json(&self, now: DateTime<Utc>, limit: usize) -> Json {
        let fields: Vec<Json> = self.fields.custom.iter().map(|(number, field)| {
            json!({ "id": field_id(*number, field.kind), "name": field.name, "field_type": field.kind })
        }).collect();
        let contacts = self.contacts.iter().take(limit).map(|(_, contact)| contact.to_json(&self.fields, &self.lists));
        let newest = self.jobs.all.values().rev().take(limit).map(|job| job.to_json(now, |id| id)).collect::<Vec<_>>();
        json!({
            "vendor": super::KIND,
            "now": now,
            "custom_fields": fields,
            "lists": self.lists.iter().map(|(number, list)| self.lists.to_json(number, list, &self.contacts)).collect::<Vec<_>>(),
            "contact_count": self.contacts.len(),
            "contacts": contacts.collect::<Vec<_>>(),
            "jobs": newest.into_iter().rev().collect::<Vec<_>>(),
        })
    }

    pub(super) fn save(&self, out: &mut dyn Write) -> io::Result<()> {
        let counters = LineRef::Counters {
            seed_check: self.ids.uuid(0, 0),
            fields: self.fields.last,
            lists: self.lists.last,
            contacts: self.last_contact,
            jobs: self.jobs.last,
            limits: &self.limits,
        };
        let fields = self.fields.custom.iter().map(|(number, field)| LineRef::Field(*number, field));
        let lists = self.lists.iter().map(|(number, list)| LineRef::List(number, list));
        let contacts = self.contacts.iter().map(|(number, contact)| LineRef::Contact(number, contact));
        let jobs = self.jobs.all.iter().map(|(number, job)| LineRef::Job(*number, job));
        for line in std::iter::once(counters).chain(fields).chain(lists).chain(contacts).chain(jobs) {
            serde_json::to_writer(&mut *out, &line)?;
            out.write_all(b"\n")?;
        }
        Ok(())
    }

    pub(super) fn load(&mut self, line: &str) -> Result<(), String> {
        let line = serde_json::from_str(line).map_err(|error| {
            // The message of serde may quote a value; its place may not.
            format!("not a line of a SendGrid account (column {})", error.column())
        })?;
        match line {
            Line::Counters { seed_check, fields, lists, contacts, jobs, limits } => {
                if seed_check != self.ids.uuid(0, 0) {
                    return Err("the account was made with another seed".into());
                }
                (self.fields.last, self.lists.last, self.last_contact, self.jobs.last) =
                    (fields, lists, contacts, jobs);
                self.limits = limits;
            }
            Line::Field(number, field) => drop(self.fields.custom.insert(number, field)),
            Line::List(number, list) => self.lists.put(number, list),
            Line::Contact(number, contact) => self.contacts.put(number, contact),
            Line::Job(number, job) => self.jobs.put(number, *job),
        }
        Ok(())
    }
}
