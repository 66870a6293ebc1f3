//! What an update makes of a user, or why it is refused. Every user of a batch stands for itself.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value as Json};

use super::account::Account;
use super::users::{Role, User};
use super::values;

/// Longest name and external id. *Unverified*: the usual width of such a column.
const NAME_CHARS: usize = 255;

/// Texts that a user has beside its name.
const TEXTS: [&str; 6] = ["phone", "notes", "details", "alias", "locale", "time_zone"];

/// What a job did to a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Done {
    pub(super) id: i64,
    pub(super) created: bool,
}

/// Why a user was refused: the field, and Zendesk's words, which begin with the field's title.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Flaw {
    pub(super) field: &'static str,
    pub(super) words: String,
    pub(super) id: Option<i64>,
}

/// Who a record of a batch means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Means {
    Nobody,
    This(i64),
}

impl Account {
    /// By `id`, else by `external_id` in any case, else by any address (OpenAPI file: "by `email` or by `external_id`";
    /// which of the two wins is *unverified*).
    pub(super) fn meant(&self, change: &Map<String, Json>) -> Means {
        if let Some(id) = change.get("id").and_then(Json::as_i64) {
            return self.users.get(id).map_or(Means::Nobody, |_| Means::This(id));
        }
        let text = |name: &str| change.get(name).and_then(Json::as_str);
        let by_external_id = text("external_id").and_then(|text| self.users.by_external_id(text));
        let found = by_external_id.or_else(|| text("email").and_then(|text| self.users.by_email(text)));
        found.map_or(Means::Nobody, Means::This)
    }

    /// Applies one user of a request.
    pub(super) fn change(
        &mut self,
        change: &Map<String, Json>,
        creates: bool,
        now: DateTime<Utc>,
    ) -> Result<Done, Flaw> {
        let known = match self.meant(change) {
            Means::This(id) => Some(id),
            Means::Nobody if creates && !change.contains_key("id") => None,
            Means::Nobody => return Err(Flaw { field: "id", words: "Couldn't find User".into(), id: None }),
        };
        let mut user = known.and_then(|id| self.users.get(id).cloned()).unwrap_or_else(|| User::new(now));
        let flaw = |(field, words): (&'static str, String)| Flaw { field, words, id: known };
        for (name, value) in change {
            self.set(&mut user, name, value, known).map_err(flaw)?;
        }
        if user.name.trim().is_empty() {
            return Err(flaw(("name", "Name:  is too short (minimum one character)".into())));
        }
        let is_new_address = known.and_then(|id| self.users.get(id)).is_none_or(|old| old.emails != user.emails);
        let skips_mail = change.get("skip_verify_email") == Some(&Json::Bool(true)) || user.verified;
        if is_new_address && !user.emails.is_empty() && !skips_mail {
            user.mails += 1;
        }
        user.updated_at = now;
        let id = known.unwrap_or_else(|| self.users.new_id());
        self.users.put(id, user);
        Ok(Done { id, created: known.is_none() })
    }

    fn set(&self, user: &mut User, name: &str, value: &Json, known: Option<i64>) -> Result<(), (&'static str, String)> {
        match (name, value) {
            ("name", Json::String(text)) if text.chars().count() > NAME_CHARS => {
                return Err(("name", format!("Name: is too long (maximum is {NAME_CHARS} characters)")));
            }
            ("name", Json::String(text)) => text.clone_into(&mut user.name),
            ("name", _) => return Err(("name", "Name:  is too short (minimum one character)".into())),
            ("email", value) => self.set_email(user, value, known)?,
            ("external_id", value) => self.set_external_id(user, value, known)?,
            ("tags", Json::Array(tags)) => {
                user.tags = values::tags(tags).ok_or_else(|| ("tags", "Tags: is invalid".to_owned()))?;
            }
            ("user_fields", Json::Object(fields)) => {
                for (key, value) in fields {
                    // Unknown keys are ignored in silence. *Unverified*, and the worse for a client that misspells one.
                    let Some((number, field)) = self.fields.by_key(key) else { continue };
                    let value = values::read(field, value).map_err(|words| ("user_fields", words))?;
                    user.fields.insert(number, value);
                }
            }
            ("organization_id", value) if value.is_null() || value.is_i64() => user.organization_id = value.as_i64(),
            ("role", value) => {
                let role = serde_json::from_value::<Role>(value.clone());
                user.role = role.map_err(|_| ("role", "Role: is invalid".to_owned()))?;
            }
            ("verified", Json::Bool(verified)) => user.verified = *verified,
            ("suspended", Json::Bool(suspended)) => user.suspended = *suspended,
            _ => return set_text(user, name, value),
        }
        Ok(())
    }

    /// An address that the user lacks becomes one more, and the primary one where there was none (recorded: a second
    /// address does not replace the first).
    fn set_email(&self, user: &mut User, value: &Json, known: Option<i64>) -> Result<(), (&'static str, String)> {
        let Some(email) = value.as_str().filter(|email| values::is_email(email)) else {
            let shown = value.as_str().unwrap_or_default();
            return Err(("email", format!("Email: {shown} is not properly formatted")));
        };
        match self.users.by_email(email) {
            Some(other) if Some(other) != known => {
                Err(("email", format!("Email: {email} is already being used by another user")))
            }
            Some(_) => Ok(()),
            None => {
                user.emails.push(email.to_lowercase());
                Ok(())
            }
        }
    }

    /// The stored value takes the case that was sent (OpenAPI file).
    fn set_external_id(&self, user: &mut User, value: &Json, known: Option<i64>) -> Result<(), (&'static str, String)> {
        user.external_id = match value {
            Json::Null => None,
            Json::String(text) if text.chars().count() > NAME_CHARS => {
                return Err(("external_id", format!("External: is too long (maximum is {NAME_CHARS} characters)")));
            }
            Json::String(text) => match self.users.by_external_id(text) {
                Some(other) if Some(other) != known => {
                    return Err(("external_id", "External has already been taken".into()));
                }
                _ => Some(text.clone()),
            },
            _ => return Err(("external_id", "External: is invalid".into())),
        };
        Ok(())
    }
}

fn set_text(user: &mut User, name: &str, value: &Json) -> Result<(), (&'static str, String)> {
    let Some(name) = TEXTS.into_iter().find(|known| *known == name) else { return Ok(()) };
    match value {
        Json::Null => drop(user.texts.remove(name)),
        Json::String(text) => drop(user.texts.insert(name.to_owned(), text.clone())),
        _ => return Err((name, format!("{name}: is invalid"))),
    }
    Ok(())
}
