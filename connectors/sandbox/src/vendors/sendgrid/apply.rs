//! Applying a job to the account, when its time has come.

use chrono::{DateTime, Utc};

use super::account::Account;
use super::changes::Change;
use super::contacts::{Contact, IDENTIFIERS};
use super::jobs::{Counts, JobError, Work};
use crate::JobFault;
use crate::ids::uuid_text;

/// The kind of contact ids that follow from the seed.
const CONTACT_IDS: u64 = 3;

impl Account {
    /// Brings the account to `now`: applies the jobs that are due, in the order of their times.
    pub(super) fn advance(&mut self, now: DateTime<Utc>) {
        while let Some((number, work)) = self.jobs.take_due(now) {
            let Some((at, fault)) = self.jobs.all.get(&number).map(|job| (job.applies, job.fault)) else { continue };
            let (counts, errors) = self.apply(work, fault, at);
            if let Some(job) = self.jobs.all.get_mut(&number) {
                (job.counts, job.errors) = (counts, errors);
            }
        }
        self.jobs.forget_old(now);
    }

    fn apply(&mut self, work: Work, fault: Option<JobFault>, at: DateTime<Utc>) -> (Counts, Vec<JobError>) {
        let mut counts = Counts::default();
        let mut errors = Vec::new();
        if matches!(fault, Some(JobFault::Fails | JobFault::Lost { applied: false } | JobFault::Stuck)) {
            return (counts, errors);
        }
        let spoilt = if let Some(JobFault::EndsHalf { errored }) = fault { errored } else { 0 };
        match work {
            Work::Upsert { changes, lists } => {
                let good = changes.len().saturating_sub(spoilt);
                for (row, change) in changes.into_iter().enumerate() {
                    let result =
                        if row < good { self.upsert(&change, &lists, at) } else { Err("internal error".into()) };
                    match result {
                        Ok(Effect::Created) => counts.created += 1,
                        Ok(Effect::Updated) => counts.updated += 1,
                        Ok(Effect::Unmodified) => counts.unmodified += 1,
                        Err(message) => errors.push(JobError { identifiers: identifiers(&change), message }),
                    }
                }
            }
            Work::Delete { ids } => {
                let good = ids.len().saturating_sub(spoilt);
                for (row, id) in ids.into_iter().enumerate() {
                    match self.contacts.number_of(id) {
                        Some(number) if row < good => {
                            self.contacts.remove(number);
                            counts.deleted += 1;
                        }
                        Some(_) => errors.push(unnamed(format!("contact {}: internal error", uuid_text(id)))),
                        // Somebody else was faster: what was asked for is the case.
                        None => {}
                    }
                }
            }
            Work::DeleteAll => {
                let all: Vec<_> = self.contacts.iter().map(|(number, _)| number).collect();
                counts.deleted = all.len();
                for number in all {
                    self.contacts.remove(number);
                }
            }
            Work::Leave { list, ids } => {
                let good = ids.len().saturating_sub(spoilt);
                for (row, id) in ids.into_iter().enumerate() {
                    match self.contacts.number_of(id) {
                        _ if row >= good => errors.push(unnamed(format!("contact {}: internal error", uuid_text(id)))),
                        Some(number) if self.contacts.leave(number, list) => counts.updated += 1,
                        _ => counts.unmodified += 1,
                    }
                }
            }
            Work::DeleteIdentifier { id, place, text } => match self.delete_identifier(id, place, &text, at) {
                Ok(()) => counts.updated += 1,
                Err(message) => errors.push(unnamed(message)),
            },
        }
        counts.errored = errors.len();
        (counts, errors)
    }

    fn upsert(&mut self, change: &Change, lists: &[u32], at: DateTime<Utc>) -> Result<Effect, String> {
        if let Some(flaw) = &change.flaw {
            return Err(format!("{}: {}", flaw.field, flaw.message));
        }
        let mut found: Option<u64> = None;
        for number in change.identifiers().filter_map(|(place, text)| self.contacts.find(place, text)) {
            if found.is_some_and(|found| found != number) {
                return Err("identifiers belong to different contacts".into());
            }
            found = Some(number);
        }
        let Some(number) = found else {
            self.last_contact += 1;
            let number = self.last_contact;
            let mut contact = Contact {
                id: self.ids.uuid(CONTACT_IDS, number),
                texts: Vec::new(),
                alternates: Vec::new(),
                custom: Vec::new(),
                lists: Vec::new(),
                created_at: at,
                updated_at: at,
            };
            self.write(change, lists, &mut contact);
            self.contacts.put(number, contact);
            return Ok(Effect::Created);
        };
        let Some(old) = self.contacts.get(number) else { return Err("internal error".into()) };
        // "In order to update a contact, all of its existing identifiers must be present" (spec). What happens where
        // one is missing is unverified; here the job drops the contact.
        let existing = old.texts.iter().filter(|(place, _)| usize::from(*place) < IDENTIFIERS);
        for (place, text) in existing {
            if !change.identifiers().any(|given| given == (*place, &**text)) {
                return Err("all existing identifiers of the contact must be present".into());
            }
        }
        let mut new = old.clone();
        self.write(change, lists, &mut new);
        if self.contacts.get(number) == Some(&new) {
            return Ok(Effect::Unmodified);
        }
        new.updated_at = at;
        self.contacts.put(number, new);
        Ok(Effect::Updated)
    }

    /// Writes what the change gives, and nothing else.
    fn write(&self, change: &Change, lists: &[u32], contact: &mut Contact) {
        for (place, text) in &change.texts {
            contact.set_text(*place, text);
        }
        if let Some(alternates) = &change.alternates {
            contact.alternates.clone_from(alternates);
        }
        for (number, value) in &change.custom {
            // The field may be gone since the request.
            if self.fields.custom.contains_key(number) {
                contact.set_custom(*number, value.clone());
            }
        }
        for list in lists.iter().filter(|list| self.lists.all.contains_key(list)) {
            contact.join(*list);
        }
    }

    fn delete_identifier(&mut self, id: u128, place: u8, text: &str, at: DateTime<Utc>) -> Result<(), String> {
        let number = self.contacts.number_of(id).ok_or("contact not found")?;
        let mut contact = self.contacts.get(number).ok_or("contact not found")?.clone();
        if contact.text(place) != Some(text) {
            return Err("identifier not found".into());
        }
        let others = contact.texts.iter().filter(|(other, _)| usize::from(*other) < IDENTIFIERS && *other != place);
        if others.count() == 0 {
            return Err("a contact needs at least one identifier".into());
        }
        contact.set_text(place, "");
        contact.updated_at = at;
        self.contacts.put(number, contact);
        Ok(())
    }
}

enum Effect {
    Created,
    Updated,
    Unmodified,
}

fn identifiers(change: &Change) -> [Option<Box<str>>; 4] {
    let mut all = [None, None, None, None];
    for (place, text) in change.identifiers() {
        all[usize::from(place)] = Some(text.into());
    }
    all
}

fn unnamed(message: String) -> JobError {
    JobError { identifiers: [None, None, None, None], message }
}
