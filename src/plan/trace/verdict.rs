//! What comes of one field.

use chrono::{DateTime, Utc};
use lapwing_contract::{NullPolicy, WritePolicy};

use super::Standing;
use crate::plan::MappedField;

/// Why a field is, or is not, sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Sent: the record is new.
    New,
    /// Sent: the field was never confirmed for this record.
    NeverConfirmed,
    /// Sent: something was sent before, and nobody can tell what is there.
    InDoubt,
    /// Sent: the values differ.
    Differs,
    /// Sent: the record left, and the field is emptied.
    Emptied,
    /// Sent where the destination has no value: a plan looks there first.
    IfFoundEmpty,
    /// Sent along with others, and whether there are any depends on what is found at the destination.
    IfOthersAre,
    /// Not sent: the vendor refused this change before.
    Held,
    /// Not sent: the same as confirmed.
    Same,
    /// Not sent: it moved by no more than its tolerance.
    WithinTolerance,
    /// Not sent: no value now, and the destination keeps its own.
    NullKept,
    /// Not sent: written with new records only.
    OnCreateOnly,
    /// Not sent: written where the destination has nothing, and it has something.
    IfEmptyOnly,
    /// Not sent yet: too few runs in a row have said so.
    Waiting,
    /// Not sent: a difference in it alone is not worth a request.
    NoTrigger,
    /// Not sent: the record is not wanted.
    NotWanted,
}

impl Verdict {
    /// Whether the field is sent; none where that depends on what is found at the destination.
    pub fn is_sent(self) -> Option<bool> {
        match self {
            Self::New | Self::NeverConfirmed | Self::InDoubt | Self::Differs | Self::Emptied => Some(true),
            Self::IfFoundEmpty | Self::IfOthersAre => None,
            Self::Held
            | Self::Same
            | Self::WithinTolerance
            | Self::NullKept
            | Self::OnCreateOnly
            | Self::IfEmptyOnly
            | Self::Waiting
            | Self::NoTrigger
            | Self::NotWanted => Some(false),
        }
    }
}

/// One field of one record.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldTrace {
    /// The destination's name of the field.
    pub name: String,
    /// The columns that its expression reads.
    pub reads: Vec<String>,
    /// The value that the exports give now, as text; none for null, and for who is not in the exports.
    pub now: Option<String>,
    /// The value that the destination confirmed last, as text.
    pub confirmed: Option<String>,
    /// Whether `confirmed` is what is there: false where nobody can tell, none where it was never sent.
    pub known: Option<bool>,
    /// The run that confirmed it; none where it was never confirmed, or before ledgers kept which run did.
    pub confirmed_run: Option<u64>,
    /// When that run started.
    pub confirmed_at: Option<DateTime<Utc>>,
    /// What comes of it.
    pub verdict: Verdict,
}

/// What a verdict is made of.
#[expect(clippy::struct_excessive_bools, reason = "answers of one query, each of which stands for itself")]
pub(super) struct Facts {
    pub(super) now: Option<String>,
    pub(super) confirmed: Option<String>,
    pub(super) known: Option<bool>,
    pub(super) is_same: bool,
    /// The diff's own word.
    pub(super) is_sent: bool,
    /// Whether `hold` keeps it back.
    pub(super) is_waiting: bool,
    /// Whether somebody else's value was found there.
    pub(super) is_taken: bool,
    pub(super) is_known_record: bool,
}

/// The diff says whether a field is sent; why, the facts say.
pub(super) fn of(field: &MappedField, facts: &Facts, standing: &Standing) -> Verdict {
    let known = facts.known == Some(true);
    match standing {
        Standing::Held if facts.is_sent => Verdict::Held,
        Standing::Sent { kind, .. } if facts.is_sent && kind == "left" => Verdict::Emptied,
        Standing::Sent { .. } if facts.is_sent && field.write == WritePolicy::IfEmpty => Verdict::IfFoundEmpty,
        Standing::Sent { .. } if facts.is_sent && !facts.is_known_record => Verdict::New,
        Standing::Sent { .. } if facts.is_sent => match facts.known {
            Some(true) => Verdict::Differs,
            Some(false) => Verdict::InDoubt,
            None => Verdict::NeverConfirmed,
        },
        Standing::Sent { kind, .. } if kind == "left" => Verdict::NotWanted,
        Standing::Sent { .. } | Standing::Held | Standing::Same => {
            if known && facts.is_same {
                Verdict::Same
            } else if facts.now.is_none() && field.null == NullPolicy::Keep {
                Verdict::NullKept
            } else if field.write == WritePolicy::OnCreate {
                Verdict::OnCreateOnly
            } else if facts.is_taken || (field.write == WritePolicy::IfEmpty && known && facts.confirmed.is_some()) {
                Verdict::IfEmptyOnly
            } else if facts.is_waiting {
                Verdict::Waiting
            } else if known
                && field.tolerance.is_some()
                && facts.now.is_some()
                && facts.confirmed.is_some()
                && field.trigger
            {
                Verdict::WithinTolerance
            } else {
                Verdict::NoTrigger
            }
        }
        Standing::Left
        | Standing::NotInAudience { .. }
        | Standing::OutsideLimit { .. }
        | Standing::WithoutKey
        | Standing::SharedKey { .. }
        | Standing::NotFirstOfSharedKey { .. }
        | Standing::NotInExports => Verdict::NotWanted,
    }
}

/// Of a record that is sent for the sake of its fields: where none of those that cause a request is sent for certain,
/// those that go along are not either.
pub(super) fn leave_open(fields: &mut [FieldTrace], mapped: &[MappedField]) {
    let is_cause =
        |(field, mapped): (&FieldTrace, &MappedField)| mapped.trigger && field.verdict.is_sent() == Some(true);
    let depends = fields.iter().any(|field| field.verdict == Verdict::IfFoundEmpty);
    if !depends || fields.iter().zip(mapped).any(is_cause) {
        return;
    }
    for field in fields.iter_mut().filter(|field| field.verdict.is_sent() == Some(true)) {
        field.verdict = Verdict::IfOthersAre;
    }
}
