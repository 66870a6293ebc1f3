//! `[syncs.fields]`: what goes into which field.

use lapwing_contract::{NullPolicy, WritePolicy};

use super::context::Context;
use super::reader::{Keyword, TableReader, named_entries, sql};
use super::tree::{Entry, Spanned, Value};
use super::{Hash, Hold, SqlText, Tolerance, field_policies, homes, limits};

/// One mapped field.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Field {
    /// The destination's name for it.
    pub name: Spanned<String>,
    /// An attribute or an expression over attributes.
    pub from: SqlText,
    /// Differences that count as unchanged. Default: none, every difference counts.
    pub tolerance: Option<Tolerance>,
    /// How long a change has to last before it is sent. Default: it goes at once.
    pub hold: Option<Hold>,
    /// Whether it is delivered as a hash. Default: no.
    pub hash: Option<Hash>,
    /// What a null does. Default: it clears the field.
    pub null: NullPolicy,
    /// When it is written. Default: always.
    pub write: WritePolicy,
    /// Whether a difference in this field alone is worth a call. Default: true.
    pub trigger: bool,
}

impl Keyword for NullPolicy {
    const WORDS: &'static [(&'static str, Self)] = &[("clear", Self::Clear), ("keep", Self::Keep)];
}

impl Keyword for WritePolicy {
    const WORDS: &'static [(&'static str, Self)] =
        &[("always", Self::Always), ("if_empty", Self::IfEmpty), ("on_create", Self::OnCreate)];
}

pub(super) fn read(value: &Spanned<Value>, what: &str, cx: &mut Context<'_>) -> Vec<Field> {
    let Some(table) = named_entries(value, "`fields`", cx) else { return Vec::new() };
    if table.entries.is_empty() {
        cx.error(value.span, "empty-fields", format!("{what} maps no field"))
            .hint("map at least one: rfm_segment = \"segment\"");
    }
    if table.entries.len() > limits::FIELDS {
        cx.error(value.span, "too-many", format!("{what} maps more than {} fields", limits::FIELDS));
    }
    table.entries.iter().take(limits::FIELDS).filter_map(|entry| read_one(entry, cx)).collect()
}

fn read_one(entry: &Entry, cx: &mut Context<'_>) -> Option<Field> {
    let name = entry.key.clone();
    let plain = |from| Field {
        name: name.clone(),
        from,
        tolerance: None,
        hold: None,
        hash: None,
        null: NullPolicy::default(),
        write: WritePolicy::default(),
        trigger: true,
    };
    let what = format!("the field `{}`", name.value);
    match &entry.value.value {
        Value::Text(_) => {
            if homes::is_sync_key(&name) {
                // TOML gives everything below a header to that header: the usual slip, and still a valid field name.
                cx.warning(name.span, "misplaced-key", format!("`{}` is mapped as a field here", name.value)).hint(
                    format!(
                        "if the sync's own key is meant, move it to {}",
                        homes::home_of(&name).unwrap_or("[[syncs]]")
                    ),
                );
            }
            sql(&entry.value, &what, cx).map(plain)
        }
        Value::Table(table) if !(homes::is_sync_key(&name) && table.get("from").is_none()) => {
            let mut reader = TableReader::new(table, entry.value.span, what.clone());
            let from = match reader.required("from", "say where the value comes from: { from = \"…\" }", cx) {
                Some(value) => sql(value, &format!("`from` of {what}"), cx),
                None => None,
            };
            let tolerance = field_policies::tolerance(&mut reader, cx);
            let hold = reader.optional("hold").and_then(|value| field_policies::hold(value, cx));
            let hash = reader.keyword("hash", cx);
            let null = reader.keyword("null", cx).unwrap_or_default();
            let write = reader.keyword("write", cx).unwrap_or_default();
            let trigger = reader.boolean("trigger", cx).unwrap_or(true);
            if let (Some(value), true) = (reader.optional("hold"), write != WritePolicy::Always) {
                let message = format!("{what} is not written again, so there is no change to hold");
                cx.error(value.span, "hold-without-changes", message).hint("remove `hold`, or `write`");
            }
            reader.finish(&[], cx);
            Some(Field { tolerance, hold, hash, null, write, trigger, ..plain(from?) })
        }
        other => {
            let hint = homes::is_sync_key(&name)
                .then(|| homes::home_of(&name))
                .flatten()
                .map(|home| format!("`{}` belongs to {home}", name.value));
            let message = format!("{what} must be an SQL expression in quotes, not {}", other.type_name());
            cx.error(entry.value.span, "wrong-type", message).label("expected a string or a table").hint_if(hint);
            None
        }
    }
}
