//! `[[syncs]]`: who goes where, under which key, with which fields.

use lapwing_contract::{OnLeave, SyncMode};

use super::context::Context;
use super::fields::{self, Field};
use super::guards::{self, Guards};
use super::reader::{Keyword, TableReader, named_entries, sql, wrong_type};
use super::schedule::{self, Schedule};
use super::tree::{Spanned, Value};
use super::{SqlText, limits};
use crate::config::diagnostics::Span;

impl Keyword for OnLeave {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("keep", Self::Keep),
        ("clear", Self::Clear),
        ("delete", Self::Delete),
        ("remove_from_list", Self::RemoveFromList),
    ];
}

impl Keyword for SyncMode {
    const WORDS: &'static [(&'static str, Self)] = &[("upsert", Self::Upsert), ("list", Self::List)];
}

/// What happens where two customers have one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OnDuplicateKey {
    /// None of them is sent, and each is reported.
    #[default]
    Reject,
    /// The first in the sync's order is sent.
    First,
}

impl Keyword for OnDuplicateKey {
    const WORDS: &'static [(&'static str, Self)] = &[("reject", Self::Reject), ("first", Self::First)];
}

/// How often values may be refused where a sync does not say: over some months for values that are at fault.
const MAX_ATTEMPTS: u32 = 10;

/// The field that tells records apart.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Key {
    /// The destination's name for it.
    pub field: Spanned<String>,
    /// An attribute or an expression over attributes.
    pub from: SqlText,
}

/// One sync.
#[derive(Debug, Clone, serde::Serialize)]
pub struct SyncSpec {
    /// Its name, unique in the file.
    pub name: Spanned<String>,
    /// The destination's name in the sync file.
    pub destination: Spanned<String>,
    /// The vendor's object.
    pub object: Spanned<String>,
    /// What it makes of the object as a whole. Default: upsert.
    pub mode: SyncMode,
    /// A boolean expression: who is in. Default: everybody.
    pub audience: Option<SqlText>,
    /// Who comes first, as after ORDER BY. Default: by key.
    pub order_by: Option<SqlText>,
    /// The most rows. Default: all.
    pub limit: Option<u64>,
    /// The key.
    pub key: Key,
    /// What happens to those who left. Default: keep.
    pub on_leave: OnLeave,
    /// What happens to keys that stand twice. Default: reject.
    pub on_duplicate_key: OnDuplicateKey,
    /// How often a vendor may refuse the same values of a record before nobody tries again. Default: 10.
    pub max_attempts: u32,
    /// Lists that every record joins, by name or id. Default: none.
    pub lists: Vec<Spanned<String>>,
    /// When the scheduler runs it. Default: never.
    #[serde(skip)]
    pub schedule: Option<Schedule>,
    /// What stops it.
    pub guards: Guards,
    /// The mapped fields, in the order of the file.
    pub fields: Vec<Field>,
    /// Its `[[syncs]]` header.
    #[serde(skip)]
    pub span: Span,
}

pub(super) fn read(value: &Spanned<Value>, cx: &mut Context<'_>) -> Vec<SyncSpec> {
    let Value::Array(items) = &value.value else {
        wrong_type(value, "`syncs`", "a list of [[syncs]] tables", cx);
        return Vec::new();
    };
    if items.len() > limits::SYNCS {
        cx.error(value.span, "too-many", format!("there are more than {} syncs", limits::SYNCS));
    }
    items.iter().take(limits::SYNCS).filter_map(|item| read_one(item, cx)).collect()
}

