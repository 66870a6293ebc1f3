//! The state of one account, and its way to and from lines of JSON.

use std::io::{self, Write};

use chrono::{DateTime, Utc};
use serde_json::{Value as Json, json};

use super::fields::{Fields, UserField};
use super::jobs::{Job, Jobs};
use super::limits::Limits;
use super::oauth::Tokens;
use super::options::Options;
use super::users::{User, Users};
use crate::Ids;

/// Everything that Zendesk knows about one customer of theirs.
pub(super) struct Account {
    pub(super) ids: Ids,
    pub(super) fields: Fields,
    pub(super) users: Users,
    pub(super) jobs: Jobs,
    pub(super) limits: Limits,
    pub(super) tokens: Tokens,
}

/// One line of the saved state. Owned for reading, borrowed by [`LineRef`] for writing.
#[derive(serde::Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Line {
    Counters { seed_check: u128, fields: u64, users: i64, jobs: u64, limits: Limits },
    Field(u64, UserField),
    User(i64, Box<User>),
    Job(u64, Box<Job>),
}

#[derive(serde::Serialize)]
#[serde(rename_all = "snake_case")]
enum LineRef<'a> {
    Counters { seed_check: u128, fields: u64, users: i64, jobs: u64, limits: &'a Limits },
    Field(u64, &'a UserField),
    User(i64, &'a User),
    Job(u64, &'a Job),
}

impl Account {
    pub(super) fn new(seed: u64, options: &Options) -> Self {
        let mut users = Users::default();
        for seed in &options.users {
            let id = users.new_id();
            users.put(id, User::of(seed, DateTime::UNIX_EPOCH));
        }
        Self {
            ids: Ids::new(seed),
            fields: Fields::default(),
            users,
            jobs: Jobs::default(),
            limits: Limits::default(),
            tokens: Tokens::default(),
        }
    }

    /// The state with at most `limit` users and jobs.
    pub(super) fn to_json(&self, now: DateTime<Utc>, limit: usize) -> Json {
        let fields: Vec<Json> = self.fields.all.iter().map(|(number, field)| Fields::to_json(*number, field)).collect();
        let user = |(id, user): (&i64, &User)| {
            let mut shown = user.to_json(*id, &self.fields);
            shown["emails"] = json!(user.emails);
            shown["verification_mails"] = json!(user.mails);
            shown
        };
        let users: Vec<Json> = self.users.all.iter().take(limit).map(user).collect();
        let job = |job: &Job| json!({ "id": job.id, "total": job.total(), "done": job.ends.len(), "running": job.is_running(now) });
        let mut jobs: Vec<Json> = self.jobs.all.values().rev().take(limit).map(job).collect();
        jobs.reverse();
        json!({
            "vendor": super::KIND, "now": now, "user_fields": fields, "user_count": self.users.active().count(),
            "users": users, "jobs": jobs,
        })
    }

    pub(super) fn save(&self, out: &mut dyn Write) -> io::Result<()> {
        let counters = LineRef::Counters {
            seed_check: self.ids.uuid(0, 0),
            fields: self.fields.last,
            users: self.users.last,
            jobs: self.jobs.last,
            limits: &self.limits,
        };
        let fields = self.fields.all.iter().map(|(number, field)| LineRef::Field(*number, field));
        let users = self.users.all.iter().map(|(id, user)| LineRef::User(*id, user));
        let jobs = self.jobs.all.iter().map(|(number, job)| LineRef::Job(*number, job));
        for line in std::iter::once(counters).chain(fields).chain(users).chain(jobs) {
            serde_json::to_writer(&mut *out, &line)?;
            out.write_all(b"\n")?;
        }
        Ok(())
    }

    pub(super) fn load(&mut self, line: &str) -> Result<(), String> {
        let line = serde_json::from_str(line).map_err(|error| {
            // The message of serde may quote a value; its place may not.
            format!("not a line of a Zendesk account (column {})", error.column())
        })?;
        match line {
            Line::Counters { seed_check, fields, users, jobs, limits } => {
                if seed_check != self.ids.uuid(0, 0) {
                    return Err("the account was made with another seed".into());
                }
                (self.fields.last, self.users.last, self.jobs.last, self.limits) = (fields, users, jobs, limits);
            }
            Line::Field(number, field) => drop(self.fields.all.insert(number, field)),
            Line::User(id, user) => self.users.put(id, *user),
            Line::Job(number, job) => self.jobs.put(number, *job),
        }
        Ok(())
    }
}
