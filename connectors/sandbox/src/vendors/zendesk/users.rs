//! Users, found by id, by external id in any case, and by any of their addresses.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use serde_json::{Map, Value as Json, json};

use super::BASE;
use super::answers::instant;
use super::fields::Fields;

/// What a user may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// A customer.
    EndUser,
    /// Somebody who answers customers.
    Agent,
    /// Somebody who may do everything.
    Admin,
}

/// A user that is there from the beginning.
#[derive(Debug, Clone)]
pub struct Seed {
    /// The role.
    pub role: Role,
    /// The name.
    pub name: String,
    /// The primary address, where there is one.
    pub email: Option<String>,
    /// The external id, where there is one.
    pub external_id: Option<String>,
    /// Tags.
    pub tags: Vec<String>,
}

#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub(super) struct User {
    pub(super) name: String,
    pub(super) external_id: Option<String>,
    /// The first is the primary one.
    pub(super) emails: Vec<String>,
    /// `phone`, `notes`, `details`, `alias`, `locale`, `time_zone`.
    pub(super) texts: BTreeMap<String, String>,
    pub(super) organization_id: Option<i64>,
    pub(super) tags: Vec<String>,
    /// By the number of the field.
    pub(super) fields: BTreeMap<u64, Json>,
    pub(super) role: Role,
    pub(super) suspended: bool,
    pub(super) verified: bool,
    /// False where the user was deleted.
    pub(super) active: bool,
    /// Addresses that a verification mail was sent to.
    pub(super) mails: u32,
    pub(super) created_at: DateTime<Utc>,
    pub(super) updated_at: DateTime<Utc>,
}

impl User {
    pub(super) fn new(now: DateTime<Utc>) -> Self {
        Self {
            name: String::new(),
            external_id: None,
            emails: Vec::new(),
            texts: BTreeMap::new(),
            organization_id: None,
            tags: Vec::new(),
            fields: BTreeMap::new(),
            role: Role::EndUser,
            suspended: false,
            verified: false,
            active: true,
            mails: 0,
            created_at: now,
            updated_at: now,
        }
    }

    pub(super) fn of(seed: &Seed, now: DateTime<Utc>) -> Self {
        Self {
            name: seed.name.clone(),
            external_id: seed.external_id.clone(),
            emails: seed.email.iter().cloned().collect(),
            tags: seed.tags.clone(),
            role: seed.role,
            verified: true,
            ..Self::new(now)
        }
    }

    /// The user as reads show it. `alias`, `notes`, `details` are `""` where they are empty (recorded for `alias`).
    pub(super) fn to_json(&self, id: i64, fields: &Fields) -> Json {
        let text = |name: &str, empty: Json| self.texts.get(name).map_or(empty, |text| json!(text));
        let own = |(number, field): (&u64, &super::fields::UserField)| {
            let empty = if field.kind == super::fields::FieldKind::Checkbox { json!(false) } else { Json::Null };
            (field.key.clone(), self.fields.get(number).cloned().unwrap_or(empty))
        };
        let user_fields: Map<String, Json> = fields.all.iter().filter(|(_, field)| field.active).map(own).collect();
        json!({
            "id": id, "url": format!("{BASE}/users/{id}.json"), "name": self.name, "email": self.emails.first(),
            "external_id": self.external_id, "role": self.role, "active": self.active, "suspended": self.suspended,
            "verified": self.verified, "organization_id": self.organization_id, "tags": self.tags,
            "alias": text("alias", json!("")), "notes": text("notes", json!("")), "details": text("details", json!("")),
            "phone": text("phone", Json::Null), "locale": text("locale", json!("en-US")),
            "time_zone": text("time_zone", json!("UTC")), "user_fields": user_fields,
            "created_at": instant(self.created_at), "updated_at": instant(self.updated_at),
        })
    }
}

/// An external id in any case. That `Σ` and both of its small forms are one letter is *unverified*; it is one to the usual
/// collations.
fn folded(external_id: &str) -> String {
    external_id.chars().flat_map(char::to_lowercase).map(|letter| if letter == 'ς' { 'σ' } else { letter }).collect()
}

/// What turns a number into the id that the vendor shows. Ids are 64 bits wide: beyond what a double holds.
const ID_BASE: i64 = 9_007_199_254_740_993;

/// All users of an account, by id.
#[derive(Debug, Default)]
pub(super) struct Users {
    pub(super) all: BTreeMap<i64, User>,
    by_external_id: HashMap<String, i64>,
    by_email: HashMap<String, i64>,
    pub(super) last: i64,
}

impl Users {
    pub(super) fn new_id(&mut self) -> i64 {
        self.last += 1;
        ID_BASE + self.last
    }

    /// Puts a user in place of its former self.
    pub(super) fn put(&mut self, id: i64, user: User) {
        if let Some(old) = self.all.remove(&id) {
            for email in &old.emails {
                self.by_email.remove(&email.to_lowercase());
            }
            if let Some(external_id) = &old.external_id {
                self.by_external_id.remove(&folded(external_id));
            }
        }
        // A user that was deleted gives its names free.
        if user.active {
            self.by_email.extend(user.emails.iter().map(|email| (email.to_lowercase(), id)));
            self.by_external_id.extend(user.external_id.iter().map(|external_id| (folded(external_id), id)));
        }
        self.all.insert(id, user);
    }

    pub(super) fn get(&self, id: i64) -> Option<&User> {
        self.all.get(&id).filter(|user| user.active)
    }

    pub(super) fn by_external_id(&self, external_id: &str) -> Option<i64> {
        self.by_external_id.get(&folded(external_id)).copied()
    }

    pub(super) fn by_email(&self, email: &str) -> Option<i64> {
        self.by_email.get(&email.to_lowercase()).copied()
    }

    pub(super) fn active(&self) -> impl Iterator<Item = (i64, &User)> {
        self.all.iter().filter(|(_, user)| user.active).map(|(id, user)| (*id, user))
    }

    /// A soft delete: the user is no longer active.
    pub(super) fn delete(&mut self, id: i64, now: DateTime<Utc>) -> bool {
        let Some(user) = self.get(id) else { return false };
        let gone = User { active: false, updated_at: now, ..user.clone() };
        self.put(id, gone);
        true
    }

    pub(super) fn forget_field(&mut self, number: u64) {
        for user in self.all.values_mut() {
            user.fields.remove(&number);
        }
    }
}