fn read_one(value: &Spanned<Value>, cx: &mut Context<'_>) -> Option<SyncSpec> {
    let mut reader = TableReader::open(value, "[[syncs]]", cx)?;
    let name = reader.name(cx);
    if let Some(name) = &name {
        reader.what = format!("the sync `{}`", name.value);
    }
    let what = reader.what.clone();
    let destination = required_text(&mut reader, "destination", "name one of [destinations]", cx);
    let object = required_text(&mut reader, "object", "name the vendor's object, such as \"contacts\"", cx);
    let mode = reader.keyword("mode", cx).unwrap_or_default();
    let audience = reader.sql("audience", cx);
    let order_by = reader.sql("order_by", cx);
    let limit = reader.whole("limit", 1..=i64::MAX, cx);
    let key = match reader.required("key", "for example key = { email = \"email\" }", cx) {
        Some(value) => read_key(value, &what, cx),
        None => None,
    };
    let on_leave = reader.keyword("on_leave", cx).unwrap_or(match mode {
        SyncMode::Upsert => OnLeave::default(),
        SyncMode::List => OnLeave::Delete,
    });
    let on_duplicate_key = reader.keyword("on_duplicate_key", cx).unwrap_or_default();
    let max_attempts = reader.whole("max_attempts", 1..=1000, cx).and_then(|most| u32::try_from(most).ok());
    let lists = reader.texts("lists", false, cx).unwrap_or_default();
    let schedule = reader.optional("schedule").and_then(|value| schedule::read(value, cx));
    let guards = reader.optional("guards").map(|value| guards::read(value, cx)).unwrap_or_default();
    let fields = match reader.required("fields", "map at least one below [syncs.fields]", cx) {
        Some(value) => fields::read(value, &what, cx),
        None => Vec::new(),
    };
    if on_leave == OnLeave::RemoveFromList && lists.is_empty() {
        let span = reader.optional("on_leave").map_or(value.span, |value| value.span);
        cx.error(span, "missing-key", format!("{what} has no `lists` to remove from"))
            .hint("name them: lists = [\"…\"]");
    }
    if mode == SyncMode::List {
        check_list(&mut reader, value.span, &what, on_leave, order_by.is_some(), limit, cx);
    }
    if let (Some(value), None) = (reader.optional("limit"), &order_by) {
        cx.warning(value.span, "limit-without-order", format!("{what} has a limit, but no order"))
            .hint("say who comes first: order_by = \"priority_rank\"; without it, keys decide");
    }
    reader.finish(&[], cx);
    let (key, span) = (key?, value.span);
    if let Some(twin) = fields.iter().find(|field| field.name.value == key.field.value) {
        let first = cx.place(key.field.span);
        cx.error(twin.name.span, "duplicate-field", format!("`{}` is the key of {what}", twin.name.value))
            .label("mapped again here")
            .related(first, "the key")
            .hint("remove this line: the key goes along with every record");
    }
    Some(SyncSpec {
        name: name?,
        destination: destination?,
        object: object?,
        mode,
        audience,
        order_by,
        limit,
        key,
        on_leave,
        on_duplicate_key,
        max_attempts: max_attempts.unwrap_or(MAX_ATTEMPTS),
        lists,
        schedule,
        guards,
        fields,
        span,
    })
}

/// A list is kept in order, so it has one, and it is short enough for its order to be known as a whole.
fn check_list(
    reader: &mut TableReader<'_>,
    span: Span,
    what: &str,
    on_leave: OnLeave,
    has_order: bool,
    limit: Option<u64>,
    cx: &mut Context<'_>,
) {
    let place = |reader: &mut TableReader<'_>, key| reader.optional(key).map_or(span, |value| value.span);
    if on_leave != OnLeave::Delete {
        let span = place(reader, "on_leave");
        cx.error(span, "list-mode", format!("{what} is a list, so who leaves is deleted from it"))
            .hint("remove `on_leave`, or set mode = \"upsert\"");
    }
    if !has_order {
        let span = place(reader, "mode");
        cx.error(span, "list-mode", format!("{what} is a list without an order"))
            .hint("say who comes first: order_by = \"priority_rank\"");
    }
    if limit.is_none_or(|limit| limit > limits::LIST_ROWS) {
        let span = place(reader, "limit");
        cx.error(span, "list-mode", format!("{what} is a list of more than {} rows", limits::LIST_ROWS))
            .hint("say how many: limit = 500");
    }
}

fn required_text(
    reader: &mut TableReader<'_>,
    key: &'static str,
    hint: &str,
    cx: &mut Context<'_>,
) -> Option<Spanned<String>> {
    reader.required(key, hint, cx)?;
    reader.text(key, cx)
}

fn read_key(value: &Spanned<Value>, what: &str, cx: &mut Context<'_>) -> Option<Key> {
    let table = named_entries(value, "`key`", cx)?;
    let [entry] = table.entries.as_slice() else {
        let message = format!("the key of {what} must be one field, not {}", table.entries.len());
        cx.error(value.span, "bad-key", message).hint("for example key = { email = \"email\" }");
        return None;
    };
    let from = sql(&entry.value, &format!("the key `{}`", entry.key.value), cx)?;
    Some(Key { field: entry.key.clone(), from })
}
