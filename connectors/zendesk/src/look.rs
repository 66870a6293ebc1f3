//! The look before a write: what a user has decides what may be sent.
//!
//! An address beside the first one becomes a second identity and never replaces it (recorded), so that from then on the
//! customer has two. A record that would do so is held back: which address is the right one is for people to say.

use std::collections::HashMap;

use lapwing_contract::{Batch, Record, Rejection, Value};

use crate::api::User;
use crate::check::Slot;
use crate::fields::Form;
use crate::request::{Rules, Sorted, fields, folded, has_email};
use crate::team::Team;

/// Whether any record that is sent can be written only after a look at its user.
pub(crate) fn is_needed(batch: &Batch, sorted: &Sorted, rules: &Rules) -> bool {
    let depends = |(slot, value): (Slot, &Value)| match slot {
        Slot::Own(field) => field.form == Form::Tags || (field.form == Form::Email && !value.is_null()),
        Slot::Custom(_) => false,
    };
    let records = sorted.sent.iter().filter_map(|index| batch.records.get(*index));
    !rules.creates
        || records
            .into_iter()
            .any(|record| fields(record, &sorted.slots, &batch.target).any(|(slot, _, value)| depends((slot, value))))
}

/// Why a record must not be sent, from what is known of its user and of the team.
pub(crate) fn objection(
    record: &Record,
    sorted: &Sorted,
    batch: &Batch,
    there: Option<&HashMap<String, User>>,
    team: &Team,
    rules: &Rules,
) -> Option<Rejection> {
    let user = there.and_then(|there| there.get(&folded(&record.key)));
    let value = |wanted: Form, name: &str| {
        let mut own = fields(record, &sorted.slots, &batch.target).filter_map(|(slot, _, value)| match slot {
            Slot::Own(field) if field.form == wanted && field.name == name && !value.is_null() => Some(value),
            _ => None,
        });
        own.next()
    };
    let email = value(Form::Email, "email");
    let names = [Some(&record.key), email, value(Form::Text, "external_id")];
    if user.is_some_and(User::is_team) || names.into_iter().flatten().any(|name| team.has(&folded(name))) {
        return Some(team_member());
    }
    match user {
        None if there.is_some() && !rules.creates => Some(
            Rejection::permanent("user_not_found", "Zendesk has no user with this external id")
                .with_hint("set `create = true`, or leave such customers out with the sync's `audience`"),
        ),
        Some(user) if user.email.is_some() && email.is_some_and(|email| !has_email(user, email)) => Some(
            Rejection::permanent(
                "email_would_be_second",
                "the user has another address, and Zendesk would keep both: the new one as a second identity",
            )
            .on_field("email")
            .with_hint(
                "correct the address at Zendesk (add it and make it primary); or map email with write = \"on_create\", \
                 so that only new users get one",
            ),
        ),
        _ => None,
    }
}

/// Two records with one address: Zendesk would find the user of the first by it, and make it the second's.
pub(crate) fn shared_address() -> Rejection {
    Rejection::permanent("email_shared", "another customer of the same run has the same address")
        .on_field("email")
        .with_hint("a user has one external id: give shared addresses to one customer only, or do not map email")
}

/// Agents and admins are never written.
pub(crate) fn team_member() -> Rejection {
    Rejection::permanent("team_member", "the key or address belongs to an agent or admin of the account")
        .with_hint("leave your own staff out with the sync's `audience`")
}
